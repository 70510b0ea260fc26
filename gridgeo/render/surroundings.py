"""What lies around a selection, as far as a page needs it.

In: a `Content`. Out: the same without the neighbours that nobody would look at. Used by `lean` and `web`.
"""

from __future__ import annotations

from dataclasses import replace

import shapely

from gridgeo.render.content import Content

__all__ = ["nearby"]

MARGIN = 0.25
"""How far around the selection neighbours are drawn, as a share of its longer side; chosen."""


def nearby(content: Content) -> Content:
    """Return the content with the neighbours near the selection: those that meet its box and a margin around it."""
    if not len(content.neighbours):
        return content
    left, bottom, right, top = shapely.total_bounds(content.edition.grids.geometry.to_numpy())
    margin_m = MARGIN * max(right - left, top - bottom)
    view = shapely.box(left - margin_m, bottom - margin_m, right + margin_m, top + margin_m)
    return replace(content, neighbours=content.neighbours[shapely.intersects(content.neighbours, view)])
