"""A layer that a city already has, read into the columns of the grid contract.

In: any polygon layer with a code column. Out: grids as `gridgeo.tables.GRID`, communities as
``COMMUNITY``. Nothing is repaired: what cannot be kept as it is, is refused by name. Used by `gridgeo.jobs.imports`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as UnknownCRS

from gridgeo.codes.layout import get_layout
from gridgeo.errors import CodeError, CRSError, SchemaError
from gridgeo.jobs.files import has_layer, read_layer, reprojected, united
from gridgeo.tables import COMMUNITY, GRID

__all__ = ["read_communities", "read_grids"]

KINDS = ("general", "exclusive", "micro")
LARGEST = 1e9
"""No grid holds so many of anything."""

SHOWN = 3
"""Examples in a message."""


def read_grids(
    spec: str, *, layer: str | None, code: str, community_code: str, layout: str, crs: str | None
) -> gpd.GeoDataFrame:
    """Read an existing grid layer.

    Parameters
    ----------
    spec : str
        ``FILE`` or ``FILE::LAYER``.
    layer : str or None
        Name of the layer, if the spec names none.
    code, community_code : str
        Columns of the grid's and its community's code. Without the second the layout tells the community.
    layout : str
        Code layout, see `gridgeo.codes.layout`.
    crs : str or None
        Metric CRS to bring the layer into; None keeps its own.

    Returns
    -------
    GeoDataFrame
        As `gridgeo.tables.GRID`, in order of code; other columns are left behind.

    Raises
    ------
    ReadError
        If the file or layer is missing or unreadable.
    SchemaError
        If codes are missing, repeated or not text, or a geometry is not one polygon.
    CRSError
        If there is no CRS, or a geographic one and none to bring the layer into.
    """
    table = read_layer(spec, layer)
    if table.empty:
        raise SchemaError(f"{spec} holds no grid; name another layer as FILE::LAYER")
    codes = _codes(table, code, spec)
    table = _metric(table.set_geometry(_single_polygons(table, codes, spec), crs=table.crs), crs, spec)
    grids = pd.DataFrame({"code": codes}, index=table.index)
    grids["kind"] = _kinds(table, codes, spec)
    grids["community_code"] = _community_codes(table, codes, community_code, layout, spec)
    for name in ("community_name", "short_name", "full_name"):
        grids[name] = _texts(table[name]) if name in table else ""
    for name in ("households", "enterprises", "population"):
        grids[name] = _counts(table, name, codes, spec)
    grids["area_m2"] = table.area
    whole = gpd.GeoDataFrame(grids[[name for name in GRID if name != "geometry"]], geometry=table.geometry)
    return whole.sort_values("code", ignore_index=True)


def read_communities(spec: str, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the file's own layer "community" where it covers every grid's community, else what the grids make up.

    Parameters
    ----------
    spec : str
        ``FILE`` or ``FILE::LAYER`` of the grids.
    grids : GeoDataFrame
        From `read_grids`.

    Returns
    -------
    GeoDataFrame
        As `gridgeo.tables.COMMUNITY`; text columns of the file's own layer follow as parents.
    """
    own = _own_communities(spec, grids)
    if own is not None:
        return own
    parts = list(grids.groupby("community_code", sort=True))
    table = {"code": [str(code) for code, _ in parts], "name": [part["community_name"].iloc[0] for _, part in parts]}
    shapes = [united(part, f"community {code}") for code, part in parts]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=grids.crs)


