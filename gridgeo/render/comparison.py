"""Variants of a merge side by side, as cells and as a page.

In: a name and figures per variant. Out: the table's heads and cells, for the command and for ``compare.html``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gridgeo.model import VariantFigures
from gridgeo.render.report_page import Cell, mark, page, section, table

__all__ = ["HEADS", "Row", "cells_of", "comparison_html", "told_missing"]

HEADS = ("方案", "网格", "规模不合规", "移动户数", "保留原网格", "紧凑度", "界线分歧 km", "已证最优", "差距", "秒")
"""Heads of the table; `cells_of` has as many."""


class Row(NamedTuple):
    """One variant."""

    name: str
    figures: VariantFigures
    refusals: tuple[str, ...]
    """Wishes that were not granted, and why."""


def cells_of(row: Row, communities: int) -> list[str]:
    """Return the cells of a variant as text.

    Parameters
    ----------
    row : Row
    communities : int
        How many there are.
    """
    figures = row.figures
    return [
        row.name, f"{figures.grids:,}", f"{figures.violations:,}", f"{figures.moved_households:,}",
        f"{figures.kept_grids:,}", f"{figures.compactness:.3f}", f"{figures.disagreement_m / 1000:.2f}",
        f"{figures.proven}/{communities}", "—" if figures.gap is None else f"{100 * figures.gap:.2f} %",
        f"{figures.seconds:.1f}",
    ]  # fmt: skip


def told_missing(missing: Sequence[str]) -> str:
    """Return the sentence about variants that Ctrl+C left out."""
    return f"比较被中断（Ctrl+C），未完成的方案不列入：{'、'.join(missing)}；请重新运行"


def comparison_html(city: str, communities: int, rows: Sequence[Row], *, missing: Sequence[str] = ()) -> str:
    """Return the page of a comparison.

    Parameters
    ----------
    city : str
    communities : int
    rows : sequence of Row
    missing : sequence of str, keyword-only
        Variants that Ctrl+C left out.
    """
    body: list[Sequence[Cell]] = [cells_of(row, communities) for row in rows]
    note = (
        "各方案用同一批地块，只重新归并；界线分歧一律按城市文件的权重计算，越小越好；"
        "差距为目标值与已证明下界之差，0 即已证明最优。选定后把设置写入城市文件，再运行 gridgeo merge。"
    )
    cut = f"<p>{mark('warning', told_missing(missing))}</p>" if missing else ""
    parts = [f"<h1>{_escaped(city)}：方案比较</h1>{cut}", section("各方案", table(HEADS, body), note=note)]
    refused: list[Sequence[Cell]] = [(row.name, text) for row in rows for text in row.refusals]
    if refused:
        parts.append(section("没有照办的要求", table(("方案", "要求与原因"), refused)))
    return page(f"{city}：方案比较", "".join(parts))


def _escaped(text: str) -> str:
    """Return a text as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
