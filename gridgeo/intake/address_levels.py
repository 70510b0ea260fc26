"""Addresses that a table keeps in several columns, one per level: 区县, 街道, 道路, 门牌号, 楼栋, 单元, 房号.

In: the columns in the order in which they are to be joined. Out: one address per row. Used by
`gridgeo.intake.address_file`.

A bare number gets the word for what its column counts, since 3, 2 and 501 side by side would be one number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

import pyarrow as pa

__all__ = ["joined_levels", "level_columns"]

SEPARATORS = re.compile("[,，、]")
"""Between the names of columns where several are named."""
COUNTED = (
    (re.compile("单元"), "单元"),
    (re.compile("楼层|层数|^层"), "层"),
    (re.compile("楼栋|栋|幢|楼号|楼座|楼宇"), "栋"),
    (re.compile("房号|房间|室|户号"), "室"),
    (re.compile("门牌|门楼牌|路号|号码|院号|^号"), "号"),
    (re.compile("组|生产队"), "组"),
)
"""Words in a column's name, and the word for what it counts. General knowledge of such tables (GB/T 23705 levels)."""
NUMBER = re.compile("[A-Z]?[0-9]{1,6}[A-Z]?(?:-[A-Z]?[0-9]{1,5}[A-Z]?)?|[A-Z]")
WHOLE = re.compile(r"([0-9]+)\.0+")
"""A whole number as a program writes it that holds it as a fraction."""
NOTHING = re.compile(r"[-—－/\\.。*0]*|无|暂无|空|不详|未知|NULL|NONE|NAN|N/A|NA|<NA>", re.IGNORECASE)
"""What stands in a cell that says nothing; no house, building or room has the number 0."""


def level_columns(said: str) -> list[str]:
    """Return the names of the columns that somebody names.

    Examples
    --------
    >>> level_columns("地址"), level_columns("区县,街道，道路")
    (['地址'], ['区县', '街道', '道路'])
    """
    return [name for name in map(str.strip, SEPARATORS.split(said)) if name]


def joined_levels(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Join columns into addresses.

    Parameters
    ----------
    columns : mapping of str to pyarrow.Array of string, (n,)
        In the order of the address. One column alone is handed back as it is.

    Returns
    -------
    pyarrow.Array of large_string, (n,)
        What a row repeats from the column before (市 in 省, 小区 in 楼栋) stands once; empty cells and words for
        nothing are left out.
    """
    if len(columns) == 1:
        return next(iter(columns.values()))
    words = [next((word for name, word in COUNTED if name.search(column)), "") for column in columns]
    rows = zip(*(column.to_pylist() for column in columns.values()), strict=True)
    return pa.array((_joined(row, words) for row in rows), pa.large_string())


def _joined(values: Sequence[str], words: Sequence[str]) -> str:
    """Join the levels of one row."""
    out = last = ""
    for value, word in zip(values, words, strict=True):
        part = _part(value, word)
        if not part:
            continue
        if last and part.startswith(last):
            part = part[len(last) :]
        out, last = out + part, part or last
    return out


@cache
def _part(value: str, word: str) -> str:
    """Return what a cell says."""
    plain = unicodedata.normalize("NFKC", value).strip().upper()
    whole = WHOLE.fullmatch(plain)
    plain = whole[1] if whole else plain
    if NOTHING.fullmatch(plain):
        return ""
    return plain + word if word and NUMBER.fullmatch(plain) else value.strip()
