"""Chinese numerals as digits, where they count something: 十二号院 as 12号院, but 五一路 and 三里屯 as they are.

In: text folded by characters. Out: the same with digits. Called by `gridgeo.locate.address.normalise`.

A numeral is turned only before a word that is counted, never before words that make names (路, 街, 里, 中学, 村), and a
counted word that itself goes on as a name (三门路, 二号桥, 九号公馆, 三楼村) leaves the numeral alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["digits_of", "with_digits"]

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
SCALES = {"十": 10, "百": 100}
NUMERAL = "[零〇一二两三四五六七八九十百]"
_PLACED = re.compile("(?:([一二两三四五六七八九])百)?零?(?:([一二两三四五六七八九]?)十)?([一二三四五六七八九]?)")

NAMES_GO_ON = "(?![村社庄镇乡街巷道桥线沟湾坡岭塘屯堡寨店铺河山坝闸渠井窑]|路(?!口))"
"""After a counted word these make a name of the whole: 二号桥, 三楼村, 六组巷. General knowledge of Chinese places."""

_COUNTED = (
    "(?:号(?!线|公馆|公园|店|大街|大道|加油站)|#|单元|栋|幢|室|弄|层|楼|座|排|期|梯|户(?!部)"
    "|村民小组|村民组|居民小组|居民组|生产队|小组|大队|小队|组(?!团|织|合)|队(?!伍)|社(?!区|会|保|科|团)"
    f"|(?<=[元楼栋幢院座]{NUMERAL})门|米|公里)"
) + NAMES_GO_ON
_BEFORE_WORD = re.compile(f"(第?)({NUMERAL}+)(?={_COUNTED})")
_SUB = re.compile(
    f"(?<=附)({NUMERAL}+)(?=号)|(?<=号附)({NUMERAL}+)(?!院)|(?<=之)({NUMERAL}+)(?=号)|(?<=号之)({NUMERAL}+)"
)
_RANGE = re.compile(f"({NUMERAL}+)(?=(?:之|-)\\d+(?:-\\d+)?{_COUNTED})")
_ROOM = re.compile(
    f"(?<=[元楼栋幢座层#])([零〇一二三四五六七八九]{{3,4}})(?={NUMERAL[:-1]}]*(?:$|[^一-龥]))|(?<=元)({NUMERAL}+)(?=$|[^一-龥])"
)
_CHAIN = re.compile(f"{NUMERAL}+(?:-{NUMERAL}+){{2,3}}{NAMES_GO_ON}|{NUMERAL}+-{NUMERAL}+(?=$|[^一-龥]|{_COUNTED})")
_DASH = re.compile("(?<=[0-9A-Z楼栋幢座元#])[一ー](?=[0-9])")
_ANY = re.compile(NUMERAL)


@lru_cache(maxsize=4096)
def digits_of(numeral: str) -> str:
    """Return a Chinese numeral in digits; as it is where it is none.

    Examples
    --------
    >>> digits_of("二十三"), digits_of("二〇三"), digits_of("一百零五"), digits_of("十"), digits_of("百")
    ('23', '203', '105', '10', '百')
    """
    if not SCALES.keys() & set(numeral):
        return "".join(str(DIGITS[character]) for character in numeral)
    match = _PLACED.fullmatch(numeral)
    if not match or numeral == "百":
        return numeral
    hundreds, tens, ones = match.groups()
    ten = 0 if tens is None else DIGITS[tens] if tens else 1
    if hundreds and tens is None and ones and "零" not in numeral:
        ten, ones = DIGITS[ones], None  # 一百二 is 120
    return str(100 * (DIGITS[hundreds] if hundreds else 0) + 10 * ten + (DIGITS[ones] if ones else 0))


def _turned(match: re.Match[str]) -> str:
    """Return the numeral of a match in digits."""
    return digits_of(next(group for group in match.groups() if group))


def with_digits(text: str) -> str:
    """Turn the numerals of a text that count something.

    Examples
    --------
    >>> with_digits("八一路十二号院三号楼二单元五〇一"), with_digits("五里堡村第三组"), with_digits("二七区第一中学")
    ('八一路12号院3号楼2单元501', '五里堡村第3组', '二七区第一中学')
    """
    if not _ANY.search(text):
        return text
    text = _DASH.sub("-", text)
    if "-" in text:
        text = _CHAIN.sub(lambda match: "-".join(map(digits_of, match[0].split("-"))), text)
    text = _BEFORE_WORD.sub(lambda match: match[1] + digits_of(match[2]), text)
    for pattern in (_SUB, _RANGE, _ROOM):
        text = pattern.sub(_turned, text)
    return text
