"""A recipe brought to the rules that a layer was made by.

In: a recipe, the layer's own rules, its grids. Out: the recipe with the limits, breaks and note that this layer's map
needs; the recipe's numbers are the default where the layer says nothing. Before: `jobs.draw` and the API; after:
`legend`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from gridgeo.render.recipe import HOUSEHOLDS, MEASURES, Recipe

__all__ = ["UNLIMITED", "limits_of", "ruled"]

UNLIMITED = 1_000_000
"""No grid has so many of anything: an upper limit from here on is no rule."""
PLAIN_BREAKS = {
    "households": (100, 300, 500, 1000),
    "population": (300, 1000, 1500, 3000),
    "enterprises": (5, 20, 50, 100),
}
"""Lower bounds of classes where no rule gives any; fixed, so that maps of two versions compare. Chosen."""


def ruled(recipe: Recipe, rules: Mapping[str, Any], grids: gpd.GeoDataFrame) -> Recipe:
    """Return a recipe with the limits of a layer.

    Parameters
    ----------
    recipe : Recipe
        Its own ``breaks`` come before every rule.
    rules : mapping
        ``households`` [low, high] and ``population_max``, as in the city file; what is missing leaves the recipe's own.
    grids : GeoDataFrame, (n,)
        Only tell whether the measure was counted at all.

    Returns
    -------
    Recipe
        Without rule: fixed breaks. With nothing counted: no measure, for a map of one class must not look like a
        finding. Its ``note`` tells either in the legend.
    """
    if recipe.measure in ("none", "kind", "change") or recipe.breaks is not None:
        return recipe
    name = MEASURES[recipe.measure][0]
    low, high = _given(recipe, rules) or _usual(recipe) or (0, UNLIMITED)
    unruled = f"未设{name}规则" if high >= UNLIMITED else ""
    if recipe.measure in grids and not pd.to_numeric(grids[recipe.measure], errors="coerce").fillna(0).any():
        return replace(recipe, measure="none", note=unruled or f"无{name}登记")
    if not unruled:
        return replace(recipe, limits=(low, high))
    if low > 0:
        return replace(recipe, breaks=(low, 2 * low, 4 * low), note=f"下限 {low}，未设上限")
    return replace(recipe, breaks=PLAIN_BREAKS[recipe.measure], note=unruled)


def limits_of(recipe: Recipe, rules: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the smallest and largest value that a grid may have on a map; None where nobody set any.

    Parameters
    ----------
    recipe : Recipe
        Before or after `ruled`.
    rules : mapping
        As of `ruled`.

    Examples
    --------
    >>> limits_of(Recipe(title="x"), {"households": [200, 400]})
    (200, 400)
    """
    found = _given(recipe, rules) or (_usual(recipe) if recipe.breaks is None else None)
    return None if found is None or (found[0] <= 0 and found[1] >= UNLIMITED) else found


def _given(recipe: Recipe, rules: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the limits that the layer or else the recipe gives to the recipe's measure."""
    return _limits(recipe.measure, rules) or dict(recipe.rules).get(recipe.measure)


def _usual(recipe: Recipe) -> tuple[int, int] | None:
    """Return the recipe's limits, unless they are the usual ones of households and it measures something else."""
    return recipe.limits if recipe.measure == "households" or recipe.limits != HOUSEHOLDS else None


def _limits(measure: str, rules: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the smallest and largest value that a layer's rules allow; None if they say nothing of the measure."""
    if measure == "households" and rules.get("households"):
        low, high = rules["households"]
        return int(low), int(high)
    if measure == "population" and rules.get("population_max"):
        return 0, int(rules["population_max"])
    return None
