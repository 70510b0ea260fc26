"""Find the constant shift of a layer against the community layer, and prove it.

In: a layer's `Borders` in the city CRS and the community layer's `Reference`. Out: `Evidence` whether borders
coincide at all, and a `Registration` with shift, standard error and residuals. `gridgeo.intake.sniff` decides what to
do with it.

Method. *Do borders coincide?* The share of border points that lie on a parallel community border is compared with the
same share after moving the layer by 32 fixed offsets of 170 to 560 m: chance. *Coarse* (only where they do not
coincide): cross-correlation of both border rasters by FFT, up to 1 km. *Fine*: point-to-line least squares over
matched points, repeated with a window of four robust sigmas (trimmed ICP): wide enough to hold both banks where road
strips are left out, narrow enough to shut out borders that are drawn elsewhere on purpose. Vertex noise and the
unmatched inner borders of a finer layer lie evenly on both sides and average out, so thousands of points give a shift
far below the noise of one.

Test. Neighbouring points share their noise, so the covariance is taken over 16 x 16 tiles of the city, not over points.
A shift is *significant* when it is longer than `LEAST_SHIFT_M` and `LEAST_RATIO` standard errors (Mahalanobis distance;
layers with noise but no shift stay below 4), and *proven* when also each quadrant of the city shows the same shift on
its own and the residual is clearly smaller without it. Generalised drawing fails the quadrants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from scipy.ndimage import maximum_filter

from gridgeo.intake.borders import Borders, Match, Reference

__all__ = ["Evidence", "Registration", "border_evidence", "register_shift"]

Floats = NDArray[np.float64]

LEAST_SHIFT_M = 0.5
LEAST_RATIO = 8.0
LEAST_MATCHED = 200
"""Fewer matched points prove nothing."""
RESIDUAL_DROP = 0.95
"""A proven shift lowers the residual at least to this part."""
TILES = 16
PEAK_RATIO = 1.4
"""How far the best coarse place must exceed the second; a chessboard city, which repeats itself, has 1.6."""
_CHANCE_POINTS = 4000
_RADII_M = (170.0, 270.0, 390.0, 560.0)
"""Offsets that stand for chance; chosen to be no multiples of each other, so that street lattices do not repeat."""
_SEARCH_M = 1000.0
_RASTER_CELLS = 1200
_WINDOW_FLOOR_M = 2.0
"""Smallest window, for layers that copied the community borders exactly."""
_WINDOW_SIGMAS = 4.0
"""3 lets one bank of a road strip pull (1.8 m in one of ten generated cities), 6 lets foreign borders in."""
_MAX_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well borders coincide with community borders, against chance."""

    share: float
    """Share of the border points on a parallel community border."""
    chance: float
    """Median of the same share over fixed offsets."""
    chance_high: float
    """Ninth decile of them: straight streets repeat themselves under a few offsets."""
    deviation: float
    """Robust standard deviation of them."""

    @property
    def coincides(self) -> bool:
        """True where chance cannot explain the share."""
        above = self.share - self.chance
        return self.share >= 1.5 * self.chance_high + 0.02 and above >= 8 * self.deviation


@dataclass(frozen=True, slots=True)
class Registration:
    """The constant shift of a layer against the community layer."""

    dx_m: float
    """How far the layer lies east of the communities."""
    dy_m: float
    """How far the layer lies north of the communities."""
    error_m: float
    """Standard error of the shift, the larger axis."""
    ratio: float
    """Shift over its standard error (Mahalanobis)."""
    residual_before_m: float
    """Robust standard deviation of border offsets as the layer lies."""
    residual_after_m: float
    """The same without the shift."""
    matched: int
    """Border points used."""
    consistent: bool
    """True where all four quadrants of the city show this shift."""

    @property
    def length_m(self) -> float:
        """Length of the shift."""
        return float(np.hypot(self.dx_m, self.dy_m))

    @property
    def significant(self) -> bool:
        """True where the shift is no noise."""
        return self.length_m >= LEAST_SHIFT_M and self.ratio >= LEAST_RATIO

    @property
    def proven(self) -> bool:
        """True where the shift is constant over the city and taking it away helps."""
        better = self.residual_after_m <= RESIDUAL_DROP * self.residual_before_m
        return self.significant and self.consistent and better


