"""The community layer cleaned into a partition: the authority that nothing moves afterwards.

In: the communities as handed in, in the city CRS. Out: the same rows with disjoint, noded geometry on the precision
grid, and findings. Before: `gridgeo.intake.read`; after: `gridgeo.partition.repair` and the arrangement.

Overlaps go to the smaller community, so none can be swallowed by a larger one. Slits narrower than `SLIT_WIDTH_M`
are closed, also those open to the outside; real holes and islands stay.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.errors import InputError
from gridgeo.model import Finding
from gridgeo.partition.arrange import Arrangement, Linework, arrange
from gridgeo.partition.diagnose import Subject, vertex_findings
from gridgeo.partition.faults import Overlaps, overlaps_between
from gridgeo.partition.solid import shape_findings, solid_polygon
from gridgeo.partition.telling import area_text, at_most, mean_width_m, place_text, polygons_of
from gridgeo.partition.voids import split_along_middle, wide_and_narrow

__all__ = ["SLIT_WIDTH_M", "repair_communities"]

SLIT_WIDTH_M = 0.8
"""Gaps narrower than this are slips of drawing: no land lies in them. Split along its middle, such a slit moves no
border by half a metre. Chosen; see tests/test_authority.py."""

SLIT_LENGTH_M = 2.0
"""Shorter places open to the outside are corners of the outline; thin enclosed ones are closed at any length."""

WHOLE_WIDTH_M = 0.4
"""Where a slit is up to this wide it goes whole to the longest border, where it is wider it is split along its middle,
and inside one community it stays: no community grows by more than half a metre anywhere."""

IDENTICAL_SHARE = 1 - 1e-6
"""Communities that share this part of their area are the same one twice."""

AGENCY = "community"


def repair_communities(communities: gpd.GeoDataFrame, *, precision_m: float) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Make the communities disjoint, noded and free of slits.

    Parameters
    ----------
    communities : GeoDataFrame, (n,)
        ``code`` and any other columns, polygons of any state, in the city CRS (metres).
    precision_m : float, keyword-only
        Grid of the result's coordinates.

    Returns
    -------
    communities : GeoDataFrame, (m,)
        The rows that have area, in their order, with Polygon or MultiPolygon geometry that forms a valid coverage.
    findings : list of Finding
        Agency "community".

    Raises
    ------
    InputError
        If nothing has area, two communities have the same polygon, or one lies wholly under others.

    Notes
    -----
    Geometry stays within half a metre of what was handed in, except where communities overlap.
    """
    kept, polygons, findings = _solid(communities)
    codes = communities["code"].to_numpy()[kept].astype(str)
    overlaps = overlaps_between(polygons)
    _refuse_twins(overlaps, polygons, codes)
    findings += _overlap_findings(overlaps, codes)
    findings += vertex_findings(Subject(AGENCY, codes, polygons, 0.0))
    own = Linework(polygons, np.arange(len(polygons)))
    plane = arrange([own], precision_m)
    pieces, takers = _slits(plane, _smallest_cover(plane, polygons), precision_m)
    findings += _slit_findings(pieces, takers, codes)
    if len(pieces):
        plane = arrange([own, Linework(pieces, np.arange(len(pieces)))], precision_m)
    owner = _owners(plane, polygons, takers)
    _give_back(plane, owner, codes)
    holes = _fill_rest(plane, owner)
    label, shapes = plane.shapes(owner)
    findings += _hole_findings(holes, shapes) + _part_findings(shapes, codes[label])
    return communities.iloc[kept[label]].set_geometry(shapes, crs=communities.crs).reset_index(drop=True), findings


