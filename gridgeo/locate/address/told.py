"""What is known about a text: an answer and the places that it may mean.

Filled by `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.evidence import Evidence
from gridgeo.locate.address.match import Spot

__all__ = ["LISTED", "SURE", "Answer", "Around", "Candidate", "Ground"]

SURE = 0.8
"""Confidence from which an answer is sure. Measured: bench/address_confidence.py."""
LISTED = 20
"""Grids of a list. Chosen: nobody reads more."""


class Candidate(NamedTuple):
    """A place that the text may mean."""

    grid: int
    """Row of the grid index, -1: outside all grids."""
    row: int
    """Row of the library, -1 for none."""
    x: float
    y: float
    score: float
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a text."""

    status: str
    """sure, ambiguous, interpolated, parent, outside or unknown."""
    best: Candidate | None = None
    confidence: float = 0.0
    faults: tuple[tuple[str, str], ...] = ()
    """English slug and Chinese sentence."""
    candidates: tuple[Candidate, ...] = ()
    question: str = ""
    """What would tell the candidates apart, in Chinese."""
    evidence: Evidence | None = field(default=None, compare=False)


Around = Callable[[float, float, float], Sequence[int]]
"""Grids within metres of a point, that of the point first."""


class Ground(Protocol):
    """What knows the grids of points."""

    def around(self, x: float, y: float, within_m: float) -> Sequence[int]:
        """Return the grids within metres of a point, that of the point first; -1 is ground of no grid."""
        ...

    def grids_at(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the grid of each of some points, (n, 2); -1 is ground of no grid."""
        ...
