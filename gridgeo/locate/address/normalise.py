"""A text as somebody wrote or said it → the address in it, every character in its plain form.

In: one line. Out: `Clean`. Next: `gridgeo.locate.address.parse`. Rows of a library and queries are folded by the same
`fold`, so that equal addresses become equal texts; only queries lose labels, telephone numbers and brackets.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from html import unescape

from gridgeo.locate.address.characters import radicals, simplified
from gridgeo.locate.address.labelled import units_behind, without_markup
from gridgeo.locate.address.noise import take_private, without_edges
from gridgeo.locate.address.numerals import NUMERAL, digits_of, with_digits
from gridgeo.locate.address.romanised import characters_of
from gridgeo.locate.address.spoken import as_written

__all__ = ["Clean", "fold", "normalise", "plain_row"]


@dataclass(frozen=True, slots=True)
class Clean:
    """What is left of a text when all that is no address has gone."""

    text: str
    """What is matched: folded, without labels, telephone numbers, ids and what stood in brackets."""
    hints: tuple[str, ...] = ()
    """Folded texts that stood in brackets and tell where it is, or was: 新城北门附近, 原3号楼."""
    dropped: tuple[tuple[str, str], ...] = ()
    """(kind, masked text) of what was taken out: phone, person_id, email, url, postcode, control, emoji."""
    breaks: tuple[int, ...] = ()
    """Where in `text` a comma, a blank between Chinese words or the like stood."""


_DASHES = "‐‑‒–—―−－﹣﹘⁃─━﹏～~〜∼ｰ˗"
_QUIET = "·•・‧∙⋅。"
_LIKE = {ord(dash): "-" for dash in _DASHES} | {ord("＃"): "#", ord("﹟"): "#", ord("№"): None, ord("。"): "."}
_LIKE |= {ord(dot): None for dot in "·•・‧∙⋅"}
_ZERO = re.compile("(?<=[0-9])O(?=[0-9])")
"""A zero typed as the letter: 6O2室."""
_NUMERALS = frozenset(NUMERAL[1:-1])
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffd\U000e0000-\U000e0fff]+"
)
"""Control characters and those that take no room."""
_BLANKS = re.compile(r"\s+")
_BLANK = re.compile(r"(?<![0-9A-Z]) | (?![0-9A-Z])")
_DASHED = re.compile("(?<=[0-9A-Z]) ?-[- ]*(?=[0-9A-Z])|--+")


@cache
def _settled() -> frozenset[str]:
    """Return the characters that folding leaves alone, whatever stands beside them: O may be a zero."""
    chinese = map(chr, range(0x4E00, 0xA000))
    plain = {
        sign for sign in chinese if simplified(radicals(sign)) == sign and unicodedata.normalize("NFKC", sign) == sign
    }
    return frozenset((plain | set("0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ")) - _NUMERALS)


def fold(text: str) -> str:
    """Return a text in plain characters; the same for a row of a library and for what is asked.

    Parameters
    ----------
    text : str
        Of any length and content.

    Returns
    -------
    str
        In NFKC, radicals as characters, simplified, upper case, one kind of dash, without control characters and
        blanks (one stays between two words of letters or digits); Chinese numerals as digits where they count
        something, see `gridgeo.locate.address.numerals`.

    Examples
    --------
    >>> fold("人民路１２—３號"), fold("五一路十二号院 三单元 二〇三室"), fold("b座 1201")
    ('人民路12-3号', '五一路12号院3单元203室', 'B座1201')
    """
    if _settled().issuperset(text):
        return text
    if "&" in text:
        text = unescape(text)  # &nbsp; out of a web page
    text = _UNSEEN.sub("", text) if not text.isprintable() else text
    if not unicodedata.is_normalized("NFKC", text) or not text.isprintable():
        text = unicodedata.normalize("NFKC", text.translate(_LIKE))
    text = simplified(radicals(text)).upper().translate(_LIKE)
    text = _BLANK.sub("", _BLANKS.sub(" ", text).strip())
    if "-" in text:
        text = _DASHED.sub("-", text)
    if "O" in text:
        text = _ZERO.sub("0", text)
    return with_digits(text)


_REMARK = re.compile("[^一-龥0-9A-Z# -]|1[3-9][0-9]{9}")
"""What an address that is no more than one does not have: brackets, commas, quotation marks, a telephone number."""


def plain_row(text: str) -> Clean:
    """Return the address in a row of a library: what is asked for is compared with it, not with its remarks.

    Parameters
    ----------
    text : str
        As it was loaded.

    Examples
    --------
    >>> plain_row("人民路12号泰山小区3号楼(空户)").text, plain_row("人民路12号，泰山小区").text
    ('人民路12号泰山小区3号楼', '人民路12号泰山小区')
    """
    folded = fold(text)
    clean = normalise(text) if _REMARK.search(folded) else None
    return clean if clean is not None and clean.text else Clean(folded)


_OPENED = re.compile("[【】\\[\\]「」『』《》〈〉<>{}\"'“”‘’`〔〕]")
_BRACKET = re.compile(r"[(（]([^()（）]{0,200})[)）]")
_LONE = re.compile("[()（）]")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2900-\u2bff\u2705\u3030\u303d\ue000-\uf8ff]+"
)
_HINT = re.compile(
    "附近|周边|原|旧|老|曾用|对面|斜对|旁|隔壁|路口|交叉|交汇|以[东南西北]|[东南西北]侧|后面|前面|楼上|楼下|向[东南西北]|进去|直走|米|即|靠近|临近"
)
_PLACE = re.compile(
    r"[0-9A-Z][^一-龥]*(?:号|栋|幢|楼|单元|室|座|组|层|期|区)|[A-Z]?\d+(?:-\d+)+|[一-龥](?:店|部|校区|分行|支行|[一二三四五东西南北]区|[一二三四五]期)$"
    r"|^(?:[东西南北中][区院苑]|[一二三四五六七八九十]+[期区])$"
    r"|^第?[0-9一二三四五六七八九十]{1,3}支?[巷弄条]$|^[东西南北中][段头]$"
)
_OWN_NUMBER = re.compile("[0-9A-Z一二三四五六七八九十]{1,3}")
_COUNTED = ("单元", "栋", "幢", "座", "号", "层", "楼", "室", "组", "期", "区")
_ROOM_INSIDE = re.compile("[A-Z]?[0-9]{3,4}[A-Z]?")
_BEFORE_ROOM = ("元", "楼", "栋", "幢", "座", "号", "层")
_ENDS_IN_ROOM = re.compile("[元楼栋幢座层][0-9]{3,4}[A-Z]?$")
"""A room that brackets end: 3单元501(3楼)."""
_ZONE = re.compile("(?:[0-9]+|[A-Z]|[一二三四五六七八九十]+)[区期]")
_BREAK = re.compile(r"(?:[\s,;:|!?、，；：！？。/\\+=*^$%&@_…]|(?<![0-9])\.|\.(?![0-9]))+")
_SPACED = re.compile(
    r"(?<![0-9A-Z] )(?<![0-9A-Z])[0-9](?: [0-9]){1,4}(?= ?(?:#|号|室|弄|院|栋|幢|楼|单元|层|组|队|社|户))"
    r"|(?<![0-9A-Z] )(?<![0-9A-Z])[0-9](?: [0-9]){2,4}(?![ 0-9A-Z-])"
)
"""Digits written one by one: 1 3 9号."""
_SPOKEN_ONE = re.compile("(?<=[零〇一二三四五六七八九0-9])幺|幺(?=[零〇一二三四五六七八九幺0-9])")
"""A one as it is said over the radio: 幺幺〇三."""
_LAST_NUMBER = re.compile(
    "(?<=[路街巷道弄])[零〇一二三四五六七八九十百]{1,5}(?=院(?!子))|(?<=[路街巷道弄])[零〇一二三四五六七八九十百]{2,5}$|(?<=[0-9一二三四五六七八九十][组队社])[零〇一二三四五六七八九十百]{1,4}$"
    "|(?<=[号栋幢楼元层座])[零〇一二三四五六七八九]{3,4}(?=$|[室房户])"
)
"""A number without a unit word at the end of an address: 富民路一二五, 三组七, 5号四零二."""
_FORMAL = re.compile("[壹贰叁肆伍陆柒捌玖拾佰零〇一二三四五六七八九十百]{2,6}(?=号|弄|院|栋|幢|室|单元|组|楼)")
"""Numerals as cheques have them, only before unit words: 伍一路 is a road."""
_PLAIN_NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰", "一二三四五六七八九十百")
_LANE = re.compile("弄堂(?=[0-9第])")
_NARROW = re.compile("(?<![0-9])[0-9]{3,}$")
_WIDER = re.compile("[0-9]{1,3}(?:单元|号|栋|幢|座|层|楼|弄|#)")
_WORDED_UNIT = re.compile(
    r"(?:(?<=[0-9A-Z栋幢座楼号#]) ?[-/、,] ?|(?<=[栋幢座楼#]))(?P<unit>[甲乙丙丁东西南北中])"
    r" ?(?:-(?=[0-9]{1,2}(?![0-9A-Z]))|[-/、,] ?(?=[0-9]{3,4}(?![0-9A-Z])))"
)
"""A unit with a name in a chain of numbers: 14-甲-303."""
_AGAIN = re.compile(
    r"^([一-龥]{0,3}?)(?:省|自治区)?((?:[一-龥]{2,9}?[省市区县州盟旗]){1,3})[\s,，、]*(?=\1(?:省|自治区)?\2)"
)
"""Areas that are written twice, as when something is pasted behind them: 漯河市源汇区 漯河市源汇区老街街道."""
_ON_ROAD = re.compile("[路街道巷弄][0-9]+$")
_LISTED = re.compile(r"(?<=[0-9A-Z])(?:[,./、] ?| )(?=[A-Z]?[0-9](?![0-9.]* ?(?:公里|千米|米|KM|M)))")


def normalise(text: str) -> Clean:
    """Return the address in a text, and what was taken out of it.

    Parameters
    ----------
    text : str
        Of any length and content.

    Examples
    --------
    >>> normalise("收货地址：人民路12号【泰山小区】3#楼（学校附近） 张三 13812345678 收")
    Clean(text='人民路12号泰山小区3#楼', hints=('学校附近',), dropped=(('phone', '138******78'),), breaks=(6, 10))
    """
    dropped: list[tuple[str, str]] = []
    text = unescape(text) if "&" in text else text
    for kind, pattern in (("control", _UNSEEN), ("emoji", _EMOJI)):
        if not text.isprintable() or kind == "emoji":
            dropped += [
                (kind, " ".join(f"U+{ord(sign):04X}" for sign in match[0][:4])) for match in pattern.finditer(text)
            ]
            text = pattern.sub("", text) if dropped else text
    plain = unicodedata.normalize("NFKC", _DOTTED.sub("-", text).translate(_LIKE)).upper()
    plain = _OPENED.sub(" ", _FORMER.sub(r"(\1)", without_markup(plain)))
    plain, private = take_private(" ".join(plain.split()))
    plain, hints = _without_brackets(plain)
    plain = _AGAIN.sub("", without_edges(simplified(radicals(plain))))
    plain = as_written(characters_of(units_behind(plain)))
    if not _PLAIN_NUMERALS.keys().isdisjoint(map(ord, plain)):
        plain = _FORMAL.sub(lambda found: found[0].translate(_PLAIN_NUMERALS), plain)
    if "幺" in plain or "弄堂" in plain:
        plain = _LANE.sub("弄", _SPOKEN_ONE.sub("一", plain))
    text, breaks = _unbroken(_LISTED.sub(_chained, _WORDED_UNIT.sub(_unit, _spaced(plain))))
    return Clean(text, hints, (*dropped, *private), breaks)


_DOTTED = re.compile("(?<=[0-9A-Za-z#＃栋幢座楼])[·•・‧∙⋅](?=[0-9])")
"""A dot in the middle that stands for a dash: 8#·3·702."""
_FORMER = re.compile(
    "[【\\[「『{<《〔]((?:(?:原|旧|曾用)[^】\\]」』}>》〕]{1,40}"
    "|(?<=[路街巷道号].)老[^】\\]」』}>》〕]{1,8}[路街巷道厂院](?:[0-9]{1,4}号)?))[】\\]」』}>》〕]"
)
"""A former name in other brackets than round ones, which mostly hold a part of the address."""


