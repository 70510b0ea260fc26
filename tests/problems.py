"""Small communities as arrays, and their best grouping found by trying every one: no product code decides here.

::

    6 - 7 - 8        patches(3, 3): neighbours touch along 10 m; `rim` tells who lies at the community's border
    |   |   |
    3 - 4 - 5        a wall (`walk` False) holds nothing together, but is a border to be paid for
    |   |   |
    0 - 1 - 2
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from gridgeo.partition.kernel import Task
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import Grouping, Problem, Weights

Price = tuple[int, int, int, int]
ANY = Limits(0, 10**6, 10**6)
TOWN = Limits(30, 60, 10**6)


def problem_of(
    households: Sequence[int],
    pairs: Iterable[tuple[int, int]],
    *,
    cost_dm: Sequence[int] | int = 100,
    walls: Iterable[int] = (),
    rim: Iterable[int] | None = None,
    bases: Sequence[int] = (),
    limits: Limits = ANY,
    **more: object,
) -> Problem:
    """Return nodes with borders of 10 m; ``bases`` tells each node's base grid, -1 = none; all lie at the rim."""
    size = len(households)
    pair = np.array(sorted(tuple(sorted(p)) for p in pairs), np.int64).reshape(-1, 2)
    label = np.array(bases if len(bases) else [-1] * size, np.int64)
    holds = label[:, None] == np.arange(label.max(initial=-1) + 1)
    homes = np.array(households, np.int64)
    at_rim = np.ones(size, bool) if rim is None else np.isin(np.arange(size), list(rim))
    plain = {
        "households": homes, "population": 3 * homes, "area_m2": np.full(size, 100.0),
        "stay": holds * homes[:, None], "own": holds, "pair": pair,
        "cost_dm": np.broadcast_to(np.asarray(cost_dm, np.int64), len(pair)).copy(),
        "length_dm": np.full(len(pair), 100, np.int64), "walk": ~np.isin(np.arange(len(pair)), list(walls)),
        "rim": at_rim, "limits": limits,
    }  # fmt: skip
    return Problem(**{**plain, **more})  # type: ignore[arg-type]


def in_a_row(households: Sequence[int], **more: object) -> Problem:
    """Return nodes one beside the other."""
    return problem_of(households, [(v, v + 1) for v in range(len(households) - 1)], **more)


def lattice(columns: int, rows: int) -> list[tuple[int, int]]:
    """Return the contacts of patches, row by row from the south-west."""
    east = [(v, v + 1) for v in range(columns * rows) if (v + 1) % columns]
    return east + [(v, v + columns) for v in range(columns * (rows - 1))]


