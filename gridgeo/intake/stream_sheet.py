"""Registers in workbooks, row by row.

In: an Excel or OpenDocument sheet. Out: a `Stream`. Cells hold text, numbers and dates in any mixture, so they are
read one by one; a sheet has a million rows at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from gridgeo.errors import ReadError
from gridgeo.intake.stream import SHAPES, Batch, Stream, require_columns, text_ids, whole
from gridgeo.intake.wkb import Places

__all__ = ["open_sheet"]


def open_sheet(path: Path, sheet: str, *, key: str, x: str, y: str, text: str | None = None) -> Stream:
    """Open a register in a workbook.

    Parameters
    ----------
    path : Path
    sheet : str
        Empty for the first one.
    key, x, y : str
        Columns with ids, empty for none, and coordinates, named in the first row that is not blank.
    text : str, optional
        Column with other text, such as addresses.

    Returns
    -------
    Stream

    Raises
    ------
    ReadError
        If the file is no workbook, or has no such sheet or no rows.
    SchemaError
        If a column is missing.
    """
    opened = _sheet(path, sheet)
    header = next(_rows(opened), None)
    if header is None:
        raise ReadError(f"{path} cannot be read as a table: sheet {opened.name} is empty")
    names = [str(cell).strip() for cell in header]
    require_columns(str(path), names, [name for name in (key, x, y, text) if name])
    at = {name: names.index(name) for name in (key, x, y, text) if name}

    def batches() -> Iterator[Batch]:
        rows = islice(_rows(_sheet(path, sheet)), 1, None)
        start = 0
        while held := list(islice(rows, SHAPES)):
            cells = {name: [row[place] for row in held] for name, place in at.items()}
            named = cells[key] if key else [""] * len(held)
            ids = [_text(cell, str(path), key, start + row) for row, cell in enumerate(named)]
            more = pa.array(list(map(str, cells[text])), pa.string()) if text else None
            yield Batch(start, pa.array(ids, pa.string()), Places(_numbers(cells[x]), _numbers(cells[y]), None), more)
            start += len(held)

    return Stream(crs=None, rows=max(opened.total_height - 1, 0), has_shapes=False, batches=batches)


def _sheet(path: Path, name: str) -> CalamineSheet:
    """Open one sheet."""
    try:
        book = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError) as error:
        raise ReadError(f"{path} cannot be read as a table: {error}") from None
    there = book.sheet_names
    if name and name not in there:
        raise ReadError(f"{path} has no sheet {name}; it has {', '.join(there)}")
    if not there:
        raise ReadError(f"{path} cannot be read as a table: it has no sheet")
    return book.get_sheet_by_name(name or there[0])


def _rows(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """Yield the header, which is the first row that is not blank, and all rows below."""
    rows = sheet.iter_rows()
    return dropwhile(lambda row: not any(str(cell).strip() for cell in row), rows)


def _text(cell: Any, file: str, name: str, row: int) -> str:
    """Return the id in a cell; a spreadsheet knows no integers, only numbers."""
    if isinstance(cell, str):
        return _undamaged(cell.strip(), file, name, row)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return whole(float(cell), file=file, name=name, row=row)
    return str(cell)


def _undamaged(text: str, file: str, name: str, row: int) -> str:
    """Refuse a code that was turned into a number before it became text."""
    if "E+" in text.upper():
        text_ids(pa.array([text]), file=file, name=name, start=row)
    return text


def _numbers(cells: list[Any]) -> NDArray[np.float64]:
    """Return cells as numbers, NaN where there is none."""
    read = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce")
    return np.asarray(read.to_numpy(float, na_value=np.nan), float)
