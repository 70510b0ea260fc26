"""An Excel workbook of a map: its equal table, its legend with sums, and what the margin says.

In: the tables of `table` and the lines of `about`. Out: the bytes of an .xlsx file, the same for the same input. Text
is stored as text whatever it begins with: no name becomes a formula, no code a number.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import east_asian_width
from zipfile import ZIP_STORED, ZipFile

import openpyxl
import pandas as pd
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from gridgeo.errors import InputError
from gridgeo.render.about import ABOUT_NAMES
from gridgeo.render.archive import zipped
from gridgeo.render.palette import INK, MUTED, PAPER, RULE
from gridgeo.render.table import totals

__all__ = ["Block", "workbook"]

ROWS_MOST = 1_048_576
"""Rows of a sheet (Excel specifications and limits)."""
TEXT_MOST = 32_767
"""Characters of a cell (the same)."""
WIDEST, NARROWEST = 44, 7
"""Columns in characters; longer text wraps. Chosen."""
HEADER_ROW = 3
TOTAL = "合计"
DAY_ZERO = datetime(1980, 1, 1)
"""Stands for the moment of making, which would make every file another one."""
TEXT, NUMBER = "@", "#,##0"
"""Formats of cells. Text stays text even when somebody edits it; fractions are areas, whose whole metres are enough to
read."""
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}
"""Characters that no sheet can hold → those that picture them."""


@dataclass(frozen=True, slots=True)
class Block:
    """A table with its heading on the second sheet."""

    heading: str
    table: pd.DataFrame
    swatches: tuple[str, ...] = ()
    """Colours of the rows' first cells, ``#rrggbb``, an empty text for one without; none if empty."""
    summed: bool = True
    """A row with the sums stands below; not where rows count the same things twice."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Fonts and fills of the workbook; Excel's own face for Chinese text stands in for ours."""

    title = Font(name="微软雅黑", size=14, bold=True, color=INK[1:])
    heading = Font(name="微软雅黑", size=11, bold=True, color=INK[1:])
    plain = Font(name="微软雅黑", size=10, color=INK[1:])
    muted = Font(name="微软雅黑", size=9, color=MUTED[1:])
    bold = Font(name="微软雅黑", size=10, bold=True, color=INK[1:])
    header = PatternFill("solid", fgColor=RULE[1:])
    total = PatternFill("solid", fgColor=PAPER[1:])
    line = Border(bottom=Side("thin", color=RULE[1:]))
    above = Border(top=Side("medium", color=INK[1:]))


LOOK = _Look()


def workbook(
    table: pd.DataFrame, blocks: Sequence[Block], told: Mapping[str, str], *, listings: Sequence[Block] = ()
) -> bytes:
    """Write a workbook: the sheets 网格表, 图例与汇总, one per listing, and 说明.

    Parameters
    ----------
    table : DataFrame, (n,)
        One row per grid. Text columns stay text, numbers get thousands separators; additive ones get a sum below.
    blocks : sequence of Block
        Tables of the second sheet, one below the other.
    told : mapping
        See `gridgeo.render.about.about`.
    listings : sequence of Block, keyword-only
        Other tables of the map, each on a sheet of its own.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If a sheet cannot hold the table.

    Notes
    -----
    Sums are values, not formulas: they are those of the map. Control characters are shown by their pictures (␁).
    """
    for listed in (table, *(block.table for block in (*blocks, *listings))):
        _require_room(listed)
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = "gridgeo", told.get("title", "")
    book.properties.created = book.properties.modified = DAY_ZERO
    grids = book.active
    grids.title = "网格表"
    _grid_sheet(grids, table, told)
    _sum_sheet(book.create_sheet("图例与汇总"), blocks, told)
    for listing in listings:
        _list_sheet(book.create_sheet(_sheet_name(listing.heading, book.sheetnames)), listing, told)
    _about_sheet(book.create_sheet("说明"), told)
    return _bytes(book)


