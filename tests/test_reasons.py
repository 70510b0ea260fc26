"""Why a border lies where it lies: said only where it is so."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd

from gridgeo.partition.agreement import border_share, cut_cost_m
from gridgeo.partition.atoms import Atoms, Borders
from gridgeo.partition.moves import Grouped
from gridgeo.partition.reasons import WHY, grid_rows, reason_rows
from gridgeo.partition.votes import Opinions

KINDS = ("", "river")


def letters(text: str) -> np.ndarray:
    return np.array([-1 if c == "." else ord(c.lower()) - ord("a") for c in text], np.int64)


class Row:
    """Atoms in a row, one character each: households in tens, every agency's grids, the result.

    Borders are 10 m long unless ``contact_m`` says else; ``walls`` and ``rivers`` count the borders from the left:
    hard barriers, and soft ones.
    """

    def __init__(
        self, homes: str, *opinions: str, grids: str, communities: str = "", sites: str = "",
        walls: tuple[int, ...] = (), rivers: tuple[int, ...] = (), wished: str = "", contact_m: float = 10.0,
        base: int = -1,
    ) -> None:  # fmt: skip
        count = len(homes)
        at = np.arange(count - 1)
        pair = np.column_stack([at, at + 1])
        length_m = np.full(count - 1, contact_m)
        layer_m = np.column_stack([length_m * ~np.isin(at, rivers), length_m * np.isin(at, rivers)])
        borders = Borders(pair, length_m, np.where(np.isin(at, walls), 0.0, length_m), layer_m)
        self.community = letters(communities or "a" * count)
        self.label = np.column_stack([letters(text) for text in opinions])
        self.weight = np.ones(len(opinions))
        self.keys = tuple(f"agency{k}" for k in range(len(opinions)))
        self.households = 10 * np.array([int(c) for c in homes], np.int64)
        self.grid = letters(grids)
        self.site = letters(sites or "." * count) >= 0
        self.wished = letters(wished or "." * count) >= 0
        self.home = self.label[:, base] if base >= 0 else np.full(count, -1)
        self.borders = borders

    def told(
        self, low: int = 0, high: int = 10**6, heir: tuple[int, ...] = (), proven: bool = True, moved_m: float = 0.5
    ) -> pd.DataFrame:
        inner = self.community[self.borders.pair[:, 0]] == self.community[self.borders.pair[:, 1]]
        own = Borders(*(array[inner] for array in (
            self.borders.pair, self.borders.length_m, self.borders.open_m, self.borders.layer_m)))  # fmt: skip
        pull = np.array([0.0, 0.3])
        atoms = Atoms(self.community, np.where(self.site, 0, -1), self.label, np.full(len(self.grid), 100.0),
                      self.households, self.households, own, np.ones(len(self.grid), bool))  # fmt: skip
        grids = int(self.grid.max()) + 1
        every = np.ones(grids, np.int64)
        ground = Grouped(
            grid=self.grid, fixed=self.site, households=self.households, population=self.households,
            area_m2=atoms.area_m2, home=self.home, pair=own.pair,
            cost_m=cut_cost_m(atoms, border_share(atoms, self.weight, pull)), walk=own.open_m >= 2.0,
            heir=np.array(heir or (-1,) * grids), low=low * every, high=high * every,
            population_max=10**9 * every, least_m2=0.0, wished=self.wished, moved_m=moved_m,
        )  # fmt: skip
        opinions = Opinions(
            keys=self.keys, label=self.label, weight=self.weight, kind=KINDS, pull=pull, borders=self.borders,
            community=self.community, proven=np.full(int(self.community.max()) + 1, proven), min_border_m=2.0,
        )  # fmt: skip
        self.ground = ground
        return reason_rows(opinions, ground, np.zeros(grids))[0]


def brief(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["decision"], rows["why"], strict=True))


def test_a_border_that_most_agencies_want_is_kept_by_agreement() -> None:
    rows = Row("1111", "aabb", "aabb", "aaaa", grids="aabb").told()
    assert brief(rows) == [("kept", "agreement")]
    assert json.loads(rows["agencies"][0]) == {"agency0": [10.0, 0.0], "agency1": [10.0, 0.0], "agency2": [0.0, 10.0]}
    assert rows["length_m"][0] == 10.0
    assert round(rows["overruled_m"][0], 6) == round(10 / 3, 6)


def test_a_border_that_few_agencies_want_is_dropped_by_agreement_and_named() -> None:
    rows = Row("1111", "aabb", "aaaa", "aaaa", grids="aaaa").told()
    assert brief(rows) == [("dropped", "agreement")]
    assert rows[["grid", "other"]].to_numpy().tolist() == [[0, -1]]


def test_a_border_that_nobody_drew_and_no_grid_needs_is_not_told() -> None:
    assert not len(Row("1111", "aaaa", grids="aaaa").told())


def test_size_is_the_reason_where_the_wish_of_most_would_break_the_rule() -> None:
    # all draw aa|bb, but a alone would have 20 households
    rows = Row("1133", "aabb", "aabb", grids="aaab").told(low=30, high=60)
    assert sorted(brief(rows)) == [("dropped", "size"), ("kept", "size")]
    assert set(rows["instead_households"]) == {20}


def test_size_is_not_the_reason_where_the_rule_allows_the_wish() -> None:
    rows = Row("1133", "aabb", "aabb", grids="aaab").told(low=10, high=90, proven=False)
    assert sorted(brief(rows)) == [("dropped", "open"), ("kept", "open")]


def test_a_proven_partition_never_admits_a_better_one() -> None:
    rows = Row("1133", "aabb", "aabb", grids="aaab").told(low=10, high=90, proven=True)
    assert not set(rows["why"]) & {"open", "size"}


def test_two_grids_stay_apart_for_size_where_together_they_would_be_too_large() -> None:
    rows = Row("3333", "aaaa", "aaaa", grids="aabb").told(low=30, high=60)
    assert brief(rows) == [("kept", "size")]
    assert rows["instead_households"][0] == 120


def test_households_are_the_reason_where_moving_them_costs_more_than_the_border() -> None:
    rows = Row("9999", "aabb", "aaaa", "aaaa", grids="aabb", base=0).told(heir=(0, 1))
    assert brief(rows) == [("kept", "base")]


def test_ground_that_hardly_touches_stays_apart_for_contiguity() -> None:
    rows = Row("11", "aa", grids="ab", contact_m=1.5).told(proven=False)
    assert brief(rows) == [("kept", "contiguity")]


def test_a_hard_barrier_and_one_that_tips_the_scale_are_barriers() -> None:
    assert brief(Row("11", "aa", "aa", grids="ab", walls=(0,)).told()) == [("kept", "hard")]
    rows = Row("11", "ab", "aa", grids="ab", rivers=(0,)).told()
    assert brief(rows) == [("kept", "barrier")]
    assert (rows["barrier"][0], rows["barrier_m"][0]) == ("river", 10.0)


def test_as_many_for_as_against_is_a_tie() -> None:
    assert brief(Row("11", "ab", "aa", grids="ab").told()) == [("kept", "tie")]
    assert brief(Row("11", "ab", "aa", grids="aa").told()) == [("dropped", "tie")]


def test_communities_and_sites_come_before_every_opinion() -> None:
    rows = Row("1111", "aaaa", grids="aabc", communities="aabb", sites="...x").told()
    assert brief(rows) == [("kept", "community"), ("kept", "exclusive")]


def test_lines_inside_a_site_are_dropped_for_the_site() -> None:
    assert brief(Row("11", "ab", grids="aa", sites="xx").told()) == [("dropped", "exclusive")]


def test_bound_ground_is_told_as_a_wish() -> None:
    rows = Row("1133", "aabb", "aabb", grids="aaab", wished="....").told(low=10, high=90, proven=False)
    bound = Row("1133", "aabb", "aabb", grids="aaab", wished="aaaa").told(low=10, high=90, proven=False)
    assert set(rows["why"]) == {"open"}
    assert set(bound["why"]) == {"wish"}


def test_every_metre_of_every_kept_border_is_told_once() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        text = ["".join(rng.choice(list("abc"), 8)) for _ in range(4)]
        grids = "".join(np.sort(rng.choice(list("abcd"), 8)))
        grids = "".join("abcd"[k] for k in np.unique(list(grids), return_inverse=True)[1])
        row = Row("11111111", *text[:3], grids=grids)
        rows = row.told(low=10, high=30, proven=False)
        kept = rows[rows["decision"] == "kept"]
        assert kept["length_m"].sum() == 10.0 * (len(set(grids)) - 1)
        assert set(rows["why"]) <= set(WHY)


def test_households_of_a_base_grid_stay_come_or_leave() -> None:
    row = Row("1234", "aabb", grids="aaab", base=0)
    row.told(heir=(0, 1))
    assert grid_rows(row.ground).to_numpy().tolist() == [[0, 0, 30, 30, 0], [1, 1, 40, 0, 30]]


def test_a_new_grid_has_no_base_grid_and_all_its_households_came() -> None:
    row = Row("12", "aa", grids="ab", base=0)
    row.told()
    rows = grid_rows(replace(row.ground, heir=np.array([0, -1])))
    assert rows.to_numpy().tolist() == [[0, 0, 10, 0, 20], [1, -1, 0, 20, 0]]
