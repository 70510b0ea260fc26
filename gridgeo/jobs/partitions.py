"""Job: a register in many Parquet files → the same files with grid codes.

In: a folder of Parquet files, one partition each, and a `Lookup`. Out: a folder with the answers of every partition
under the same name, each as `gridgeo.jobs.assign` writes it, and one report. Who runs the partitions is handed in: here
one after the other, with `gridgeo.jobs.cluster` on many machines. The folder appears when everything is there; what a
killed run has finished is taken up by the same call.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

import gridgeo
from gridgeo.errors import InputError, ReadError
from gridgeo.jobs.assign import assign_file
from gridgeo.jobs.lookup import Lookup
from gridgeo.jobs.streams import RegisterFile
from gridgeo.jobs.tally import AssignReport

__all__ = ["Engine", "Partition", "PartitionReport", "assign_folder", "assign_partition", "one_by_one"]

ENDINGS = (".parquet", ".pq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One file of a register and where its answers go."""

    name: str
    """Path within the folder."""
    register: RegisterFile
    output: Path
    note: Path
    """What is remembered of it once it is done."""
    key: str
    """Equal exactly if the answers would be the same."""
    nearest_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionReport:
    """What became of all partitions."""

    total: AssignReport
    """Of all rows; ids that repeat are counted within their partition, and first rows named with it."""
    partitions: int
    taken_up: int
    """Partitions that an earlier run had done."""


Engine = Callable[[list[Partition], Lookup], Iterable[AssignReport]]
"""Does partitions in any order and yields their reports as they are done."""

Tell = Callable[[str, int, int], None]
"""Is told (stage, done, of)."""


def one_by_one(partitions: list[Partition], lookup: Lookup) -> Iterator[AssignReport]:
    """Do partitions one after the other, in this process."""
    for partition in partitions:
        yield assign_partition(partition, lookup)


def assign_partition(partition: Partition, lookup: Lookup) -> AssignReport:
    """Assign one partition and note that it is done."""
    partition.output.parent.mkdir(parents=True, exist_ok=True)
    report = assign_file(partition.register, lookup, partition.output, nearest_m=partition.nearest_m)
    report = _named(report, partition.name)
    partition.note.parent.mkdir(parents=True, exist_ok=True)
    half = partition.note.with_suffix(".part")
    half.write_text(json.dumps({"key": partition.key, "report": _plain(report)}), encoding="utf-8")
    half.replace(partition.note)
    return report


def _named(report: AssignReport, name: str) -> AssignReport:
    """Say of every record that a report names which file it is in."""

    def told(record: str) -> str:
        return record and f"{name}, {record}"

    return replace(
        report,
        first_unreadable=told(report.first_unreadable),
        first_repeated=told(report.first_repeated),
        first_far=told(report.first_far),
        first_repaired=told(report.first_repaired),
    )


def assign_folder(
    register: RegisterFile,
    lookup: Lookup,
    output: str | Path,
    *,
    nearest_m: float = 0.0,
    engine: Engine = one_by_one,
    tell: Tell = lambda *_: None,
) -> PartitionReport:
    """Assign the places of all Parquet files of a folder.

    Parameters
    ----------
    register : RegisterFile
        Its file is the folder; the columns are those of every file in it.
    lookup : Lookup
    output : str or Path
        A folder that is not there yet.
    nearest_m : float
        See `gridgeo.jobs.assign.assign_file`.
    engine : callable
        Does the partitions.
    tell : callable
        Progress in partitions.

    Returns
    -------
    PartitionReport

    Raises
    ------
    ReadError
        If the folder holds no Parquet file, or one that cannot be read.
    InputError
        If the output is there already, lies within the input, or cannot be written.
    Exception
        As `gridgeo.jobs.assign.assign_file`, for the first partition that cannot be done; what is done is kept.
    """
    source, target = register.path.absolute(), Path(output).absolute()
    _require_free(source, target)
    work = target.with_name(f".{target.name}.gridgeo-parts")
    notes = work / "_notes"
    partitions = _partitions(replace(register, file=str(source)), lookup, work, notes, nearest_m)
    try:
        work.mkdir(parents=True, exist_ok=True)
        done = {p.name: report for p in partitions if (report := _noted(p)) is not None}
        reports, left = list(done.values()), [p for p in partitions if p.name not in done]
        tell("assign", len(reports), len(partitions))
        for report in engine(left, replace(lookup, fate=None)):
            reports.append(report)
            tell("assign", len(reports), len(partitions))
        _require_here(partitions)
        _remove_others(work, {p.output for p in partitions})
        with suppress(FileNotFoundError):
            target.rmdir()  # an empty folder
        work.rename(target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from None
    return PartitionReport(total=_total(reports), partitions=len(partitions), taken_up=len(done))


def _require_free(source: Path, target: Path) -> None:
    """Refuse to write where something is."""
    if target == source or source in target.parents:
        raise InputError(f"{target} lies in the register's own folder; write to another one")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} is there already; a folder of answers is written to a new folder")


