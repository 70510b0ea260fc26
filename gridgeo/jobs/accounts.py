"""What is told of one grid: its size, where it came from, why its borders are where they are.

In: the tables of a merged layer, in memory, in a ``layer.gpkg`` or in a store. Out: one dict per grid, as ``explain
--json`` prints and ``reasons.json`` holds it; `gridgeo.render.explain` writes it in words.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from gridgeo.tables import OUTCOME, REASON

__all__ = ["Pieces", "ToldLayer", "account_of_grid", "coded_outcomes", "coded_reasons", "write_reasons"]

Row = Mapping[str, Any]
LEAST_SHARE = 0.005
"""Parts of a grid below this are crumbs, of which only the number is told: chosen."""


class ToldLayer(Protocol):
    """A layer that can account for its grids; tables as in `gridgeo.tables`."""

    @property
    def grids(self) -> gpd.GeoDataFrame:
        """Numbered grids."""

    @property
    def provenance(self) -> pd.DataFrame:
        """What each grid was made from."""

    @property
    def crosswalk(self) -> pd.DataFrame:
        """Where each agency grid went."""

    @property
    def reasons(self) -> gpd.GeoDataFrame:
        """Why borders were kept or dropped."""

    @property
    def outcomes(self) -> pd.DataFrame:
        """What became of each grid."""

    @property
    def agencies(self) -> dict[str, str]:
        """Agency key → name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Everything that the tables say about one grid; rows by the column names of `gridgeo.tables`."""

    grid: Row
    outcome: Row | None
    """None where the layer was not made by a merge."""
    sources: Sequence[Row]
    """Rows of provenance of this grid."""
    fates: Sequence[Row]
    """Rows of crosswalk into this grid."""
    heirs: Sequence[Row]
    """Rows of crosswalk of the base grid that this one succeeds."""
    reasons: Sequence[Row]
    """Rows of reason on either side of which this grid lies."""
    siblings: Collection[str] = ()
    """Codes of its community."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Code of each neighbour → its full name."""
    agencies: Mapping[str, str] = field(default_factory=dict)
    """Agency key → name."""


def account_of_grid(pieces: Pieces) -> dict[str, Any]:
    """Put together what is known of one grid.

    Parameters
    ----------
    pieces : Pieces

    Returns
    -------
    dict
        ``code, full_name, kind, community_code, community_name, households, population, enterprises, area_m2``;
        ``rules`` and ``solved`` (None if the layer was not merged here), ``base``, ``sources``, ``crumbs``
        (agency → number of its grids of which there is hardly anything), ``kept`` and ``dropped`` borders, the longest
        first.
    """
    grid = {name: pieces.grid[name] for name in (
        "code", "full_name", "kind", "community_code", "community_name", "households", "population", "enterprises",
        "area_m2",
    )}  # fmt: skip
    told = pieces.outcome
    rules = told and {"households": [told["low"], told["high"]], "population_max": told["population_max"]}
    solved = told and {"status": told["status"], "gap": _known(told["gap"]), "violation": told["violation"]}
    borders = sorted(pieces.reasons, key=lambda row: (-row["length_m"], row["code"], row["other"], row["why"]))
    return {
        **grid,
        "rules": rules,
        "solved": solved,
        "base": _base(pieces),
        "sources": list(_sources(pieces)),
        "crumbs": dict(sorted(Counter(row["agency"] for row in pieces.sources if not _counts(row)).items())),
        "kept": [_border(row, pieces) for row in borders if row["decision"] == "kept"],
        "dropped": [_border(row, pieces) for row in borders if row["decision"] == "dropped"],
    }


def _known(value: float) -> float | None:
    """Return a number, None for NaN."""
    return None if value is None or math.isnan(value) else round(float(value), 6)


def _base(pieces: Pieces) -> dict[str, Any] | None:
    """Tell which base grid this one succeeds and which households moved; None without a base."""
    told = pieces.outcome
    if told is None or not told["agency"]:
        return None
    heir, agency, homes = told["source_id"], told["agency"], int(pieces.grid["households"])
    came = [
        {"source_id": row["source_id"], "households": round(row["household_share"] * homes)}
        for row in pieces.sources
        if row["agency"] == agency and row["source_id"] != heir
    ]
    own = sum(row["household_share"] for row in pieces.heirs if row["code"] == pieces.grid["code"])
    away = sum(row["household_share"] for row in pieces.heirs) - own
    kept, left = int(told["kept_households"]), int(told["left_households"])
    whole = kept / own if own > 0 else left / away if away > 0 else 0.0
    went = [
        {"code": row["code"], "households": round(row["household_share"] * whole)}
        for row in pieces.heirs
        if row["code"] != pieces.grid["code"] and row["code"] in pieces.siblings
    ]
    return {
        "agency": agency, "source_id": heir or None, "kept_households": kept,
        "came_households": int(told["came_households"]), "left_households": left,
        "came_from": _largest_first(came), "went_to": _largest_first(went),
    }  # fmt: skip