def _solid(communities: gpd.GeoDataFrame) -> tuple[NDArray[np.int64], np.ndarray, list[Finding]]:
    """Return the rows with area, their valid polygons, and what was wrong with rings."""
    kept, polygons, findings = [], [], []
    for number, (code, shape) in enumerate(zip(communities["code"], communities.geometry, strict=True)):
        if shape is None or shape.is_empty:
            text = f"社区 {code} 没有图形（空），无法参与划分，已跳过"
            findings.append(Finding("error", "null_geometry", AGENCY, text, str(code)))
            continue
        solid = solid_polygon(shape)
        findings += [f for f in shape_findings(shape, solid, AGENCY, str(code)) if f.kind != "multipart"]
        if solid is not None:
            kept.append(number)
            polygons.append(solid)
    if not kept:
        raise InputError("the community layer has no polygon with area; give a layer of community polygons")
    return np.array(kept, dtype=np.int64), np.array(polygons, dtype=object), findings


def _refuse_twins(overlaps: Overlaps, polygons: np.ndarray, codes: np.ndarray) -> None:
    """Refuse two communities with the same polygon: nobody can tell whose land it is."""
    common_m2, area_m2 = shapely.area(overlaps.pieces), shapely.area(polygons)
    larger_m2 = np.maximum(area_m2[overlaps.first], area_m2[overlaps.second])
    for row in np.flatnonzero(common_m2 >= IDENTICAL_SHARE * larger_m2):
        one, two = codes[overlaps.first[row]], codes[overlaps.second[row]]
        raise InputError(
            f"community layer: {one} and {two} have the same polygon at {place_text(overlaps.pieces[row])}; "
            "remove one of them or give each its own area"
        )


# ------------------------------------------------------------------- slits ----


def _slits(plane: Arrangement, owner: NDArray[np.int64], precision_m: float) -> tuple[np.ndarray, NDArray[np.int64]]:
    """Return the slits between communities, cut into pieces, and who gets each."""
    label, shapes = plane.shapes(owner)
    union = shapely.coverage_union_all(shapes)
    half_m = SLIT_WIDTH_M / 2
    grown = shapely.buffer(union, half_m, join_style="mitre")
    closed = shapely.buffer(grown, -half_m, join_style="mitre")
    slits = polygons_of(shapely.difference(closed, union, grid_size=precision_m))
    slits = slits[(mean_width_m(slits) > 2 * precision_m) & (shapely.length(slits) / 2 >= SLIT_LENGTH_M)]
    wide, narrow = wide_and_narrow(slits, width_m=WHOLE_WIDTH_M)
    thin = np.repeat([False, True], [len(wide), len(narrow)])
    split = split_along_middle(np.concatenate([wide, narrow]), shapes, thin=thin)
    # a wide slit that only one community borders is its own affair, a dock or a cut
    alone = np.isin(shapely.to_wkb(split.pieces, hex=True), shapely.to_wkb(wide, hex=True))
    return split.pieces[~alone], label[split.owners[~alone]]


def _smallest_cover(plane: Arrangement, polygons: np.ndarray) -> NDArray[np.int64]:
    """Return for each face the smallest community that covers it, -1 for none; ties go to the lower row."""
    face, feature = plane.covering(0)
    rank = np.argsort(np.argsort(shapely.area(polygons), kind="stable"))
    order = np.lexsort([-rank[feature], face])
    owner = np.full(plane.faces.faces, -1, np.int64)
    owner[face[order]] = feature[order]  # the last write per face is its smallest community
    return owner


