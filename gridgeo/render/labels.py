"""Which label stands where on a printed map.

In: grids in metres, the scale and the window. Out: a `Placing`: labels in map coordinates with the boxes that they
cover, and keys for the margin's list. A grid carries its number where the number fits wholly inside, with its
community's name where all grids of the community have 17 mm; else a key in square brackets, inside or beside it with a
line (`grid_keys`), whose code the margin lists; else the list gives the square of the map frame where the grid lies.
Numbers and keys inside come first, then names where they cover none of them (`names`), then keys beside their grids.
As far as the list has room no grid goes without.
After: `sheet`, `label_drawing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.edition import Edition
from gridgeo.render.grid_keys import GridKeys, disjoint, key_text, pair
from gridgeo.render.label import Label, Taken, group_code, new_label
from gridgeo.render.measure import label_size_mm
from gridgeo.render.names import Namer, Naming, new_namer
from gridgeo.render.squares import Squares, Window
from gridgeo.render.street_names import street_names
from gridgeo.render.visible import CLEARANCE_MM, TIGHT_MM, Visible, visible_grids

__all__ = ["NUMBER_MM", "Placing", "place_labels", "place_units"]

FULL_MM = 17.0
"""Side of the equal-area square from which all grids of a community carry its name; chosen, see the module's text."""
NUMBER_MM = 7.0
"""Side from which a grid of common shape has room for a number of three digits; measured on the sample city."""
NUMBER_TRIES = ((7.0, CLEARANCE_MM), (6.5, CLEARANCE_MM), (6.0, CLEARANCE_MM), (6.0, TIGHT_MM))
"""Sizes in points with their distance from the border, best first."""
NAME_KEYS = 4
"""One row in so many of the margin's list waits for names; what they leave goes to grids."""
EDGE_MM = 20.0
"""Around the grids where no window is given, so that leaders have room."""


@dataclass(frozen=True, slots=True)
class Placing:
    """All labels of one sheet."""

    labels: tuple[Label, ...]
    keys: tuple[tuple[str, str], ...]
    """What the margin lists: key on the map, or index square where the map has no room for one → what it stands for."""
    silent: int
    """Visible grids without any label or key; 0 where the list has room for all."""
    squares: tuple[str, ...] = ()
    """Index square of every key, in the order of the keys."""
    unnamed: int = 0
    """Communities or streets that have room neither for their name nor in the list."""

    @property
    def boxes(self) -> NDArray[np.float64]:
        """Left, bottom, right, top in metres of every label, halo included."""
        return np.array([label.box for label in self.labels], dtype=float).reshape(-1, 4)

    @property
    def by_square(self) -> bool:
        """Whether the list refers to index squares, so that the frame must show them."""
        return any(mark == square for (mark, _), square in zip(self.keys, self.squares, strict=False))

    @property
    def leaders(self) -> tuple[tuple[float, float, float, float], ...]:
        """Every leader's line, from the dot in its grid to its text, in metres."""
        return tuple(label.line for label in self.labels if label.line is not None)


