"""Bodies of ``/locate/batch`` with texts instead of coordinates: a JSON list, or a CSV as somebody saved it.

In: bytes that somebody sent. Out: `Queries`, or one sentence about what is wrong; and their answers as JSON or CSV.
Every text is answered as ``/locate`` does. Used by `gridgeo.api.batch`.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from gridgeo.api.batch_files import TooMany
from gridgeo.city import Source
from gridgeo.errors import InputError
from gridgeo.intake.queries import Queries, read_queries
from gridgeo.jobs.locate_batch import COLUMNS, answer_rows, as_text
from gridgeo.jobs.lookup import Lookup

__all__ = ["CSV", "MOST_TEXTS", "answer_texts", "read_csv_texts", "read_json_texts"]

CSV = "text/csv"
MOST_TEXTS = 10_000
"""Of one request: half a minute of work. More are answered by ``gridgeo locate --batch``."""


def read_json_texts(body: bytes) -> Queries | None:
    """Read ``["人民路12号", …]`` or ``{"queries": [...]}``; None where it is a body of coordinates, or no JSON.

    Raises
    ------
    InputError
        If one of the list is no text; `TooMany` if there are more than `MOST_TEXTS`.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None  # whoever reads coordinates says what is wrong
    if isinstance(said, dict) and set(said) == {"queries"}:
        said = said["queries"]
        if not isinstance(said, list):
            raise InputError('"queries" is not a list of texts; send ["人民路12号", "泰山小区3号楼"]')
    if not isinstance(said, list):
        return None
    wrong = next((at for at, one in enumerate(said) if not isinstance(one, str)), None)
    if wrong is not None:
        raise InputError(f"the list is not all texts: number {wrong + 1} is none; coordinates are sent as x and y")
    return _few(Queries([str(at) for at in range(1, len(said) + 1)], said))


def read_csv_texts(body: bytes) -> Queries:
    """Read CSV with a column ``query`` and, if there is one, ``id``, in any encoding.

    Raises
    ------
    ReadError, SchemaError
        See `gridgeo.intake.queries.read_queries`.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "body.csv"
        path.write_bytes(body)
        return _few(read_queries(Source(file="the body", path=path), "query"))


def _few(queries: Queries) -> Queries:
    """Refuse too many."""
    if len(queries.ids) > MOST_TEXTS:
        many = f"there are {len(queries.ids):,} texts"
        raise TooMany(f"{many}; send at most {MOST_TEXTS:,} at a time, or use gridgeo locate --batch")
    return queries


def answer_texts(queries: Queries, lookup: Lookup, *, datum: str | None = None, as_csv: bool = False) -> bytes:
    """Answer texts in the order sent."""
    rows = answer_rows(queries, lookup, datum=datum)
    if not as_csv:
        told = {"version": lookup.version, "as_of": lookup.as_of, "rows": [_listed(row) for row in rows]}
        return orjson.dumps(told)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(as_text, rows))
    return out.getvalue().encode()


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a flat row with lists where CSV has bars, and null where it has nothing."""
    lists = {name: row[name].split("|") if row[name] else [] for name in ("faults", "candidates")}
    blank = {name: row[name] or None for name in ("code", "place_id")}
    return {**row, **blank, **lists, "ms": round(row["ms"], 3)}
