"""A large table of text, column by column, in any encoding; rows with too many or too few fields put aside.

In: the path of a ``.csv``, ``.tsv`` or ``.txt`` file, the columns wanted. Out: `TextColumns`, read block by block into
Arrow. Used by `gridgeo.intake.address_file`; registers that are only passed through are read by
`gridgeo.intake.stream_text`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as pacsv

from gridgeo.errors import ReadError, SchemaError
from gridgeo.intake.encoding import codec_named, decodes, encoding_findings, settle_encoding
from gridgeo.intake.header import HEADLESS, LOOKED_AT, above_note, header_row, looks_like_data, tidy_name
from gridgeo.intake.stream import require_columns
from gridgeo.memory import give_back

__all__ = ["Ragged", "TextColumns", "read_text_columns"]

UNICODE = "utf-8-sig"
USUAL = (UNICODE, "gb18030")
"""Tried in this order over the whole file: GB18030 takes nearly every text, UTF-8 hardly any that is none."""
MARKS = (b"\xff\xfe", b"\xfe\xff")
"""UTF-16, as Excel writes what it calls Unicode text."""
SEPARATORS = ",;\t|"
BLOCK = 1 << 24
"""Bytes read at once."""
HEADER_BYTES = 1 << 16
ARCHIVES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and other archives, and .xls and other documents of Office begin."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
MOST_CONTROL = 0.005
"""Share of control characters in text. Chosen: text has none, anything else a tenth."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ragged:
    """A row whose fields are not those of the header."""

    record: int
    """Counted from 1 below the header."""
    fields: int
    expected: int
    text: str


@dataclass(frozen=True, slots=True)
class TextColumns:
    """The wanted columns of a table."""

    columns: dict[str, pa.Array]
    """Column → large_string, never null, (n,)."""
    records: NDArray[np.int64]
    """(n,) number of each row, counted from 1 below the header, those put aside included."""
    ragged: list[Ragged]
    notes: list[str]
    """Chinese sentences on the encoding, where it is not what was said."""
    header: list[str]
    """All columns of the file, in their order."""
    separator: str
    """What stands between its fields."""


def read_text_columns(
    path: Path,
    names: list[str],
    *,
    optional: Sequence[str] = (),
    file: str,
    encoding: str = "auto",
    tell: Tell = lambda *_: None,
) -> TextColumns:
    """Read columns of delimited text; commas, semicolons, tabs or bars, whichever the header has most of.

    The header is the first row, or a later one if that has the wanted columns: titles above it are skipped.

    Parameters
    ----------
    path : Path
    names : list of str
    optional : sequence of str, keyword-only
        Columns that are read where they are there.
    file : str, keyword-only
        What messages call it.
    encoding : str, keyword-only
        "auto", or the one that somebody names; it is not believed where the text is not in it.
    tell : callable, keyword-only
        Told bytes done and bytes in all.

    Raises
    ------
    ReadError
        If the file is missing, empty or no text, the encoding has no such name, or a column stands twice in the header.
    SchemaError
        If a column is missing.
    """
    try:
        legible = _legible(path, encoding, file)
        header, separator, lines = _header(legible, names)
    except OSError as error:
        raise ReadError(f"{file} cannot be read as a table: {error.strerror or error}") from None
    except csv.Error as error:
        raise ReadError(f"{file} cannot be read as a table: its first line is none ({error})") from None
    if not header:
        raise ReadError(f"{file} cannot be read as a table: it is empty")
    if not set(names) <= set(header) and looks_like_data(header):
        raise SchemaError(f"{file} has no column {names[0]}: {HEADLESS}")
    require_columns(file, header if set(names) <= set(header) else map(tidy_name, header), names)
    if lines > 1:
        legible.notes.append(above_note(file, lines - 1))
    names = [*names, *(name for name in optional if name in header)]
    twice = next((name for name in names if header.count(name) > 1), None)
    if twice is not None:
        raise ReadError(f"{file}: column {twice!r} stands twice in the header; rename one of them")
    ragged: list[Ragged] = []
    try:
        parts = list(_blocks(legible, names, _Layout(header, separator, lines), ragged, tell))
    except (pa.ArrowException, OSError) as error:
        raise ReadError(f"{file} cannot be read as a table: {error}") from None
    open_end = next((one for one in ragged if "\n" in one.text.strip()), None)
    if open_end is not None:
        raise ReadError(
            f"{file}, record {open_end.record}: the rows below it are read as part of it; close its quotation mark, or "
            "take it out"
        )
    columns = {name: pa.chunked_array([part[at] for part in parts], pa.large_string()) for at, name in enumerate(names)}
    rows = sum(len(part[0]) for part in parts)
    del parts
    whole = {name: columns.pop(name).combine_chunks() for name in names}
    give_back()  # Arrow keeps the blocks, which are as large as the file
    return TextColumns(whole, _numbered(rows, ragged), ragged, legible.notes, header, separator)


