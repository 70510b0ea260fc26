"""``gridgeo redraw``: one operation on borders, tried or added to a draft."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gridgeo.cli.drafts_shown import effect_lines
from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.errors import InputError
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.drawn import drawn_shape
from gridgeo.jobs.publish import actor
from gridgeo.settings import Settings
from gridgeo.store.base import open_store

__all__ = ["register"]

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code of a grid.")]
Codes = Annotated[list[str], typer.Argument(metavar="CODE…", help="Codes of grids.")]
Line = Annotated[
    str, typer.Option(help="WKT, GeoJSON, 'x,y x,y …', or FILE[::LAYER] (any vector format).", show_default=False)
]
Area = Annotated[
    str | None, typer.Option(help="WKT, GeoJSON, 'x,y x,y x,y …', or FILE[::LAYER].", show_default=False)
]  # fmt: skip
Absorb = Annotated[bool, typer.Option("--absorb", help="Small leftovers go to the longest border.")]
Draft = Annotated[int | None, typer.Option(help="Number of the draft that it is added to.")]
New = Annotated[str | None, typer.Option(metavar="TITLE", help="Begin a draft of this title for it.")]
Try = Annotated[bool, typer.Option("--dry-run", help="Only tell the effect.")]
Crs = Annotated[str | None, typer.Option(help="CRS of the coordinates; default: that of the layer.")]
Store = Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        name="redraw",
        help="Change borders in a draft, or only see what a change would do. Say --draft N, --new TITLE or --dry-run.",
        no_args_is_help=True,
    )
    commands = (
        split, merge, reshape, transfer, carve, dissolve, rename, retype, lock, unlock, explain_rule, recode,
    )  # fmt: skip
    for command in commands:
        group.command(command.__name__.partition("_")[0])(fails_plainly(command))
    app.add_typer(group)


def split(
    code: Code,
    line: Line,
    keep: Annotated[str | None, typer.Option(metavar="X,Y", help="A point in the part that keeps the code.")] = None,
    absorb: Absorb = False,
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    crs: Crs = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Divide a grid along a line; the part with most households keeps the code."""
    said = {"op": "split", "code": code, "line": line, "absorb": absorb, "keep": keep}
    _run(said, (draft, new, dry_run), store, crs, as_json)


def merge(
    codes: Codes,
    survivor: Annotated[str | None, typer.Option(help="The code that goes on; default: most households.")] = None,
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Join neighbouring grids of one community."""
    _run({"op": "merge", "codes": codes, "survivor": survivor}, (draft, new, dry_run), store, None, as_json)


def reshape(
    codes: Codes,
    line: Line,
    absorb: Absorb = False,
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    crs: Crs = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Give two neighbours a new line as their common border."""
    said = {"op": "reshape", "codes": codes, "line": line, "absorb": absorb}
    _run(said, (draft, new, dry_run), store, crs, as_json)


def transfer(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The grid that gives.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Its neighbour.")],
    area: Area = None,
    place: Annotated[
        list[str] | None, typer.Option(metavar="KIND:ID", help="A place whose ground goes along; may be repeated.")
    ] = None,
    atom: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A block (layer atom) that goes along; may be repeated.")
    ] = None,
    absorb: Absorb = False,
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    crs: Crs = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Hand an area, the ground around some places, or some blocks to a neighbour."""
    places = [one.partition(":")[::2] for one in place or ()]
    said = {
        "op": "transfer", "source": source, "target": target, "area": area, "places": places, "atoms": atom or [],
        "absorb": absorb,
    }  # fmt: skip
    _run(said, (draft, new, dry_run), store, crs, as_json)


def carve(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the exclusive grid is called.")],
    area: Area = None,
    absorb: Absorb = False,
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    crs: Crs = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Cut an exclusive grid out of everything beneath an outline."""
    if area is None:
        raise InputError("say what to cut out with --area")
    _run({"op": "carve", "name": name, "area": area, "absorb": absorb}, (draft, new, dry_run), store, crs, as_json)


def dissolve(
    code: Code,
    into: Annotated[list[str] | None, typer.Option(help="The grid that takes it; default: where it came from.")] = None,
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Give an exclusive grid back to its neighbours."""
    _run({"op": "dissolve", "code": code, "into": into or []}, (draft, new, dry_run), store, None, as_json)


def rename(
    code: Code,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.")],
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Give a grid another name."""
    _run({"op": "rename", "code": code, "name": name}, (draft, new, dry_run), store, None, as_json)


def retype(
    code: Code,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="general, exclusive or micro.")],
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Make a grid general, exclusive or micro."""
    _run({"op": "retype", "code": code, "kind": kind}, (draft, new, dry_run), store, None, as_json)


def lock(
    code: Code,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why nobody may change it.")],
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Keep a grid from being changed."""
    if not reason.strip():
        raise InputError("a lock needs a reason")
    _run({"op": "lock", "code": code, "reason": reason}, (draft, new, dry_run), store, None, as_json)


def unlock(
    code: Code,
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Let a locked grid be changed again."""
    _run({"op": "lock", "code": code}, (draft, new, dry_run), store, None, as_json)


def explain_rule(
    code: Code,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="households_low, households_high or population_max.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Why the grid may break it.")],
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Say why a grid may break a rule."""
    said = {"op": "explain", "code": code, "rule": rule, "text": text}
    _run(said, (draft, new, dry_run), store, None, as_json)


def recode(
    community: Annotated[str, typer.Argument(metavar="COMMUNITY", help="The code of a community.")],
    to: Annotated[str, typer.Argument(metavar="CODE", help="Its new code.")],
    name: Annotated[str, typer.Option(help="Its new name; default: the old one.")] = "",
    draft: Draft = None,
    new: New = None,
    dry_run: Try = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Give a community another code (村改居): its grids are numbered under the new one."""
    said = {"op": "recode", "community": community, "to": to, "name": name}
    _run(said, (draft, new, dry_run), store, None, as_json)


def _run(
    said: dict[str, Any],
    where: tuple[int | None, str | None, bool],
    store: str | None,
    crs: str | None,
    as_json: bool,
) -> None:
    """Do one change and tell its effect."""
    number, title, only_try = where
    if (number is None) == (title is None) and not only_try:
        raise InputError("say where the change goes: --draft N, --new TITLE, or --dry-run to see its effect only")
    settings = Settings()
    with open_store(store or settings.store) as opened:
        layer_crs = opened.layers()[0].crs if opened.layers() else ""
        for name in ("line", "area"):
            if said.get(name) is not None:
                said[name] = drawn_shape(said[name], layer_crs, crs=crs, area=name == "area")
        if said.get("keep") is not None:
            point = drawn_shape(f"POINT ({said['keep'].replace(',', ' ')})", layer_crs, crs=crs)
            said["keep"] = (point.x, point.y)
        desk = Desk(opened)
        if only_try:
            answer = desk.try_change(said, number=number)
        else:
            by = actor(settings.user)
            answer = desk.begin(title, said, by=by) if title is not None else desk.change(number or 0, said, by=by)
    if as_json:
        print_json(answer)
    else:
        print("\n".join(effect_lines(answer)))
