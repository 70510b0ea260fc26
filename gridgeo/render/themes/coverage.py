"""覆盖图: every grid by its kind, streets told apart by their ground, and how much is covered.

In: an `Edition` and a `Recipe`. Out: a `Content` whose facts say what there is.
"""

from __future__ import annotations

import math
from typing import Any

from gridgeo.render.content import Content, content_of
from gridgeo.render.edition import Edition
from gridgeo.render.legend import EXCLUSIVE_CLASS
from gridgeo.render.palette import PAPER
from gridgeo.render.recipe import Recipe
from gridgeo.render.themes.common import size_facts
from gridgeo.render.tints import tinted_units

__all__ = ["coverage_content"]

WHOLE = 0.99999999
"""A share from here on is rounding of areas, not uncovered ground: a square metre of a hundred square kilometres."""


def coverage_content(edition: Edition, recipe: Recipe, *, covered: float | None = None, **more: Any) -> Content:
    """Return what a map of the coverage shows.

    Parameters
    ----------
    edition : Edition
        Of the selected grids.
    recipe : Recipe
    covered : float, keyword-only, optional
        Share of the communities' ground that the grids cover, as the layer's certificate says; None: not known.
    **more
        Other fields of `Content`.
    """
    plain = content_of(edition, recipe, **more)
    units = tinted_units(edition)
    tints = units.tints
    tints[plain.key == EXCLUSIVE_CLASS] = PAPER
    facts = size_facts(edition)
    if covered is not None:
        facts = (("覆盖率", _percent(covered)), *facts)
    return Content(
        edition=edition,
        key=plain.key,
        rows=plain.rows,
        heading=plain.heading,
        neighbours=plain.neighbours,
        facts=facts,
        tints=tints if len(units.names) > 1 and recipe.labels else None,
        tinted="街道（乡镇）" if units.level == "street" else "社区（村）",
    )


def _percent(share: float) -> str:
    """Return a share that says 100% only where nothing is left out.

    Examples
    --------
    >>> _percent(1.0), _percent(0.99999), _percent(0.5)
    ('100%', '99.99%', '50.00%')
    """
    return "100%" if share >= WHOLE else f"{math.floor(share * 1e4) / 100:.2f}%"
