"""Addresses written from narrow to wide: 303室, 3幢, 祥盛嘉园, 先锋路497号, 望湖区.

In: a `Clean` text. Out: the same with its pieces turned round, if they stand so. Used by `gridgeo.locate.address.book`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from gridgeo.locate.address.normalise import Clean

__all__ = ["wide_first"]

_NARROW = re.compile(
    "第?[A-Z0-9甲乙丙丁东西南北-]{1,8}(?:号大?院|号楼|号|室|房|户|单元|幢|栋|座|楼|层|组|队|门|#)?"
    "(?:[附之-][0-9]+号?|[0-9]+号?(?:商铺|摊位?|铺位?))?$"
)
_HOUSE = re.compile("[0-9甲乙丙丁-]{1,8}号(?:大?院)?")
_BUILDING = re.compile("[A-Z0-9-]{1,4}(?:号楼|栋|幢|座|楼|#楼?)")
_WIDE = re.compile("(?:省|市|区|县|镇|乡|街道|社区|村|居委会|路|街|大道|巷)$")
_RANKS = (
    re.compile("(?:省|自治区)$"),
    re.compile("市$"),
    re.compile("(?<![小社])[区县旗]$"),
    re.compile("(?:镇|乡|街道|办事处)$"),
    re.compile("(?:社区|村|居委会|村委会)$"),
    re.compile("(?:路|街|大道|巷)$"),
)
"""Words for areas and roads, from wide to narrow."""


def wide_first(clean: Clean) -> Clean:
    """Return a text whose pieces go from wide to narrow.

    Parameters
    ----------
    clean : Clean
        Turned round only if it begins with a number and ends with an area or road, with breaks between, if its areas
        go from narrow to wide, if a house number stands before its road and nothing but areas behind it, or if a room
        stands before its building and names behind it.

    Examples
    --------
    >>> wide_first(Clean("303室3幢祥盛嘉园先锋路望湖区", breaks=(4, 6, 10, 13))).text
    '望湖区先锋路祥盛嘉园3幢303室'
    >>> wide_first(Clean("先锋路3幢303室", breaks=(3, 5))).text
    '先锋路3幢303室'
    """
    if not clean.breaks:
        return clean
    ends = (*clean.breaks, len(clean.text))
    pieces = [clean.text[begin:end].strip() for begin, end in zip((0, *clean.breaks), ends, strict=True)]
    several = len(pieces) > 2
    narrow_first = several and bool((_NARROW.match(pieces[0]) and _WIDE.search(pieces[-1])) or _widening(pieces))
    if not narrow_first and not _room_before_building(pieces) and not _number_before_road(pieces):
        return clean
    turned, cuts = pieces[-1], []
    for piece in pieces[-2::-1]:
        if piece[:1].isascii() and turned[-1:].isascii():
            turned += " "  # two numbers stay two
        cuts.append(len(turned))
        turned += piece
    return replace(clean, text=turned, breaks=tuple(cuts))


def _number_before_road(pieces: list[str]) -> bool:
    """Tell whether a house number stands alone before its road, and areas alone behind it: 泰山小区, 8号, 秦岭路."""
    road = _RANKS[-1]
    at = next((k for k, piece in enumerate(pieces) if road.search(piece)), 0)
    if at < 1 or not _HOUSE.fullmatch(pieces[at - 1]):
        return False
    return all(any(rank.search(piece) for rank in _RANKS[:-1]) for piece in pieces[at + 1 :])


def _room_before_building(pieces: list[str]) -> bool:
    """Tell whether a text begins with room or unit, then its building, then names alone: 502, 2单元, 3号楼, 和平里."""
    at = next((k for k, piece in enumerate(pieces) if _BUILDING.fullmatch(piece)), 0)
    narrow = at > 0 and all(_NARROW.fullmatch(piece) for piece in pieces[:at])
    return narrow and at < len(pieces) - 1 and not any(_NARROW.match(piece) for piece in pieces[at + 1 :])


def _widening(pieces: list[str]) -> bool:
    """Tell whether pieces, the last one among them, are areas or roads that go from narrow to wide.

    Two are enough, but not where a number follows its road: 泰山路, 12号, 源汇区.
    """
    ranks = [next((rank for rank, word in enumerate(_RANKS) if word.search(piece)), -1) for piece in pieces]
    named = [rank for rank in ranks if rank >= 0]
    road = len(_RANKS) - 1
    if any(rank == road and _NARROW.match(after) for rank, after in zip(ranks, pieces[1:], strict=False)):
        return False
    return 0 <= ranks[-1] < road and len(named) > 1 and named[0] > named[-1] and all(a >= b for a, b in pairwise(named))
