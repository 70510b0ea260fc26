"""What speech leaves in a text: words that fill a pause, a number put right, numbers read out one after another.

In: a text in plain characters. Out: the same as somebody would have written it. Called by
`gridgeo.locate.address.normalise`.
"""

from __future__ import annotations

import re

__all__ = ["as_written"]

_NUMERAL = "零〇一二三四五六七八九十百两幺0-9"
_PAUSE = re.compile(
    "(?<=[路街巷道弄号院楼栋幢座元层区苑园城府村组队社镇乡县市里])[,。、 ]*"
    "(?:[啊呀嘛哈嗯呃额哦喔噢诶哎唉]|然后|就是|那个)+[,。、 ]*"
    f"(?=[{_NUMERAL}])"
)
"""Particles between a word of an address and its number; within names they are letters as others: 哈尔滨, 额尔古纳."""
_HEARD = (
    (re.compile(f"(?<=[{_NUMERAL}])[单但丹担][元员园圆原源](?=[{_NUMERAL}])"), "单元"),
    (re.compile(f"(?<=[{_NUMERAL}])[动冻洞懂董憧](?=[{_NUMERAL}]|$)"), "栋"),
    (re.compile(f"(?<=[{_NUMERAL}])[好毫浩耗](?=[0-9楼院附栋]|$)"), "号"),
    (re.compile(f"(?<=[{_NUMERAL}])[租阻祖](?=[{_NUMERAL}])"), "组"),
)
"""Unit words as they are misheard, between numbers."""
_UNIT = "号楼|单元|村民小组|组|栋|幢|座|层|楼|室|号"
_TAKEN_BACK = "不对|不是|不(?=[,。、!是])|说错了?|讲错了?|错了|记错了|更正"
_PUT_RIGHT = re.compile(
    f"(?P<wrong>[{_NUMERAL}]+)(?P<unit>{_UNIT})(?P<rest>[{_NUMERAL}]*(?:单元|室|号)?[{_NUMERAL}]*)[,。、;! ]*"
    f"(?:[啊哦呃嗯唉哎][,。、! ]*)*(?:(?:{_TAKEN_BACK})[,。、! ]*)+(?:应该?)?[是为]?[,: ]*"
    f"(?=[{_NUMERAL}]+(?P=unit)(?!楼))"
)
"""A number, words that take it back, and another with the same unit word."""
_STROKE = re.compile(f"(?<=[{_NUMERAL}A-Z])[杠横]+(?=[{_NUMERAL}A-Z])")
"""A dash as it is said."""
_READ_OUT = re.compile(
    "(?<![零〇一二三四五六七八九十百两])(?:[一二三四五六七八九十两幺]{1,3}[-、,/ ]+){1,2}"
    "[零〇一二三四五六七八九幺]{3,4}"
    "(?=$|[^一-龥]|[室房号户])"
)
"""Building, unit and room without their words; the room figure by figure."""
_DOUBLED = re.compile(r"(?<=[0-9])(单|号|栋|幢|组|室|层)(?=\1)")
_AGAIN = re.compile(
    r"(?<![0-9])(?:([0-9]{3,4})[,、 ]+(?=\1(?:$|[^0-9]))|([0-9]{1,4}(?:号|栋|单元|室|组))[,、 ]*(?=\2))"
)
"""A unit word or a room twice: 2单单元, 501,501."""
_TEN = {"廿": "二十", "卅": "三十", "卌": "四十"}
_TENS = re.compile(f"[廿卅卌](?=[一二三四五六七八九]?(?:{_UNIT}|弄|院|队|社|户))")
"""Twenty, thirty and forty in one sign."""
_SEPARATOR = re.compile("[-、,/ ]+")


def as_written(text: str) -> str:
    """Return a text without the marks of speech.

    Examples
    --------
    >>> as_written("人民路啊12号"), as_written("人民路22号,哦不对,是26号"), as_written("泰山小区三杠二杠五零一")
    ('人民路12号', '人民路26号', '泰山小区三-二-五零一')
    >>> as_written("泰山小区三、二、五零一"), as_written("5号楼,不对,4号楼2单元303"), as_written("哈尔滨路12号")
    ('泰山小区三-二-五零一', '4号楼2单元303', '哈尔滨路12号')
    """
    for heard, unit in _HEARD:
        text = heard.sub(unit, text)
    text = _AGAIN.sub("", _DOUBLED.sub("", text))
    text = _TENS.sub(lambda found: _TEN[found[0]], _PUT_RIGHT.sub("", _PAUSE.sub("", text)))
    return _READ_OUT.sub(lambda found: _SEPARATOR.sub("-", found[0]), _STROKE.sub("-", text))
