"""How bench/partition.py counts: the same for every method, and by hand for small rows of atoms."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gridgeo.city import Rules
from gridgeo.partition.atoms import Atoms, Borders
from gridgeo.partition.resolve import Ballot, resolve

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

import partition
import starts
from city_files import make_city
from partition_count import Community, Tally, chosen, communities_of, drawn_by_base, tally, unavoidable, worth_m

TENS = Rules(households=(10, 20), population_max=10**9)


def letters(text: str) -> np.ndarray:
    return np.array([-1 if c == "." else ord(c) - ord("a") for c in text], np.int64)


def row(
    households: str, *opinions: str, communities: str = "", sites: str = "", contacts_m: tuple[float, ...] = ()
) -> Atoms:
    """Return atoms in a row, one character each: tens of households, and every agency's grids, "." for none."""
    count = len(households)
    owner = letters(communities or "a" * count)
    pairs = np.array([[k, k + 1] for k in range(count - 1)], np.int64).reshape(-1, 2)
    length_m = np.array(contacts_m or [10.0] * (count - 1), float)
    inner = owner[pairs[:, 0]] == owner[pairs[:, 1]]
    borders = Borders(pairs[inner], length_m[inner], length_m[inner], np.zeros((int(inner.sum()), 1)))
    homes = 10 * np.array([int(c) for c in households], np.int64)
    label = np.column_stack([letters(text) for text in opinions])
    site = letters(sites or "." * count)
    return Atoms(owner, site, label, np.full(count, 100.0), homes, 3 * homes, borders, np.ones(count, bool))


def ballot(atoms: Atoms) -> Ballot:
    drawn = np.bincount(atoms.label[atoms.label[:, 0] >= 0, 0], minlength=1) * 100.0
    return Ballot(np.ones(atoms.label.shape[1]), 0, ("",), drawn)


def communities(atoms: Atoms, rules: Rules = TENS) -> list[Community]:
    return communities_of(atoms, ballot(atoms), rules)


def counted(atoms: Atoms, groups: str, rules: Rules = TENS) -> Tally:
    (community,) = communities(atoms, rules)
    return tally(community, letters(groups))


# ------------------------------------------------------------------- sizes ----


def test_grids_outside_the_size_band_are_counted_apart() -> None:
    found = counted(row("012111", "aaaaaa"), "abccde")  # 0, 10, 30, 10, 10 households
    assert (found.grids, found.too_small, found.too_large) == (5, 1, 1)


def test_grid_of_too_many_people_is_too_large() -> None:
    found = counted(row("11", "ab"), "ab", Rules(households=(10, 20), population_max=29))
    assert (found.too_small, found.too_large) == (0, 2)


def test_community_without_households_breaks_no_size_rule() -> None:
    assert counted(row("00", "ab"), "ab").too_small == 0


def test_part_that_cannot_be_divided_has_one_violation_at_least() -> None:
    assert unavoidable(communities(row("21", "aa"))[0]) == 0
    assert unavoidable(communities(row("3", "a"))[0]) == 1
    assert unavoidable(communities(row("10", "ab", contacts_m=(1.0,)))[0]) == 1  # nobody lives in the second part
    assert unavoidable(communities(row("31", "ab"))[0]) == 1  # four tens divide, but not this atom of three


# ---------------------------------------------------------------- contacts ----


def test_grid_in_two_pieces_is_apart() -> None:
    assert counted(row("111", "abc"), "aba").disconnected == 1


def test_contact_below_the_least_border_holds_nothing_together() -> None:
    assert counted(row("111", "aaa", contacts_m=(10.0, 1.0)), "aaa").disconnected == 1


def test_exclusive_sites_are_cut_out() -> None:
    atoms = row("11111", "aaaaa", sites="..a..")
    (community,) = communities(atoms)
    assert community.atoms.tolist() == [0, 1, 3, 4]
    assert community.part.tolist() == [0, 0, 1, 1]