def _require_room(table: pd.DataFrame) -> None:
    """Raise if Excel would cut the table."""
    if len(table) + HEADER_ROW + 1 > ROWS_MOST:
        raise InputError(f"{len(table):,} rows are more than an Excel sheet holds; select fewer grids or write a .csv")
    for name in table:
        if not pd.api.types.is_numeric_dtype(table[name]):
            long = table[name].astype(str).str.len() > TEXT_MOST
            if long.any():
                first = table.iloc[int(long.to_numpy().argmax()), 0]
                raise InputError(
                    f"column {name!r} of {first!r} has more than the {TEXT_MOST:,} characters of an Excel cell; "
                    "shorten it or write a .csv"
                )


def _grid_sheet(sheet: Worksheet, table: pd.DataFrame, told: Mapping[str, str]) -> None:
    """Fill the first sheet: title, what it holds for, header, rows, sums."""
    _write(sheet, 1, 1, told.get("title", ""), LOOK.title)
    _write(sheet, 2, 1, _subtitle(told), LOOK.muted)
    last = _table(sheet, HEADER_ROW, table)
    sums = totals(table)
    for column, name in enumerate(table, start=1):
        cell = _write(sheet, last + 1, column, TOTAL if column == 1 else sums.get(name), LOOK.bold)
        cell.fill, cell.border = LOOK.total, LOOK.above
        if name in sums:
            cell.number_format = NUMBER
    width = get_column_letter(max(1, len(table.columns)))
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{width}{last}"
    sheet.freeze_panes = f"B{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    _fit(sheet, table)
    _page(sheet, told, landscape=True)


def _subtitle(told: Mapping[str, str]) -> str:
    """Return the line below the title."""
    parts = [f"{ABOUT_NAMES[key]}：{told[key]}" for key in ("version", "as_of", "review_number") if key in told]
    return "　　".join([*parts, *([told["use"]] if "use" in told else [])])


def _sum_sheet(sheet: Worksheet, blocks: Sequence[Block], told: Mapping[str, str]) -> None:
    """Fill the second sheet."""
    row = 1
    for block in blocks:
        _write(sheet, row, 1, block.heading, LOOK.heading)
        last = _table(sheet, row + 1, block.table)
        for at, colour in enumerate(block.swatches, start=row + 2):
            if colour:
                sheet.cell(at, 1).fill = PatternFill("solid", fgColor=colour[1:])
                sheet.cell(at, 1).font = Font(name="微软雅黑", size=10, color=_ink_on(colour))
        row = last + (1 if block.summed else 0)
        counts = _counted(block.table)
        for column, name in enumerate(block.table if block.summed else (), start=1):
            value = TOTAL if column == 1 else counts.get(name)
            cell = _write(sheet, row, column, value, LOOK.bold)
            cell.fill, cell.border, cell.number_format = LOOK.total, LOOK.above, TEXT if column == 1 else NUMBER
        row += 3
    _fit(sheet, *(block.table for block in blocks))
    _page(sheet, told, landscape=True)


def _list_sheet(sheet: Worksheet, listing: Block, told: Mapping[str, str]) -> None:
    """Fill the sheet of a listing: header and rows."""
    last = _table(sheet, 1, listing.table)
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(1, len(listing.table.columns)))}{last}"
    sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"
    _fit(sheet, listing.table)
    _page(sheet, told, landscape=True)


def _sheet_name(heading: str, taken: Sequence[str]) -> str:
    """Return a heading as the name of a sheet: 31 characters, none of those that Excel forbids, and no other's."""
    name = heading.translate({ord(sign): " " for sign in "[]:*?/\\'"}).strip()[:28] or "附表"
    number = sum(other.startswith(name) for other in taken)
    return f"{name} {number + 1}" if number else name


def _counted(table: pd.DataFrame) -> dict[str, int | float]:
    """Return the sums of a table of sums: every number in it is a count or a figure."""
    known = totals(table)
    rest = [name for name in table if pd.api.types.is_integer_dtype(table[name]) and name not in known]
    return {**known, **{name: int(table[name].sum()) for name in rest}}


