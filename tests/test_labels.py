"""Labels lie in their grids, cover nothing, and no grid goes without one.

::

    +-----+-----+-----+      six grids in three communities; 2·002 is exclusive
    | 001 | 001 | 001 |
    +-----+-----+-----+      "at 7 mm": a side of a grid is 7 mm long on paper
    | 002 | /// | 002 |
    +-----+-----+-----+
"""

from dataclasses import replace

import coverages
import geopandas as gpd
import numpy as np
import pytest
import shapely
import small_city
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from shapely import box
from shapely.affinity import rotate, scale, translate

from gridgeo.render import fonts
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.fit import circles_of, fit
from gridgeo.render.fonts import face_for
from gridgeo.render.label import Label, Taken, new_label
from gridgeo.render.label_check import label_faults
from gridgeo.render.label_drawing import baselines, draw_labels
from gridgeo.render.labels import Placing, place_labels
from gridgeo.render.leaders import leaders_allowed
from gridgeo.render.measure import HALO_PT, MM_PER_PT, label_size_mm, line_ink
from gridgeo.render.outside import place_outside
from gridgeo.render.squares import Squares

SOUND = dict.fromkeys(("overlaps", "crossed", "outside", "astray", "abroad", "cut", "silent", "twice"), 0)
LONG = "中" * 56 + "第一社区"


def edition_of(columns: int = 3, rows: int = 2) -> Edition:
    grids = small_city.grids_of(columns, rows)
    grids.loc[grids["code"] == "411102001002002", "kind"] = "exclusive"
    return new_edition(grids, small_city.communities_of(grids), version="V1")


def edition_with(shapes: list, *, codes: list[str] | None = None, name: str = "东街") -> Edition:
    """Return grids of one community, in millimetres on paper at 1:1000."""
    grids = small_city.grids_of(1, len(shapes)).set_geometry(shapes, crs=small_city.CRS)
    grids["community_name"] = name
    if codes:
        grids["code"] = codes
    communities = gpd.GeoDataFrame(
        {"code": grids["community_code"].iloc[:1], "name": [name], "street": ["沙北街道"]},
        geometry=[shapely.union_all(shapes)], crs=small_city.CRS,
    )  # fmt: skip
    return new_edition(grids, communities, version="")


def placed(shapes: list, **more) -> Placing:
    edition = edition_with(shapes, codes=more.pop("codes", None), name=more.pop("name", "东街"))
    placing = place_labels(edition, 1.0, key_room=more.pop("key_room", None), **more)
    assert label_faults(placing, edition, more.get("window")) == SOUND
    return placing


def of_kind(placing: Placing, kind: str) -> list[Label]:
    return [label for label in placing.labels if label.kind == kind]


def test_as_grids_get_smaller_labels_go_from_names_to_numbers_to_keys_to_leaders():
    edition, texts = edition_of(), {}
    for side_mm in (26, 10, 4, 2):
        placing = place_labels(edition, 100 / side_mm, key_room=None)
        assert label_faults(placing, edition) == SOUND
        texts[side_mm] = sorted((label.kind, label.text) for label in placing.labels if label.kind != "community")
    names = [("grid", f"沙北街道第{at}社区\n00{number}") for at in (1, 2, 3) for number in (1, 2)]
    assert texts[26] == sorted(names)
    assert texts[10] == [("grid", number) for number in ("001", "001", "001", "002", "002", "002")]
    assert texts[4] == [("key", f"[{number}]") for number in range(1, 7)]
    assert texts[2] == [("leader", f"[{number}]") for number in range(1, 7)]


@pytest.mark.parametrize("side_mm", [26, 18, 9, 7, 5, 3.5, 2, 0.5])
@pytest.mark.parametrize("key_room", [None, 20, 0])
def test_no_label_covers_another_or_leaves_its_grid_at_any_scale(side_mm, key_room):
    edition = edition_of(8, 8)
    placing = place_labels(edition, 100 / side_mm, key_room=key_room)
    assert label_faults(placing, edition) == SOUND | {"silent": placing.silent}
    assert key_room is None or len(placing.keys) <= key_room
    assert key_room is not None or placing.silent == 0


