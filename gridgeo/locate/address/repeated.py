"""An address that is written twice, or of which a part is said again: 人民路12号 人民路12号, 源汇区, 源汇区人民路12号.

In: a `Clean` text. Out: the same with what is said again left out. Used by `gridgeo.locate.address.book`.
"""

from __future__ import annotations

from dataclasses import replace

from gridgeo.locate.address.normalise import Clean
from gridgeo.locate.address.relation import crossing_words

__all__ = ["said_once"]

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
    for at in clean.breaks:
        first, second = text[:at].rstrip(), text[at:]
        if second.startswith(first) and not first[-1:].isascii():
            return said_once(_cut(clean, at, len(text)))
        if _end_alike(first, second):
            return _cut(clean, 0, at) if len(first) >= len(second) else _cut(clean, at, len(text))
    return clean


def _end_alike(first: str, second: str) -> bool:
    """Tell whether two parts end in the same name and number."""
    most = min(len(first), len(second))
    same = next((size for size in range(most) if first[-1 - size] != second[-1 - size]), most)
    end = first[len(first) - same :]
    return same >= LEAST and any(sign.isdigit() for sign in end) and not end[0].isdigit() and not end[1].isdigit()


def _cut(clean: Clean, begin: int, end: int) -> Clean:
    """Return a part of a text, with the breaks in it."""
    text = clean.text[begin:end].rstrip()
    return replace(clean, text=text, breaks=tuple(at - begin for at in clean.breaks if begin < at < begin + len(text)))
