"""The grids that a map's window shows: of each the visible part, its middle, and what it is called.

In: an `Edition`, the scale and the window. Out: `Visible`, arrays in the order of the codes. Next: `labels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition, grid_number
from gridgeo.render.fit import circles_of, fit
from gridgeo.render.measure import label_size_mm
from gridgeo.render.squares import Window

__all__ = ["CLEARANCE_MM", "TIGHT_MM", "Visible", "visible_grids", "visible_part"]

CLEARANCE_MM = 0.3
"""Between a label's halo and the border of its grid or the window; chosen: half the width of a city's border."""
TIGHT_MM = 0.05
"""The same where a label would fit nowhere else: the halo still keeps the ink 0.4 mm from the border."""
TOLERANCE_MM = 0.2
"""How far from the very middle a label may stand; unseen."""


@dataclass(frozen=True, slots=True)
class Visible:
    """What a window shows, in the order of the codes; lengths in metres unless they say mm."""

    code: NDArray[np.object_]
    number: NDArray[np.object_]
    community: NDArray[np.object_]
    community_name: NDArray[np.object_]
    exclusive: NDArray[np.bool_]
    shape: NDArray[np.object_]
    """The part inside the window."""
    side_mm: NDArray[np.float64]
    """Side of the square of equal area, of the whole grid."""
    middle: NDArray[np.float64]
    radius: NDArray[np.float64]
    metres_per_mm: float

    def best_fit(
        self, rows: NDArray[np.int64], texts: NDArray[np.object_], tries: Sequence[tuple[float, float]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return places and sizes in points of texts in their grids, as large as may be.

        Parameters
        ----------
        rows : ndarray of int
        texts : ndarray of str
            One of each row.
        tries : sequence of (float, float)
            Sizes in points with their distance from the border in mm, largest first.

        Returns
        -------
        spots : ndarray of float (n, 2)
            Not a number where not even the smallest fits.
        sizes : ndarray of float
        """
        spots, sizes = np.full((len(rows), 2), np.nan), np.zeros(len(rows))
        open_rows = np.arange(len(rows))
        # The smallest comes second: where it does not fit, none of those between does.
        for at in (0, *(range(len(tries) - 1, 0, -1))):
            size, clearance = tries[at]
            found = self.fit(rows[open_rows], texts[open_rows].tolist(), size, clearance)
            held = ~np.isnan(found[:, 0])
            spots[open_rows[held]], sizes[open_rows[held]] = found[held], size
            open_rows = open_rows[~held] if at == 0 else open_rows[held]
        return spots, sizes

    def fit(
        self, rows: NDArray[np.int64], texts: list[str], size_pt: float, clearance_mm: float = CLEARANCE_MM
    ) -> NDArray[np.float64]:
        """Return a place for a text of one size in each of some grids, not a number where it has none."""
        sizes = np.array([label_size_mm(text, size_pt) for text in texts], dtype=float).reshape(-1, 2)
        width, height = ((sizes + 2 * clearance_mm) * self.metres_per_mm).T
        return fit(self.shape[rows], width, height, middle=self.middle[rows], radius=self.radius[rows])


def visible_grids(edition: Edition, metres_per_mm: float, window: Window | None) -> Visible:
    """Return the grids that have any area in a window.

    Parameters
    ----------
    edition : Edition
        In any order.
    metres_per_mm : float
    window : (float, float, float, float) or None
        Left, bottom, right, top in metres; None shows all.
    """
    grids = edition.grids
    order = np.argsort(grids["code"].to_numpy(dtype=str), kind="stable")
    whole = grids.geometry.to_numpy()[order]
    part = visible_part(whole, window)
    seen = shapely.area(part) > 0
    order, whole, part = order[seen], whole[seen], part[seen]
    column = {name: grids[name].to_numpy(dtype=object)[order] for name in ("code", "kind", "community_code")}
    number = [grid_number(*pair) for pair in zip(column["code"], column["community_code"], strict=True)]
    name = [short_community(one) for one in grids["community_name"].to_numpy(dtype=object)[order]]
    middle, radius = circles_of(part, TOLERANCE_MM * metres_per_mm)
    return Visible(
        code=column["code"],
        number=np.array(number, dtype=object),
        community=column["community_code"],
        community_name=np.array(name, dtype=object),
        exclusive=column["kind"] == "exclusive",
        shape=part,
        side_mm=np.sqrt(shapely.area(whole)) / metres_per_mm,
        middle=middle,
        radius=radius,
        metres_per_mm=metres_per_mm,
    )


def visible_part(shapes: NDArray[np.object_], window: Window | None) -> NDArray[np.object_]:
    """Return the polygons' parts inside a window; empty polygons where nothing of them is seen."""
    if window is None:
        return shapes
    frame = shapely.box(*window)
    shapely.prepare(frame)
    part = shapes.copy()
    cut = ~shapely.covers(frame, shapes)
    part[cut] = shapely.intersection(shapely.make_valid(shapes[cut]), frame)
    # Where a border only touches the window, lines and points come of it.
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(part), (3, 6)))
    for row in mixed:
        pieces = shapely.get_parts(part[row])
        polygons = pieces[shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON]
        part[row] = shapely.multipolygons(polygons) if len(polygons) else shapely.Polygon()
    return part
