"""What people use today to draw districts, each asked to divide one connected part of a community into ``count`` grids.

In: a `Community` in one connected part, the number of grids, attributes. Out: a group for every atom. Every import is
inside its function, since none of these is a dependency of gridgeo.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from partition_count import Community, grown, worth_m

SEED = 1
WIDER = (0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1.0)
"""Balances tried one after the other where the size band allows none at this number of grids."""


def attributes(part: Community, weight: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Return numbers that tell peers which can read attributes what the agencies drew.

    A column per agency grid, so that two atoms are as far apart as agencies separate them by weight; and the atom's
    place, scaled so that the whole part counts like half an agency.
    """
    columns = [0.5 * (xy - xy.mean(axis=0)) / max(np.ptp(xy, axis=0).max(), 1e-9)]
    for k in range(part.opinion.shape[1]):
        names, own = np.unique(part.opinion[:, k], return_inverse=True)
        columns.append(0.5 * weight[k] * (np.eye(len(names))[own] * (names >= 0)))
    return np.column_stack(columns)


def near_of(part: Community) -> list[list[int]]:
    """Return the neighbours of every atom over contacts that hold a grid together."""
    near: list[list[int]] = [[] for _ in part.atoms]
    for a, b in part.pair[part.walk].tolist():
        near[a].append(b)
        near[b].append(a)
    return [sorted(others) for others in near]


# ------------------------------------------------------------------- spopt ----


def _table(part: Community, columns: np.ndarray) -> tuple[gpd.GeoDataFrame, list[str], Any]:
    from libpysal.weights import W

    names = [f"c{k}" for k in range(columns.shape[1])]
    table = gpd.GeoDataFrame(dict(zip(names, columns.T, strict=True)))
    table["households"] = part.households
    return table, names, W(dict(enumerate(near_of(part))), silence_warnings=True)


def max_p(part: Community, _: int, columns: np.ndarray) -> np.ndarray:
    """As many grids as there can be of at least the smallest size: it takes no largest size and no number."""
    from spopt.region import MaxPHeuristic

    if part.households.sum() < 2 * max(part.low, 1):
        return np.zeros(len(part.atoms), int)
    table, names, weights = _table(part, columns)
    np.random.seed(SEED)  # noqa: NPY002 - the library draws from numpy's global state
    random.seed(SEED)
    model = MaxPHeuristic(table, weights, names, "households", part.low, top_n=2)
    model.solve()
    return np.asarray(model.labels_)


def skater(part: Community, count: int, columns: np.ndarray) -> np.ndarray:
    """Cuts of a minimum spanning tree over the attributes; it takes no sizes."""
    from sklearn.metrics.pairwise import manhattan_distances
    from spopt.region import Skater

    table, names, weights = _table(part, columns)
    how = {"dissimilarity": manhattan_distances, "reduction": np.sum, "center": np.mean}
    model = Skater(table, weights, names, count, floor=1, spanning_forest_kwds=how)
    model.solve()
    return np.asarray(model.labels_)


def region_k_means(part: Community, count: int, columns: np.ndarray) -> np.ndarray:
    """k-means over the attributes that keeps clusters connected; it takes no sizes."""
    from spopt.region import RegionKMeansHeuristic

    model = RegionKMeansHeuristic(columns, count, _table(part, columns)[2], seed=SEED)
    model.solve()
    return np.asarray(model.labels_)


# -------------------------------------------------------------- GerryChain ----


def _graph(part: Community) -> Any:
    """Return a GerryChain graph."""
    import networkx as nx
    from gerrychain import Graph

    graph = nx.Graph()
    for v in range(len(part.atoms)):
        opinion = {f"agency{k}": int(name) for k, name in enumerate(part.opinion[v])}
        graph.add_node(v, households=int(part.households[v]), **opinion)
    graph.add_edges_from(part.pair[part.walk].tolist())
    return Graph.from_networkx(graph)


def _balances(part: Community, count: int) -> list[float]:
    """Return the widest balance that keeps every grid within the size band, then wider ones."""
    mean = part.households.sum() / count
    own = min(part.high / mean - 1, 1 - part.low / mean)
    return [own, *(wider for wider in WIDER if wider > own)] if own > 0 else list(WIDER)


def _split() -> Callable[..., Any]:
    """Return the bipartition, told to give up instead of searching for hours."""
    from gerrychain.tree import bipartition_tree

    return partial(bipartition_tree, max_attempts=200, warn_attempts=10**9)


def _tree_part(part: Community, count: int, surcharge: dict[str, float]) -> tuple[dict[int, int], float]:
    """Return an assignment and the balance that it needed."""
    from gerrychain.partition.initial_partition_generators import recursive_tree_part

    graph = _graph(part)
    mean = part.households.sum() / count
    failure: Exception = ValueError("no balance to try")
    for balance in _balances(part, count):
        for seed in range(SEED, SEED + 5):
            try:
                how = {"bipartition_tree_fn": partial(_split(), region_surcharge=surcharge), "rng": seed}
                return recursive_tree_part(graph, range(count), mean, "households", balance, **how), balance
            except TimeoutError:
                raise
            except Exception as error:  # its errors have no common class below Exception
                failure = error
    raise failure


