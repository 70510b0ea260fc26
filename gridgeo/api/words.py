"""Answers of ``/locate/batch`` as JSON and as Arrow.

In: a `Located`. Out: the answer's bytes. Codes and methods are not written point by point: each is written once per
version, padded to one width, and copied by row. Before: `gridgeo.jobs.locate_many`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from gridgeo.jobs.locate_many import Located
from gridgeo.locate.assign import METHODS

__all__ = ["Words", "words_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The codes of a version as both formats write them; the last stands for no grid."""

    json: NDArray[np.bytes_]
    arrow: pa.Array

    def as_json(self, found: Located, *, version: int | None, as_of: str | None) -> bytes:
        """Write an answer as JSON."""
        head = orjson.dumps({"version": version, "as_of": as_of, "datum": found.datum})
        zero_or_null = not (found.methods == NEAREST).any()
        distance = _joined(_DISTANCE_JSON, found.methods) if zero_or_null else orjson.dumps(
            found.distance_m, option=orjson.OPT_SERIALIZE_NUMPY
        )  # fmt: skip
        columns = _joined(self.json, found.rows), _joined(_METHOD_JSON, found.methods), distance
        names = b',"code":', b',"method":', b',"distance_m":'
        return b"".join([head[:-1], *chain.from_iterable(zip(names, columns, strict=True)), b"}"])

    def as_arrow(self, found: Located, *, version: int | None, as_of: str | None) -> bytes:
        """Write an answer as an Arrow IPC stream: text, a dictionary, and float64 with null where there is no grid."""
        missing = found.rows < 0
        rows = pa.array(found.rows, mask=missing)
        method = pa.DictionaryArray.from_arrays(pa.array(found.methods), _METHOD_ARROW)
        told = {"version": str(version), "as_of": str(as_of), "datum": found.datum}
        fields = [("code", pa.string()), ("method", method.type), ("distance_m", pa.float64())]
        columns = [self.arrow.take(rows), method, pa.array(found.distance_m, mask=missing)]
        batch = pa.record_batch(columns, schema=pa.schema(fields, metadata=told))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        return bytes(sink.getvalue())


def words_of(codes: NDArray[np.object_]) -> Words:
    """Write the codes of an index; None is a row that no point can have."""
    return Words(_padded([*codes.tolist(), None]), pa.array(codes.tolist(), pa.string()))


def _padded(values: list[str | float | None]) -> NDArray[np.bytes_]:
    """Return values as JSON with a comma behind, of one width: blanks before a value mean nothing in JSON."""
    written = [orjson.dumps(value) + b"," for value in values]
    width = max(map(len, written))
    return np.array([one.rjust(width) for one in written], f"S{width}")


def _joined(words: NDArray[np.bytes_], rows: NDArray[Any]) -> bytes:
    """Return a JSON list of words; row -1 is the last of them."""
    return b"[" + words.take(rows).tobytes()[:-1] + b"]"


NEAREST = METHODS.index("nearest")
_METHOD_JSON = _padded(list(METHODS))
_METHOD_ARROW = pa.array(METHODS, pa.string())
_DISTANCE_JSON = _padded([0.0 if name in ("inside", "border") else None for name in METHODS])
