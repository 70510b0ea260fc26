"""The city file: what it may say, and that every mistake is told at once with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridgeo.city import City, read_city
from gridgeo.city_file import find_lines
from gridgeo.errors import CityFileError
from gridgeo.steering import Band, band_of

GOOD = """\
[city]
name = "漯河市"
crs = "EPSG:4547"
layout = "gb15"
precision_m = 0.001

[community]
file = "communities.gpkg"
code = "CODE"
name = "NAME"
parents = { street = "STREET", county = "COUNTY" }

[[agency]]
key = "party"
name = "党建网格"
file = "party.shp"
id = "WGBH"
base = true

[[agency]]
key = "legal"
name = "综治网格"
file = "legal.gpkg"
id = "ID"
accuracy_m = 5
crs = "gcj02"

[[barrier]]
file = "river.gpkg"
class = "river"
hard = true

[[register]]
kind = "household"
file = "households.csv"
id = "HID"
x = "lon"
y = "lat"

[rules]
households = [200, 400]
"""
FILES = ("communities.gpkg", "party.shp", "legal.gpkg", "river.gpkg", "households.csv")


def write_city(folder: Path, text: str = GOOD) -> Path:
    for file in FILES:
        (folder / file).touch()
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return folder / "city.toml"


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(CityFileError) as caught:
        read_city(write_city(folder, text))
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_reads_every_table_and_fills_in_defaults(tmp_path: Path) -> None:
    city = read_city(write_city(tmp_path))
    assert isinstance(city, City)
    assert (city.name, city.crs, city.layout, city.precision_m) == ("漯河市", "EPSG:4547", "gb15", 0.001)
    assert city.community.parents == {"street": "STREET", "county": "COUNTY"}
    assert [a.key for a in city.agencies] == ["party", "legal"]
    assert city.agencies[0].base is True
    assert city.agencies[0].source.path == tmp_path / "party.shp"
    assert (city.agencies[0].weight, city.agencies[0].accuracy_m, city.agencies[1].accuracy_m) == (1.0, 15.0, 5)
    assert (city.barriers[0].kind, city.barriers[0].hard) == ("river", True)
    assert city.rules.households == (200, 400)
    assert city.rules.population_max == 2500


def test_spellings_of_a_datum_become_one(tmp_path: Path) -> None:
    assert read_city(write_city(tmp_path)).agencies[1].source.crs == "GCJ-02"


def test_a_shift_belongs_to_its_input_and_none_is_stated_by_default(tmp_path: Path) -> None:
    text = changed('id = "WGBH"', 'id = "WGBH"\nshift_m = [6.5, -4]')
    text = text.replace('id = "HID"', 'id = "HID"\nshift_m = [0, 0]').replace("hard = true", "shift_m = [-1.5, 2]")
    city = read_city(write_city(tmp_path, text))
    assert [agency.source.shift_m for agency in city.agencies] == [(6.5, -4.0), None]
    assert (city.barriers[0].source.shift_m, city.registers[0].source.shift_m) == ((-1.5, 2.0), (0.0, 0.0))
    site = '\n[[exclusive]]\nfile = "legal.gpkg"\nid = "ID"\nshift_m = [3, 0]\n'
    assert read_city(write_city(tmp_path, GOOD + site)).exclusives[0].source.shift_m == (3.0, 0.0)


@pytest.mark.parametrize(
    "value", ["6.5", "[6.5]", "[1, 2, 3]", "[nan, 0]", "[0, inf]", '["6.5", "0"]', "[true, 0]", f"[{10**400}, 0]"]
)
def test_a_shift_that_is_no_pair_of_finite_numbers_is_told_with_line_and_key(tmp_path: Path, value: str) -> None:
    message = complaint(tmp_path, changed('id = "WGBH"', f'id = "WGBH"\nshift_m = {value}'))
    assert "line 18, agency 1, shift_m: " in message
    assert "must be two finite numbers of metres such as [6.5, -4.2]" in message


def test_communities_have_no_shift_because_all_others_are_placed_by_them(tmp_path: Path) -> None:
    message = complaint(tmp_path, changed('code = "CODE"', 'code = "CODE"\nshift_m = [1, 1]'))
    assert "line 10, community, shift_m: unknown entry" in message


def test_rules_and_layout_may_be_left_out(tmp_path: Path) -> None:
    text = GOOD.replace('layout = "gb15"\nprecision_m = 0.001\n', "").split("[rules]")[0]
    city = read_city(write_city(tmp_path, text))
    assert (city.layout, city.precision_m, city.rules.households) == ("gb15", 0.001, (300, 500))


def test_layout_of_professional_grids_names_its_object(tmp_path: Path) -> None:
    text = changed('layout = "gb15"', 'layout = "cjt349-20:010200"')
    assert read_city(write_city(tmp_path, text)).layout == "cjt349-20:010200"


def test_byte_order_mark_of_a_windows_editor_is_taken_off(tmp_path: Path) -> None:
    path = write_city(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_city(path).name == "漯河市"


def test_all_faults_are_told_at_once_with_line_place_and_remedy(tmp_path: Path) -> None:
    text = (
        GOOD.replace('id = "WGBH"', 'idd = "WGBH"')
        .replace('"river"', '"canal"')
        .replace("[200, 400]", "[400, 200]")
        .replace("accuracy_m = 5", "accuracy_m = -5\nbase = true")
    )
    message = complaint(tmp_path, text)
    assert message.splitlines()[0].endswith("has 6 faults:")
    assert "line 13, agency 1, id: missing" in message
    assert "line 17, agency 1, idd: unknown entry, did you mean 'id'?" in message
    assert "line 25, agency 2, accuracy_m: -5 is negative" in message
    assert "line 26, agency 2, base: a second base layer" in message
    assert "line 31, barrier 1, class: 'canal' is unknown; choose from river, rail" in message
    assert "line 42, rules, households: the smallest grid (400) is larger than the largest (200)" in message
    numbers = [int(line.split()[1].rstrip(",")) for line in message.splitlines()[1:]]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('crs = "EPSG:4547"', 'crs = "EPSG:4490"', "line 3, city, crs: 'EPSG:4490' (China Geodetic"),
        ('crs = "EPSG:4547"', 'crs = "EPSG:99999"', "'EPSG:99999' is not a coordinate reference system"),
        ('crs = "EPSG:4547"', 'crs = "auto"', "'auto' is not a coordinate reference system; name the projected CRS"),
        ('crs = "EPSG:4547"', 'crs = "EPSG:2263"', "measures in US survey foot"),
        ('crs = "gcj02"', 'crs = "moon"', "line 26, agency 2, crs: 'moon' is not a coordinate reference system"),
        ('crs = "gcj02"', 'crs = "moon"', "CGCS2000, GCJ-02 or BD-09, or 'auto'"),
        ('crs = "gcj02"', 'crs = "EPSG:2383"', "cannot be converted to CGCS2000"),
        ("precision_m = 0.001", "precision_m = 0", "line 5, city, precision_m: 0 must be greater than 0"),
        ("precision_m = 0.001", "precision_m = nan", "must be a finite number"),
        ("precision_m = 0.001", "precision_m = true", "True must be a finite number"),
        ('layout = "gb15"', 'layout = "gb51"', "'gb51' is unknown, did you mean 'gb15'?"),
        ('name = "漯河市"', "name = 7", "line 2, city, name: 7 must be text in quotes"),
        ('name = "漯河市"', 'name = " "', "must be text in quotes that is not empty"),
        ('key = "legal"', 'key = "party"', "line 21, agency 2, key: 'party' is used twice"),
        ('key = "legal"', 'key = "household"', "'household' is reserved"),
        ('key = "legal"', 'key = "a b"', "must be one word"),
        ('"party.shp"', '"partey.shp"', "line 16, agency 1, file: 'partey.shp' not found"),
        ('"party.shp"', '"partey.shp"', "did you mean 'party.shp'?"),
        ('"party.shp"', '"gone/party.shp"', "there is no folder"),
        ('layout = "gb15"', 'layout = "cjt349-20"', "lacks the six digits of the managed object"),
        ('kind = "household"', 'kind = "people"', "choose from household, enterprise, building"),
        ('y = "lat"\n', "", "register 1, x: x without y"),
        ("[rules]", "[rule]", "line 40, rule: unknown entry, did you mean 'rules'?"),
        ("[[barrier]]", "[[barier]]", "line 28, barier: unknown entry, did you mean 'barrier'?"),
        ("[[agency]]", "[agency]", "not valid TOML"),
        ("[200, 400]", "[200.5, 400]", "must be two whole numbers"),
        ("[200, 400]", "[-1, 400]", "-1 is negative"),
        ('street = "STREET"', 'name = "STREET"', "level 'name' is a column of the community itself"),
        ('crs = "gcj02"', 'encoding = "gbq"', "'gbq' is no known encoding"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in complaint(tmp_path, changed(old, new))


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    message = complaint(tmp_path, '[city]\nname = "x"\ncrs = "EPSG:4547"\n')
    assert message.endswith("community: the table is missing; add [community]")


def test_a_single_table_where_a_list_belongs_is_a_fault(tmp_path: Path) -> None:
    message = complaint(tmp_path, changed("[[barrier]]", "[barrier]"))
    assert "line 28, barrier: must be written as a table [[barrier]]" in message


def test_broken_syntax_is_told_with_its_line(tmp_path: Path) -> None:
    assert "city.toml: line 3, not valid TOML" in complaint(tmp_path, changed('crs = "EPSG:4547"', 'crs = "EPSG:4547'))


def test_a_city_file_saved_as_gbk_is_told_with_its_line(tmp_path: Path) -> None:
    path = write_city(tmp_path)
    path.write_bytes(GOOD.encode("gbk"))
    with pytest.raises(CityFileError, match="line 2: the text is not UTF-8"):
        read_city(path)


def test_a_missing_city_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CityFileError, match="cannot be read"):
        read_city(tmp_path / "none.toml")


def test_lines_are_found_past_comments_long_texts_and_dotted_keys() -> None:
    text = 'a.b = 1\n# c = 2\nd = """\ne = 3\n"""\n[ "f" ]\ng = [\n 1,\n]\n[[h]]\n[[h]]\ni = 1\n'
    lines = find_lines(text)
    assert lines[("a", "b")] == 1
    assert lines[("d",)] == 3
    assert ("c",) not in lines
    assert ("e",) not in lines
    assert (lines[("f",)], lines[("f", "g")], lines[("h", 0)], lines[("h", 1, "i")]) == (6, 7, 10, 12)


# ---------------------------------------------------------------- steering ----

STEERED = (
    GOOD.replace('name = "NAME"\n', 'name = "NAME"\nkind = "CXFLDM"\n', 1)
    + """
