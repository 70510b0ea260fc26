"""变更图: what is different between two versions.

In: the later layer with the kind of change of every grid, and how borders moved. Out: a `Content`: grids coloured by
what became of them, ground that changed its grid hatched, new borders solid, former ones dashed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridgeo.render.content import Content, Mark, content_of
from gridgeo.render.edition import Edition
from gridgeo.render.palette import CHANGED, FORMER_DASHES, INK
from gridgeo.render.recipe import Recipe

__all__ = ["change_content"]


def change_content(
    edition: Edition,
    recipe: Recipe,
    *,
    moved: NDArray[np.object_],
    fresh: NDArray[np.object_],
    former: NDArray[np.object_],
) -> Content:
    """Return what a map of changes shows.

    Parameters
    ----------
    edition : Edition
        Its grids have the column ``change``, see `gridgeo.render.legend.CHANGE_CLASSES`.
    recipe : Recipe
    moved : ndarray of Polygon or MultiPolygon, keyword-only
        Ground that changed its grid.
    fresh, former : ndarray of LineString, keyword-only
        Lines that are borders and were none, and the other way round.
    """
    marks = (
        Mark(name="划转的地块", shapes=moved, colour=CHANGED, width_pt=0.4, hatch="////"),
        Mark(name="新的网格界", shapes=fresh, colour=CHANGED, width_pt=1.5, casing=True),
        Mark(name="原网格界（已取消）", shapes=former, colour=INK, width_pt=1.2, dashes=FORMER_DASHES),
    )
    return content_of(edition, recipe, marks=marks)
