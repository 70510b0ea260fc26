"""``gridgeo import``: a grid layer that a city already has, as version 1 of a store."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.cli.layouts import require_layout
from gridgeo.jobs.imports import ExistingLayer, Import, import_layer
from gridgeo.model import Certificate
from gridgeo.settings import Settings

__all__ = ["register"]

PLACES_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(fails_plainly(import_file))


def import_file(
    file: Annotated[str, typer.Argument(metavar="LAYER", help="The layer: FILE or FILE::LAYER.")],
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer in FILE; default: grid, or the only one.")] = None,
    code: Annotated[str, typer.Option(help="Column with the grid codes.")] = "code",
    community_code: Annotated[
        str, typer.Option(help="Column with the community codes; without it the layout tells them.")
    ] = "community_code",
    frame: Annotated[
        str | None, typer.Option(help="What must be covered: FILE or FILE::LAYER; default: the layer's own outline.")
    ] = None,
    layout: Annotated[str, typer.Option(help="gb15, mgmt12, cjt14, cjt349-20 or plain.")] = "gb15",
    crs: Annotated[str | None, typer.Option(help="Metric CRS to bring the layer into, EPSG:…")] = None,
    city: Annotated[str, typer.Option(help="Name of the city.")] = "",
    effective: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day on which it holds; default: today.")
    ] = None,
    accept_faults: Annotated[bool, typer.Option(help="Publish it although it is not seamless.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Certify an existing layer and publish it as version 1. Exit code 1: not seamless, nothing published."""
    require_layout(layout)
    settings = Settings()
    existing = ExistingLayer(
        file=file,
        layer=layer,
        code=code,
        community_code=community_code,
        frame=frame,
        layout=layout,
        crs=crs,
        city_name=city,
    )
    with Console(stderr=True).status(f"importing {file} …"):
        done = import_layer(
            existing,
            store or settings.store,
            accept_faults=accept_faults,
            by=settings.user,
            effective=effective.date() if effective else None,
        )
    _tell(done, as_json, frame)
    if done.version is None:
        say_no()


def _tell(done: Import, as_json: bool, frame: str | None) -> None:
    """Print what became of the import."""
    if as_json:
        version = None if done.version is None else asdict(done.version)
        print_json({"version": version, "certificate": done.certificate.as_dict()})
        return
    if not done.certificate.seamless:
        for line in _faults(done.certificate):
            print(line, file=sys.stderr)
    if done.version is None:
        print(
            "gridgeo: the layer is not seamless and was not published; correct it, or add --accept-faults",
            file=sys.stderr,
        )
        return
    stats = done.version.stats
    print(
        f"published version {done.version.seq}: {stats['grids']:,} grids in {stats['communities']:,} communities, "
        f"{'seamless' if done.certificate.seamless else 'not seamless'}, {len(done.findings)} findings"
    )
    if frame is None:
        print("  certified against its own outline: a gap at its rim cannot show; name what must be covered by --frame")


def _faults(certificate: Certificate) -> list[str]:
    """Return the first faults, one per line, with code, place and size."""
    lines = []
    for place in certificate.places[:PLACES_SHOWN]:
        where = f" at {place['x']:.2f}, {place['y']:.2f}" if place.get("x") is not None else ""
        size = f", {place['area_m2']:.2f} m2" if place.get("area_m2") else ""
        lines.append(f"  {place['kind']}: {place.get('code') or 'between grids'}{where}{size}")
    more = len(certificate.places) - PLACES_SHOWN
    return lines + ([f"  and {more} more (--json lists them)"] if more > 0 else [])
