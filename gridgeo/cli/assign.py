"""``gridgeo assign``: households, enterprises, buildings → grid codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gridgeo.cli.exits import MOSTLY_OUTSIDE, fails_plainly, print_json, say_no
from gridgeo.cli.progress import stages
from gridgeo.errors import InputError
from gridgeo.jobs.assign import AssignReport, RegisterFile, assign_file
from gridgeo.jobs.cluster import dask_engine
from gridgeo.jobs.lookup import Lookup, open_lookup
from gridgeo.jobs.partitions import Engine as PartitionEngine
from gridgeo.jobs.partitions import assign_folder, one_by_one
from gridgeo.jobs.quality import shown_datum
from gridgeo.jobs.resumed import left_over
from gridgeo.settings import Settings

__all__ = ["register"]


class Engine(StrEnum):
    """Who does the files of a folder."""

    local = "local"
    dask = "dask"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("assign")(fails_plainly(assign))


def assign(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, Excel, Parquet or any vector file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="….parquet or ….csv")],
    id_column: Annotated[str, typer.Option("--id", help="Column with the ids.")] = "id",
    x: Annotated[str | None, typer.Option(help="Column with longitude or easting.")] = None,
    y: Annotated[str | None, typer.Option(help="Column with latitude or northing.")] = None,
    crs: Annotated[
        str | None, typer.Option(help="EPSG:…, GCJ-02 or BD-09: must be said for tables, or --address.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Column with addresses: they show the datum of a file that does not say it.")
    ] = None,
    nearest: Annotated[float, typer.Option(min=0, help="Metres within which points outside find a grid.")] = 0,
    layer: Annotated[str | None, typer.Option(help="A layer.gpkg instead of a store.")] = None,
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    previous: Annotated[
        Path | None, typer.Option(help="An earlier output (Parquet): only what the layer's change touches is asked.")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Who does the files of a folder: this process, or the workers of --scheduler.")
    ] = Engine.local,
    scheduler: Annotated[str | None, typer.Option(help="Address of a dask scheduler, e.g. tcp://host:8786.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Give every place of a register the code of its grid, as id, code, method, distance_m.

    FILE may be a folder of Parquet files; then so is the output. A run that was killed is continued by the same
    command.

    Exit code 1: written, but no place lies in the layer.
    """
    lookup = open_lookup(layer=layer, store=store or Settings().store, at=at)
    register, shown = RegisterFile(file=file, id=id_column, x=x, y=y, crs=crs), ""
    in_parts = register.path.is_dir() and register.path.suffix.lower() != ".gdb"  # a file geodatabase is one file
    if address and in_parts:
        raise InputError(
            f"{file} is a folder; --address is for one file: let it show the datum, then say it with --crs"
        )
    if address:
        with Console(stderr=True).status(f"reading the addresses of {file} …"):
            register, shown = shown_datum(register, lookup, address=address)
    if shown:
        print(f"gridgeo: {file}: {shown}", file=sys.stderr)
    try:
        if in_parts:
            _assign_folder(register, lookup, output, nearest, previous, _engine(engine, scheduler), as_json=as_json)
            return
        if engine is Engine.dask:
            raise InputError(f"{file} is one file; --engine dask takes a folder of Parquet files, each for one worker")
        with stages() as tell:
            report = assign_file(register, lookup, output, nearest_m=nearest, previous=previous, tell=tell)
    except KeyboardInterrupt:
        _tell_kept(output)
        raise
    if as_json:
        datum = {"crs": register.crs, "crs_from": "shown", "datum": {"sentence": shown}} if shown else {}
        print_json({**_counted(report), **datum, "output": output})
    else:
        print(f"{report} -> {output}")
    _tell(file, report)


def _engine(engine: Engine, scheduler: str | None) -> PartitionEngine:
    """Return who does partitions."""
    if engine is Engine.local:
        if scheduler is not None:
            raise InputError("--scheduler is for --engine dask")
        return one_by_one
    if scheduler is None:
        raise InputError("--engine dask needs --scheduler with the address of a dask scheduler, e.g. tcp://host:8786")
    return dask_engine(scheduler)


def _assign_folder(
    register: RegisterFile,
    lookup: Lookup,
    output: Path,
    nearest: float,
    previous: Path | None,
    engine: PartitionEngine,
    *,
    as_json: bool,
) -> None:
    """Assign a register in partitions."""
    if previous is not None:
        raise InputError("--previous is for one file; of a folder, every file is asked")
    with stages() as tell:
        done = assign_folder(register, lookup, output, nearest_m=nearest, engine=engine, tell=tell)
    if as_json:
        print_json({
            **_counted(done.total), "partitions": done.partitions, "taken_up": done.taken_up, "output": output
        })  # fmt: skip
    else:
        taken = f", {done.taken_up} of them done before" if done.taken_up else ""
        print(f"{done.total}; {done.partitions} files{taken} -> {output}")
    _tell(register.file, done.total)


def _tell(file: str, report: AssignReport) -> None:
    """Say what a careful person would look into, and no if nothing was found."""
    for sentence in _told(report):
        print(f"gridgeo: {file}: {sentence}", file=sys.stderr)
    if report.rows and not report.grids_hit:
        unread = report.counts["none"] == report.rows
        hint = (
            "do --x and --y name its coordinates?" if unread else "are --x and --y exchanged, or is --crs another one?"
        )
        print(f"gridgeo: no point of {file} lies in the layer: {hint}", file=sys.stderr)
        say_no()


def _tell_kept(output: Path) -> None:
    """Say that an interrupted run can go on."""
    if rows := left_over(output):
        print(f"gridgeo: {rows:,} rows are kept; the same command goes on behind them", file=sys.stderr)


def _counted(report: AssignReport) -> dict[str, Any]:
    """Return the counts for machines; what is not always there only if there is something to tell."""
    counts = {"rows": report.rows, **report.counts, "grids_hit": report.grids_hit}
    more = {
        "repeated_ids": report.repeated, "blank_ids": report.blank, "far": report.far, "repaired": report.repaired,
    }  # fmt: skip
    counts |= {name: count for name, count in more.items() if count}
    return counts if report.asked is None else {**counts, "asked": report.asked}


def _told(report: AssignReport) -> Iterator[str]:
    """Yield a sentence for everything that a careful person would look into."""
    if report.first_unreadable:
        unreadable = f"{report.counts['none']:,} of {report.rows:,} rows have no readable coordinates"
        yield f"{unreadable}, first {report.first_unreadable}"
    if 2 * report.counts.get("outside", 0) > report.rows and report.grids_hit:
        yield MOSTLY_OUTSIDE.format(report.counts["outside"], report.rows)
    if report.repeated:
        about = "" if report.repeated_share == 1 else "about "
        count = f"{about}{report.repeated:,} rows"
        yield f"{count} repeat the id of an earlier row, first {report.first_repeated}; all are kept"
    if report.blank:
        yield f"{report.blank:,} rows have no id"
    if report.far:
        yield f"{report.far:,} rows lie more than 50 km from the layer, first {report.first_far}"
    if report.repaired:
        yield f"{report.repaired:,} areas cross themselves and were measured as repaired, first {report.first_repaired}"