def _surcharge(weight: np.ndarray) -> dict[str, float]:
    """Return what crossing each agency's border costs a random tree; dearer, and all trees are the same one."""
    return {f"agency{k}": float(w / weight.sum()) for k, w in enumerate(weight)}


def tree_part(part: Community, count: int, weight: np.ndarray) -> np.ndarray:
    """Random spanning trees that avoid the agencies' borders, cut where sizes allow."""
    assigned, _ = _tree_part(part, count, _surcharge(weight))
    return np.array([assigned[v] for v in range(len(part.atoms))])


def recom(part: Community, count: int, weight: np.ndarray, *, steps: int) -> np.ndarray:
    """ReCom in short bursts from `tree_part`, towards less disagreement and fewer moved households."""
    from gerrychain import Partition
    from gerrychain.constraints import contiguous, within_percent_of_ideal_population
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.proposals import recom as step
    from gerrychain.updaters import Tally

    surcharge = _surcharge(weight)
    assigned, balance = _tree_part(part, count, surcharge)
    graph = _graph(part)
    start = Partition(graph, assigned, updaters={"population": Tally("households", alias="population")})
    best = [np.array([assigned[v] for v in range(len(part.atoms))])]
    worth = [worth_m(part, best[0])]

    def look(partition: Partition) -> float:
        group = np.array([partition.assignment[v] for v in range(len(part.atoms))])
        now = worth_m(part, group)
        if now < worth[0]:
            best[0], worth[0] = group, now
        return now

    mean = part.households.sum() / count
    move = partial(
        step, pop_col="households", pop_target=mean, epsilon=balance, region_surcharge=surcharge,
        bipartition_tree_fn=partial(_split(), allow_pair_reselection=True),
    )  # fmt: skip
    rules = [contiguous, within_percent_of_ideal_population(start, balance + 1e-9)]
    search = SingleMetricOptimizer(move, rules, start, look, maximize=False, rng=SEED)
    with contextlib.suppress(Exception):  # where no pair can be cut again, the best so far stands
        for _ in search.short_bursts(10, max(1, steps // 10)):
            pass
    return best[0]


# ------------------------------------------------------------------- METIS ----


def metis(part: Community, count: int) -> np.ndarray:
    """k-way cuts with contiguity, each edge as dear as the agreement that is lost by cutting it."""
    import pymetis

    kept = part.length_m * (1 - part.share)
    dear = {tuple(ends): 1 + int(10 * m) for ends, m in zip(part.pair.tolist(), kept.tolist(), strict=True)}
    start, ends, cost = [0], [], []
    for v, near in enumerate(near_of(part)):
        ends += near
        cost += [dear[min(v, w), max(v, w)] for w in near]
        start.append(len(ends))
    loose = max(0.01, part.high / (part.households.sum() / count) - 1)
    how = pymetis.Options(contig=1, seed=SEED, ncuts=10, ufactor=max(1, int(1000 * loose)))
    found = pymetis.part_graph(
        count, pymetis.CSRAdjacency(start, ends), vweights=part.households.tolist(), eweights=cost,
        recursive=False, options=how,
    )  # fmt: skip
    return np.array(found.vertex_part)


# -------------------------------------------------------------------- maup ----


def maup(community: Community, drawn: gpd.GeoSeries, atoms: gpd.GeoSeries) -> np.ndarray:
    """Repair the base layer inside the community and assign every atom to the grid that holds most of it.

    Repair is `smart_repair`; where it raises, `quick_repair`; where that raises, the polygons as they are.
    """
    import maup as library

    frame = shapely.union_all(atoms.to_numpy())
    inside = drawn.iloc[np.sort(drawn.sindex.query(frame, predicate="intersects"))]
    clipped = shapely.intersection(shapely.make_valid(inside.to_numpy()), frame)
    parts, of = shapely.get_parts(clipped, return_index=True)
    areas = shapely.get_type_id(parts) == 3
    pieces = gpd.GeoSeries(parts[areas], crs=drawn.crs)
    row = of[areas]
    table = gpd.GeoDataFrame({"row": row}, geometry=pieces).dissolve("row").geometry
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for repair in (partial(library.smart_repair, fill_gaps_threshold=None), library.quick_repair, gpd.GeoSeries):
            with contextlib.suppress(Exception):  # it raises what GEOS raises, and TypeErrors of its own
                label = library.assign(atoms, repair(table))
                return grown(community, label.fillna(-1).to_numpy(int))
    return grown(community, np.full(len(atoms), -1))