def _ink_on(colour: str) -> str:
    """Return white or ink, whichever can be read on a colour (Rec. 601 luma)."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return INK[1:] if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else "ffffff"


def _about_sheet(sheet: Worksheet, told: Mapping[str, str]) -> None:
    """Fill the third sheet."""
    for row, (key, name) in enumerate(((key, name) for key, name in ABOUT_NAMES.items() if key in told), start=1):
        _write(sheet, row, 1, name, LOOK.bold)
        cell = _write(sheet, row, 2, told[key], LOOK.plain)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 14, 80
    _page(sheet, told, landscape=False)


def _table(sheet: Worksheet, row: int, table: pd.DataFrame) -> int:
    """Write header and rows from a row on; return the last row."""
    for column, name in enumerate(table, start=1):
        cell = _write(sheet, row, column, str(name), LOOK.bold)
        cell.fill = LOOK.header
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for column, name in enumerate(table, start=1):
        _fill_column(sheet, row + 1, column, table[name])
    return row + len(table)


def _fill_column(sheet: Worksheet, row: int, column: int, values: pd.Series) -> None:
    """Write the values of a column from a row on."""
    number = pd.api.types.is_numeric_dtype(values)
    looks: dict[bool, Any] = {}
    for at, value in enumerate(values.tolist(), start=row):
        cell = sheet.cell(at, column)
        _put(cell, value)
        wraps = isinstance(value, str) and ("\n" in value or _width(value) > WIDEST)
        if wraps not in looks:
            cell.font, cell.border, cell.number_format = LOOK.plain, LOOK.line, NUMBER if number else TEXT
            if wraps:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            looks[wraps] = cell
        cell._style = copy(looks[wraps]._style)  # looking fonts and borders up for each cell takes most of the time


def _write(sheet: Worksheet, row: int, column: int, value: Any, font: Font) -> Any:
    """Fill one cell; text is never taken for a formula, a number or a date."""
    cell = sheet.cell(row, column)
    _put(cell, value)
    cell.font, cell.number_format = font, TEXT if isinstance(value, str) else NUMBER
    return cell


def _put(cell: Any, value: Any) -> None:
    """Fill a cell; what is missing leaves it empty, and text stays text."""
    if isinstance(value, str):
        cell.value = value.translate(_PICTURES)
        cell.data_type = "s"
    elif value is not None and value is not pd.NA and not (isinstance(value, float) and math.isnan(value)):
        cell.value = value


def _fit(sheet: Worksheet, *tables: pd.DataFrame) -> None:
    """Give columns the width of their longest line, within bounds."""
    widths: dict[int, int] = {}
    for table in tables:
        for column, name in enumerate(table, start=1):
            if pd.api.types.is_numeric_dtype(table[name]):
                texts = {f"{table[name].sum():,.0f}"}
            else:
                texts = set(table[name].astype(str))
            # A header wraps, and shows the arrow of the filter beside it.
            head = max(_width(part) for part in str(name).replace("（", " （").split()) + 3
            widths[column] = max(widths.get(column, NARROWEST), head, *(_width(text) + 2 for text in texts), 0)
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = min(width, WIDEST)


def _width(text: str) -> int:
    """Return the width of the longest line; a Chinese character takes two places."""
    return max(
        (sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line) for line in text.split("\n")), default=0
    )


def _page(sheet: Worksheet, told: Mapping[str, str], *, landscape: bool) -> None:
    """Set up the sheet for A4: one page wide, with version and page number below."""
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    # "&" begins a command in a footer.
    sheet.oddFooter.left.text = told.get("use", "").replace("&", "&&")
    sheet.oddFooter.center.text = told.get("version", "").replace("&", "&&")
    sheet.oddFooter.right.text = "第 &P 页，共 &N 页"


def _bytes(book: openpyxl.Workbook) -> bytes:
    """Return the file; openpyxl's own archive names the moment of writing in every entry."""
    draft = io.BytesIO()
    ExcelWriter(book, ZipFile(draft, "w", ZIP_STORED)).save()
    with ZipFile(draft) as parts:
        return zipped({name: parts.read(name) for name in parts.namelist()})
