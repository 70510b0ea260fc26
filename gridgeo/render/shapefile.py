"""The layers as Chinese shapefiles want them: GBK text, field names in pinyin initials, nothing cut in silence.

In: the layers of a map. Out: tables that fit into a dBASE file, or an error that says what does not; the note that
explains the fields. Next: ``jobs.spatial_files`` lets GDAL write them into a zip archive.

Fields are named as Chinese survey data name theirs (XZQDM, WGBH …): capital pinyin initials are read the same by every
ArcGIS and QGIS, whatever its code page, and stay below the 10 bytes that dBASE allows.
"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from gridgeo.errors import InputError
from gridgeo.render.about import ABOUT_NAMES
from gridgeo.render.kinds import GRID_KINDS
from gridgeo.render.layers import TITLES, rounded_areas

__all__ = ["COMMUNITY_FIELDS", "ENCODING", "GRID_FIELDS", "NOTES", "README", "field_notes", "fit_for_dbase", "readme"]

ENCODING = "GBK"
NOTES, README = "字段说明.csv", "说明.txt"
BYTES_MOST = 254
"""Length of a dBASE text."""
WHOLE_MOST = 10**9
"""From here on a number needs a field that dBASE programs read as a fraction."""
NAMED_MOST = 12
"""Characters that a message lists."""

GRID_FIELDS = {
    "code": "WGBM", "short_name": "WGJC", "full_name": "WGMC", "kind": "WGLX", "community_code": "SQBM",
    "community_name": "SQMC", "street": "JDMC", "county": "QXMC", "households": "HS", "enterprises": "QYS",
    "population": "RKS", "area_m2": "MJ", "class": "FJ", "fill": "TS",
}  # fmt: skip
"""Column of the grid layer → field: 网格编码, 网格简称, 网格名称, 网格类型 …"""
COMMUNITY_FIELDS = {"code": "SQBM", "name": "SQMC", "street": "JDMC", "county": "QXMC"}


def fit_for_dbase(layer: gpd.GeoDataFrame, fields: Mapping[str, str], name: str) -> gpd.GeoDataFrame:
    """Return a layer with the names of a shapefile's fields.

    Parameters
    ----------
    layer : GeoDataFrame, (n,)
        ``code`` and further columns; areas are given to 0.01 m².
    fields : mapping of str to str
        Column → field; other columns are left out. Kinds of grids are given in Chinese words.
    name : str
        What messages call the layer.

    Returns
    -------
    GeoDataFrame, (n,)

    Raises
    ------
    InputError
        If a text has characters that GBK lacks, more bytes than dBASE holds, or a zero byte, which would end it.
    """
    for column in fields:
        if column in layer and not pd.api.types.is_numeric_dtype(layer[column]):
            _require_fit(layer["code"], layer[column], f"column {column} of layer {name}")
    kept = {column: field for column, field in fields.items() if column in layer}
    plain = rounded_areas(layer)[[*kept, layer.geometry.name]]
    words = {"kind": plain["kind"].map(lambda kind: GRID_KINDS.get(kind, kind))} if "kind" in kept else {}
    return plain.assign(**words, **_short_numbers(plain)).rename(columns=kept)


def _short_numbers(layer: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Return the whole numbers of up to nine digits, which ArcGIS then reads as whole."""
    whole = [name for name in layer if pd.api.types.is_integer_dtype(layer[name])]
    return {
        name: layer[name].astype("Int32" if layer[name].hasnans else "int32")
        for name in whole
        if layer[name].abs().max() < WHOLE_MOST
    }


def _require_fit(codes: pd.Series, texts: pd.Series, where: str) -> None:
    """Raise if a text cannot be kept as it is."""
    remedy = "write a .gpkg or .geojson, which keep every text"
    strange: dict[str, str] = {}
    for code, text in zip(codes, texts.fillna("").astype(str), strict=True):
        coded = text.encode(ENCODING, "ignore")
        if coded.decode(ENCODING) != text:
            strange |= {sign: code for sign in text if not _has(sign) and sign not in strange}
        elif len(coded) > BYTES_MOST or "\0" in text:
            fault = "holds a zero byte" if "\0" in text else f"takes {len(coded)} bytes, a shapefile holds {BYTES_MOST}"
            raise InputError(f"{where}: {text[:20]!r} … of {code} {fault}; shorten it, or {remedy}")
    if strange:
        signs = list(strange)
        listed = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in signs[:NAMED_MOST])
        more = f" and {len(signs) - NAMED_MOST} more" if len(signs) > NAMED_MOST else ""
        raise InputError(
            f"{where}: GBK, the encoding of a Chinese shapefile, lacks the characters {listed}{more}, first at "
            f"{strange[signs[0]]}; {remedy}"
        )


def _has(sign: str) -> bool:
    """Tell whether GBK has a character."""
    return bool(sign.encode(ENCODING, "ignore"))


def field_notes(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> bytes:
    """Return the table that explains the fields: file, field, meaning, column of the GeoPackage; CSV for Excel."""
    layers = (("grid", grids, GRID_FIELDS), ("community", communities, COMMUNITY_FIELDS))
    rows = [
        (f"{name}.shp", field, TITLES[name][column], column)
        for name, layer, fields in layers
        for column, field in fields.items()
        if column in layer
    ]
    table = pd.DataFrame(rows, columns=["文件", "字段", "含义", "GeoPackage 字段"])
    return table.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def readme(told: Mapping[str, str]) -> bytes:
    """Return what the archive says about itself, for Windows' editor."""
    lines = [f"{name}：{told[key]}" for key, name in ABOUT_NAMES.items() if key in told]
    lines.append(f"文字编码：{ENCODING}（见 .cpg）；字段含义见 {NOTES}")
    return "\r\n".join([*lines, ""]).encode("utf-8-sig")
