"""The changes that a draft is a list of, as records and as JSON.

In: what a planner asked for (`change_from`). Out: one frozen record per kind of change. Next: `gridgeo.draft.perform`.

Coordinates are in the layer's CRS, geometry is written as WKT. Codes may be those of grids that the same draft makes
first: such a grid is called prefix, tilde, number (``411102001001~0001``) until it is published.

Examples
--------
>>> change = change_from({"op": "merge", "codes": ["411102001001001", "411102001001002"]})
>>> change.op, change.codes
('merge', ('411102001001001', '411102001001002'))
>>> change_from(change.to_json()) == change
True
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, TypeAlias

import shapely

from gridgeo.errors import InputError

__all__ = [
    "CHANGES", "KINDS", "Carve", "Change", "Dissolve", "Explain", "Lock", "Merge", "Recode", "Rename", "Reshape",
    "Retype", "Revert", "Split", "Transfer", "change_from",
]  # fmt: skip

KINDS = ("general", "exclusive", "micro")
MOST_COORDINATES = 100_000
"""A line or area of one change has at most so many numbers: far more than anybody draws, and no burden."""


class _Change:
    """What all changes can do."""

    op: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain values; what is as it would be anyway is left out."""
        said = [(field, getattr(self, field.name)) for field in fields(self)]  # type: ignore[arg-type]
        return {"op": self.op, **{field.name: _plain(value) for field, value in said if value != field.default}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(_Change):
    """Divide a grid along a line; the part with the most households (or around `keep`) goes on with the code."""

    op: ClassVar[str] = "split"
    code: str
    line: shapely.Geometry
    keep: tuple[float, float] | None = None
    """x, y of a point in the part that keeps the code."""
    absorb: bool = False
    exact: bool = False
    """The line is on the vertices already, as that of an imported file: it is led through no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(_Change):
    """Join neighbours; the one with the most households (or `survivor`) goes on."""

    op: ClassVar[str] = "merge"
    codes: tuple[str, ...]
    survivor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape(_Change):
    """Give two neighbours a new common border."""

    op: ClassVar[str] = "reshape"
    codes: tuple[str, ...]
    line: shapely.Geometry
    absorb: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(_Change):
    """Hand an area, the ground around some places, or some atoms from one grid to its neighbour."""

    op: ClassVar[str] = "transfer"
    source: str
    target: str
    area: shapely.Geometry | None = None
    places: tuple[tuple[str, str], ...] = ()
    """Pairs of kind and id: households, enterprises, buildings."""
    atoms: tuple[str, ...] = ()
    """Ids of blocks that the layer was made of, see `gridgeo.tables.ATOM`."""
    absorb: bool = False
    exact: bool = False
    """See `Split`, of the area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carve(_Change):
    """Cut an exclusive grid out of everything beneath an outline."""

    op: ClassVar[str] = "carve"
    area: shapely.Geometry
    name: str
    absorb: bool = False
    exact: bool = False
    """See `Split`, of the area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissolve(_Change):
    """Give an exclusive grid back to the grids that it was cut out of, or to those named."""

    op: ClassVar[str] = "dissolve"
    code: str
    into: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(_Change):
    """Give a grid another name; its full name is the community's with it."""

    op: ClassVar[str] = "rename"
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retype(_Change):
    """Make a grid general, exclusive or micro."""

    op: ClassVar[str] = "retype"
    code: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(_Change):
    """Keep a grid from being changed, with the reason; an empty reason unlocks it."""

    op: ClassVar[str] = "lock"
    code: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain(_Change):
    """Say why a grid may break a rule; an empty text takes the explanation back."""

    op: ClassVar[str] = "explain"
    code: str
    rule: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recode(_Change):
    """Give a community another code (村改居): its grids are numbered under the new one."""

    op: ClassVar[str] = "recode"
    community: str
    to: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revert(_Change):
    """Bring the layer back to what it was in an earlier version."""

    op: ClassVar[str] = "revert"
    to: int


Change: TypeAlias = (
    Split | Merge | Reshape | Transfer | Carve | Dissolve | Rename | Retype | Lock | Explain | Recode | Revert
)

CHANGES: dict[str, type[Any]] = {
    kind.op: kind
    for kind in (Split, Merge, Reshape, Transfer, Carve, Dissolve, Rename, Retype, Lock, Explain, Recode, Revert)
}
"""Name of an operation → its record."""


def change_from(said: Mapping[str, Any]) -> Change:
    """Return the record of a change written as plain values.

    Parameters
    ----------
    said : mapping
        ``op`` and the fields of its record; geometry as WKT or as a GeoJSON object.

    Raises
    ------
    InputError
        If there is no such operation, or a field is missing, unknown or of the wrong kind; all at once.
    """
    kind = CHANGES.get(str(said.get("op")))
    if kind is None:
        raise InputError(f"there is no operation {said.get('op')!r}; choose one of {', '.join(CHANGES)}")
    known = {field.name: field for field in fields(kind)}
    faults = [f"{name!r} is no field of it" for name in said if name != "op" and name not in known]
    values = {}
    for name, field in known.items():
        if said.get(name) is None:
            if field.default is MISSING:
                faults.append(f"{name!r} is missing")
            continue
        try:
            values[name] = _READ[str(field.type).partition(" | ")[0]](said[name])
        except (TypeError, ValueError, KeyError, shapely.errors.ShapelyError) as error:
            faults.append(f"{name!r}: {error}")
            continue
        if values[name] == "" and field.default is MISSING:
            faults.append(f"{name!r} must not be empty")
    faults = faults or _contradictions(kind.op, values)
    if faults:
        raise InputError(f"operation {kind.op}: {'; '.join(faults)}; its fields are {', '.join(known)}")
    return kind(**values)


def _contradictions(op: str, values: dict[str, Any]) -> list[str]:
    """List what is wrong with fields that are right one by one."""
    codes, survivor = values.get("codes", ()), values.get("survivor")
    grounds = ["area" in values, bool(values.get("places")), bool(values.get("atoms"))]
    rules = (
        ("merge", len(set(codes)) < 2, "'codes' must name two or more different grids"),
        ("merge", survivor is not None and survivor not in codes, "'survivor' must be one of 'codes'"),
        ("reshape", len(codes) != 2 or len(set(codes)) < 2, "'codes' must name two different grids"),
        ("transfer", grounds.count(True) != 1, "say either 'area' or 'places' or 'atoms'"),
        ("transfer", values.get("source") == values.get("target"), "'source' and 'target' are the same grid"),
        ("dissolve", values.get("code") in values.get("into", ()), "'into' must name other grids than 'code'"),
        ("retype", values.get("kind") not in KINDS, f"'kind' must be one of {', '.join(KINDS)}"),
    )
    faults = [text for of, broken, text in rules if of == op and broken]
    for name, kinds in (("line", ("LineString", "MultiLineString")), ("area", ("Polygon", "MultiPolygon"))):
        if name in values and values[name].geom_type not in kinds:
            faults.append(f"{name!r} must be a {' or '.join(kinds)}, not a {values[name].geom_type}")
    return faults


def _plain(value: Any) -> Any:
    """Write one value as JSON does."""
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkt(value, rounding_precision=-1)
    if isinstance(value, tuple):
        return [list(one) if isinstance(one, tuple) else one for one in value]
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"must be text, not {value!r}")
    if len(value) > 1000 or any(ord(sign) < 32 for sign in value):
        raise ValueError("must be text of at most 1000 signs on one line")
    return value.strip()


