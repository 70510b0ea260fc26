"""On which side of a line a point lies: exact for any doubles.

Compiled, for the kernels of `gridgeo.locate.blocks` and `gridgeo.locate.walk`. A fast determinant answers nearly
always; where its error bound does not let it, the determinant is summed exactly, as an expansion.

Method: Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric predicates", Discrete Comput.
Geom. 18 (1997).
"""

from __future__ import annotations

import numpy as np

from gridgeo.kernels import njit

__all__ = ["is_above", "is_right", "orient"]

_EPSILON = 2.0**-53
_ERROR = (3.0 + 16.0 * _EPSILON) * _EPSILON
"""Shewchuk's ccwerrboundA."""
_TINY = 2.0**-900
"""Products below this may have lost digits to underflow."""
_SPLITTER = 2.0**27 + 1.0
_LIFT = 2.0**200
"""Lifts the products of coordinates far above underflow; exact, being a power of two."""


@njit(cache=True, inline="always", nogil=True)
def orient(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Return 1 if a point lies left of the line from a to b, -1 if right, 0 if on it.

    Parameters
    ----------
    ax, ay, bx, by, px, py : float
        Finite, below 1e90 in size.

    Examples
    --------
    >>> orient(0.0, 0.0, 1.0, 1.0, 0.5, 0.5000000000000001)
    1
    >>> orient(0.1, 0.1, 0.7, 0.7, 0.3, 0.3)
    0
    """
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    area = left - right
    size = abs(left) + abs(right)
    if abs(area) > _ERROR * size and size > _TINY:
        return 1 if area > 0.0 else -1
    return _orient_exactly(ax, ay, bx, by, px, py)


@njit(cache=True, inline="always", nogil=True)
def is_right(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> bool:
    """Tell whether a point lies right of an edge that is not level.

    Every point is taken as moved by (e, e²), e being infinitely small: then none lies on an edge, nor at the height of
    a vertex or straight above one, and crossings can be counted without special cases.
    """
    side = orient(ax, ay, bx, by, px, py)
    return side <= 0 if ay < by else side >= 0


@njit(cache=True, inline="always", nogil=True)
def is_above(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> bool:
    """Tell whether a point, moved as in `is_right`, lies above an edge with ax < bx."""
    side = orient(ax, ay, bx, by, px, py)
    return side > 0 or (side == 0 and by <= ay)


@njit(cache=True, nogil=True)
def _orient_exactly(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    """Return the sign of ax*by - ax*py - px*by - ay*bx + ay*px + py*bx."""
    ax, ay, bx, by, px, py = ax * _LIFT, ay * _LIFT, bx * _LIFT, by * _LIFT, px * _LIFT, py * _LIFT
    total = np.empty(12)
    count = _add(total, 0, ax, by)
    count = _add(total, count, -ax, py)
    count = _add(total, count, -px, by)
    count = _add(total, count, -ay, bx)
    count = _add(total, count, ay, px)
    count = _add(total, count, py, bx)
    if count == 0:
        return 0
    return 1 if total[count - 1] > 0.0 else -1


@njit(cache=True, inline="always", nogil=True)
def _add(total, count, a, b):  # type: ignore[no-untyped-def]
    """Add the exact product of two numbers to an expansion; return its length."""
    high = a * b
    spread = _SPLITTER * a
    a_high = spread - (spread - a)
    a_low = a - a_high
    spread = _SPLITTER * b
    b_high = spread - (spread - b)
    b_low = b - b_high
    low = a_low * b_low - (((high - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return _grow(total, _grow(total, count, low), high)


@njit(cache=True, inline="always", nogil=True)
def _grow(total, count, value):  # type: ignore[no-untyped-def]
    """Add one number to an expansion without zeros, whose components do not overlap and ascend in size."""
    kept = 0
    for i in range(count):
        part = total[i]
        whole = value + part
        ghost = whole - value
        rest = (value - (whole - ghost)) + (part - ghost)
        if rest != 0.0:
            total[kept] = rest
            kept += 1
        value = whole
    if value != 0.0:
        total[kept] = value
        kept += 1
    return kept
