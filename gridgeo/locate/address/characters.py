"""Written forms of characters: traditional, radicals that look like characters, other writings that names have.

In: text. Out: text of the same length, one character for one. Next: ``normalise`` folds addresses with it. How
characters sound and look is in ``sounds`` and ``shapes``; their names are offered here, too.

The tables are made by ``bench/make_characters.py`` from OpenCC and Unicode (``data/VENDOR.json``), so that a process
that answers addresses need not import either: reading one takes a millisecond, once.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gridgeo.locate.address.shapes import alike, alike_table, look_alikes
from gridgeo.locate.address.sounds import HEARD, READINGS, SYLLABLES, heard, readings, syllable_ids

__all__ = [
    "HEARD",
    "READINGS",
    "SYLLABLES",
    "alike",
    "alike_table",
    "heard",
    "look_alikes",
    "radicals",
    "readings",
    "simplified",
    "syllable_ids",
]

DATA = Path(__file__).parent / "data"


@cache
def _table(name: str) -> dict[int, str]:
    """Return one table of characters for ``str.translate``."""
    old, new = (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return dict(zip(map(ord, old), new, strict=True))


def simplified(text: str) -> str:
    """Return text in simplified characters, each by itself, names in their usual writing.

    What GB 2312 has stays, though OpenCC would change it, where it has a sense of its own in simplified names: 乾 著 於
    徵 覆 藉. So 乾县 and 於潜镇 are not spoiled; the price is that the traditional 乾洗 does not become 干洗. Names of
    persons and shops keep 堃 and 喆, which are no variants any more.

    Examples
    --------
    >>> simplified("臺北市中山區長安東路二段後巷"), simplified("乾縣於潛鎮"), simplified("太古城邨雙峯衖3號")
    ('台北市中山区长安东路二段后巷', '乾县於潜镇', '太古城村双峰弄3号')
    """
    return text if text.isascii() else text.translate(_table("simplified"))


def radicals(text: str) -> str:
    """Return text with radicals and compatibility ideographs as the characters that they look like.

    PDF and scanners write ⻄ (U+2EC4) for 西 (U+897F); NFKC leaves it.

    Examples
    --------
    >>> radicals("⻄安市⻓安区⻢王村⾦⽔路")
    '西安市长安区马王村金水路'
    """
    return text if text.isascii() else text.translate(_table("radicals"))
