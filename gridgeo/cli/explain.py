"""``gridgeo explain``: what a grid was made from and why."""

from __future__ import annotations

from typing import Annotated

import typer

from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.jobs.explain import explain as explain_one
from gridgeo.render.explain import explain_text
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(fails_plainly(explain))


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code of a grid.")],
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    layer: Annotated[str | None, typer.Option(help="The layer.gpkg of a merge instead of a store.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell what a grid was made from and why its borders are where they are. Exit code 1: there is no such grid."""
    found = explain_one(code, layer=layer, store=store or Settings().store, at=at)
    if as_json:
        print_json(found.account)
    else:
        print(explain_text(found.account, found.agencies))