def _largest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with households, the most first."""
    peopled = [row for row in rows if row["households"] > 0]
    return sorted(peopled, key=lambda row: -row["households"])


def _counts(row: Row) -> bool:
    """Tell whether a part of a grid is more than a crumb."""
    return bool(max(row["area_share"], row["household_share"]) >= LEAST_SHARE)


def _sources(pieces: Pieces) -> Iterator[dict[str, Any]]:
    """Tell what the grid was made from, agency by agency, the largest part first."""
    fates = {(row["agency"], row["source_id"]): row for row in pieces.fates}
    order = {key: at for at, key in enumerate(pieces.agencies)}
    rows = sorted(pieces.sources, key=lambda row: (order.get(row["agency"], 99), row["agency"], -row["area_share"]))
    for row in filter(_counts, rows):
        fate = fates.get((row["agency"], row["source_id"]))
        yield {
            "agency": row["agency"],
            "source_id": row["source_id"],
            "area_share": round(float(row["area_share"]), 4),
            "household_share": round(float(row["household_share"]), 4),
            "change": fate["change"] if fate else None,
            "share_of_source": round(float(fate["area_share"]), 4) if fate else None,
        }


def _border(row: Row, pieces: Pieces) -> dict[str, Any]:
    """Tell of one stretch of border."""
    other = row["code"] if row["other"] == pieces.grid["code"] else row["other"]
    return {
        "other": other or None,
        "other_name": pieces.names.get(other, "") if other else None,
        "why": row["why"],
        "length_m": round(float(row["length_m"]), 1),
        "overruled_m": round(float(row["overruled_m"]), 1),
        "agencies": json.loads(row["agencies"]),
        "barrier": row["barrier"] or None,
        "barrier_m": round(float(row["barrier_m"]), 1),
        "instead_households": int(row["instead_households"]) or None,
    }


# ------------------------------------------------------------------- merge ----


def coded_reasons(reasons: gpd.GeoDataFrame, code: np.ndarray) -> gpd.GeoDataFrame:
    """Replace grid rows by codes, the smaller first, and put the rows into a fixed order.

    Parameters
    ----------
    reasons : GeoDataFrame
        As `gridgeo.partition.merge.Merged.reasons`.
    code : array of object, (grids,)
    """
    one = code[reasons["grid"].to_numpy()]
    other = reasons["other"].to_numpy()
    two = np.where(other >= 0, code[other], "")
    swap = (two != "") & (two < one)
    coded = reasons.assign(code=np.where(swap, two, one), other=np.where(swap, one, two))
    coded = coded.sort_values(["code", "other", "decision", "why", "agencies"], kind="stable", ignore_index=True)
    return coded[list(REASON)]


def coded_outcomes(outcomes: pd.DataFrame, code: np.ndarray) -> pd.DataFrame:
    """Replace grid rows by codes, in order of code."""
    coded = outcomes.assign(code=code[outcomes["grid"].to_numpy()])
    return coded.sort_values("code", ignore_index=True)[list(OUTCOME)]


def write_reasons(result: ToldLayer, path: Path) -> None:
    """Write what is told of every grid: one JSON object, code → account, a line per grid."""
    with path.open("w", encoding="utf-8") as file:
        file.write("{")
        for at, pieces in enumerate(_all_pieces(result)):
            told = json.dumps(account_of_grid(pieces), ensure_ascii=False, separators=(",", ":"))
            file.write(f"{',' if at else ''}\n{json.dumps(pieces.grid['code'])}:{told}")
        file.write("\n}\n")


def _all_pieces(result: ToldLayer) -> Iterator[Pieces]:
    """Yield the pieces of every grid, in order of code."""
    grids = result.grids.drop(columns="geometry").to_dict("records")
    sources = _by(result.provenance, "code")
    fates, heirs = _by(result.crosswalk, "code"), _by(result.crosswalk, "agency", "source_id")
    borders = _by(result.reasons.drop(columns="geometry"), "code")
    for other, rows in _by(result.reasons.drop(columns="geometry"), "other").items():
        if other:
            borders.setdefault(other, []).extend(rows)
    outcomes = {row["code"]: row for row in result.outcomes.to_dict("records")}
    names = {row["code"]: row["full_name"] for row in grids}
    siblings: dict[str, set[str]] = {}
    for grid in grids:
        siblings.setdefault(grid["community_code"], set()).add(grid["code"])
    for grid in grids:
        code, outcome = grid["code"], outcomes[grid["code"]]
        yield Pieces(
            grid=grid, outcome=outcome, sources=sources.get(code, []), fates=fates.get(code, []),
            heirs=heirs.get((outcome["agency"], outcome["source_id"]), []) if outcome["source_id"] else [],
            reasons=borders.get(code, []), names=names, agencies=result.agencies,
            siblings=siblings[grid["community_code"]],
        )  # fmt: skip


def _by(table: pd.DataFrame, *columns: str) -> dict[Any, list[dict[str, Any]]]:
    """Return a table's rows by the values of one or more columns."""
    found: dict[Any, list[dict[str, Any]]] = {}
    names = list(table.columns)
    for values in zip(*(table[name].tolist() for name in names), strict=True):  # to_dict takes four times as long
        row = dict(zip(names, values, strict=True))
        key = row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns)
        found.setdefault(key, []).append(row)
    return found
