"""An address library as it is handed in: ids, texts, names and coordinates out of any file, column by column.

In: an `AddressForm`. Out: `AddressFile`, as written and not yet judged. Tables of text and Parquet are read without
Python's own values, since a city has millions of addresses; every other format as `gridgeo.intake.features` reads it.
Next: `gridgeo.intake.address_entries`; called by `gridgeo.jobs.addresses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from gridgeo.city import Source
from gridgeo.crs import parse_crs
from gridgeo.errors import CRSError, InputError, ReadError, SchemaError
from gridgeo.intake.address_levels import joined_levels, level_columns
from gridgeo.intake.coordinate_text import coordinate_in, pair_in
from gridgeo.intake.features import read_features
from gridgeo.intake.shapes import FARTHEST
from gridgeo.intake.stream import numbers, text_ids, texts
from gridgeo.intake.stream_parquet import open_parquet
from gridgeo.intake.text_columns import Ragged, read_text_columns

__all__ = ["AddressFile", "AddressForm", "read_address_file"]

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".geoparquet", ".pq")
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
FRACTION = r"^[0-9]+\.0+$"
MOST_ODD = 1000
"""So many numbers that cannot be read are kept to be told. Chosen: more than anybody reads."""

Numbers = NDArray[np.float64]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressForm:
    """Where a library stands, and what its columns mean; None = it has no such column."""

    source: Source
    id: str = "id"
    address: str | None = None
    """Column with the addresses; several, separated by commas, are joined: 区县,街道,道路,门牌号."""
    name: str | None = None
    """Column with the name of an enterprise or place; its rows are places."""
    x: str | None = None
    """Longitude or easting; None for a file with geometry."""
    y: str | None = None
    """May be the same column as x, if that holds both: 113.41,34.64."""

    @property
    def levels(self) -> list[str]:
        """The columns that are joined into addresses."""
        return level_columns(self.address) if self.address else []

    @property
    def columns(self) -> list[str]:
        """The columns that the file must have."""
        return list(dict.fromkeys(one for one in (self.id, *self.levels, self.name, self.x, self.y) if one))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AddressFile:
    """A library as it stands in its file."""

    ids: pa.Array
    """(n,) large_string, never null; "" where a row has none."""
    addresses: pa.Array
    names: pa.Array
    x: Numbers
    """(n,) as stored; NaN where there is no number."""
    y: Numbers
    blank: NDArray[np.bool_]
    """(n,) True where a row says no coordinates at all."""
    odd: dict[int, str] = field(default_factory=dict)
    """Row → what stands where a number should; some of them if there are many."""
    records: NDArray[np.int64]
    """(n,) number of each row, from 1 below any header."""
    ragged: list[Ragged] = field(default_factory=list)
    stated: str
    """The CRS of the coordinates: what the form says, else what the file says."""
    notes: list[str] = field(default_factory=list)
    """Chinese sentences on encoding and repairs."""

    @property
    def rows(self) -> int:
        """Rows of the file, those put aside included."""
        return len(self.ids) + len(self.ragged)


def read_address_file(form: AddressForm, *, tell: Tell = lambda *_: None) -> AddressFile:
    """Read a library.

    Parameters
    ----------
    form : AddressForm
    tell : callable, keyword-only
        Told how much is read and how much there is.

    Raises
    ------
    ReadError, SchemaError
        If the file or a column is missing, or a spreadsheet has turned ids into numbers (4.11102E+14).
    CRSError
        If nobody says the CRS.
    InputError
        If only one of two coordinate columns is named, one column is named twice, or neither addresses nor names are.
    """
    _require_columns(form)
    path = form.source.path
    if not path.exists():
        raise ReadError(f"{form.source.file}: there is no such file")
    suffix = path.suffix.casefold()
    if suffix in TEXT and form.x is not None:
        return _from_text(form, path, tell)
    return _from_parquet(form, path) if suffix in PARQUET else _from_features(form)


def _require_columns(form: AddressForm) -> None:
    """Refuse a form that cannot be meant."""
    if (form.x is None) != (form.y is None):
        raise InputError("name both coordinate columns, --x and --y")
    if form.address is None and form.name is None:
        raise InputError(
            "name the column of addresses with --address, or that of names of places with --name; addresses in several "
            "columns are joined: --address 区县,街道,道路,门牌号,小区,楼栋,单元,房号"
        )
    named = [("--id", form.id), *(("--address", one) for one in form.levels), ("--name", form.name), ("--x", form.x)]
    named += [("--y", form.y)] if form.y != form.x else []
    for nth, (option, column) in enumerate(named):
        again = next((other for other, same in named[nth + 1 :] if same == column), None)
        if column is not None and again is not None:
            raise InputError(f"{option} and {again} both name the column {column}; each has one of its own")


def _stated(form: AddressForm, declared: str | None) -> str:
    """Return the CRS of the coordinates."""
    if form.source.crs != "auto":
        return form.source.crs
    if declared is None or form.x is not None:
        raise CRSError(
            f"{form.source.file} does not say the datum of its coordinates; add --crs EPSG:4490, GCJ-02, BD-09 or the "
            "EPSG code that they are in (the wrong one moves them by hundreds of metres)"
        )
    return declared


# ----------------------------------------------------------------------- formats ----


def _from_text(form: AddressForm, path: Path, tell: Tell) -> AddressFile:
    """Read delimited text."""
    stated = _stated(form, None)
    file = form.source.file
    read = read_text_columns(path, form.columns, file=file, encoding=form.source.encoding, tell=tell)
    columns, count = read.columns, len(read.records)
    odd: dict[int, str] = {}
    x, y, blank = _coordinates(columns[str(form.x)], columns[str(form.y)], odd, stated)
    return AddressFile(
        ids=_without_point(_large(text_ids(columns[form.id], file=file, name=form.id))),
        addresses=_addresses(form, columns.__getitem__, count),
        names=columns[form.name] if form.name else _nothing(count),
        x=x, y=y, blank=blank, odd=odd, records=read.records, ragged=read.ragged, stated=stated,
        notes=read.notes,
    )  # fmt: skip


def _from_parquet(form: AddressForm, path: Path) -> AddressFile:
    """Read Parquet with coordinates in two columns, or GeoParquet."""
    file = form.source.file
    stream = open_parquet(path, key=form.id, x=form.x, y=form.y, text=None)
    stated = _stated(form, stream.crs)
    batches = list(stream.batches())
    shapes = [_points(batch.places.x, batch.places.y, batch.places.shapes) for batch in batches]
    x, y = (np.concatenate([shape[axis] for shape in shapes]) if shapes else np.empty(0) for axis in (0, 1))

    def column(name: str) -> pa.Array:
        return _large(texts(pq.read_table(path, columns=[name])[name], file=file, name=name))

    return AddressFile(
        ids=_joined([batch.ids for batch in batches]), addresses=_addresses(form, column, len(x)),
        names=column(form.name) if form.name else _nothing(len(x)),
        x=x, y=y, blank=np.isnan(x) & np.isnan(y), records=np.arange(1, len(x) + 1), stated=stated,
    )  # fmt: skip


def _from_features(form: AddressForm) -> AddressFile:
    """Read whatever else the project reads."""
    file = form.source.file
    features = read_features(form.source, form.columns, agency="address", outlines=False)
    rows, count, odd = features.table, len(features.table), dict[int, str]()
    stated = _stated(form, rows.crs.to_string() if rows.crs is not None else None)
    if form.x is not None and form.y is not None:
        said = _column(rows[form.x])
        x, y, blank = _coordinates(said, said if form.x == form.y else _column(rows[form.y]), odd, stated)
    else:
        shapes = rows.geometry.to_numpy()
        if shapely.is_missing(shapes).all():
            raise SchemaError(f"{file} has no geometry; name its coordinate columns with --x and --y")
        x, y = _points(np.full(count, np.nan), np.full(count, np.nan), shapes)
        blank = np.isnan(x)
    return AddressFile(
        ids=_large(text_ids(_column(rows[form.id]), file=file, name=form.id)),
        addresses=_addresses(form, lambda name: _column(rows[name]), count),
        names=_column(rows[form.name]) if form.name else _nothing(count),
        x=x, y=y, blank=blank, odd=odd, records=np.arange(1, count + 1), stated=stated,
        notes=[finding.text for finding in features.findings if finding.severity != "note"],
    )  # fmt: skip


# ----------------------------------------------------------------------- columns ----


def _without_point(ids: pa.Array) -> pa.Array:
    """Take .0 off where a program wrote a whole column of whole numbers as fractions."""
    filled = ids.filter(pc.not_equal(ids, ""))
    fractions = len(filled) and pc.all(pc.match_substring_regex(filled, FRACTION)).as_py()
    return pc.replace_substring_regex(ids, r"\.0+$", "") if fractions else ids


def _nothing(count: int) -> pa.Array:
    """Return a column of empty texts."""
    return pa.array([""], pa.large_string()).take(pa.array(np.zeros(count, np.int64)))


def _large(column: pa.Array) -> pa.Array:
    """Return text whose whole may be longer than 2 GB."""
    return column.cast(pa.large_string())


def _joined(parts: list[pa.Array]) -> pa.Array:
    """Put the parts of a column together."""
    return pa.chunked_array([_large(part) for part in parts], pa.large_string()).combine_chunks()


def _column(values: pd.Series) -> pa.Array:
    """Return a column of Python's texts."""
    return pa.array(values.tolist(), pa.large_string())


