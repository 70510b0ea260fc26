"""The equal table of a map as a file: Excel or CSV.

In: what a map shows. Out: the bytes of the file, the same for the same input. Before: the theme built the table;
after: ``jobs.export`` and ``jobs.draw`` write it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.render.about import about
from gridgeo.render.content import Content
from gridgeo.render.recipe import Recipe
from gridgeo.render.table import equal_table, sums_by_class, sums_by_unit

__all__ = ["TABLES", "table_file"]

TABLES = ("xlsx", "csv")
LEADS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is run as a formula by Excel and its kin when they open a CSV file (OWASP, CSV injection)."""


def table_file(content: Content, recipe: Recipe, kind: str) -> bytes:
    """Return the table of a map as a file.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        Its title and footer go into a workbook.
    kind : str
        One of `TABLES`. ``xlsx``: the sheets 网格表, 图例与汇总, one per listing of the map, 说明; codes are text.
        ``csv``: UTF-8 with byte order mark, RFC 4180, the grids only.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If an Excel sheet cannot hold the table.

    Notes
    -----
    In a CSV file, codes are plain digits: programs read them as they are, but Excel shows long ones as 4.11E+14 and
    drops leading zeros, so people get the workbook. A text that would run as a formula has an apostrophe before it,
    as Excel itself marks text; numbers never have one.
    """
    if kind not in TABLES:
        raise ValueError(f"a table is one of {', '.join(TABLES)}, not {kind!r}")
    edition, key, rows = content.edition, content.key, content.rows
    table = equal_table(edition, key, rows)
    if kind == "csv":
        return _csv(table)
    from gridgeo.render.workbook import Block, workbook  # noqa: PLC0415 - openpyxl loads slowly, other formats need none

    blocks = [Block(content.heading, sums_by_class(table, key, rows), tuple(row.fill for row in rows))]
    blocks += [Block(heading, told, swatches, summed=False) for heading, told, swatches in _told(content)]
    blocks += [Block(f"按{level}汇总", units) for level, units in sums_by_unit(table, key, rows).items()]
    listings = [Block(listing.title, listing.table) for listing in content.listings]
    return workbook(table, blocks, about(edition, recipe), listings=listings)


def _told(content: Content) -> Iterator[tuple[str, pd.DataFrame, tuple[str, ...]]]:
    """Yield the marks that the legend counts, with their colours, and its facts."""
    marks = [mark for mark in content.marks if mark.name and mark.count is not None]
    if marks:
        table = pd.DataFrame({"标记": [mark.name for mark in marks], "数量": [mark.count for mark in marks]})
        if any(mark.on_map is not None for mark in marks):
            table["其中图上"] = [mark.count if mark.on_map is None else mark.on_map for mark in marks]
        yield "图上标记", table, tuple(mark.colour if mark.drawn else "" for mark in marks)
    if content.facts:
        yield "统计", pd.DataFrame(content.facts, columns=["项目", "数值"]), ()


def _csv(table: pd.DataFrame) -> bytes:
    """Write a table as CSV."""
    plain = table.apply(lambda column: column if pd.api.types.is_numeric_dtype(column) else _harmless(column))
    text = plain.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")


def _harmless(column: pd.Series) -> NDArray[np.object_]:
    """Return texts with an apostrophe before those that would run."""
    texts = ["" if pd.isna(value) else str(value) for value in column]
    return np.array([f"'{text}" if text.startswith(LEADS) else text for text in texts], dtype=object)
