"""The atoms of a finished merge as polygons: blocks that planners hand from one grid to another.

In: an arrangement, the atom of every face, and the households' faces. Out: a table of polygons that tile the
communities. Previous stage: `gridgeo.partition.assemble`; next: numbering (`gridgeo.jobs.numbering`).
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridgeo.partition.arrange import Arrangement
from gridgeo.partition.assemble import straight_vertices
from gridgeo.partition.segments import pack

__all__ = ["block_table"]

Ints = NDArray[np.int64]


def block_table(
    plane: Arrangement,
    atom: Ints,
    community: NDArray[np.object_],
    household_face: Ints,
    household_count: Ints,
    *,
    grids: NDArray[np.object_],
) -> gpd.GeoDataFrame:
    """Return the atoms as polygons.

    Parameters
    ----------
    plane : Arrangement
    atom : array of int64, (f,)
        Atom of each face, -1 outside.
    community : array of str, (atoms,)
        Code of the community of each atom.
    household_face, household_count : arrays of int64, (h,)
        Face and number of every household row.
    grids : array of Polygon, keyword-only
        The grids that were made of the atoms: their vertices stay.

    Returns
    -------
    GeoDataFrame
        ``community_code, households`` and a Polygon each, in the order of their smallest faces, without CRS.

    Notes
    -----
    An atom that lies apart, or hangs together by points only, is several rows. The rows share every vertex with each
    other and have the vertices of the grids; where a border between two atoms ends in the middle of a grid's border,
    they have one more, up to `gridgeo.partition.outline.STRAIGHT_STEPS` lattice steps off it.
    """
    part, owner = _parts(plane, atom)
    shapes = plane.shapes(part, keep=straight_vertices(plane, part, _vertices_of(plane, grids)))[1]
    shapes = shapely.orient_polygons(shapely.normalize(shapes), exterior_cw=False)
    at = part[household_face]
    counted = at >= 0
    households = np.bincount(at[counted], household_count[counted], len(owner)).astype(np.int64)
    table = {"community_code": community[owner], "households": households}
    return gpd.GeoDataFrame(table, geometry=np.asarray(shapes, object))


def _vertices_of(plane: Arrangement, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which vertices (v,) of an arrangement are corners of shapes made of it."""
    corners = np.zeros(len(plane.points), bool)
    corners[np.searchsorted(pack(plane.points), pack(plane.lattice.snap(shapely.get_coordinates(shapes))))] = True
    return corners


def _parts(plane: Arrangement, atom: Ints) -> tuple[Ints, Ints]:
    """Return the part of an atom that each face is in, -1 outside, and the atom of each part.

    Faces of one atom are in one part if a chain of faces leads from one to the other across edges.
    """
    left, right, size = plane.left, plane.right, plane.faces.faces
    joined = np.flatnonzero((atom[left] == atom[right]) & (atom[left] >= 0))
    pairs = (np.ones(len(joined), np.int8), (left[joined], right[joined]))
    whole = connected_components(coo_matrix(pairs, shape=(size, size)), directed=False)[1]
    inside = atom >= 0
    _, first, number = np.unique(whole[inside], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    part = np.full(size, -1, np.int64)
    part[inside] = rank[number]
    return part, atom[inside][np.sort(first)]
