"""POST /locate/batch gives every point its grid, in the order sent, in JSON and in Arrow; doubts are refused."""

import io

import numpy as np
import orjson
import pyarrow as pa
import pytest
import small_city
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.api import batch, batch_files
from gridgeo.api.batch_files import ARROW, read_arrow, read_json
from gridgeo.api.words import words_of
from gridgeo.crs import from_city
from gridgeo.errors import InputError
from gridgeo.jobs.locate_many import Located
from gridgeo.locate.assign import assign_points

A, B, C, D = "411102001001001", "411102001001002", "411102001002001", "411102001002002"

PLACES = [(0.5, 1.5), (1.5, 0.5), (1.0, 1.5), (9.0, 9.0), (2.01, 0.5)]
"""In A, in D, on the border of A and C, far away, 1 m east of D."""


def metres(places=PLACES) -> tuple[list[float], list[float]]:
    x = [small_city.LEFT + column * small_city.SIDE_M for column, _ in places]
    y = [small_city.BOTTOM + row * small_city.SIDE_M for _, row in places]
    return x, y


@pytest.fixture(params=["watched", "unwatched"])
def post(app, client, request):
    """Send a body that must be answered; with a version at hand, and before there is one."""
    if request.param == "watched":
        app.state.watcher.look()

    def send(said, **params):
        body = said if isinstance(said, bytes) else orjson.dumps(said)
        kind = ARROW if isinstance(said, bytes) else "application/json"
        return client.post("/locate/batch", params=params, content=body, headers={"Content-Type": kind})

    return send


