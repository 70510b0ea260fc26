"""Job: who looked up which address, and when, in the log: the text without what is personal about it.

In: a question in words and the status of its answer. Out: one line of the log, ``address look-up``, written after
the answer has been sent. Coordinates and codes name nobody and are not noted; nor is what is suggested while somebody
types.
"""

from __future__ import annotations

import re

import structlog

from gridgeo.locate.address.book import LONGEST_TEXT
from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.parse import SLOTS, Parsed, parse

__all__ = ["is_text", "masked_query", "note_lookup", "note_lookups"]

HOME = ("unit", "floor", "room", "house_no")
"""Levels whose digits tell one home from another."""
_PLACE = re.compile(
    "(?:小区|[家花]园|新村|公寓|大厦|广场|中心|市场|商场|超市|公司|集团|学校|[小中大]学|学院|幼儿园|医院|宾馆|酒店|银行|公园|车站|电站"
    "|工地|仓库|[楼院苑园城府湾庭轩阁居厂店馆局所站场部社村寨庄区期])$"
)
"""How names of estates, shops and authorities end; what ends otherwise is shown by its first character."""
FIRST_OF_CHINESE = "⺀"
_DIGITS = re.compile("[0-9A-Z]")


def is_text(query: str) -> bool:
    """Tell whether a question is in words, and may be about somebody's home."""
    return any(one >= FIRST_OF_CHINESE for one in query)


def note_lookup(query: str, status: str, *, by: str = "") -> None:
    """Write one look-up into the log.

    Parameters
    ----------
    query : str
    status : str
        Of the answer.
    by : str, keyword-only
        Whose account asked; "" for nobody's.
    """
    structlog.get_logger().info("address look-up", by=by, status=status, text=masked_query(query))


def note_lookups(count: int, *, by: str = "") -> None:
    """Write into the log that a table of questions was answered."""
    structlog.get_logger().info("address look-ups", by=by, count=count)


def masked_query(query: str) -> str:
    """Return a text up to the end of its address, without telephone numbers and ids, the digits of a home as stars.

    Examples
    --------
    >>> masked_query("人民路12号3号楼2单元501 张三 13812345678"), masked_query("张小明")
    ('人民路12号3号楼*单元***', '张**')
    >>> masked_query("人民路12号张小明家"), masked_query("人民路12号泰山小区")
    ('人民路12号张***', '人民路12号泰山小区')
    """
    clean = normalise(query[:LONGEST_TEXT]).text
    said = parse(clean)
    slots = [slot for name in SLOTS if (slot := getattr(said, name)) is not None]
    if slots in ([], [said.estate]):  # one word: it may be anybody's name
        return clean[:1] + "*" * (len(clean) - 1)
    letters = list(clean)
    for at in _home(said):
        letters[at] = "*" if _DIGITS.match(letters[at]) else letters[at]
    if said.estate is not None and not _PLACE.search(said.estate.value):  # it may be whose home it is
        hidden = slice(said.estate.start + 1, said.estate.end)
        letters[hidden] = "*" * (said.estate.end - said.estate.start - 1)
    end = max(slot.end for slot in slots)
    return "".join(letters[:end]) + ("…" if end < len(clean) else "")


def _home(said: Parsed) -> list[int]:
    """Return the places of the characters that tell a home."""
    slots = [slot for name in HOME if (slot := getattr(said, name)) is not None]
    return [at for slot in slots for at in range(slot.start, slot.end)]
