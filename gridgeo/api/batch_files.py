"""Bodies of ``/locate/batch``: JSON and Arrow to arrays of coordinates.

In: bytes that somebody sent. Out: `Points`, or one sentence about what is wrong. Next: `gridgeo.jobs.locate_many`, and
`gridgeo.api.words` writes the answer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from gridgeo.errors import InputError

__all__ = ["ARROW", "JSON", "MOST_POINTS", "Points", "TooMany", "read_arrow", "read_json"]

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"

MOST_POINTS = 1_000_000
"""Of one request: a second of work, and some 100 MB while it lasts."""
KEYS = {"x", "y", "points", "datum", "nearest_m"}

Floats: TypeAlias = NDArray[np.float64]


class TooMany(InputError):
    """More points than one request may have."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What was sent."""

    x: Floats
    y: Floats
    datum: str | None = None
    nearest_m: float | None = None


# ------------------------------------------------------------------------------------- JSON ----


def read_json(body: bytes) -> Points:
    """Read ``{"x": […], "y": […]}`` or ``{"points": [[x, y], …]}``, with ``datum`` and ``nearest_m`` if they are there.

    Raises
    ------
    InputError
        If it is anything else; `TooMany` if there are more than `MOST_POINTS`.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError(f'the body is not JSON ({error}); send {{"x": [...], "y": [...]}}') from None
    if not isinstance(said, dict):
        raise InputError('the body is not an object; send {"x": [...], "y": [...], "datum": "CGCS2000"}')
    unknown = sorted(set(said) - KEYS)
    if unknown:
        raise InputError(f"{unknown[0][:64]!r} is no key here; known are: {', '.join(sorted(KEYS))}")
    x, y = _pairs(said["points"]) if _has_points(said) else (said["x"], said["y"])
    _require_as_many(x, y)
    return Points(_numbers(x, "x"), _numbers(y, "y"), _datum(said.get("datum")), _distance(said.get("nearest_m")))


def _has_points(said: dict[str, Any]) -> bool:
    """Tell which of the two ways was chosen."""
    if ("points" in said) == ("x" in said or "y" in said) or ("x" in said) != ("y" in said):
        raise InputError('say either "x" and "y", two lists of numbers, or "points", a list of [x, y]')
    return "points" in said


def _pairs(points: Any) -> tuple[list[Any], list[Any]]:
    """Return the first and second numbers of pairs."""
    if not isinstance(points, list):
        raise InputError('"points" is not a list of [x, y]')
    wrong = next((at for at, one in enumerate(points) if type(one) is not list or len(one) != 2), None)
    if wrong is not None:
        raise InputError(f"points[{wrong}] is not a pair [x, y]: {_shown(points[wrong])}")
    flat = list(chain.from_iterable(points))
    return flat[::2], flat[1::2]


def _require_as_many(x: Any, y: Any) -> None:
    for name, values in (("x", x), ("y", y)):
        if not isinstance(values, list):
            raise InputError(f'"{name}" is not a list of numbers: {_shown(values)}')
    if len(x) != len(y):
        raise InputError(f"there are {len(x)} x and {len(y)} y; every point needs both")
    _refuse_too_many(len(x))


def _refuse_too_many(count: int) -> None:
    if count > MOST_POINTS:
        raise TooMany(f"there are {count} points; send at most {MOST_POINTS} at a time")


def _numbers(values: list[Any], name: str) -> Floats:
    """Return numbers as an array, null as NaN."""
    strange = set(map(type, values)) - {float, int, type(None)}
    if strange:
        wrong = next(at for at, value in enumerate(values) if type(value) in strange)
        raise InputError(f"{name}[{wrong}] is not a number: {_shown(values[wrong])}; write null where there is none")
    try:
        return np.array(values, np.float64)
    except OverflowError:
        raise InputError(f'"{name}" has a number that is no coordinate') from None


def _shown(value: Any) -> str:
    """Return the beginning of what was sent."""
    return orjson.dumps(value)[:40].decode(errors="replace")


def _datum(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and len(value) <= 64):
        raise InputError(f'"datum" is not a name: {_shown(value)}; say CGCS2000, GCJ-02, BD-09 or EPSG:…')
    return value or None


def _distance(value: Any) -> float | None:
    if value is not None and not (type(value) in (int, float) and 0 <= value <= 1e5):
        raise InputError(f'"nearest_m" is not a distance between 0 and 100000 m: {_shown(value)}')
    return None if value is None else float(value)


# ------------------------------------------------------------------------------------ Arrow ----


def read_arrow(body: bytes) -> Points:
    """Read an Arrow IPC stream with the columns x and y; null is no coordinate.

    Raises
    ------
    InputError
        If it is anything else, or compressed; `TooMany` if there are more than `MOST_POINTS`.
    """
    try:
        schema = pa.ipc.open_stream(pa.py_buffer(body)).schema
        _require_columns(schema)
        _require_plain(body)
        batches = list(pa.ipc.open_stream(pa.py_buffer(body)))
        for batch in batches:
            batch.validate(full=True)  # what it says about itself may not fit
    except (pa.ArrowInvalid, struct.error, OSError, UnicodeDecodeError) as error:
        cause = str(error).split("\n")[0][:200]
        raise InputError(f"the body is not an Arrow IPC stream ({cause}); send record batches with x and y") from None
    table = pa.Table.from_batches(batches, schema)
    x, y = (_column(table, name) for name in ("x", "y"))
    return Points(x, y)


def _require_columns(schema: pa.Schema) -> None:
    if sorted(schema.names) != ["x", "y"]:
        raise InputError(f"the stream has the columns {', '.join(schema.names)[:200]}; send x and y, nothing else")
    for column in schema:
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise InputError(f"column {column.name} is {str(column.type)[:64]}, not a number; send float64")


def _column(table: pa.Table, name: str) -> Floats:
    """Return a column as floats, null as NaN."""
    return np.asarray(table.column(name).cast(pa.float64(), safe=False).to_numpy(), np.float64)


def _require_plain(body: bytes) -> None:
    """Refuse compressed batches, and too many rows, before a byte is unpacked: a few bytes may claim any size."""
    rows = 0
    for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(body)):
        if message.type == "record batch":
            length, compressed = _batch_header(message.metadata.to_pybytes())
            if compressed:
                raise InputError("the stream is compressed; send it uncompressed")
            rows += length
    _refuse_too_many(rows)


def _batch_header(flat: bytes) -> tuple[int, bool]:
    """Read rows and compression from a message's flatbuffer (Arrow's format/Message.fbs)."""
    header = _field(
        flat, struct.unpack_from("<I", flat)[0], 2
    )  # Message.header; below RecordBatch.length, .compression
    batch = header + struct.unpack_from("<I", flat, header)[0]
    length = _field(flat, batch, 0)
    return (struct.unpack_from("<q", flat, length)[0] if length else 0), bool(_field(flat, batch, 3))


def _field(flat: bytes, table: int, number: int) -> int:
    """Return where a field of a flatbuffer's table lies; 0 if the table does not have it."""
    names = table - struct.unpack_from("<i", flat, table)[0]
    size = struct.unpack_from("<H", flat, names)[0]
    at = 4 + 2 * number
    offset = struct.unpack_from("<H", flat, names + at)[0] if at < size else 0
    return table + offset if offset else 0
