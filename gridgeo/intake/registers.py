"""Registers of households, enterprises and buildings: every row kept, every unusable location told.

In: a `gridgeo.city.Register` and the communities. Out: ``kind, id, x, y, count, population, address`` with x, y in the
city CRS, NaN where there is none. Called by `gridgeo.intake.read`; next: `gridgeo.locate.assign`.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gridgeo.city import City, Register
from gridgeo.errors import SchemaError
from gridgeo.intake.features import Features, read_features
from gridgeo.intake.ids import capped, clean_ids, repeated
from gridgeo.intake.shapes import FARTHEST, refuse_endless
from gridgeo.intake.sniff import settle_points
from gridgeo.model import Finding

__all__ = ["COLUMNS", "OUTSIDE_M", "read_register", "register_duplicates", "stated_crs"]

COLUMNS = ("kind", "id", "x", "y", "count", "population", "address")

OUTSIDE_M = 1.0
"""A point this near a community belongs to it: less than any border's own accuracy. Chosen."""

NULL_ISLAND = 1e-6
"""Both coordinates below this, in whatever unit, are the zeros of an empty form."""

LARGEST = 1e9
"""No row stands for so many households or people; chosen, to tell an id in the count column."""

WORDS = {"household": "户", "enterprise": "企业", "building": "建筑"}

Numbers = NDArray[np.float64]


def read_register(register: Register, city: City, communities: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Read one register file.

    Parameters
    ----------
    register : Register
    city : City
    communities : GeoDataFrame
        In the city CRS; points beyond them are told.

    Returns
    -------
    table : DataFrame, (n,)
        `COLUMNS`; no row is dropped. Without a count column every row stands for one; a blank count is one, a blank
        population none, and both are told.
    findings : list of Finding
        Kinds point_zero, point_null, point_outside, missing_id, twisted_ids, blank_count, and those of `settle_points`.

    Raises
    ------
    ReadError, SchemaError
        Also if there is neither geometry nor coordinate columns, or a count is negative or not whole.
    """
    named = [register.id, register.x, register.y, register.count, register.population, register.address]
    features = read_features(register.source, [name for name in named if name], agency=register.kind)
    rows = features.table
    ids = clean_ids(rows[register.id].tolist(), file=features.file, column=register.id)
    x, y, unread, crs = _coordinates(features, register, ids.ids)
    zero = (np.abs(x) < NULL_ISLAND) & (np.abs(y) < NULL_ISLAND)
    null = np.isnan(x) | np.isnan(y)
    x[zero | null] = y[zero | null] = np.nan
    x, y, told = settle_points(
        x, y, crs, city, kind=register.kind, file=features.file, reference=communities, shift_m=register.source.shift_m
    )
    counts, blank_counts = _whole(rows, register.count, 1, features.file)
    people, blank_people = _whole(rows, register.population, 0, features.file)
    address = [text.strip() for text in rows[register.address]] if register.address else [""] * len(rows)
    table = pd.DataFrame(
        {
            "kind": register.kind,
            "id": ids.ids,
            "x": x,
            "y": y,
            "count": counts,
            "population": people,
            "address": address,
        }
    ).astype({"kind": object, "id": object, "address": object})
    findings = [
        *features.findings, *told,
        *_id_findings(register, ids.missing, ids.twisted, ids.ids),
        *_blank_findings(register, blank_counts, blank_people),
        *_point_findings(register, table, zero, unread),
        *_outside_findings(register, table, communities),
    ]  # fmt: skip
    return table, findings


def register_duplicates(registers: pd.DataFrame) -> list[Finding]:
    """Tell the ids that stand more than once within one kind, over all files.

    Parameters
    ----------
    registers : DataFrame
        `COLUMNS`.

    Returns
    -------
    list of Finding
        Kind duplicate_id, severity warning; every row stays in the table and counts.
    """
    told = []
    for kind, rows in registers.groupby("kind", sort=True):
        ids, points = rows["id"].tolist(), shapely.points(rows[["x", "y"]].to_numpy())
        each = []
        for name, at in sorted(repeated(ids).items(), key=lambda group: (-len(group[1]), group[0])):
            text = f"编号“{name}”在登记表中出现 {len(at)} 次，各条均保留并计数，请核对。"
            located = points[at][~np.isnan(shapely.get_x(points[at]))]
            place = shapely.multipoints(located) if len(located) else None
            each.append(Finding("warning", "duplicate_id", str(kind), text, name, geometry=place))
        told += capped(each, "另有 {more} 个编号重复（共 {all} 个）。")
    return told


# ------------------------------------------------------------- coordinates ----


def _coordinates(features: Features, register: Register, ids: list[str]) -> tuple[Numbers, Numbers, list[str], str]:
    """Return x, y as stored, what was written where no number could be read, and the CRS stated or declared."""
    rows = features.table
    if register.x and register.y:
        x, y = _numbers(rows[register.x]), _numbers(rows[register.y])
        written = [
            f"{a}, {b}" if a.strip() or b.strip() else ""
            for a, b in zip(rows[register.x], rows[register.y], strict=True)
        ]
        return x, y, written, register.source.crs
    shapes = rows.geometry.to_numpy()
    if shapely.is_missing(shapes).all():
        raise SchemaError(f"{features.file}: no row has a location; name its coordinate columns with x = … and y = …")
    refuse_endless(features, ids)
    points = shapely.point_on_surface(shapes)  # of a polygon a point inside it, of a point the point itself
    empty = shapely.is_missing(points) | shapely.is_empty(points)
    points[empty] = shapely.Point(np.nan, np.nan)
    return shapely.get_x(points), shapely.get_y(points), [""] * len(rows), stated_crs(features, register)


def stated_crs(features: Features, register: Register) -> str:
    """Return the CRS of a register's geometry: what the city file states, else what the file declares, else "auto"."""
    stated, declared = register.source.crs, features.table.crs
    if stated != "auto" or declared is None:
        return stated
    authority = declared.to_authority()
    return ":".join(authority) if authority else str(declared.to_wkt())


def _numbers(texts: pd.Series) -> Numbers:
    """Return texts as numbers; NaN where a text is none, or is no coordinate on Earth."""
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float, copy=True)
    for row in np.flatnonzero(~np.isfinite(numbers)):
        numbers[row] = _number(texts.iloc[row])
    numbers[~(np.abs(numbers) < FARTHEST)] = np.nan
    return numbers


