"""Job: certify any polygon layer against a frame.

In: a layer and a frame, as tables or as files. Out: the `Certificate`. Nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
from shapely import MultiPolygon, Polygon

from gridgeo.codes.layout import get_layout
from gridgeo.errors import CRSError, SchemaError
from gridgeo.intake.vector import text_of
from gridgeo.jobs.files import has_layer, read_frame, read_layer, reprojected, united
from gridgeo.model import Certificate
from gridgeo.partition.check import certify

__all__ = ["LayerFiles", "verify_files", "verify_layer"]


def verify_layer(
    grids: gpd.GeoDataFrame,
    frame: Polygon | MultiPolygon | gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    communities: gpd.GeoDataFrame | None = None,
    layout: str = "gb15",
    code: str = "code",
    community_tolerance_m: float = 0.002,
    frame_tolerance_m: float = 0.0,
) -> Certificate:
    """Certify a layer's geometry and judge its codes by a layout.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        A code column, optionally ``community_code``, geometry in a metric CRS.
    frame : Polygon, MultiPolygon, GeoDataFrame or GeoSeries
        What must be covered: a geometry in the same CRS, or a layer in any, which is united.
    communities : GeoDataFrame, optional
        ``code`` and geometry, same CRS.
    layout : str
        Code layout, see `gridgeo.codes.layout`.
    code : str
        Column with the codes.
    community_tolerance_m, frame_tolerance_m : float
        As in `gridgeo.partition.check.certify`.

    Returns
    -------
    Certificate

    Raises
    ------
    CodeError
        If there is no such layout.
    CRSError, SchemaError, InputError
        As in `gridgeo.partition.check.certify`.
    ReadError
        If the layer handed in as frame holds no polygon.
    """
    if isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries):
        frame = united(reprojected(frame, grids.crs, "the frame"), "the frame")
    return certify(
        grids,
        frame,
        communities=communities,
        code=code,
        code_fault=get_layout(layout).fault,
        community_tolerance_m=community_tolerance_m,
        frame_tolerance_m=frame_tolerance_m,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFiles:
    """Where a layer and what it is judged by are found."""

    layer_file: str
    """``FILE`` or ``FILE::LAYER``; without a name the layer "grid", or the only one."""
    frame_file: str
    """The same; without a name the layer "community", or the only one. Any CRS."""
    community_file: str | None = None
    """Communities of their own; without it the layer "community" beside the grids, if there is one."""
    community_code: str = "code"
    """Column with the community codes."""


def verify_files(
    files: LayerFiles,
    *,
    layout: str = "gb15",
    code: str = "code",
    community_tolerance_m: float = 0.5,
    frame_tolerance_m: float = 0.0,
) -> Certificate:
    """Read a layer, its frame and its communities, and certify.

    Parameters
    ----------
    files : LayerFiles
    layout, code, frame_tolerance_m
        As in `verify_layer`.
    community_tolerance_m : float
        Leeway towards ``community_file``; towards the layer's own community layer it is 2 mm.

    Raises
    ------
    ReadError
        If a file or layer is missing or unreadable.
    InputError
        If the layer would be its own frame.
    CRSError, SchemaError, CodeError
        As in `verify_layer`.
    """
    grids = read_layer(files.layer_file)
    frame = read_frame(files.frame_file, files.layer_file, grids.crs)
    communities = _communities(files, grids)
    try:
        return verify_layer(
            grids,
            frame,
            communities=communities,
            layout=layout,
            code=code,
            community_tolerance_m=community_tolerance_m if files.community_file else 0.002,
            frame_tolerance_m=frame_tolerance_m,
        )
    except (CRSError, SchemaError) as error:  # tables do not know their file
        raise type(error)(f"{files.layer_file}: {error}") from None


def _communities(files: LayerFiles, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return the communities that were named, or the layer's own, or none."""
    own = Path(files.layer_file.partition("::")[0])
    if files.community_file:
        layer, column = read_layer(files.community_file, usual="community"), files.community_code
    elif has_layer(own, "community"):
        layer, column = read_layer(own, "community"), "code"
    else:
        return None
    if column not in layer:
        if not files.community_file:
            return None  # a layer that merely happens to be called community
        raise SchemaError(f"{files.community_file} has no column {column!r}; its columns are {list(layer.columns)}")
    layer = reprojected(layer, grids.crs, f"community layer {files.community_file or own}")
    return gpd.GeoDataFrame(
        {"code": text_of(layer[column].to_numpy())}, geometry=layer.geometry.to_numpy(), crs=layer.crs
    )
