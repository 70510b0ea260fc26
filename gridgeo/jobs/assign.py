"""Job: a register's places → grid codes, written as Parquet or CSV.

In: CSV, Excel, Parquet or any vector file with an id and coordinates, points, lines or areas, and a `Lookup`. Out: a
file with ``id, code, method, distance_m`` (and ``share`` where lines or areas may come), one row per row of the
register in the same order, and an `AssignReport`. The register passes through in pieces, so its size does not matter;
what a killed process has done is taken up (`gridgeo.jobs.resumed`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from gridgeo.crs import parse_crs
from gridgeo.errors import InputError
from gridgeo.intake.stream import Batch, Stream
from gridgeo.jobs.asking import Asking
from gridgeo.jobs.coding import Coding, coding_of
from gridgeo.jobs.lookup import Lookup
from gridgeo.jobs.resumed import Work, resumable
from gridgeo.jobs.streams import RegisterFile, open_register
from gridgeo.jobs.tally import AssignReport, Tally
from gridgeo.locate.assign import answer_schema
from gridgeo.locate.repeats import Again, Repeats, id_keys

__all__ = ["AssignReport", "Observer", "RegisterFile", "assign_file"]

Observer = Callable[[Batch, pa.RecordBatch], None]
"""Is shown every batch of a register with its answers, for whoever has more to find out about it."""

Tell = Callable[[str, int, int], None]
"""Is told (stage, done, of)."""


def assign_file(
    register: RegisterFile,
    lookup: Lookup,
    output: str | Path,
    *,
    nearest_m: float = 0.0,
    previous: str | Path | None = None,
    observe: Observer | None = None,
    tell: Tell = lambda *_: None,
) -> AssignReport:
    """Assign the places of a file to grids and write the result.

    Parameters
    ----------
    register : RegisterFile
    lookup : Lookup
    output : str or Path
        ``….parquet`` or ``….csv``; appears only when it is complete. A run that was killed is continued by the same
        call, and the file becomes the same, byte by byte.
    nearest_m : float
        Places outside the layer go to the nearest grid within this distance.
    previous : str or Path, optional
        What this job wrote for the same register and an earlier layer, as Parquet: only places that the change of the
        layer may concern are asked again. The output is the same as without it.
    observe : callable, optional
        Is shown every batch; what a killed process has done is done again then.
    tell : callable, optional
        Progress.

    Returns
    -------
    AssignReport

    Raises
    ------
    ReadError, SchemaError
        If the register cannot be read, or its ids have lost digits.
    CRSError
        If its CRS is not stated, unknown, not convertible, or cannot be the one that it is in.
    InputError
        If the output is of neither kind or cannot be written, or the axes are exchanged.
    """
    output = Path(output)
    coding_of(output, answer_schema())  # an unknown ending is refused before anything else
    if output.resolve() == register.path.resolve():
        raise InputError(f"{output} is the register itself and would be lost; write to another file")
    stream, crs_name = open_register(register)
    run = Asking(register, parse_crs(crs_name), lookup, nearest_m, with_share=stream.has_shapes)
    coding = coding_of(output, answer_schema(with_share=stream.has_shapes))
    repeats, blank = Repeats(), 0
    with run.beside(previous), resumable(output, run.key(previous, observed=observe is not None)) as work:
        tally = Tally(len(run.codes), work.state)
        done = work.rows
        for number, batch in enumerate(stream.batches()):
            keys = id_keys(batch.ids)
            repeats.add(keys[keys != 0])
            blank += int((keys == 0).sum())
            run.check(batch)
            if batch.start >= done:
                answered, mark = run.answer(batch, number, tally)
                if observe is not None:
                    observe(batch, answered)
                _add(work, coding, answered, mark, tally)
            tell("assign", batch.start + len(batch.ids), max(stream.rows, batch.start + len(batch.ids)))
        report = tally.report(
            with_share=stream.has_shapes, **_repeated(stream, repeats), blank=blank,
            asked=None if previous is None else tally.asked,
        )  # fmt: skip
        run.refuse_far(report)
        head = b"" if work.notes else coding.head
        tail = coding.tail(
            [note["coding"] for note in work.notes], run.remembered(work.rows, [note["mark"] for note in work.notes])
        )
        work.finish(output, head + tail)
    return report


def _add(work: Work, coding: Coding, answered: pa.RecordBatch, mark: str, tally: Tally) -> None:
    """Write one batch."""
    head = b"" if work.at else coding.head
    body, note = coding.part(answered, work.at + len(head))
    work.add(
        head + bytes(body) if head else body,
        rows=answered.num_rows,
        note={"coding": note, "mark": mark},
        state=tally.state(),
    )


def _repeated(stream: Stream, repeats: Repeats) -> dict[str, Any]:
    """Return how many rows repeat the id of an earlier row, and the first; it is looked for only if there is one."""
    found = repeats.result(0)
    told = {"repeated": found.rows - found.groups, "repeated_share": found.share}
    if not found.groups:
        return told
    again = Again(repeats.again())
    for batch in stream.batches():
        row = again.first(id_keys(batch.ids))
        if row is not None:
            return told | {"first_repeated": f"record {batch.start + row + 1} (id {batch.ids[row]})"}
    return told
