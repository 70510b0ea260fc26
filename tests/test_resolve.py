"""The policy: which atoms become one grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.city import Rules
from gridgeo.partition.atoms import Atoms, Borders
from gridgeo.partition.resolve import Ballot, Resolution, resolve

OPEN = Rules(households=(0, 10**9), population_max=10**9)
TENS = Rules(households=(10, 20), population_max=10**9)


def row(
    households: str,
    *opinions: str,
    communities: str = "",
    sites: str = "",
    walls: tuple[int, ...] = (),
    contacts_m: tuple[float, ...] = (),
) -> Atoms:
    """Return atoms in a row, one character each: tens of households, and every agency's grids, "." for none.

    ``walls`` and ``contacts_m`` count the borders from the left; a contact is 10 m long unless told.
    """
    count = len(households)
    pairs = np.array([[k, k + 1] for k in range(count - 1)], np.int64).reshape(-1, 2)
    owner = numbers(communities or "a" * count)
    inner = owner[pairs[:, 0]] == owner[pairs[:, 1]]
    length_m = np.array(contacts_m if contacts_m else [10.0] * (count - 1), float)
    open_m = np.where(np.isin(np.arange(count - 1), walls), 0.0, length_m)
    borders = Borders(pairs[inner], length_m[inner], open_m[inner], length_m[inner][:, None])
    homes = 10 * np.array([int(c) for c in households], np.int64)
    label = np.column_stack([numbers(text) for text in opinions]) if opinions else np.empty((count, 0), np.int64)
    exclusive = numbers(sites or "." * count)
    return Atoms(owner, exclusive, label, np.full(count, 100.0), homes, 3 * homes, borders, np.ones(count, bool))


def numbers(text: str) -> np.ndarray:
    return np.array([-1 if c == "." else ord(c) - ord("a") for c in text], np.int64)


def resolved(atoms: Atoms, rules: Rules = OPEN, *, base: int = 0, weight: tuple[float, ...] = ()) -> Resolution:
    agencies = atoms.label.shape[1]
    drawn = np.zeros(int(atoms.label[:, base].max(initial=-1)) + 1 if base >= 0 else 0)
    if base >= 0:
        known = atoms.label[:, base] >= 0
        drawn = np.bincount(atoms.label[known, base], atoms.area_m2[known])
    ballot = Ballot(np.array(weight or (1.0,) * agencies), base, ("",), drawn.astype(float))
    names = [(f"{c:03d}", f"社区{c}") for c in range(int(atoms.community.max()) + 1)]
    return resolve(atoms, ballot, rules, names)


def picture(found: Resolution) -> str:
    """Return the grid of every atom as a letter."""
    return "".join(chr(ord("A") + grid) for grid in found.grid)


# ----------------------------------------------------------------- opinions ----


def test_base_grids_come_through() -> None:
    assert picture(resolved(row("1111", "aabb"))) == "AABB"


def test_base_grid_in_two_pieces_becomes_two_grids() -> None:
    assert picture(resolved(row("11111", "aabaa"))) == "AABCC"


def test_without_a_base_the_weighted_majority_decides() -> None:
    atoms = row("1111", "aabb", "abbb", "aabb")
    assert picture(resolved(atoms, base=-1)) == "AABB"
    assert picture(resolved(atoms, base=-1, weight=(1.0, 5.0, 1.0))) == "ABBB"


def test_without_agencies_a_community_is_as_few_grids_as_the_rules_allow() -> None:
    assert picture(resolved(row("111"), base=-1)) == "AAA"
    assert picture(resolved(row("1111"), TENS, base=-1)) in ("AABB", "ABBC")


def test_ground_that_nobody_has_an_opinion_on_joins_a_neighbour_if_the_rules_allow() -> None:
    assert picture(resolved(row("111", "a.b"))) in ("AAB", "ABB")
    assert picture(resolved(row("212", "a.b"), Rules(households=(10, 20)))) == "ABC"


def test_a_tie_is_decided_by_the_fewest_grids_opened_and_closed() -> None:
    """Two of four equal votes see the border in the middle."""
    assert picture(resolved(row("11", "aa", "ab"))) == "AA"
    assert picture(resolved(row("11", "ab", "aa"))) == "AB"


def test_ground_that_the_base_does_not_know_is_divided_as_the_others_see_it() -> None:
    assert picture(resolved(row("11111", "a...b", "abbcd"))) == "ABBCD"


def test_single_atom_moves_to_where_most_agencies_have_it() -> None:
    """The base alone sees the border one atom further east than the other two."""
    assert picture(resolved(row("1111", "aaab", "aabb", "aabb", contacts_m=(30.0,) * 3))) == "AABB"


def test_no_atom_moves_to_where_nobody_wants_it() -> None:
    assert picture(resolved(row("111", "abc", contacts_m=(10.0, 3.0)))) == "ABC"


# ------------------------------------------------------------- communities ----


def test_no_grid_crosses_a_community() -> None:
    assert picture(resolved(row("1111", "aaaa", communities="aabb"))) == "AABB"


def test_every_community_has_a_report_in_order() -> None:
    found = resolved(row("111", "aab", communities="aab"))
    assert [(report.code, report.atoms, report.grids) for report in found.reports] == [("000", 2, 1), ("001", 1, 1)]


def test_community_of_a_single_atom_is_a_grid() -> None:
    assert picture(resolved(row("9", "a"), TENS)) == "A"


# ------------------------------------------------------------------- sites ----


def test_exclusive_site_is_a_grid_of_its_own() -> None:
    found = resolved(row("1111", "aaaa", sites=".aa."))
    assert picture(found) == "ABBC"
    assert found.exclusive.tolist() == [-1, 0, -1]


def test_exclusive_site_neither_needs_nor_gives_households() -> None:
    found = resolved(row("191", "abc", sites=".a."), TENS)
    assert picture(found) == "ABC"
    assert found.broken == ()


# ------------------------------------------------------------------- sizes ----


def test_too_small_base_grid_joins_a_neighbour() -> None:
    found = resolved(row("0121", "abcc"), Rules(households=(10, 30), population_max=10**9))
    assert picture(found) == "AABB"
    assert found.broken == ()


def test_too_large_base_grid_is_cut() -> None:
    assert picture(resolved(row("1111", "aaaa"), Rules(households=(20, 20)))) == "AABB"


def test_community_without_households_keeps_its_base_grids_and_breaks_no_rule() -> None:
    found = resolved(row("000", "abc"), TENS)
    assert picture(found) == "ABC"
    assert found.broken == ()


@pytest.mark.parametrize(
    ("households", "base", "words"),
    [
        ("9", "a", "已超过上限，不可避免"),
        ("3", "a", "无法分成"),
        ("09", "ab", "已超过上限，不可避免"),
    ],
)
def test_broken_rule_is_told_with_its_reason(households: str, base: str, words: str) -> None:
    rules = Rules(households=(40, 80), population_max=10**9)
    ((grid, reason),) = resolved(row(households, base), rules).broken[:1]
    assert grid == 0
    assert words in reason


def test_people_are_told_only_where_a_register_counts_them() -> None:
    atoms, rules = row("9", "a"), Rules(households=(40, 80), population_max=10**9)
    ((_, told),) = resolved(replace(atoms, population=3 * atoms.households), rules).broken
    ((_, silent),) = resolved(replace(atoms, population=0 * atoms.households), rules).broken
    assert told.startswith("90 户 270 人：")
    assert silent.startswith("90 户：")


# ---------------------------------------------------------------- contacts ----


def test_grid_does_not_reach_through_a_wall() -> None:
    assert picture(resolved(row("1111", "aaaa", walls=(1,)))) == "AABB"


def test_contact_shorter_than_the_rule_holds_nothing_together() -> None:
    assert picture(resolved(row("1111", "aaaa", contacts_m=(10.0, 1.9, 10.0)))) == "AABB"
    assert picture(resolved(row("1111", "aaaa", contacts_m=(10.0, 2.0, 10.0)))) == "AAAA"


def test_scrap_behind_a_wall_follows_its_community() -> None:
    atoms = row("1110", "aaaa", walls=(2,))
    atoms.area_m2[3] = 5.0
    assert picture(resolved(atoms)) == "AAAA"
    atoms.area_m2[3] = 100.0
    assert picture(resolved(atoms)) == "AAAB"


# ----------------------------------------------------------------- reports ----


def test_full_agreement_has_no_cost() -> None:
    (report,) = resolved(row("1111", "aabb", "aabb")).reports
    assert (report.objective, report.bound, report.gap, report.moved_households, report.kept_grids) == (0, 0, 0, 0, 2)


def test_disagreement_is_measured_in_metres_and_bounded_from_below() -> None:
    """One of three agencies sees a border of 10 m where the other two see none."""
    (report,) = resolved(row("11", "aa", "aa", "ab")).reports
    assert report.objective == report.bound == pytest.approx(10 / 3, abs=1e-3)


def test_households_that_leave_their_base_grid_are_counted() -> None:
    (report,) = resolved(row("1211", "aaab", "aabb", "aabb", contacts_m=(30.0,) * 3)).reports
    assert report.moved_households == 10
    assert report.kept_grids == 0


# -------------------------------------------------------------- invariants ----

letters = st.text("abc.", min_size=8, max_size=8)


@st.composite
def rows(draw: st.DrawFn) -> tuple[Atoms, Rules, int]:
    opinions = draw(st.lists(letters, min_size=1, max_size=3))
    return (
        row(
            draw(st.text("0123", min_size=8, max_size=8)), *opinions,
            communities=draw(st.sampled_from(["aaaaaaaa", "aaaabbbb", "aabbbbcc"])),
            sites=draw(st.sampled_from(["........", "...aa...", "a......b"])),
            walls=tuple(draw(st.sets(st.integers(0, 6), max_size=2))),
        ),
        draw(st.sampled_from([OPEN, TENS, Rules(households=(20, 50), population_max=120)])),
        draw(st.sampled_from([-1, 0])),
    )  # fmt: skip


@settings(max_examples=100)
@given(rows())
def test_grids_are_connected_pieces_of_one_community_and_one_kind(drawn: tuple[Atoms, Rules, int]) -> None:
    atoms, rules, base = drawn
    found = resolved(atoms, rules, base=base)
    assert sorted(set(found.grid.tolist())) == list(range(len(found.exclusive)))
    for grid in range(len(found.exclusive)):
        members = np.flatnonzero(found.grid == grid)
        assert len(set(atoms.community[members])) == 1
        assert set(atoms.exclusive[members]) == {found.exclusive[grid]}
        assert (np.diff(members) == 1).all()


@settings(max_examples=100)
@given(rows())
def test_every_general_grid_is_legal_or_told(drawn: tuple[Atoms, Rules, int]) -> None:
    atoms, rules, base = drawn
    found = resolved(atoms, rules, base=base)
    served = {c for c in set(atoms.community) if atoms.households[(atoms.community == c) & (atoms.exclusive < 0)].any()}
    wrong = set()
    for grid in np.flatnonzero(found.exclusive < 0).tolist():
        members = np.flatnonzero(found.grid == grid)
        homes, people = atoms.households[members].sum(), atoms.population[members].sum()
        legal = rules.households[0] <= homes <= rules.households[1] and people <= rules.population_max
        if atoms.community[members[0]] in served and not legal:
            wrong.add(grid)
    assert {grid for grid, _ in found.broken} == wrong


@settings(max_examples=100)
@given(rows())
def test_bound_never_exceeds_what_was_reached(drawn: tuple[Atoms, Rules, int]) -> None:
    atoms, rules, base = drawn
    for report in resolved(atoms, rules, base=base).reports:
        assert 0 <= report.bound <= report.objective
        assert 0 <= report.gap <= 1
