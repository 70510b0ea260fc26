"""Numbers behind their words: 楼号3 单元2 房号501, Room 501, Building 3, No. 12, 门牌号12.

In: a text in plain characters and upper case. Out: the same with the unit word behind the number, where the rules of
reading expect it. Called by `gridgeo.locate.address.normalise`. The labels are those of forms and of English addresses
(UPU S42: house number, building, floor, unit, room).
"""

from __future__ import annotations

import re

__all__ = ["units_behind", "without_markup"]

_N = "[A-Z]?[0-9]+[A-Z]?"
_LETTER = f"(?:{_N}|[A-Z])(?![A-Z])"
_IS = "(?:[:=]|为|是)* *"
_MARKUP = re.compile(r"</?[A-Z][^<>]{0,60}>|&(?:NBSP|AMP|LT|GT|QUOT|#[0-9]{1,5});|\\[NRT](?![A-Z])")
"""Tags, entities and escaped line breaks that pages and exports leave in a field."""

_EXTENSION = re.compile(r"[\[【][0-9]{4}[\]】](?=[^0-9]{0,8}1[3-9][0-9])")
"""The extension that shops print instead of a buyer's own number: [6718]李**[13800001234]."""

_ENGLISH = (
    (re.compile(rf"(?<![A-Z])(?:ROOM|RM|FLAT|APT|SUITE)(?![A-Z])[.:#]? *({_N})(?![0-9A-Z号室])"), r" \1室"),
    (re.compile(rf"(?<![A-Z])UNIT(?![A-Z])[.:#]? *({_LETTER})(?!单元)"), r" \1单元"),
    (re.compile(rf"(?<![A-Z])(?:BUILDING|BLDG|BLOCK|BLK|TOWER)(?![A-Z])[.:#]? *({_LETTER})(?![号栋幢座])"), r" \1号楼"),
    (re.compile(r"(?<![0-9A-Z])([0-9]{1,3})(?:ST|ND|RD|TH)? *(?:FLOOR|FLR|/F)(?![A-Z])"), r" \1层"),
    (re.compile(rf"(?<![A-Z])NO(?![A-Z])[.: ]*({_N})(?![0-9A-Z号室栋幢楼])"), r"\1号"),
    (re.compile(rf"(?<![A-Z])NO(?![A-Z])[.: ]*(?={_N}[号室栋幢楼])"), ""),
)
_FORM = re.compile(
    rf"(?<![0-9A-Z#])(?:(?:楼栋|楼幢)号?|[楼栋幢座](?:号|(?=:))){_IS}(?P<building>{_LETTER})号?[,;、 ]*"
    rf"(?:(?:单元|门栋)号?{_IS}(?P<unit>{_LETTER})[,;、 ]*)?(?:房间|房|室|户|门牌)号?{_IS}(?P<room>{_N})(?![0-9号栋幢])"
)
"""The tail of a form in which every number stands behind its label: in 5号楼9单元195室65 the words stand behind."""
_ROOM_LABEL = re.compile(rf"(?<=[0-9元栋幢楼座层,; ])(?:房间号|房号|室号){_IS}({_N})(?![0-9室])")
_ROMAN = {"I": "一", "II": "二", "III": "三", "IV": "四", "V": "五"}
_PHASE = re.compile("(?<![A-Z])(I{1,3}|IV|V)(?=期)")
_PLATE = re.compile("门牌(?:号码?|编号)?(?:[:=]|为|是)* *(?=[0-9零〇一二三四五六七八九十百])|(?<=号)门牌号?(?!楼)")


def without_markup(text: str) -> str:
    """Return an upper-case text with blanks for tags, entities and the extensions of couriers' numbers."""
    text = _MARKUP.sub(" ", text) if "<" in text or "&" in text or "\\" in text else text
    return _EXTENSION.sub(" ", text)


def units_behind(text: str) -> str:
    """Return a text with the unit words of labelled numbers behind them.

    Examples
    --------
    >>> units_behind("楼号:3,单元:2,房间:501"), units_behind("人民路门牌号12"), units_behind("2单元房号501")
    ('3号楼2单元501室', '人民路12', '2单元501室')
    >>> units_behind("人民路NO.12泰山小区 BUILDING 3 UNIT 2 ROOM 501")
    '人民路12号泰山小区  3号楼  2单元  501室'
    """
    if not text.isascii() and _LATIN.search(text):
        for pattern, behind in _ENGLISH:
            text = pattern.sub(behind, text)
    text = _PHASE.sub(lambda found: _ROMAN[found[0]], _FORM.sub(_formed, text))
    return _PLATE.sub("", _ROOM_LABEL.sub(r"\1室", text))


_LATIN = re.compile("NO|R(?:OO)?M|U[N]IT|BL|BUIL|F|APT|SUITE|TOWER")


def _formed(found: re.Match[str]) -> str:
    """Return the tail of a form as one writes it: 3号楼2单元501室."""
    unit = f"{found['unit']}单元" if found["unit"] else ""
    return f"{found['building']}号楼{unit}{found['room']}室"
