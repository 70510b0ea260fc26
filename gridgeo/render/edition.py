"""One state of the grid layer, as a map shows it, and its copy at drawing accuracy.

In: grids and communities in a metric CRS. Out: an `Edition`; `drawn` thins its borders for a scale without opening
hairlines, because shared borders are thinned once for both sides. Before: the store or ``layer.gpkg``; after: `web`
and `sheet`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gridgeo.errors import CRSError, InputError
from gridgeo.tables import COMMUNITY, GRID, check_table

__all__ = ["Edition", "borders", "crs_line", "drawn", "grid_number", "new_edition"]

_ON_A_MAP = ("code", "kind", "community_code", "community_name", "full_name", "geometry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One state of the grid layer with what its margin says."""

    grids: gpd.GeoDataFrame
    """Columns of `gridgeo.tables.GRID`, sorted by code."""
    communities: gpd.GeoDataFrame
    """Columns of `gridgeo.tables.COMMUNITY`, same CRS, sorted by code."""
    version: str
    """What follows 版本 in the margin."""
    as_of: str = ""
    """Day of the data, YYYY-MM-DD; empty if unknown."""
    city: str = ""
    """The city's name; empty if unknown."""
    rules: dict[str, Any] = field(default_factory=dict)
    """Size rules that the layer was made by, as ``[rules]`` of the city file; empty if unknown."""

    def titled(self, title: str) -> str:
        """Return a title with the city's name in place of ``{city}``."""
        return title.replace("{city}", self.city)


def new_edition(grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, *, version: str, as_of: str = "") -> Edition:
    """Check two tables and put them into an edition, sorted by code.

    Parameters
    ----------
    grids, communities : GeoDataFrame
        See `gridgeo.tables`; one metric CRS.
    version, as_of : str, keyword-only
        What the margin says.

    Returns
    -------
    Edition

    Raises
    ------
    CRSError
        If the CRS is missing, in degrees, or differs between the two.
    SchemaError
        If a column is missing or of another type.
    InputError
        If there is no grid with an area.
    """
    check_table(grids, {name: GRID[name] for name in _ON_A_MAP}, "grid")
    check_table(communities, COMMUNITY, "community")
    if grids.crs is None or not grids.crs.is_projected or grids.crs != communities.crs:
        raise CRSError("a map needs grids and communities in one metric CRS; convert both, for example to EPSG:4547")
    grids = grids[~(grids.geometry.isna() | grids.geometry.is_empty)]
    if not len(grids):
        raise InputError("there is no grid to draw: the layer is empty")
    return Edition(grids=_by_code(grids), communities=_by_code(communities), version=version, as_of=as_of)


def _by_code(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table in the order of its codes."""
    return table.sort_values("code", kind="stable", ignore_index=True)


def drawn(edition: Edition, tolerance_m: float) -> Edition:
    """Return the edition with borders thinned for drawing; neighbours keep sharing them.

    Parameters
    ----------
    edition : Edition
    tolerance_m : float
        Details smaller than about this length go; 0 keeps all.

    Returns
    -------
    Edition
        Same rows. A layer that is no coverage (imported with faults) is returned as it is, so that its faults show.
    """
    shapes = edition.grids.geometry.to_numpy()
    if tolerance_m <= 0 or not shapely.coverage_is_valid(shapes):
        return edition
    thinned = edition.grids.set_geometry(shapely.coverage_simplify(shapes, tolerance_m), crs=edition.grids.crs)
    return replace(edition, grids=thinned)


def borders(edition: Edition, level: str) -> NDArray[np.object_]:
    """Return the border lines of one level, taken from the grids so that they lie exactly on them.

    Parameters
    ----------
    edition : Edition
    level : str
        ``community``, ``street``, ``county`` or ``city``; a parent level needs its column in the community table.

    Returns
    -------
    ndarray of LineString or MultiLineString
        One per unit, in the order of the unit's code or name; empty where the level is unknown.
    """
    shapes = edition.grids.geometry.to_numpy()
    owner = edition.grids["community_code"].to_numpy(dtype=object)
    if level == "city":
        owner = np.full(len(owner), "")
    elif level != "community":
        if level not in edition.communities:
            return np.empty(0, dtype=object)
        parent = dict(zip(edition.communities["code"], edition.communities[level], strict=True))
        owner = np.array([str(parent.get(code, "")) for code in owner], dtype=object)
    units, unit = np.unique(owner.astype(str), return_inverse=True)
    # The fast union wants a coverage, which an imported layer need not be.
    sound = shapely.coverage_is_valid(shapes)
    whole = [
        shapely.coverage_union_all(shapes[unit == n])
        if sound
        else shapely.union_all(shapely.make_valid(shapes[unit == n]))
        for n in range(len(units))
    ]
    return shapely.boundary(np.array(whole, dtype=object))


def grid_number(code: str, community_code: str) -> str:
    """Return what a grid is called inside its community: the digits of its code after the community's.

    Examples
    --------
    >>> grid_number("411102001001003", "411102001001"), grid_number("W-17", "x")
    ('003', 'W-17')
    """
    rest = code.removeprefix(community_code)
    return rest.strip("-_ ") if rest and rest != code else code[-6:].strip("-_ ")


def crs_line(crs: CRS) -> str:
    """Return the margin's line on the coordinate reference system.

    Examples
    --------
    >>> crs_line(CRS("EPSG:4547"))
    'CGCS2000 高斯—克吕格投影，中央经线 114°（EPSG:4547）'
    """
    code = crs.to_epsg()
    number = f"（EPSG:{code}）" if code else ""
    operation, geodetic = crs.coordinate_operation, crs.geodetic_crs
    if operation and geodetic and geodetic.name.startswith("China Geodetic Coordinate System 2000"):
        meridian = {value.name: value.value for value in operation.params}.get("Longitude of natural origin")
        if operation.method_name == "Transverse Mercator" and meridian is not None:
            return f"CGCS2000 高斯—克吕格投影，中央经线 {meridian:g}°{number}"
    return f"{crs.name}{number}"
