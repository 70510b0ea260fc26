"""Pinyin in an address: renmin dong lu 12 hao, 解fang路 as an input method leaves it.

In: a text in upper case. Out: the same with a character for every syllable: that of the word which it mostly is in an
address (路, 街, 东, 号), else any that sounds so, for names are found by their sound. Called by
`gridgeo.locate.address.normalise`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from gridgeo.locate.address.sounds import READINGS, SYLLABLES

__all__ = ["characters_of"]

_RUN = re.compile("[A-Z]{2,}")
_SPACED = re.compile("(?<![0-9A-Z])[A-Z]{2,}(?:[ '-][A-Z]{2,})+(?![A-Z])")
_TRANSLATED = re.compile(
    "(?<=[号室栋幢楼元])[ (/,|-]+[0-9号 -]*[A-Z][A-Z0-9 ,.'#/号-]*[A-Z]{2,}[ ,.'-]+[A-Z]{2,}[A-Z0-9 ,.'#/号-]*\\)?$"
)
"""An address again, in letters, behind its last number."""
LEAST = 4
"""So many letters alone are syllables; before a character one fewer, between two characters two. Chosen: abbreviations
of brands have two or three."""
_HAN = "[一-龥]"
_WORDS = {
    "LU": "路", "JIE": "街", "DA": "大", "DAO": "道", "XIANG": "巷", "DONG": "东", "XI": "西", "NAN": "南", "BEI": "北",
    "ZHONG": "中", "QU": "区", "SHI": "市", "XIAN": "县", "ZHEN": "镇", "CUN": "村", "SHE": "社", "XIAO": "小",
    "YUAN": "园", "ZU": "组", "REN": "人", "MIN": "民", "JIANG": "江", "HE": "河", "SHAN": "山", "HUA": "华",
}  # fmt: skip
"""Syllables and what they mostly are in an address."""
_UNITS = {"HAO": "号", "DONG": "栋", "LOU": "楼", "SHI": "室", "ZU": "组", "HAOLOU": "号楼", "DANYUAN": "单元"}
"""The same behind a number."""
_BEHIND = re.compile(f"(?<=[0-9]) ?({'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![A-Z])")


def characters_of(text: str) -> str:
    """Return a text with characters for its pinyin.

    Examples
    --------
    >>> characters_of("人民DONG路12号"), characters_of("人民路12HAO"), characters_of("KTV旁B座")
    ('人民东路12号', '人民路12号', 'KTV旁B座')
    """
    if not _RUN.search(text):
        return text
    text = _TRANSLATED.sub("", text)
    text = _BEHIND.sub(lambda found: _UNITS[found[1]], text)
    return _RUN.sub(_of_run, _SPACED.sub(_of_words, text))


def _of_words(found: re.Match[str]) -> str:
    """Return the characters of words of which each is pinyin; the words themselves, if one is none."""
    parts = [_syllables(word) for word in re.split("[ '-]", found[0])]
    return "".join(map(_character, sum(parts, ()))) if all(parts) else found[0]


def _of_run(found: re.Match[str]) -> str:
    """Return the characters of one word."""
    text, (begin, end) = found.string, found.span()
    before, behind = (bool(re.match(_HAN, text[at : at + 1])) if at >= 0 else False for at in (begin - 1, end))
    if len(found[0]) < (LEAST if not behind else LEAST - 1 if not before else 2):
        return found[0]
    return "".join(map(_character, _syllables(found[0]))) or found[0]


@lru_cache(maxsize=4096)
def _syllables(word: str) -> tuple[str, ...]:
    """Return the fewest syllables that a word is made of; none if it is made of none."""
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for begin in range(max(0, end - 6), end):
            before, last = best[begin], word[begin:end]
            if (
                before is not None
                and last in _known()
                and (best[end] is None or len(before) + 1 < len(best[end] or ()))
            ):
                best[end] = (*before, last)
    return best[-1] or ()


def _character(syllable: str) -> str:
    """Return a character that sounds so."""
    return _WORDS.get(syllable) or _known()[syllable]


@cache
def _known() -> dict[str, str]:
    """Return for every syllable of two letters or more a character of daily use that is mostly read so."""
    usual = [code for code in range(0x4E00, 0xA000) if _encoded(chr(code))]
    first: dict[str, str] = {}
    for code in sorted(usual, key=lambda code: _encoded(chr(code))):
        number = int(READINGS[code, 0])
        if number and len(SYLLABLES[number]) > 1:
            first.setdefault(SYLLABLES[number].upper(), chr(code))
    return first


def _encoded(sign: str) -> bytes:
    """Return a character in GB 2312, whose first level holds those of daily use; nothing if it has none."""
    return sign.encode("gb2312", "ignore")