def stream(x, y, **options) -> bytes:
    sink = io.BytesIO()
    table = pa.table({"x": x, "y": y})
    with pa.ipc.new_stream(sink, table.schema, **options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def test_every_point_gets_code_method_and_distance_in_the_order_sent(post):
    x, y = metres()
    answer = post({"x": [*x, None, x[0]], "y": [*y, y[0], None]}).json()
    assert answer["code"] == [A, D, A, None, None, None, None]
    assert answer["method"] == ["inside", "inside", "border", "outside", "outside", "none", "none"]
    assert answer["distance_m"] == [0.0, 0.0, 0.0, None, None, None, None]
    assert (answer["version"], answer["datum"]) == (1, "EPSG:4547")


def test_points_outside_go_to_the_nearest_grid_where_that_is_asked_for(post):
    x, y = metres()
    for said, params in (({"x": x, "y": y, "nearest_m": 5}, {}), ({"x": x, "y": y}, {"nearest_m": 5})):
        answer = post(said, **params).json()
        assert answer["code"] == [A, D, A, None, D]
        assert answer["method"][-2:] == ["outside", "nearest"]
        assert answer["distance_m"][-2:] == [None, pytest.approx(0.01 * small_city.SIDE_M)]


def test_pairs_mean_the_same_as_two_lists(post):
    x, y = metres()
    assert post({"points": list(zip(x, y, strict=True))}).content == post({"x": x, "y": y}).content


@pytest.mark.parametrize("datum", ["CGCS2000", "GCJ-02", "BD-09", "EPSG:4490"])
def test_degrees_are_answered_in_the_datum_that_is_said(post, datum):
    places = [place for place in PLACES if place != (1.0, 1.5)]  # a border is not hit again through another datum
    lon, lat = from_city(*metres(places), datum.replace("CGCS2000", "EPSG:4490"), small_city.CRS)
    for said, params in (({"datum": datum}, {}), ({}, {"datum": datum}), ({"datum": datum}, {"datum": datum})):
        answer = post({"x": lon.tolist(), "y": lat.tolist(), **said}, **params).json()
        assert (answer["code"], answer["datum"]) == ([A, D, None, None], datum)


def test_an_arrow_stream_is_answered_with_one(post):
    x, y = metres()
    answer = post(stream([*x, None, np.nan], [*y, y[0], y[0]]), nearest_m=5)
    assert answer.headers["content-type"] == ARROW
    table = pa.ipc.open_stream(answer.content).read_all()
    as_json = post({"x": [*x, None, None], "y": [*y, y[0], y[0]], "nearest_m": 5}).json()
    assert {name: table[name].to_pylist() for name in table.column_names} == {
        name: as_json[name] for name in ("code", "method", "distance_m")
    }
    assert table.schema.metadata[b"version"] == b"1"


def test_the_other_format_may_be_asked_for(client):
    x, y = metres()
    answer = client.post("/locate/batch", json={"x": x, "y": y}, headers={"Accept": ARROW})
    assert pa.ipc.open_stream(answer.content).read_all()["code"].to_pylist()[:2] == [A, D]
    sent = {"Content-Type": ARROW, "Accept": "application/json"}
    assert client.post("/locate/batch", content=stream(x, y), headers=sent).json()["code"][:2] == [A, D]


def test_no_points_are_no_answers(post):
    answer = post({"x": [], "y": []}).json()
    assert (answer["code"], answer["method"], answer["distance_m"]) == ([], [], [])
    assert (
        pa.ipc.open_stream(post(stream(pa.array([], pa.float64()), pa.array([], pa.float64()))).content)
        .read_all()
        .num_rows
        == 0
    )


def test_a_large_body_gives_what_many_small_ones_do(post):
    rng = np.random.default_rng(3)
    x = small_city.LEFT + rng.uniform(-1, 3, 5000) * small_city.SIDE_M
    y = small_city.BOTTOM + rng.uniform(-1, 3, 5000) * small_city.SIDE_M
    whole = post({"x": x.tolist(), "y": y.tolist(), "nearest_m": 50}).json()
    parts = [
        post({"x": x[k : k + 500].tolist(), "y": y[k : k + 500].tolist(), "nearest_m": 50}).json()
        for k in range(0, 5000, 500)
    ]
    for name in ("code", "method", "distance_m"):
        assert whole[name] == [value for part in parts for value in part[name]]
    table = assign_points(range(5000), x, y, small_city.grids_of(), nearest_m=50)
    assert whole["code"] == table["code"].astype(object).where(table["code"].notna(), None).tolist()
    assert whole["method"] == table["method"].tolist()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"x": [1], "y": [1, 2]}, "1 x and 2 y"),
        ({"x": [500000.0, "500000"], "y": [1, 2]}, 'x[1] is not a number: "500000"'),
        ({"x": [500000.0], "y": [True]}, "y[0] is not a number: true"),
        ({"x": 1, "y": [1]}, '"x" is not a list'),
        ({"x": [1]}, 'say either "x" and "y"'),
        ({"x": [1], "y": [1], "points": []}, 'say either "x" and "y"'),
        ({"points": [[1, 2], [3]]}, "points[1] is not a pair"),
        ({"points": [[1, 2], "ab"]}, "points[1] is not a pair"),
        ({"points": [[1, [2]]]}, "y[0] is not a number"),
        ({"x": [1], "y": [1], "datm": "GCJ-02"}, "'datm' is no key here"),
        ({"x": [1], "y": [1], "datum": 7}, '"datum" is not a name: 7'),
        ({"x": [1], "y": [1], "nearest_m": -1}, '"nearest_m" is not a distance'),
        ({"x": [114.0], "y": [33.0]}, "these coordinates are degrees"),
        ({"x": [114.0], "y": [33.0], "datum": "mars"}, "'mars' is not a coordinate reference system"),
        ({"x": [114.0], "y": [33.0], "datum": "EPSG:4214"}, "Beijing 1954"),
        ({"x": [metres()[1][0]], "y": [metres()[0][0]]}, "x and y are swapped: the first point, x=3700"),
        ([1, 2], "the list is not all texts: number 1"),
        (3, "not an object"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(post, said, word):
    answer = post(said)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


def test_swapped_degrees_are_refused_in_the_datum_that_is_said(post):
    lon, lat = from_city(*metres(), "GCJ-02", small_city.CRS)
    answer = post({"x": lat.tolist(), "y": lon.tolist(), "datum": "GCJ-02"})
    assert (answer.status_code, "x and y are swapped" in answer.text) == (422, True)


def test_a_datum_that_is_said_twice_must_be_the_same(post):
    answer = post({"x": [114.0], "y": [33.0], "datum": "GCJ-02"}, datum="BD-09")
    assert (answer.status_code, "datum is said twice" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "not an Arrow IPC stream"),
        (b"no arrow", "not an Arrow IPC stream"),
        (stream([1.0], [1.0])[:-60], "not an Arrow IPC stream"),
        (stream(["1"], ["2"]), "column x is string, not a number"),
        (stream([1.0], [1.0], options=pa.ipc.IpcWriteOptions(compression="zstd")), "compressed"),
    ],
)
def test_a_stream_that_cannot_be_read_is_one_sentence(post, body, word):
    answer = post(body)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


