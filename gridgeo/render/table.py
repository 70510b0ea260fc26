"""The equal table of a map: one row per grid with the words and numbers that the map shows, and its sums.

In: an edition and the classes of its grids. Out: tables with Chinese columns. Before: `legend` classed the grids;
after: `table_file` writes them, and pages show them beside the map.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.render.edition import Edition
from gridgeo.render.kinds import GRID_KINDS
from gridgeo.render.legend import LegendRow

__all__ = ["AREA", "CLASS", "COLUMNS", "additive", "equal_table", "sums_by_class", "sums_by_unit", "totals"]

COLUMNS = {
    "code": "网格编码",
    "short_name": "简称",
    "full_name": "全称",
    "kind": "类型",
    "community_code": "社区编码",
    "community_name": "社区",
    "street": "街道",
    "county": "区县",
    "households": "户数",
    "enterprises": "企业数",
    "population": "人口",
    "area_m2": "面积（平方米）",
}
"""Column of the grids, or of their communities → heading."""

CLASS = "分级"
GRIDS = "网格数"
AREA = COLUMNS["area_m2"]
AREA_DECIMALS = 2
"""0.01 m²; borders are kept to the millimetre, so the digits behind say nothing."""
UNITS = (COLUMNS["county"], COLUMNS["street"], COLUMNS["community_code"], COLUMNS["community_name"])
FIGURES = tuple(COLUMNS[name] for name in ("households", "enterprises", "population", "area_m2"))


def equal_table(edition: Edition, key: NDArray[np.int64], rows: Sequence[LegendRow]) -> pd.DataFrame:
    """Return the table that says what the map shows.

    Parameters
    ----------
    edition : Edition
        Grids sorted by code; columns that they do not have are left out.
    key : ndarray of int, (n,)
        Class of every grid.
    rows : sequence of LegendRow
        Their labels become the last column.

    Returns
    -------
    DataFrame, (n,)
        Columns of `COLUMNS` and `CLASS`, in order of code. Codes and words are text, figures are numbers as they
        stand in the store; areas are rounded to 0.01 m².
    """
    grids = edition.grids
    found = {COLUMNS[name]: grids[name].to_numpy() for name in COLUMNS if name in grids}
    for level in ("street", "county"):
        if level in edition.communities and level not in grids:
            parent = dict(zip(edition.communities["code"], edition.communities[level], strict=True))
            found[COLUMNS[level]] = grids["community_code"].map(parent).fillna("").to_numpy(dtype=object)
    labels = {row.key: " ".join(row.label.split()) for row in rows}
    table = pd.DataFrame(found)[[title for title in COLUMNS.values() if title in found]]
    kind = COLUMNS["kind"]
    table[kind] = [GRID_KINDS.get(value, value) for value in table[kind]]
    if AREA in table:
        table[AREA] = pd.to_numeric(table[AREA], errors="coerce").round(AREA_DECIMALS)
    table[CLASS] = pd.Series([labels.get(int(value), "") for value in key], dtype=object)
    return table


def additive(table: pd.DataFrame) -> list[str]:
    """Return the columns whose sum means something."""
    return [name for name in (GRIDS, *FIGURES) if name in table and pd.api.types.is_numeric_dtype(table[name])]


def totals(table: pd.DataFrame) -> dict[str, int | float]:
    """Return the sum of every additive column; areas to 0.01 m².

    Examples
    --------
    >>> totals(pd.DataFrame({"网格编码": ["1", "2"], "户数": [300, 412], "面积（平方米）": [0.1, 0.2]}))
    {'户数': 712, '面积（平方米）': 0.3}
    """
    return {name: _sum(table[name]) for name in additive(table)}


def _sum(column: pd.Series) -> int | float:
    """Return the sum of the numbers of a column."""
    total = column.sum()
    return int(total) if pd.api.types.is_integer_dtype(column) else round(float(total), AREA_DECIMALS)


def sums_by_class(table: pd.DataFrame, key: NDArray[np.int64], rows: Sequence[LegendRow]) -> pd.DataFrame:
    """Return the legend as a table: one row per class with its grids and figures.

    Parameters
    ----------
    table : DataFrame, (n,)
        See `equal_table`.
    key : ndarray of int, (n,)
    rows : sequence of LegendRow

    Returns
    -------
    DataFrame, (len(rows),)
        ``分级, 网格数`` and the additive columns. The counts are those that the legend prints.
    """
    found = []
    for row in rows:
        members = table[np.asarray(key) == row.key]
        found.append({CLASS: " ".join(row.label.split()), GRIDS: len(members), **totals(members)})
    return pd.DataFrame(found, columns=[CLASS, GRIDS, *additive(table)])


def sums_by_unit(table: pd.DataFrame, key: NDArray[np.int64], rows: Sequence[LegendRow]) -> dict[str, pd.DataFrame]:
    """Return one table per level: 区县, 街道 and 社区, each unit with its grids per class and its figures.

    Parameters
    ----------
    table : DataFrame, (n,)
        See `equal_table`; levels that it does not have are left out.
    key : ndarray of int, (n,)
    rows : sequence of LegendRow

    Returns
    -------
    dict of str to DataFrame
        Level → parents, the unit, ``网格数``, one column per class, the additive columns; in order of the names of
        parents and the codes of communities. Widest level first.
    """
    county, street, code, community = UNITS
    levels = {county: [county], street: [county, street], community: [county, street, code, community]}
    return {
        level: _sums(table, [name for name in names if name in table], key, rows)
        for level, names in levels.items()
        if level in table
    }


def _sums(table: pd.DataFrame, names: list[str], key: NDArray[np.int64], rows: Sequence[LegendRow]) -> pd.DataFrame:
    """Return grids per class and figures of every unit."""
    found = []
    for unit, at in table.groupby(names, sort=True, dropna=False).indices.items():
        members, classes = table.iloc[at], np.asarray(key)[at]
        counts = {" ".join(row.label.split()): int((classes == row.key).sum()) for row in rows}
        values = unit if isinstance(unit, tuple) else (unit,)
        found.append({**dict(zip(names, values, strict=True)), GRIDS: len(at), **counts, **totals(members)})
    return pd.DataFrame(found)
