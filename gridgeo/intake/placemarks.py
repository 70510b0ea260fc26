"""The placemarks of one KML document, gathered while expat reads it.

In: the document's text. Out: `Container`s of `Placemark`s with labels, extended columns and shapes in degrees. Used by
`gridgeo.intake.kml`. Namespaces are not resolved: many files use prefixes such as ``gx:`` without declaring them.
"""

from __future__ import annotations

import re
from collections.abc import Container as Names
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

import numpy as np
import shapely
from shapely import Geometry

from gridgeo.errors import ReadError

__all__ = ["Container", "Placemark", "Placemarks"]

LABELS = {
    ("Placemark", "name"): "Name",
    ("Placemark", "description"): "description",
    ("TimeStamp", "when"): "timestamp",
    ("TimeSpan", "begin"): "begin",
    ("TimeSpan", "end"): "end",
}
"""Parent and element → column; the names are those of GDAL's better driver."""

SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
STRANGE = frozenset({"Model", "Track", "MultiTrack"})
CONTAINERS = frozenset({"kml", "Document", "Folder"})

NUMERIC = frozenset({"int", "uint", "short", "ushort", "float", "double"})
"""Types of a schema's fields that a filter may compare as numbers."""


@dataclass(slots=True)
class Placemark:
    """One feature."""

    labels: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    shapes: list[Geometry] = field(default_factory=list)

    @property
    def shape(self) -> Geometry | None:
        """Return the shape, None if there is none."""
        return _together(self.shapes)


@dataclass(slots=True)
class Container:
    """A folder or document."""

    name: str = ""
    marks: list[Placemark] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    """A shape not yet complete."""

    shapes: list[Geometry] = field(default_factory=list)
    outer: list[np.ndarray] = field(default_factory=list)
    inner: list[np.ndarray] = field(default_factory=list)
    pairs: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))


