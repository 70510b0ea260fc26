"""``gridgeo draft``: planned changes - begun, looked at, undone, reviewed, published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from gridgeo.cli import draft_files
from gridgeo.cli.drafts_shown import change_text, draft_line, draft_lines
from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.publish import actor
from gridgeo.settings import Settings
from gridgeo.store.base import open_store

__all__ = ["register"]

Number = Annotated[int, typer.Argument(metavar="N", help="Number of the draft.")]
Revision = Annotated[int | None, typer.Option(help="Refuse if the draft is not at this revision any more.")]
Store = Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Text = Annotated[str, typer.Option(help="A remark to go with it.")]
Grids = Annotated[list[str] | None, typer.Option("--grid", help="A grid that the remark is pinned to; may repeat.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(name="draft", help="Plan, review and publish changes of the layer.", no_args_is_help=True)
    commands: dict[str, Callable[..., None]] = {
        "new": new, "list": list_drafts, "show": show, "undo": undo, "redo": redo, "submit": submit,
        "return": send_back, "approve": approve, "remark": remark, "settle": settle, "rebase": rebase,
        "publish": publish, "drop": drop,
    }  # fmt: skip
    for name, command in commands.items():
        group.command(name)(fails_plainly(command))
    draft_files.add_to(group)
    app.add_typer(group)


@contextmanager
def _desk(store: str | None) -> Iterator[tuple[Desk, str]]:
    """Open the drafts of a store, and say who acts."""
    settings = Settings()
    with open_store(store or settings.store) as opened:
        yield Desk(opened), actor(settings.user)


def new(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What it is for.")],
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Begin a draft on the current version."""
    with _desk(store) as (desk, by):
        _tell(asdict(desk.open(title, by=by)), as_json)


def list_drafts(store: Store = None, as_json: AsJson = False) -> None:
    """List all drafts, the newest first."""
    with _desk(store) as (desk, _):
        found = [asdict(draft) for draft in desk.drafts()]
    if as_json:
        print_json(found)
    else:
        print("\n".join(map(draft_line, found)) or "还没有草案；用 gridgeo draft new 新建")


def show(number: Number, store: Store = None, as_json: AsJson = False) -> None:
    """Tell a draft's changes, remarks, effect, and what collides with it."""
    with _desk(store) as (desk, _):
        found = desk.show(number)
    if as_json:
        print_json(found)
    else:
        print("\n".join(draft_lines(found)))


def undo(number: Number, revision: Revision = None, store: Store = None, as_json: AsJson = False) -> None:
    """Take the last change back."""
    with _desk(store) as (desk, by):
        done = desk.undo(number, by=by, revision=revision)
    _tell_change("已撤销", done, as_json)


def redo(number: Number, revision: Revision = None, store: Store = None, as_json: AsJson = False) -> None:
    """Do the change again that was undone last."""
    with _desk(store) as (desk, by):
        done = desk.redo(number, by=by, revision=revision)
    _tell_change("已重做", done, as_json)


def submit(
    number: Number, text: Text = "", revision: Revision = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Hand a draft in for review; rules that it breaks must be explained."""
    with _desk(store) as (desk, by):
        _tell(asdict(desk.step(number, "submit", by=by, text=text, revision=revision)), as_json)


def send_back(
    number: Number,
    text: Annotated[str, typer.Option(help="What is to be changed.")] = "",
    grid: Grids = None,
    revision: Revision = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Return a draft to its author, with a remark."""
    with _desk(store) as (desk, by):
        codes = grid or ()
        _tell(asdict(desk.step(number, "return", by=by, text=text, codes=codes, revision=revision)), as_json)


def approve(
    number: Number, text: Text = "", revision: Revision = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Approve a submitted draft."""
    with _desk(store) as (desk, by):
        _tell(asdict(desk.step(number, "approve", by=by, text=text, revision=revision)), as_json)


def drop(
    number: Number, text: Text = "", revision: Revision = None, store: Store = None, as_json: AsJson = False
) -> None:
    """Give a draft up; it stays readable."""
    with _desk(store) as (desk, by):
        _tell(asdict(desk.step(number, "drop", by=by, text=text, revision=revision)), as_json)


def remark(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The remark.")],
    grid: Grids = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Pin a remark to grids, or to the draft."""
    with _desk(store) as (desk, by):
        _tell(asdict(desk.remark(number, text, by=by, codes=grid or ())), as_json)


def settle(
    number: Number,
    note: Annotated[int, typer.Argument(metavar="REMARK", help="Number of the remark.")],
    store: Store = None,
) -> None:
    """Mark a remark as settled."""
    with _desk(store) as (desk, by):
        desk.settle(number, note, by=by)
    print(f"意见 {note} 已处理")


def rebase(number: Number, revision: Revision = None, store: Store = None, as_json: AsJson = False) -> None:
    """Let a draft begin with the current version, if nothing collides."""
    with _desk(store) as (desk, by):
        _tell(asdict(desk.rebase(number, by=by, revision=revision)), as_json)


def publish(
    number: Number,
    effective: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day on which it holds; default: today.")
    ] = None,
    why: Annotated[str, typer.Option(help="The reason, for the audit; default: the draft's title.")] = "",
    revision: Revision = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Publish an approved draft as the next version, in one transaction."""
    with _desk(store) as (desk, by):
        day = effective.date() if effective else None
        done = desk.publish(number, by=by, effective=day, why=why, revision=revision)
    if as_json:
        print_json(done)
        return
    proof = "合格证：无缝" if done["certificate"]["seamless"] else "图层导入时的缺陷仍在"
    print(f"已发布第 {done['seq']} 版，{done['effective']} 起施行；{proof}")
    for old, code in done["codes"].items():
        print(f"  {old} → {code}")
    for row in done["lineage"]:
        shares = f"面积 {row['area_share']:.1%}，户 {row['household_share']:.1%}"
        print(f"  {row['old_code']} → {row['new_code']}  {row['change']}  {shares}")


def _tell(draft: dict[str, Any], as_json: bool) -> None:
    """Tell what a draft is now."""
    if as_json:
        print_json(draft)
    else:
        print(draft_line(draft))


def _tell_change(what: str, done: Any, as_json: bool) -> None:
    """Tell which change was taken back or done again."""
    if as_json:
        print_json(asdict(done))
    else:
        print(f"{what}：{done.nth}. {change_text(done.change)}")
