"""/locate finds the grid of a code or coordinate, and says aloud when the datum is missing or wrong."""

import pytest
import small_city

from gridgeo.crs import BD09, GCJ02, from_city

A, B, C, D = "411102001001001", "411102001001002", "411102001002001", "411102001002002"


def spot(column: float, row_from_south: float, datum: str = "EPSG:4326") -> tuple[float, float]:
    """Return a point of the picture in another datum; 0.5, 1.5 is the middle of A."""
    x, y = small_city.LEFT + column * small_city.SIDE_M, small_city.BOTTOM + row_from_south * small_city.SIDE_M
    lon, lat = from_city(x, y, datum, small_city.CRS)
    return float(lon), float(lat)


@pytest.mark.parametrize(("place", "code"), [((0.5, 1.5), A), ((0.5, 0.5), B), ((1.5, 1.5), C), ((1.5, 0.5), D)])
@pytest.mark.parametrize("datum", ["CGCS2000", GCJ02, BD09])
def test_a_coordinate_gives_the_same_grid_in_every_datum_that_is_stated(ask, place, code, datum):
    x, y = spot(*place, "EPSG:4326" if datum == "CGCS2000" else datum)
    answer = ask("/locate", x=x, y=y, datum=datum)
    assert (answer["status"], answer["code"], answer["datum"]) == ("sure", code, datum)
    assert answer["chain"][-1] == answer["grid"]["short_name"]


def test_the_point_comes_back_in_degrees_of_cgcs2000_whatever_it_was_asked_in(ask):
    x, y = spot(0.5, 1.5, GCJ02)
    place = ask("/locate", x=x, y=y, datum="GCJ-02")["place"]
    assert (place["x"], place["y"]) == pytest.approx(spot(0.5, 1.5), abs=1e-8)


def test_a_missing_datum_is_said_with_the_answers_that_differ(ask):
    x, y = spot(0.5, 1.5)
    answer = ask("/locate", x=x, y=y)
    assert (answer["status"], answer["code"]) == ("ambiguous", None)
    assert [fault["kind"] for fault in answer["faults"]] == ["datum_not_stated"]
    assert {other["datum"]: other["code"] for other in answer["candidates"]} == {
        "CGCS2000": A, GCJ02: None, BD09: None,
    }  # fmt: skip


def test_a_wrong_datum_is_doubted_with_the_grid_of_the_right_one(ask):
    x, y = spot(0.5, 1.5, BD09)
    answer = ask("/locate", x=x, y=y, datum="CGCS2000")
    assert answer["status"] == "outside"
    assert "datum_doubtful" in [fault["kind"] for fault in answer["faults"]]
    assert A in [other["code"] for other in answer["candidates"]]


@pytest.mark.parametrize("written", ["{x},{y}", "{x}，{y}", "{y}, {x}", "东经{x} 北纬{y}"])
def test_a_coordinate_may_be_typed_in_any_common_writing(ask, written):
    x, y = spot(1.5, 1.5)
    assert ask("/locate", q=written.format(x=x, y=y), datum="CGCS2000")["code"] == C


@pytest.mark.parametrize("written", [B, "411102 001 001 002", "４１１１０２００１００１００２"])
def test_a_code_finds_its_grid_however_it_is_spaced(ask, written):
    answer = ask("/locate", q=written)
    assert (answer["status"], answer["code"], answer["place"]) == ("sure", B, None)


def test_what_is_not_found_is_an_answer_and_not_an_error(ask):
    assert ask("/locate", q="411102001001999")["status"] == "unknown"
    assert ask("/locate", q="")["status"] == "unknown"
    assert ask("/locate", x=0, y=0, datum="CGCS2000")["status"] == "outside"


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({}, "say what to locate"),
        ({"x": 114}, "say what to locate"),
        ({"q": A, "x": 114, "y": 33}, "say what to locate"),
        ({"x": 114, "y": 33, "datum": "mars"}, "mars"),
        ({"x": 114, "y": 33, "datum": "EPSG:4214"}, "Beijing 1954"),
        ({"x": "nan", "y": 33}, "'x'"),
        ({"x": "east", "y": 33}, "'x'"),
        ({"x": 114, "y": 33, "datm": "GCJ-02"}, "'datm' is no parameter here; known are: at, datum, q, x, y"),
    ],
)
def test_a_question_that_cannot_be_understood_is_a_422_that_says_why(client, params, word):
    answer = client.get("/locate", params=params)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]
