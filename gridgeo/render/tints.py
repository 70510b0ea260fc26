"""Grounds that tell neighbouring units apart on a map.

In: an edition. Out: which unit every grid belongs to, and one of `gridgeo.render.palette.TINTS` for every unit, so that
no two neighbours have the same. After: `themes.coverage`, `themes.responsibility`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.edition import Edition
from gridgeo.render.palette import TINTS

__all__ = ["Units", "coloured", "tinted_units"]

NEAR_M = 1.0
"""Units this near one another are neighbours: borders of an imported layer need not meet."""


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one level: streets, or communities where no streets are known."""

    level: str
    """street or community."""
    names: tuple[str, ...]
    """In the order of their smallest community code."""
    unit: NDArray[np.int64]
    """(n,) unit of every grid."""
    tint: NDArray[np.int64]
    """Tint of every unit."""

    @property
    def tints(self) -> NDArray[np.str_]:
        """(n,) colour of every grid."""
        return np.array(TINTS)[self.tint][self.unit]


def tinted_units(edition: Edition) -> Units:
    """Return streets with their tints, or communities where the layer knows no streets.

    Parameters
    ----------
    edition : Edition

    Returns
    -------
    Units
        Streets of one name in two counties are two units.
    """
    owner = edition.grids["community_code"].to_numpy(dtype=object)
    level = "street" if "street" in edition.communities else "community"
    named: dict[str, tuple[str, str]] = {}
    for row in edition.communities.drop(columns="geometry").to_dict("records"):
        parent = str(row.get("county", "")) if level == "street" else str(row["code"])
        named[str(row["code"])] = (parent, str(row["street"] if level == "street" else row["name"]))
    keys = [named.get(str(code), ("", str(code))) for code in owner]
    first: dict[tuple[str, str], str] = {}
    for key, code in zip(keys, owner, strict=True):
        first[key] = min(first.get(key, str(code)), str(code))
    order = {key: at for at, key in enumerate(sorted(first, key=lambda key: (first[key], key)))}
    unit = np.array([order[key] for key in keys], dtype=np.int64)
    shapes = edition.grids.geometry.to_numpy()
    whole = np.array([shapely.union_all(shapely.make_valid(shapes[unit == at])) for at in range(len(order))])
    names = tuple(name or "未注明" for _, name in order)
    return Units(level, names, unit, coloured(_neighbours(whole)))


def _neighbours(shapes: NDArray[np.object_]) -> list[set[int]]:
    """Return for every unit those beside it."""
    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEAR_M)
    beside: list[set[int]] = [set() for _ in shapes]
    for one, two in near.T.tolist():
        if one != two:
            beside[one].add(two)
    return beside


def coloured(beside: list[set[int]]) -> NDArray[np.int64]:
    """Colour a graph so that neighbours differ, the node with most colours around it first (Brélaz, DSATUR, 1979).

    Parameters
    ----------
    beside : list of set of int
        Neighbours of every node.

    Returns
    -------
    ndarray of int
        Neighbours differ as long as `TINTS` suffice, which they do on a plane; where not, the tint is taken that fewest
        neighbours have. Of those that suit the rarest is taken, so that a legend has few rows alike.

    Examples
    --------
    >>> coloured([{1, 2}, {0, 2}, {0, 1}, set()]).tolist()
    [0, 1, 2, 3]
    """
    tint = np.full(len(beside), -1, dtype=np.int64)
    for _ in beside:
        open_nodes = np.flatnonzero(tint < 0).tolist()
        seen = {node: {int(tint[other]) for other in beside[node]} - {-1} for node in open_nodes}
        node = min(open_nodes, key=lambda one: (-len(seen[one]), -len(beside[one]), one))
        used, everywhere = (
            np.bincount(some[some >= 0], minlength=len(TINTS)) for some in (tint[list(beside[node])], tint)
        )
        tint[node] = int(np.lexsort((everywhere, used))[0])
    return tint