def test_fewer_communities_are_the_first_the_last_and_some_between() -> None:
    atoms, names = chosen(row("11111", "abcde", communities="aabcc"), [("1", ""), ("2", ""), ("3", "")], 2)
    assert [code for code, _ in names] == ["1", "3"]
    assert atoms.community.tolist() == [0, 0, 1, 1]
    assert atoms.label[:, 0].tolist() == [0, 1, 3, 4]
    assert atoms.borders.pair.tolist() == [[0, 1], [2, 3]]


# ------------------------------------------------------------------- moved ----


@pytest.mark.parametrize(
    ("groups", "moved"),
    [
        ("aabb", 0),
        ("bbaa", 0),  # names mean nothing
        ("abbb", 10),  # the second atom left the first grid
        ("aaaa", 20),  # one grid can succeed one base grid only
        ("abab", 20),
        ("abcd", 20),
    ],
)
def test_households_outside_their_base_grids_successor_have_moved(groups: str, moved: int) -> None:
    assert counted(row("1111", "aabb"), groups).moved == moved


def test_households_that_the_base_does_not_know_cannot_move() -> None:
    assert counted(row("1111", "a..."), "aabb").moved == 0


# ------------------------------------------------------------ disagreement ----


def test_disagreement_is_length_by_the_share_of_agencies_that_object() -> None:
    atoms = row("1111", "aabb", "aaab", contacts_m=(10.0, 20.0, 40.0))
    assert counted(atoms, "aaaa").disagreement_m == pytest.approx(20 / 2 + 40 / 2)
    assert counted(atoms, "aabb").disagreement_m == pytest.approx(20 / 2 + 40 / 2)
    assert counted(atoms, "abbb").disagreement_m == pytest.approx(10 + 20 / 2 + 40 / 2)


def test_worth_is_the_objective_that_gridgeo_reports() -> None:
    atoms = row("1121111", "aabbccc", "abbbccc", "aabbbcc", contacts_m=(30.0,) * 6)
    found = resolve(atoms, ballot(atoms), TENS, [("1", "")])
    (community,) = communities(atoms)
    assert worth_m(community, found.grid[community.atoms]) == pytest.approx(found.reports[0].objective)


# ----------------------------------------------------------------- methods ----


def test_atoms_without_a_base_grid_follow_their_longest_border() -> None:
    (community,) = communities(row("11111", "a..b.", contacts_m=(10.0, 20.0, 30.0, 5.0)))
    assert drawn_by_base(community).tolist() == [0, 1, 1, 1, 1]


def test_method_that_fails_is_counted_and_keeps_the_base_grids() -> None:
    def broken(*_: object) -> np.ndarray:
        raise ValueError

    atoms = row("1111", "aabb")
    found = partition.by_parts("broken", broken, communities(atoms), np.array([0, 0, 1, 1]), 9)
    assert (found.failed, found.tally.grids, found.tally.moved) == (1, 2, 0)


def test_parts_of_a_community_are_handed_over_one_by_one() -> None:
    seen = []

    def halves(part: Community, count: int) -> np.ndarray:
        seen.append((part.atoms.tolist(), count))
        return np.arange(len(part.atoms)) * count // len(part.atoms)

    atoms = row("11111111", "aabbccdd", sites="...a....")
    found = partition.by_parts("halves", halves, communities(atoms), np.array([0, 0, 1, 9, 2, 2, 3, 3]), 9)
    assert seen == [([0, 1, 2], 2), ([4, 5, 6, 7], 2)]
    assert (found.tally.grids, found.failed) == (4, 0)


def test_a_city_file_comes_to_the_ground_that_all_methods_get(tmp_path: Path) -> None:
    city = make_city(tmp_path / "city").write()
    ground = partition.ground_of(city)
    found = communities_of(ground.atoms, ground.ballot, ground.rules)
    assert sum(int(c.households.sum()) for c in found) == 1200
    own, resolution = partition.gridgeo_row(ground, found)
    assert (own.tally.too_small, own.tally.too_large, own.tally.disconnected) == (0, 0, 0)
    assert len(resolution.grid) == len(ground.shapes)


def test_the_benchmark_of_beginnings_takes_every_community(tmp_path: Path) -> None:
    tasks = starts.tasks_of(str(make_city(tmp_path / "city").write()))
    assert [int(task.problem.households.sum()) for task in tasks] == [600, 600]
