"""Which grids belong to the community or street that an address names.

In: a grid layer with the names of its communities and, if known, of their streets; addresses. Out: for addresses the
`Places` row of what they name, for points whether they lie there. Used by `gridgeo.locate.datum` and
`gridgeo.locate.quality`; which names can be told from other words is decided in `gridgeo.place_names`.

A community counts before the street it lies in. Several communities of one name are told apart by the street that the
address names too; where that does not decide, the address names nothing: a wrong place is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import NameTable, name_forms

__all__ = ["NOWHERE", "Places", "make_places"]

NOWHERE = -1
"""No place is named, or no grid lies there."""

COUNTIES = ("区", "县", "市", "旗")
"""A parent of such a name is no street: communities of a layer that knows only counties."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Forms = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Places:
    """The named places of a layer: its communities, then its streets."""

    names: tuple[str, ...]
    """As the layer prints them."""
    community: Rows
    """Row of the index → place of the grid's community, `NOWHERE` where it has no name."""
    street: Rows
    """Row of the index → place of the grid's street, or `NOWHERE`."""
    shapes: NDArray[np.object_]
    """Row of the index → polygon."""
    community_forms: Forms
    """Writing → the communities that it may mean."""
    street_forms: Forms
    street_of: Rows
    """Place → the street that it lies in, or `NOWHERE`."""
    table: NameTable
    _known: dict[frozenset[str], int] = field(default_factory=dict)
    _outlines: dict[int, shapely.Geometry] = field(default_factory=dict)

    def named(self, addresses: Sequence[object]) -> Rows:
        """Return the place that each address names, `NOWHERE` for none, several, or what is no text.

        Parameters
        ----------
        addresses : sequence, (n,)
        """
        found = self.table.found([address if isinstance(address, str) else "" for address in addresses])
        return np.array([self._meant(names) for names in found], dtype=np.int64)

    def _meant(self, names: frozenset[str]) -> int:
        """Return the one place that the names in an address mean."""
        if names not in self._known:
            self._known[names] = self._decide(names)
        return self._known[names]

    def _decide(self, names: frozenset[str]) -> int:
        streets = {place for name in names for place in self.street_forms.get(name, ())}
        written = [set(self.community_forms[name]) for name in names if name in self.community_forms]
        if not written:
            return streets.pop() if len(streets) == 1 else NOWHERE
        meant = set.intersection(*written)
        if len(meant) > 1:
            meant = {place for place in meant if int(self.street_of[place]) in streets}
        return meant.pop() if len(meant) == 1 else NOWHERE

    def agree(self, named: Rows, rows: Rows) -> NDArray[np.bool_]:
        """Return whether grids belong to the places named.

        Parameters
        ----------
        named : ndarray of int, (n,)
            From `named`.
        rows : ndarray of int, (n,)
            Grid of each point, as a row of the index, -1 outside.
        """
        there = (rows >= 0) & (named >= 0)
        agreed: NDArray[np.bool_] = there & ((self.community[rows] == named) | (self.street[rows] == named))
        return agreed

    def farther(self, named: Rows, x: Floats, y: Floats, *, than_m: float) -> NDArray[np.bool_]:
        """Return which points lie farther than a distance from the place named; all places must be known."""
        points = shapely.points(x, y)
        far = np.zeros(len(named), bool)
        for place in np.unique(named):  # each outline is prepared once and asked for all of its points
            at = np.flatnonzero(named == place)
            far[at] = ~shapely.dwithin(self._outline(int(place)), points[at], than_m)
        return far

    def distance_m(self, named: Rows, x: Floats, y: Floats) -> Floats:
        """Return the distances of points from the places named; all places must be known."""
        outlines = np.array([self._outline(int(place)) for place in named], object)
        distances: Floats = shapely.distance(outlines, shapely.points(x, y))
        return distances

    def _outline(self, place: int) -> shapely.Geometry:
        """Return the area of a place: the union of its grids."""
        if place not in self._outlines:
            outline = shapely.union_all(self.shapes[(self.community == place) | (self.street == place)])
            shapely.prepare(outline)
            self._outlines[place] = outline
        return self._outlines[place]


def make_places(
    codes: Sequence[str], grids: gpd.GeoDataFrame, parents: Mapping[str, Sequence[str]] | None = None
) -> Places:
    """Learn the named places of a layer.

    Parameters
    ----------
    codes : sequence of str, (n,)
        The grids in the order of the index.
    grids : GeoDataFrame, (n,)
        Indexed by code; polygons in the layer's metric CRS and, for there to be any places, ``community_code`` and
        ``community_name``.
    parents : mapping, optional
        Community code → names above it, the widest first; the last is taken for its street.

    Returns
    -------
    Places
        Numbered by the order of community codes, then by that of streets: the same for every order of the table.
    """
    table = grids.loc[list(codes)]
    shapes = table.geometry.to_numpy()
    columns = ("community_code", "community_name")
    if any(name not in table for name in columns):
        nothing = np.full(len(codes), NOWHERE)
        return Places((), nothing, nothing, shapes, {}, {}, np.empty(0, np.int64), NameTable(()))
    keys = table["community_code"].fillna("").astype(str).to_numpy(object)
    named = dict(zip(keys, table["community_name"].fillna("").astype(str), strict=True))
    named = {key: named[key] for key in sorted(named) if named[key]}
    street_of = {key: _street((parents or {}).get(key, ())) for key in named}
    streets = sorted({street for street in street_of.values() if street})
    row = {key: at for at, key in enumerate([*named, *streets])}
    inside = np.array([row.get(street_of.get(key, ()), NOWHERE) for key in [*named, *streets]], np.int64)
    community = np.array([row.get(key, NOWHERE) for key in keys], np.int64)
    street = np.array([row.get(street_of.get(key, ()), NOWHERE) for key in keys], np.int64)
    names = (*named.values(), *(street[-1] for street in streets))
    community_forms = _forms(names[: len(named)], 0)
    street_forms = {k: v for k, v in _forms(names[len(named) :], len(named)).items() if k not in community_forms}
    table_of_names = NameTable([*community_forms, *street_forms])
    return Places(names, community, street, shapes, community_forms, street_forms, inside, table_of_names)


def _street(above: Sequence[str]) -> tuple[str, ...]:
    """Return the names down to the street, () if none is known: streets of one name in two counties stay two."""
    return tuple(above) if above and not above[-1].endswith(COUNTIES) else ()


def _forms(names: Sequence[str], first: int) -> dict[str, tuple[int, ...]]:
    """Return writing → places, numbered from ``first``."""
    forms: dict[str, tuple[int, ...]] = {}
    for place, name in enumerate(names, start=first):
        for form in name_forms(name):
            forms[form] = (*forms.get(form, ()), place)
    return forms