def test_a_grid_without_any_room_is_listed_by_the_square_of_the_frame():
    placing = place_labels(edition_of(20, 20), 100 / 1.0, key_room=None)
    by_square = [
        (key, text) for (key, text), square in zip(placing.keys, placing.squares, strict=True) if key == square
    ]
    assert placing.by_square
    assert placing.silent == 0
    assert ("A1", "411102 001 002 001") in by_square
    assert len(of_kind(placing, "leader")) == 1  # of so many only the exclusive one has a line


def test_keys_are_listed_as_far_as_the_list_has_room_in_the_order_of_the_codes():
    edition = edition_of(6, 6)
    crowded = place_labels(edition, 100 / 4, key_room=4)
    assert crowded.keys == tuple(
        (f"[{number}]", f"411102 001 00{at}") for number, at in enumerate(("1 001", "1 002", "1 003", "2 002"), start=1)
    )
    assert crowded.silent == 32
    whole = place_labels(edition, 100 / 4, key_room=None)
    assert [text for key, text in whole.keys if key.startswith("[")] == sorted(
        text for key, text in whole.keys if key.startswith("[")
    )


@pytest.mark.parametrize("side_mm", [4, 2])
def test_an_exclusive_grid_comes_first_in_a_short_list_however_small(side_mm):
    keys = place_labels(edition_of(), 100 / side_mm, key_room=1).keys
    assert [text for _, text in keys] == ["411102 001 002 002"]


def test_where_communities_are_too_small_their_street_is_named_instead():
    edition = edition_of(6, 6)
    short = replace(edition, communities=edition.communities.assign(name=[f"{at}社区" for at in range(1, 7)]))

    def names(side_mm: float) -> set[str]:
        return {label.text for label in of_kind(place_labels(short, 100 / side_mm, key_room=0), "community")}

    assert names(10) == {f"{at}社区" for at in range(1, 7)}
    assert names(3) == {"沙北街道"}
    assert names(1) == set()


def test_one_grid_has_its_name_and_its_number():
    (label,) = placed([box(0, 0, 40, 40)]).labels
    assert label.text == "东街\n001"


def test_a_grid_of_a_square_metre_has_a_key_beside_it_and_a_line_that_ends_in_it():
    placing = placed([box(0, 0, 1, 1), box(1, 0, 50, 50)])
    (label,) = of_kind(placing, "leader")
    assert placing.keys == (("[1]", "411102 001 001 001"),)
    assert shapely.Point(label.anchor).within(box(0, 0, 1, 1))
    assert placing.leaders == (label.line,)
    assert shapely.LineString([label.line[:2], label.line[2:]]).length <= 15


def test_a_grid_of_a_square_metre_alone_is_labelled_too():
    assert [label.text for label in placed([box(0, 0, 1, 1)]).labels] == ["[1]"]


def test_a_name_of_sixty_characters_goes_to_the_list():
    assert len(LONG) == 60
    placing = placed([box(0, 0, 40, 40), box(40, 0, 80, 40)], name=LONG)
    assert [label.text for label in of_kind(placing, "grid")] == ["001", "002"]
    assert placing.keys == (("〔1〕", LONG),)


def test_in_an_l_the_number_stands_in_an_arm_and_not_at_the_centroid_outside():
    shape = box(0, 0, 60, 7) | box(0, 0, 7, 60)
    assert not shape.covers(shape.centroid)
    assert [label.kind for label in placed([shape], full_mm=np.inf).labels] == ["grid", "community"]


def test_a_grid_of_many_holes_is_labelled_between_them():
    holes = [box(x, y, x + 6, y + 6) for x in range(2, 60, 10) for y in range(2, 60, 12)]
    placing = placed([box(0, 0, 62, 66) - shapely.union_all(holes), *holes], full_mm=np.inf)
    assert len(of_kind(placing, "grid")) == 31


@pytest.mark.parametrize(("shape", "kind"), [(box(0, 0, 80, 3.2), "grid"), (box(0, 0, 2.5, 80), "leader")])
def test_a_long_thin_grid_is_labelled_along_it_or_beside_it(shape, kind):
    assert placed([shape, translate(shape, 100, 0)]).labels[0].kind == kind


def test_long_numbers_of_imported_layers_shrink_or_become_keys():
    squares = [box(0, 0, side, side) for side in (12, 6.2, 5.6, 4)]
    shapes = [translate(square, 20 * at) for at, square in enumerate(squares)]
    placing = placed(shapes, codes=["W-1701", "W-1702", "W-1703", "W-1704"], full_mm=np.inf)
    assert [(label.text, label.size_pt) for label in of_kind(placing, "grid")][:1] == [("W-1701", 7.0)]
    assert {label.code for label in (*of_kind(placing, "key"), *of_kind(placing, "leader"))} >= {"W-1703", "W-1704"}


