"""A register that is handed in to be kept: each row checked, kept or refused with a sentence; repeated ids settled.

In: a `Form`, which says what the columns of a file mean, and the layer's CRS. Out: `Entries`, one row per id. Next:
`gridgeo.intake.renewal` compares them with what is known; called by `gridgeo.jobs.registers`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, fields

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.city import Source
from gridgeo.crs import parse_crs, to_city
from gridgeo.errors import CRSError, InputError, ReadError, SchemaError
from gridgeo.intake.features import Features, read_features
from gridgeo.intake.ids import clean_ids
from gridgeo.intake.shapes import FARTHEST
from gridgeo.uscc import clean_uscc, uscc_fault

__all__ = ["CONTENT", "KINDS", "PERSONAL", "Entries", "Form", "Refused", "brought", "citizen_id", "read_entries"]

KINDS = {"household": "户", "enterprise": "企业", "building": "建筑"}
PERSONAL = ("name", "phone", "person_id")
"""What is kept apart from locations and masked."""
CONTENT = {
    "address": "经营（居住）地址", "registered_address": "注册地址", "x": "坐标", "y": "坐标",
    "registered_x": "注册地坐标", "registered_y": "注册地坐标", "located_by": "定位依据", "count": "数量",
    "population": "人数", "name": "姓名（名称）", "phone": "电话", "person_id": "证件号",
}  # fmt: skip
"""Column of `Entries.table` → what a planner calls it."""
PARQUET = (".parquet", ".pq")
TEXTS = ("address", "registered_address", *PERSONAL)

NULL_ISLAND = 1e-6
"""Both coordinates below this, in whatever unit, are the zeros of an empty form."""
LARGEST = 10**9
"""No row stands for so many households or people; chosen, to tell an id in the count column."""
CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""2^(18-i) mod 11 (GB 11643-1999, ISO 7064 MOD 11-2)."""
BIRTH = re.compile(r"\d{6}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Where a register stands, and what its columns mean; None = it has no such column."""

    source: Source
    kind: str
    """household, enterprise or building."""
    id: str
    x: str | None = None
    """Longitude or easting of where it works or stands; None for a file with geometry."""
    y: str | None = None
    address: str | None = None
    registered_address: str | None = None
    registered_x: str | None = None
    registered_y: str | None = None
    count: str | None = None
    population: str | None = None
    name: str | None = None
    phone: str | None = None
    person_id: str | None = None

    @property
    def columns(self) -> dict[str, str]:
        """Meaning → column, of those that the file has."""
        said = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("source", "kind")}
        return {meaning: column for meaning, column in said.items() if column is not None}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not taken, and why."""

    record: int
    """Counted from 1 below any header."""
    id: str
    text: str
    """A Chinese sentence for the planner; names no person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """A register as it is handed in, one row per id."""

    table: pd.DataFrame
    """``record, id`` and the columns of `CONTENT`; coordinates in the layer's CRS, NaN where there are none."""
    given: frozenset[str]
    """The columns of `CONTENT` that the file speaks of; about the others it says nothing."""
    rows: int
    refused: list[Refused] = field(default_factory=list)
    repeated: int = 0
    """Rows too many that said the same as another one of their id."""
    settled: list[Refused] = field(default_factory=list)
    """Rows that contradicted a later one of their id and were put aside because the caller said the last one counts."""
    spoken_of: frozenset[str] = frozenset()
    """All ids that the file names, also in rows that were refused."""
    stated: str = ""
    """CRS that the coordinates are said to be in."""
    stored: tuple[Numbers, Numbers] = (np.empty(0), np.empty(0))
    """Operating coordinates of all rows of the file, as they stand in it."""


