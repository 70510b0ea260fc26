"""What changes do, in one value: figures before and after, places that move, rules kept and broken.

In: the layer before and after, and the grids that were touched. Out: plain values, ready for JSON and for a page.
Nothing beyond the touched grids is looked at.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import shapely

from gridgeo.draft.conflict import really_changed
from gridgeo.draft.ground import GridRow, Places
from gridgeo.draft.state import State

__all__ = ["MOST_PLACES", "effect_of", "unexplained"]

MOST_PLACES = 2000
"""Moved places listed one by one; all are counted."""

_FIGURES = ("households", "enterprises", "population")


def effect_of(before: State, after: State, codes: Collection[str]) -> dict[str, Any]:
    """Tell what became of some grids.

    Parameters
    ----------
    before, after : State
        The same layer before and after one or more changes.
    codes : collection of str
        The grids that were touched: see `gridgeo.draft.state.Delta.touched`.

    Returns
    -------
    dict
        ``grids``: per grid ``code``, ``became`` (new, gone, changed, corner: only a vertex on its border), ``before``
        and ``after`` (kind, name, households, enterprises, population, buildings, area_m2; None where there is none),
        x and y; ``total``: the same sums over all of them, before and after; ``moved``: how many places change their
        grid, with their households and people, and ``places`` (kind, id, nth, address, count, before, after, x, y; at
        most `MOST_PLACES`); ``rules``: per grid and rule ``code, rule, status, before, value, limit, text, x, y``,
        where ``status`` is kept, broken (as before or less), explained, or to_explain (newly or worse).
    """
    old, new = before.grids(codes), after.grids(codes)
    held, now = before.places(list(old)), after.places(list(new))
    rows = [
        _grid(row, old.get(code), new.get(code), held.get(code), now.get(code))
        for code, row in sorted({**old, **new}.items())
    ]
    told = after.explanations(list(new))
    rules = [rule for code in sorted(new) for rule in _rules(old.get(code), new[code], told)]
    return {
        "grids": rows,
        "total": {when: _sums([row[when] for row in rows if row[when]]) for when in ("before", "after")},
        "moved": _moved(Places.joined(held.values()), Places.joined(now.values())),
        "rules": rules,
    }


def unexplained(before: State, after: State, codes: Collection[str]) -> list[dict[str, Any]]:
    """Return the rules that some grids break newly, or worse than before, without an explanation."""
    told, old = after.explanations(codes), before.grids(codes)
    found = [rule for row in after.grids(codes).values() for rule in _rules(old.get(row.code), row, told)]
    return [rule for rule in found if rule["status"] == "to_explain"]


def _grid(
    row: GridRow, old: GridRow | None, new: GridRow | None, held: Places | None, now: Places | None
) -> dict[str, Any]:
    """Describe one grid before and after; `row` is the one of the two that is there, the new one if both are."""
    x, y = _inside(row)
    became = "new" if old is None else "gone" if new is None else "changed" if really_changed(old, new) else "corner"
    return {
        "code": row.code, "became": became, "x": x, "y": y, "before": _facts(old, held), "after": _facts(new, now),
    }  # fmt: skip


def _facts(row: GridRow | None, places: Places | None) -> dict[str, Any] | None:
    """Return the figures of a grid."""
    if row is None:
        return None
    buildings = 0 if places is None else int(places.count[places.kind == "building"].sum())
    figures = {name: getattr(row, name) for name in _FIGURES}
    return {
        "kind": row.kind, "name": row.full_name, **figures, "buildings": buildings, "area_m2": round(row.area_m2, 3),
    }  # fmt: skip


def _sums(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Add grids up, and say what a grid has to do on average: what staff is measured by."""
    total = {name: sum(row[name] for row in rows) for name in (*_FIGURES, "buildings")}
    mean = round(total["households"] / len(rows), 1) if rows else 0.0
    area_m2 = round(sum(row["area_m2"] for row in rows), 3)
    return {"grids": len(rows), **total, "area_m2": area_m2, "households_per_grid": mean}


def _moved(held: Places, now: Places) -> dict[str, Any]:
    """Tell which places have another grid afterwards."""
    _, one, two = np.intersect1d(held.fid, now.fid, assume_unique=True, return_indices=True)
    changed = held.code[one] != now.code[two]
    was, places = held.take(one[changed]), now.take(two[changed])
    homes, firms = places.kind == "household", places.kind == "enterprise"
    listed = [
        {
            "kind": str(places.kind[k]), "id": str(places.id[k]), "nth": int(places.nth[k]),
            "address": str(places.address[k]), "count": int(places.count[k]), "before": str(was.code[k]),
            "after": str(places.code[k]), "x": float(places.xy[k, 0]), "y": float(places.xy[k, 1]),
        }
        for k in range(min(len(places), MOST_PLACES))
    ]  # fmt: skip
    return {
        "count": len(places),
        "households": int(places.count[homes].sum()),
        "population": int(places.population[homes].sum()),
        "enterprises": int(places.count[firms].sum()),
        "places": listed,
    }


def _rules(old: GridRow | None, row: GridRow, told: dict[tuple[str, str], str]) -> list[dict[str, Any]]:
    """Judge a general grid by its limits."""
    limits, (x, y) = row.limits, _inside(row)
    asked = (
        ("households_low", "households", limits.low, -1, "户数不足"),
        ("households_high", "households", limits.high, 1, "户数超限"),
        ("population_max", "population", limits.population_max, 1, "人口超限"),
    )
    found = []
    for rule, figure, limit, sign, words in asked:
        if not limit or row.kind != "general":
            continue
        value, reason = getattr(row, figure), told.get((row.code, rule), "")
        earlier = None if old is None or old.kind != "general" else getattr(old, figure)
        no_worse = earlier is not None and sign * (value - earlier) <= 0
        if sign * (value - limit) <= 0:
            status, more = "kept", ""
        elif reason:
            status, more = "explained", f"；说明：{reason}"
        else:
            status, more = ("broken", "（原已如此）") if no_worse else ("to_explain", "，须说明原因")
        text = "" if status == "kept" else f"{row.full_name}{words}：{value}，限 {limit}{more}"
        found.append(
            {
                "code": row.code, "rule": rule, "status": status, "before": earlier, "value": value, "limit": limit,
                "text": text, "x": x, "y": y,
            }
        )  # fmt: skip
    return found


def _inside(row: GridRow) -> tuple[float, float]:
    x, y = shapely.get_coordinates(shapely.point_on_surface(row.geometry))[0]
    return float(x), float(y)