def _spaced(text: str) -> str:
    """Return a text without the blanks between digits that were written one by one."""
    return _SPACED.sub(lambda found: found[0].replace(" ", ""), text)


def _unit(found: re.Match[str]) -> str:
    """Return a unit in a chain of numbers with its unit word, and what stands before it with its own."""
    before = found.string[: found.start()]
    bare = before[-1].isascii() and before[-1] != "#"
    return f"{'' if not bare else '号' if _ON_ROAD.search(before) else '栋'}{found['unit']}单元"


def _chained(found: re.Match[str]) -> str:
    """Return what stands between two numbers of a chain: a dash, unless the second is wider: 2202,1单元."""
    wider = _WIDER.match(found.string, found.end()) and _NARROW.search(found.string[: found.start()])
    return found[0] if wider else "-"


def _without_brackets(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text with its brackets opened where they hold a part of the address, and what the others hold."""
    hints: list[str] = []

    def look(match: re.Match[str]) -> str:
        inside = match[1].strip(" ,;|")
        before, after = match.string[: match.start()].rstrip(), match.string[match.end() :].lstrip()
        if (_OWN_NUMBER.fullmatch(inside) and after.startswith(_COUNTED)) or (
            _ROOM_INSIDE.fullmatch(inside) and before.endswith(_BEFORE_ROOM)
        ):
            return inside  # (2)单元, 2单元(501)
        touch = before[-1:].isascii() and before[-1:].isalnum() and inside[:1].isascii()
        if _PLACE.search(inside) and not _HINT.search(inside) and not (touch and _ZONE.fullmatch(inside)):
            return f"{'室' if _ENDS_IN_ROOM.search(before) else ' '}{inside}" if touch else inside
        if inside:
            hints.append(fold(inside))
        return " "

    for _ in range(3) if "(" in text or "（" in text else ():  # brackets in brackets
        text, count = _BRACKET.subn(look, text)
        if not count:
            break
    return _LONE.sub(" ", text), tuple(hints)


def _unbroken(text: str) -> tuple[str, tuple[int, ...]]:
    """Return a text folded, without commas and blanks, and where they stood."""
    pieces = [fold(_LAST_NUMBER.sub(lambda found: digits_of(found[0]), piece)) for piece in _BREAK.split(text) if piece]
    breaks: list[int] = []
    out = ""
    for piece in filter(None, pieces):
        if out:
            between = (
                " " if out[-1:].isascii() and out[-1:].isalnum() and piece[0].isascii() and piece[0].isalnum() else ""
            )
            out += between
            breaks.append(len(out))
        out += piece
    return out, tuple(breaks)
