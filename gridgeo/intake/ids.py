"""Codes and ids as they come from agencies: cleaned of invisible twists, damaged ones refused.

In: a column of text. Out: clean ids, and for every change what to tell. Used by `gridgeo.intake.read` and
`gridgeo.intake.registers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridgeo.errors import SchemaError
from gridgeo.model import Finding

__all__ = ["CleanIds", "capped", "clean_ids", "repeated"]

DAMAGED = re.compile(r"-?\d(\.\d+)?[Ee]\+\d{2,}")
"""4.11102E+14: a long code that a spreadsheet turned into a number."""

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
"""Full-width forms of ASCII, the ideographic space and the no-break space."""

INDIVIDUAL = 200
"""Findings of one kind and layer told one by one, the rest in one summary. Chosen: what a planner still reads."""


@dataclass(frozen=True, slots=True)
class CleanIds:
    """The ids of one layer in the order of its rows."""

    ids: list[str]
    """Never empty; may repeat."""
    twisted: dict[int, str]
    """Row → id as written, where it had full-width characters, blanks or invisible characters."""
    missing: list[int]
    """Rows that had no id and were given a substitute."""


def clean_ids(values: Sequence[str], *, file: str, column: str) -> CleanIds:
    """Clean a column of ids.

    Parameters
    ----------
    values : sequence of str, (n,)
        As read; "" where empty.
    file, column : str
        For the message.

    Returns
    -------
    CleanIds
        A row without id is called ``row-12``, counted from 1.

    Raises
    ------
    SchemaError
        If a spreadsheet has turned codes into numbers such as 4.11102E+14: their digits are lost.

    Examples
    --------
    >>> clean_ids(["ＰＡ０１", " PA02 ", ""], file="a.shp", column="ID").ids
    ['PA01', 'PA02', 'row-3']
    """
    damaged = [row for row, value in enumerate(values) if DAMAGED.fullmatch(value.strip())]
    if damaged:
        first = damaged[0]
        raise SchemaError(
            f"{file}: {len(damaged)} values of column {column!r} are codes that a spreadsheet turned into numbers, "
            f"first record {first + 1}: {values[first]}; their digits are lost - "
            "format the column as text at its source and export again"
        )
    clean = [" ".join(value.translate(INVISIBLE).translate(WIDE).split()) for value in values]
    twisted = {row: old for row, (old, new) in enumerate(zip(values, clean, strict=True)) if new and new != old}
    missing = [row for row, new in enumerate(clean) if not new]
    taken = set(clean)
    for row in missing:
        name = f"row-{row + 1}"
        while name in taken:
            name += "x"
        clean[row] = name
        taken.add(name)
    return CleanIds(clean, twisted, missing)


def repeated(ids: Sequence[str]) -> dict[str, list[int]]:
    """Return the ids that stand more than once, with their rows.

    Examples
    --------
    >>> repeated(["a", "b", "a"])
    {'a': [0, 2]}
    """
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(ids):
        rows.setdefault(name, []).append(row)
    return {name: at for name, at in rows.items() if len(at) > 1}


def capped(findings: Iterable[Finding], summary: str) -> list[Finding]:
    """Keep the first `INDIVIDUAL` findings of a kind and sum up the rest.

    Parameters
    ----------
    findings : iterable of Finding
        Of one kind and one layer, the worst first.
    summary : str
        Chinese sentence with ``{more}`` for the number not told one by one and ``{all}`` for the whole number.

    Returns
    -------
    list of Finding
    """
    findings = list(findings)
    more = len(findings) - INDIVIDUAL
    if more <= 0:
        return findings
    first = findings[0]
    text = summary.format(more=more, all=len(findings))
    return [*findings[:INDIVIDUAL], Finding(first.severity, first.kind, first.agency, text)]
