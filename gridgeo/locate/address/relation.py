"""Words that place something beside what is named: 南门, 对面, 往东100米, A路与B路交叉口.

In: a folded text. Out: what relation its words express, or that two roads cross. Used by
`gridgeo.locate.address.answer`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Relation", "crossing_words", "relation", "section_words"]


class Relation(NamedTuple):
    """A place beside a place."""

    text: str
    begin: int
    within_m: float
    """How far from the place named it may be."""


_SIDE = "(?:东南|西南|东北|西北|[东南西北正左右前后侧])"
_METRES = re.compile(
    f"(?:往|向|朝)?(?P<side>{_SIDE})?(?:走|行|侧|边|面|约|大约)*(?P<metres>[0-9]{{1,4}})(?:多|来|余)?(?:米|M)"
)
_ACROSS = re.compile(f"(?:斜对面|正对面|对面|对过|对门|马路对面|路对面|{_SIDE}侧路{_SIDE}|路{_SIDE})")
_BESIDE = re.compile(
    f"(?:旁边|旁|隔壁|附近|周边|周围|后面|前面|背后|后边|前边|侧面|边上|边儿上|跟前|边儿|{_SIDE}{{1,2}}(?:边|侧|面)|{_SIDE}角|紧邻|挨着|靠近|临近)"
)
_GATE = re.compile(f"(?:{_SIDE}?(?:大门|门口|门)(?:口)?|楼下|楼上|院内|院里|里面|内|门前|大门口|出口|入口)")
_CROSSING = re.compile(
    "交叉路口|交叉口|十字路口|丁字路口|三岔路口|红绿灯路口|路口|街口|道口|交汇处|交汇|交会|相交|交界|十字(?!大?[街路道])|丁字口|岔口|交口|转盘|(?<=[路街道巷])口"
)

_ROAD_END = "(?:[路街道巷弄里]|胡同)"
_SECTION = re.compile(
    f"{_ROAD_END}.{{0,6}}(?:到|至|—|-).{{1,12}}(?:之间|中间|[那这]?一?段|路段|沿线|沿途)"
    f"|{_ROAD_END}.{{2,12}}{_ROAD_END}口?[与和跟及、].{{1,12}}(?:之间|中间)"
)

WITHIN_M = ((_ACROSS, 50.0), (_BESIDE, 30.0), (_GATE, 0.0))
"""How far the words lead. Chosen: across is a road's width and what lies between a gate and the kerb."""
SLACK_M = 30.0
"""Beyond a distance in metres that is said: people guess."""


def relation(text: str, begin: int) -> Relation | None:
    """Return the relation that stands in a text from a place on, the farthest-reaching one.

    Parameters
    ----------
    text : str
        Folded.
    begin : int
        Where what is named ends.

    Examples
    --------
    >>> relation("泰山小区南门对面", 4)
    Relation(text='南门对面', begin=4, within_m=50.0)
    >>> relation("泰山小区往东100米路北", 4).within_m, relation("泰山小区3号楼", 4)
    (130.0, None)
    """
    rest = text[begin:]
    found: list[tuple[int, int, float]] = []
    for said in _METRES.finditer(rest):
        found.append((said.start(), said.end(), float(said["metres"]) + SLACK_M))
    for pattern, within_m in WITHIN_M:
        found += [(said.start(), said.end(), within_m) for said in pattern.finditer(rest)]
    if not found:
        return None
    first, last = min(one[0] for one in found), max(one[1] for one in found)
    return Relation(rest[first:last], begin + first, max(one[2] for one in found))


def crossing_words(text: str) -> tuple[int, int] | None:
    """Return where a text says that two roads cross.

    Parameters
    ----------
    text : str
        Folded.

    Examples
    --------
    >>> crossing_words("青年大道与民权路路口"), crossing_words("青年大道12号")
    ((8, 10), None)
    """
    found = _CROSSING.search(text)
    return found.span() if found else None


def section_words(text: str) -> bool:
    """Tell whether a text names a stretch of a road, between two others.

    Examples
    --------
    >>> section_words("从三八路到菜市三路之间的菜市一路"), section_words("三八路与菜市路口")
    (True, False)
    >>> section_words("从竹篾里到驿站胡同之间的茶园街")
    True
    """
    return _SECTION.search(text) is not None
