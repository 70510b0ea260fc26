"""After a change of the layer only what it touches is asked again, and the file is that of a full run.

::

    200 +---+---+---+---+     sixteen squares of 50 m, joined and cut at random into grids;
        |   |   |   |   |     places in them, on their borders, beside the layer, nowhere
      0 +---+---+---+---+
        0              200
"""

import json
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gridgeo.errors import InputError, ReadError
from gridgeo.intake import stream_parquet
from gridgeo.jobs import stream_vector
from gridgeo.jobs.assign import AssignReport, RegisterFile, assign_file
from gridgeo.jobs.lookup import Lookup, make_lookup

X, Y = 500_000, 3_700_000
CELLS = [box(X + 50 * i, Y + 50 * j, X + 50 * i + 50, Y + 50 * j + 50) for j in range(4) for i in range(4)]


def layer(labels: list[int], left: int = 0) -> Lookup:
    """Join cells of one label that touch; label 9 is no grid."""
    cells = gpd.GeoDataFrame({"label": labels}, geometry=CELLS, crs="EPSG:4547").iloc[left:]
    cells = cells[cells["label"] != 9]
    return make_lookup(cells.dissolve("label").reset_index().assign(code=lambda t: "g" + t["label"].astype(str)))


def assign(register: str, lookup: Lookup, output: str, **options: object) -> AssignReport:
    columns = {} if register.endswith("gpkg") else {"x": "X", "y": "Y", "crs": "EPSG:4547"}
    source = RegisterFile(file=register, id="HID", **columns)
    return assign_file(source, lookup, output, **{"nearest_m": 20.0, **options})


PLACE = st.tuples(st.integers(-8, 48), st.integers(-8, 48)).map(lambda at: (X + 5.0 * at[0], Y + 5.0 * at[1]))
CHANGES = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 9)), max_size=4)
LABELS = st.lists(st.integers(0, 9), min_size=16, max_size=16).filter(lambda labels: set(labels) != {9})


@settings(max_examples=60, deadline=None)
@given(LABELS, CHANGES, st.lists(PLACE, max_size=40))
def test_points_asked_again_after_a_change_are_those_of_a_full_run(labels, changes, places):
    table = pd.DataFrame(places, columns=["X", "Y"], dtype=float).assign(HID=[str(i) for i in range(len(places))])
    table.loc[::7, "X"] = np.nan
    compared(labels, changes, lambda folder: table.to_parquet(folder / "r.parquet"), "r.parquet")


SHAPES = st.one_of(
    st.tuples(PLACE, st.integers(1, 90), st.integers(1, 90)).map(
        lambda of: box(*of[0], of[0][0] + of[1], of[0][1] + of[2])
    ),
    st.tuples(PLACE, PLACE).filter(lambda ends: ends[0] != ends[1]).map(LineString),
    PLACE.map(Point),
)


@settings(max_examples=40, deadline=None)
@given(
    LABELS,
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 9)), max_size=4),
    st.lists(SHAPES, min_size=1, max_size=20),
)
def test_shapes_asked_again_after_a_change_are_those_of_a_full_run(labels, changes, shapes):
    table = gpd.GeoDataFrame({"HID": [str(i) for i in range(len(shapes))]}, geometry=shapes, crs="EPSG:4547")
    compared(labels, changes, lambda folder: table.to_file(folder / "r.gpkg"), "r.gpkg")


def compared(labels: list[int], changes: list[tuple[int, int]], write, name: str) -> None:
    """Assign, change the layer, assign again with and without the earlier output."""
    after = list(labels)
    for cell, label in changes:
        after[cell] = label
    if set(after) == {9}:
        return
    with tempfile.TemporaryDirectory() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream_parquet, "POINTS", 7)
        patch.setattr(stream_vector, "SHAPES", 7)
        patch.setattr(stream_vector, "POINTS", 7)
        folder = Path(made)
        write(folder)
        old, new, full = (str(folder / f"{which}.parquet") for which in ("old", "new", "full"))
        register = str(folder / name)
        assign(register, layer(labels), old)
        told = assign(register, layer(after), new, previous=old)
        whole = assign(register, layer(after), full)
        assert Path(new).read_bytes() == Path(full).read_bytes()
        assert told.counts == whole.counts
        assert told.asked <= whole.rows
        if labels == after:
            assert told.asked == 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    at = [(X + 5.0 + 50 * (n % 4), Y + 5.0 + 50 * (n // 4)) for n in range(16)]
    pd.DataFrame(at, columns=["X", "Y"]).assign(HID=[str(n) for n in range(16)]).to_parquet("r.parquet")
    assign("r.parquet", layer(list(range(9)) + [8] * 7), "old.parquet")
    return tmp_path


def test_only_places_of_changed_grids_are_asked(folder: Path):
    changed = [1, 1, 2, 3, 4, 5, 6, 7, 8] + [8] * 7  # grid 0 joins grid 1
    report = assign("r.parquet", layer(changed), "new.parquet", previous="old.parquet")
    assert report.asked == 2
    assert str(report).endswith("; 2 asked again")
    told = json.loads(pq.read_metadata("new.parquet").metadata[b"gridgeo"])
    assert told["rows"] == 16
    report = assign("r.parquet", layer(changed), "new.parquet", previous="new.parquet")
    assert report.asked == 0


def test_places_that_moved_or_came_are_asked(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stream_parquet, "POINTS", 4)
    lookup = layer(list(range(9)) + [8] * 7)
    assign("r.parquet", lookup, "old.parquet")
    table = pd.read_parquet("r.parquet")
    table.loc[5, "X"] += 50
    pd.concat([table, table[:1]]).to_parquet("r.parquet")
    report = assign("r.parquet", lookup, "new.parquet", previous="old.parquet")
    assert report.asked == 5  # the four of its batch and the one that came
    assign("r.parquet", lookup, "full.parquet")
    assert Path("new.parquet").read_bytes() == Path("full.parquet").read_bytes()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"previous": "nix.parquet"}, ReadError, "there is no such file"),
        ({"previous": "old.csv"}, ReadError, "only an assignment in Parquet remembers"),
        ({"previous": "r.parquet"}, ReadError, "was not written by gridgeo assign"),
        ({"previous": "broken.parquet"}, ReadError, "cannot be read as an earlier assignment"),
        (
            {"previous": "old.parquet", "nearest_m": 5.0},
            InputError,
            "with nearest 20.0, this one is with nearest 5.0",
        ),
    ],
)
def test_an_earlier_output_that_does_not_fit_is_refused(folder: Path, options: dict, error: type, words: str):
    Path("old.csv").write_text("id\n")
    Path("broken.parquet").write_text("PAR1")
    with pytest.raises(error, match=words):
        assign("r.parquet", layer([0] * 16), "new.parquet", **options)
    assert not Path("new.parquet").exists()


def test_an_earlier_output_for_a_layer_in_another_crs_is_refused(folder: Path):
    grids = gpd.GeoDataFrame({"code": ["g0"]}, geometry=[shapely.union_all(CELLS)], crs="EPSG:4547").to_crs("EPSG:4548")
    with pytest.raises(InputError, match="was made for a layer in EPSG:4547, this one is in EPSG:4548"):
        assign("r.parquet", make_lookup(grids), "new.parquet", previous="old.parquet")
