"""``gridgeo export``: the grids of a layer, or some of them, as a table or as a file for GIS."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gridgeo.cli.amounts import number_of, size_of
from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(fails_plainly(export))


def export(
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            help=".xlsx, .csv; .gpkg, .zip (shapefiles in GBK), .geojson, .pmtiles; {name}: title, version, day.",
        ),
    ],
    recipe: Annotated[
        str | None,
        typer.Option(help="A map recipe: its classes, title, maker and 审图号; default: households by the rules."),
    ] = None,
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or gridgeo.gpkg.")] = None,
    layer: Annotated[Path | None, typer.Option(help="A layer.gpkg instead of a store.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    county: Annotated[list[str] | None, typer.Option(help="Only grids of this county; may be repeated.")] = None,
    street: Annotated[list[str] | None, typer.Option(help="Only grids of this street; may be repeated.")] = None,
    community: Annotated[list[str] | None, typer.Option(help="Only grids of this community, code or name.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only general, exclusive or micro grids.")] = None,
    code: Annotated[list[str] | None, typer.Option(help="Only this grid; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False,
) -> None:
    """Write the grids, or some of them, as Excel, CSV, GeoPackage, shapefile, GeoJSON or tiles.

    Exit code 0: written, 1: no such version or place, 2: unusable input.
    """
    from gridgeo.jobs.export import export_layer  # noqa: PLC0415 - loads geopandas; other commands need it not

    if store is None and layer is None:
        store = Settings().store
    said = {"county": county, "street": street, "community": community, "kind": kind, "code": code}
    changes: dict[str, Any] = {name: tuple(texts) for name, texts in said.items() if texts}
    if recipe is not None:
        changes["recipe"] = recipe
    with Console(stderr=True).status(f"writing {out.name} …"):
        written = export_layer(out, store=store, layer=layer, at=at, **changes)
    if as_json:
        print_json(asdict(written))
    else:
        told = f"{number_of(written.grids, 'grid')}, {size_of(written.size_bytes)}"
        print(f"{written.file}: {written.title}, {written.version}, {told}")
