"""A program that merges one drawn city with one process and with a pool of two and tells both: ``pooled_child.py``.

It is a program of its own because a pool imports the main module of its parent, and that must not be pytest.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import shapely
from drawn_city import ANY_SIZE, SIDE_M, Blocks, X, Y, agency, drawn, households

from gridgeo.jobs import merge
from gridgeo.jobs.merge import MergeResult
from gridgeo.model import Inputs

COLUMNS, ROWS = 12, 5


def city() -> Inputs:
    """Return 30 communities of 2 x 1 crooked blocks, two agencies that disagree, homes in every block."""
    rng = np.random.default_rng(5)
    nodes = np.stack(np.meshgrid(np.arange(COLUMNS + 1), np.arange(ROWS + 1), indexing="ij"), axis=-1) * SIDE_M
    plan = Blocks(COLUMNS, ROWS, np.round(np.array([X, Y]) + nodes + rng.uniform(-15, 15, nodes.shape), 3))
    noise = rng.uniform(-0.5, 0.5, (2, *nodes.shape))
    communities = [plan.area(c, r, c + 2, r + 1) for r in range(ROWS) for c in range(0, COLUMNS, 2)]
    party = [plan.area(c, r, c + 1, r + 1, noise[0]) for r in range(ROWS) for c in range(COLUMNS)]
    urban = [plan.area(c, r, c + 2, r + 1, noise[1]) for r in range(ROWS) for c in range(0, COLUMNS, 2)]
    spots = [(c + 0.5, r + 0.5, int(rng.integers(50, 300))) for r in range(ROWS) for c in range(COLUMNS)]
    layers = agency("a", party, base=True), agency("b", urban, weight=2.0)
    rules = replace(ANY_SIZE, households=(200, 450))
    return drawn(communities, *layers, registers=households(*spots), rules=rules)


def digest(table: pd.DataFrame) -> str:
    """Return the SHA-256 of a table, geometry bit for bit."""
    plain = pd.DataFrame(table)
    if "geometry" in plain:
        plain = plain.assign(geometry=shapely.to_wkb(table.geometry.values, hex=True))
    return hashlib.sha256(plain.to_csv().encode()).hexdigest()


def told(result: MergeResult) -> dict[str, object]:
    """Return everything that a merge tells, but for seconds."""
    names = ("grids", "communities", "provenance", "crosswalk", "findings", "reasons", "outcomes", "assignments")
    tables = {name: digest(getattr(result, name)) for name in names}
    reports = [asdict(replace(report, seconds=0.0)) for report in result.reports]
    return {**tables, "reports": reports, "certificate": result.certificate.as_dict(), "figures": result.figures}


if __name__ == "__main__":
    inputs = city()
    started = [merge._worth_starting(inputs, workers) for workers in (1, 2)]
    both = [told(merge.merge_inputs(inputs, workers=workers)) for workers in (1, 2)]
    json.dump({"processes": started, "told": both}, sys.stdout, default=str)