def border_evidence(borders: Borders, reference: Reference, limit_m: float) -> Evidence:
    """Compare the share of border points on community borders with what chance gives.

    Parameters
    ----------
    borders : Borders
        City CRS (metres).
    reference : Reference
    limit_m : float
        How far two drawings of one border may lie apart.

    Returns
    -------
    Evidence
    """
    few = borders.thinned(_CHANCE_POINTS)
    shares = np.array([reference.share(few.moved(dx, dy), limit_m) for dx, dy in _offsets()])
    middle = float(np.median(shares))
    deviation = max(1.4826 * float(np.median(np.abs(shares - middle))), 1e-3)
    return Evidence(reference.share(borders, limit_m), middle, float(np.quantile(shares, 0.9)), deviation)


def _offsets() -> list[tuple[float, float]]:
    """Return the 32 offsets that stand for chance: 8 directions on 4 rings, each ring turned a little."""
    angles = [(np.arange(8) + ring / 4) * np.pi / 4 for ring in range(len(_RADII_M))]
    return [
        (float(r * np.cos(a)), float(r * np.sin(a))) for r, ring in zip(_RADII_M, angles, strict=True) for a in ring
    ]


def register_shift(borders: Borders, reference: Reference, *, accuracy_m: float) -> Registration | None:
    """Find the constant shift of a layer against the communities.

    Parameters
    ----------
    borders : Borders
        City CRS (metres).
    reference : Reference
    accuracy_m : float, keyword-only
        How far the layer's lines may lie from the truth.

    Returns
    -------
    Registration or None
        None where the borders of layer and communities do not coincide, moved or unmoved.

    Notes
    -----
    Deterministic; O(n log m) for n border points and m community border points.
    """
    near_m, limit_m = max(10.0, accuracy_m), max(15.0, 2.5 * accuracy_m)
    evidence = border_evidence(borders, reference, near_m)
    if evidence.coincides:
        return _fine(borders, reference, np.zeros(2), limit_m)
    coarse = _coarse_move(borders, reference, accuracy_m)
    if coarse is None:
        return None
    start, pixel_m = _sharpened(borders.thinned(_CHANCE_POINTS), reference, *coarse), coarse[1]
    found = _fine(borders, reference, start, max(limit_m, 1.5 * pixel_m))
    if found is None or not found.proven:
        return None
    moved = borders.moved(-found.dx_m, -found.dy_m)
    return found if replace(evidence, share=reference.share(moved, near_m)).coincides else None


def _fine(borders: Borders, reference: Reference, start: Floats, limit_m: float) -> Registration | None:
    """Refine a move by trimmed point-to-line least squares and weigh it."""
    move, window_m = start, limit_m
    for _ in range(_MAX_ROUNDS):
        found = reference.match(borders.moved(*move), window_m)
        if len(found.row) < LEAST_MATCHED:
            return None
        step, _ = _least_squares(found, borders.points[found.row])
        move = move + step
        window_m = float(np.clip(_WINDOW_SIGMAS * _spread(found.offset_m), _WINDOW_FLOOR_M, limit_m))
        if np.hypot(*step) < 1e-3:
            break
    found = reference.match(borders.moved(*move), window_m)
    if len(found.row) < LEAST_MATCHED:
        return None
    return _weigh(found, borders, reference, move, window_m)


def _weigh(found: Match, borders: Borders, reference: Reference, move: Floats, window_m: float) -> Registration:
    """Put a move, its error and its residuals into a record."""
    points = borders.points[found.row]
    _, covariance = _least_squares(found, points)
    length_m = float(np.hypot(*move))
    at_rest = reference.match(borders, window_m if length_m < window_m else length_m + window_m)
    return Registration(
        dx_m=float(-move[0]),
        dy_m=float(-move[1]),
        error_m=float(np.sqrt(np.diag(covariance).max())),
        ratio=float(np.sqrt(move @ np.linalg.solve(covariance, move))),
        residual_before_m=_spread(at_rest.offset_m if len(at_rest.row) else found.offset_m),
        residual_after_m=_spread(found.offset_m),
        matched=len(found.row),
        consistent=_quadrants_agree(found, points, move),
    )


def _spread(offset_m: Floats) -> float:
    """Return the robust standard deviation of offsets around zero."""
    return 1.4826 * float(np.median(np.abs(offset_m)))


def _least_squares(found: Match, points: Floats) -> tuple[Floats, Floats]:
    """Return the move that best explains the offsets, and its covariance over tiles."""
    weight = found.normal.T @ found.normal
    inverse = np.linalg.pinv(weight)
    step = inverse @ (found.normal.T @ found.offset_m)
    rest = found.offset_m - found.normal @ step
    sums = np.zeros((TILES * TILES, 2))
    np.add.at(sums, _tile(points), found.normal * rest[:, None])
    return step, inverse @ (sums.T @ sums) @ inverse + 1e-12 * np.eye(2)


