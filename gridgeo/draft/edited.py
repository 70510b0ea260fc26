"""Records of a comparison with an edited layer: what came back, what was told, what it amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely

from gridgeo.draft.change import Change
from gridgeo.draft.state import State

__all__ = ["Comparison", "Feature", "Told", "inside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature as it came back."""

    nth: int
    """Its place in the file, from 1."""
    code: str
    kind: str
    short_name: str
    geometry: Any
    """Any geometry, or None."""
    others: Mapping[str, Any] = field(default_factory=dict)
    """Columns that are not edited by hand; None where there is no value; ``locked`` only if it was edited."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"网格 {self.code}（要素 {self.nth}）" if self.code else f"未编码的要素 {self.nth}"

    @property
    def codes(self) -> tuple[str, ...]:
        """Its code, if it has one."""
        return (self.code,) if self.code else ()


@dataclass(frozen=True, slots=True)
class Told:
    """A repair, something that was ignored, or a refusal."""

    kind: str
    """English slug."""
    text: str
    """Chinese, for planners."""
    at: tuple[float, float] | None = None
    """x, y in the layer's CRS."""
    size_m: float = 0.0
    """Width or distance in metres; 0 = has none."""
    codes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text if self.at is None else f"{self.text}（x={self.at[0]:.2f}, y={self.at[1]:.2f}）"


@dataclass(slots=True, kw_only=True)
class Comparison:
    """What an edited layer amounts to."""

    state: State
    """The draft after the changes."""
    changes: list[Change] = field(default_factory=list)
    repairs: list[Told] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    """Read and not taken over, or taken otherwise than written."""
    refusals: list[Told] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Codes of all grids that the changes have to do with."""


def inside(shape: Any) -> tuple[float, float] | None:
    """Return a place in a geometry."""
    if shape is None or shape.is_empty:
        return None
    x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    return float(x), float(y)
