"""A ring is found wherever one group encloses others, in one piece or in several, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from problems import patches, pieces_of, problems

from gridgeo.partition.problem import Problem
from gridgeo.partition.rings import enclosed


def enclosed_by_looking(problem: Problem, group: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Return the rings by taking every group away."""
    contacts, found = problem.pair.tolist(), []
    for name in sorted(set(group)):
        outside = [v for v in range(problem.size) if group[v] != name]
        for inside in sorted(pieces_of(outside, contacts), key=min):
            if not problem.rim[sorted(inside)].any():
                ring = {w for a, b in contacts for w, v in ((a, b), (b, a)) if v in inside} - inside
                found.append((sorted(ring), sorted(inside)))
    return found


def test_group_around_another_is_named_with_its_ring() -> None:
    problem = patches(3, 3)
    around = [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert enclosed(around, problem.touches(), problem.rim.tolist()) == [([1, 3, 5, 7], [4])]
    assert enclosed(around, problem.touches(), [True] * 9) == []


def test_group_with_a_way_out_is_not_enclosed() -> None:
    problem = patches(3, 3)
    assert enclosed([0, 1, 0, 0, 1, 0, 0, 0, 0], problem.touches(), problem.rim.tolist()) == []


def test_pieces_of_one_group_make_a_ring_together() -> None:
    problem = patches(3, 3)  # only corners are left of the rim: the four sides are pieces of group 1
    group = [0, 1, 0, 1, 2, 1, 0, 1, 0]
    assert enclosed(group, problem.touches(), problem.rim.tolist()) == [([1, 3, 5, 7], [4])]


def test_rings_in_rings_are_all_named() -> None:
    problem = patches(5, 5)
    group = [0] * 25
    for v in (6, 7, 8, 11, 13, 16, 17, 18):
        group[v] = 1
    group[12] = 2
    found = enclosed(group, problem.touches(), problem.rim.tolist())
    assert [inside for _, inside in found] == [[6, 7, 8, 11, 12, 13, 16, 17, 18], [12]]


@given(problems(shapes=((3, 3), (5, 5), (6, 4))), st.integers(0, 10**6), st.integers(1, 6))
def test_rings_are_those_that_taking_groups_away_shows(problem: Problem, seed: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, problem.size)
    near = problem.touches()
    for v in rng.integers(0, problem.size, problem.size if problem.size else 0).tolist():  # so that groups have shape
        if near[v]:
            group[v] = group[rng.choice(near[v])]
    label = group.tolist()
    assert enclosed(label, near, problem.rim.tolist()) == enclosed_by_looking(problem, label)
