"""What one map shows: classed grids, marks above them, neighbours around them, and the tables that equal it.

In: an `Edition` and a `Recipe`. Out: a `Content`, drawn the same on paper (`sheet`), on screen (`web`) and as tables.
Before: `themes` builds one for each kind of map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.render.edition import Edition, drawn
from gridgeo.render.legend import LegendRow, classes, legend_rows, legend_title
from gridgeo.render.recipe import Recipe

__all__ = ["Content", "Listing", "Mark", "content_of", "nothing", "thinned"]


def nothing() -> NDArray[np.object_]:
    """Return an empty array of geometry."""
    return np.empty(0, dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One kind of thing drawn above the grids, and its row in the legend."""

    name: str
    """What the legend calls it."""
    shapes: NDArray[np.object_]
    """Lines, polygons or points in the grids' CRS, all of one dimension."""
    colour: str
    width_pt: float = 1.0
    """Of lines and outlines; of points the diameter."""
    dashes: Any = "solid"
    """As matplotlib takes them."""
    casing: bool = False
    """A white line below, so that it stands out on every class."""
    hatch: str = ""
    """Of polygons: ``/`` and ``\\`` as matplotlib takes them, in the colour; empty: outline only."""
    count: int | None = None
    """What the legend counts; None: nothing."""
    on_map: int | None = None
    """How many of those the map shows; None: all."""
    marker: str = ""
    """Shape of points, as matplotlib takes it; empty: a disc. What differs in meaning differs not in colour alone."""

    @property
    def told(self) -> str:
        """What the legend calls it, with how many the map shows where that is not all."""
        return self.name if self.on_map in (None, self.count) else f"{self.name}（图上 {self.on_map}）"

    @property
    def drawn(self) -> bool:
        """Whether it has a look of its own; one without width is a sum of others."""
        return self.width_pt > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table that belongs to a map beside the one of its grids: findings, changes, where old grids went."""

    title: str
    table: pd.DataFrame
    """Columns with Chinese names, as they are printed; text and numbers only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one map shows."""

    edition: Edition
    """The selected grids, sorted by code, their communities, and what the margin says."""
    key: NDArray[np.int64]
    """(n,) class of every grid: the ``key`` of one of `rows`."""
    rows: tuple[LegendRow, ...]
    """The counts add up to the number of grids."""
    heading: str
    """Of the legend, with the unit."""
    marks: tuple[Mark, ...] = ()
    """Drawn in this order; one without shapes keeps its row in the legend."""
    neighbours: NDArray[np.object_] = field(default_factory=nothing)
    """Polygons around a selection: drawn grey, never labelled as grids."""
    listings: tuple[Listing, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Name and value of what the legend tells in words: 社区（村） 40. The most important first; the margin may have no
    room for the last."""
    tints: NDArray[np.str_] | None = None
    """(n,) light ground of every grid where `rows` hatch or colour nothing, so that units can be told apart; None: the
    rows' own fill."""
    tinted: str = ""
    """What `tints` tell apart."""
    labels: str = "grids"
    """What the map names: ``grids`` by number, ``units``: communities, each with its number of grids."""


def content_of(edition: Edition, recipe: Recipe, *, marks: Sequence[Mark] = (), **more: Any) -> Content:
    """Class the grids by the recipe's measure.

    Parameters
    ----------
    edition : Edition
    recipe : Recipe
        Already brought to the layer's rules, see `gridgeo.render.ruled`.
    marks : sequence of Mark, keyword-only
    **more
        Other fields of `Content`.

    Raises
    ------
    SchemaError
        If the recipe's measure is no column of the grids.
    """
    return Content(
        edition=edition,
        key=classes(edition.grids, recipe),
        rows=legend_rows(edition.grids, recipe),
        heading=legend_title(recipe),
        marks=tuple(marks),
        **more,
    )


def thinned(content: Content, tolerance_m: float) -> Content:
    """Return the content with grid borders thinned for drawing, see `gridgeo.render.edition.drawn`."""
    return replace(content, edition=drawn(content.edition, tolerance_m))
