"""Where the header of a table stands: not always in its first row, and not always without blanks in its names.

In: the first rows of a table, and the columns that are wanted. Out: the row that has them all. Used by
`gridgeo.intake.text_columns` and `gridgeo.intake.tabular`.

Tables of agencies often begin with a title and who made them, and only then name their columns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

__all__ = ["HEADLESS", "LOOKED_AT", "above_note", "header_row", "looks_like_data", "tidy_name"]

LOOKED_AT = 20
"""Rows in which the header is looked for. Chosen: more than titles and remarks take."""
HEADLESS = "its first row looks like data; put a row with the names of the columns on top"
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.][0-9]*)?(?:E[+-]?[0-9]+)?", re.IGNORECASE)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


def tidy_name(name: str) -> str:
    """Return the name of a column without blanks around it and signs that nobody sees.

    Examples
    --------
    >>> tidy_name(" 标准地址\u3000"), tidy_name("经度（度）")
    ('标准地址', '经度（度）')
    """
    return _UNSEEN.sub("", name).strip()


def header_row(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int:
    """Return the first row that names all wanted columns; 0 if none of the first `LOOKED_AT` does.

    Parameters
    ----------
    rows : sequence of sequence of str
    wanted : collection of str
        Without any the first row is the header.
    """
    names = {tidy_name(name) for name in wanted}
    if not names:
        return 0
    return next((at for at, row in enumerate(rows[:LOOKED_AT]) if names <= set(map(tidy_name, row))), 0)


def above_note(file: str, rows: int) -> str:
    """Return the sentence on rows above the header."""
    return f"{file} 的表头之上有 {rows} 行标题或说明，已略过。"


def looks_like_data(row: Sequence[str]) -> bool:
    """Return whether a row has a number in it, as no header has: the header itself is missing."""
    return any(_NUMBER.fullmatch(cell.strip()) for cell in row)