def test_a_grid_that_the_window_cuts_is_labelled_in_its_visible_part():
    window = (-5.0, -5.0, 12.0, 30.0)
    placing = placed([box(0, 0, 60, 20), box(60, 0, 80, 20)], window=window, full_mm=np.inf)
    (label,) = of_kind(placing, "grid")
    assert label.text == "001"
    assert box(*window).contains(box(*label.box))
    assert placing.silent == 0


def test_labels_of_grids_that_overlap_do_not():
    faulty = [box(0, 0, 20, 20), box(1, 1, 21, 21), box(0.5, 0, 20, 19.5), box(30, 0, 50, 20)]
    placing = placed(faulty, full_mm=np.inf)
    assert len(placing.keys) == 2


def test_a_name_prefers_a_place_over_no_border():
    grids = [box(0, 0, 60, 20), box(60, 0, 80, 20)]
    (name,) = of_kind(placed(grids, full_mm=np.inf, name="中山路社区"), "community")
    assert box(*grids[0].bounds).contains(box(*name.box))


def test_neighbours_are_named_outside_where_they_cover_no_label():
    edition = edition_with([box(0, 0, 10, 10)])
    window = (-30.0, -20.0, 25.0, 25.0)
    placing = place_labels(edition, 1.0, key_room=None, window=window)
    around = [box(-100, -20, 0, 25), box(10, -20, 100, 25), box(0, 10, 10, 25)]
    labels = place_outside(np.array(around, dtype=object), ["西街社区", "东街", "北"], placing, 1.0, window)
    assert [label.text for label in labels] == ["东街", "北", "西街社区"]
    of = dict(zip(["西街社区", "东街", "北"], around, strict=True))
    assert all((of[label.text] & box(*window)).contains(box(*label.box)) for label in labels)
    assert label_faults(replace(placing, labels=(*placing.labels, *labels)), edition, window) == SOUND


def test_of_more_small_grids_than_a_map_of_lines_bears_only_exclusive_ones_have_lines():
    assert [leaders_allowed(grids) for grids in (6, 100, 8000)] == [12, 25, 300]


def test_squares_count_from_the_upper_left_corner():
    squares = Squares((0.0, 0.0, 100.0, 150.0), 1.0)
    assert [name for name, *_ in squares.columns()] == ["A", "B"]
    assert [name for name, *_ in squares.rows()] == ["1", "2", "3"]
    assert (squares.of(10, 140), squares.of(99, 1), squares.of(-5, 500)) == ("A1", "B3", "A1")


@given(
    kind=st.sampled_from(coverages.KINDS), seed=st.integers(0, 10**6),
    metres_per_mm=st.sampled_from([20.0, 4.0, 1.0, 0.3]), cut=st.booleans(), key_room=st.sampled_from([None, 0, 3]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_labels_are_sound_on_any_coverage_in_any_order(kind, seed, metres_per_mm, cut, key_room):
    grids = coverages.coverage(kind, seed=seed)
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, 3, len(grids))
    grids = grids.assign(
        kind=np.where(rng.random(len(grids)) < 0.1, "exclusive", "general"),
        community_code=[f"C{at}" for at in owner],
        community_name=[f"第{at}社区" for at in owner],
        full_name="",
    )
    edition = new_edition(grids, small_city.communities_of(grids), version="")
    left, bottom, right, top = grids.total_bounds
    window = (left + (right - left) / 3, bottom - 9.0, right + 5.0, top + 3.0) if cut else None
    placing = place_labels(edition, metres_per_mm, key_room=key_room, window=window)
    assert label_faults(placing, edition, window) == SOUND | {"silent": placing.silent}
    assert len(placing.keys) == len(placing.squares)
    assert key_room is None or len(placing.keys) <= key_room
    assert key_room is not None or placing.silent + placing.unnamed == 0
    shuffled = edition.grids.sample(frac=1, random_state=seed % 97, ignore_index=True)
    again = replace(edition, grids=shuffled, communities=edition.communities[::-1])
    assert place_labels(again, metres_per_mm, key_room=key_room, window=window) == placing


@given(seed=st.integers(0, 10**6), angle=st.floats(0, 180), wide=st.floats(0.5, 30), high=st.floats(0.5, 30))
@settings(max_examples=40, deadline=None)
def test_a_box_that_is_given_a_place_fits_there(seed, angle, wide, high):
    shapes = coverages.coverage("parts", seed=seed).geometry.to_numpy()
    shapes = np.array([rotate(shape, angle) for shape in shapes], dtype=object)
    width, height = np.full(len(shapes), wide), np.full(len(shapes), high)
    middle, radius = circles_of(shapes, 0.1)
    spots = fit(shapes, width, height, middle=middle, radius=radius)
    for shape, (x, y) in zip(shapes, spots, strict=True):
        half = 1 - 1e-6
        place = box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2) if not np.isnan(x) else None
        assert place is None or shape.buffer(1e-6).covers(scale(place, half, half))