def _partitions(register: RegisterFile, lookup: Lookup, work: Path, notes: Path, nearest_m: float) -> list[Partition]:
    """Return the files of a folder in the order of their names, without hidden ones and those of other programs."""
    source = register.path
    files = [path for path in sorted(source.rglob("*")) if path.suffix.lower() in ENDINGS and path.is_file()]
    names = [path.relative_to(source) for path in files]
    names = [name for name in names if not any(part.startswith((".", "_")) for part in name.parts)]
    if not names:
        raise ReadError(f"{source} holds no Parquet file; a register in partitions is a folder of ….parquet")
    layer, made_by = lookup.indexed.prints.digest(), [gridgeo.__version__, pa.__version__]
    found = []
    for name in names:
        path = source / name
        stamp = [path.stat().st_size, path.stat().st_mtime_ns]
        told = [name.as_posix(), stamp, register.id, register.x, register.y, register.crs, nearest_m, layer, made_by]
        key = hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()
        found.append(
            Partition(
                name=name.as_posix(), register=replace(register, file=str(path)), output=work / name,
                note=notes / f"{name.as_posix()}.json", key=key, nearest_m=nearest_m,
            )
        )  # fmt: skip
    return found


def _noted(partition: Partition) -> AssignReport | None:
    """Return the report of a partition that an earlier run has done."""
    try:
        noted = json.loads(partition.note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if noted["key"] != partition.key or not partition.output.exists():
        return None
    return AssignReport(**noted["report"] | {"hit": bytes.fromhex(noted["report"]["hit"])})


def _plain(report: AssignReport) -> dict[str, object]:
    return asdict(report) | {"hit": report.hit.hex()}


def _require_here(partitions: list[Partition]) -> None:
    """Make sure that what workers wrote has come to where this process can see it."""
    for partition in partitions:
        if not partition.output.exists():
            raise InputError(
                f"the answers of {partition.name} are not where they should be: put register and output on storage "
                "that all machines see under the same path"
            )


def _remove_others(work: Path, kept: set[Path]) -> None:
    """Remove notes, and answers of files that have gone since an earlier run."""
    shutil.rmtree(work / "_notes", ignore_errors=True)
    for folder, _, names in os.walk(work, topdown=False):
        for name in names:
            if Path(folder, name) not in kept:
                Path(folder, name).unlink()
        if Path(folder) != work and not any(Path(folder).iterdir()):
            Path(folder).rmdir()


def _total(reports: list[AssignReport]) -> AssignReport:
    """Add reports up."""
    first = reports[0]
    hit = np.bitwise_or.reduce([np.frombuffer(report.hit, np.uint8) for report in reports])
    counts = Counter(first.counts)
    for report in reports[1:]:
        counts.update(report.counts)

    def told(name: str) -> str:
        return next((text for report in reports if (text := getattr(report, name))), "")

    return replace(
        first,
        rows=sum(report.rows for report in reports),
        counts=dict(counts),
        grids_hit=int(np.unpackbits(hit).sum()),
        hit=hit.tobytes(),
        repeated=sum(report.repeated for report in reports),
        blank=sum(report.blank for report in reports),
        far=sum(report.far for report in reports),
        repaired=sum(report.repaired for report in reports),
        first_unreadable=told("first_unreadable"),
        repeated_share=min((report.repeated_share for report in reports), default=1.0),
        first_repeated=told("first_repeated"),
        first_far=told("first_far"),
        first_repaired=told("first_repaired"),
    )