def _owners(plane: Arrangement, polygons: np.ndarray, takers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the community of each face: its own cover, else the taker of the slit it lies in, else -1."""
    owner = _smallest_cover(plane, polygons)
    if len(takers):
        face, piece = plane.covering(1)
        free = owner[face] < 0
        owner[face[free]] = takers[piece[free]]
    return owner


def _give_back(plane: Arrangement, owner: NDArray[np.int64], codes: np.ndarray) -> None:
    """Return its largest face to every community that smaller ones covered wholly; refuse if that robs another."""
    face, feature = plane.covering(0)
    for lost in np.setdiff1d(np.arange(len(codes)), owner):
        own = face[feature == lost]
        best = own[np.argmax(plane.face_area_m2[own])] if len(own) else -1
        if best < 0 or (owner == owner[best]).sum() == 1:
            raise InputError(
                f"community layer: {codes[lost]} lies wholly under other communities; give it its own area"
            )
        owner[best] = lost


def _fill_rest(plane: Arrangement, owner: NDArray[np.int64]) -> np.ndarray:
    """Give thin enclosed places to the longest border; return the wider ones: real holes."""
    free = np.where(owner < 0, np.arange(len(owner)), -1)
    free[0] = -1  # the outside
    faces, shapes = plane.shapes(free)
    thin = shapely.is_empty(shapely.buffer(shapes, -WHOLE_WIDTH_M / 2, join_style="mitre"))
    edges = np.column_stack([plane.left, plane.right, np.arange(len(plane.ends))])
    edges = np.concatenate([edges, edges[:, [1, 0, 2]]])
    edges = edges[np.isin(edges[:, 0], faces[thin]) & (owner[edges[:, 1]] >= 0)]
    pairs, row = np.unique(np.column_stack([edges[:, 0], owner[edges[:, 1]]]), axis=0, return_inverse=True)
    shared_m = np.bincount(row.ravel(), weights=plane.edge_length_m[edges[:, 2]], minlength=len(pairs))
    order = np.lexsort([-pairs[:, 1], shared_m, pairs[:, 0]])
    owner[pairs[order, 0]] = pairs[order, 1]  # the last write per face is its longest border
    return shapes[~thin]


# ---------------------------------------------------------------- findings ----


def _overlap_findings(overlaps: Overlaps, codes: np.ndarray) -> list[Finding]:
    """Tell every pair of communities that overlap: wide ones are errors of the authority, narrow ones were closed."""
    eroded = shapely.buffer(overlaps.pieces, -SLIT_WIDTH_M / 2, join_style="mitre")
    wide, narrow = [], []
    rows = zip(overlaps.first, overlaps.second, overlaps.pieces, shapely.is_empty(eroded), strict=True)
    for first, second, piece, thin in rows:
        size = f"{area_text(piece.area)}，位于 {place_text(piece)}"
        text = f"社区 {codes[first]} 与 {codes[second]} 重叠 {size}；重叠处归面积较小的社区"
        if thin:
            narrow.append(Finding("warning", "sliver", AGENCY, f"狭长重叠：{text}", codes[first], piece.area, piece))
        else:
            wide.append(
                Finding("error", "overlap", AGENCY, f"重叠：{text}，请核实界线", codes[first], piece.area, piece)
            )
    return at_most(wide, len(codes)) + at_most(narrow, len(codes))


def _slit_findings(pieces: np.ndarray, takers: NDArray[np.int64], codes: np.ndarray) -> list[Finding]:
    """Tell every slit that was closed."""
    found = []
    for piece, taker in zip(pieces, takers, strict=True):
        text = f"缝隙：社区之间有一条狭缝，{area_text(piece.area)}、宽约 {mean_width_m(piece):.2f} m，"
        text += f"位于 {place_text(piece)}；已并入社区 {codes[taker]}"
        found.append(Finding("warning", "sliver", AGENCY, text, str(codes[taker]), float(piece.area), piece))
    return at_most(found, len(codes))


def _hole_findings(holes: np.ndarray, shapes: np.ndarray) -> list[Finding]:
    """Tell the holes that stay."""
    found = []
    for hole in holes:
        text = f"空洞：社区之间有一处未被覆盖的空白（湖、飞地等），{area_text(hole.area)}，位于 {place_text(hole)}；"
        text += "视为城市范围之外，不予填补"
        found.append(Finding("note", "hole", AGENCY, text, "", float(hole.area), hole))
    return at_most(found, len(shapes))


def _part_findings(shapes: np.ndarray, codes: np.ndarray) -> list[Finding]:
    """Tell the communities in several parts, which stay so."""
    found: list[Finding] = []
    for shape, code in zip(shapes, codes, strict=True):
        parts: Any = shapely.get_num_geometries(shape)
        if parts > 1:
            text = f"多部件：社区 {code} 由 {parts} 个互不相连的部分组成（飞地、岛屿），予以保留"
            found.append(Finding("note", "multipart", AGENCY, text, str(code), float(shape.area), shape))
    return at_most(found, len(shapes))
