"""Coordinates as people write them: 113°25′8.86″, E113.4191°, 113,4191, 3,835,640.7.

In: the text of a cell. Out: a number. Used by `gridgeo.intake.address_file` for cells that are no plain number.
"""

from __future__ import annotations

import math
import re
import unicodedata

__all__ = ["coordinate_in", "pair_in"]

_SIGNS = str.maketrans({"˚": "°", "º": "°", "度": "°", "′": "'", "’": "'", "‘": "'", "＇": "'", "分": "'"})
"""Degrees and minutes as keyboards have them."""
_SECONDS = re.compile("″|”|“|＂|秒|''")
_HEMISPHERE = {"E": 1, "N": 1, "W": -1, "S": -1, "东经": 1, "北纬": 1, "西经": -1, "南纬": -1, "": 1}
_N = r"[0-9]+(?:\.[0-9]+)?"
_DEGREES = re.compile(
    rf"(?P<before>[EWNS]|[东西]经|[南北]纬|)[: ]*(?P<degrees>{_N}) ?(?:°|$|(?=[EWNS]))"
    rf" ?(?:(?P<minutes>{_N}) ?' ?(?:(?P<seconds>{_N}) ?\"?)?)? ?(?P<after>[EWNS]|)"
)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
_DECIMAL_COMMA = re.compile("[+-]?[0-9]{1,3},(?:[0-9]{1,2}|[0-9]{4,})")
"""113,419 alone may be either; it is no number."""
_SIXTIETHS = 60.0
_BETWEEN = re.compile(r"[,，;；、\s]+")


def coordinate_in(text: str, *, degrees: bool = True) -> float:
    """Return the number that a cell says; NaN if it says none, or might say two.

    Parameters
    ----------
    text : str
    degrees : bool, keyword-only
        Whether it may be degrees and minutes; metres are never written so.

    Examples
    --------
    >>> coordinate_in("113°30′18″"), coordinate_in("E113.5°"), coordinate_in("34,5678"), coordinate_in("3,835,640.7")
    (113.505, 113.5, 34.5678, 3835640.7)
    >>> coordinate_in("113,419"), coordinate_in("无")
    (nan, nan)
    """
    plain = _SECONDS.sub('"', text.strip().translate(_SIGNS))
    plain = unicodedata.normalize("NFKC", plain).upper().strip()
    if _THOUSANDS.fullmatch(plain):
        return float(plain.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(plain):
        return float(plain.replace(",", "."))
    try:
        return float(plain)
    except ValueError:
        return _degrees(plain) if degrees else math.nan


def _degrees(text: str) -> float:
    """Return degrees, minutes and seconds as degrees."""
    match = _DEGREES.fullmatch(text)
    if match is None or (match["before"] and match["after"]):
        return math.nan
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    if minutes >= _SIXTIETHS or seconds >= _SIXTIETHS:
        return math.nan
    sign = _HEMISPHERE[match["before"] or match["after"]]
    return sign * round(float(match["degrees"]) + minutes / 60 + seconds / 3600, 12)


def pair_in(text: str) -> tuple[str, str]:
    """Return the two halves of a cell that holds both coordinates; empty where it does not.

    Examples
    --------
    >>> pair_in("113.4191, 34.6474"), pair_in("POINT (113.4191 34.6474)"), pair_in("113.4191")
    (('113.4191', '34.6474'), ('113.4191', '34.6474'), ('', ''))
    """
    bare = re.sub(r"^\s*(?:POINT)?\s*[(（\[]|[)）\]]\s*$", "", text, flags=re.IGNORECASE).strip()
    halves = _BETWEEN.split(bare)
    return (halves[0], halves[1]) if len(halves) == 2 else ("", "")
