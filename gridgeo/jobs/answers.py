"""The form of all answers: ``status, code, grid, chain, place, confidence, faults, candidates, as_of, version, datum``.

In: what was found, and a `Lookup`. Out: plain values, as ``locate --json`` and the API give them. Used by
`gridgeo.jobs.locate` and the jobs beside it that answer one kind of question each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from gridgeo.jobs.lookup import Lookup

__all__ = ["MOST_LISTED", "Describe", "Description", "description", "grid_candidates", "grid_facts", "put_together"]

MOST_LISTED = 50
"""Grids of one name that are listed."""


class Description(NamedTuple):
    """What answers tell of a grid."""

    code: str
    grid: Any
    """Its columns without the geometry, see `grid_facts`; or the same already written as JSON."""
    chain: Any
    """County, street, community and grid by name; or the same already written as JSON."""
    full_name: str


Describe: TypeAlias = Callable[[str], Description]


def description(lookup: Lookup, code: str) -> Description:
    """Say what answers tell of a grid."""
    grid = grid_facts(lookup, code)
    return Description(code, grid, _chain(lookup, grid), grid.get("full_name", ""))


def grid_facts(lookup: Lookup, code: str) -> dict[str, Any]:
    """Return a grid's columns without its geometry, as plain values; what is missing is None."""
    row = lookup.grids.index.get_loc(code)
    found = {name: column[row] for name, column in lookup.columns.items()}
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in found.items()}
    return {"code": code} | {name: None if pd.isna(value) else value for name, value in plain.items()}


def _chain(lookup: Lookup, grid: dict[str, Any]) -> list[str]:
    """Return county, street, community and grid by name; levels that the layer does not know are left out."""
    names = [
        *lookup.parents.get(grid.get("community_code", ""), []),
        grid.get("community_name"),
        grid.get("short_name"),
    ]
    return [name for name in names if isinstance(name, str) and name]


def grid_candidates(codes: Iterable[str], describe: Describe) -> list[dict[str, Any]]:
    """Return grids as candidates, `MOST_LISTED` at most."""
    return [{"code": code, "full_name": describe(code).full_name} for code in list(codes)[:MOST_LISTED]]


def put_together(
    lookup: Lookup,
    status: str,
    *,
    about: Description | None = None,
    confidence: float = 0.0,
    faults: list[tuple[str, str]] | None = None,
    place: dict[str, Any] | None = None,
    candidates: list[dict[str, Any]] | None = None,
    datum: str | None = None,
) -> dict[str, Any]:
    """Put an answer together: these keys are always there; some answers have ``question`` or ``answers`` besides."""
    return {
        "status": status,
        "code": None if about is None else about.code,
        "grid": None if about is None else about.grid,
        "chain": [] if about is None else about.chain,
        "place": place,
        "confidence": confidence,
        "faults": [{"kind": kind, "text": text} for kind, text in faults or []],
        "candidates": candidates or [],
        "as_of": lookup.as_of,
        "version": lookup.version,
        "datum": datum,
    }
