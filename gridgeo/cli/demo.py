"""``gridgeo demo``: the whole job on a sample city, and what came out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from gridgeo.cli.exits import fails_plainly, print_json, say_no
from gridgeo.cli.progress import stages
from gridgeo.jobs.demo import DemoReport, run_demo
from gridgeo.render.kinds import case_counts, kind_name, says_repaired

__all__ = ["register"]

DEFAULT = Path("demo")

SHOWN_KINDS = 14
"""Rows of the table of findings; the rest is summed up in one line."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(fails_plainly(demo))


def demo(
    out: Annotated[Path, typer.Option(help="Folder to fill; an earlier demo in it is replaced.")] = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Make a sample city with the faults of real layers, merge it, publish it, draw it.

    Exit code 0: done and seamless, 1: the layer is not seamless, 2: the folder cannot be used.
    """
    with stages() as progress:
        report = run_demo(out, progress=progress)
    if as_json:
        print_json(_facts(report))
    else:
        _show(report, Console(highlight=False))
    if not report.result.certificate.seamless:
        say_no()


def _facts(report: DemoReport) -> dict[str, Any]:
    """Return the report as plain values."""
    grids = report.result.grids
    found = report.result.findings.groupby(["severity", "kind"]).size()
    return {
        "folder": str(report.folder),
        "grids": len(grids),
        "communities": len(report.result.communities),
        "households": {"register": report.households, "in_grids": int(grids["households"].sum())},
        "enterprises": {"register": report.enterprises, "in_grids": int(grids["enterprises"].sum())},
        "planted": report.planted,
        "findings": [{"severity": severity, "kind": kind, "count": int(n)} for (severity, kind), n in found.items()],
        "certificate": report.result.certificate.as_dict(),
        "assigned": {name: dict(assigned.counts) for name, assigned in report.assigned.items()},
        "question": report.question,
        "answer": report.answer,
        "seconds": report.seconds,
    }


def _show(report: DemoReport, console: Console) -> None:
    """Print the report for a reader."""
    console.print(f"[bold]{report.city_name}[/]  {len(report.result.inputs.agencies)} 家部门的网格图 agency layers\n")
    _show_findings(report, console)
    _show_layer(report, console)
    _show_lookup(report, console)
    _show_places(report.folder, console)
    total = sum(report.seconds.values())
    console.print(f"\n{total:.0f} s: " + ", ".join(f"{stage} {spent:.0f}" for stage, spent in report.seconds.items()))


def _show_findings(report: DemoReport, console: Console) -> None:
    """Print what was found and repaired, by kind, with one sentence of each."""
    findings = report.result.findings
    console.print(f"[bold]发现与修复 found and repaired[/]  {_summary(findings)}", soft_wrap=True)
    kinds = _by_kind(findings)
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(justify="right", width=5)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for kind, rows in kinds[:SHOWN_KINDS]:
        table.add_row(str(case_counts(rows).sum()), f"{kind_name(kind)} {kind}", str(rows["text"].iloc[0]))
    console.print(table)
    rest = sum(int(case_counts(rows).sum()) for _, rows in kinds[SHOWN_KINDS:])
    if rest:
        console.print(f"[dim]… 另有 {len(kinds) - SHOWN_KINDS} 类 {rest} 处 more kinds in findings.html[/]")


def _summary(findings: pd.DataFrame) -> str:
    """Return how many faults there are, and how many of them were repaired; notes are counted for themselves."""
    cases, severity = case_counts(findings), findings["severity"]
    repaired = findings["text"].map(says_repaired).astype(bool)
    counts = {
        "错误 errors": severity == "error",
        "已修复 repaired": (severity == "warning") & repaired,
        "待核对 to check": (severity == "warning") & ~repaired,
        "提示 notes": severity == "note",
    }
    return "，".join(f"{name} {cases[chosen].sum()}" for name, chosen in counts.items())


def _by_kind(findings: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return findings that are no mere notes by kind, whole-layer faults first, then the most frequent."""
    faults = findings[findings["severity"] != "note"]
    groups = [(str(kind), rows) for kind, rows in faults.groupby("kind")]
    return sorted(groups, key=lambda group: (not _of_whole_layers(group[1]), -len(group[1]), group[0]))


def _of_whole_layers(findings: pd.DataFrame) -> bool:
    """Tell whether findings are about files as wholes: they name no feature and come once per layer."""
    return bool(findings["source_id"].eq("").all() and findings["agency"].is_unique)


def _show_layer(report: DemoReport, console: Console) -> None:
    """Print what was made."""
    result, grids = report.result, report.result.grids
    proof = result.certificate
    verdict = "[green]无缝 seamless[/]" if proof.seamless else "[red]有缝 not seamless[/]"
    console.print("\n[bold]成果 made[/]")
    console.print(f"  {len(grids)} 个网格 grids，{len(result.communities)} 个社区 communities，一格一码 one code each")
    console.print(
        f"  {int(grids['households'].sum()):,} / {report.households:,} 户 households，"
        f"{int(grids['enterprises'].sum()):,} / {report.enterprises:,} 家企业 enterprises"
        "（其余无坐标或在界外 the rest has no usable place）",
        soft_wrap=True,
    )
    console.print(
        f"  合格证 certificate: {verdict}  空隙 gaps {proof.gap_count}，重叠 overlaps {proof.overlap_count}，"
        f"跨社区 crossing {proof.crossing_communities}，重码 duplicate codes {proof.duplicate_codes}",
        soft_wrap=True,
    )


def _show_lookup(report: DemoReport, console: Console) -> None:
    """Print the answer to one coordinate."""
    answer = report.answer
    console.print("\n[bold]查询 look-up[/]")
    where = f"{answer['code'] or answer['status']}  {' / '.join(answer['chain'])}"
    console.print(f"  {report.question} (GCJ-02) → {where}", soft_wrap=True)


def _show_places(folder: Path, console: Console) -> None:
    """Print where to look and what to do next."""
    console.print("\n[bold]在哪里看 where to look[/]")
    for name, what in (
        ("maps/coverage.html", "覆盖图，离线可开 map, opens without internet"),
        ("maps/before_after.png", "合并前后对照 before and after"),
        ("report.html", "合并报告 what was decided, community by community"),
        ("findings.html", "问题清单 every finding, with its place"),
        ("layer.gpkg", "成果图层 for QGIS"),
        ("household_codes.csv", "每户的网格编码 every building's code"),
    ):
        if (folder / name).exists():
            console.print(f"  {folder / name}  [dim]{what}[/]", soft_wrap=True)
    console.print("\n[bold]接下来 next[/]")
    for command in (
        f"gridgeo serve --store {folder / 'gridgeo.gpkg'}",
        f"gridgeo verify {folder / 'layer.gpkg'} --frame {folder / 'layer.gpkg'}::community",
        f"gridgeo inspect {folder / 'city' / 'city.toml'} --out inspected",
    ):
        console.print(f"  .venv/bin/{command}", soft_wrap=True)