def citizen_id(text: str) -> bool:
    """Tell whether a text is a citizen's id number (GB 11643): with a date of birth and the right check character.

    Examples
    --------
    >>> citizen_id("11010519491231002X"), citizen_id("411102001001001001")
    (True, False)
    """
    if not BIRTH.fullmatch(text):
        return False
    total = sum(int(one) * weight for one, weight in zip(text, CITIZEN_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[-1]


def read_entries(form: Form, crs: str, *, fallback: bool = False, last_wins: bool = False) -> Entries:
    """Read a register file.

    Parameters
    ----------
    form : Form
    crs : str
        Metric CRS of the layer, into which coordinates are brought.
    fallback : bool, keyword-only
        Where a row has no operating location, its registered one stands in, and ``located_by`` says so.
    last_wins : bool, keyword-only
        Of rows with one id that contradict each other the last is taken; else none of them is.

    Returns
    -------
    Entries

    Raises
    ------
    ReadError, SchemaError
        If the file is Parquet, it or a column is missing, or a spreadsheet has turned ids into numbers (4.11102E+14).
    CRSError
        If nobody says the CRS, or the coordinates are not in it.
    InputError
        If only one of two coordinate columns is named, or there is nothing to fall back to.
    """
    _require_pairs(form, fallback)
    if form.source.path.suffix.lower() in PARQUET:
        raise ReadError(f"{form.source.file}: no register is loaded from Parquet; write it as CSV or GeoPackage")
    features = read_features(form.source, list(form.columns.values()), agency=form.kind, outlines=False)
    rows = features.table
    written = rows[form.id].tolist()
    if form.kind == "enterprise":
        written = [clean_uscc(one) if one.strip() and "E+" not in one else one for one in written]
    cleaned = clean_ids(written, file=features.file, column=form.id)
    table = pd.DataFrame({"record": np.arange(1, len(rows) + 1), "id": pd.Series(cleaned.ids, dtype=object)})
    for name in TEXTS:
        column = getattr(form, name)
        table[name] = pd.Series(_texts(rows[column]) if column else [""] * len(rows), dtype=object)
    faults = _id_faults(form, cleaned.ids, cleaned.missing)
    for name, otherwise in (("count", 1), ("population", 0)):
        table[name], wrong = _whole(rows, getattr(form, name), otherwise)
        faults |= {row: f"{CONTENT[name]}“{text}”不是非负整数" for row, text in wrong.items() if row not in faults}
    _locate(table, features, form, crs, fallback)
    refused = [_refused(table, row, text) for row, text in sorted(faults.items())]
    kept = table.drop(index=list(faults))
    spoken_of = frozenset(cleaned.ids)
    kept, repeated, contradicting = _settled(kept, last_wins)
    return Entries(
        table=kept.reset_index(drop=True),
        given=_given(form, features),
        rows=len(rows),
        refused=sorted([*refused, *([] if last_wins else contradicting)], key=lambda one: one.record),
        repeated=repeated,
        settled=contradicting if last_wins else [],
        spoken_of=spoken_of,
        stated=_stated(features, form),
        stored=_points(features, form),
    )


def _require_pairs(form: Form, fallback: bool) -> None:
    """Refuse half a pair of coordinates, and a way out that leads nowhere."""
    for one, two in (("x", "y"), ("registered_x", "registered_y")):
        if (getattr(form, one) is None) != (getattr(form, two) is None):
            raise InputError(f"name both coordinate columns, --{one.replace('_', '-')} and --{two.replace('_', '-')}")
    if fallback and form.registered_x is None:
        raise InputError("there is no registered location to fall back to; name --registered-x and --registered-y")


def _given(form: Form, features: Features) -> frozenset[str]:
    """Return what the file speaks of."""
    given = {name for name in form.columns if name in CONTENT}
    if form.x is not None or not shapely.is_missing(features.table.geometry.to_numpy()).all():
        given |= {"x", "y", "located_by"}
    return frozenset(given)


def _texts(column: pd.Series) -> list[str]:
    """Return texts without blanks around them."""
    return [text.strip() for text in column]


# --------------------------------------------------------------------------- ids ----


def _id_faults(form: Form, ids: list[str], missing: list[int]) -> dict[int, str]:
    """Return row → why its id cannot be one."""
    faults = dict.fromkeys(missing, "没有编号")
    known: dict[str, str | None] = {}
    for row, name in enumerate(ids):
        if row in faults:
            continue
        if form.kind == "enterprise":
            if name not in known:
                known[name] = uscc_fault(name)
            if known[name] is not None:
                faults[row] = f"统一社会信用代码“{name}”：{known[name]}"
        elif citizen_id(name.upper()):
            faults[row] = "编号列是公民身份号码，不能用作登记编号；请改用户号，身份证号另以 --person-id 指定"
    return faults


def _refused(table: pd.DataFrame, row: int, text: str) -> Refused:
    """Return a refused row; a citizen's id is not repeated."""
    name = str(table["id"].iloc[row])
    if citizen_id(name.upper()):
        name = f"{name[:2]}{'*' * 12}{name[-4:]}"
    return Refused(row + 1, name, f"第 {row + 1} 条：{text}，未载入。")


# ----------------------------------------------------------------------- figures ----


def _whole(rows: pd.DataFrame, column: str | None, otherwise: int) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Return a column of whole numbers, and row → what was written where it is none."""
    if column is None:
        return np.full(len(rows), otherwise, np.int64), {}
    numbers, texts = _numbers(rows[column]), rows[column].tolist()
    blank = np.array([not text.strip() for text in texts], bool)
    good = (numbers >= 0) & (numbers < LARGEST) & (numbers == np.floor(numbers))
    wrong = {int(row): str(texts[row]) for row in np.flatnonzero(~blank & ~good)}
    return np.where(good & ~blank, np.nan_to_num(numbers), otherwise).astype(np.int64), wrong


def _numbers(texts: pd.Series) -> Numbers:
    """Return texts as numbers, NaN where they are none; full-width digits are digits."""
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float, copy=True)
    for row in np.flatnonzero(~np.isfinite(numbers)):
        try:
            numbers[row] = float(unicodedata.normalize("NFKC", texts.iloc[row]) or "nan")
        except ValueError:
            numbers[row] = np.nan
    numbers[~(np.abs(numbers) < FARTHEST)] = np.nan
    return numbers


# --------------------------------------------------------------------- locations ----


def _locate(table: pd.DataFrame, features: Features, form: Form, crs: str, fallback: bool) -> None:
    """Add both locations in the layer's CRS, and which of them decides the grid."""
    stated = _stated(features, form)
    x, y = _points(features, form)
    table["x"], table["y"] = brought(x, y, stated, crs, form.source.file)
    x, y = (
        _numbers(features.table[column]) if column else np.full(len(table), np.nan)
        for column in (form.registered_x, form.registered_y)
    )
    table["registered_x"], table["registered_y"] = brought(x, y, stated, crs, form.source.file)
    located = np.isfinite(table["x"].to_numpy())
    instead = ~located & np.isfinite(table["registered_x"].to_numpy()) if fallback else np.zeros(len(table), bool)
    for axis in ("x", "y"):
        table[axis] = np.where(instead, table[f"registered_{axis}"], table[axis])
    table["located_by"] = np.select([located, instead], ["operating", "registered"], "none").astype(object)


def _stated(features: Features, form: Form) -> str:
    """Return the CRS of the coordinates."""
    declared = features.table.crs
    if form.source.crs != "auto":
        return form.source.crs
    if declared is None or form.x is not None:
        raise CRSError(
            f"{form.source.file} does not say the datum of its coordinates; add --crs EPSG:4490, GCJ-02, BD-09 or the "
            "EPSG code that they are in (the wrong one moves them by hundreds of metres)"
        )
    return str(declared.to_string())


def _points(features: Features, form: Form) -> tuple[Numbers, Numbers]:
    """Return the operating location as the file has it."""
    rows = features.table
    if form.x is not None and form.y is not None:
        return _numbers(rows[form.x]), _numbers(rows[form.y])
    shapes = rows.geometry.to_numpy()
    if shapely.is_missing(shapes).all():
        if form.registered_x is not None:
            return np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        raise SchemaError(f"{form.source.file} has no geometry; name its coordinate columns with --x and --y")
    points = shapely.point_on_surface(shapes)
    points[shapely.is_missing(points) | shapely.is_empty(points)] = shapely.Point(np.nan, np.nan)
    return shapely.get_x(points), shapely.get_y(points)


def brought(x: Numbers, y: Numbers, stated: str, crs: str, file: str) -> tuple[Numbers, Numbers]:
    """Bring coordinates into the layer's CRS; refuse those of which most are no degrees where degrees are stated."""
    none = (np.abs(x) < NULL_ISLAND) & (np.abs(y) < NULL_ISLAND) | np.isnan(x) | np.isnan(y)
    x, y = np.where(none, np.nan, x), np.where(none, np.nan, y)
    if parse_crs(stated).is_geographic:
        wrong = (np.abs(x) > 360) | (np.abs(y) > 360)
        if wrong.any() and 2 * wrong.sum() > (~none).sum():
            row = int(np.flatnonzero(wrong)[0])
            raise CRSError(
                f"{file}, record {row + 1}: {x[row]:.1f}, {y[row]:.1f} are no degrees, but --crs says {stated}; name "
                "the metric system that they are in, such as EPSG:4547"
            )
    east, north = np.full(len(x), np.nan), np.full(len(x), np.nan)
    if not none.all():
        east[~none], north[~none] = to_city(x[~none], y[~none], stated, crs)
    lost = ~(np.isfinite(east) & np.isfinite(north))
    east[lost] = north[lost] = np.nan
    return east, north


# ---------------------------------------------------------------------- repeated ----


def _settled(table: pd.DataFrame, last_wins: bool) -> tuple[pd.DataFrame, int, list[Refused]]:
    """Leave one row per id: of equal ones the first, of contradicting ones none, or the last.

    Returns
    -------
    table : DataFrame
    repeated : int
        Rows too many that said the same.
    contradicting : list of Refused
        Every row that was put aside otherwise.
    """
    twice = table[table.duplicated("id", keep=False)]
    repeated, drop, told = 0, list[int](), list[Refused]()
    for name, rows in twice.groupby("id", sort=True):
        different = [one for one in CONTENT if rows[one].nunique(dropna=False) > 1]
        if not different:
            repeated += len(rows) - 1
            drop += rows.index[1:].tolist()
            continue
        records = "、".join(map(str, rows["record"].tolist()[:10])) + (" …" if len(rows) > 10 else "")
        what = "、".join(dict.fromkeys(CONTENT[one] for one in different))
        aside = rows.index[:-1] if last_wins else rows.index
        rule = (
            f"按 --last-wins 采用第 {rows['record'].iloc[-1]} 条" if last_wins
            else "均未载入，库中原有记录不变；请核对后重新提交，或加 --last-wins 以最后一条为准"
        )  # fmt: skip
        text = f"编号“{name}”出现在第 {records} 条，{what}不一致，{rule}。"
        told += [Refused(int(table.at[row, "record"]), str(name), text) for row in aside]
        drop += aside.tolist()
    return table.drop(index=drop), repeated, told
