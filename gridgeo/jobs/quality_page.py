"""The quality of a register for planners: a table in the terminal, a page to hand on.

In: a `QualityReport`. Out: Chinese text, HTML, JSON. Nothing is judged here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gridgeo.errors import InputError
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.quality_report import QualityReport
from gridgeo.locate.datum import label_of
from gridgeo.locate.datum_text import chinese
from gridgeo.locate.plausible import Misfit
from gridgeo.locate.repeats import Repeated
from gridgeo.render.report_page import Cell, figure, mark, page, section, table

__all__ = ["ENDINGS", "plain_text", "quality_html", "require_ending", "write_report"]

ENDINGS = (".html", ".json")

_FROM = {
    "declared": "由 --crs 声明",
    "file": "文件自带",
    "shown": "未声明，由地址推定",
    "unknown": "未声明，也无法推定",
}

_MISFITS = {
    "swapped": "横纵坐标颠倒：请以经度（或东坐标）为 x、纬度（或北坐标）为 y",
    "degrees": "坐标是经纬度（度），声明的却是以米为单位的坐标系",
    "metres": "坐标以米为单位，声明的却是经纬度坐标系",
    "abroad": "GCJ-02、BD-09 只用于中国，图层却在国外",
    "other": "按声明的坐标系读取，坐标不在图层附近，按另一坐标系读取则在",
    "far": "按任何常见坐标系读取，多数坐标都不在图层附近：请核对文件、图层和坐标列",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the report."""

    name: str
    count: int | None
    """None: it could not be told."""
    remark: str = ""


def _lines(report: QualityReport) -> Iterator[Line]:
    """Yield the figures in the order in which planners ask for them."""
    rows, found = report.rows, report.positions
    yield Line("记录总数", rows.rows)
    yield Line("无坐标", rows.without_coordinate)
    yield Line("坐标为 (0, 0)", rows.at_zero, "含与 0 相差不足 0.01 者")
    yield Line("坐标不可能", rows.impossible, "既不是经纬度，也不是任何投影坐标")
    unknown = "" if found else "坐标系未定，无法判断"
    yield Line("在图层内", found.inside if found else None, unknown)
    yield Line("在图层外，不足 1 公里", found.nearby if found else None, unknown)
    yield Line("在图层外，1 公里以上", found.away if found else None, unknown)
    yield Line("坐标完全相同的记录", rows.identical.rows, _groups(rows.identical, "处", "同一栋楼的住户坐标相同属正常"))
    yield Line("无编号", rows.without_id)
    yield Line("编号重复的记录", rows.repeated_ids.rows, _groups(rows.repeated_ids, "个编号", ""))
    if report.has_addresses:
        yield Line("有地址", rows.with_address)
        yield Line("地址写明社区或街道", rows.verdict.named, "名称唯一、且在本图层内")
        yield Line("坐标就在地址所写之处", found.agree if found else None, unknown)
        yield Line(f"离地址所写社区 {report.further_than_m:g} 米以上", found.far if found else None, unknown)


def _groups(found: Repeated, unit: str, remark: str) -> str:
    """Say of how many groups repeated rows are, and whether that was counted or estimated."""
    largest = f"，最多的一{unit[0]} {found.largest[0][1]} 条" if found.largest else ""
    estimated = "" if found.share == 1 else f"，按抽取的 {found.share:.1%} 推算"
    parts = [f"共 {found.groups} {unit}{largest}{estimated}" if found.groups else "", remark]
    return "；".join(part for part in parts if part)


def _verdict(report: QualityReport) -> str:
    """Say which system was used and what speaks for or against it."""
    name = label_of(report.crs) if report.crs else "未定"
    sentence = f"坐标系：{name}（{_FROM[report.crs_from]}）。"
    if report.contradicted:
        sentence += f"地址却表明应为 {report.rows.verdict.best}，请与提供单位核对。"
    if report.placeless:
        sentence += "没有一条记录有坐标，请核对坐标列和图层。"
    elif report.crs is None:
        sentence += (
            "请向提供单位核实，用 --crs 声明 EPSG:4490（CGCS2000、GPS、天地图）、GCJ-02（高德、腾讯）或 BD-09（百度）"
        )
        sentence += "。" if report.has_addresses else "，或用 --address 指明地址列。"
    return sentence


def _misfit(misfit: Misfit) -> str:
    """Say why coordinates cannot be what was declared."""
    fits = f"（{misfit.crs}）" if misfit.kind == "other" else ""
    return f"{_MISFITS[misfit.kind]}{fits}。"