def test_other_columns_are_refused(client):
    sink = io.BytesIO()
    table = pa.table({"lon": [1.0], "lat": [1.0]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    answer = client.post("/locate/batch", content=sink.getvalue(), headers={"Content-Type": ARROW})
    assert "the stream has the columns lon, lat; send x and y" in answer.json()["detail"]


@given(st.binary(max_size=40), st.integers(0, 400))
def test_a_damaged_stream_is_read_or_refused_and_never_breaks_the_server(noise, at):
    whole = stream([500000.0, 500100.0], [3700000.0, 3700100.0])
    try:
        points = read_arrow(whole[:at] + noise + whole[at + len(noise) :])
    except InputError:
        return
    assert len(points.x) == len(points.y)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["x", "y", "points", "datum", "nearest_m"]), inner)
        ),
    )
)
def test_any_json_is_read_or_refused(said):
    try:
        points = read_json(orjson.dumps(said, default=str))
    except (InputError, TypeError):  # orjson does not write integers beyond 64 bits
        return
    assert len(points.x) == len(points.y)


def test_too_many_points_or_bytes_are_a_413_that_says_how_many_may_come(client, monkeypatch):
    monkeypatch.setattr(batch_files, "MOST_POINTS", 3)
    x, y = metres()
    for body, kind in ((orjson.dumps({"x": x, "y": y}), "application/json"), (stream(x, y), ARROW)):
        answer = client.post("/locate/batch", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 413
        assert "there are 5 points; send at most 3 at a time" in answer.json()["detail"]
    monkeypatch.setattr(batch, "MOST_BYTES", 100)
    answer = client.post("/locate/batch", json={"x": x, "y": y})
    assert (answer.status_code, "send fewer points at a time" in answer.json()["detail"]) == (413, True)


def test_another_kind_of_body_is_a_415_that_names_those_that_are_read(client):
    answer = client.post("/locate/batch", content=b"x,y", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert "send application/json, text/csv or application/vnd.apache.arrow.stream" in answer.json()["detail"]


def test_a_version_may_be_asked_for_and_a_slip_in_a_parameter_is_refused(post):
    x, y = metres()
    assert post({"x": x, "y": y}, at="1").json()["version"] == 1
    assert post({"x": x, "y": y}, at="7").status_code == 404
    assert "'datm' is no parameter here" in post({"x": x, "y": y}, datm="GCJ-02").json()["detail"]


def test_codes_of_different_length_are_written_as_they_are():
    words = words_of(np.array(["W-1", '北"1', None, "longer than the others"], object))
    rows, methods = np.array([3, -1, 1, 0], np.int32), np.array([0, 3, 0, 1], np.int8)
    found = Located(rows, methods, np.array([0, np.nan, 0, 0]), "EPSG:4547")
    said = orjson.loads(words.as_json(found, version=1, as_of="2026-01-01"))
    assert said["code"] == ["longer than the others", None, '北"1', "W-1"]
    table = pa.ipc.open_stream(words.as_arrow(found, version=1, as_of="2026-01-01")).read_all()
    assert table["code"].to_pylist() == said["code"]
