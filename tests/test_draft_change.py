"""Changes as records and as JSON: what is written is read as the same, and all faults are told at once."""

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.draft.change import (
    CHANGES,
    MOST_COORDINATES,
    Carve,
    Dissolve,
    Explain,
    Lock,
    Merge,
    Recode,
    Rename,
    Reshape,
    Retype,
    Revert,
    Split,
    Transfer,
    change_from,
)
from gridgeo.errors import InputError

A, B = "411102001001001", "411102001001002"
SQUARE = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"

number = st.just(0.0) | st.floats(1, 1e12) | st.floats(-1e12, -1)
any_number = st.floats(allow_nan=False, allow_infinity=False)
point = st.tuples(number, number)
text = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=20).map(str.strip)
words = text.filter(bool)
flag = st.booleans()
lines = st.lists(point, min_size=2, max_size=5).map(shapely.LineString)
areas = st.lists(point, min_size=3, max_size=5).map(shapely.Polygon)
two = st.lists(words, min_size=2, max_size=2, unique=True).map(tuple)

anything = st.one_of(
    st.builds(Split, code=words, line=lines, keep=st.none() | point, absorb=flag, exact=flag),
    st.builds(Merge, codes=st.lists(words, min_size=2, max_size=4, unique=True).map(tuple)),
    two.map(lambda codes: Merge(codes=codes, survivor=codes[1])),
    st.builds(Reshape, codes=two, line=lines, absorb=flag),
    st.builds(
        lambda codes, area, absorb: Transfer(source=codes[0], target=codes[1], area=area, absorb=absorb),
        two,
        areas,
        flag,
    ),
    st.builds(
        lambda codes, places: Transfer(source=codes[0], target=codes[1], places=tuple(places)),
        two,
        st.lists(st.tuples(words, words), min_size=1, max_size=3),
    ),
    st.builds(Carve, area=areas, name=words, absorb=flag),
    two.map(lambda codes: Dissolve(code=codes[0], into=codes[1:])),
    st.builds(Dissolve, code=words),
    st.builds(Rename, code=words, name=words),
    st.builds(Retype, code=words, kind=st.sampled_from(["general", "exclusive", "micro"])),
    st.builds(Lock, code=words, reason=text),
    st.builds(Explain, code=words, rule=words, text=text),
    st.builds(Recode, community=words, to=words, name=text),
    st.builds(Revert, to=st.integers(-5, 5)),
)  # fmt: skip


@given(anything)
def test_a_change_written_and_read_is_the_same_to_the_last_bit(change):
    assert change_from(json.loads(json.dumps(change.to_json()))) == change


@given(st.lists(st.tuples(any_number, any_number), min_size=2, max_size=4))
def test_a_line_that_was_read_is_written_and_read_as_the_same_to_the_last_bit(drawn):
    """WKT has 16 decimals, too few for some numbers next to zero, so they are cut when they are first read."""
    change = change_from({"op": "split", "code": A, "line": shapely.LineString(drawn)})
    assert change_from(json.loads(json.dumps(change.to_json()))) == change


def test_what_is_as_it_would_be_anyway_is_not_written():
    assert Rename(code=A, name="河畔").to_json() == {"op": "rename", "code": A, "name": "河畔"}
    assert Lock(code=A).to_json() == {"op": "lock", "code": A}
    assert Split(code=A, line=shapely.LineString([(0, 0), (1, 1)]), absorb=True).to_json() == {
        "op": "split", "code": A, "line": "LINESTRING (0 0, 1 1)", "absorb": True,
    }  # fmt: skip


def test_version_zero_is_written_although_it_is_nothing():
    assert Revert(to=0).to_json() == {"op": "revert", "to": 0}


def test_places_are_written_as_pairs():
    change = Transfer(source=A, target=B, places=(("household", "P1"), ("enterprise", "E2")))
    assert change.to_json()["places"] == [["household", "P1"], ["enterprise", "E2"]]


@pytest.mark.parametrize(
    "line",
    [
        "LINESTRING Z (0 0 7, 1 1 7)",
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        shapely.LineString([(0, 0), (1, 1)]),
    ],
)
def test_geometry_is_read_from_text_geojson_and_shapes_and_is_flat(line):
    change = change_from({"op": "split", "code": A, "line": line})
    assert change.line == shapely.LineString([(0, 0), (1, 1)])


