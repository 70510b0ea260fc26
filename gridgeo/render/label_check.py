"""Counting what no map may have: labels over one another, outside their grid, or cut by the frame, and silent grids.

In: a `Placing`, the drawn edition and the window. Out: counts, all 0 on a sound map. Used by tests and ``bench``.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.render.edition import Edition
from gridgeo.render.label import Label, group_code
from gridgeo.render.labels import Placing
from gridgeo.render.squares import Window
from gridgeo.render.visible import visible_part

__all__ = ["label_faults"]


def label_faults(placing: Placing, edition: Edition, window: Window | None = None) -> dict[str, int]:
    """Count the faults of the labels of a sheet.

    Parameters
    ----------
    placing : Placing
    edition : Edition
        As it was labelled.
    window : (float, float, float, float), optional
        What the map shows, in metres.

    Returns
    -------
    dict
        ``overlaps``: pairs of texts that touch. ``crossed``: texts or leaders that a leader of another label touches.
        ``outside``: numbers and keys that are not wholly in their grid. ``astray``: leaders that do not end in their
        grid. ``abroad``: names that are not wholly in their community, where the unit is one. ``cut``: texts that the
        window cuts. ``silent``: visible grids neither labelled nor listed. ``twice``: grids with two labels.
    """
    codes = edition.grids["code"].to_numpy(dtype=object)
    shapes = visible_part(edition.grids.geometry.to_numpy(), window)
    of = dict(zip(codes, shapes, strict=True))
    texts = shapely.box(*placing.boxes.T)
    own = [label for label in placing.labels if label.kind in ("grid", "key")]
    led = [label for label in placing.labels if label.anchor is not None]
    named = [label.code for label in placing.labels if label.kind in ("grid", "key", "leader")]
    visible = {group_code(code) for code, shape in of.items() if shape.area > 0}
    told = {group_code(code) for code in named} | {text for _, text in placing.keys}
    return {
        "overlaps": _pairs(texts, texts, itself=True),
        "crossed": _crossed(placing.labels),
        "outside": _not_in(own, [of[label.code] for label in own]),
        "astray": sum(not of[label.code].covers(shapely.Point(label.anchor)) for label in led),
        "abroad": _abroad(placing, edition),
        "cut": 0 if window is None else int((~shapely.covers(shapely.box(*window), texts)).sum()),
        "silent": len(visible - told),
        "twice": len(named) - len(set(named)),
    }


def _pairs(one: NDArray[np.object_], two: NDArray[np.object_], *, itself: bool = False) -> int:
    """Count pairs of shapes that touch."""
    first, second = shapely.STRtree(two).query(one, predicate="intersects")
    return int((first < second).sum()) if itself else len(first)


def _crossed(labels: tuple[Label, ...]) -> int:
    """Count texts and leaders that a leader touches, besides its own text."""
    lines = [(at, label.line) for at, label in enumerate(labels) if label.line is not None]
    if not lines:
        return 0
    owner = np.array([at for at, _ in lines])
    drawn = shapely.linestrings(np.array([line for _, line in lines]).reshape(-1, 2, 2))
    texts = shapely.box(*np.array([label.box for label in labels]).T)
    line, text = shapely.STRtree(texts).query(drawn, predicate="intersects")
    return int((owner[line] != text).sum()) + _pairs(drawn, drawn, itself=True)


def _not_in(labels: list[Label], shapes: list[shapely.Geometry]) -> int:
    """Count labels whose box is not wholly in a shape."""
    if not labels:
        return 0
    boxes = shapely.box(*np.array([label.box for label in labels]).T)
    return int((~shapely.covers(np.array(shapes, dtype=object), boxes)).sum())


def _abroad(placing: Placing, edition: Edition) -> int:
    """Count names that are not wholly in their community."""
    owner = edition.grids["community_code"].to_numpy(dtype=object)
    names = [label for label in placing.labels if label.kind == "community" and (owner == label.code).any()]
    shapes = edition.grids.geometry.to_numpy()
    return _not_in(names, [shapely.union_all(shapely.make_valid(shapes[owner == label.code])) for label in names])