def _addresses(form: AddressForm, column: Callable[[str], pa.Array], count: int) -> pa.Array:
    """Return the addresses of all rows, joined where the form names several columns."""
    return joined_levels({name: column(name) for name in form.levels}) if form.levels else _nothing(count)


def _coordinates(
    x: pa.Array, y: pa.Array, odd: dict[int, str], stated: str
) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Return both coordinates of all rows, and where there is neither; one column may hold both."""
    degrees = parse_crs(stated).is_geographic
    if x is y:
        pairs = [pair_in(text) if text.strip() else ("", "") for text in x.to_pylist()]
        spoilt = {row: text for row, text in enumerate(x.to_pylist()) if text.strip() and pairs[row] == ("", "")}
        odd |= dict(list(spoilt.items())[:MOST_ODD])
        x, y = (pa.array([pair[axis] for pair in pairs], pa.large_string()) for axis in (0, 1))
    else:
        spoilt = {}
    (values, no_x), (others, no_y) = (_coordinate(column, odd, degrees=degrees) for column in (x, y))
    blank = no_x & no_y
    blank[list(spoilt)] = False
    return values, others, blank


def _coordinate(column: pa.Array, odd: dict[int, str], *, degrees: bool) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return text as numbers, and where there is none at all; full-width digits are digits."""
    plain = pc.match_substring_regex(column, NUMBER)  # a column with words in it is not cast as a whole
    values = np.array(numbers(pc.if_else(plain, column, pa.scalar(None, pa.large_string()))), float)
    unread = np.flatnonzero(~np.isfinite(values))
    left = pc.utf8_trim_whitespace(column.take(pa.array(unread))).to_pylist()
    blank = np.zeros(len(values), bool)
    for row, text in zip(unread.tolist(), left, strict=True):
        blank[row] = not text
        values[row] = coordinate_in(text, degrees=degrees) if text else np.nan
        if text and not np.isfinite(values[row]) and len(odd) < MOST_ODD:
            odd.setdefault(row, text)
    values[~(np.abs(values) < FARTHEST)] = np.nan
    return values, blank


def _points(x: Numbers, y: Numbers, shapes: NDArray[np.object_] | None) -> tuple[Numbers, Numbers]:
    """Return points, of lines and areas one that lies on them."""
    if shapes is None:
        return x, y
    rows = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    on = shapely.point_on_surface(shapes[rows])
    x, y = x.copy(), y.copy()
    x[rows], y[rows] = shapely.get_x(on), shapely.get_y(on)
    return x, y
