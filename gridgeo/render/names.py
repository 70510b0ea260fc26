"""Names of communities, or of streets where communities are too small, on a printed map.

In: the visible grids, and what numbers and keys cover already. Out: names that lie wholly in their unit and cover none
of that, preferably over no grid border, where there is room to left and right; else keys for the margin.
Before: `labels` has placed the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition
from gridgeo.render.fit import chords
from gridgeo.render.label import Label, Taken, boxes_at, new_label
from gridgeo.render.measure import label_size_mm
from gridgeo.render.squares import Squares
from gridgeo.render.visible import CLEARANCE_MM, Visible

__all__ = ["Namer", "Naming", "free_places", "new_namer", "unit_shape"]

NAME_PT, KEY_PT = (8.5, 7.5, 7.0), (7.0, 6.0, 5.0)
"""Sizes tried, largest first."""
ROOM_MM = 12.0
"""Side of the equal-area square that a name of four characters needs; where the median unit of a level is smaller, the
next level is named instead."""
LEVELS = 48
"""Heights at which a unit is searched; chosen: a row every few mm of an A3 page."""
ALONG = (0.5, 0.25, 0.75, 0.02, 0.98)
"""Places tried along a free chord; of one shorter than `ALIKE_MM` only the middle."""
ALIKE_MM = 2.0
BORDER_MM, AWAY, ROOMY_MM = 5.0, 0.25, 8.0
"""What decides between free places: one more grid under the name is as bad as `BORDER_MM` less room to its sides, each
mm from the middle as `AWAY`; more room than `ROOMY_MM` is no better. Chosen on maps looked at."""

APART_MM, CROWDED_MM = 1.2, 4.0
"""A name less than `APART_MM` from another label reads as one with it: as bad as so much less room. Chosen as above."""


@dataclass(slots=True)
class Naming:
    """The names of one sheet."""

    labels: list[Label] = field(default_factory=list)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    """Key on the map, or index square where there is no room for one; the name; the index square."""
    unnamed: int = 0


@dataclass(frozen=True, slots=True)
class _Unit:
    """A community or street that is to be named."""

    code: str
    name: str
    rows: NDArray[np.int64]
    """Its visible grids."""
    shape: shapely.Geometry


def new_namer(edition: Edition, ground: Visible, taken: Taken, told: set[str]) -> Namer:
    """Return what names the units of a sheet.

    Parameters
    ----------
    edition : Edition
    ground : Visible
        Its grids in the window.
    taken : Taken
        What other labels cover; the names are added.
    told : set of str
        Communities whose name stands on their grids already.

    Returns
    -------
    Namer
        With the units in the order of their codes, streets in that of their names.
    """
    level, units = _units(edition, ground, told)
    return Namer(units, ground, taken, level=level)


def _units(edition: Edition, ground: Visible, told: set[str]) -> tuple[str, list[_Unit]]:
    """Return the lowest level whose units have room for a name, and its units."""
    area = shapely.area(ground.shape)
    table = edition.communities.drop_duplicates("code").set_index("code")
    for level in ("name", "street", "county"):
        if level not in table:
            continue
        # Two communities may bear one name: units are told apart by code, parents by name.
        unit_of = dict(zip(table.index, table.index if level == "name" else table[level], strict=True))
        unit = np.array([str(unit_of.get(owner, "")) for owner in ground.community], dtype=str)
        keys, number = np.unique(unit, return_inverse=True)
        side_mm = np.sqrt(np.bincount(number, area, minlength=len(keys))) / ground.metres_per_mm
        if not len(keys) or np.median(side_mm) < ROOM_MM:
            continue
        units = []
        for at, key in enumerate(keys.tolist()):
            name = short_community(str(table.at[key, "name"])) if level == "name" and key in table.index else key
            if name and key not in told:
                rows = np.flatnonzero(number == at)
                units.append(_Unit(key, name, rows, unit_shape(ground.shape[rows])))
        return level, units
    return "", []


def unit_shape(shapes: NDArray[np.object_]) -> shapely.Geometry:
    """Return a unit as one shape."""
    # The fast union wants a coverage, which an imported layer need not be.
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapely.make_valid(shapes))


@dataclass(slots=True)
class Namer:
    """Units being named."""

    units: list[_Unit]
    ground: Visible
    taken: Taken
    labels: list[Label] = field(default_factory=list)
    level: str = ""
    """``name``: they are communities; else street or county; empty: there is none."""
    still: dict[int, str] = field(default_factory=dict)
    """Units without room for their name."""

    def write_names(self) -> None:
        """Put names where they cover nothing."""
        self.still = self._put({at: unit.name for at, unit in enumerate(self.units)}, NAME_PT)

    def list_names(self, squares: Squares, room: int | None) -> Naming:
        """Give the other units a key, or list them by their index square.

        Parameters
        ----------
        squares : Squares
            Of the map frame.
        room : int or None
            Keys that the list can hold; None: all.
        """
        listed = list(self.still)[:room]
        keys = {at: f"〔{count}〕" for count, at in enumerate(listed, start=1)}
        unkeyed = self._put(dict(keys), KEY_PT)
        naming = Naming(self.labels, unnamed=len(self.still) - len(listed))
        for at, key in keys.items():
            x, y = shapely.get_coordinates(shapely.point_on_surface(self.units[at].shape))[0]
            square = squares.of(float(x), float(y))
            naming.keys.append((square if at in unkeyed else key, self.units[at].name, square))
        return naming

    def _put(self, texts: dict[int, str], sizes_pt: tuple[float, ...]) -> dict[int, str]:
        """Place texts into their units, as large as may be; return those that have no room."""
        for size in sizes_pt:
            shapes = np.array([self.units[at].shape for at in texts], dtype=object)
            scale, grids = self.ground.metres_per_mm, self.ground.shape
            spots = free_places(shapes, list(texts.values()), size, self.taken, scale, over=grids)
            for (at, text), (x, y) in zip(list(texts.items()), spots, strict=True):
                if np.isnan(x):
                    continue
                label = new_label(text, (float(x), float(y)), size, "community", scale, code=self.units[at].code)
                # Units that overlap, in a layer imported with its faults, may want one place: the first has it.
                if all(_apart(label, other) for other in self.labels):
                    self.labels.append(label)
                    self.taken.take([label])
                    del texts[at]
        return texts


def _apart(one: Label, two: Label) -> bool:
    """Tell whether two texts do not touch."""
    (left, bottom, right, top), (west, south, east, north) = one.box, two.box
    return right < west or east < left or top < south or north < bottom


def free_places(
    shapes: NDArray[np.object_],
    texts: list[str],
    size_pt: float,
    taken: Taken,
    metres_per_mm: float,
    *,
    over: NDArray[np.object_],
) -> NDArray[np.float64]:
    """Return a place in each shape where a text lies wholly inside and covers no label.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
    texts : list of str
        One of each shape.
    size_pt : float
    taken : Taken
    metres_per_mm : float
    over : ndarray of Polygon, keyword-only
        Places over fewer of these are better.

    Returns
    -------
    ndarray of float (n, 2)
        Not a number where there is none.
    """
    spots = np.full((len(shapes), 2), np.nan)
    sizes = np.array([label_size_mm(text, size_pt) for text in texts], dtype=float).reshape(-1, 2)
    width, height = ((sizes + 2 * CLEARANCE_MM) * metres_per_mm).T
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    rows = np.flatnonzero((bounds[:, 2] - bounds[:, 0] >= width) & (bounds[:, 3] - bounds[:, 1] >= height))
    if not len(rows):
        return spots
    shapes, width, height = shapes[rows], width[rows], height[rows]
    tree = shapely.STRtree(shapes)
    boxes, lines = np.concatenate([taken.boxes, taken.kept]), taken.lines
    text, in_text = tree.query(shapely.box(*boxes.T), predicate="intersects")
    line, in_line = tree.query(shapely.linestrings(lines.reshape(-1, 2, 2)), predicate="intersects")
    found = chords(shapes, width, height, levels=LEVELS, boxes=(in_text, boxes[text]), lines=(in_line, lines[line]))
    owner, room = np.repeat(found.owner, len(ALONG)), np.repeat(found.room, len(ALONG))
    along, xy = np.tile(ALONG, len(found.owner)), np.repeat(found.xy, len(ALONG), axis=0)
    differing = (along == ALONG[0]) | (room > ALIKE_MM * metres_per_mm)
    owner, room, along = owner[differing], room[differing], along[differing]
    xy = xy[differing] + np.column_stack([(along - 0.5) * room, np.zeros(len(along))])
    box = shapely.box(*boxes_at(xy, width[owner], height[owner]).T)
    touched = np.bincount(shapely.STRtree(over).query(box, predicate="intersects")[0], minlength=len(box))
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    away = np.hypot(*(xy - middle[owner]).T) / metres_per_mm
    side = np.minimum(np.minimum(along, 1 - along) * room / metres_per_mm, ROOMY_MM / 2)
    cost = BORDER_MM * np.maximum(touched - 1, 0) + AWAY * away - 2 * side
    apart = 2 * APART_MM * metres_per_mm
    cost += CROWDED_MM * ~taken.free(boxes_at(xy, width[owner] + apart, height[owner] + apart))
    order = np.lexsort((*xy.T, np.round(cost, 6), owner))
    order = order[
        shapely.covers(shapes[owner[order]], box[order])
        & taken.free(boxes_at(xy[order], width[owner[order]], height[owner[order]]))
    ]
    served, first = np.unique(owner[order], return_index=True)
    spots[rows[served]] = xy[order[first]]
    return spots