def _own_communities(spec: str, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return the layer "community" beside the grids, or None if it is not theirs."""
    file = Path(spec.partition("::")[0])
    if not has_layer(file, "community"):
        return None
    table = reprojected(read_layer(file, "community"), grids.crs, f"layer community of {file}")
    if not {"code", "name"} <= set(table.columns) or table["code"].duplicated().any():
        return None
    if not set(grids["community_code"]) <= set(_texts(table["code"])):
        return None
    parents = [name for name in table.columns if name not in COMMUNITY and table[name].map(_is_text).all()]
    texts = {name: _texts(table[name]) for name in ("code", "name", *parents)}
    return gpd.GeoDataFrame(texts, geometry=table.geometry.to_numpy(), crs=table.crs)


def _codes(table: gpd.GeoDataFrame, column: str, spec: str) -> list[str]:
    """Return the codes as text; whole numbers are written out, broken ones refused."""
    if column not in table:
        raise SchemaError(f"{spec} has no column {column!r}; its columns are {', '.join(table.columns)} (see --code)")
    values = table[column]
    if pd.api.types.is_float_dtype(values):
        raise SchemaError(
            f"{spec}: column {column!r} holds decimal numbers such as {values.dropna().max()}; codes must be text, "
            "for numbers lose leading zeros and last digits - store them as text at the source"
        )
    codes = _texts(values)
    _refuse(
        [row for row, text in enumerate(codes) if not text],
        f"{spec}: no code in",
        [f"row {row + 1}" for row in range(len(codes))],
    )
    repeated = pd.Series(codes).duplicated().to_numpy().nonzero()[0].tolist()
    _refuse(repeated, f"{spec}: a code stands more than once:", codes)
    return codes


def _refuse(rows: Iterable[int], sentence: str, names: list[str]) -> None:
    """Raise if there are such rows, naming the first."""
    found = list(rows)
    if found:
        shown = ", ".join(names[row] for row in found[:SHOWN])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise SchemaError(f"{sentence} {shown}{more}; correct the layer and import it again")


def _single_polygons(table: gpd.GeoDataFrame, codes: list[str], spec: str) -> np.ndarray:
    """Return every geometry as one flat polygon."""
    shapes = shapely.force_2d(table.geometry.to_numpy())
    lonely = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[lonely] = shapely.get_geometry(shapes[lonely], 0)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    _refuse(np.flatnonzero(missing), f"{spec}: no geometry at grid", codes)
    kinds = shapely.get_type_id(shapes)
    _refuse(np.flatnonzero(kinds != shapely.GeometryType.POLYGON), f"{spec}: not one connected polygon at grid", codes)
    _refuse(np.flatnonzero(~np.isfinite(shapely.area(shapes))), f"{spec}: endless coordinates at grid", codes)
    return np.asarray(shapes)


def _metric(table: gpd.GeoDataFrame, crs: str | None, spec: str) -> gpd.GeoDataFrame:
    """Bring a layer into the wanted metric CRS, or see that its own is one."""
    try:
        wanted = CRS.from_user_input(crs) if crs else table.crs
    except UnknownCRS:
        raise CRSError(f"--crs {crs} is not a CRS that pyproj knows; write it as EPSG:…") from None
    if table.crs is None:
        raise CRSError(f"{spec} has no coordinate reference system; write one into the file, e.g. EPSG:4547")
    if wanted.is_geographic:
        raise CRSError(f"{spec}: {wanted.name} is in degrees, a store keeps metres; add --crs EPSG:… of the city")
    return table.to_crs(wanted)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(values: pd.Series) -> list[str]:
    """Return values as text without blanks at the ends; nothing is empty text."""
    return ["" if pd.isna(value) else str(value).strip() for value in values]


def _kinds(table: gpd.GeoDataFrame, codes: list[str], spec: str) -> list[str]:
    """Return each grid's kind; general where the layer says none."""
    kinds = [kind or "general" for kind in _texts(table["kind"])] if "kind" in table else ["general"] * len(table)
    wrong = [row for row, kind in enumerate(kinds) if kind not in KINDS]
    _refuse(wrong, f"{spec}: column 'kind' must be {', '.join(KINDS)} at grid", codes)
    return kinds


def _community_codes(table: gpd.GeoDataFrame, codes: list[str], column: str, layout: str, spec: str) -> list[str]:
    """Return each grid's community: from its column, else from the code."""
    if column in table:
        found = _texts(table[column])
        _refuse([row for row, text in enumerate(found) if not text], f"{spec}: no {column} at grid", codes)
        return found
    rules = get_layout(layout)
    told = {}
    for at in codes:
        try:
            parts = rules.parse(at)
        except CodeError as error:
            raise CodeError(f"{spec}: {error}; correct it, choose another --layout, or name --community-code") from None
        told[at] = "".join(parts.get(name, "") for name in ("county", "street", "community"))
    blank = [row for row, at in enumerate(codes) if not told[at]]
    _refuse(blank, f"{spec}: layout {layout} does not tell the community (name its column: --community-code) of", codes)
    return [told[at] for at in codes]


def _counts(table: gpd.GeoDataFrame, column: str, codes: list[str], spec: str) -> np.ndarray:
    """Return a column of whole numbers, 0 where the layer says nothing."""
    if column not in table:
        return np.zeros(len(table), dtype="int64")
    said = np.array([text != "" for text in _texts(table[column])], bool)
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
    wrong = np.flatnonzero(said & ~((numbers >= 0) & (numbers == np.floor(numbers)) & (numbers <= LARGEST)))
    _refuse(wrong, f"{spec}: column {column!r} must be a whole number, 0 or more, at grid", codes)
    return np.where(said, numbers, 0).astype("int64")
