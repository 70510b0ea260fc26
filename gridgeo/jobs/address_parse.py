"""Job: a table of addresses → the same taken apart into levels, one row each; nothing is looked up.

In: a CSV with a column of addresses, in any encoding. Out: a CSV with one column per level. The work is done by
`gridgeo.locate.address.parse`; ``gridgeo address parse`` calls it.
"""

from __future__ import annotations

import csv
from pathlib import Path

from gridgeo.errors import InputError, ReadError, SchemaError
from gridgeo.intake.text_columns import TextColumns, read_text_columns
from gridgeo.jobs.files import written_whole
from gridgeo.locate.address.parse import SLOTS, slots

__all__ = ["COLUMNS", "parse_addresses"]

_FIRST = ("road_no", "building", "unit", "floor", "room")
COLUMNS = ("id", *_FIRST, *(name for name in SLOTS if name not in _FIRST))
"""Columns of the result: the numbers first, since they are what is asked for, then the other levels, wide to narrow."""

ID = "id"
BYTE_MARK = "utf-8-sig"
"""Without the mark, Excel reads Chinese text as GBK."""


def parse_addresses(source: str | Path, target: str | Path, column: str = "query") -> int:
    """Take every address of a table apart.

    Parameters
    ----------
    source : str or Path
        ``….csv``, ``.tsv`` or ``.txt`` in UTF-8, UTF-16 or GB18030.
    target : str or Path
        ``….csv``; there whole or not at all.
    column : str
        Column with the addresses. A column ``id`` is passed on; without one, rows are counted from 1.

    Returns
    -------
    int
        Rows written, as many as were read.

    Raises
    ------
    ReadError
        If the source is missing, empty or no table, or a row has more or fewer fields than the header.
    SchemaError
        If it has no such column.
    InputError
        If the target cannot be written or is the source itself.
    """
    path, out = Path(source), Path(target)
    if not path.is_file():
        raise ReadError(f"{path}: there is no such file")
    if out.exists() and out.samefile(path):
        raise InputError(f"{out} would overwrite the addresses that it is made from; choose another name with -o")
    table, ids = _read(path, column)
    with written_whole(out) as part, part.open("w", encoding=BYTE_MARK, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for key, text in zip(ids, table.columns[column].to_pylist(), strict=True):
            found = slots(text)
            writer.writerow([key, *(found.get(name, "") for name in COLUMNS[1:])])
    return len(ids)


def _read(path: Path, column: str) -> tuple[TextColumns, list[str]]:
    """Return the table and the ids of its rows."""
    try:
        table = read_text_columns(path, list(dict.fromkeys([column, ID])), file=str(path))
    except SchemaError:  # there may be no ids; if the addresses are missing, it is said now
        table = read_text_columns(path, [column], file=str(path))
    if table.ragged:
        odd, count = table.ragged[0], len(table.ragged)
        many = f" ({count} such rows)" if count > 1 else ""
        raise ReadError(
            f"{path}: row {odd.record} has {odd.fields} fields, the header {odd.expected}{many}; "
            "put texts that hold the separator in quotes"
        )
    if ID in table.columns:
        return table, table.columns[ID].to_pylist()
    return table, [str(record) for record in table.records.tolist()]
