"""Which encoding a file's text is in, decided from its bytes.

In: raw byte values and what the city file, the ``.cpg`` or the DBF header say. Out: a `Verdict` that decodes them, and
findings. Order of trust: city file, then evidence of UTF-8, then ``.cpg``, then the DBF's language byte, then strict
UTF-8, then GB18030 (which contains GBK and GB2312), then value by value. Used by `gridgeo.intake.features` and
`gridgeo.intake.tabular`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gridgeo.model import Finding

__all__ = ["Verdict", "codec_named", "declared_by_shapefile", "decodes", "encoding_findings", "settle_encoding"]

BLOCK = 1 << 24
"""Bytes read at once."""

LANGUAGE_IDS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "cp950",
    0x58: "cp1252", 0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932",
}  # fmt: skip
"""DBF header byte 29. 0x57 ("ANSI") is left out: it means the code page of the writing computer, which is unknown."""

CHINESE = frozenset({"gb2312", "gbk", "cp936", "gb18030", "936", "ms936", "hz"})
"""Names under which GB18030 and its subsets are declared."""

NARROW = re.compile("[\u0080-\u1fff]")
"""Characters of two or three bytes in UTF-8 that Chinese text does not use."""

MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The encoding of one file's text, and how it was found."""

    encoding: str
    """Python codec name, or "mixed" for a decision value by value."""
    stated: str = ""
    """What the city file says; empty for "auto"."""
    declared: str = ""
    """What the file says of itself; empty if nothing."""
    values: int = 0
    """Distinct values beyond ASCII."""
    utf8: int = 0
    """Those that are UTF-8."""
    lost: int = 0
    """Those that no encoding could read in full."""

    def decode(self, value: bytes) -> str:
        """Return the text of a value; bytes that cannot be read become U+FFFD."""
        if value.isascii():
            return value.decode("ascii")
        order = ("utf-8", "gb18030") if self.encoding == MIXED else (self.encoding,)
        if self.encoding == MIXED and not _is_likely_utf8(value):
            order = ("gb18030", "utf-8")
        for codec in order:
            text = _strict(value, codec)
            if text is not None:
                return text
        return value.decode(order[0], errors="replace")


def codec_named(name: str) -> str:
    """Return the Python codec for a name as ``.cpg`` files write it; empty if it says nothing.

    Examples
    --------
    >>> codec_named("ANSI 936"), codec_named("UTF-8"), codec_named("65001"), codec_named("OEM")
    ('gb18030', 'utf-8', 'utf-8', '')
    """
    word = re.sub(r"^(ansi|oem|cp|windows|ms)[\s_-]*(?=\d)", "", name.strip().casefold())
    if word in CHINESE:
        return "gb18030"
    for candidate in ({"65001": "utf-8", "88591": "iso8859-1"}.get(word, word), f"cp{word}"):
        try:
            return codecs.lookup(candidate).name
        except LookupError:
            continue
    return ""


def decodes(path: Path, encoding: str) -> bool:
    """Tell whether a whole file is text in an encoding; it is read in pieces."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def declared_by_shapefile(path: Path) -> str:
    """Return the codec that a shapefile's ``.cpg`` or DBF header declares; empty if neither says anything."""
    sides = {p.suffix.casefold(): p for p in path.parent.glob(f"{_escaped(path.stem)}.*")}
    if ".cpg" in sides:
        codec = codec_named(sides[".cpg"].read_bytes()[:40].decode("ascii", errors="ignore").strip("\0 \r\n"))
        if codec:
            return codec
    if ".dbf" in sides:
        with sides[".dbf"].open("rb") as dbf:
            header = dbf.read(32)
        if len(header) == 32:
            return LANGUAGE_IDS.get(header[29], "")
    return ""


def _escaped(stem: str) -> str:
    """Return a file stem in which brackets do not act as a glob pattern."""
    return re.sub(r"([\[\]*?])", r"[\1]", stem)