[objective]
aim = "minimal-change"
balance_m = 0.2
barrier = { river = 0.5 }

[[band]]
kind = "1"
households = [300, 500]

[[band]]
kind = "park"
population_max = 900

[[lock]]
agency = "party"
ids = ["A1"]

[[together]]
agency = "legal"
ids = ["L1", "L2"]

[[apart]]
agency = "legal"
ids = ["L3", "L4", "L5"]

[[count]]
community = "411102001001"
grids = 5
"""
)


def test_reads_what_planners_ask_for(tmp_path: Path) -> None:
    city = read_city(write_city(tmp_path, STEERED))
    assert city.community.kind == "CXFLDM"
    assert city.objective.metres == (5.0, 0.2)
    assert city.objective.barrier == {"river": 0.5}
    assert [(band.kind, band.households, band.population_max) for band in city.bands] == [
        ("1", (300, 500), None), ("park", None, 900)
    ]  # fmt: skip
    assert [(lock.agency, lock.ids) for lock in city.locks] == [("party", ("A1",))]
    assert [wish.ids for wish in (*city.together, *city.apart)] == [("L1", "L2"), ("L3", "L4", "L5")]
    assert [(count.community, count.grids) for count in city.counts] == [("411102001001", 5)]


def test_without_an_objective_the_defaults_hold(tmp_path: Path) -> None:
    city = read_city(write_city(tmp_path))
    assert city.objective.metres == (1.0, 0.0)
    assert (city.bands, city.locks, city.together, city.apart, city.counts) == ((), (), (), (), ())


def test_the_band_with_the_most_leading_digits_or_the_very_word_holds() -> None:
    bands = tuple(Band(kind=kind) for kind in ("1", "12", "park"))
    found = {kind: band_of(kind, bands) for kind in ("111", "121", "220", "park", "parks", "")}
    assert {kind: band.kind if band else None for kind, band in found.items()} == {
        "111": "1", "121": "12", "220": None, "park": "park", "parks": None, "": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('aim = "minimal-change"', 'aim = "balanced"', "line 45, objective, aim: 'balanced' is unknown, did"),
        ("balance_m = 0.2", "balance_m = 0.25", "finer than 0.1 m"),
        ("balance_m = 0.2", "balance_m = -1", "out of range"),
        ("{ river = 0.5 }", "{ rivers = 0.5 }", "'rivers' is unknown, did you mean 'river'?"),
        ("{ river = 0.5 }", "{ river = 2 }", "river = 2 is no share; give 0 to 1"),
        ("{ river = 0.5 }", '{ river = "much" }', "must be a table of numbers"),
        ('kind = "CXFLDM"\n', "", 'add kind = "COLUMN" to [community]'),
        ('kind = "park"', 'kind = "1"', "band 2, kind: '1' is given twice"),
        ("population_max = 900", "", "the band says nothing"),
        ("population_max = 900", "population_max = 100", "100 people are fewer than the 200 households"),
        ('[[lock]]\nagency = "party"', '[[lock]]\nagency = "partei"', "'partei', did you mean 'party'?"),
        ('ids = ["A1"]', "ids = [1]", 'must be a list of texts such as ["A1", "A2"]'),
        ('ids = ["A1"]', 'ids = ["A1", "A1"]', "'A1' stands there twice"),
        ('ids = ["L1", "L2"]', 'ids = ["L1"]', "together 1, ids: one grid alone"),
        ('ids = ["L1", "L2"]', 'ids = ["L3", "L5"]', "apart 1, ids: 'L3' and 'L5' shall also be together"),
        ('"legal"\nids = ["L1"', '"party"\nids = ["A1"', "'A1' is locked and stays"),
        ("grids = 5", "grids = 0", "0 must be greater than 0"),
        ("grids = 5", 'grids = 5\n[[count]]\ncommunity = "411102001001"\ngrids = 6', "count 2, community: '411"),
    ],
)  # fmt: skip
def test_a_wrong_steering_entry_is_named_with_its_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in STEERED
    assert said in complaint(tmp_path, STEERED.replace(old, new, 1))


def test_steering_faults_are_told_together_with_all_others(tmp_path: Path) -> None:
    text = STEERED.replace('"legal"\nids = ["L1", "L2"]', '"legals"\nids = ["L1"]').replace('file = "party.shp"', "")
    said = complaint(tmp_path, text)
    assert "3 faults" in said
    assert "agency 1, file: missing" in said
    assert "together 1, agency: no agency has the key 'legals'" in said
