"""``gridgeo locate``: which grid is responsible for a place."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.jobs.locate import locate as locate_one
from gridgeo.jobs.lookup import open_lookup
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    # coordinates west or south of zero begin with a minus sign and are no options
    app.command("locate", context_settings={"ignore_unknown_options": True})(fails_plainly(locate))


def locate(
    query: Annotated[str, typer.Argument(metavar="QUERY", help='"x,y" in any writing, or a grid code.')],
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    layer: Annotated[str | None, typer.Option(help="A layer.gpkg instead of a store.")] = None,
    datum: Annotated[str | None, typer.Option(help="CGCS2000, GCJ-02, BD-09 or EPSG:…; default: compare.")] = None,
    at: Annotated[str | None, typer.Option(help="The version of a day, YYYY-MM-DD, or of a number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Name the grid responsible for a coordinate or code. Exit code 1: no single grid is."""
    lookup = open_lookup(layer=layer, store=store or Settings().store, at=at)
    answer = locate_one(query, lookup, datum=datum)
    if as_json:
        print_json(answer)
    else:
        _show(answer)
    if answer["status"] != "sure":
        say_no()


def _show(answer: dict[str, Any]) -> None:
    """Write an answer for a reader."""
    print(f"{answer['status']}  {answer['code'] or ''}  {' / '.join(answer['chain'])}".rstrip())
    grid = answer["grid"] or {}
    counts = [f"{name} {grid[name]}" for name in ("households", "enterprises", "population") if name in grid]
    if counts:
        print("  " + ", ".join(counts))
    for fault in answer["faults"]:
        print(f"  {fault['text']}")
    for one in answer["candidates"]:
        if "since" in one:
            shares = f"面积 {one['area_share']:.0%}，户数 {one['household_share']:.0%}"
            print(f"  {one['code']}  {one['full_name']}  {shares}，{one['since']} 起")