@pytest.mark.parametrize("turned", [False, True])
def test_a_box_finds_the_only_wide_place_of_a_comb(turned):
    comb = shapely.union_all(
        [box(0, 0, 100, 2), *(box(x, 0, x + 2, 40) for x in range(0, 100, 10)), box(50, 25, 64, 34)]
    )
    comb = scale(comb, yfact=-1, origin=(0, 0)) if turned else comb
    shapes = np.array([comb], dtype=object)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    spots = fit(shapes, np.array([12.0]), np.array([7.0]), middle=middle, radius=np.zeros(1))
    assert abs(spots[0, 0] - 57) <= 1
    assert abs(abs(spots[0, 1]) - 29.5) <= 1


TEXTS = ["003", "[12]", "W-17", "沙北街道第1社区", "〔3〕", "东街\n001"]


def drawn(label: Label, dpi: int) -> tuple[np.ndarray, list[float]]:
    """Return left, bottom, right, top of the dark ink in mm, and the widths that matplotlib tells."""
    figure = Figure((60 / 25.4, 20 / 25.4), dpi=dpi)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 60), ylim=(0, 20))
    axes.set_axis_off()
    draw_labels(axes, [label], 1.0)
    canvas.draw()
    ink = np.argwhere(np.asarray(canvas.buffer_rgba())[::-1, :, 0] < 128)[:, ::-1]
    told = [axes.text(0, 0, line, fontproperties=face_for(line, label.size_pt)) for line in label.text.split("\n")]
    extents = [written.get_window_extent().width * 25.4 / dpi for written in told]
    return np.concatenate([ink.min(axis=0), ink.max(axis=0) + 1]) * 25.4 / dpi, extents


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size_pt", [5.0, 7.0, 8.5])
def test_a_box_is_what_is_drawn(text, size_pt):
    label = new_label(text, (30.0, 10.0), size_pt, "grid", 1.0)
    halo = HALO_PT / 2 * MM_PER_PT * np.array([1, 1, -1, -1])
    fine, extents = drawn(label, 1200)
    assert np.abs(fine - (label.box + halo)).max() <= 0.06  # three dots
    advances = [line_ink(line).advance * size_pt * MM_PER_PT for line in text.split("\n")]
    assert extents == pytest.approx(advances, abs=0.06)
    # At 300 dots per inch letters move by up to two dots onto the raster: inside the halo.
    coarse, _ = drawn(label, 300)
    assert shapely.box(*(label.box + 0.5 * halo)).contains(shapely.box(*coarse))


def test_lines_of_a_label_are_centred_on_one_another():
    label = new_label("东街\n001", (0.0, 0.0), 7.0, "grid", 1.0)
    (_, left, upper), (_, inner, lower) = baselines(label, 1.0)
    assert left < inner < 0
    assert lower < upper


def test_a_text_of_another_face_is_measured_in_that_face():
    others = [path for path in fonts._other_faces() if ord("龘") in fonts._characters(path)]
    if not others:
        pytest.skip("no face here holds a rare character")
    assert line_ink("龘村").advance == pytest.approx(2, abs=0.01)
    assert 1.8 < (label_size_mm("龘村", 10.0)[0] / MM_PER_PT - HALO_PT) / 10 < 2


def test_what_a_leader_covers_is_taken_too():
    leader = new_label("[1]", (10.0, 0.0), 5.0, "leader", 1.0, anchor=(0.0, 0.0))
    taken = Taken(1.0, [leader])
    assert taken.free(np.array([[3.0, -1, 4, 1], [-3, -1, -2, 1], [9, -1, 11, 1]])).tolist() == [False, True, False]
