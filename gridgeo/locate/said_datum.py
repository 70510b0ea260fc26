"""The datum that somebody wrote beside a coordinate: 高德 114.03,33.58; (BD-09) 114.03 33.58; WGS84坐标：….

In: a text. Out: the text without those words, and the datum, None where nothing is said. Next:
`gridgeo.locate.coordinate.parse_pair`.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["said_datum"]

_WORDS = (
    ("GCJ-02", r"gcj[-_ ]?02|高德|腾讯|火星|国测局"),
    ("BD-09", r"bd[-_ ]?09(?:ll)?|百度"),
    ("CGCS2000", r"cgcs[-_ ]?2000|wgs[-_ ]?(?:19)?84|gps|国家?2000|2000国家大地|天地图|北斗"),
    ("Xian 80", r"西安(?:19)?80|xian ?80"),
    ("Beijing 54", r"北京(?:19)?54|beijing ?54"),
)
_EPSG = re.compile(r"epsg\s*:\s*(\d{4,6})", re.IGNORECASE)
_PATTERNS = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _WORDS]
_LABEL = re.compile(r"(?:地图|软件)?(?:的)?(?:大地)?(?:坐标系?|经纬度|位置|定位|拾取)+(?:为|是)?|地图")
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]|【\s*】")
_EDGE = re.compile(r"^[\s:：,，;；()（）\[\]【】]+|[\s:：,，;；(（\[【]+$")


def said_datum(text: str) -> tuple[str, str | None]:
    """Return a text without the words for its datum, and the datum.

    Parameters
    ----------
    text : str

    Returns
    -------
    (str, str or None)
        The datum as `gridgeo.crs.parse_crs` knows it; old ones, too, which it refuses.

    Examples
    --------
    >>> said_datum("高德坐标：114.03，33.58"), said_datum("(114.03 33.58) BD-09"), said_datum("114.03,33.58")
    (('114.03,33.58', 'GCJ-02'), ('(114.03 33.58)', 'BD-09'), ('114.03,33.58', None))
    """
    plain = unicodedata.normalize("NFKC", text)
    epsg = _EPSG.search(plain)
    found = (epsg, f"EPSG:{epsg[1]}") if epsg else None
    for name, pattern in _PATTERNS if found is None else ():
        match = pattern.search(plain)
        if match:
            found = match, name
            break
    datum = None
    if found is not None:
        match, datum = found
        plain = f"{plain[: match.start()]} {plain[match.end() :]}"
    plain = _LABEL.sub(" ", plain)
    before = ""
    while before != plain:
        before, plain = plain, _EMPTY.sub(" ", plain).strip()
        plain = plain if "(" in plain or "[" in plain else _EDGE.sub("", plain)
    return plain, datum
