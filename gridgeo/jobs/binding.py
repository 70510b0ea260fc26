"""Bind drawn pages into one document: a PDF with outline, page labels and alt text, or an archive of PNGs.

In: the parts that `press` made, the heads of the book. Out: one file at the given place. The same parts give the same
bytes.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from gridgeo.jobs.press import Pressed, sheets
from gridgeo.render.book import Book, Head

__all__ = ["bind_archive", "bind_pdf"]

LANGUAGE = "zh-CN"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip archive can name; the clock would make every archive another one."""
READABLE = 0o644 << 16
_UNSAFE = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')
_BEFORE = b"/Figure <</MCID 0>> BDC EMC\n/P <</MCID 1>> BDC\n"
_AFTER = b"\nEMC\n"


def bind_pdf(pressed: Pressed, book: Book, out: Path, *, maker: str) -> None:
    """Join the parts into one PDF.

    Parameters
    ----------
    pressed : Pressed
    book : Book
    out : Path
    maker : str, keyword-only
        Author; empty: none.

    Notes
    -----
    Every page is tagged as a figure with its alt text, followed by the page's text, so that a screen reader first says
    what the map shows and then reads margin and table.
    """
    writer = PdfWriter()
    for part in pressed.parts:
        writer.append(PdfReader(part.file), import_outline=False)
    heads = [head for leaf in book.heads for head in leaf]
    _outline(writer, heads)
    _labels(writer, heads)
    _tag(writer, pressed.alt)
    said = {"/Title": book.title, "/Subject": pressed.alt[0], "/Author": maker, "/Creator": "gridgeo"}
    writer.add_metadata({name: text for name, text in said.items() if text})
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject(LANGUAGE)
    root[NameObject("/PageMode")] = NameObject("/UseOutlines")
    root[NameObject("/ViewerPreferences")] = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    with out.open("wb") as file:
        writer.write(file)


def _outline(writer: PdfWriter, heads: Sequence[Head]) -> None:
    """Add the bookmarks; one that stands above others leads to the first page below it."""
    known: dict[tuple[str, ...], IndirectObject] = {}
    for page, head in enumerate(heads):
        for depth in range(1, len(head.outline) + 1):
            path = head.outline[:depth]
            if path not in known or depth == len(head.outline):
                parent = known.get(path[:-1])
                known[path] = writer.add_outline_item(
                    title=path[-1], page_number=page, parent=parent, is_open=depth == 1
                )
        for name in head.below:
            writer.add_outline_item(title=name, page_number=page, parent=known[head.outline], is_open=False)


def _labels(writer: PdfWriter, heads: Sequence[Head]) -> None:
    """Say what a reader shows for the number of each page."""
    numbers = ArrayObject()
    for page, head in enumerate(heads):
        numbers += [NumberObject(page), DictionaryObject({NameObject("/P"): TextStringObject(head.label)})]
    writer.root_object[NameObject("/PageLabels")] = DictionaryObject({NameObject("/Nums"): numbers})


def _tag(writer: PdfWriter, alts: Sequence[str]) -> None:
    """Tag every page as a figure with its alt text, and the text below it."""
    before, after = (writer._add_object(_stream(data)) for data in (_BEFORE, _AFTER))
    tree, whole = DictionaryObject(), DictionaryObject()
    tree_at, whole_at = writer._add_object(tree), writer._add_object(whole)
    kids, parents = ArrayObject(), ArrayObject()
    for number, (page, alt) in enumerate(zip(writer.pages, alts, strict=True)):
        page[NameObject("/Contents")] = ArrayObject([before, page.raw_get("/Contents"), after])
        page[NameObject("/StructParents")] = NumberObject(number)
        page[NameObject("/Tabs")] = NameObject("/S")
        leads = page.indirect_reference
        figure = _element("Figure", whole_at, leads, 0, {NameObject("/Alt"): TextStringObject(alt)})
        pair = ArrayObject([writer._add_object(figure), writer._add_object(_element("P", whole_at, leads, 1, {}))])
        kids += pair
        parents += [NumberObject(number), writer._add_object(pair)]
    whole.update({NameObject("/Type"): NameObject("/StructElem"), NameObject("/S"): NameObject("/Document")})
    whole.update({NameObject("/P"): tree_at, NameObject("/K"): kids})
    numbered = DictionaryObject({NameObject("/Nums"): parents})
    tree.update({NameObject("/Type"): NameObject("/StructTreeRoot"), NameObject("/K"): whole_at})
    tree.update({NameObject("/ParentTree"): numbered, NameObject("/ParentTreeNextKey"): NumberObject(len(alts))})
    writer.root_object[NameObject("/StructTreeRoot")] = tree_at
    writer.root_object[NameObject("/MarkInfo")] = DictionaryObject({NameObject("/Marked"): BooleanObject(True)})


def _stream(data: bytes) -> DecodedStreamObject:
    """Return a stream of some bytes."""
    stream = DecodedStreamObject()
    stream.set_data(data)
    return stream


def _element(
    kind: str, parent: IndirectObject, page: IndirectObject | None, mark: int, more: dict[NameObject, TextStringObject]
) -> DictionaryObject:
    """Return one element of the document's structure."""
    element = DictionaryObject(
        {NameObject("/Type"): NameObject("/StructElem"), NameObject("/S"): NameObject(f"/{kind}")}
    )
    element.update({NameObject("/P"): parent, NameObject("/Pg"): page, NameObject("/K"): NumberObject(mark), **more})
    return element


def bind_archive(pressed: Pressed, book: Book, out: Path) -> None:
    """Put the PNGs into one archive, each named by its page and unit.

    Parameters
    ----------
    pressed : Pressed
        Drawn with ``dpi``.
    book : Book
    out : Path
    """
    heads = [head for leaf in book.heads for head in leaf]
    pages = [sum(len(book.heads[at]) for at in part.leaves) for part in pressed.parts]
    digits = len(str(len(heads)))
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for number, (head, file) in enumerate(zip(heads, sheets(pressed.parts, pages), strict=True), start=1):
            name = _UNSAFE.sub("_", f"{number:0{digits}d}_{head.title}")
            # A file name may have 255 bytes, a Chinese character has three.
            entry = ZipInfo(f"{name[:70]}.png", date_time=EPOCH)
            entry.external_attr, entry.create_system = READABLE, 3
            with archive.open(entry, "w") as into, file.open("rb") as sheet:
                shutil.copyfileobj(sheet, into)
