"""First numbering: which grid of a community is number 1, 2, 3 …

In: the finished grids. Out: their numbers, codes and names. Before: the certificate of the geometry; after: the store.

"单元网格顺序码在一个社区(村)内应按从西向东、由北至南的顺序编码" (Beijing DB11, 5.4) does not say how irregular
polygons are ordered, so the rule here is fixed as follows:

1. each grid stands for one point inside it (`shapely.point_on_surface`);
2. the community's extent (the box around its grids) is cut into ``round(sqrt(n · height / width))`` rows of equal
   height, at least one and at most n: as many rows as n squares would need that fill the box;
3. rows are numbered from north to south, inside a row grids from west to east;
4. points with the same x in one row go from north to south.

So a grid that lies both further west and further north always has the smaller number, and neither the order of the
rows of the table nor where a ring starts matters. Grids that succeed coded ones keep their codes, and new grids beside
them follow on: `gridgeo.codes.keep`.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.codes.keep import BaseIds, highest_numbers, kept_numbers, scopes_of
from gridgeo.codes.layout import Layout, PlainLayout
from gridgeo.errors import CodeError, SchemaError

__all__ = ["assign_codes", "chinese_number", "first_numbers"]


def first_numbers(grids: gpd.GeoDataFrame, *, community_column: str = "community_code") -> pd.Series:
    """Number the grids of each community from 1, west to east in rows from north to south.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        Polygons in a metric CRS.
    community_column : str
        Column that says which grids are numbered together.

    Returns
    -------
    Series of int, (n,)
        With the index of ``grids``.

    Raises
    ------
    SchemaError
        If the column is missing, or a grid has no community or no geometry.

    Notes
    -----
    O(n log n).
    """
    if community_column not in grids:
        raise SchemaError(f"the grids have no column {community_column!r} to be numbered by")
    shapes = grids.geometry.to_numpy()
    lost = grids[community_column].isna().to_numpy() | shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if lost.any():
        raise SchemaError(f"{int(lost.sum())} grids have no community or no geometry and cannot be numbered")
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes))
    bounds = shapely.bounds(shapes)
    numbers = np.zeros(len(grids), np.int64)
    for rows in grids.groupby(community_column, sort=False).indices.values():
        numbers[rows[_reading_order(inside[rows], bounds[rows])]] = np.arange(1, len(rows) + 1)
    return pd.Series(numbers, index=grids.index, name="number")


def _reading_order(inside: NDArray[np.float64], bounds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order of points in row bands; see the module's rule."""
    (left, bottom), (right, top) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    width, height = right - left, top - bottom
    bands = int(np.clip(round(np.sqrt(len(inside) * height / width)), 1, len(inside)))
    band = np.floor((top - inside[:, 1]) / height * bands)
    return np.lexsort((-inside[:, 1], inside[:, 0], band))


def assign_codes(grids: gpd.GeoDataFrame, layout: Layout, *, base: BaseIds | None = None) -> gpd.GeoDataFrame:
    """Fill ``code``, ``short_name`` and ``full_name``: kept codes first, the rest by the first numbering.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        ``community_code`` (text), ``community_name`` (text, optional) and polygons in a metric CRS.
    layout : Layout
        From `gridgeo.codes.layout.get_layout`.
    base : BaseIds, keyword-only, optional
        Base grids whose codes are kept, see `gridgeo.codes.keep`; without them all grids are numbered anew.

    Returns
    -------
    GeoDataFrame, (n,)
        A copy in the same order: 第一网格 as short name, 老街社区第一网格 as full name.

    Raises
    ------
    CodeError
        If a community (mgmt12: a street) has more grids than the layout can number, or no numbers left after its
        highest code, or its code does not fit the layout, or two communities would share codes.
    SchemaError
        If the community column is missing or incomplete.
    """
    if "community_code" not in grids:
        raise SchemaError("the grids have no column 'community_code' to be numbered by")
    communities, scope = grids["community_code"], scopes_of(grids, layout)
    numbers = first_numbers(grids.assign(_scope=scope), community_column="_scope")
    _require_room(scope, communities, layout)
    if isinstance(layout, PlainLayout):
        _require_distinct(scope, communities)
    if base:
        numbers = _after_kept(grids, scope, numbers, layout, base)
    codes = [layout.format(str(code), number) for code, number in zip(communities, numbers, strict=True)]
    short = [f"第{chinese_number(number)}网格" for number in numbers]
    names = grids["community_name"].fillna("") if "community_name" in grids else [""] * len(grids)
    full = [f"{name}{text}" for name, text in zip(names, short, strict=True)]
    return grids.assign(code=codes, short_name=short, full_name=full)


def _after_kept(
    grids: gpd.GeoDataFrame, scope: pd.Series, first: pd.Series, layout: Layout, base: BaseIds
) -> pd.Series:
    """Return kept numbers, and where there are codes new ones after the highest; elsewhere the first numbering."""
    highest = highest_numbers(scope, layout, base)
    kept = kept_numbers(grids, scope, first, layout, base)
    numbers = first.to_numpy().copy()
    for name, top in highest.items():
        rows = np.flatnonzero((scope == name).to_numpy())
        new = rows[kept[rows] == 0]
        if top + len(new) > layout.capacity:
            raise CodeError(_used_up(grids["community_code"].to_numpy()[rows], name, top, len(new), layout))
        numbers[rows] = kept[rows]
        numbers[new[np.argsort(first.to_numpy()[new])]] = np.arange(top + 1, top + 1 + len(new))
    return pd.Series(numbers, index=first.index, name="number")


def _used_up(members: NDArray[np.object_], scope: str, top: int, new: int, layout: Layout) -> str:
    """Say that no numbers are left after the highest code."""
    return (
        f"{_named(scope, sorted(set(members)))} has {new} new grids and codes up to number {top}, but layout "
        f"{layout.name} ends at {layout.capacity}, and a code is never given twice; if number {top} was never in use, "
        "correct that id in the base layer, else choose another layout"
    )


def _named(scope: str, members: list[str]) -> str:
    """Say what numbers run through."""
    return f"community {members[0]}" if len(members) == 1 else f"street {scope} ({len(members)} communities)"


def _require_room(scope: pd.Series, communities: pd.Series, layout: Layout) -> None:
    """Refuse more grids than numbers."""
    counts = scope.value_counts()
    for name, count in counts[counts > layout.capacity].sort_index().items():
        raise CodeError(
            f"{_named(name, sorted(communities[scope == name].unique()))} has {count} grids, but layout {layout.name} "
            f"numbers at most {layout.capacity}; allow larger grids in [rules] or choose another layout"
        )


def _require_distinct(scope: pd.Series, communities: pd.Series) -> None:
    """Refuse community codes that differ only in blanks, which a grid code cannot hold."""
    members = communities.groupby(scope).unique()
    for name, codes in members[members.map(len) > 1].items():
        first, second = sorted(codes)[:2]
        raise CodeError(
            f"communities {first!r} and {second!r} would both number their grids as {name}-001, {name}-002 …; "
            "make their codes differ in more than blanks"
        )


DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """Write 1 to 999 in Chinese numerals, as in 第一百零三网格.

    Raises
    ------
    ValueError
        If the number is out of this range.

    Examples
    --------
    >>> [chinese_number(n) for n in (1, 10, 11, 20, 103, 110, 999)]
    ['一', '十', '十一', '二十', '一百零三', '一百一十', '九百九十九']
    """
    if not 1 <= number <= 999:
        raise ValueError(f"{number} is not between 1 and 999")
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (DIGITS[ones] if ones else "")
