"""Variants of a city: what they may say, and that mistakes are told at once with their line."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_city import GOOD, write_city

from gridgeo.city import City, read_city
from gridgeo.errors import CityFileError
from gridgeo.variants import AS_IT_IS, Variant, read_variants, usual_variants

TEXT = """\
[[variant]]
name = "少动"
aim = "minimal-change"

[[variant]]
name = "城管优先"
moved_m = 2
households = [250, 450]
population_max = 2000
weight = { legal = 3.0 }
count = { "411102001001" = 5 }
barrier = { river = 0.6 }
"""


def city_of(folder: Path) -> City:
    return read_city(write_city(folder, GOOD))


def read(folder: Path, text: str = TEXT) -> tuple[Variant, ...]:
    (folder / "variants.toml").write_text(text, encoding="utf-8")
    return read_variants(folder / "variants.toml", city_of(folder))


def test_the_city_as_it_is_comes_first_and_variants_change_what_they_name(tmp_path: Path) -> None:
    first, least, urban = read(tmp_path)
    assert (first.name, first.city) == (AS_IT_IS, city_of(tmp_path))
    assert least.city.objective.metres == (5.0, 0.0)
    assert least.city.rules == first.city.rules
    assert urban.city.objective.metres == (2.0, 0.0)
    assert urban.city.objective.barrier == {"river": 0.6}
    assert (urban.city.rules.households, urban.city.rules.population_max) == ((250, 450), 2000)
    assert urban.weight == {"legal": 3.0}
    assert [(count.community, count.grids) for count in urban.city.counts] == [("411102001001", 5)]
    assert urban.city.agencies == first.city.agencies


def test_without_a_file_the_usual_variants_stand_beside_the_city_as_it_is(tmp_path: Path) -> None:
    first, *others = usual_variants(city_of(tmp_path))
    assert first.name == AS_IT_IS
    assert [variant.city.objective.metres for variant in others] == [(5.0, 0.0), (1.0, 1.0), (1.0, 0.0)]
    assert others[-1].city.rules.households == (160, 480)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "城管优先"', 'name = "少动"', "line 6, variant 2, name: '少动' is given twice"),
        ('name = "城管优先"', f'name = "{AS_IT_IS}"', "is given twice"),
        ("legal = 3.0", "legl = 3.0", "no agency has the key 'legl', did you mean 'legal'?"),
        ("legal = 3.0", "legal = -1", "legal = -1 is negative"),
        ("[250, 450]", "[450, 250]", "swap them"),
        ("2000", "200", "200 people are fewer than the 250 households"),
        ("= 5 }", "= 0 }", "411102001001 = 0 must be greater than 0"),
        ("= 5 }", "= 0.5 }", "must be a table of whole numbers"),
        ("moved_m = 2", "moved = 2", "unknown entry, did you mean 'moved_m'?"),
        ("moved_m = 2", 'band = { "1" = [1, 2] }', 'add kind = "COLUMN" to [community]'),
        ('name = "少动"\n', "", "line 1, variant 1, name: missing"),
        (TEXT, "", "variant: the table is missing"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(CityFileError) as caught:
        read(tmp_path, TEXT.replace(old, new, 1))
    assert said in str(caught.value)
