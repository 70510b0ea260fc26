"""``gridgeo quality``: how good a register is, and which datum its addresses show."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.errors import InputError
from gridgeo.jobs.assign import RegisterFile
from gridgeo.jobs.lookup import open_lookup
from gridgeo.jobs.quality import examine
from gridgeo.jobs.quality_page import plain_text, require_ending, write_report
from gridgeo.locate.quality import FAR_M
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("quality")(fails_plainly(quality))


def quality(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, Excel, Parquet or any vector file.")],
    id_column: Annotated[str, typer.Option("--id", help="Column with the ids; empty: none.")] = "id",
    x: Annotated[str | None, typer.Option(help="Column with longitude or easting.")] = None,
    y: Annotated[str | None, typer.Option(help="Column with latitude or northing.")] = None,
    crs: Annotated[
        str | None, typer.Option(help="EPSG:…, GCJ-02 or BD-09; default: what the file or its addresses say.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Column with addresses.")] = None,
    further_than: Annotated[
        float, typer.Option(help="Metres from the community named in the address from which a row is told.")
    ] = FAR_M,
    report: Annotated[Path | None, typer.Option(help="….html or ….json, to hand on.")] = None,
    layer: Annotated[str | None, typer.Option(help="A layer.gpkg instead of a store.")] = None,
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell how good a register is, and which datum its addresses show.

    Counts rows without coordinates, at (0, 0), outside the layer, with the same coordinates or ids, and not where their
    address says. Nothing is changed.
    Exit code 1: the coordinates cannot be used as they stand, because their datum is unknown or contradicted.
    """
    if report is not None:
        require_ending(report)
        if report.resolve() == Path(file.partition("::")[0]).resolve():
            raise InputError(f"{report} is the register itself and would be lost; write to another file")
    with Console(stderr=True).status(f"examining {file} …"):
        lookup = open_lookup(layer=layer, store=store or Settings().store, at=at)
        found = examine(
            RegisterFile(file=file, id=id_column, x=x, y=y, crs=crs), lookup, address=address,
            further_than_m=further_than,
        )  # fmt: skip
        if report is not None:
            write_report(found, report)
    if as_json:
        print_json(found.as_dict())
    else:
        print(plain_text(found))
    if found.remedy:
        print(f"gridgeo: {file}: {found.remedy}", file=sys.stderr)
    if not found.usable:
        say_no()
