"""Borders of grids and of what lies around them, thinned together so that no sliver opens between the two.

In: a `Content`. Out: the same with fewer vertices. Used by `lean` and `web`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from gridgeo.render.content import Content

__all__ = ["thinned_together"]

MOST_VERTICES = 400_000
"""Of all rings: with so many, 8,000 grids make a page of 2.3 MB. Finer borders are thinned further."""


def thinned_together(content: Content, tolerance_m: float) -> tuple[Content, float]:
    """Return the content with its borders thinned for drawing; neighbours keep sharing them.

    Parameters
    ----------
    content : Content
    tolerance_m : float
        Details smaller than about this length go; 0 keeps all. It grows until `MOST_VERTICES` are left at most.

    Returns
    -------
    thinned : Content
        Same rows. What is no coverage (imported with faults) is returned as it is, so that its faults show.
    detail_m : float
        The tolerance in the end; 0 where nothing was thinned.
    """
    grids, around = content.edition.grids, content.neighbours
    shapes = np.concatenate([grids.geometry.to_numpy(), around])
    if tolerance_m <= 0 or not shapely.coverage_is_valid(shapes):
        return content, 0.0
    thin, before = shapely.coverage_simplify(shapes, tolerance_m), np.inf
    while MOST_VERTICES < (count := shapely.get_num_coordinates(thin).sum()) < before:
        # far too many: four times coarser takes about two thirds; nearly few enough: a little coarser
        before, tolerance_m = count, tolerance_m * (4 if count > 2 * MOST_VERTICES else 1.25)
        thin = shapely.coverage_simplify(thin, tolerance_m)
    edition = replace(content.edition, grids=grids.set_geometry(thin[: len(grids)], crs=grids.crs))
    return replace(content, edition=edition, neighbours=thin[len(grids) :]), tolerance_m