def at_the_edge(columns: int, rows: int) -> list[int]:
    """Return the patches at the border of a lattice."""
    return [v for v in range(columns * rows) if v % columns in (0, columns - 1) or v // columns in (0, rows - 1)]


def patches(columns: int, rows: int, households: Sequence[int] | int = 10, **more: object) -> Problem:
    """Return a lattice of nodes; those inside do not lie at the rim."""
    homes = np.broadcast_to(np.asarray(households), columns * rows).tolist()
    return problem_of(homes, lattice(columns, rows), rim=at_the_edge(columns, rows), **more)


def task_of(problem: Problem, agreed: Sequence[int] | None = None) -> Task:
    """Return a community of its own; nothing is agreed unless told."""
    size = problem.size
    parts = np.arange(size) if agreed is None else np.array(agreed, np.int64)
    return Task(np.arange(size), np.arange(problem.bases), problem, parts, ())


# ---------------------------------------------------------------- drawn ones ----


@st.composite
def problems(
    draw: st.DrawFn, *, shapes: Sequence[tuple[int, int]] = ((2, 1), (3, 2), (2, 4), (3, 3)), steered: bool = True
) -> Problem:
    """Draw a planar community: a lattice with holes and diagonals, walls, base grids, sizes, wishes."""
    columns, rows = draw(st.sampled_from(shapes))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    kept = np.flatnonzero(rng.random(columns * rows) > draw(st.sampled_from([0.0, 0.0, 0.15])))
    place = {int(v): k for k, v in enumerate(kept)}
    contacts = lattice(columns, rows)
    contacts += [(v, v + columns + 1) for v in range(columns * (rows - 1)) if (v + 1) % columns and rng.random() < 0.3]
    pairs = sorted((place[a], place[b]) for a, b in contacts if a in place and b in place)
    size, count = len(kept), len(pairs)
    edge = set(at_the_edge(columns, rows))
    edge |= {w for a, b in contacts for w, other in ((a, b), (b, a)) if other not in place}  # beside a hole
    low, high, people = draw(st.sampled_from([(0, 10**6, 10**6), (10, 20, 10**6), (10, 25, 50), (15, 18, 10**6),
                                              (5, 12, 20), (20, 60, 100), (0, 15, 10**6)]))  # fmt: skip
    homes = rng.integers(0, draw(st.sampled_from([1, 6, 12, 30])), size)
    label = rng.integers(-1, draw(st.sampled_from([0, 1, 2, 3])), size)
    names = np.unique(label[label >= 0])
    holds = label[:, None] == names
    stay = np.where(holds, homes[:, None], 0)
    if draw(st.booleans()) and holds.any():  # a node of agreed ground can hold several base grids
        holds = holds | (rng.random(holds.shape) < 0.2)
        stay = np.where(holds, homes[:, None] // np.maximum(holds.sum(axis=1, keepdims=True), 1), 0)
    some = [tuple(rng.choice(size, min(size, 2), replace=False).tolist()) for _ in range(2)] if size else []
    apart = ((some[0][:1], some[1]),) if steered and size > 1 and draw(st.integers(0, 3)) == 0 else ()
    return Problem(
        households=homes, population=homes * rng.integers(0, 4, size),
        area_m2=rng.integers(10, 200, size).astype(float),
        stay=stay.astype(np.int64), own=holds, pair=np.array(pairs, np.int64).reshape(-1, 2),
        cost_dm=rng.integers(-100, 101, count), length_dm=rng.integers(1, 200, count),
        walk=rng.random(count) >= draw(st.sampled_from([0.0, 0.2, 0.5])),
        rim=np.array([int(v) in edge for v in kept], bool) | (rng.random(size) < 0.1),
        limits=Limits(low, high, people),
        weights=Weights(moved_dm=draw(st.sampled_from([0, 5])), balance_dm=draw(st.sampled_from([0, 0, 3]))),
        least_m2=draw(st.sampled_from([0.0, 0.0, 150.0])),
        count=draw(st.sampled_from([None, None, None, 1, 2, 3])) if steered else None,
        apart=apart,
    )  # fmt: skip


def city(columns: int, rows: int, seed: int, limits: Limits = TOWN) -> Problem:
    """Return a lattice with base grids of 2 x 2 patches, on which agencies agree more or less."""
    rng = np.random.default_rng(seed)
    size = columns * rows
    label = [(v % columns) // 2 + 100 * (v // columns // 2) for v in range(size)]
    label = np.unique(label, return_inverse=True)[1].ravel().tolist()
    pair = sorted(lattice(columns, rows))
    cost = [int((-60 if label[a] != label[b] else 60) + rng.integers(-100, 101)) for a, b in pair]
    homes = rng.integers(3, 18, size).tolist()
    return problem_of(homes, pair, cost_dm=cost, bases=label, limits=limits, rim=at_the_edge(columns, rows))


# --------------------------------------------------------------- brute force ----


def pieces_of(nodes: Iterable[int], contacts: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Return the connected pieces of a set of nodes."""
    left = set(nodes)
    contacts = [(a, b) for a, b in contacts if a in left and b in left]
    found = []
    while left:
        piece = {left.pop()}
        while more := {w for a, b in contacts for w, v in ((a, b), (b, a)) if v in piece} - piece:
            piece |= more
        left -= piece
        found.append(piece)
    return found


def walkable(problem: Problem) -> list[tuple[int, int]]:
    """Return the contacts that hold a grid together."""
    return [(a, b) for (a, b), walk in zip(problem.pair.tolist(), problem.walk.tolist(), strict=True) if walk]


def lawful(problem: Problem, group: set[int], heir: int) -> bool:
    """Tell whether a set of nodes may be a grid, sizes aside."""
    if len(pieces_of(group, walkable(problem))) != 1:
        return False
    outside = set(range(problem.size)) - group
    if any(not problem.rim[sorted(piece)].any() for piece in pieces_of(outside, problem.pair.tolist())):
        return False
    if any(group & set(one) and group & set(two) for one, two in problem.apart):
        return False
    if heir >= 0:
        return bool(problem.own[sorted(group), heir].any())
    (around,) = [p for p in pieces_of(range(problem.size), walkable(problem)) if group <= p]
    return (
        float(problem.area_m2[sorted(group)].sum())
        >= min(problem.least_m2, problem.area_m2[sorted(around)].sum()) - 1e-6
    )


def price_of(problem: Problem, group: set[int], heir: int) -> Price:
    """Return what one grid adds to twice every level: borders count for both their sides."""
    nodes = sorted(group)
    low, high, most = problem.limits.low, problem.limits.high, problem.limits.population_max
    homes, people = int(problem.households[nodes].sum()), int(problem.population[nodes].sum())
    excess = max(0, low - homes) + max(0, homes - high) + max(0, people - most)
    cut = [k for k, (a, b) in enumerate(problem.pair.tolist()) if (a in group) != (b in group)]
    kept = int(problem.stay[nodes, heir].sum()) if heir >= 0 else 0
    off = abs(homes - (low + high) // 2)
    second = (
        int(problem.cost_dm[cut].sum()) - 2 * problem.weights.moved_dm * kept + 2 * problem.weights.balance_dm * off
    )
    opened = -2 if heir >= 0 else 2
    broken = 2 * (excess + problem.per_broken) if excess else 0
    return broken, second, opened, int(problem.length_dm[cut].sum())


def legal_groups(problem: Problem) -> dict[int, list[tuple[int, int, Price]]]:
    """Return for every node the (bits, heir, price) of each grid whose smallest node it is."""
    found: dict[int, list[tuple[int, int, Price]]] = {v: [] for v in range(problem.size)}
    for size in range(1, problem.size + 1):
        for nodes in combinations(range(problem.size), size):
            group = set(nodes)
            for heir in range(-1, problem.bases):
                if lawful(problem, group, heir):
                    bits = sum(1 << v for v in nodes)
                    found[nodes[0]].append((bits, heir, price_of(problem, group, heir)))
    return found


def best_of_all(problem: Problem) -> Price | None:
    """Return levels 1 to 4 of the best grouping, tried one by one; None = there is none."""
    groups = legal_groups(problem)

    @cache
    def best(left: int, taken: int, count: int) -> Price | None:
        if not left:
            return (0, 0, 0, 0) if problem.count is None or count == 0 else None
        if problem.count is not None and count == 0:
            return None
        first = (left & -left).bit_length() - 1
        least: Price | None = None
        for bits, heir, price in groups[first]:
            if bits & ~left or (heir >= 0 and taken >> heir & 1):
                continue
            now = taken | (1 << heir) if heir >= 0 else taken
            rest = best(left & ~bits, now, count - 1 if problem.count is not None else 0)
            if rest is not None:
                whole = tuple(a + b for a, b in zip(price, rest, strict=True))
                least = whole if least is None or whole < least else least  # type: ignore[assignment]
        return least

    found = best((1 << problem.size) - 1, 0, problem.count or 0)
    if found is None:
        return None
    breach, second, changed, length = found
    constant = problem.weights.moved_dm * int(problem.stay.sum())
    return breach // 2, second // 2 + constant, (changed + 2 * problem.bases) // 2, length // 2


def check(problem: Problem, grouping: Grouping) -> None:
    """Say that a grouping is one: every grid lawful, heirs distinct, the number as wanted."""
    assert len(grouping.group) == problem.size
    assert sorted(set(grouping.group.tolist())) == list(range(grouping.count))
    heirs = [b for b in grouping.heir.tolist() if b >= 0]
    assert len(set(heirs)) == len(heirs)
    assert problem.count is None or grouping.count == problem.count
    for g, heir in enumerate(grouping.heir.tolist()):
        assert lawful(problem, set(np.flatnonzero(grouping.group == g).tolist()), heir), (g, heir)


def recounted(problem: Problem, grouping: Grouping) -> Price:
    """Return levels 1 to 4 of a grouping, counted grid by grid."""
    prices = [
        price_of(problem, set(np.flatnonzero(grouping.group == g).tolist()), heir)
        for g, heir in enumerate(grouping.heir.tolist())
    ]
    breach, second, changed, length = (sum(p[k] for p in prices) for k in range(4))
    constant = problem.weights.moved_dm * int(problem.stay.sum())
    return breach // 2, second // 2 + constant, (changed + 2 * problem.bases) // 2, length // 2


def permuted(problem: Problem, order: np.ndarray) -> Problem:
    """Return the same problem whose node k was node ``order[k]``."""
    place = np.empty(problem.size, np.int64)
    place[order] = np.arange(problem.size)
    pair = np.sort(place[problem.pair].reshape(-1, 2), axis=1)
    rows = np.lexsort((pair[:, 1], pair[:, 0]))
    return replace(
        problem, households=problem.households[order], population=problem.population[order],
        area_m2=problem.area_m2[order], stay=problem.stay[order], own=problem.own[order], rim=problem.rim[order],
        pair=pair[rows], cost_dm=problem.cost_dm[rows], length_dm=problem.length_dm[rows], walk=problem.walk[rows],
        apart=tuple((tuple(int(place[v]) for v in a), tuple(int(place[v]) for v in b)) for a, b in problem.apart),
    )  # fmt: skip
