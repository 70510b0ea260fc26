"""The text of a CAD drawing, whose header often says nothing about its encoding, or something wrong.

In: a DXF as it lies on disk. Out: the same in UTF-8, which GDAL is told, and findings. Used by
`gridgeo.intake.features` around `gridgeo.intake.vector`.

GDAL believes ``$DWGCODEPAGE`` and takes Latin-1 without it, so that 党建一格 becomes µ³½¨Ò»¸ñ. Drawings of 2007 and
later (``AC1021``) are UTF-8 whatever code page they name, which GDAL does not know either.
"""

from __future__ import annotations

import codecs
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyogrio

from gridgeo.city import Source
from gridgeo.intake.encoding import Verdict, codec_named, encoding_findings, settle_encoding
from gridgeo.intake.formats import Dataset
from gridgeo.model import Finding

__all__ = ["legible_drawing"]

BINARY = b"AutoCAD Binary DXF"
UNICODE_SINCE = 1021
"""``$ACADVER`` of AutoCAD 2007, the first to write UTF-8."""
CODE_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(\S+)")
VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d+)")
HEADER = re.compile(rb"\bSECTION\s+2\s+HEADER\b")
EMPTY_HEADER = "0\nSECTION\n2\nHEADER\n9\n$DWGCODEPAGE\n3\nANSI_936\n0\nENDSEC\n"
"""GDAL heeds ``DXF_ENCODING`` only in a drawing that has a header."""

CHINESE_SHARE = 0.9
"""Of the values beyond ASCII, so many must be Chinese to overrule a Western code page. Chosen."""


@contextmanager
def legible_drawing(
    dataset: Dataset, source: Source, *, agency: str
) -> Iterator[tuple[Dataset, Source, list[Finding]]]:
    """Give a drawing that GDAL reads without loss for the time of a ``with`` block.

    Parameters
    ----------
    dataset : Dataset
        A DXF.
    source : Source
        Its ``encoding`` is heeded.
    agency : str, keyword-only
        For the findings.

    Yields
    ------
    dataset : Dataset
        A copy in UTF-8, or the drawing itself where it holds nothing but ASCII.
    source : Source
        The same with the encoding of the copy.
    findings : list of Finding
        Kinds encoding, mixed_encoding.
    """
    raw = dataset.path.read_bytes()
    if raw.isascii() or raw.startswith(BINARY):
        yield dataset, source, []
        return
    lines = raw.removeprefix(codecs.BOM_UTF8).splitlines()
    verdict = _verdict(raw, {line for line in lines if not line.isascii()}, source.encoding)
    told = encoding_findings(verdict, agency=agency, file=source.file, lacking="$DWGCODEPAGE")
    text = "" if HEADER.search(raw) else EMPTY_HEADER
    with tempfile.TemporaryDirectory(prefix="gridgeo-") as folder:
        copy = Path(folder, dataset.path.name)
        copy.write_text(text + "\n".join(map(verdict.decode, lines)) + "\n", encoding="utf-8", newline="\n")
        pyogrio.set_gdal_config_options({"DXF_ENCODING": "UTF-8"})
        try:
            yield replace(dataset, path=copy), replace(source, encoding="utf-8"), told
        finally:
            pyogrio.set_gdal_config_options({"DXF_ENCODING": None})


def _verdict(raw: bytes, odd: set[bytes], stated: str) -> Verdict:
    """Decide the encoding of a drawing's lines; English AutoCAD names cp1252 even where Chinese was typed."""
    version, page = VERSION.search(raw), CODE_PAGE.search(raw)
    declared = codec_named(page[1].decode("ascii", errors="ignore")) if page else ""
    if version and int(version[1]) >= UNICODE_SINCE:
        declared = "utf-8"
    if declared == "cp1252" and sum(map(_is_chinese, odd)) >= CHINESE_SHARE * len(odd):
        return replace(settle_encoding(odd, stated=stated), declared=declared)
    return settle_encoding(odd, stated=stated, declared=declared)


def _is_chinese(value: bytes) -> bool:
    """Tell whether bytes are GB2312, mostly its common characters.

    Both bytes of a GB2312 character are high, so its runs are even; accented letters stand alone among ASCII. Where two
    stand together, as in Größe, they are rarely one of the 3755 common characters, which begin with 0xB0 to 0xD7.
    """
    runs = re.findall(rb"[\x80-\xff]+", value)
    try:
        characters = [character for run in runs for character in run.decode("gb2312")]
    except UnicodeDecodeError:
        return False
    common = sum(0xB0 <= character.encode("gb2312")[0] <= 0xD7 for character in characters)
    return 2 * common > len(characters)
