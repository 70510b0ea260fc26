"""``gridgeo history``: what a code ever was, the versions of a store, and the way back to one of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.settings import Settings

__all__ = ["CodeFirst", "register"]

StoreUrl = Annotated[str | None, typer.Option("--store", help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


class CodeFirst(TyperGroup):
    """Takes ``gridgeo history CODE`` for ``gridgeo history show CODE``."""

    default = "show"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command in front of what begins with no command's name."""
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    help_text = "Tell what a code ever was, or all versions; go back to an earlier version."
    group = typer.Typer(name="history", help=help_text, cls=CodeFirst)
    group.command("show")(fails_plainly(show))
    group.command("rollback")(fails_plainly(rollback))
    app.add_typer(group)


def show(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="Of a grid, current or retired.")] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything that a code ever was; without a code, list the versions. Exit code 1: it was never given."""
    from gridgeo.jobs.history import history_of, version_list  # noqa: PLC0415 - loads the rules of drafts
    from gridgeo.store.base import open_store  # noqa: PLC0415

    with open_store(store or Settings().store) as opened:
        told: Any = version_list(opened) if code is None else history_of(opened, code)
    if as_json:
        print_json(told)
    else:
        print("\n".join(_version_lines(told) if code is None else _lines(told)))


def rollback(
    to: Annotated[str, typer.Argument(metavar="VERSION", help="The version to go back to: a number, or a day.")],
    why: Annotated[str, typer.Option(help="The reason, for the audit.")],
    store: StoreUrl = None,
    effective: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="First day of the new version; default: today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish the inverse of everything since a version, as a new version; nothing is deleted.

    Codes that were retired since come back, codes that were given since are retired and never given again.
    """
    from gridgeo.jobs.history import roll_back  # noqa: PLC0415 - loads the rules of drafts
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    settings = Settings()
    with open_store(store or settings.store) as opened:
        made = roll_back(opened, to, by=actor(settings.user), why=why, effective=effective)
    if as_json:
        print_json(made)
    else:
        seamless = "seamless" if made["certificate"]["seamless"] else "not seamless"
        print(
            f"published version {made['seq']}, the same as version {made['to']}: holds from {made['effective']}, "
            f"{made['grids']} grids changed, {seamless}, digest {made['digest'][:12]}"
        )


def _version_lines(versions: list[dict[str, Any]]) -> list[str]:
    """Return one line per version, the newest first."""
    if not versions:
        return ["还没有发布任何版本"]
    return [_version_line(one) for one in reversed(versions)]


def _version_line(one: dict[str, Any]) -> str:
    """Write one version."""
    draft = f"，草案 {one['draft']}（{one['author']}）" if one["draft"] else ""
    why = f"，原因：{one['why']}" if one["why"] and one["why"] != one["title"] else ""
    mark = "（现行）" if one["holds"] else ""
    return (
        f"第 {one['seq']} 版{mark}　{one['effective']} 起　{one['title'] or '首次发布'}　{one['published_by']} 发布于 "
        f"{one['published'][:10]}{draft}{why}"
    )


def _lines(told: dict[str, Any]) -> list[str]:
    """Return a grid's history as a planner reads it."""
    state = {"current": "现行", "retired": "已停用", "not_yet": "尚未启用"}[told["status"]]
    lines = [f"{told['code']}　{told['rows'][-1]['full_name']}（{state}）"]
    lines += [told["text"]] if told["text"] else []
    lines += ["各版："]
    for row in told["rows"]:
        versions = f"{row['from']}–{row['to'] - 1}" if row["to"] and row["to"] - 1 > row["from"] else str(row["from"])
        figures = f"{row['households']:,} 户、{row['population']:,} 人、{row['enterprises']:,} 家企业"
        what = "；".join(row["became"])
        lines.append(f"  · 第 {versions} 版（{_days(row)}）：{what}；{row['full_name']}，{figures}")
    for key, title, share in (("ancestors", "来自：", "new_"), ("successors", "去往：", "")):
        lines += [title] if told[key] else []
        lines += [
            f"  · 第 {one['version']} 版（{one['effective']}）{CHANGES[one['change']]} {one['code']}，"
            f"占{'本格' if share else '原格'}面积 {one[f'{share}area_share']:.0%}、"
            f"户数 {one[f'{share}household_share']:.0%}"
            for one in told[key]
        ]
    for key, title in (("locks", "锁定："), ("explanations", "说明：")):
        lines += [title] if told[key] else []
        lines += [f"  · {_span_line(one)}" for one in told[key]]
    return [*lines, "发布：", *(f"  · {_version_line(one)}" for one in told["publications"])]


CHANGES = {"U": "不变（U）", "S": "拆分（S）", "M": "合并（M）", "X": "交错调整（X）"}


def _span_line(one: dict[str, Any]) -> str:
    """Write one lock or explanation."""
    return f"{_days(one)}：{one.get('reason') or one['rule'] + '：' + one['text']}"


def _days(one: dict[str, Any]) -> str:
    """Write from which day to which something held; both days are within."""
    if one["until"] is None:
        return f"{one['effective']} 起"
    last = date.fromisoformat(one["until"]) - timedelta(days=1)
    return f"{one['effective']} 至 {last}" if last.isoformat() >= one["effective"] else f"{one['effective']} 当日更替"
