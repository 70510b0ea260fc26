"""Job: a table of questions → a table of answers, row by row in the same order.

In: CSV, Excel or Parquet with a column of questions, and a `Lookup`. Out: ``id, status, code, place_id, x, y,
confidence, faults, candidates, ms`` as CSV or Parquet, which appears only when it is complete, and a `BatchReport`.
Every question is answered as `gridgeo.jobs.locate.locate` does. Before: `gridgeo.intake.queries`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gridgeo.city import Source
from gridgeo.errors import InputError
from gridgeo.intake.queries import Queries, read_queries
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.locate import locate
from gridgeo.jobs.lookup import Lookup

__all__ = ["COLUMNS", "BatchReport", "answer_rows", "as_text", "locate_batch"]

COLUMNS = ("id", "status", "code", "place_id", "x", "y", "confidence", "faults", "candidates", "ms")
"""Of the output: x, y are CGCS2000 degrees (EPSG:4490), faults and candidates are separated by ``|``."""
STATUSES = ("sure", "ambiguous", "interpolated", "parent", "outside", "unknown")
TOLD_EVERY = 50
"""Rows between two words on progress: some tenth of a second."""
FIRST = ("人民路1号", "114,33", "一二三四五六七")
"""Asked before the rows, so that what is compiled or read at the first question is not counted as its time."""

Tell = Callable[[str, int, int], None]
"""Is told (stage, done, of)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What was answered."""

    rows: int
    statuses: dict[str, int]
    """Status → rows, those that none has left out."""
    seconds: float
    """From the first answer to the last, without loading."""
    p50_ms: float
    p99_ms: float
    notes: tuple[str, ...] = ()
    """Chinese sentences on the encoding of the table."""

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds if self.seconds else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the report for machines."""
        times = {"seconds": round(self.seconds, 3), "p50_ms": round(self.p50_ms, 3), "p99_ms": round(self.p99_ms, 3)}
        return {"rows": self.rows, "statuses": self.statuses, **times, "notes": list(self.notes)}


def locate_batch(
    source: Source,
    lookup: Lookup,
    output: str | Path,
    *,
    column: str = "query",
    key: str | None = None,
    datum: str | None = None,
    tell: Tell = lambda *_: None,
) -> BatchReport:
    """Answer a table of questions and write the answers.

    Parameters
    ----------
    source : Source
        The table.
    lookup : Lookup
    output : str or Path
        ``….csv`` or ``….parquet``.
    column : str, keyword-only
        The column with the questions.
    key : str, keyword-only, optional
        The column with ids; by default ``id`` if there is one, else rows are numbered.
    datum : str, keyword-only, optional
        Of questions that are coordinates.
    tell : callable, keyword-only
        Progress.

    Raises
    ------
    ReadError, SchemaError
        If the table cannot be read, or lacks a column.
    CRSError
        If the datum is unknown or cannot be converted.
    InputError
        If the output is of neither kind or cannot be written.
    """
    output = Path(output)
    if output.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"{output} is neither ….csv nor ….parquet; choose one of these for the answers")
    if output.resolve() == source.path.resolve():
        raise InputError(f"{output} is the table of questions itself and would be lost; write to another file")
    queries = read_queries(source, column, key)
    with written_whole(output) as part:
        for first in FIRST:
            locate(first, lookup, datum=datum)
        start, rows = perf_counter(), list(_told(answer_rows(queries, lookup, datum=datum), len(queries.ids), tell))
        seconds = perf_counter() - start
        _write(rows, part)
    counts = Counter(row["status"] for row in rows)
    times = np.array([row["ms"] for row in rows] or [0.0])
    return BatchReport(
        rows=len(rows),
        statuses={status: counts[status] for status in STATUSES if counts[status]},
        seconds=seconds,
        p50_ms=float(np.quantile(times, 0.5)),
        p99_ms=float(np.quantile(times, 0.99)),
        notes=tuple(queries.notes),
    )


def answer_rows(queries: Queries, lookup: Lookup, *, datum: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the answer of every question as one flat row with `COLUMNS`; what is not known is None or ""."""
    for place, (name, text) in enumerate(zip(queries.ids, queries.texts, strict=True)):
        began = perf_counter()
        answer = locate(text, lookup, datum=datum)
        ms = 1e3 * (perf_counter() - began)
        row = _flat(answer)
        if place in queries.unread:
            row["faults"] = "ragged_row"
        yield {"id": name, **row, "ms": ms}


def _flat(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer in one row; an ambiguous one names the first of its grids, and all of them as candidates."""
    place = answer["place"] or {}
    codes = list(dict.fromkeys(one["code"] for one in answer["candidates"] if one.get("code")))
    first = codes[0] if codes and answer["status"] == "ambiguous" else ""
    return {
        "status": answer["status"],
        "code": answer["code"] or first,
        "place_id": place.get("id") or "",
        "x": place.get("x"),
        "y": place.get("y"),
        "confidence": answer["confidence"],
        "faults": "|".join(dict.fromkeys(fault["kind"] for fault in answer["faults"])),
        "candidates": "|".join(codes),
    }


def _told(rows: Iterator[dict[str, Any]], of: int, tell: Tell) -> Iterator[dict[str, Any]]:
    """Pass rows on, and say how many there were."""
    for done, row in enumerate(rows, start=1):
        yield row
        if done % TOLD_EVERY == 0 or done == of:
            tell("locate", done, of)


def _write(rows: list[dict[str, Any]], path: Path) -> None:
    """Write answers as CSV or Parquet, by the ending."""
    if path.suffix.lower() == ".parquet":
        numbers = ("x", "y", "confidence", "ms")
        schema = pa.schema([(name, pa.float64() if name in numbers else pa.string()) for name in COLUMNS])
        pq.write_table(pa.Table.from_pylist(rows, schema), path)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(as_text, rows))


def as_text(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as CSV has it: degrees to 0.1 mm."""
    point = {axis: "" if row[axis] is None else f"{row[axis]:.9f}" for axis in ("x", "y")}
    return {**row, **point, "confidence": f"{row['confidence']:.4f}", "ms": f"{row['ms']:.3f}"}
