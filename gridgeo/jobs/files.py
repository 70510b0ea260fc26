"""Files of the jobs: polygon layers and point tables in, whole files out.

A layer is named ``FILE`` or ``FILE::LAYER``. Nothing half-written is ever left behind: output goes to a neighbour of
the target first and takes its name in one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from shapely import MultiPolygon, Polygon

from gridgeo.crs import parse_crs
from gridgeo.errors import CRSError, InputError, ReadError
from gridgeo.jobs.foreign import layer_names, layer_table
from gridgeo.workplace import beside, workplace

__all__ = ["chosen_layer", "has_layer", "read_frame", "read_layer", "reprojected", "united", "written_whole"]


def _split(spec: str | Path, layer: str | None) -> tuple[Path, str | None]:
    """Take ``FILE::LAYER`` apart."""
    file, _, named = str(spec).partition("::")
    return Path(file), named or layer


def has_layer(spec: str | Path, layer: str) -> bool:
    """Tell whether a file holds a layer of this name.

    Raises
    ------
    ReadError
        If the file is missing or unreadable.
    """
    return layer in layer_names(_split(spec, None)[0])


def chosen_layer(spec: str | Path, layer: str | None = None, *, usual: str = "grid") -> tuple[Path, str]:
    """Return the file and the name of the layer that is meant; parameters and errors as `read_layer`."""
    path, name = _split(spec, layer)
    names = layer_names(path)
    if name is None and usual in names:
        name = usual
    elif name is None and len(names) == 1:
        name = names[0]
    if name is None:
        raise ReadError(f"{path} holds the layers {', '.join(names)}; say which one is meant as {path}::LAYER")
    if name not in names:
        raise ReadError(f"{path} has no layer {name!r}; it holds the layers {', '.join(names)}")
    return path, name


def read_layer(spec: str | Path, layer: str | None = None, *, usual: str = "grid") -> gpd.GeoDataFrame:
    """Read one layer with geometry.

    Parameters
    ----------
    spec : str or Path
        ``FILE`` or ``FILE::LAYER``.
    layer : str, optional
        Name of the layer, if the spec names none.
    usual : str
        The layer taken from a file that holds several when none is named.

    Returns
    -------
    GeoDataFrame
        All columns; invalid and missing geometries included as they are.

    Raises
    ------
    ReadError
        If the file or layer is missing, unreadable, or without geometry.
    """
    path, name = chosen_layer(spec, layer, usual=usual)
    table = layer_table(path, name)
    if not isinstance(table, gpd.GeoDataFrame):
        raise ReadError(f"layer {name} of {path} has no geometry")
    return table


def read_frame(spec: str | Path, grids_spec: str | Path, crs: object) -> Polygon | MultiPolygon:
    """Read what a layer must cover.

    Parameters
    ----------
    spec : str or Path
        ``FILE`` or ``FILE::LAYER``; of several layers "community" is taken.
    grids_spec : str or Path
        The layer to be judged, which cannot be its own frame.
    crs : pyproj.CRS or None
        Its CRS, into which the frame is brought.

    Raises
    ------
    ReadError
        If the frame is missing, unreadable or without any area.
    CRSError
        If the frame does not say its CRS.
    InputError
        If the frame is the layer itself.
    """
    path, name = chosen_layer(spec, usual="community")
    grids_path, grids_name = chosen_layer(grids_spec)
    if path.samefile(grids_path) and name == grids_name:
        raise InputError(
            f"layer {name} of {path} cannot be its own frame, it would never show a gap; name the polygons that it "
            "must cover with --frame FILE::LAYER"
        )
    frame = reprojected(read_layer(path, name), crs, f"frame {spec}")
    return united(frame, f"frame {spec}")


def reprojected(layer: gpd.GeoDataFrame | gpd.GeoSeries, crs: object, what: str) -> gpd.GeoDataFrame | gpd.GeoSeries:
    """Bring a layer into another layer's CRS.

    Parameters
    ----------
    layer : GeoDataFrame or GeoSeries
    crs : pyproj.CRS or None
        The target; None leaves the layer as it is, for somebody else to refuse.
    what : str
        What the message calls the layer.

    Raises
    ------
    CRSError
        If the layer does not say its own CRS, or in one that cannot be converted (Xian 80, Beijing 54).
    """
    if crs is None or layer.crs == crs:
        return layer
    if layer.crs is None:
        raise CRSError(f"{what} has no coordinate reference system; write one into the file, e.g. EPSG:4547")
    for system in (layer.crs, pyproj.CRS.from_user_input(crs)):
        parse_crs(system)  # an old datum would be converted by a ballpark transformation, metres off
    return layer.to_crs(crs)


def united(layer: gpd.GeoDataFrame | gpd.GeoSeries, what: str) -> Polygon | MultiPolygon:
    """Dissolve a layer into one frame.

    Raises
    ------
    ReadError
        If nothing in the layer has an area.
    """
    shapes = layer.geometry.to_numpy()
    shapes = shapely.force_2d(shapes[~shapely.is_missing(shapes)])
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    parts = shapely.get_parts(shapely.get_parts(shapes))
    parts = parts[shapely.get_type_id(parts) == 3]
    if not len(parts):
        raise ReadError(f"{what} holds no polygon that could be covered")
    # the coverage union keeps every vertex and adds none, but is only defined on a coverage
    whole = shapely.coverage_union_all(parts) if shapely.coverage_is_valid(parts) else shapely.union_all(parts)
    return MultiPolygon(list(np.atleast_1d(shapely.get_parts(whole))))


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside the target; it becomes the target when the block ends without an error.

    Raises
    ------
    InputError
        If the folder is missing, not writable or full.
    """
    try:
        with workplace(path) as place:
            part = beside(place, path.suffix)  # writers know the format by the ending
            yield part
            part.replace(path)
    except OSError as error:
        if not path.parent.is_dir():
            raise InputError(f"{path} cannot be written: there is no folder {path.parent}; make it first") from None
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