def settle_encoding(values: Iterable[bytes], *, stated: str = "auto", declared: str = "") -> Verdict:
    """Decide in which encoding values are.

    Parameters
    ----------
    values : iterable of bytes
        All text of one file, column names included.
    stated : str
        "auto", or the encoding that the city file names.
    declared : str
        Codec that the file declares; empty if none.

    Returns
    -------
    Verdict
    """
    odd = {value for value in values if not value.isascii()}
    wanted = "" if stated == "auto" else codec_named(stated)
    likely = sum(map(_is_likely_utf8, odd))

    def verdict(encoding: str) -> Verdict:
        lost = 0
        if encoding == MIXED:
            lost = sum(_strict(v, "utf-8") is None and _strict(v, "gb18030") is None for v in odd)
        return Verdict(encoding, wanted, declared, len(odd), likely, lost)

    def fits(encoding: str) -> bool:
        return all(_strict(value, encoding) is not None for value in odd)

    if not odd:
        return verdict(wanted or declared or "utf-8")
    if wanted and fits(wanted):
        return verdict(wanted)
    if likely == len(odd):
        return verdict("utf-8")
    if declared and (likely == 0 or declared == "utf-8") and fits(declared):
        return verdict(declared)
    if fits("utf-8"):
        return verdict("utf-8")
    return verdict("gb18030" if likely == 0 and fits("gb18030") else MIXED)


def _strict(value: bytes, encoding: str) -> str | None:
    """Decode strictly, except that a character cut off by the field's width is left out; None if impossible."""
    try:
        return value.decode(encoding)
    except UnicodeDecodeError as error:
        cut = error.end == len(value) and error.start >= len(value) - 3 and error.start > 0
        cut = cut and ("incomplete" in error.reason or "unexpected end" in error.reason)
        return value[: error.start].decode(encoding, errors="ignore") if cut else None


def _is_likely_utf8(value: bytes) -> bool:
    """Tell whether bytes are UTF-8 with characters as Chinese text has them, all of three bytes or more.

    Short GBK words may be valid UTF-8 of two-byte characters by chance; Chinese in UTF-8 has none of those.
    """
    text = _strict(value, "utf-8")
    return text is not None and not text.isascii() and not NARROW.search(text)


def encoding_findings(verdict: Verdict, *, agency: str, file: str, lacking: str = ".cpg 文件") -> list[Finding]:
    """Tell what was found out about a file's encoding; nothing if it is as declared or as the city file says.

    ``lacking`` names what would have declared it.
    """
    read = {"utf-8": "UTF-8", "gb18030": "GBK"}.get(verdict.encoding, verdict.encoding.upper())
    if verdict.encoding == MIXED:
        other = verdict.values - verdict.utf8 - verdict.lost
        text = f"{file} 的属性文字混用两种编码：UTF-8 {verdict.utf8} 处，GBK {other} 处，已逐条判别读取"
        if verdict.lost:
            text += f"；另有 {verdict.lost} 处字节残缺，读不出的字以 � 代替"
        return [Finding("warning", "mixed_encoding", agency, text + "。")]
    if not verdict.values or verdict.encoding == verdict.stated:
        return []
    if verdict.stated:
        text = f"城市文件写明 {file} 的编码为 {verdict.stated}，但文字无法按它读出，已按 {read} 读取。"
        return [Finding("warning", "encoding", agency, text)]
    if verdict.declared and verdict.declared != verdict.encoding:
        text = f"{file} 声明的编码是 {verdict.declared}，内容却是 {read}，已按 {read} 读取。"
        return [Finding("warning", "encoding", agency, text)]
    if not verdict.declared and verdict.encoding != "utf-8":
        text = f"{file} 没有说明编码（无 {lacking}），按内容判为 {read} 读取；不这样读会成乱码。"
        return [Finding("warning", "encoding", agency, text)]
    return []
