"""Classes of a map and the rows of its legend, the same on screen and on paper.

In: grids and a recipe. Out: the class of every grid, and one `LegendRow` per class with its count. The breaks come
from the rules or stand in the recipe and never from the data, so that maps of two versions compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.errors import SchemaError
from gridgeo.render.palette import DIVERGING, EXCLUSIVE, NO_DATA, PAPER, SEQUENTIAL
from gridgeo.render.recipe import MEASURES, Recipe

__all__ = [
    "CHANGE_CLASSES",
    "EXCLUSIVE_CLASS",
    "NO_DATA_CLASS",
    "LegendRow",
    "class_breaks",
    "classes",
    "legend_rows",
    "legend_title",
]

EXCLUSIVE_CLASS = -1
NO_DATA_CLASS = -2
_RULE_WORDS = ("低于下限", "偏少", "适中", "偏多", "高于上限")
CHANGE_CLASSES = (
    ("未变", "#ffffff"), ("仅数据、名称或锁定有变", SEQUENTIAL[1]), ("边界调整", DIVERGING[3]), ("新设", SEQUENTIAL[3]),
)  # fmt: skip
"""Words and colours of the values of ``change``: see `gridgeo.jobs.diff_map`."""
_SPREAD = {1: (2,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
"""Number of classes → which of the five colours they take."""


@dataclass(frozen=True, slots=True)
class LegendRow:
    """One class of the map."""

    key: int
    """0 … 4, `EXCLUSIVE_CLASS` or `NO_DATA_CLASS`."""
    label: str
    fill: str
    hatch: str
    """Colour of the 45 degree hatch, or empty."""
    count: int
    """Grids in the class."""


def class_breaks(recipe: Recipe) -> tuple[int, ...]:
    """Return the lower bounds of all classes but the first.

    Examples
    --------
    >>> class_breaks(Recipe(title="覆盖图", limits=(300, 500)))
    (300, 350, 451, 501)
    """
    if recipe.measure in ("none", "kind"):
        return ()
    if recipe.breaks is not None:
        return recipe.breaks
    low, high = recipe.limits
    quarter = (high - low) // 4
    # A span too short for three classes inside the rules collapses to fewer; nothing lies below a limit of 0.
    return tuple(sorted({low, low + quarter, high - quarter + 1, high + 1} - {0}))


def classes(grids: gpd.GeoDataFrame, recipe: Recipe) -> NDArray[np.int64]:
    """Return the class of every grid.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        ``kind`` and the recipe's measure.
    recipe : Recipe

    Returns
    -------
    ndarray of int, (n,)
        0 … 4 from few to many; exclusive grids have a class of their own, because the rules do not bind them.

    Raises
    ------
    SchemaError
        If the measure's column is missing.
    """
    if recipe.measure == "change" and "change" in grids:
        return grids["change"].to_numpy(dtype=np.int64)
    if recipe.measure == "none":
        found = np.zeros(len(grids), dtype=np.int64)
    elif recipe.measure == "kind":
        found = (grids["kind"] == "micro").to_numpy(dtype=np.int64)
    elif recipe.measure not in grids:
        raise SchemaError(f"the grids have no column {recipe.measure!r}; choose another measure in the map recipe")
    else:
        values = pd.to_numeric(grids[recipe.measure], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        found = np.searchsorted(np.array(class_breaks(recipe), dtype=float), values, side="right").astype(np.int64)
        found[np.isnan(values)] = NO_DATA_CLASS
    found[grids["kind"].to_numpy(dtype=object) == "exclusive"] = EXCLUSIVE_CLASS
    return found


def legend_title(recipe: Recipe) -> str:
    """Return the heading of the legend, with the unit."""
    name, unit = MEASURES[recipe.measure]
    if recipe.measure == "change":
        return "网格变更"
    if recipe.measure == "kind":
        return "网格类型"
    if not name:
        return f"网格（{recipe.note}）" if recipe.note else "网格"
    return f"每格{name}，{recipe.note}" if recipe.note else f"每格{name}（{unit}）"


def legend_rows(grids: gpd.GeoDataFrame, recipe: Recipe) -> tuple[LegendRow, ...]:
    """Return the legend from few to many, then exclusive grids and missing values where there are any.

    Parameters
    ----------
    grids : GeoDataFrame
    recipe : Recipe

    Returns
    -------
    tuple of LegendRow
        The counts add up to the number of grids. A class without grids stays, so that maps compare.
    """
    count = pd.Series(classes(grids, recipe)).value_counts().to_dict()
    if recipe.measure == "change":
        return tuple(
            LegendRow(key, label, colour, "", int(count.get(key, 0)))
            for key, (label, colour) in enumerate(CHANGE_CLASSES)
        )
    if recipe.measure == "kind":
        return _kind_rows(count)
    labels = _class_labels(recipe)
    ramp = DIVERGING if recipe.palette == "diverging" else SEQUENTIAL
    colours = [ramp[step] for step in _SPREAD[len(labels)]]
    rows = [
        LegendRow(key, label, colour, "", int(count.get(key, 0)))
        for key, (label, colour) in enumerate(zip(labels, colours, strict=True))
    ]
    if count.get(EXCLUSIVE_CLASS):
        rows.append(_exclusive_row(count))
    if count.get(NO_DATA_CLASS):
        rows.append(LegendRow(NO_DATA_CLASS, "无数据", "#ffffff", NO_DATA, int(count[NO_DATA_CLASS])))
    return tuple(rows)


def _exclusive_row(count: dict[int, int]) -> LegendRow:
    """Return the row of exclusive grids."""
    return LegendRow(EXCLUSIVE_CLASS, "专属网格", PAPER, EXCLUSIVE, int(count.get(EXCLUSIVE_CLASS, 0)))


def _kind_rows(count: dict[int, int]) -> tuple[LegendRow, ...]:
    """Return one row per kind of grid; micro grids only where there are any."""
    rows = [LegendRow(0, "综合网格", SEQUENTIAL[1], "", int(count.get(0, 0))), _exclusive_row(count)]
    if count.get(1):
        rows.append(LegendRow(1, "微网格", SEQUENTIAL[0], "", int(count[1])))
    return tuple(rows)


def _class_labels(recipe: Recipe) -> list[str]:
    """Return the words of the classes: the range, and under the rules also its meaning."""
    breaks = class_breaks(recipe)
    if not breaks:
        return ["综合网格"]
    middle = [f"{low}–{high - 1}" if high - 1 > low else f"{low}" for low, high in pairwise(breaks)]
    ranges = [f"少于{breaks[0]}", *middle, f"{breaks[-1]}及以上"]
    words = _RULE_WORDS if recipe.limits[0] else _RULE_WORDS[1:]
    if recipe.breaks is None and len(ranges) == len(words):
        return [f"{text}　{word}" for text, word in zip(ranges, words, strict=True)]
    return ranges
