"""A draft's layer: a published version with what the draft changed laid over it, and one change as a delta.

In: a `Ground` and deltas. Out: rows as the draft has them. A `State` is never changed; `State.after` returns another
one that shares everything untouched, so undo is the state before, or the inverse delta laid over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import shapely

from gridgeo.draft.ground import Boxes, CommunityRow, GridRow, Ground, Places

__all__ = ["Delta", "Pairs", "State", "meeting"]

K = TypeVar("K")
V = TypeVar("V")
Pairs = dict[K, tuple[V | None, V | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What a change does: every row that it touches, before and after; None = there is or was none."""

    grids: Pairs[str, GridRow] = field(default_factory=dict)
    communities: Pairs[str, CommunityRow] = field(default_factory=dict)
    places: Pairs[str, Places] = field(default_factory=dict)
    """By grid; complete for every grid that is in `grids`."""
    locks: Pairs[str, str] = field(default_factory=dict)
    explanations: Pairs[tuple[str, str], str] = field(default_factory=dict)
    fresh: int = 0
    """How many provisional codes it uses up."""
    absorbed_m2: float = 0.0
    """Area of small leftovers that went elsewhere than drawn."""
    estimated: int = 0
    """Households, enterprises and people that no point stands for, divided by area."""

    def inverse(self) -> Delta:
        """Return the delta that takes this one back."""
        turned: dict[str, Any] = {
            name: {key: (after, before) for key, (before, after) in getattr(self, name).items()}
            for name in ("grids", "communities", "places", "locks", "explanations")
        }
        return replace(self, **turned, fresh=-self.fresh)

    @property
    def touched(self) -> set[str]:
        """Codes of all grids that the change has to do with."""
        return {*self.grids, *self.locks, *(code for code, _ in self.explanations)}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The layer as a draft has it."""

    ground: Ground
    rows: Mapping[str, GridRow | None] = field(default_factory=dict)
    community_rows: Mapping[str, CommunityRow | None] = field(default_factory=dict)
    place_rows: Mapping[str, Places | None] = field(default_factory=dict)
    lock_rows: Mapping[str, str | None] = field(default_factory=dict)
    explanation_rows: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    fresh: int = 0
    """Provisional codes used so far."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Provisional code → the code that is given instead: empty in a draft, filled when it is published."""

    def after(self, delta: Delta) -> State:
        """Return the layer after a change."""
        return replace(
            self,
            rows=_laid(self.rows, delta.grids),
            community_rows=_laid(self.community_rows, delta.communities),
            place_rows=_laid(self.place_rows, delta.places),
            lock_rows=_laid(self.lock_rows, delta.locks),
            explanation_rows=_laid(self.explanation_rows, delta.explanations),
            fresh=self.fresh + delta.fresh,
        )

    def grids(self, codes: Collection[str]) -> dict[str, GridRow]:
        """Return grids by code; those that are not there are left out."""
        own = {code: self.rows[code] for code in codes if code in self.rows}
        below = self.ground.grids([code for code in codes if code not in self.rows])
        return {code: row for code, row in {**below, **own}.items() if row is not None}

    def near(self, boxes: Boxes) -> dict[str, GridRow]:
        """Return the grids whose envelope meets one of the boxes (n, 4)."""
        below = {code: row for code, row in self.ground.near(boxes).items() if code not in self.rows}
        return {**below, **meeting(self.rows, boxes)}

    def grids_of(self, community: str) -> dict[str, GridRow]:
        """Return the grids of a community."""
        below = {code: row for code, row in self.ground.grids_of(community).items() if code not in self.rows}
        own = {code: row for code, row in self.rows.items() if row is not None and row.community_code == community}
        return {**below, **own}

    def communities(self, codes: Collection[str]) -> dict[str, CommunityRow]:
        """Return communities by code."""
        own = {code: self.community_rows[code] for code in codes if code in self.community_rows}
        below = self.ground.communities([code for code in codes if code not in self.community_rows])
        return {code: row for code, row in {**below, **own}.items() if row is not None}

    def communities_near(self, boxes: Boxes) -> dict[str, CommunityRow]:
        """Return the communities whose envelope meets one of the boxes."""
        found = self.ground.communities_near(boxes)
        below = {code: row for code, row in found.items() if code not in self.community_rows}
        return {**below, **meeting(self.community_rows, boxes)}

    def places(self, codes: Collection[str]) -> dict[str, Places]:
        """Return the places that each of these grids is responsible for."""
        own = {code: self.place_rows[code] for code in codes if code in self.place_rows}
        below = self.ground.places([code for code in codes if code not in self.place_rows])
        return {code: own.get(code) or below.get(code) or Places.none() for code in codes}

    def border_places(self, codes: Collection[str]) -> Places:
        """Return those of the places of these grids that lie on a border or outside all grids."""
        own = [rows.on_border() for code in codes if (rows := self.place_rows.get(code)) is not None]
        return Places.joined([*own, self.ground.border_places([c for c in codes if c not in self.place_rows])])

    def loaded(self, codes: Collection[str]) -> set[tuple[str, str]]:
        """Return the (grid, kind) whose figures do not know yet what a loaded register said; see `Ground.loaded`."""
        return self.ground.loaded([code for code in codes if code not in self.rows])

    def locks(self, codes: Collection[str]) -> dict[str, str]:
        """Return why grids are locked."""
        whole = {**self.ground.locks(codes), **{code: self.lock_rows[code] for code in codes if code in self.lock_rows}}
        return {code: reason for code, reason in whole.items() if reason}

    def explanations(self, codes: Collection[str]) -> dict[tuple[str, str], str]:
        """Return (code, rule) → why the grid may break the rule."""
        wanted = set(codes)
        own = {key: text for key, text in self.explanation_rows.items() if key[0] in wanted}
        return {key: text for key, text in {**self.ground.explanations(codes), **own}.items() if text}


def _laid(below: Mapping[K, V | None], pairs: Pairs[K, V]) -> dict[K, V | None]:
    """Lay the rows after a change over others."""
    return {**below, **{key: after for key, (_, after) in pairs.items()}}


def meeting(rows: Mapping[str, Any], boxes: Boxes) -> dict[str, Any]:
    """Return the rows whose envelope meets one of the boxes (n, 4); rows that are None are not there."""
    there = {code: row for code, row in rows.items() if row is not None}
    if not there or not len(boxes):
        return {}
    bounds = shapely.bounds([row.geometry for row in there.values()])[:, None]
    meets = (bounds[..., :2] <= boxes[:, 2:]).all(axis=-1) & (bounds[..., 2:] >= boxes[:, :2]).all(axis=-1)
    return {code: row for (code, row), hit in zip(there.items(), np.any(meets, axis=1), strict=True) if hit}