def _number(text: str) -> float:
    """Return a coordinate; NaN if the text is none. Full-width digits are digits."""
    try:
        value = float(unicodedata.normalize("NFKC", text) if text else "nan")
    except ValueError:
        return float("nan")
    return value


def _whole(rows: pd.DataFrame, column: str | None, otherwise: int, file: str) -> tuple[NDArray[np.int64], int]:
    """Return a column of whole numbers and how many were blank; raise on anything else."""
    if column is None:
        return np.full(len(rows), otherwise, dtype=np.int64), 0
    numbers = _numbers(rows[column])
    blank = np.array([not text.strip() for text in rows[column]], dtype=bool)
    wrong = np.flatnonzero(~blank & ~((numbers >= 0) & (numbers < LARGEST) & (numbers == np.floor(numbers))))
    if len(wrong):
        row, more = wrong[0], f" ({len(wrong)} such records)" if len(wrong) > 1 else ""
        text = rows[column].iloc[row]
        raise SchemaError(
            f"{file}, record {row + 1}: {column} = {text!r} must be a whole number, 0 or more; correct it{more}"
        )
    return np.where(blank, otherwise, np.nan_to_num(numbers)).astype(np.int64), int(blank.sum())


# ---------------------------------------------------------------- findings ----


def _each(register: Register, kind: str, told: list[tuple[str, str, Any]], *, severity: str = "error") -> list[Finding]:
    """Return findings of one kind from (id, text, geometry), summed up where there are too many."""
    findings = [Finding(severity, kind, register.kind, text, name, geometry=place) for name, text, place in told]
    return capped(findings, f"{register.source.file} 另有 {{more}} 条记录同样如此（共 {{all}} 条）。")


def _id_findings(register: Register, missing: list[int], twisted: dict[int, str], ids: list[str]) -> list[Finding]:
    """Tell ids that were missing or had to be cleaned."""
    none = [(ids[row], f"第 {row + 1} 条记录没有编号，暂以“{ids[row]}”代替。", None) for row in missing]
    odd = [
        (ids[row], f"编号“{old}”含全角字符、空格或不可见字符，已规范为“{ids[row]}”。", None)
        for row, old in twisted.items()
    ]
    return [
        *_each(register, "missing_id", none, severity="warning"),
        *_each(register, "twisted_ids", odd, severity="warning"),
    ]


def _blank_findings(register: Register, counts: int, people: int) -> list[Finding]:
    """Tell how many counts were blank and what was taken instead."""
    told = []
    for column, blank, instead in ((register.count, counts, 1), (register.population, people, 0)):
        if blank:
            text = f"{register.source.file} 有 {blank} 条记录的 {column} 为空，按 {instead} 计。"
            told.append(Finding("warning", "blank_count", register.kind, text))
    return told


def _point_findings(
    register: Register, table: pd.DataFrame, zero: NDArray[np.bool_], written: list[str]
) -> list[Finding]:
    """Tell rows at (0, 0) and rows without coordinates."""
    word, ids = WORDS[register.kind], table["id"].tolist()
    zeros = [
        (ids[row], f"{word} {ids[row]} 的坐标为 (0, 0)，无法落位，请补坐标。", None) for row in np.flatnonzero(zero)
    ]
    lacking = np.isnan(table["x"].to_numpy()) & ~zero
    nulls = []
    for row in np.flatnonzero(lacking):
        reason = f"坐标“{written[row]}”无法识别" if written[row] else "没有坐标"
        nulls.append((ids[row], f"{word} {ids[row]} {reason}，无法落位，请补坐标。", None))
    return [*_each(register, "point_zero", zeros), *_each(register, "point_null", nulls)]


def _outside_findings(register: Register, table: pd.DataFrame, communities: gpd.GeoDataFrame) -> list[Finding]:
    """Tell points beyond all communities, the farthest first."""
    xy = table[["x", "y"]].to_numpy()
    placed = np.flatnonzero(~np.isnan(xy).any(axis=1))
    tree = STRtree(communities.geometry.to_numpy())
    points = shapely.points(xy[placed])
    near = tree.query(points, predicate="dwithin", distance=OUTSIDE_M)[0]
    beyond = np.setdiff1d(np.arange(len(placed)), near)
    if len(beyond) == 0:
        return []
    (at, _), distance = tree.query_nearest(points[beyond], all_matches=False, return_distance=True)
    word, ids, told = WORDS[register.kind], table["id"].tolist(), []
    for where, metres in sorted(zip(at.tolist(), distance.tolist(), strict=True), key=lambda pair: -pair[1]):
        name = ids[placed[beyond[where]]]
        text = f"{word} {name} 落在所有社区之外，距最近的社区 {_length(metres)}，请核对坐标。"
        told.append((name, text, points[beyond[where]]))
    return _each(register, "point_outside", told)


def _length(metres: float) -> str:
    """Return a distance as a planner writes it."""
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"