def test_blanks_around_text_are_dropped():
    assert change_from({"op": "rename", "code": f" {A} ", "name": " 河畔 "}) == Rename(code=A, name="河畔")


def refused(**said) -> str:
    with pytest.raises(InputError) as caught:
        change_from(said)
    return str(caught.value)


def test_an_unknown_operation_is_told_what_there_is():
    for said in ({}, {"op": "explode"}, {"op": None}, {"op": ["split"]}):
        message = refused(**said)
        assert all(name in message for name in CHANGES)


def test_all_faults_are_told_at_once():
    message = refused(op="split", line="LINESTRING (0 0", keep=[1], absorb="yes", colour="red")
    for fault in (
        "'colour' is no field",
        "'code' is missing",
        "'line': ",
        "'keep': ",
        "'absorb': must be true or false",
    ):
        assert fault in message
    assert message.endswith("its fields are code, line, keep, absorb, exact")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"op": "rename", "code": A, "name": ""}, "'name' must not be empty"),
        ({"op": "rename", "code": A, "name": "  "}, "'name' must not be empty"),
        ({"op": "carve", "name": "", "area": SQUARE}, "'name' must not be empty"),
        ({"op": "rename", "code": 7, "name": "x"}, "'code': must be text, not 7"),
        ({"op": "rename", "code": A, "name": "一\n二"}, "'name': must be text of at most 1000 signs on one line"),
        ({"op": "rename", "code": A, "name": "一" * 1001}, "'name': must be text of at most 1000 signs"),
        ({"op": "rename", "code": A, "name": None}, "'name' is missing"),
        ({"op": "merge", "codes": A}, "'codes': must be a list of texts"),
        ({"op": "merge", "codes": [A]}, "must name two or more different grids"),
        ({"op": "merge", "codes": [A, A]}, "must name two or more different grids"),
        ({"op": "merge", "codes": [A, B], "survivor": "C"}, "'survivor' must be one of 'codes'"),
        ({"op": "reshape", "codes": [A, A], "line": "LINESTRING (0 0, 1 1)"}, "two different grids"),
        ({"op": "reshape", "codes": [A, B, "C"], "line": "LINESTRING (0 0, 1 1)"}, "two different grids"),
        ({"op": "reshape", "codes": [A, B], "line": "POINT (0 0)"}, "'line' must be a LineString or MultiLine"),
        ({"op": "split", "code": A, "line": "LINESTRING EMPTY"}, "'line': has 0 coordinates"),
        ({"op": "split", "code": A, "line": "MULTILINESTRING ((0 0, 1 1))", "keep": ["a", "b"]}, "'keep': "),
        ({"op": "transfer", "source": A, "target": B}, "say either 'area' or 'places'"),
        ({"op": "transfer", "source": A, "target": B, "places": []}, "say either 'area' or 'places'"),
        ({"op": "transfer", "source": A, "target": B, "places": [["a", "b"]], "area": SQUARE}, "say either 'area' or"),
        ({"op": "transfer", "source": A, "target": A, "places": [["household", "P1"]]}, "are the same grid"),
        ({"op": "transfer", "source": A, "target": B, "places": [["household"]]}, "'places': "),
        ({"op": "transfer", "source": A, "target": B, "area": "LINESTRING (0 0, 1 1)"}, "'area' must be a Polygon or"),
        ({"op": "transfer", "source": A, "target": B, "area": {"type": "Polygon"}}, "'area': "),
        ({"op": "dissolve", "code": A, "into": [B, A]}, "'into' must name other grids than 'code'"),
        ({"op": "retype", "code": A, "kind": "huge"}, "'kind' must be one of general, exclusive, micro"),
        ({"op": "revert", "to": "3"}, "'to': must be a whole number, not '3'"),
        ({"op": "revert", "to": True}, "'to': must be a whole number, not True"),
    ],
)  # fmt: skip
def test_a_faulty_change_is_refused_with_the_field(said, fault):
    assert fault in refused(**said)


def test_a_line_that_nobody_draws_is_refused():
    line = shapely.LineString([(k, k % 7) for k in range(MOST_COORDINATES + 1)])
    assert "at most 100,000" in refused(op="split", code=A, line=line)
