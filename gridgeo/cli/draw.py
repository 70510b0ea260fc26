"""``gridgeo map``: draw a map of the layer from a recipe."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from gridgeo.cli.amounts import number_of, size_of
from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.cli.progress import stages
from gridgeo.settings import Settings

__all__ = ["register"]


PAGED = (".pdf", ".png.zip")
"""Endings of files that may hold several pages."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("map")(fails_plainly(draw))


def draw(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Name of a recipe, or the path of a .toml file.")],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="File to write; its ending says what it becomes, {name} stands for title, version, day."
        ),
    ],
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or gridgeo.gpkg.")] = None,
    layer: Annotated[Path | None, typer.Option(help="A layer.gpkg instead of a store.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    since: Annotated[str | None, typer.Option(help="Of a map of changes: the version to compare with.")] = None,
    county: Annotated[list[str] | None, typer.Option(help="Only grids of this county; may be repeated.")] = None,
    street: Annotated[list[str] | None, typer.Option(help="Only grids of this street; may be repeated.")] = None,
    community: Annotated[list[str] | None, typer.Option(help="Only grids of this community, code or name.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only general, exclusive or micro grids.")] = None,
    code: Annotated[list[str] | None, typer.Option(help="Only this grid; may be repeated.")] = None,
    agency: Annotated[str | None, typer.Option(help="Of a map of old grids: key of the agency.")] = None,
    measure: Annotated[
        str | None, typer.Option(help="What colours the grids: households, enterprises, population, kind or none.")
    ] = None,
    size: Annotated[str | None, typer.Option(help="Page: auto, A4, A3, A2 or A1.")] = None,
    dpi: Annotated[int | None, typer.Option(help="Dots per inch of PNG.")] = None,
    html: Annotated[str | None, typer.Option(help="Which web page: lean or folium.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False,
) -> None:
    """Draw a map. Exit code 0: written, 1: no such recipe, version or place, 2: unusable input."""
    from gridgeo.jobs.draw import draw_map  # noqa: PLC0415 - matplotlib and folium load slowly; other commands need neither

    if store is None and layer is None:
        store = Settings().store
    said = {"county": county, "street": street, "community": community, "kind": kind, "code": code}
    changes: dict[str, Any] = {name: tuple(texts) for name, texts in said.items() if texts}
    plain = {"agency": agency, "measure": measure, "size": size, "dpi": dpi, "html": html}
    changes |= {name: value for name, value in plain.items() if value is not None}
    with stages() as tell:
        drawn = draw_map(
            recipe, out, store=store, layer=layer, at=at, since=since, progress=partial(tell, "draw"), **changes
        )
    if as_json:
        print_json(asdict(drawn))
    else:
        pages = f"{number_of(drawn.pages, 'page')}, " if drawn.file.name.lower().endswith(PAGED) else ""
        told = f"{pages}{number_of(drawn.grids, 'grid')}, {size_of(drawn.size_bytes)}"
        print(f"{drawn.file}: {drawn.title}, {drawn.version}, {told}")
