"""Geometry columns: one column type, two encodings.

In: shapely arrays in the layer's CRS. Out: what the database stores, and back. GeoPackage holds its own binary
(a header with the envelope, then WKB), PostGIS holds EWKB. Both keep every coordinate bit for bit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import UserDefinedType

__all__ = ["Geom", "decode_ewkb", "decode_gpkg", "encode_ewkb", "encode_gpkg", "envelope_of", "flat", "is_empty_blob"]

LITTLE_ENDIAN = 0b1
XY_ENVELOPE = 0b10
EMPTY = 0b10000
ENVELOPE_BYTES = (0, 32, 48, 48, 64)
"""Length of the envelope by the header's indicator (OGC 12-128r19, table 6)."""
HEADER_BYTES = 8


class Geom(UserDefinedType[Any]):
    """A geometry column of one kind; its values are already encoded for the database."""

    cache_ok = True

    def __init__(self, kind: str = "Geometry") -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        """Return the column type as PostGIS names it."""
        return f"geometry({self.kind})"


@compiles(Geom, "sqlite")
def _geopackage_name(column_type: Geom, *_: Any, **__: Any) -> str:
    """Return the column type as GeoPackage names it."""
    return column_type.kind.upper()


def flat(geometries: Iterable[Any], kind: str = "Geometry") -> np.ndarray:
    """Return geometries without Z or M, as MultiPolygon where the column holds those.

    Parameters
    ----------
    geometries : iterable of shapely geometry or None, (n,)
    kind : str
        Kind of the column: "Polygon", "MultiPolygon", "Point" or "Geometry".

    Returns
    -------
    ndarray of object, (n,)
    """
    plane = np.asarray(shapely.force_2d(np.asarray(list(geometries), dtype=object)), dtype=object)
    if kind == "MultiPolygon":
        single = shapely.get_type_id(plane) == shapely.GeometryType.POLYGON
        # A loop, because shapely.multipolygons groups by index and would drop the rows without geometry.
        plane[single] = [shapely.MultiPolygon([one]) for one in plane[single]]
    return plane


def encode_gpkg(geometries: np.ndarray, srid: int) -> list[bytes | None]:
    """Encode geometries as GeoPackage binary.

    Parameters
    ----------
    geometries : ndarray of shapely geometry or None, (n,)
    srid : int
        Identifier of the CRS in ``gpkg_spatial_ref_sys``.

    Returns
    -------
    list of bytes or None, (n,)
    """
    bodies = shapely.to_wkb(geometries, byte_order=1, include_srid=False)
    empty = shapely.is_empty(geometries)
    point = shapely.get_type_id(geometries) == shapely.GeometryType.POINT
    left, bottom, right, top = shapely.bounds(geometries).T
    plain = struct.Struct("<2sBBi")
    boxed = struct.Struct("<2sBBi4d")
    blobs: list[bytes | None] = []
    for row, body in enumerate(bodies):  # joining bytes: nothing to vectorise
        if body is None:
            blobs.append(None)
        elif empty[row]:
            blobs.append(plain.pack(b"GP", 0, LITTLE_ENDIAN | EMPTY, srid) + body)
        elif point[row]:
            blobs.append(plain.pack(b"GP", 0, LITTLE_ENDIAN, srid) + body)
        else:
            box = left[row], right[row], bottom[row], top[row]
            blobs.append(boxed.pack(b"GP", 0, LITTLE_ENDIAN | XY_ENVELOPE, srid, *box) + body)
    return blobs


def _body_at(blob: bytes) -> int:
    """Return where the WKB starts."""
    return HEADER_BYTES + ENVELOPE_BYTES[(blob[3] >> 1) & 0b111]


def decode_gpkg(blobs: Sequence[bytes | None]) -> np.ndarray:
    """Decode GeoPackage binary, whoever wrote it.

    Parameters
    ----------
    blobs : sequence of bytes or None, (n,)

    Returns
    -------
    ndarray of shapely geometry or None, (n,)
    """
    bodies = [None if blob is None else blob[_body_at(blob) :] for blob in blobs]
    return np.asarray(shapely.from_wkb(np.asarray(bodies, dtype=object)), dtype=object)


def envelope_of(blob: bytes | None) -> tuple[float, float, float, float] | None:
    """Return (left, right, bottom, top) of a GeoPackage binary; None for none or empty."""
    if blob is None or is_empty_blob(blob):
        return None
    if (blob[3] >> 1) & 0b111:
        return struct.unpack_from("<4d" if blob[3] & LITTLE_ENDIAN else ">4d", blob, HEADER_BYTES)
    left, bottom, right, top = shapely.from_wkb(blob[_body_at(blob) :]).bounds
    return left, right, bottom, top


def is_empty_blob(blob: bytes) -> bool:
    """Tell whether a GeoPackage binary holds an empty geometry."""
    return bool(blob[3] & EMPTY)


def encode_ewkb(geometries: np.ndarray, srid: int) -> list[str | None]:
    """Encode geometries as hexadecimal EWKB with their SRID.

    Parameters
    ----------
    geometries : ndarray of shapely geometry or None, (n,)
    srid : int
        Identifier of the CRS in ``spatial_ref_sys``.

    Returns
    -------
    list of str or None, (n,)
    """
    marked = shapely.set_srid(geometries, srid)
    return shapely.to_wkb(marked, hex=True, byte_order=1, include_srid=True).tolist()


def decode_ewkb(texts: Sequence[str | None]) -> np.ndarray:
    """Decode hexadecimal EWKB; the SRID is dropped, for the table's CRS says it once.

    Parameters
    ----------
    texts : sequence of str or None, (n,)

    Returns
    -------
    ndarray of shapely geometry or None, (n,)
    """
    marked = shapely.from_wkb(np.asarray(list(texts), dtype=object))
    return np.asarray(shapely.set_srid(marked, 0), dtype=object)