def _geometry(value: Any) -> shapely.Geometry:
    if isinstance(value, shapely.Geometry):
        shape = value
    elif isinstance(value, Mapping):
        shape = shapely.from_geojson(json.dumps(dict(value)))
    else:
        shape = shapely.from_wkt(str(value))
    flat = shapely.force_2d(shape)
    count = shapely.get_num_coordinates(flat)
    if not count or count > MOST_COORDINATES:
        raise ValueError(f"has {count} coordinates; it must have some, and at most {MOST_COORDINATES:,}")
    return shapely.from_wkt(_plain(flat))  # WKT has 16 decimals: less than a metre from zero a double may have more


def _pair(value: Any) -> tuple[float, float]:
    x, y = (float(part) for part in value)
    return x, y


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError("must be a list of texts")
    return tuple(_text(one) for one in value)


def _word_pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((_text(kind), _text(name)) for kind, name in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"must be true or false, not {value!r}")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"must be a whole number, not {value!r}")
    return value


_READ = {
    "str": _text, "bool": _flag, "int": _whole, "shapely.Geometry": _geometry, "tuple[float, float]": _pair,
    "tuple[str, ...]": _words, "tuple[tuple[str, str], ...]": _word_pairs,
}  # fmt: skip
"""Written type of a field → how it is read."""
