"""Make the Chinese font that the printed maps carry with them; run by hand, never at run time.

In: a Noto Sans CJK collection (OFL-1.1). Out: ``gridgeo/render/fonts/GridgeoSansSC-Regular.ttf`` and its sha256.
The subset holds GB 2312, the rarer characters of place names, and map punctuation; the CFF outlines become TrueType,
because only TrueType is embedded in PDF as searchable text. The same source gives the same bytes.

    python maps/make_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FONT = Path(__file__).parents[1] / "gridgeo/render/fonts/GridgeoSansSC-Regular.ttf"
FAMILY = "Gridgeo Sans SC"
SIMPLIFIED_FACE = "Noto Sans CJK SC"
CURVE_ERROR = 1.0
"""Largest distance between a cubic and its quadratic outline, in thousandths of the em."""
EXTRA = "–—…〔〕～·×÷±≤≥≈→←↑↓△▲▽▼○●◎□■◇◆☆★✓✕①②③④⑤⑥⑦⑧⑨⑩㎡㎞∶≠²³喆堃昇淼犇"
"""What maps and reports need beyond GB 2312; characters the source lacks are left out."""
PLACE_NAMES = Path(__file__).with_name("place_name_characters.txt")
"""Characters beyond GB 2312 in the names of streets, communities and villages of the national code list of 2023."""


def gb2312() -> set[int]:
    """Return the code points of GB 2312 and ASCII."""
    points = set(range(0x20, 0x7F)) | {0xA0, 0xB7}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return points


def open_face(collection: Path) -> TTFont:
    """Return the Simplified Chinese face of a collection."""
    for number in range(20):
        font = TTFont(collection, fontNumber=number, recalcTimestamp=False)
        if font["name"].getDebugName(4) == SIMPLIFIED_FACE:
            return font
    raise SystemExit(f"{collection} holds no {SIMPLIFIED_FACE}")


def cut(font: TTFont) -> None:
    """Keep only the wanted characters and no layout features."""
    options = Options(layout_features=[], hinting=False, name_IDs=[], notdef_outline=True, glyph_names=False)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    subsetter = Subsetter(options)
    subsetter.populate(
        unicodes=gb2312() | {ord(sign) for sign in EXTRA + PLACE_NAMES.read_text("utf-8") if sign != "\n"}
    )
    subsetter.subset(font)


def quadratic_glyphs(font: TTFont) -> dict[str, object]:
    """Return every glyph with TrueType outlines."""
    glyphs = font.getGlyphSet()
    drawn = {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, CURVE_ERROR, reverse_direction=True))
        drawn[name] = pen.glyph()
    return drawn


def rebuild(font: TTFont) -> TTFont:
    """Build a TrueType font of our own name from a cut CFF face."""
    head, hhea, os2 = font["head"], font["hhea"], font["OS/2"]
    builder = FontBuilder(head.unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(font.getGlyphOrder())
    builder.setupCharacterMap(font.getBestCmap())
    builder.setupGlyf(quadratic_glyphs(font))
    glyf = builder.font["glyf"]
    advances = {name: font["hmtx"][name][0] for name in font.getGlyphOrder()}
    builder.setupHorizontalMetrics({name: (width, getattr(glyf[name], "xMin", 0)) for name, width in advances.items()})
    builder.setupHorizontalHeader(ascent=hhea.ascent, descent=hhea.descent)
    builder.setupNameTable(
        {
            "copyright": "© 2014-2021 Adobe; subset and conversion by the gridgeo project",
            "familyName": FAMILY,
            "styleName": "Regular",
            "uniqueFontIdentifier": "1.0;GridgeoSansSC-Regular",
            "fullName": f"{FAMILY} Regular",
            "psName": "GridgeoSansSC-Regular",
            "version": "Version 1.0",
            "licenseDescription": "SIL Open Font License, Version 1.1",
        }
    )
    builder.setupOS2(sTypoAscender=os2.sTypoAscender, sTypoDescender=os2.sTypoDescender, usWinAscent=os2.usWinAscent,
                     usWinDescent=os2.usWinDescent, fsType=0)  # fmt: skip
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = head.modified
    builder.font.recalcTimestamp = False
    return builder.font


def main() -> None:
    """Write the font and its hash."""
    face = open_face(Path(sys.argv[1]))
    cut(face)
    rebuild(face).save(FONT)
    digest = hashlib.sha256(FONT.read_bytes()).hexdigest()
    FONT.with_suffix(".ttf.sha256").write_text(f"{digest}  {FONT.name}\n", encoding="ascii")


if __name__ == "__main__":
    main()