class Placemarks:
    """The content of one document.

    Attributes
    ----------
    containers : list of Container
        In the order of their beginning.
    numeric : set of str
        Extended columns that a schema declares to be numbers.
    unclosed, strange, links : int
        Polygons with rings that do not close; models and tracks; links to files elsewhere.
    """

    def __init__(self, members: Names[str] = ()) -> None:
        self.containers: list[Container] = []
        self.numeric: set[str] = set()
        self.unclosed = self.strange = self.links = 0
        self._members = members
        self._path: list[str] = []
        self._open: list[Container] = []
        self._mark: Placemark | None = None
        self._column = ""
        self._parts: list[_Part] = []
        self._text: list[str] = []

    def feed(self, text: str) -> None:
        """Read a document.

        Raises
        ------
        expat.ExpatError
            If it is no well-formed XML.
        ReadError
            If coordinates are no numbers, or if the document defines entities: those can be made to fill any memory.
        """
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.EntityDeclHandler = _refuse_entity
        parser.Parse(text.encode("utf-8", errors="replace"), True)

    # ------------------------------------------------------------ elements ----

    def _begin(self, prefixed: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        tag = prefixed.rpartition(":")[2]
        self._path.append(tag)
        self._text.clear()
        if tag in CONTAINERS:
            self._open.append(Container())
            self.containers.append(self._open[-1])
        elif tag == "Placemark" and self._open:
            self._mark = Placemark({"id": attributes["id"]} if "id" in attributes else {})
            self._open[-1].marks.append(self._mark)
        elif tag in ("Data", "SimpleData"):
            self._column = attributes.get("name", "")
        elif tag == "SimpleField" and attributes.get("type") in NUMERIC:
            self.numeric.add(attributes.get("name", ""))
        elif tag in SHAPES:
            self._parts.append(_Part())
        elif tag in STRANGE and self._path[-2] not in STRANGE:
            self.strange += 1

    def _end(self, _prefixed: str) -> None:
        """Close an element."""
        tag = self._path.pop()
        parent = self._path[-1] if self._path else ""
        if tag in CONTAINERS:
            self._open.pop()
        elif tag == "Placemark":
            self._mark = None
        elif tag in SHAPES:
            self._close_shape(tag, parent)
        elif tag == "coordinates" and self._parts:
            self._parts[-1].pairs = _pairs("".join(self._text))
        elif tag == "name" and parent in CONTAINERS:
            self._open[-1].name = "".join(self._text).strip()
        elif tag == "href" and "NetworkLink" in self._path:
            self.links += "".join(self._text).strip() not in self._members
        elif self._mark is not None:
            self._note(tag, parent, self._mark)
        self._text.clear()

    def _note(self, tag: str, parent: str, mark: Placemark) -> None:
        """Keep a text that belongs to the placemark."""
        if (tag == "value" and parent == "Data") or tag == "SimpleData":
            mark.values[self._column] = "".join(self._text).strip()
        elif (parent, tag) in LABELS:
            mark.labels[LABELS[parent, tag]] = "".join(self._text).strip()

    # -------------------------------------------------------------- shapes ----

    def _close_shape(self, tag: str, parent: str) -> None:
        """Hand a complete shape to what holds it: a polygon, a collection or the placemark."""
        part = self._parts.pop()
        if tag == "LinearRing" and parent in ("outerBoundaryIs", "innerBoundaryIs") and self._parts:
            holder = self._parts[-1]
            (holder.outer if parent == "outerBoundaryIs" else holder.inner).append(part.pairs)
            return
        shape = self._polygon(part) if tag == "Polygon" else _simple(tag, part)
        holders = self._parts[-1].shapes if self._parts else self._mark.shapes if self._mark else []
        if shape is not None:
            holders.append(shape)

    def _polygon(self, part: _Part) -> Geometry | None:
        """Return a polygon, its rings closed; None if it has no outer ring."""
        rings = [ring for ring in (*part.outer[:1], *part.inner) if len(ring)]
        if not part.outer or not len(part.outer[0]):
            return None
        self.unclosed += any(not np.array_equal(ring[0], ring[-1], equal_nan=True) for ring in rings)
        return shapely.polygons(_ring(rings[0]), [_ring(ring) for ring in rings[1:]] or None)


def _refuse_entity(name: str, *_: object) -> NoReturn:
    """Refuse a document that defines abbreviations of its own."""
    raise ReadError(f"defines an XML entity ({name}), which no KML needs; export it again")


def _pairs(text: str) -> np.ndarray:
    """Return longitudes and latitudes, (n, 2), of a list of tuples; blanks beside the commas are forgiven."""
    tuples = re.sub(r"\s*,\s*", ",", text).split()
    numbers = [one.split(",")[:2] for one in tuples]
    try:
        return np.array([(float(x), float(y)) for x, y in numbers]).reshape(-1, 2)
    except ValueError:
        raise ReadError(f"coordinates {text.strip()[:40]!r} are no longitude,latitude; correct them") from None


def _ring(pairs: np.ndarray) -> Geometry:
    """Return a closed ring; one of fewer than three places stays as flat as it is."""
    closed = pairs if np.array_equal(pairs[0], pairs[-1], equal_nan=True) else np.vstack([pairs, pairs[:1]])
    return shapely.linearrings(np.vstack([closed, *[closed[-1:]] * (4 - len(closed))]))


def _simple(tag: str, part: _Part) -> Geometry | None:
    """Return a shape without rings; None if it has no coordinates."""
    if tag == "MultiGeometry":
        return _together(part.shapes)
    if not len(part.pairs):
        return None
    if tag == "Point" or len(part.pairs) == 1:
        return shapely.points(part.pairs[0])
    return shapely.linestrings(part.pairs)


def _together(shapes: list[Geometry]) -> Geometry | None:
    """Return one shape for several; None for none."""
    if len(shapes) <= 1:
        return shapes[0] if shapes else None
    singles = list(shapely.get_parts(shapes))
    kinds = set(shapely.get_type_id(singles).tolist())
    multi = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}
    make = multi.get(kinds.pop(), shapely.geometrycollections) if len(kinds) == 1 else shapely.geometrycollections
    return make(singles)
