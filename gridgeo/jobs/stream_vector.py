"""Registers in vector files, in pieces through GDAL's Arrow stream.

In: GeoPackage, FlatGeobuf, GeoJSON, file geodatabase; formats whose text may be in any encoding (shapefiles, MapInfo,
KML) are read whole, as `gridgeo.jobs.foreign` does. Out: a `Stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyogrio.raw import open_arrow

from gridgeo.errors import ReadError
from gridgeo.intake.stream import POINT_TYPES, POINTS, SHAPES, Batch, Stream, evenly, ids_and_text, require_columns
from gridgeo.intake.wkb import Places, decode_wkb
from gridgeo.jobs.files import chosen_layer, read_layer
from gridgeo.jobs.foreign import UNICODE, gdal_path, reason

__all__ = ["open_vector"]


def open_vector(spec: str, *, key: str, text: str | None = None) -> Stream:
    """Open a register in a vector file.

    Parameters
    ----------
    spec : str
        ``FILE`` or ``FILE::LAYER``.
    key : str
        Column with the ids; empty for none.
    text : str, optional
        Column with other text, such as addresses.

    Returns
    -------
    Stream

    Raises
    ------
    ReadError
        If the file or layer is missing, unreadable or without geometry.
    SchemaError
        If a column is missing.
    """
    path, layer = chosen_layer(spec)
    if path.suffix.lower() not in UNICODE:
        return _whole(spec, key, text)
    try:
        told = pyogrio.read_info(gdal_path(path), layer=layer, force_feature_count=True)
    except (DataSourceError, DataLayerError) as error:
        raise ReadError(f"layer {layer} of {path} cannot be read: {reason(error)}") from None
    if told["geometry_type"] is None:
        raise ReadError(f"layer {layer} of {path} has no geometry")
    columns = [name for name in dict.fromkeys([key, text]) if name]
    require_columns(spec, told["fields"], columns)
    has_shapes = told["geometry_type"] not in POINT_TYPES

    def batches() -> Iterator[Batch]:
        for start, table in _tables(path, layer, columns, SHAPES if has_shapes else POINTS):
            ids, more = ids_and_text(table, len(table), file=spec, key=key, text=text, start=start)
            yield Batch(start, ids, _decoded(spec, table["wkb"], start), more)

    return Stream(crs=told["crs"], rows=max(told["features"], 0), has_shapes=has_shapes, batches=batches)


def _tables(path: Path, layer: str, columns: list[str], size: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Read columns and geometry, piece by piece."""
    try:
        with open_arrow(gdal_path(path), layer=layer, columns=columns, use_pyarrow=True) as (told, reader):
            geometry = told["geometry_name"] or "wkb_geometry"
            fields = [(name, reader.schema.field(name).type) for name in columns]
            schema = pa.schema([*fields, ("wkb", pa.large_binary())])
            pieces = (
                pa.record_batch(
                    [*(piece[name] for name in columns), piece[geometry].cast(pa.large_binary())], schema=schema
                )
                for piece in reader
            )
            yield from evenly(pieces, schema, size)
    except (DataSourceError, DataLayerError, pa.ArrowException, OSError) as error:
        raise ReadError(f"layer {layer} of {path} cannot be read: {reason(error)}") from None


def _decoded(spec: str, column: pa.Array, start: int) -> Places:
    """Read the geometry of a piece."""
    try:
        return decode_wkb(column)
    except shapely.errors.GEOSException as error:
        where = f"features {start + 1} to {start + len(column)}"
        raise ReadError(f"{spec}, {where}: a geometry cannot be read ({error})") from None


def _whole(spec: str, key: str, text: str | None) -> Stream:
    """Read a layer whose text must be seen as a whole before it can be decoded."""
    layer = read_layer(spec)
    columns = [name for name in (key, text) if name]
    require_columns(spec, layer.columns, columns)
    shapes = layer.geometry.to_numpy()
    kinds = set(shapely.get_type_id(shapes).tolist())
    has_shapes = not kinds <= {-1, 0, 4}
    size = SHAPES if has_shapes else POINTS

    def batches() -> Iterator[Batch]:
        for start in range(0, len(layer), size):
            rows = slice(start, start + size)
            wkb = pa.array(shapely.to_wkb(shapes[rows]), pa.large_binary())
            table = {name: pa.array(layer[name].iloc[rows], from_pandas=True) for name in columns}
            ids, more = ids_and_text(table, len(wkb), file=spec, key=key, text=text, start=start)
            yield Batch(start, ids, _decoded(spec, wkb, start), more)

    return Stream(
        crs=layer.crs.to_string() if layer.crs else None, rows=len(layer), has_shapes=has_shapes, batches=batches
    )
