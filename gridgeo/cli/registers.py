"""``gridgeo register``: households, enterprises and buildings into the store, their history, and how many there are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gridgeo.cli.exits import MOSTLY_OUTSIDE, fails_plainly, print_json, say_no
from gridgeo.settings import Settings

__all__ = ["register"]

StoreUrl = Annotated[str | None, typer.Option("--store", help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Kind = Annotated[str | None, typer.Option(help="household, enterprise or building; default: all.")]

MOST_TOLD = 20
"""Refused rows that are told one by one; --json tells all."""


METHODS = {
    "inside": "落在网格内", "border": "在网格边界上（取编码最小者）", "nearest": "就近归入",
    "outside": "在所有网格之外", "none": "没有可用坐标",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(name="register", help="Load registers into the store; their history, and counts per grid.")
    group.command("load")(fails_plainly(load))
    group.command("history")(fails_plainly(history))
    group.command("counts")(fails_plainly(counts))
    app.add_typer(group)


def load(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, Excel or any vector file; FILE::LAYER.")],
    kind: Annotated[str, typer.Option(help="household, enterprise or building.")],
    id_column: Annotated[
        str, typer.Option("--id", help="Column with the ids; of enterprises 统一社会信用代码.")
    ] = "id",
    x: Annotated[str | None, typer.Option(help="Column with longitude or easting of where it works.")] = None,
    y: Annotated[str | None, typer.Option(help="Column with latitude or northing of where it works.")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:…, GCJ-02 or BD-09: must be said for tables.")] = None,
    address: Annotated[str | None, typer.Option(help="Column with the address where it works.")] = None,
    registered_address: Annotated[str | None, typer.Option(help="Column with the registered address.")] = None,
    registered_x: Annotated[str | None, typer.Option(help="Column with x of where it is registered.")] = None,
    registered_y: Annotated[str | None, typer.Option(help="Column with y of where it is registered.")] = None,
    count: Annotated[str | None, typer.Option(help="Column: how many the row stands for; default: 1.")] = None,
    population: Annotated[str | None, typer.Option(help="Column: how many people.")] = None,
    name: Annotated[str | None, typer.Option(help="Column with the name; personal.")] = None,
    phone: Annotated[str | None, typer.Option(help="Column with the telephone number; personal.")] = None,
    person_id: Annotated[str | None, typer.Option(help="Column with the id of a person; personal.")] = None,
    encoding: Annotated[str, typer.Option(help="Of text files.")] = "auto",
    complete: Annotated[bool, typer.Option("--complete", help="The whole register: what it lacks is gone.")] = False,
    use_registered: Annotated[
        bool, typer.Option("--use-registered", help="Without a place of work, the registered one decides the grid.")
    ] = False,
    last_wins: Annotated[
        bool, typer.Option("--last-wins", help="Of contradicting rows of one id the last is taken; else none.")
    ] = False,
    nearest: Annotated[float, typer.Option(min=0, help="Metres within which points outside find a grid.")] = 0,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Load a register: every row checked, put into its grid, compared with what was loaded before.

    Rows that say the same cost nothing; others end the old row and begin a new one. All or nothing is stored. Exit
    code 1: rows were refused; the others are loaded.
    """
    from gridgeo.city import Source  # noqa: PLC0415 - loads what reads files
    from gridgeo.errors import InputError  # noqa: PLC0415
    from gridgeo.intake.entries import KINDS, Form  # noqa: PLC0415
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.jobs.registers import load_register  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    if kind not in KINDS:
        raise InputError(f"{kind!r} is no kind of place; choose one of {', '.join(KINDS)}")
    path, _, part = file.partition("::")
    settings = Settings()
    source = Source(file=path, path=Path(path).absolute(), layer=part or None, crs=crs or "auto", encoding=encoding)
    form = Form(
        source=source, kind=kind, id=id_column, x=x, y=y, address=address, registered_address=registered_address,
        registered_x=registered_x, registered_y=registered_y, count=count, population=population, name=name,
        phone=phone, person_id=person_id,
    )  # fmt: skip
    with Console(stderr=True).status(f"loading {file} …"), open_store(store or settings.store) as opened:
        report = load_register(
            opened, form, by=actor(settings.user), complete=complete, fallback=use_registered, last_wins=last_wins,
            nearest_m=nearest,
        )  # fmt: skip
    if as_json:
        print_json(report.as_dict())
    else:
        print("\n".join(_lines(report)))
    outside, placed = report.methods.get("outside", 0), sum(report.methods.values())
    if 2 * outside > placed:
        print(f"gridgeo: {file}: {MOSTLY_OUTSIDE.format(outside, placed)}", file=sys.stderr)
    if report.refused:
        print(f"gridgeo: {file}: {len(report.refused):,} of {report.rows:,} rows were refused", file=sys.stderr)
        say_no()


