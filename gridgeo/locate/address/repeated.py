"""An address that is written twice, or of which a part is said again: 人民路12号 人民路12号, 源汇区, 源汇区人民路12号.

In: a `Clean` text. Out: the same with what is said again left out. Used by `gridgeo.locate.address.book`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from gridgeo.locate.address.normalise import Clean
from gridgeo.locate.address.relation import crossing_words

__all__ = ["said_once"]

BEGIN = 3
"""Characters with which an address begins again."""
ALIKE = 0.5
"""Share of pairs of characters from which a part says the same as another one. Chosen."""
_NUMBER = re.compile("[0-9A-Z]+")
LEAST = 4
"""So many characters at least are an address that is said again. Chosen: 友爱5号 has four."""


def said_once(clean: Clean) -> Clean:
    """Return a text without what it says again.

    Examples
    --------
    >>> said_once(Clean("人民路12号人民路12号")).text, said_once(Clean("源汇区源汇区人民路12号", breaks=(3,))).text
    ('人民路12号', '源汇区人民路12号')
    >>> said_once(Clean("源汇区老街社区人民路12号源汇区人民路12号", breaks=(13,))).text
    '源汇区老街社区人民路12号'
    """
    text, half = clean.text, len(clean.text) // 2
    if half >= LEAST and text[:half] == text[-half:] and text[half:-half] in ("", " "):
        return _cut(clean, 0, half)
    if crossing_words(text) is not None:
        return clean  # 人民路/人民路三巷口
    for at in (*clean.breaks, text.find(text[:BEGIN], LEAST)):
        first, second = text[: max(at, 0)].rstrip(), text[max(at, 0) :]
        if second.startswith(first) and first and not first[-1:].isascii():
            return said_once(_cut(clean, at, len(text)))
        if _says_no_more(second, first):
            return _cut(clean, 0, at)
        if _says_no_more(first, second):
            return _cut(clean, at, len(text))
    return clean


def _says_no_more(one: str, other: str) -> bool:
    """Tell whether most pairs of characters of a part stand in another one, and all of its numbers in their order."""
    numbers, pairs = _NUMBER.findall(one), ["".join(pair) for pair in pairwise(one)]
    known = iter(_NUMBER.findall(other))
    if not numbers or not all(number in known for number in numbers):
        return False
    return sum(pair in other for pair in pairs) > ALIKE * len(pairs)


def _cut(clean: Clean, begin: int, end: int) -> Clean:
    """Return a part of a text, with the breaks in it."""
    text = clean.text[begin:end].rstrip()
    return replace(clean, text=text, breaks=tuple(at - begin for at in clean.breaks if begin < at < begin + len(text)))