@dataclass(frozen=True, slots=True)
class _Legible:
    """Bytes, and the encoding in which they can be read."""

    source: Path | bytes
    codec: str
    notes: list[str]

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    def beginning(self) -> str:
        """Return the text of the first bytes."""
        if isinstance(self.source, bytes):
            head = self.source[:HEADER_BYTES]
        else:
            with self.source.open("rb") as file:
                head = file.read(HEADER_BYTES)
        return head.decode(self.codec, errors="ignore")


def _legible(path: Path, encoding: str, file: str) -> _Legible:
    """Settle the encoding; where lines are in several, all of them are decoded at once."""
    with path.open("rb") as opened:
        head = opened.read(HEADER_BYTES)
        _require_text(head, file)
        if head[:2] in MARKS:
            return _Legible(path.read_bytes().decode("utf-16", errors="replace").encode(), UNICODE, [])
    stated = "" if encoding == "auto" else codec_named(encoding)
    if encoding != "auto" and not stated:
        raise ReadError(f"{file}: {encoding!r} is no encoding; say UTF-8 or GBK, or leave --encoding out")
    stated = UNICODE if stated == "utf-8" else stated
    codec = next((one for one in (*([stated] if stated else []), *USUAL) if decodes(path, one)), None)
    if codec is not None:
        read = "UTF-8" if codec == UNICODE else "GBK"
        notes = [f"{file} 的文字无法按指定的编码 {encoding} 读出，已按 {read} 读取。"]
        return _Legible(path, codec, [] if stated in ("", codec) else notes)
    lines = path.read_bytes().splitlines(keepends=True)
    verdict = settle_encoding(lines, stated=encoding)
    notes = [finding.text for finding in encoding_findings(verdict, agency="", file=file)]
    return _Legible("".join(map(verdict.decode, lines)).encode(), UNICODE, notes)


def _require_text(head: bytes, file: str) -> None:
    """Refuse what is no text at all."""
    if head.startswith(ARCHIVES):
        raise ReadError(f"{file} is no text but a spreadsheet or an archive; give it its own ending, such as .xlsx")
    if head[:2] not in MARKS and len(_CONTROL.findall(head)) > MOST_CONTROL * len(head):
        raise ReadError(f"{file} is no text; export the table as CSV or .xlsx")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a table of text is laid out."""

    header: list[str]
    separator: str
    lines: int
    """Lines down to the header, it included; 0 if Arrow reads the header itself."""


def _header(legible: _Legible, wanted: Sequence[str]) -> tuple[list[str], str, int]:
    """Return the names of the columns, what separates them, and how many lines that takes; see `_Layout`."""
    whole = legible.beginning()
    text = whole.lstrip("\r\n")
    above = whole[: len(whole) - len(text)].count("\n")
    lines = text.splitlines()[:LOOKED_AT]
    marks = [max(SEPARATORS, key=lambda mark: (line.count(mark), mark == ",")) for line in lines]
    first = next(csv.reader(io.StringIO(text), delimiter=marks[0]), []) if marks else []
    if not set(wanted) <= set(first):
        rows = [next(csv.reader([line], delimiter=mark), []) for line, mark in zip(lines, marks, strict=True)]
        at = header_row(rows, wanted)
        names = [tidy_name(name) for name in rows[at]] if rows else []
        if set(wanted) <= set(names):
            return names, marks[at], above + at + 1
    return first, marks[0] if marks else ",", 0


def _blocks(
    legible: _Legible, names: list[str], layout: _Layout, ragged: list[Ragged], tell: Tell
) -> Iterator[list[pa.Array]]:
    """Yield the columns block by block; rows that do not fit the header go to `ragged`."""

    def aside(row: pacsv.InvalidRow) -> str:
        ragged.append(Ragged(row.number - max(layout.lines, 1), row.actual_columns, row.expected_columns, row.text))
        return "skip"

    source, of = legible.source, legible.size
    with pacsv.open_csv(
        pa.BufferReader(source) if isinstance(source, bytes) else source,
        read_options=pacsv.ReadOptions(
            encoding="utf8" if legible.codec == UNICODE else legible.codec,
            block_size=BLOCK,
            use_threads=False,
            skip_rows=layout.lines,
            column_names=layout.header if layout.lines else None,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=aside
        ),
        convert_options=pacsv.ConvertOptions(
            include_columns=names, column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
        ),
    ) as reader:
        for nth, batch in enumerate(reader, 1):
            yield batch.columns
            tell(min(nth * BLOCK, of), of)


def _numbered(rows: int, ragged: list[Ragged]) -> NDArray[np.int64]:
    """Return the numbers of the rows that were read, among all of the file."""
    everything = np.arange(1, rows + len(ragged) + 1, dtype=np.int64)
    return np.delete(everything, np.array([one.record for one in ragged], np.int64) - 1) if ragged else everything