def place_labels(
    edition: Edition,
    metres_per_mm: float,
    *,
    key_room: int | None,
    full_mm: float = FULL_MM,
    window: Window | None = None,
    streets: bool = False,
) -> Placing:
    """Place the labels of one sheet.

    Parameters
    ----------
    edition : Edition
        Already thinned for the scale.
    metres_per_mm : float
        Metres on the ground for one millimetre on paper.
    key_room : int or None, keyword-only
        Rows that the list of keys has; None: as many as need be.
    full_mm : float, keyword-only
        Side from which every grid of a community carries its name; infinity writes each name once.
    window : (float, float, float, float), keyword-only
        Left, bottom, right, top in metres of what the map shows; no label leaves it, and grids are labelled in their
        visible part. None: all grids with some room around them.
    streets : bool, keyword-only
        Name streets beside their communities, see `street_names`.

    Returns
    -------
    Placing
        The same for any order of rows. Keys are numbered in the order of the codes, those first that stand
        where only a short one fits. Where the list is short, exclusive
        grids are served first, then those that can be marked on the map, then the larger ones, ties by code.

    Notes
    -----
    O(n log n) in the number of grids.
    """
    ground = visible_grids(edition, metres_per_mm, window)
    squares = Squares(window or _around(ground), metres_per_mm)
    taken = Taken(metres_per_mm)
    numbered = _numbers(ground, full_mm)
    taken.take(numbered.values())
    told = {ground.community[row] for row, label in numbered.items() if "\n" in label.text}
    rest = np.setdiff1d(np.arange(len(ground.code)), np.fromiter(numbered, dtype=np.int64))
    room = len(rest) if key_room is None else key_room
    keys = GridKeys(ground, rest, taken, squares, room)
    namer = new_namer(edition, ground, taken, told)
    keys.serve(room if key_room is None else room - room // NAME_KEYS)
    called = Naming()
    if streets:
        called = _streets(edition, ground, namer, squares, None if key_room is None else max(room - keys.served, 0))
    namer.write_names()
    keys.serve_beside()
    naming = namer.list_names(squares, None if key_room is None else max(room - keys.served - len(called.keys), 0))
    keys.serve(room if key_room is None else max(room - len(naming.keys) - len(called.keys), 0))
    keys.serve_beside()
    return _placing(ground, numbered, keys, _both(called, naming), squares)


def place_units(edition: Edition, metres_per_mm: float, *, key_room: int | None, window: Window) -> Placing:
    """Name streets, and communities with their numbers of grids; only streets where communities are too small.

    Parameters and result as of `place_labels`; what has no room for its name is listed as far as the list has room.
    """
    ground = visible_grids(edition, metres_per_mm, window)
    counts = edition.grids["community_code"].value_counts()
    table = edition.communities
    counted = table["code"].map(counts).fillna(0).astype(int)
    told = {"name": [f"{short_community(name)}\n{n} 格" for name, n in zip(table["name"], counted, strict=True)]}
    for level in {"street", "county"} & set(table):
        whole = counted.groupby(table[level]).transform("sum")
        told[level] = [f"{name}\n{n} 格" if name else "" for name, n in zip(table[level], whole, strict=True)]
    taken, frame = Taken(metres_per_mm), Squares(window, metres_per_mm)
    namer = new_namer(replace(edition, communities=table.assign(**told)), ground, taken, set())
    streets = _streets(edition, ground, namer, frame, key_room)
    namer.write_names()
    room = None if key_room is None else max(key_room - len(streets.keys), 0)
    naming = _both(streets, namer.list_names(frame, room))
    keys = tuple((key, text.replace("\n", "　")) for key, text, _ in naming.keys)
    squares = tuple(square for _, _, square in naming.keys)
    return Placing(labels=tuple(naming.labels), keys=keys, silent=0, squares=squares, unnamed=naming.unnamed)


def _streets(edition: Edition, ground: Visible, namer: Namer, squares: Squares, room: int | None) -> Naming:
    """Name the streets of communities that are named; a piece without room is listed by its index square."""
    if namer.level != "name":
        return Naming()
    found = street_names(edition, ground, namer.taken)
    listed = [(squares.of(x, y), name) for name, x, y in found.homeless[:room]]
    keys = [(square, name, square) for square, name in listed]
    return Naming(list(found.labels), keys, len(found.homeless) - len(keys))


def _both(one: Naming, two: Naming) -> Naming:
    """Return the names of two levels as one."""
    return Naming([*one.labels, *two.labels], [*one.keys, *two.keys], one.unnamed + two.unnamed)


def _around(ground: Visible) -> Window:
    """Return a window around all grids."""
    left, bottom, right, top = shapely.total_bounds(ground.shape)
    edge = EDGE_MM * ground.metres_per_mm
    return float(left - edge), float(bottom - edge), float(right + edge), float(top + edge)


def _numbers(ground: Visible, full_mm: float) -> dict[int, Label]:
    """Return the labels of grids whose number fits, with the community's name where it fits into all its grids."""
    texts = ground.number.copy()
    spots, sizes = np.full((len(texts), 2), np.nan), np.zeros(len(texts))
    smallest = pd.Series(ground.side_mm).groupby(ground.community).transform("min").to_numpy()
    rows = np.flatnonzero(smallest >= full_mm)
    full = np.array([f"{ground.community_name[row]}\n{texts[row]}" for row in rows], dtype=object)
    found = ground.fit(rows, full.tolist(), NUMBER_TRIES[0][0])
    fitting = pd.Series(~np.isnan(found[:, 0])).groupby(ground.community[rows]).transform("all").to_numpy(dtype=bool)
    named = rows[fitting]
    texts[named], spots[named], sizes[named] = full[fitting], found[fitting], NUMBER_TRIES[0][0]
    rest = np.flatnonzero(np.isnan(spots[:, 0]))
    spots[rest], sizes[rest] = ground.best_fit(rest, texts[rest], NUMBER_TRIES)
    labels = {
        int(row): new_label(
            texts[row], pair(spots[row]), float(sizes[row]), "grid", ground.metres_per_mm, code=ground.code[row]
        )
        for row in np.flatnonzero(~np.isnan(spots[:, 0]))
    }
    return disjoint(labels, ground)


def _renamed(label: Label, text: str, metres_per_mm: float) -> Label:
    """Return a label with a text that is no wider; a leader's line stays where it is."""
    x, line = label.x, label.line
    if line is not None:
        half = label_size_mm(text, label.size_pt)[0] * metres_per_mm / 2
        x = min(max(x, line[2] - half), line[2] + half)
    return new_label(text, (x, label.y), label.size_pt, label.kind, metres_per_mm, code=label.code, anchor=label.anchor)


def _placing(ground: Visible, numbered: dict[int, Label], keys: GridKeys, naming: Naming, squares: Squares) -> Placing:
    """Number the keys, the shortest first, in the order of the codes, and put everything together."""
    marks, listed = [], []
    for count, row in enumerate(sorted(keys.marks, key=lambda row: (len(keys.marks[row].text), row)), start=1):
        one = keys.marks[row]
        label = _renamed(one, key_text(str(count)), ground.metres_per_mm)
        marks.append(label)
        listed.append((label.text, group_code(one.code), squares.of(*pair(ground.middle[row]))))
    listed += naming.keys
    by_square = [(squares.of(*pair(ground.middle[row])), group_code(ground.code[row])) for row in keys.unmarked]
    listed += [
        (square, code, square)
        for square, code in sorted(by_square, key=lambda one: (one[0][0], int(one[0][1:]), one[1]))
    ]
    return Placing(
        labels=(*numbered.values(), *marks, *naming.labels),
        keys=tuple((mark, text) for mark, text, _ in listed),
        silent=len(ground.code) - len(numbered) - keys.served,
        squares=tuple(square for _, _, square in listed),
        unnamed=naming.unnamed,
    )
