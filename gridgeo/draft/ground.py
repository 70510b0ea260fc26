"""The layer as a draft sees it: rows of single grids and communities, with their places, read as they are needed.

A `Ground` gives one published version, wherever it is kept. A draft lays what it changed over it:
`gridgeo.draft.state`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["CommunityRow", "GridRow", "Ground", "Limits", "Places"]

Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a grid has to be; 0 = nobody said."""

    low: int = 0
    high: int = 0
    population_max: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One grid, as `gridgeo.tables.GRID`, in the layer's CRS."""

    code: str
    kind: str
    community_code: str
    community_name: str
    short_name: str
    full_name: str
    households: int
    enterprises: int
    population: int
    area_m2: float
    geometry: shapely.Polygon
    limits: Limits = Limits()

    def renamed(self, short_name: str) -> GridRow:
        """Return the grid with another short name, and the full name made of it."""
        return replace(self, short_name=short_name, full_name=f"{self.community_name}{short_name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRow:
    """One community of the authority."""

    code: str
    name: str
    parents: dict[str, Any]
    geometry: shapely.MultiPolygon


@dataclass(frozen=True, slots=True)
class Places:
    """Households, enterprises and buildings of some grids, as columns of equal length."""

    fid: NDArray[np.int64]
    """The store's number of each place."""
    kind: NDArray[np.object_]
    id: NDArray[np.object_]
    nth: NDArray[np.int64]
    xy: NDArray[np.float64]
    """(n, 2) in the layer's CRS; a place that a grid is responsible for has a position."""
    count: NDArray[np.int64]
    population: NDArray[np.int64]
    address: NDArray[np.object_]
    code: NDArray[np.object_]
    """The grid that is responsible."""
    method: NDArray[np.object_]
    distance_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.fid)

    def on_border(self) -> Places:
        """Return the places on a border or outside all grids: several grids are equally near, and a code decides."""
        return self.take(np.flatnonzero(self.method != "inside"))

    def take(self, rows: NDArray[Any]) -> Places:
        """Return some of the places."""
        return Places(*(getattr(self, name)[rows] for name in self.__slots__))

    def by_code(self) -> dict[str, Places]:
        """Return the places of each grid, in the order that they have here."""
        order = np.argsort(self.code.astype(str), kind="stable")
        codes = self.code[order]
        cuts = np.flatnonzero(codes[1:] != codes[:-1]) + 1
        return {str(self.code[rows[0]]): self.take(rows) for rows in np.split(order, cuts) if len(rows)}

    @staticmethod
    def none() -> Places:
        """Return no places."""
        words, wholes = np.empty(0, object), np.empty(0, np.int64)
        return Places(
            wholes, words, words, wholes, np.empty((0, 2)), wholes, wholes, words, words, words, np.empty(0)
        )  # fmt: skip

    @staticmethod
    def joined(parts: Iterable[Places]) -> Places:
        """Return all places of several tables, in the order of their numbers."""
        tables = [part for part in parts if len(part)] or [Places.none()]
        whole = Places(*(np.concatenate([getattr(one, name) for one in tables]) for name in Places.__slots__))
        return whole.take(np.argsort(whole.fid, kind="stable"))


class Ground(Protocol):
    """One published version of a layer."""

    @property
    def layout(self) -> str:
        """Code layout, see `gridgeo.codes.layout`."""

    @property
    def seq(self) -> int:
        """Number of the version."""

    def grids(self, codes: Collection[str]) -> dict[str, GridRow]:
        """Return grids by code; unknown ones are left out."""

    def near(self, boxes: Boxes) -> dict[str, GridRow]:
        """Return the grids whose envelope meets one of the boxes (n, 4: left, bottom, right, top), or some more."""

    def grids_of(self, community: str) -> dict[str, GridRow]:
        """Return the grids of a community."""

    def communities(self, codes: Collection[str]) -> dict[str, CommunityRow]:
        """Return communities by code; unknown ones are left out."""

    def communities_near(self, boxes: Boxes) -> dict[str, CommunityRow]:
        """Return the communities whose envelope meets one of the boxes, or some more."""

    def places(self, codes: Collection[str]) -> dict[str, Places]:
        """Return the places that each of these grids is responsible for."""

    def border_places(self, codes: Collection[str]) -> Places:
        """Return those of the places of these grids that lie on a border or outside all grids."""

    def loaded(self, codes: Collection[str]) -> set[tuple[str, str]]:
        """Return the (grid, kind) of which places came or went with a register that was loaded.

        From then on their places alone make up such a figure; what a layer was imported with no longer counts.
        """

    def atoms(self, ids: Collection[str]) -> dict[str, shapely.Polygon]:
        """Return blocks that version 1 was made of by id; unknown ones are left out."""

    def locks(self, codes: Collection[str]) -> dict[str, str]:
        """Return why grids are locked; grids that are not are left out."""

    def explanations(self, codes: Collection[str]) -> dict[tuple[str, str], str]:
        """Return (code, rule) → why the grid may break the rule."""

    def is_issued(self, code: str) -> bool:
        """Tell whether a code was ever given to a grid."""

    def last_number(self, scope: str) -> int:
        """Return the highest number ever issued under a prefix of the layout."""

    def fate(self, code: str) -> str:
        """Return a Chinese clause on what became of a code that is not current; empty if it was never given."""

    def origins(self, code: str) -> dict[str, shapely.Polygon]:
        """Return the grids that a grid was cut out of, as they were before."""

    def version(self, seq: int) -> Ground:
        """Return an earlier version.

        Raises
        ------
        NotFoundError
            If there is none of this number.
        """

    def changed_since(self, seq: int) -> tuple[set[str], set[str]]:
        """Return the codes of grids and of communities that differ from an earlier version in anything.

        A lock or an explanation of a grid is such a thing as well.
        """
