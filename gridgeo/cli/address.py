"""``gridgeo address``: the library of addresses and places in the store; other names; feedback; the parser alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from gridgeo.cli.exits import MOSTLY_OUTSIDE, fails_plainly, print_json, say_no
from gridgeo.cli.progress import stages
from gridgeo.settings import Settings

__all__ = ["register"]

StoreUrl = Annotated[str | None, typer.Option("--store", help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Source = Annotated[str | None, typer.Option(help="Of which source; default: any.")]

MOST_SHOWN = 20
"""Sentences that are told one by one; --json tells more."""

ACTS = {"load": "载入", "remove": "删除", "alias": "别名", "unalias": "撤销别名", "feedback": "反馈"}
KINDS = {"address": "地址", "place": "地名、单位"}
NAMES = {"alias": "别名", "former": "曾用名"}


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(name="address", help="Load addresses and places into the store's library; names and feedback.")
    for command in (load, info, remove, alias, feedback, parse):
        group.command(command.__name__)(fails_plainly(command))
    app.add_typer(group)


def load(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="CSV, Excel, Parquet or any vector file; FILE::LAYER.")
    ] = "",
    id_column: Annotated[str, typer.Option("--id", help="Column with the ids.")] = "id",
    address: Annotated[
        str | None, typer.Option(help="Column with the addresses; several are joined: 区县,街道,道路,门牌号.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Column with names of enterprises or places.")] = None,
    x: Annotated[str | None, typer.Option(help="Column with longitude or easting.")] = None,
    y: Annotated[str | None, typer.Option(help="Column with latitude or northing; as --x if one has both.")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:…, GCJ-02 or BD-09: must be said for tables.")] = None,
    encoding: Annotated[str, typer.Option(help="Of text files.")] = "auto",
    source: Annotated[str, typer.Option(help="Under which rows are kept; default: the file's name.")] = "",
    complete: Annotated[bool, typer.Option("--complete", help="The whole source: what it lacks is removed.")] = False,
    last_wins: Annotated[
        bool, typer.Option("--last-wins", help="Of contradicting rows of one id the last is taken; else none.")
    ] = False,
    later: Annotated[
        bool, typer.Option("--later", help="Leave the search index to the first question: more files are to come.")
    ] = False,
    registers: Annotated[
        bool, typer.Option("--registers", help="Instead of FILE: the enterprises of the store's own register.")
    ] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Load addresses or places: every row checked, compared with what its source had before.

    Rows that say the same cost nothing, other sources are not touched, and all or nothing is stored. Exit code 1: rows
    were refused; the others are loaded.
    """
    from gridgeo.city import Source as File  # noqa: PLC0415 - loads what reads files
    from gridgeo.errors import InputError  # noqa: PLC0415
    from gridgeo.intake.address_file import AddressForm  # noqa: PLC0415
    from gridgeo.jobs.address_library import prepare  # noqa: PLC0415
    from gridgeo.jobs.addresses import load_addresses, load_enterprises  # noqa: PLC0415
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    if bool(file) == registers:
        raise InputError("name a file, or --registers for the enterprises of the store's own register")
    settings = Settings()
    path, _, part = file.partition("::")
    stands = File(file=path, path=Path(path).absolute(), layer=part or None, crs=crs or "auto", encoding=encoding)
    with open_store(store or settings.store) as opened, stages() as tell:
        by = actor(settings.user)
        if registers:
            report = load_enterprises(opened, by=by, tell=tell)
        else:
            form = AddressForm(source=stands, id=id_column, address=address, name=name, x=x, y=y)
            report = load_addresses(
                opened, form, by=by, source=source, complete=complete, last_wins=last_wins, tell=tell
            )
        shelved = None
        if report.change is not None and not later:
            tell("index", 0, 1)
            shelved = prepare(store or settings.store)  # now, so that the first question need not wait for it
    if as_json:
        print_json(report.as_dict())
    else:
        print("\n".join([*_lines(report), *_of_library(shelved)]))
    taken = report.rows - report.refused_rows
    if 2 * report.far > taken:
        print(f"gridgeo: {file}: {MOSTLY_OUTSIDE.format(report.far, taken)}", file=sys.stderr)
    if report.refused_rows:
        print(f"gridgeo: {file}: {report.refused_rows:,} of {report.rows:,} rows were refused", file=sys.stderr)
        say_no()


def _lines(report: Any) -> list[str]:
    """Return what a planner reads about a load."""
    nothing = "全部被拒绝，未写入" if report.rows == report.refused_rows > 0 else "没有变化，未写入"
    lines = [
        f"{nothing if report.change is None else f'地址库第 {report.change} 次变更'}：来源“{report.source}”，"
        f"{report.rows:,} 条，新增 {report.added:,}，变更 {report.changed:,}，不变 {report.unchanged:,}，"
        f"删除 {report.gone:,}，重复合并 {report.repeated:,}，未载入 {report.refused_rows:,}"
    ]
    if report.places:
        lines.append(f"　　其中地名、单位 {report.places:,} 条")
    if report.far:
        lines.append(f"　　坐标远在网格范围外 {report.far:,} 条，已载入，请核对")
    lines += [f"　　{note}" for note in report.notes]
    told = list(dict.fromkeys(one.text for one in (*report.refused, *report.settled, *report.doubts)))
    lines += [f"  · {text}" for text in told[:MOST_SHOWN]]
    if len(told) > MOST_SHOWN:
        lines.append("  · 其余见 --json")
    return lines


