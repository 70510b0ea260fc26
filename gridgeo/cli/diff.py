"""``gridgeo diff``: what is different between two versions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff")(fails_plainly(diff))


def diff(
    before: Annotated[str, typer.Argument(metavar="V1", help="A version: a number, or a day, YYYY-MM-DD.")],
    after: Annotated[str, typer.Argument(metavar="V2", help="Another one.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help=".json, .csv, .xlsx, .gpkg; or a map: .html, .png, .pdf, .svg.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell what is different between two versions: a table, a file or a map. Exit code 1: there is no such version."""
    from gridgeo.jobs.diff import diff_versions  # noqa: PLC0415 - loads the rules of drafts
    from gridgeo.jobs.diff_files import MAPS, require_ending, write_difference  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    ending = require_ending(out) if out is not None else ""
    with open_store(store or Settings().store) as opened, Console(stderr=True).status("comparing …"):
        found = diff_versions(opened, before, after)
        if out is not None and ending in MAPS:
            from gridgeo.jobs.draw import draw_map  # noqa: PLC0415 - matplotlib and folium load slowly

            draw_map("change", out, store=store or Settings().store, at=after, since=before)
        elif out is not None:
            write_difference(found, out)
    told = found.as_dict()
    if as_json:
        print_json({**told, "file": out} if out is not None else told)
    elif out is None:
        _show(told)
    else:
        print(f"{out}: {_sum(told)}")


def _sum(told: dict[str, Any]) -> str:
    """Write what changed in one line."""
    moved = told["moved"]
    return (
        f"第 {told['before']['seq']} 版 → 第 {told['after']['seq']} 版：{len(told['grids'])} 个网格有变更，"
        f"{moved['households']:,} 户、{moved['population']:,} 人换格，划转土地 {moved['area_m2'] / 1e4:,.2f} 公顷"
    )


def _show(told: dict[str, Any]) -> None:
    """Write a table for a reader."""
    print(_sum(told))
    if not told["grids"]:
        return
    table = Table(box=None, pad_edge=False)
    for title, least in (("网格编码", 15), ("变更", 8), ("户数", 9), ("划入划出", 8), ("来自", 15), ("去往", 15)):
        table.add_column(title, min_width=least, overflow="fold", justify="right" if "划" in title else "left")
    for row in told["grids"]:
        homes = " → ".join("–" if row[name] is None else f"{row[name]:,}" for name in _HOMES)
        words = [word for word in row["became"] if not word.startswith(("户数", "企业", "人口"))] or ["数据"]
        moved = f"+{row['came_households']:,} −{row['left_households']:,}"
        table.add_row(
            row["code"], "；".join(words), homes, moved, "\n".join(row["came_from"]), "\n".join(row["went_to"])
        )
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


WIDE = 140
"""Signs in a line of a table that is written into a file or another program."""

_HOMES = ("households_before", "households_after")
