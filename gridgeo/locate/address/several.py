"""Two addresses in one text: 人民路12号和泰山路5号, 从…到…, line by line.

In: a text. Out: its parts, if each of them alone is an address with a number or an estate; else the text is one. Used
by `gridgeo.jobs.locate`. A crossing (A路与B路交叉口), what lies between two places, and two buildings of one estate
(3号楼和4号楼) stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gridgeo.locate.address.between import between_words
from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.address.parse import parse
from gridgeo.locate.address.relation import crossing_words

__all__ = ["MOST_PARTS", "parts_of"]

MOST_PARTS = 10
"""Addresses of one text that are answered. Chosen: more are a table, and asked as one."""
_END = re.compile("(?:[0-9A-Za-z#号室楼栋幢座元组户院层]|小区|花园|家园|新村|公寓|大厦|广场|家属院|苑)$")
"""How an address ends before a word that joins it with another one."""
_ESTATE = re.compile("(?:小区|花园|家园|新村|公寓|大厦|广场|家属院|家属楼|苑)$")
"""Words that make a name one of an estate (GB/T 23705: 小区名), whether a number follows or not."""
_LINES = re.compile(r"\s*(?:[\r\n]+|[;；]|\|\|)\s*")
_LABELS = re.compile(
    r"[\s,，。、]+(?=(?:注册|经营|办公|生产|户籍|户口|居住|现居住|现住|暂住|常住|通讯|通信|收货|寄件|家庭|单位)[一-龥]{0,3}(?:[:：]|[一-龥]))"
)
"""Before the labels of a form with two addresses."""
_COUNTED = re.compile(r"(?:^|(?<=[一-龥0-9]))\s*(?<![0-9])[1-9][.、)）](?=[一-龥])|\s*[①-⑨⑴-⑼]\s*")
_WORDS = re.compile(
    r"\s*(?:和(?![谐平顺睦])|与|跟|及(?!第)|以及|还有|或者?|(?:搬|迁|改|移)(?:到|往|至)|到|至(?!善|诚|尊)|、|→|->|=>|—+>)\s*"
)
"""和 before these begins a name, as those of many estates do: 和谐家园, 和平路."""
_FROM = re.compile(r"^\s*(?:请问)?(?:从|由|自)")


def parts_of(text: str, joins: Callable[[str, str, str], bool] = lambda *_: True) -> tuple[str, ...]:
    """Return the addresses of a text, in their order; one part: it is one address, or none.

    Parameters
    ----------
    text : str
        As somebody wrote it.
    joins : callable, optional
        Asked with what stands before a word, the word, and what stands behind it: whether it joins two names that are
        known, and is no part of one (和谐家园).

    Examples
    --------
    >>> parts_of("人民路12号 和 泰山路5号"), parts_of("从泰山小区3号楼到人民路12号")
    (('人民路12号', '泰山路5号'), ('泰山小区3号楼', '人民路12号'))
    >>> parts_of("人民路与泰山路交叉口"), parts_of("泰山小区3号楼和4号楼")
    (('人民路与泰山路交叉口',), ('泰山小区3号楼和4号楼',))
    """
    for apart in (_LINES, _LABELS, _COUNTED):
        parts = tuple(filter(None, apart.split(text.strip())))
        if 2 <= len(parts) <= MOST_PARTS and all(map(_stands_alone, parts)):
            return parts
    if crossing_words(text) is not None or between_words(text):
        return (text,)
    for first, word, second in _halves(_FROM.sub("", text)):
        anew = word != "、" or _is_whole(second)
        if (
            _END.search(first)
            and _stands_alone(first)
            and _stands_alone(second)
            and anew
            and joins(first, word, second)
        ):
            return first, second
    return (text,)


def _halves(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what stands before a word that may join two addresses, the word, and what stands behind it."""
    for said in _WORDS.finditer(text):
        yield text[: said.start()].strip(), said[0].strip(), text[said.end() :].strip()


def _is_whole(text: str) -> bool:
    """Tell whether an address begins anew, and does not go on from what stands before it: 中山路227号、嘉和小区7栋."""
    said = parse(normalise(text).text)
    return any((said.city, said.district, said.street, said.community, said.road))


def _stands_alone(text: str) -> bool:
    """Tell whether a text alone is an address: a road, village or estate with a number, or the name of an estate."""
    if len(text) < 4:
        return False
    said = parse(normalise(text).text)
    if said.road is not None and said.road_no is not None:
        return True
    if said.estate is not None and (said.building or said.unit or said.room or _ESTATE.search(said.estate.value)):
        return True
    village = said.community or said.hamlet
    return village is not None and (said.group is not None or said.house_no is not None)