def _of_library(shelved: Any) -> Iterator[str]:
    """Yield what a planner reads about rows that could not be taken apart, or whose points cannot be."""
    library = None if shelved is None else shelved.library
    if library is None:
        return
    for rows, sentence in (
        (library.unread, "地址库中有 {} 条未能拆分（如{}），仍可按全文查询"),
        (
            library.astray,
            "地址库中有 {} 条坐标存疑（如{}），远离同楼、同院或同路的其他地址，查询时按其他地址推定，请核对",
        ),
    ):
        some = "、".join(f"“{library.texts.of(int(row))}”" for row in rows[:3])
        if len(rows):
            yield "　　" + sentence.format(f"{len(rows):,}", some)


def info(store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Tell what the library holds: sources, rows, other names, feedback, the latest changes."""
    from gridgeo.jobs.address_words import library_info  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    with open_store(store or Settings().store) as opened:
        told = library_info(opened)
    if as_json:
        print_json(told)
        return
    print(f"地址库：{told['rows']:,} 条，别名 {len(told['aliases']):,} 个，反馈 {told['feedback']:,} 条")
    for one in told["sources"]:
        print(f"  · {one['source']}：{KINDS[one['kind']]} {one['rows']:,} 条")
    for one in told["aliases"][:MOST_SHOWN]:
        print(f"  · {one['alias']} → {one['name']}（{NAMES[one['kind']]}）")
    if len(told["aliases"]) > MOST_SHOWN:
        print("  · 其余别名见 --json")
    if told["changes"]:
        print("最近的变更：")
    for one in told["changes"]:
        print(f"  · {_change(one)}")


def _change(one: dict[str, Any]) -> str:
    """Write one change of the journal."""
    report = one["report"]
    if one["act"] == "load":
        figures = f"新增 {report['added']:,}，变更 {report['changed']:,}，删除 {report['gone']:,}"
    elif one["act"] == "remove":
        figures = f"{report['went']:,} 条"
    else:
        figures = " → ".join(str(report[key]) for key in ("alias", "name", "id", "code") if report.get(key))
    where = f"“{one['source']}”" if one["source"] else ""
    return f"第 {one['nth']} 次（{one['at']:%Y-%m-%d}，{one['by']}）：{ACTS[one['act']]}{where}，{figures}"


def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Of rows of the library.")],
    source: Source = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Remove rows by id. Exit code 1: an id is unknown; the others are removed."""
    from gridgeo.jobs.addresses import remove_addresses  # noqa: PLC0415
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    settings = Settings()
    with open_store(store or settings.store) as opened:
        told = remove_addresses(opened, ids, by=actor(settings.user), source=source)
    if as_json:
        print_json(told)
    else:
        print("；".join(f"来源“{name}”删除 {count:,} 条" for name, count in told["removed"].items()))
    if told["unknown"]:
        print(f"gridgeo: no row has id {', '.join(told['unknown'])}", file=sys.stderr)
        say_no()


def alias(
    other: Annotated[str, typer.Argument(metavar="ALIAS", help="What people say.")],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The name that rows bear.")] = "",
    former: Annotated[bool, typer.Option("--former", help="A name that is not in use any more.")] = False,
    drop: Annotated[bool, typer.Option("--remove", help="Remove the alias, of NAME or of all.")] = False,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Enter another name of a road, estate, community or place, or remove it."""
    from gridgeo.errors import InputError  # noqa: PLC0415
    from gridgeo.jobs.address_words import add_alias, remove_alias  # noqa: PLC0415
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    if not name and not drop:
        raise InputError(f"say what {other!r} is another name of, or --remove to remove it")
    settings = Settings()
    by = actor(settings.user)
    with open_store(store or settings.store) as opened:
        if drop:
            told = remove_alias(opened, other, name or None, by=by)
        else:
            told = add_alias(opened, other, name, by=by, kind="former" if former else "alias")
    if as_json:
        print_json(told)
    elif drop:
        print(f"已撤销别名“{told['alias']}”（{told['removed']:,} 处）")
    else:
        print(f"已登记{NAMES[told['kind']]}：{told['alias']} → {told['name']}")
        if not told["known"]:
            print(f"　　注意：库中没有地址、单位、社区或网格名含“{told['name']}”，请核对写法")


def feedback(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="The text as it was asked.")],
    row_id: Annotated[str, typer.Option("--id", help="The row of the library that it was.")] = "",
    code: Annotated[str, typer.Option(help="Instead of a row: the grid that it was.")] = "",
    source: Source = None,
    note: Annotated[str, typer.Option(help="Kept with it; names no person.")] = "",
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Enter what a text meant, so that it is found the next time."""
    from gridgeo.jobs.address_words import add_feedback  # noqa: PLC0415
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    settings = Settings()
    with open_store(store or settings.store) as opened:
        told = add_feedback(opened, query, by=actor(settings.user), row_id=row_id, source=source, code=code, note=note)
    if as_json:
        print_json(told)
    else:
        print(f"已记下：{told['query']} → {told['id'] or told['code']}")


def parse(
    file: Annotated[Path, typer.Argument(metavar="IN.csv", help="CSV with a column of addresses.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="….csv")],
    column: Annotated[str, typer.Option(help="Column with the addresses.")] = "query",
) -> None:
    """Take addresses apart into their levels; no library is needed."""
    from gridgeo.jobs.address_parse import parse_addresses  # noqa: PLC0415

    rows = parse_addresses(file, output, column)
    print(f"{rows:,} addresses -> {output}")
