"""The index that finds the grid of a point: exactly, and at the speed of memory.

In: a grid layer. Out: for points, the row of the grid that covers them. Before: the store or ``layer.gpkg``; next:
`gridgeo.locate.assign` for registers, `gridgeo.locate.coordinate` for a single question.

A point on a border or corner is covered by several grids; it belongs to the smallest code, so that the answer depends
neither on the order of the layer nor on rounding: every decision is exact (`gridgeo.locate.blocks`,
`gridgeo.locate.orient`).
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import SchemaError, TopologyError
from gridgeo.locate.blocks import Lattice, corner_labels, lattice_of
from gridgeo.locate.edges import edges_of
from gridgeo.locate.near import nearest_at
from gridgeo.locate.overlap import largest_overlap
from gridgeo.locate.pack import built_pieces, packed, steps_per_unit
from gridgeo.locate.renew import renewed
from gridgeo.locate.walk import Packed, all_at, label_at, labels_at

__all__ = ["GridIndex", "build_index", "code_column"]

SHARES = 4
"""Parts that a thread takes one after the other, so that none waits long for a slower one…"""
LEAST_SHARE = 65_536
"""… but none of less than a millisecond of work."""

FARTHEST = 1e12
"""No coordinate of a layer on the earth is larger, in metres or degrees."""

DEGREE_M = 111_320.0
"""A degree of latitude, nearly: to say how large an overlap of a layer in degrees is."""

POLYGON, MULTIPOLYGON = 3, 6
"""Types of geometry, as shapely numbers them."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
Codes = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class GridIndex:
    """The grids of one layer, ready for questions."""

    codes: Codes
    """(n,) text; None where `renewed` has retired one. Ascending unless renewed."""
    crs: str
    """CRS of the layer, in which questions must be asked."""
    packed: Packed
    """What the kernels read."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return left, bottom, right, top of the layer, in its CRS; NaN for one without grids."""
        left, bottom, right, top = self.packed.frame[:4].tolist() if len(self.codes) else [float("nan")] * 4
        return left, bottom, right, top

    @property
    def nbytes(self) -> int:
        """Return the size in memory, without the codes."""
        return sum(part.nbytes for part in self.packed)

    def covering(self, x: Floats, y: Floats, *, threads: int = 1) -> tuple[Rows, NDArray[np.bool_]]:
        """Find the grid that covers each point.

        Parameters
        ----------
        x, y : ndarray of float, (n,)
            In the CRS of the layer; what is not finite is covered by no grid.
        threads : int, keyword-only
            Processor cores to use.

        Returns
        -------
        rows : ndarray of int32, (n,)
            Row of the covering grid with the smallest code, or -1.
        on_border : ndarray of bool, (n,)
            True where the point lies on that grid's border.
        """
        east, north = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
        rows, on_border = np.empty(len(east), np.int32), np.empty(len(east), np.bool_)

        def ask(part: slice) -> None:
            labels_at(self.packed, east[part], north[part], rows[part], on_border[part])

        if threads == 1:
            ask(slice(None))
        else:
            size = max(LEAST_SHARE, -(-len(east) // (SHARES * threads)))
            parts = [slice(begin, begin + size) for begin in range(0, len(east), size)]
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(ask, parts))
        return rows, on_border

    def find(self, x: float, y: float) -> tuple[int, bool]:
        """Find the grid that covers one point: its row (-1 = none), and whether the point lies on a border."""
        label = label_at(self.packed, x, y)
        return (label - 1, False) if label >= 0 else (~label - 1, True)

    def all_covering(self, x: float, y: float) -> list[str]:
        """Return the codes of all grids that cover one point, ascending: two on a border, more at a corner."""
        return [str(code) for code in self.codes[all_at(self.packed, float(x), float(y)) - 1]]

    def nearest(self, x: Floats, y: Floats, *, within_m: float) -> tuple[Rows, Floats]:
        """Find the nearest grid of each point.

        Parameters
        ----------
        x, y : ndarray of float, (n,)
            In the CRS of the layer.
        within_m : float
            Grids further away do not count; above 0, in metres if the CRS counts in metres.

        Returns
        -------
        rows : ndarray of int32, (n,)
            Row of the nearest grid, among equally near ones that with the smallest code, or -1.
        distance_m : ndarray of float, (n,)
            NaN where there is none.
        """
        rows, distance = np.empty(len(x), np.int32), np.empty(len(x))
        nearest_at(self.packed, np.asarray(x, np.float64), np.asarray(y, np.float64), float(within_m), rows, distance)
        return rows, distance

    def renewed(self, gone: list[str], grids: gpd.GeoDataFrame, *, code: str = "code") -> GridIndex | None:
        """Return the index of the next version of the layer, building anew only the blocks that changed.

        Parameters
        ----------
        gone : list of str
            Codes of all grids that ended or changed.
        grids : GeoDataFrame
            All grids that began or changed, as for `build_index`; with the others they must be a coverage.
        code : str, keyword-only

        Returns
        -------
        GridIndex or None
            None where the new grids do not fit into this index (they reach further, or need finer coordinates):
            build another.
        """
        codes, shapes = _sorted_grids(grids, code)
        known = {name: row for row, name in enumerate(self.codes) if name is not None}
        ended = np.array([known[name] + 1 for name in gone], np.int32)
        kept = self.codes.copy()
        kept[ended - 1] = None
        added = [name for name in codes if name not in known]
        known |= {name: len(kept) + k for k, name in enumerate(added)}
        rows = np.array([known[name] for name in codes], np.int64)
        kept = np.concatenate([kept, np.full(len(added), None, object)])
        kept[rows] = codes
        found = renewed(self.packed, ended, shapes, (rows + 1).astype(np.int32), _rank(kept))
        return None if found is None else GridIndex(kept, self.crs, found)


def _rank(codes: Codes) -> NDArray[np.int32]:
    """Return the place of each label's code in the order of codes; label 0 and retired ones come last."""
    order = sorted((code, row) for row, code in enumerate(codes) if code is not None)
    rank = np.full(len(codes) + 1, len(codes), np.int32)
    rank[[row + 1 for _, row in order]] = np.arange(len(order))
    return rank


def build_index(grids: gpd.GeoDataFrame, *, code: str = "code", certified: bool = False, threads: int = 1) -> GridIndex:
    """Build the index of a grid layer.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
        A code column (text) and valid polygons in one CRS that do not overlap.
    code : str
        The code column.
    certified : bool, keyword-only
        True: the layer is known to be a coverage and is not tested again.
    threads : int, keyword-only
        Processor cores to use; the index does not depend on it.

    Raises
    ------
    SchemaError
        If the code column is missing, or a grid has no code, no geometry, or one that is no polygon of finite
        coordinates.
    TopologyError
        If two grids overlap or one crosses itself: no exact answer exists there. The message names them and the place.

    Notes
    -----
    O(v log v) for v vertices.
    """
    codes, shapes = _sorted_grids(grids, code)
    labels = np.arange(1, len(codes) + 1, dtype=np.int32)
    edges = edges_of(shapes, labels)
    rank = _rank(codes)
    crs = grids.crs.to_string() if grids.crs else ""
    if not len(edges.ends):
        return GridIndex(codes, crs, _nothing(rank))
    lattice = lattice_of(edges.ends, float(shapely.area(shapes).sum()))
    corners = corner_labels(edges.ends, edges.sides, lattice)
    numbers = np.arange(lattice.columns * lattice.rows)
    scale = steps_per_unit(edges.ends)
    pieces = built_pieces(edges, lattice, corners, numbers, scale, threads=threads)
    if pieces is None:  # edges too long for whole steps
        scale = 0.0
        pieces = built_pieces(edges, lattice, corners, numbers, scale, threads=threads) or {}
    bounds = shapely.total_bounds(shapes).tolist()
    kept = packed(pieces, corners, lattice, bounds=bounds, rank=rank, scale=scale)
    if not certified:
        _refuse_overlap(kept, shapes, codes, degrees=grids.crs is not None and grids.crs.is_geographic)
    return GridIndex(codes, crs, kept)


def _refuse_overlap(kept: Packed, shapes: NDArray[np.object_], codes: Codes, *, degrees: bool) -> None:
    found = largest_overlap(kept, shapes)
    if found is None:
        return
    digits = 7 if degrees else 3
    place = f"{found.x:.{digits}f}, {found.y:.{digits}f}"
    if found.first == found.second:
        raise TopologyError(
            f"grid {codes[found.first]} crosses itself at {place}: what lies inside it cannot be said; "
            "see gridgeo verify, mend the layer"
        )
    area_m2 = found.area * (DEGREE_M**2 * math.cos(math.radians(found.y)) if degrees else 1.0)
    size = f"{area_m2:,.0f}" if area_m2 >= 100 else f"{area_m2:.3g}"
    raise TopologyError(
        f"grids {codes[found.first]} and {codes[found.second]} overlap by {size} m² around {place}: a point there "
        "would have two grids; see gridgeo verify, mend the layer"
    )


def code_column(grids: gpd.GeoDataFrame, code: str = "code") -> Codes:
    """Return the codes of a layer.

    Raises
    ------
    SchemaError
        If the column is missing, or a grid has no code or no geometry.
    """
    if code not in grids:
        raise SchemaError(f"there is no column {code!r} in the grid layer; its columns are {list(grids.columns)}")
    codes, shapes = grids[code].to_numpy(object), grids.geometry.to_numpy()
    bad = ~np.array([isinstance(value, str) and bool(value) for value in codes], bool)
    bad |= shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if bad.any():
        raise SchemaError(f"{int(bad.sum())} grids have no code or no geometry; certify the layer with gridgeo verify")
    return codes


def _sorted_grids(grids: gpd.GeoDataFrame, code: str) -> tuple[Codes, NDArray[np.object_]]:
    """Return codes and two-dimensional polygons in the order of the codes."""
    codes, shapes = code_column(grids, code), shapely.force_2d(grids.geometry.to_numpy())
    area = np.isin(shapely.get_type_id(shapes), (POLYGON, MULTIPOLYGON))
    area &= (np.abs(shapely.bounds(shapes)) <= FARTHEST).all(axis=1)
    if not area.all():
        first = int(np.flatnonzero(~area)[0])
        raise SchemaError(
            f"grid {codes[first]} is a {shapes[first].geom_type}, or has coordinates that cannot be; the layer must "
            "consist of polygons, see gridgeo verify"
        )
    order = np.argsort(codes, kind="stable")
    return codes[order], shapes[order]


def _nothing(rank: NDArray[np.int32]) -> Packed:
    """Return the arrays of a layer without grids: whatever is asked lies outside."""
    nowhere, none = (0.0, 0.0, -1.0, -1.0), np.zeros((1, 1), np.int32)  # a number each: kernels count cells from it
    return packed({}, none, Lattice(1.0, 0, 0, 1, 1), bounds=nowhere, rank=rank, scale=1.0)
