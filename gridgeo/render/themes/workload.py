"""负荷图: how much every grid has to do, classed against the rules, and which grids are out of them.

In: an `Edition` and a `Recipe` brought to the layer's rules. Out: a `Content`; the grids below and above the limits
stand in a listing, and their numbers among the facts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gridgeo.render.content import Content, Listing, content_of
from gridgeo.render.edition import Edition
from gridgeo.render.recipe import MEASURES, Recipe
from gridgeo.render.ruled import UNLIMITED
from gridgeo.render.themes.common import whereabouts

__all__ = ["workload_content"]


def workload_content(
    edition: Edition, recipe: Recipe, *, limits: tuple[int, int] | None = None, **more: Any
) -> Content:
    """Return what a map of the workload shows.

    Parameters
    ----------
    edition : Edition
        Of the selected grids.
    recipe : Recipe
        As `gridgeo.render.ruled.ruled` returns it.
    limits : (int, int), keyword-only, optional
        Smallest and largest value that the rules allow; None: there are no rules.
    **more
        Other fields of `Content`.
    """
    if recipe.measure not in edition.grids:
        return content_of(edition, recipe, **more)
    name, unit = MEASURES[recipe.measure]
    values = pd.to_numeric(edition.grids[recipe.measure], errors="coerce")
    bound = (edition.grids["kind"] != "exclusive").to_numpy()  # the rules do not bind exclusive grids
    facts = [(f"{name}合计", f"{int(values.sum()):,} {unit}")] if values.notna().any() else []
    if values[bound].notna().any():
        but = "" if bound.all() else "（专属网格除外）"
        facts.append((f"平均每格{name}{but}", f"{values[bound].mean():,.0f} {unit}"))
    listings: tuple[Listing, ...] = ()
    if limits:
        low, high = limits
        below, above = bound & (values < low).to_numpy(), bound & (values > high).to_numpy()
        facts += [("低于下限", f"{below.sum()} 格")] if low > 0 else []
        facts += [("高于上限", f"{above.sum()} 格")] if high < UNLIMITED else []
        listings = _listed(edition, values, limits, f"{name}（{unit}）", out=(below, above))
    return content_of(edition, recipe, facts=tuple(facts), listings=listings, **more)


def _listed(
    edition: Edition, values: pd.Series, limits: tuple[int, int], title: str, *, out: tuple[np.ndarray, np.ndarray]
) -> tuple[Listing, ...]:
    """Return the grids out of the rules, those above the limit first, the farthest out first."""
    below, above = out
    if not (below | above).any():
        return ()
    low, high = limits
    told = whereabouts(edition)
    number = values.astype(float)
    told[title] = number.astype("Int64")
    told["情况"] = np.where(above, f"高于上限 {high}", f"低于下限 {low}")
    told["相差"] = np.where(above, number - high, number - low)
    told = told[below | above].sort_values(
        ["相差", "网格编码"], ascending=[False, True], kind="stable", ignore_index=True
    )
    told["相差"] = told["相差"].astype("Int64")
    return (Listing(title="不合规则的网格", table=told),)