def _lines(report: Any) -> list[str]:
    """Return what a planner reads about a load."""
    nothing = "全部被拒绝，未写入" if report.rows == len(report.refused) > 0 else "没有变化，未写入"
    head = nothing if report.load is None else f"登记 {report.load}"
    lines = [
        f"{head}：{report.rows:,} 条，新增 {report.added:,}，变更 {report.changed:,}，不变 {report.unchanged:,}，"
        f"注销 {report.gone:,}，重复合并 {report.repeated:,}，未载入 {len(report.refused):,}"
    ]
    placed = [f"{METHODS[name]} {number:,}" for name, number in report.methods.items() if number]
    lines += [f"　　{'，'.join(placed)}"] if placed else []
    if report.by_registered:
        lines.append(f"　　其中 {report.by_registered:,} 条没有经营地坐标，按 --use-registered 以注册地定位")
    told = list(dict.fromkeys(one.text for one in (*report.refused, *report.settled)))  # rows of one id share theirs
    lines += [f"  · {text}" for text in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        lines.append(f"  · 另有 {len(told) - MOST_TOLD:,} 条，见 --json")
    return lines


def history(
    name: Annotated[str, typer.Argument(metavar="ID", help="As in the register.")],
    kind: Kind = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show personal data to the account GRIDGEO_USER; noted in the audit.")
    ] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything that registers ever said of an id. Exit code 1: none ever named it."""
    from gridgeo.jobs.places import place_history, reader_of_personal  # noqa: PLC0415
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    settings = Settings()
    with open_store(store or settings.store) as opened:
        user = reader_of_personal(opened, actor(settings.user)) if personal else None
        told = place_history(opened, name, kind=kind, user=user)
    if as_json:
        print_json(told)
    else:
        print("\n".join(line for row in told for line in _row_lines(row)))


def _row_lines(row: dict[str, Any]) -> list[str]:
    """Write one state of a place."""
    came, went = row["came"], row["went"]
    since = f"登记 {came['load']}（{came['at'][:10]}，{came['file']}，{came['by']}）" if came else "首次发布"
    until = f"至登记 {went['load']}（{went['at'][:10]}，{went['file']}，{went['by']}）" if went else "现有"
    lines = [f"{row['id']}　自{since}，{until}：{row['address'] or '没有地址'}"]
    if row["registered_address"]:
        lines.append(f"　　注册地址：{row['registered_address']}")
    if row["located_by"] == "registered":
        lines.append("　　以注册地定位（没有经营地坐标）")
    personal = [row[one] for one in ("name", "phone", "person_id") if row[one]]
    lines += [f"　　{'　'.join(personal)}"] if personal else []
    for one in row["grids"]:
        versions = f"第 {one['from']} 版起" if one["to"] is None else f"第 {one['from']}–{one['to'] - 1} 版"
        lines.append(f"  · {versions}：{one['code'] or '不属任何网格'}（{one['method']}）")
    return lines


def counts(
    prefix: Annotated[
        str, typer.Argument(metavar="[CODE]", help="Grids whose code begins so: a grid, a community, a street.")
    ] = "",
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Tell how many places each grid has now, beside the figures that were published."""
    from gridgeo.jobs.registers import register_counts  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    with open_store(store or Settings().store) as opened:
        told = register_counts(opened, prefix)
    if as_json:
        print_json(told)
        return
    if not told:
        print("没有登记")
    for row in told:
        published = "" if row["published"] is None else f"（发布时 {row['published']:,}）"
        people = f"，{row['population']:,} 人" if row["population"] else ""
        code = row["code"] or "不属任何网格"
        print(f"{code}　{row['kind']}　{row['places']:,} 条，计 {row['count']:,}{published}{people}")