def _tile(points: Floats) -> NDArray[np.int64]:
    """Return the tile number of every point."""
    low = points.min(axis=0)
    size = (points.max(axis=0) - low) / TILES + 1e-9
    column, row = np.minimum(((points - low) / size).astype(np.int64), TILES - 1).T
    return column * TILES + row


def _quadrants_agree(found: Match, points: Floats, move: Floats) -> bool:
    """Return whether each quadrant, on its own, shows the same move within its error."""
    length = float(np.hypot(*move))
    middle = np.median(points, axis=0)
    quadrant = (points[:, 0] > middle[0]) * 2 + (points[:, 1] > middle[1])
    for number in range(4):
        here = quadrant == number
        if here.sum() < LEAST_MATCHED // 8:
            return False
        part = Match(found.row[here], found.normal[here], found.offset_m[here])
        rest, covariance = _least_squares(part, points[here])
        allowed = min(max(3.5 * float(np.sqrt(np.diag(covariance).max())), 0.25 * length), 0.6 * length)
        if np.hypot(*rest) > allowed:
            return False
    return True


def _coarse_move(borders: Borders, reference: Reference, accuracy_m: float) -> tuple[Floats, float] | None:
    """Find the move within 1 km at which border rasters coincide best, if one place stands out."""
    points, fixed = borders.points, reference.points
    low = fixed.min(axis=0) - _SEARCH_M
    size = fixed.max(axis=0) + _SEARCH_M - low
    pixel_m = max(accuracy_m, 8.0, float(size.max()) / _RASTER_CELLS)
    shape = tuple((size // pixel_m).astype(int) + 1)
    ground = maximum_filter(_raster(fixed, low, pixel_m, shape), 3)
    lines = _raster(points, low, pixel_m, shape)
    score = _convolved(ground, lines[::-1, ::-1])
    reach = int(_SEARCH_M // pixel_m)
    centre = np.array(shape) - 1
    score = score[centre[0] - reach : centre[0] + reach + 1, centre[1] - reach : centre[1] + reach + 1]
    peak = np.array(np.unravel_index(int(np.argmax(score)), score.shape))
    if not _stands_out(score, peak, float(lines.sum())):
        return None
    return np.asarray((peak - reach) * pixel_m, dtype=np.float64), pixel_m


def _convolved(one: Floats, two: Floats) -> Floats:
    """Convolve two rasters of one shape in full; scipy.signal does the same but takes seconds to import."""
    shape = tuple(next_fast_len(2 * side - 1, real=True) for side in one.shape)
    product = np.fft.irfft2(np.fft.rfft2(one, shape) * np.fft.rfft2(two, shape), shape)
    return np.asarray(product[: 2 * one.shape[0] - 1, : 2 * one.shape[1] - 1], dtype=np.float64)


def _sharpened(borders: Borders, reference: Reference, start: Floats, pixel_m: float) -> Floats:
    """Search around the coarse place for the move with most borders on borders, twice, four times finer each."""
    for step_m in (pixel_m / 4, pixel_m / 16):
        steps = [np.array([column, row]) * step_m for column in range(-4, 5) for row in range(-4, 5)]
        shares = [reference.share(borders.moved(*(start + step)), step_m) for step in steps]
        start = start + steps[int(np.argmax(shares))]
    return start


def _raster(points: Floats, low: Floats, pixel_m: float, shape: tuple[int, ...]) -> Floats:
    """Return 1 in the cells that hold a border point."""
    cell = ((points - low) // pixel_m).astype(int)
    inside = ((cell >= 0) & (cell < shape)).all(axis=1)
    raster = np.zeros(shape)
    raster[tuple(cell[inside].T)] = 1.0
    return raster


def _stands_out(score: Floats, peak: NDArray[np.int64], most: float) -> bool:
    """Return whether a correlation peak is high, far above the rest, and the only one."""
    top = float(score[tuple(peak)])
    chance = float(np.median(score))
    deviation = 1.4826 * float(np.median(np.abs(score - chance))) + 1e-9
    row, column = np.ogrid[: score.shape[0], : score.shape[1]]
    away = np.maximum(np.abs(row - peak[0]), np.abs(column - peak[1])) > 4
    second = float(score[away].max()) if away.any() else chance
    clear = top - chance >= 5 * deviation and top - chance >= PEAK_RATIO * (second - chance)
    return most > 0 and clear and top / most >= 0.15
