"""CSV and spreadsheets as tables of text.

In: a `gridgeo.intake.formats.Dataset`. Out: a DataFrame in which every value is text, and findings about its encoding.
Used by `gridgeo.intake.features`. Numbers are never guessed: "0301" stays "0301".
"""

from __future__ import annotations

import codecs
import io
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import python_calamine

from gridgeo.city import Source
from gridgeo.city_schema import nearest
from gridgeo.errors import ReadError
from gridgeo.intake.encoding import encoding_findings, settle_encoding
from gridgeo.intake.formats import Dataset
from gridgeo.intake.header import above_note, header_row, tidy_name
from gridgeo.model import Finding

__all__ = ["read_table"]

SPREADSHEET_DIGITS = 1e15
"""Spreadsheets keep 15 digits; a longer code stored as a number has lost its end."""

HEAD = 4096
ARCHIVES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .xls begin."""
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_table(
    dataset: Dataset, source: Source, *, agency: str, wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read CSV (comma, semicolon, tab or bar) or the one named or only sheet of a spreadsheet.

    Parameters
    ----------
    dataset : Dataset
    source : Source
        ``layer`` names the sheet, ``encoding`` the encoding of a CSV.
    agency : str
        Whose findings these are.
    wanted : collection of str, keyword-only
        Columns by which the header is known where a title stands above it.

    Returns
    -------
    rows : DataFrame
        Text columns, "" where empty.
    findings : list of Finding

    Raises
    ------
    ReadError
        If the file cannot be read, columns repeat, or a sheet is missing or not named.
    """
    if dataset.suffix in (".csv", ".tsv", ".txt"):
        cells, findings = _csv(dataset, source, agency)
    else:
        cells, findings = _sheet(dataset, source), []
    at = header_row(cells, wanted)
    if at:
        findings.append(Finding("warning", "header_row", agency, above_note(source.file, at)))
    rows = pd.DataFrame(cells[at + 1 :], columns=[tidy_name(name) for name in cells[at]], dtype=object)
    repeated = [name for name, count in Counter(rows.columns).items() if count > 1 and name]
    if repeated:
        raise ReadError(f"{dataset.file}: column {repeated[0]!r} stands twice in the header; rename one of them")
    return rows.apply(_without_float_endings), findings


def _csv(dataset: Dataset, source: Source, agency: str) -> tuple[list[list[str]], list[Finding]]:
    """Read CSV with its encoding settled from its bytes."""
    raw = dataset.path.read_bytes()
    text, findings = _decode(raw, source, agency)
    try:
        rows = pd.read_csv(
            io.StringIO(text), sep=_separator(text), header=None, dtype=str, keep_default_na=False, na_filter=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(error).rpartition("error: ")[2].strip()
        remedy = "put quotes around values that contain the separator"
        raise ReadError(f"{dataset.file}: no valid CSV ({reason}); {remedy}") from None
    return rows.to_numpy(dtype=object).tolist(), findings


def _decode(raw: bytes, source: Source, agency: str) -> tuple[str, list[Finding]]:
    """Return the text of a file, each line decoded by its own evidence where encodings are mixed."""
    for mark, codec in MARKS:
        if raw.startswith(mark):
            return raw.decode(codec, errors="replace"), []
    if source.encoding == "auto":
        with suppress(UnicodeDecodeError):
            return raw.decode("utf-8"), []
    lines = raw.splitlines(keepends=True)
    verdict = settle_encoding(lines, stated=source.encoding)
    told = encoding_findings(verdict, agency=agency, file=source.file)
    return "".join(verdict.decode(line) for line in lines), [f for f in told if f.kind != "encoding" or verdict.stated]


def _separator(text: str) -> str:
    """Return the separator that stands most often in the header line; a comma if none does."""
    header = text.split("\n", 1)[0]
    return max(",;\t|", key=lambda mark: (header.count(mark), mark == ","))


def _sheet(dataset: Dataset, source: Source) -> list[list[str]]:
    """Read one sheet without its empty rows."""
    try:
        with python_calamine.load_workbook(str(dataset.path)) as book:
            rows = book.get_sheet_by_name(_sheet_name(book, source)).to_python()
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise ReadError(_no_spreadsheet(dataset, str(error))) from None
    cells = [[_cell(value) for value in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        raise ReadError(f"{dataset.file}: the sheet is empty; export it again")
    return cells


def _no_spreadsheet(dataset: Dataset, reason: str) -> str:
    """Tell why a spreadsheet cannot be read: some programs give text or a web page its ending."""
    try:
        head = dataset.path.read_bytes()[:HEAD].lstrip(codecs.BOM_UTF8 + b" \r\n\t")
    except OSError:
        head = b"\0"
    if head.startswith(b"<"):
        return (
            f"{dataset.file} is a web page or XML, no spreadsheet; open it in a spreadsheet program, save it as .xlsx"
        )
    if head and b"\0" not in head and not head.startswith(ARCHIVES):
        return f"{dataset.file} is text, no spreadsheet; give it the ending .csv"
    return f"{dataset.file}: the spreadsheet cannot be read ({reason}); save it again as .xlsx"


def _sheet_name(book: Any, source: Source) -> str:
    """Return the sheet to read: the named one, or the only one that holds anything."""
    names = [str(name) for name in book.sheet_names]
    if source.layer is not None:
        if source.layer in names:
            return source.layer
        hint = nearest(source.layer, names) or ";"
        raise ReadError(f"{source.file}: no sheet {source.layer!r}{hint} the file has: {', '.join(names)}")
    filled = [name for name in names if book.get_sheet_by_name(name).start is not None] or names[:1]
    if len(filled) > 1:
        raise ReadError(
            f'{source.file}: {len(filled)} sheets ({", ".join(filled)}); name one with layer = "{filled[0]}", '
            f"on the command line {source.file}::{filled[0]}"
        )
    return filled[0]


def _cell(value: Any) -> str:
    """Return one spreadsheet cell as text."""
    if isinstance(value, float):
        if abs(value) >= SPREADSHEET_DIGITS:
            return np.format_float_scientific(value, exp_digits=2, trim="-").upper()
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value).strip() if isinstance(value, str) else str(value)


def _without_float_endings(column: pd.Series) -> pd.Series:
    """Take ".0" off where a program wrote a whole column of whole numbers as floats."""
    filled = column[column != ""]
    if len(filled) and filled.str.fullmatch(r"-?\d+\.0+").all():
        return column.str.replace(r"\.0+$", "", regex=True)
    return column
