"""What became of a code that a version does not have: retired, and what there is in its place; or not given yet.

In: an open store, a code, a version. Out: a `Fate` with a Chinese sentence and the grids that have its ground, measured
on their outlines and places however many publications lie between. Used by `gridgeo.jobs.locate`, the API, `explain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridgeo.codes.lineage import ancestors, successors
from gridgeo.draft.ground import GridRow, Places
from gridgeo.errors import NotFoundError
from gridgeo.store.base import Store, Version
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader

__all__ = ["Fate", "fate_in", "fate_of", "no_such_grid"]

BEND_M = 0.001
"""A border that gained a vertex bends by less: ground of that width is no ground given away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Why a version does not have a code."""

    code: str
    kind: str
    """retired, or not_yet."""
    version: int
    """In which it ended, or begins."""
    since: str
    """First day of that version, YYYY-MM-DD."""
    text: str
    """Chinese, for who asked."""
    successors: tuple[dict[str, Any], ...]
    """The grids of the version asked for that have its ground, the one with most of its households first: ``code,
    full_name, area_share, household_share`` (of the code asked for), ``version`` and ``since`` (when they got it). For
    a code not given yet: the grids that it will take ground from, and when."""


def fate_in(store: Store, code: str, seq: int) -> Fate | None:
    """Tell why a version does not have a code; None if it has it, or if the code was never given."""
    with store.snapshot() as reader:
        return fate_of(reader, code, seq)


def fate_of(reader: Reader, code: str, seq: int) -> Fate | None:
    """Do the same within a snapshot."""
    lives = reader.lives(code)
    if not lives or any(begins <= seq and (ends is None or ends > seq) for begins, ends in lives):
        return None
    versions = {version.seq: version for version in reader.versions()}
    ended = max((ends for _, ends in lives if ends is not None and ends <= seq), default=None)
    if ended is not None:
        passages = reader.passages(after=ended - 1, until=seq)
        others = successors(passages, code, since=ended - 1, until=seq)
        rows = _measured(reader, (code, ended - 1), (others, seq), versions)
        text = f"网格 {code} 已于第 {ended} 版（{versions[ended].effective} 起）停用{_now(rows)}"
        return _fate(code, "retired", versions[ended], text, rows)
    begins = min(begin for begin, _ in lives)
    passages = reader.passages(after=seq, until=begins)
    others = ancestors(passages, code, since=begins, until=seq)
    rows = _measured(reader, (code, begins), (others, seq), versions)
    before = f"，此前属 {'、'.join(row['code'] for row in rows)}" if rows else ""
    text = f"网格 {code} 自第 {begins} 版（{versions[begins].effective} 起）才启用{before}"
    return _fate(code, "not_yet", versions[begins], text, rows)


def no_such_grid(reader: Reader, code: str, seq: int, *, advice: str) -> NotFoundError:
    """Return the error for a code that a version does not have: what became of it, else advice."""
    fate = fate_of(reader, code, seq)
    if fate is None:
        return NotFoundError(f"version {seq} has no grid {code}; {advice}")
    return NotFoundError(fate.text, successors=fate.successors)


def _fate(code: str, kind: str, version: Version, text: str, rows: list[dict[str, Any]]) -> Fate:
    since = version.effective.isoformat()
    return Fate(code=code, kind=kind, version=version.seq, since=since, text=text, successors=tuple(rows))


def _now(rows: list[dict[str, Any]]) -> str:
    """Name the grids that there are instead; of several how much each has."""
    if len(rows) == 1:
        return f"，现为 {rows[0]['code']}"
    named = [f"{row['code']}（{row['household_share']:.0%}）" for row in rows]
    return f"，现为 {'、'.join(named)}" if named else ""


def _measured(
    reader: Reader, one: tuple[str, int], others: tuple[Mapping[str, int], int], versions: Mapping[int, Version]
) -> list[dict[str, Any]]:
    """Return what each of some grids of one version has of a grid of another."""
    code, then = one
    since, now = others
    old, new = StoreGround(reader, then), StoreGround(reader, now)
    row, rows = old.grids([code])[code], new.grids(list(since))
    common_m2 = {
        other: float(shapely.area(shapely.intersection(row.geometry, here.geometry))) for other, here in rows.items()
    }
    least = BEND_M * row.geometry.length
    real = {other: area_m2 for other, area_m2 in common_m2.items() if area_m2 > least} or common_m2
    homes = _homes(old.places([code])[code], Places.joined(new.places(list(real)).values()))
    shares = _shares(homes, real)
    found = [
        {
            "code": other, "full_name": rows[other].full_name, "area_share": _share(area_m2, row),
            "household_share": shares[other], "version": since[other],
            "since": versions[since[other]].effective.isoformat(),
        }
        for other, area_m2 in real.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one["household_share"], -one["area_share"], one["code"]))


def _share(area_m2: float, row: GridRow) -> float:
    return round(min(1.0, area_m2 / row.geometry.area), 6)


def _homes(held: Places, now: Places) -> dict[str, int]:
    """Return the households of one grid by the grid that they have in the other version."""
    _, here, there = np.intersect1d(held.fid, now.fid, assume_unique=True, return_indices=True)
    homes: dict[str, int] = {}
    for one, two in zip(here.tolist(), there.tolist(), strict=True):
        if held.kind[one] == "household":
            homes[str(now.code[two])] = homes.get(str(now.code[two]), 0) + int(held.count[one])
    return homes


def _shares(homes: Mapping[str, int], areas_m2: Mapping[str, float]) -> dict[str, float]:
    """Return the share of households per grid; without households areas stand in."""
    weights = homes if sum(homes.values()) else areas_m2
    total = sum(weights.values()) or 1
    return {code: round(weights.get(code, 0) / total, 6) for code in areas_m2}
