"""The cheapest cover: of all choices of groups that hold every node once, the best, as trying every one tells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import best_of_all, check, city, in_a_row, legal_groups, problems, recounted

from gridgeo.partition.choose import Wanted, cheapest_cover
from gridgeo.partition.cover import solve_by_cover
from gridgeo.partition.exact import Budget
from gridgeo.partition.plan import Limits
from gridgeo.partition.pool import Pool
from gridgeo.partition.problem import Problem


def pool_of(problem: Problem) -> Pool:
    """Return every lawful group."""
    bits = sorted({bits for found in legal_groups(problem).values() for bits, _, _ in found})
    member = np.array([[b >> v & 1 for v in range(problem.size)] for b in bits], bool).reshape(-1, problem.size)
    return Pool.of(problem, member)


def covers(pool: Pool) -> Iterator[list[int]]:
    """Yield every choice of groups that holds each node once and gives a base grid one heir at most."""
    nodes = [frozenset(np.flatnonzero(row).tolist()) for row in pool.member]

    def rest(left: frozenset[int], chosen: list[int]) -> Iterator[list[int]]:
        if not left:
            yield chosen
            return
        for row in range(len(pool)):
            heir = pool.heir[row]
            if min(left) in nodes[row] and nodes[row] <= left and (heir < 0 or heir not in pool.heir[chosen]):
                yield from rest(left - nodes[row], [*chosen, row])

    count = pool.problem.count
    return (c for c in rest(frozenset(range(pool.problem.size)), []) if count is None or len(c) == count)


@settings(max_examples=150)
@given(problems(shapes=((2, 1), (3, 2), (2, 3), (7, 1))), st.integers(0, 10**6), st.booleans(), st.booleans())
def test_no_choice_within_the_limits_is_cheaper(problem: Problem, seed: int, limited: bool, sparing: bool) -> None:
    rng = np.random.default_rng(seed)
    pool = pool_of(problem)
    reduced, tie = rng.integers(0, 4, len(pool)).astype(float), rng.integers(0, 3, len(pool))
    level = (pool.member @ rng.integers(-9, 10, problem.size) + reduced).astype(np.int64)  # prices of nodes, and more
    most = int(rng.integers(0, 200)) if sparing else None
    wanted = Wanted(level, tie, reduced, 5.0 if limited else np.inf, most)
    able = [
        (int(level[c].sum()), int(tie[c].sum())) for c in covers(pool)
        if reduced[c].sum() <= wanted.limit and (most is None or pool.breach[c].sum() <= most)
    ]  # fmt: skip
    found = cheapest_cover(pool, wanted, steps=10**9)
    assert found.complete
    if not able:
        assert found.rows is None
        return
    assert found.rows is not None
    assert sorted(np.flatnonzero(pool.member[found.rows].sum(axis=0)).tolist()) == list(range(problem.size))
    assert (int(level[found.rows].sum()), int(tie[found.rows].sum())) == min(able)


def test_out_of_steps_nothing_is_claimed() -> None:
    pool = pool_of(in_a_row([10] * 6))
    none = np.zeros(len(pool))
    wanted = Wanted(pool.cost, pool.cost * 0, none, np.inf, None)
    short, enough = cheapest_cover(pool, wanted, steps=3), cheapest_cover(pool, wanted, steps=10**6)
    assert (short.rows, short.complete) == (None, False)
    assert enough.complete
    assert enough.rows is not None


def test_more_states_than_there_is_room_for_at_first() -> None:
    """Single nodes in a row, each the heir of one of seven base grids or of none: of 128 choices behind each node."""
    problem = in_a_row([1] * 21, bases=[v % 7 for v in range(21)])
    pool = Pool.of(problem, np.eye(21, dtype=bool))
    wanted = Wanted(np.where(pool.heir >= 0, -1, 0), pool.cost * 0, np.zeros(len(pool)), np.inf, None)
    found = cheapest_cover(pool, wanted, steps=10**7)
    assert found.rows is not None
    assert int((pool.heir[found.rows] >= 0).sum()) == 7


@pytest.mark.parametrize("part", [k / 40 for k in range(41)])
def test_wherever_the_budget_ends_an_answer_is_a_grouping_and_its_bound_holds(part: float) -> None:
    """The last stage may end without an answer of its own: then that of the stage before counts, in its own terms."""
    problem = city(6, 6, 1)
    whole = Budget(20.0)
    best = solve_by_cover(problem, whole)
    assert best is not None
    assert best.worth is not None
    answer = solve_by_cover(problem, Budget(part * whole.spent))
    if answer is None or answer.grouping is None:
        return
    check(problem, answer.grouping)
    assert answer.worth is not None
    assert recounted(problem, answer.grouping) == answer.worth[:4]
    assert answer.worth >= best.worth
    assert answer.bound_dm is None or answer.bound_dm <= best.worth.disagreement_dm


def test_households_that_no_number_of_grids_can_share_out_break_rules_by_what_is_left() -> None:
    """570 in grids of 300 to 500: one grid has 70 too many, and costs 70 + 50; two lack 30, and cost 30 + 50."""
    row = in_a_row([95] * 6, limits=Limits(300, 500, 10**6))
    answer = solve_by_cover(row, Budget(20.0))
    assert answer is not None
    assert answer.proven
    assert answer.worth is not None
    best = best_of_all(row)
    assert best is not None
    assert answer.worth[:4] == best
    assert row.breach_of_number(np.array([1, 2])).tolist() == [120, 80]
