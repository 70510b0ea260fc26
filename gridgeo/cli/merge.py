"""``gridgeo merge``: the main job."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gridgeo.city import City, read_city
from gridgeo.cli.exits import KEPT, fails_plainly, print_json, say_no
from gridgeo.cli.progress import stages
from gridgeo.jobs.compare import Comparison, compare, write_comparison
from gridgeo.jobs.merge import MergeResult, merge, report_of, write_result
from gridgeo.jobs.output import require_writable
from gridgeo.jobs.publish import publish_merged, require_unpublished
from gridgeo.partition.merge import Progress
from gridgeo.render.comparison import HEADS, cells_of, told_missing
from gridgeo.render.kinds import SEVERITY_NAMES, case_counts
from gridgeo.render.merge_report import INTERRUPTED
from gridgeo.settings import Settings
from gridgeo.variants import read_variants, usual_variants

__all__ = ["register"]


ERRORS_SHOWN = 5
"""Errors among the findings that a terminal shows; the report has all."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("merge")(fails_plainly(run))


def run(
    city_file: Annotated[Path, typer.Argument(metavar="CITY.toml", help="The city file.")],
    out: Annotated[Path, typer.Option(help="Folder for layer.gpkg, certificate.json, report.json, report.html.")],
    store: Annotated[str | None, typer.Option(help="Store URL: publish the result there as version 1.")] = None,
    comparing: Annotated[
        bool, typer.Option("--compare", help="Only compare variants: compare.json, compare.html; no layer, no store.")
    ] = False,
    variants: Annotated[
        Path | None, typer.Option(metavar="VARIANTS.toml", help="The variants; without it the usual ones.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Merge a city's agency layers into one seamless, numbered layer. Exit code 1: the result is not seamless.

    Ctrl+C while grids are formed keeps the best so far (exit code 3, never published), before that nothing (130).
    """
    city, user = read_city(city_file), Settings().user
    require_writable(out)
    if comparing or variants:
        if store:
            raise typer.BadParameter("--compare publishes nothing; leave --store out")
        _compare(city, variants, out, as_json=as_json)
        return
    if store:
        require_unpublished(store)
    with stages() as progress:
        result = merge(city, progress=progress, workers=os.cpu_count() or 1)
        progress("write", 0, 1)
        publishing = partial(_publish, result, store, user, progress) if store and _publishable(result) else None
        write_result(result, out, then=publishing)
    if as_json:
        print_json({**report_of(result), "certificate": result.certificate.as_dict()})
    else:
        _tell(result, out, store)
    if not result.certificate.seamless:
        say_no()
    if result.interrupted:
        raise typer.Exit(KEPT)


def _publishable(result: MergeResult) -> bool:
    """Tell whether a result may be published: codes are permanent."""
    return result.certificate.seamless and not result.interrupted


def _compare(city: City, file: Path | None, out: Path, *, as_json: bool) -> None:
    """Compare variants of the city."""
    variants = read_variants(file, city) if file else usual_variants(city)
    with stages() as progress:
        comparison = compare(city, variants, progress=progress, workers=os.cpu_count() or 1)
        write_comparison(comparison, out)
    if as_json:
        print_json(comparison.as_dict())
    else:
        _tell_comparison(comparison, out)
    if comparison.interrupted:
        raise typer.Exit(KEPT)


def _tell_comparison(comparison: Comparison, out: Path) -> None:
    """Print variants side by side, for people."""
    console, table = Console(), Table()
    # Variants stand in columns: so four of them fit a terminal of 80 characters.
    columns = zip(HEADS, *(cells_of(row, comparison.communities) for row in comparison.rows), strict=True)
    for number, lines in enumerate(columns):
        if number:
            table.add_row(*lines)
            continue
        for head in lines:
            table.add_column(head, justify="right" if table.columns else "left", overflow="fold")
    console.print(table)
    for row in comparison.rows:
        for text in row.refusals:
            console.print(f"{row.name}：没有照办：{text}", soft_wrap=True)
    if comparison.missing:
        console.print(told_missing(comparison.missing), soft_wrap=True, markup=False)
    console.print(f"{out / 'compare.html'}", soft_wrap=True)


def _publish(result: MergeResult, store: str, by: str, progress: Progress) -> None:
    """Publish the result as version 1."""
    progress("publish", 0, 1)
    publish_merged(result, store, by=by)


def _tell_findings(console: Console, result: MergeResult) -> None:
    """Print how serious the findings are, and the first that make the result worse."""
    cases = case_counts(result.findings).groupby(result.findings["severity"]).sum()
    told = [f"{word} {int(cases.get(key, 0)):,}" for key, (_, word) in SEVERITY_NAMES.items()]
    console.print(f"  其中{'，'.join(told)}", soft_wrap=True)
    errors = result.findings["text"][result.findings["severity"] == "error"].tolist()
    for text in errors[:ERRORS_SHOWN]:
        console.print(f"  错误：{text}", soft_wrap=True, markup=False)
    if len(errors) > ERRORS_SHOWN:
        console.print(f"  另有 {len(errors) - ERRORS_SHOWN} 条错误，见报告", soft_wrap=True)


def _tell(result: MergeResult, out: Path, store: str | None) -> None:
    """Print what was made, for people."""
    console = Console()
    report = report_of(result)
    homes, firms = (f"{report[of]:,} / {report[f'{of}_register']:,}" for of in ("households", "enterprises"))
    table = Table(show_header=False, box=None, padding=(0, 2))
    table.add_row("网格", f"{report['grids']:,}", "户数", homes)
    table.add_row("社区", f"{len(result.communities):,}", "企业", firms)
    table.add_row("发现", f"{case_counts(result.findings).sum():,}", "规模不合规", f"{report['violations']:,}")
    table.add_row("用时", f"{result.seconds:.1f} 秒", "调整归属户数", f"{report['moved_households']:,}")
    console.print(table)
    _tell_findings(console, result)
    if result.certificate.seamless:
        console.print("[bold]证书：无缝[/bold]（无空隙、无重叠、不越社区界、编码唯一）", soft_wrap=True)
    else:
        console.print("[bold red]证书：未达到无缝[/bold red]，见 certificate.json 的 places", soft_wrap=True)
        if store:
            console.print("未发布：只有无缝的成果才能入库")
    if result.interrupted:
        console.print(f"[bold yellow]{INTERRUPTED}[/bold yellow]", soft_wrap=True)
        if store and result.certificate.seamless:
            console.print("未发布：中断的成果不入库；请重新运行同一命令，待其自行结束", soft_wrap=True)
    # Paths are copied: a line per path, never broken nor read as markup.
    console.print(f"结果：{out / 'layer.gpkg'}", soft_wrap=True, markup=False)
    console.print(f"报告：{out / 'report.html'}", soft_wrap=True, markup=False)
    if store and _publishable(result):
        console.print(f"已发布为版本 1：{store}", soft_wrap=True, markup=False)
