"""``gridgeo assign``: households, enterprises, buildings → grid codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.jobs.assign import RegisterFile, assign_file
from gridgeo.jobs.lookup import open_lookup
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("assign")(fails_plainly(assign))


def assign(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, Excel, Parquet or any vector file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="….parquet or ….csv")],
    id_column: Annotated[str, typer.Option("--id", help="Column with the ids.")] = "id",
    x: Annotated[str | None, typer.Option(help="Column with longitude or easting.")] = None,
    y: Annotated[str | None, typer.Option(help="Column with latitude or northing.")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:…, GCJ-02 or BD-09: must be said for tables.")] = None,
    nearest: Annotated[float, typer.Option(min=0, help="Metres within which points outside find a grid.")] = 0,
    layer: Annotated[str | None, typer.Option(help="A layer.gpkg instead of a store.")] = None,
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Give every point of a register the code of its grid, as id, code, method, distance_m.

    Exit code 1: written, but no point lies in the layer.
    """
    with Console(stderr=True).status(f"assigning {file} …"):
        lookup = open_lookup(layer=layer, store=store or Settings().store, at=at)
        report = assign_file(
            RegisterFile(file=file, id=id_column, x=x, y=y, crs=crs), lookup, output, nearest_m=nearest
        )
    if as_json:
        print_json({"rows": report.rows, **report.counts, "grids_hit": report.grids_hit, "output": output})
    else:
        print(f"{report} -> {output}")
    if report.first_unreadable:
        unreadable = f"{report.counts['none']:,} of {report.rows:,} rows have no readable coordinates"
        print(f"gridgeo: {file}: {unreadable}, first {report.first_unreadable}", file=sys.stderr)
    if report.rows and not report.grids_hit:
        hint = "are --x and --y exchanged, or is --crs another one?"
        print(f"gridgeo: no point of {file} lies in the layer: {hint}", file=sys.stderr)
        say_no()
