"""Which edited feature is which grid: by code, and where codes are doubled, emptied or gone, by ground.

In: grids as exported, features as they came back. Out: an `Identity`. A feature whose code is empty, unknown, or borne
by another one too (QGIS copies attributes when it splits) is a new part; of several parts the one with the most
households goes on with the code, as in every split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from gridgeo.draft.change import KINDS
from gridgeo.draft.edited import Comparison, Feature, Told, inside
from gridgeo.draft.ground import GridRow
from gridgeo.draft.state import State
from gridgeo.partition.overlaid import SAME_M, is_narrow

__all__ = ["Identity", "identified"]

LONGEST_NAME = 200
CODES_TOLD = 10
FIXED = {
    "full_name": "全称", "community_code": "社区编码", "community_name": "社区名称", "households": "户数",
    "enterprises": "企业数", "population": "人口", "area_m2": "面积", "locked": "锁定",
}  # fmt: skip
"""Columns that follow from ground, places and communities, or have an operation of their own."""


@dataclass(slots=True)
class Identity:
    """Which feature is which grid."""

    row_of: dict[str, int] = field(default_factory=dict)
    """Code → row of the feature that goes on with it."""
    untouched: set[int] = field(default_factory=set)
    """Rows of features whose outline is as exported."""
    renamed: dict[str, str] = field(default_factory=dict)
    retyped: dict[str, str] = field(default_factory=dict)
    """Code → what it is to be."""

    @property
    def code_of(self) -> dict[int, str]:
        """Row of a feature → code."""
        return {row: code for code, row in self.row_of.items()}


def identified(
    before: Mapping[str, GridRow], features: Sequence[Feature], state: State, done: Comparison
) -> Identity:  # fmt: skip
    """Tell which feature is which grid; what cannot be used goes to the refusals."""
    kept = Identity()
    done.refusals += [told for feature in features if (told := _broken(feature)) is not None]
    if done.refusals:
        return kept
    bearers: dict[str, list[int]] = {}
    for row, feature in enumerate(features):
        if feature.code in before:
            bearers.setdefault(feature.code, []).append(row)
        elif feature.code:
            text = f"{feature.name}的编码不在导出的图层中，按新网格处理"
            done.notes.append(Told("unknown_code", text, inside(feature.geometry), codes=feature.codes))
    for code, rows in sorted(bearers.items()):
        kept.row_of[code] = rows[0] if len(rows) == 1 else _main(code, rows, before, features, state)
        if len(rows) > 1:
            text = f"编码 {code} 出现 {len(rows)} 次：户数最多的一块沿用编码，其余按新网格处理"
            done.notes.append(Told("doubled_code", text, inside(features[kept.row_of[code]].geometry), codes=(code,)))
    _same_outline(before, features, kept)
    _unclaimed(before, features, state, kept, done)
    _attributes(before, features, kept, done)
    return kept


def _broken(feature: Feature) -> Told | None:
    """Say why the outline of a feature cannot be used."""
    shape, name = feature.geometry, feature.name
    if shape is None or shape.is_empty:
        return Told("missing", f"{name}没有几何图形；请补画，或删去这个要素", codes=feature.codes)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return Told("not_polygon", f"{name}不是面（{shape.geom_type}）；请改为面", inside(shape), codes=feature.codes)
    at = inside(shape)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return Told("coordinates", f"{name}的坐标不是数；请重画", codes=feature.codes)
    if shape.geom_type == "MultiPolygon":
        small = min(shapely.get_parts(shape), key=shapely.area)
        text = f"{name}由 {len(shapely.get_parts(shape))} 块组成，最小的一块 {small.area:.2f} 平方米；"
        return Told(
            "multipart", f"{text}每个网格须是一整块，请用“拆分多部件要素”分开", inside(small), codes=feature.codes
        )
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        place = reason[reason.find("[") + 1 : reason.find("]")].split() if "[" in reason else []
        at = (float(place[0]), float(place[1])) if len(place) >= 2 else at
        return Told("invalid", f"{name}的边线自相交或重复；请用顶点工具改正", at, codes=feature.codes)
    return None


def _same_outline(before: Mapping[str, GridRow], features: Sequence[Feature], kept: Identity) -> None:
    """Note the features whose outline is as exported, wherever its rings begin."""
    pairs = list(kept.row_of.items())
    old = np.array([*(before[code].geometry for code, _ in pairs), None], object)[:-1]
    new = np.array([*(features[row].geometry for _, row in pairs), None], object)[:-1]
    same = shapely.equals_exact(old, new, 0)
    rest = np.flatnonzero(~same)
    same[rest] = shapely.equals_exact(shapely.normalize(old[rest]), shapely.normalize(new[rest]), 0)
    kept.untouched = {pairs[k][1] for k in np.flatnonzero(same).tolist()}


# ---------------------------------------------------------------------- who goes on ----


def _main(
    code: str, rows: Sequence[int], before: Mapping[str, GridRow], features: Sequence[Feature], state: State
) -> int:  # fmt: skip
    """Return which of some features holds most of a grid: households, then area, then the first in the file."""
    places = state.places([code])[code]
    homes = places.take(np.flatnonzero(places.kind == "household"))
    own = before[code].geometry

    def size(row: int) -> tuple[int, float, int]:
        part = shapely.intersection(own, features[row].geometry)
        held = shapely.intersects_xy(part, homes.xy[:, 0], homes.xy[:, 1]) if len(homes) else np.zeros(0, bool)
        return int(homes.count[held].sum()), round(float(part.area), 3), -row

    return max(rows, key=size)


def _unclaimed(
    before: Mapping[str, GridRow], features: Sequence[Feature], state: State, kept: Identity, done: Comparison
) -> None:  # fmt: skip
    """Let new features go on with grids that no feature bears the code of: somebody emptied or changed it."""
    known = set(kept.row_of.values())
    new = [row for row in range(len(features)) if row not in known]
    gone = sorted(set(before) - set(kept.row_of))
    if not new or not gone:
        return
    tree = shapely.STRtree([before[code].geometry for code in gone])
    claims: dict[str, list[int]] = {}
    for row in new:
        shape = features[row].geometry
        shares = [
            (float(shapely.intersection(before[gone[k]].geometry, shape).area), gone[k])
            for k in np.sort(tree.query(shape)).tolist()
        ]
        area_m2, code = max(shares, default=(0.0, ""))
        if area_m2 > shape.area / 2 and not _is_site(before[code], features[row]):
            claims.setdefault(code, []).append(row)
    for code, rows in sorted(claims.items()):
        kept.row_of[code] = _main(code, rows, before, features, state)
        feature = features[kept.row_of[code]]
        text = f"网格 {code} 的编码被清空或改写，但地块还在：仍用编码 {code}"
        done.notes.append(Told("code_kept", text, inside(feature.geometry), codes=(code,)))


def _is_site(row: GridRow, feature: Feature) -> bool:
    """Tell whether a feature is a new exclusive site and not a general grid that goes on."""
    other = feature.kind == "exclusive" and row.kind != "exclusive"
    return other and not is_narrow(shapely.symmetric_difference(row.geometry, feature.geometry), SAME_M)


# ----------------------------------------------------------------------- attributes ----


def _attributes(
    before: Mapping[str, GridRow], features: Sequence[Feature], kept: Identity, done: Comparison
) -> None:  # fmt: skip
    """Note new names and kinds, and tell what cannot be edited by hand."""
    ignored: dict[str, list[str]] = {}
    code_of = kept.code_of
    for row, feature in enumerate(features):
        code, at = code_of.get(row, ""), inside(feature.geometry)
        done.refusals += _unusable(feature, at, required=bool(code))
        if not code:
            continue
        was = before[code]
        if not feature.short_name and was.short_name:
            done.notes.append(Told("short_name", f"{feature.name}的简称（short_name）是空的，未改", at, codes=(code,)))
        elif feature.short_name != was.short_name:
            kept.renamed[code] = feature.short_name
        if feature.kind != was.kind:
            kept.retyped[code] = feature.kind
        if feature.code == code:
            for name in _edited(was, feature):
                ignored.setdefault(name, []).append(code)
    for name, codes in ignored.items():
        listed = "、".join(codes[:CODES_TOLD]) + (f" 等 {len(codes)} 个" if len(codes) > CODES_TOLD else "")
        text = f"{FIXED[name]}（{name}）由系统计算或另有操作，不能手改，已忽略：网格 {listed}"
        done.notes.append(Told(name, text, codes=tuple(codes)))


def _unusable(feature: Feature, at: tuple[float, float] | None, *, required: bool) -> list[Told]:
    """Say which attributes cannot be what they are."""
    found = []
    if feature.kind not in KINDS and (feature.kind or required):
        text = f"{feature.name}的类型（kind）是“{feature.kind}”，只能是 {'、'.join(KINDS)}；请改正"
        found.append(Told("kind", text, at, codes=feature.codes))
    if len(feature.short_name) > LONGEST_NAME or any(ord(sign) < 32 for sign in feature.short_name):
        text = f"{feature.name}的简称（short_name）过长或含换行；请改为一行、{LONGEST_NAME} 字以内"
        found.append(Told("short_name", text, at, codes=feature.codes))
    return found


def _edited(was: GridRow, feature: Feature) -> list[str]:
    """Return the columns that were edited although they cannot be."""
    found = []
    for name, value in feature.others.items():
        if name == "locked":  # handed over only where it was edited: grids do not know it
            found.append(name)
            continue
        old = getattr(was, name)
        if name == "area_m2":
            own = (was.area_m2, feature.geometry.area)  # programs may keep the area up to date
            same = isinstance(value, (int, float)) and any(abs(value - area) <= 0.01 + 1e-6 * area for area in own)
        elif name == "full_name":
            same = value in (old, f"{was.community_name}{feature.short_name}")
        else:
            same = value == old
        if not same:
            found.append(name)
    return found
