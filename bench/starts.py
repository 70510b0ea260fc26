"""Beginnings for communities too large to be proven: greedy, METIS, annealing, and what search makes of each.

    python bench/starts.py CITY.toml --nodes 30 --every 5    # every fifth community of at least 30 nodes
    pip install -e '.[bench]'                                # METIS; without it that column is left out

Every beginning is a grouping of the same nodes, made lawful alike (rings filled, scraps joined). METIS gets households
as weights, borders by what dropping them is worth, contiguity, and as many parts as the greedy grouping has, one less
and one more, three seeds each: the best of nine. Search is that of the product, with the same budget for all. Printed
per community and summed: how often each was best, broken rules (level 1), disagreement (level 2, decimetres), seconds.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from itertools import chain

import numpy as np

from gridgeo.city import read_city
from gridgeo.intake.read import read_inputs
from gridgeo.partition import resolve, settle
from gridgeo.partition.exact import Budget
from gridgeo.partition.kernel import Task
from gridgeo.partition.lay import lay_out
from gridgeo.partition.merge import ballot_of, steering_of_laid
from gridgeo.partition.problem import Grouping, Problem, parts
from gridgeo.partition.search import first_grouping, improve, lawful


def tasks_of(path: str) -> list[Task]:
    """Return the communities of a city just before they are settled."""
    laid = lay_out(read_inputs(read_city(path)), progress=lambda *_: None)
    rules, (steering, _) = laid.inputs.city.rules, steering_of_laid(laid)
    return resolve._tasks(laid.atoms, ballot_of(laid, {}), rules, laid.names, steering)[0]


def by_metis(problem: Problem, greedy: Grouping) -> Grouping:
    """Return the best of nine partitions by METIS."""
    import pymetis  # noqa: PLC0415 - an extra

    near: list[list[int]] = [[] for _ in range(problem.size)]
    weight: list[list[int]] = [[] for _ in range(problem.size)]
    least = int(problem.cost_dm.min())
    for (a, b), cost, walk in zip(problem.pair.tolist(), problem.cost_dm.tolist(), problem.walk.tolist(), strict=True):
        for one, two in ((a, b), (b, a)) if walk else ():
            near[one].append(two)
            weight[one].append(cost - least + 1)
    first = np.cumsum([0, *map(len, near)]).tolist()
    found = []
    for count in {max(2, greedy.count + more) for more in (-1, 0, 1)}:
        for seed in (1, 2, 3):
            part = np.array(
                pymetis.part_graph(
                    count, xadj=first, adjncy=[*chain(*near)], eweights=[*chain(*weight)], recursive=False,
                    vweights=(problem.households + 1).tolist(),
                    options=pymetis.Options(contig=1, seed=seed, ufactor=200),
                )[1]
            )  # fmt: skip
            label = np.zeros(problem.size, np.int64)
            pieces = [p for g in np.unique(part) for p in parts(np.flatnonzero(part == g).tolist(), problem.walks())]
            for number, piece in enumerate(pieces):
                label[piece] = number
            found.append(lawful(problem, label))
    return min(found, key=problem.worth)


def by_annealing(problem: Problem, greedy: Grouping) -> Grouping:
    return settle._annealed(problem, greedy, Budget(1.0, 1), seed=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("city")
    parser.add_argument("--nodes", type=int, default=30, help="least number of kernel nodes")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--units", type=float, default=3.0, help="budget of the search")
    options = parser.parse_args()
    ways: dict[str, Callable[[Problem, Grouping], Grouping]] = {"greedy": lambda _, greedy: greedy}
    if importlib.util.find_spec("pymetis"):
        ways["metis"] = by_metis
    ways["annealing"] = by_annealing
    kernels = [
        t.problem.contract(settle._joined(t.agreed, settle._whole(t), t.problem)) for t in tasks_of(options.city)
    ]
    total: dict[str, list[float]] = {}
    for problem in [k for k in kernels if k.size >= options.nodes][:: options.every]:
        greedy, row = first_grouping(problem, 1), {}
        if problem.unmet(greedy):
            continue
        for name, way in ways.items():
            start = time.perf_counter()
            begin = way(problem, greedy)
            row[name] = (*problem.worth(begin)[:2], time.perf_counter() - start)
            end = improve(problem, begin, Budget(options.units, 1))
            row[f"{name} + search"] = (*problem.worth(end)[:2], time.perf_counter() - start)
        best = min(values[:2] for values in row.values())
        print(problem.size, {name: values[:2] for name, values in row.items()}, flush=True)
        for name, values in row.items():
            sums = total.setdefault(name, [0, 0, 0, 0.0])
            for k, value in enumerate((values[:2] == best, *values)):
                sums[k] += value
    print(f"{'':20} {'best':>5} {'broken':>8} {'disagreement_dm':>16} {'s':>7}")
    for name, sums in total.items():
        print(f"{name:20} {sums[0]:5.0f} {sums[1]:8.0f} {sums[2]:16.0f} {sums[3]:7.1f}")


if __name__ == "__main__":
    main()
