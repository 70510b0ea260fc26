"""A coordinate in any writing and datum → its grid, or why there is no single answer."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from gridgeo.crs import from_city
from gridgeo.errors import CRSError
from gridgeo.jobs.locate import locate
from gridgeo.jobs.lookup import Behind, Lookup, make_lookup
from gridgeo.locate.coordinate import NumberPair, locate_pair, parse_pair
from gridgeo.locate.index import GridIndex, build_index

CRS = "EPSG:4547"
X, Y, SIDE_M = 500_000.0, 3_714_000.0, 2000.0


def squares(side_m: float, count: int, crs: str = CRS) -> gpd.GeoDataFrame:
    """count × count squares around the middle of the zone near Luohe, named by column and row."""
    cells = [(i, j) for i in range(count) for j in range(count)]
    shapes = [box(X + side_m * i, Y + side_m * j, X + side_m * (i + 1), Y + side_m * (j + 1)) for i, j in cells]
    columns = {
        "code": [f"41110200100{i}00{j}" for i, j in cells],
        "community_code": [f"41110200100{i}" for i, _ in cells],
        "community_name": "老街社区",
        "short_name": "第一网格",
        "households": np.arange(len(cells)),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


LARGE, SMALL = build_index(squares(20_000, 2)), build_index(squares(200, 9))


@pytest.mark.parametrize(
    ("text", "first", "second", "lon_first"),
    [
        ("114.02,33.58", 114.02, 33.58, None),
        ("  114.02 33.58 ", 114.02, 33.58, None),
        ("114.02，33.58", 114.02, 33.58, None),
        ("１１４．０２，３３．５８", 114.02, 33.58, None),
        ("（33.58、114.02）", 33.58, 114.02, None),
        ("114.02;33.58", 114.02, 33.58, None),
        ("POINT (114.02 33.58)", 114.02, 33.58, None),
        ("-77.03, 38.9", -77.03, 38.9, None),
        ("114.5°E 33.5°N", 114.5, 33.5, True),
        ("N33.5E114.5", 33.5, 114.5, False),
        ("东经114.5度，北纬33.5度", 114.5, 33.5, True),
        ("北纬33°30′0″ 东经114°30′", 33.5, 114.5, False),
        ("33°30'36\"N, 114°30'00\"E", 33.51, 114.5, False),
        ("lat=33.5, lng=114.5", 33.5, 114.5, False),
        ("经度：114.5 纬度：33.5", 114.5, 33.5, True),
        ("77.03W 38.9N", -77.03, 38.9, True),
        ("N38.9 W77.03", 38.9, -77.03, False),
        ("E114.5N33.5", 114.5, 33.5, True),
        ("x=500000 y=3714000", 500000, 3714000, None),
    ],
)
def test_common_writings_are_read(text: str, first: float, second: float, lon_first: bool | None):
    pair = parse_pair(text)
    assert pair is not None
    assert (pair.first, pair.second) == pytest.approx((first, second))
    assert pair.lon_first is lon_first


@pytest.mark.parametrize(
    "text",
    ["", "114.02", "411102001001001", "人民路12号3单元", "1,2,3", "114.02,abc", "12-3", "E114 E115", "33°75′ 114°0′"],
)
def test_other_texts_are_no_coordinate(text: str):
    assert parse_pair(text) is None


@given(st.floats(90.01, 135), st.floats(3, 53))
def test_degrees_east_of_ninety_tell_their_order(lon: float, lat: float):
    assert NumberPair(lon, lat).orders() == NumberPair(lat, lon).orders() == [(lon, lat)]


def degrees(x: float, y: float, datum: str) -> NumberPair:
    lon, lat = from_city(x, y, datum, CRS)
    return NumberPair(float(lon), float(lat))


@pytest.mark.parametrize("datum", ["CGCS2000", "WGS84", "GCJ-02", "BD-09", "EPSG:4547"])
def test_stated_datum_leads_to_the_grid(datum: str):
    answer = locate_pair(degrees(X + 500, Y + 700, datum), SMALL, datum=datum)
    assert (answer.status, answer.code) == ("sure", "411102001002003")


def test_metres_are_read_in_the_layers_own_system_and_either_order():
    for pair in (NumberPair(X + 500, Y + 700), NumberPair(Y + 700, X + 500)):
        answer = locate_pair(pair, SMALL)
        assert (answer.status, answer.code, answer.datum) == ("sure", "411102001002003", CRS)


def test_easting_with_zone_number_is_understood():
    answer = locate_pair(NumberPair(38_000_000 + X + 500, Y + 700), SMALL)
    assert (answer.status, answer.code, answer.datum) == ("sure", "411102001002003", "EPSG:4526")


def test_unstated_datum_is_harmless_where_all_give_the_same_grid():
    answer = locate_pair(degrees(X + 10_000, Y + 10_000, "CGCS2000"), LARGE)
    assert (answer.status, answer.code) == ("sure", "411102001000000")
    assert answer.datum is None
    assert [candidate.datum for candidate in answer.candidates] == ["CGCS2000", "GCJ-02", "BD-09"]


def test_unstated_datum_is_said_where_the_answers_differ():
    answer = locate_pair(degrees(X + 1700, Y + 1700, "CGCS2000"), SMALL)
    assert (answer.status, answer.code) == ("ambiguous", None)
    assert answer.candidates[0].code == "411102001008008"
    assert len({candidate.code for candidate in answer.candidates}) == 3
    [(kind, text)] = answer.faults
    assert kind == "datum_not_stated"
    assert "GCJ-02" in text
    assert "BD-09" in text


def test_wrong_datum_is_said_with_the_grids_of_the_others():
    # written in GCJ-02 near the west edge, but stated as BD-09: 1 km off, outside
    answer = locate_pair(degrees(X + 10, Y + 10, "GCJ-02"), SMALL, datum="BD-09")
    assert (answer.status, answer.code) == ("outside", None)
    assert [(other.datum, other.code) for other in answer.candidates[1:] if other.datum == "GCJ-02"] == [
        ("GCJ-02", "411102001000000")
    ]
    assert answer.faults[-1][0] == "datum_doubtful"


def test_latitude_first_is_told():
    pair = degrees(X + 10_000, Y + 10_000, "CGCS2000")
    answer = locate_pair(NumberPair(pair.second, pair.first), LARGE)
    assert answer.status == "sure"
    assert answer.faults[0][0] == "order_swapped"


def test_outside_china_no_map_datum_is_compared_and_the_layer_decides_the_order():
    washington = gpd.GeoDataFrame({"code": ["w"]}, geometry=[box(390_000, 130_000, 400_000, 140_000)], crs="EPSG:26985")
    index = build_index(washington)
    for pair in (NumberPair(-77.05, 38.9), NumberPair(38.9, -77.05)):
        answer = locate_pair(pair, index)
        assert (answer.status, answer.code, answer.datum) == ("sure", "w", "CGCS2000")


def test_point_on_a_border_names_its_grids():
    answer = locate_pair(NumberPair(X + 200, Y + 200), SMALL)
    assert answer.code == "411102001000000"
    assert answer.candidates[0].sharing == tuple(f"41110200100{i}00{j}" for i in (0, 1) for j in (0, 1))
    assert answer.faults[0][0] == "on_border"


def test_metres_where_degrees_are_stated_are_outside():
    assert locate_pair(NumberPair(X, Y), SMALL, datum="CGCS2000").status == "outside"


@pytest.mark.parametrize("datum", ["Beijing", "EPSG:2437"])
def test_unknown_or_hopeless_datum_is_refused(datum: str):
    with pytest.raises(CRSError):
        locate_pair(NumberPair(114.02, 33.58), SMALL, datum=datum)


@given(st.floats(1, 1799), st.floats(1, 1799), st.sampled_from(["CGCS2000", "GCJ-02", "BD-09"]))
def test_stated_and_unstated_datum_never_contradict_each_other(east: float, north: float, datum: str):
    pair = degrees(X + east, Y + north, datum)
    free, stated = locate_pair(pair, SMALL), locate_pair(pair, SMALL, datum=datum)
    assert stated.code in {candidate.code for candidate in free.candidates}
    assert free.status != "sure" or free.code == stated.code


def lookup(index: GridIndex | None = None) -> Lookup:
    communities = gpd.GeoDataFrame(
        {"code": ["411102001002"], "name": ["老街社区"], "street": ["沙北街道"], "county": ["源汇区"]},
        geometry=[box(X, Y, X + 1, Y + 1)],
        crs=CRS,
    )
    return make_lookup(squares(200, 9), communities, version=1, as_of="2026-11-20")


KEYS = {
    "status", "code", "grid", "chain", "place", "confidence", "faults", "candidates", "as_of", "datum", "version",
}  # fmt: skip


def test_code_gives_the_grid_and_its_chain():
    answer = locate("411102001002003", lookup())
    assert answer["status"] == "sure"
    assert answer["chain"] == ["源汇区", "沙北街道", "老街社区", "第一网格"]
    assert answer["grid"]["households"] == 21
    assert answer["as_of"] == "2026-11-20"
    assert set(answer) == KEYS


@pytest.mark.parametrize("text", [" 411102 001 002 003 ", "４１１１０２００１００２００３"])
def test_code_may_be_written_in_parts_or_full_width(text: str):
    assert locate(text, lookup())["code"] == "411102001002003"


def test_coordinate_gives_the_same_grid_with_its_place_in_degrees():
    pair = degrees(X + 500, Y + 700, "GCJ-02")
    answer = locate(f"{pair.first},{pair.second}", lookup(), datum="gcj02")
    assert answer["code"] == "411102001002003"
    assert (answer["place"]["x"], answer["place"]["y"]) == pytest.approx((114.00539, 33.5585), abs=1e-3)
    assert answer["confidence"] == 1.0


@pytest.mark.parametrize("text", ["源汇区人民路12号", "411102001009999", "?", ""])
def test_address_and_unknown_code_say_what_is_needed(text: str):
    answer = locate(text, lookup())
    assert (answer["status"], answer["code"], answer["chain"], answer["grid"]) == ("unknown", None, [], None)
    assert "地址库" in answer["faults"][0]["text"]
    assert set(answer) == KEYS


def test_ambiguous_answer_has_candidates_and_no_place():
    pair = degrees(X + 1700, Y + 1700, "CGCS2000")
    answer = locate(f"{pair.first} {pair.second}", lookup())
    assert (answer["status"], answer["place"], answer["datum"]) == ("ambiguous", None, None)
    assert {candidate["datum"] for candidate in answer["candidates"]} == {"CGCS2000", "GCJ-02", "BD-09"}
    assert answer["confidence"] == pytest.approx(1 / 3)


def test_layer_without_crs_cannot_be_asked():
    with pytest.raises(CRSError):
        make_lookup(squares(200, 1).set_crs(None, allow_override=True))


def asked_for(text: str, grids: gpd.GeoDataFrame) -> list[str]:
    """Return the codes of other versions that a text makes the store look for."""
    asked: list[str] = []
    locate(text, make_lookup(grids, behind=Behind(fate=asked.append)))
    return asked


def test_a_telephone_number_is_no_code_of_another_version_unless_codes_are_as_long():
    grids = squares(200, 3)
    assert asked_for("13812345678", grids) == []
    assert asked_for("0395-3131234", grids) == []
    assert asked_for("411102001009999", grids) == ["411102001009999"]
    assert asked_for("13812345678", grids.assign(code=grids["code"].str[4:])) == ["13812345678"]