def plain_text(report: QualityReport) -> str:
    """Return the report as lines for a terminal.

    Parameters
    ----------
    report : QualityReport
    """
    told = [f"登记表质量：{report.file}", _verdict(report)]
    if report.misfit:
        told.append(_misfit(report.misfit))
    told += [
        f"  {line.name}：{_number(line.count)}{f'（{line.remark}）' if line.remark else ''}" for line in _lines(report)
    ]
    if report.has_addresses:
        told.append(chinese(report.rows.verdict))
    for title, heads, rows in _tables(report):
        told.append(f"{title}（{'，'.join(heads)}）：")
        told += ["  " + "  ".join(_written(cell) for cell in row) for row in rows]
    return "\n".join(told)


def _number(count: int | None) -> str:
    return "—" if count is None else f"{count:,}"


def _written(cell: Cell) -> str:
    """Return a cell of a table as text; coordinates keep their digits."""
    return f"{cell:.10g}" if isinstance(cell, float) else str(cell)


def _tables(report: QualityReport) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Cell, ...]]]]:
    """Yield the examples: title, heads, rows."""
    found = report.positions
    if found and found.far_examples:
        rows: list[tuple[Cell, ...]] = [
            (far.id, far.place, far.distance_m, *_pair(far.x, far.y)) for far in found.far_examples
        ]
        yield "离地址所写社区最远的记录", ("编号", "地址所写", "相距（米）", "x", "y"), rows
    if found and found.away_examples:
        rows = [(far.id, far.distance_m, *_pair(far.x, far.y)) for far in found.away_examples]
        yield "离图层最远的记录", ("编号", "距图层外接矩形（米）", "x", "y"), rows
    if report.largest_places:
        rows = [(number, *_pair(*place)) for place, number in report.largest_places]
        yield "坐标相同最多之处", ("记录数", "x", "y"), rows
    if report.repeated_ids:
        yield "重复最多的编号", ("编号", "记录数"), [(name, number) for name, number in report.repeated_ids]


def _pair(x: float, y: float) -> tuple[str, str]:
    """Return coordinates as text: degrees have more decimals than a table shows."""
    return f"{x:.10g}", f"{y:.10g}"


def quality_html(report: QualityReport) -> str:
    """Return the report as one page without outside references.

    Parameters
    ----------
    report : QualityReport
    """
    word = mark("fine", "坐标可以使用") if report.usable else mark("error", "坐标不能直接使用")
    words = [_verdict(report), *([_misfit(report.misfit)] if report.misfit else [])]
    heads = [f"<h1>登记表质量：{_escaped(report.file)}</h1>", f'<p class="verdict">{word}</p>']
    heads += [f"<p>{_escaped(sentence)}</p>" for sentence in words]
    found = report.positions
    headline = [
        ("记录", report.rows.rows),
        ("图层内", found.inside if found else None),
        ("无坐标", report.rows.without_coordinate),
    ]
    heads.append(f'<div class="figures">{"".join(figure(name, value) for name, value in headline)}</div>')
    rows = [(line.name, line.count, line.remark) for line in _lines(report)]
    body = [section("各项数字", table(("项目", "条数", "说明"), rows))]
    if report.has_addresses:
        readings = [(fit.name, fit.agree, fit.best_only, fit.this_only) for fit in report.rows.verdict.fits]
        fits = table(("坐标系", "吻合", "仅最佳者吻合", "仅此项吻合"), readings)
        body.append(section("坐标系的依据", fits, note=chinese(report.rows.verdict)))
    body += [section(title, table(names, examples)) for title, names, examples in _tables(report)]
    return page(f"登记表质量：{report.file}", "".join([*heads, *body]))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def require_ending(output: Path) -> None:
    """Refuse a report of an unknown kind, before the work.

    Raises
    ------
    InputError
    """
    if output.suffix.lower() not in ENDINGS:
        raise InputError(f"{output}: a report is written to a name that ends in {' or '.join(ENDINGS)}")


def write_report(report: QualityReport, output: Path) -> None:
    """Write a report as HTML or JSON; the file appears only when it is complete.

    Parameters
    ----------
    report : QualityReport
    output : Path

    Raises
    ------
    InputError
        If its ending is unknown.
    """
    require_ending(output)
    with written_whole(output) as part:
        if output.suffix.lower() == ".json":
            part.write_text(json.dumps(report.as_dict(), ensure_ascii=False, indent=1), encoding="utf-8")
        else:
            part.write_text(quality_html(report), encoding="utf-8")
