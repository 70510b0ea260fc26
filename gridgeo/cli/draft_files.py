"""``gridgeo draft export`` and ``import``: a draft edited with QGIS."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.draft.compare import TOLERANCE_M
from gridgeo.draft.edited import Told
from gridgeo.jobs.draft_files import DraftImport, export_draft, import_draft
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.publish import actor
from gridgeo.settings import Settings
from gridgeo.store.base import open_store

__all__ = ["add_to"]

SHOWN = 20
"""Lines of each list that are printed; --json prints all."""

Number = Annotated[int, typer.Argument(metavar="N", help="Number of the draft.")]
StoreUrl = Annotated[str | None, typer.Option("--store", help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def add_to(group: typer.Typer) -> None:
    """Add both commands to the group ``draft``."""
    group.command("export")(fails_plainly(export_file))
    group.command("import")(fails_plainly(import_file))


def export_file(
    number: Number,
    output: Annotated[Path, typer.Option("--output", "-o", help="….gpkg")],
    area: Annotated[str, typer.Option(help="Only codes or communities that begin with this.")] = "",
    places: Annotated[
        bool, typer.Option("--places", help="Also households, enterprises, buildings as points.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of this name.")] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write a draft into a GeoPackage that QGIS edits."""
    with Console(stderr=True).status(f"exporting draft {number} …"), open_store(store or Settings().store) as opened:
        done = export_draft(Desk(opened), number, output, area=area, places=places, overwrite=overwrite)
    if as_json:
        print_json(asdict(done))
    else:
        more = f", {done.places:,} places" if places else ""
        print(
            f"draft {number}, revision {done.draft.revision}: {done.grids:,} grids in {done.communities:,} "
            f"communities{more} -> {done.file}"
        )


def import_file(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What gridgeo draft export wrote, edited.")],
    tolerance: Annotated[
        float, typer.Option(min=0, max=1, help="Metres: narrower differences are repaired and told.")
    ] = TOLERANCE_M,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Turn what was edited in an exported file into changes of the draft: all of them or none.

    Exit code 1: something is refused, each with its place, and nothing was changed.
    """
    settings = Settings()
    with Console(stderr=True).status(f"comparing {file} …"), open_store(store or settings.store) as opened:
        done = import_draft(Desk(opened), number, file, by=actor(settings.user), tolerance_m=tolerance, dry_run=dry_run)
    if as_json:
        print_json(asdict(done))
    else:
        _tell(done, number, dry_run)
    if done.refusals:
        say_no()


def _tell(done: DraftImport, number: int, dry_run: bool) -> None:
    """Print what became of a file."""
    for title, told in (("提示", done.notes), ("修复", done.repairs)):
        _print_list(title, told)
    if done.refusals:
        _print_list("不能接受", done.refusals, file=sys.stderr)
        print(
            f"gridgeo: {len(done.refusals)} places cannot be taken over; draft {number} is as before", file=sys.stderr
        )
        return
    for nth, change in enumerate(done.changes, 1):
        print(f"{nth:>3}  {_line(change)}")
    if not done.changes:
        print(f"nothing was edited; draft {number} is as before")
        return
    moved = (done.effect or {}).get("moved", {}).get("households", 0)
    verb = "would be added to" if dry_run else "added to"
    print(f"{len(done.changes)} changes {verb} draft {number}, {moved} households change their grid")


def _print_list(title: str, told: Sequence[Told], file: Any = None) -> None:
    for one in told[:SHOWN]:
        print(f"{title}：{one}", file=file)
    if len(told) > SHOWN:
        print(f"{title}：另有 {len(told) - SHOWN} 条（--json 列出全部）", file=file)


def _line(change: dict[str, Any]) -> str:
    """Return a change on one line, without its coordinates."""
    said = [f"{name}={value}" for name, value in change.items() if name not in ("op", "line", "area", "keep", "exact")]
    return " ".join([f"{change['op']:<9}", *said])
