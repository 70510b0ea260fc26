"""The report of a merge that planners read: one Chinese HTML file, printable, without any outside reference.

In: everything a merge hands out (`MergeFacts`). Out: the page. Before: check and number; the job writes it beside the
layer as ``report.html``.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from gridgeo.model import SEVERITIES, AgencyLayer, Certificate, CommunityReport, Inputs
from gridgeo.render.before_after import before_after
from gridgeo.render.conflicts import ConflictFacts, conflicts_section
from gridgeo.render.footer import INTERNAL
from gridgeo.render.kinds import GRID_KINDS, LAYER_NAMES, SEVERITY_NAMES, case_counts, kind_name
from gridgeo.render.legend import legend_rows, legend_title
from gridgeo.render.recipe import Recipe
from gridgeo.render.report_page import Cell, figure, mark, page, section, table
from gridgeo.render.ruled import UNLIMITED, ruled

__all__ = ["INTERRUPTED", "MergeFacts", "merge_report_html"]

STATUS_WORDS = {"optimal": "最优", "bounded": "有界", "heuristic": "启发式"}
CHANGE_WORDS = {"U": "未变", "S": "拆分", "M": "合并", "X": "交错"}
BARRIER_WORDS = {"river": "河流", "rail": "铁路", "arterial": "主干道", "street": "街道", "wall": "围墙"}
COLUMN_WORDS = (
    "原子：各部门边界线叠合后的最小图斑；求解“启发式”：逐步改进得到，不证明最优；目标值：各部门不赞成的边界长度（加权米），越小越好；"
    "下界：任何划分都不可能更小的值；差距：目标值与下界之差占目标值的比例；换格户数：离开原基准网格的户数。"
)
"""What the columns of the communities mean."""
INTERRUPTED = "优化被中断（Ctrl+C）：未算完的社区为当时的最好结果，与完整运行不同；请重新运行后再发布"
"""What a report says if Ctrl+C ended the optimisation."""
LONG_TABLE = 40
"""Rows from which a table is folded; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeFacts:
    """Everything that a report tells about one merge; tables as in `gridgeo.tables`."""

    inputs: Inputs
    grids: gpd.GeoDataFrame
    communities: gpd.GeoDataFrame
    provenance: pd.DataFrame
    crosswalk: pd.DataFrame
    findings: gpd.GeoDataFrame
    certificate: Certificate
    reports: tuple[CommunityReport, ...]
    reasons: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    seconds: float | None = None
    """Wall time of the merge."""
    interrupted: bool = False
    """Ctrl+C ended the optimisation."""


def merge_report_html(facts: MergeFacts) -> str:
    """Write the report of a merge.

    Parameters
    ----------
    facts : MergeFacts

    Returns
    -------
    str
        One HTML file. The same facts give the same page.
    """
    city = facts.inputs.city
    body = (
        f"<header><h1>{html.escape(city.name)}多格合一报告</h1><p class='margin'>{_rule(facts)}，"
        f"坐标系 {html.escape(city.crs)}，编码方案 {html.escape(city.layout)}</p></header>"
        + _headline(facts)
        + section("合并前后", _picture(facts), note="分歧最多的一处：左为各部门原图，右为合并后的网格。")
        + _certificate(facts.certificate)
        + section("网格规模", _sizes(facts))
        + section("各部门图层", _agencies(facts), note="去向：原网格在新网格中未变、拆分、合并或与多格交错的个数。")
        + conflicts_section(
            ConflictFacts(
                reasons=facts.reasons, outcomes=facts.outcomes, grids=facts.grids, agencies=facts.inputs.agencies
            )
        )
        + section("其他输入", _other_inputs(facts.inputs), note="社区界、道路水系、专属区域和登记表。")
        + section("发现的问题", _findings(facts), note="处数：逐条列出的与合并成一条的都计入。")
        + _violations(facts)
        + _communities(facts)
        + f"<p class='margin'>{INTERNAL}</p>"
    )
    return page(f"{city.name}多格合一报告", body)


def _recipe(facts: MergeFacts) -> Recipe:
    """Return how grids are classed by the city's rules."""
    return ruled(Recipe(title=""), {"households": facts.inputs.city.rules.households}, facts.grids)


def _rule(facts: MergeFacts) -> str:
    """Return the rule on households in words."""
    low, high = facts.inputs.city.rules.households
    if high < UNLIMITED:
        return f"规则：每格 {low}–{high} 户"
    return f"规则：每格至少 {low} 户" if low else "未设户数规则"


def _headline(facts: MergeFacts) -> str:
    """Return the verdict and the figures below it."""
    seamless = facts.certificate.seamless
    verdict = (
        mark("fine", "无缝：全域覆盖，无空隙、无重叠、不跨社区") if seamless else mark("error", "尚未无缝，见证书")
    )
    figures = [
        figure("网格", len(facts.grids), "个"),
        figure("社区（村）", len(facts.communities), "个"),
        figure("户数", int(facts.grids["households"].sum()), "户"),
        figure("企业", int(facts.grids["enterprises"].sum()), "家"),
        figure("面积", facts.certificate.frame_area_m2 / 1e6, "平方千米"),
        figure("换格户数", sum(report.moved_households for report in facts.reports), "户"),
        figure("未达规则", sum(len(report.violations) for report in facts.reports), "处"),
    ]
    if facts.seconds is not None:
        figures.append(figure("用时", round(facts.seconds, 1), "秒"))
    cut = f"<p>{mark('warning', INTERRUPTED)}</p>" if facts.interrupted else ""
    return f"<p class='verdict'>{verdict}</p>{cut}<div class='figures'>{''.join(figures)}</div>"


def _picture(facts: MergeFacts) -> str:
    """Return the picture as inline SVG."""
    svg = before_after(
        facts.inputs.agencies,
        facts.grids,
        facts.communities,
        findings=facts.findings,
        kind="svg",
        limits=facts.inputs.city.rules.households,
    ).decode()
    return svg[svg.index("<svg") :]


def _certificate(certificate: Certificate) -> str:
    """Return the certificate's figures, each judged; one line to open if all are zero."""
    counts = {
        "空隙": (certificate.gap_count, certificate.gap_area_m2),
        "重叠": (certificate.overlap_count, certificate.overlap_area_m2),
        "越出范围": (certificate.outside_count, certificate.outside_area_m2),
        "跨社区的网格": (certificate.crossing_communities, None),
        "没有网格的社区": (certificate.communities_without_grid, None),
        "无效图形": (certificate.invalid, None),
        "空图形": (certificate.empty, None),
        "多部分图形": (certificate.multipart, None),
        "不是面的图形": (certificate.not_polygon, None),
        "未咬合的边": (certificate.unmatched_edges, None),
        "未抵消的边": (certificate.uncancelled_edges, None),
        "重复编码": (certificate.duplicate_codes, None),
        "不合格编码": (certificate.malformed_codes, None),
    }
    rows: list[tuple[Cell, ...]] = [
        (name, count, area, mark("fine", "合格") if not count else mark("error", "不合格"))
        for name, (count, area) in counts.items()
    ]
    places = [(str(place.get("kind", "")), str(place.get("code", "")), place.get("x"), place.get("y"))
              for place in certificate.places]  # fmt: skip
    where = section("缺陷位置", table(("缺陷", "编码", "x（米）", "y（米）"), places), folded=True) if places else ""
    figures, note = table(("项目", "个数", "面积（平方米）", "结论"), rows), "由成果几何独立计算，各项都为零才算无缝。"
    if not certificate.seamless:
        return section("无缝证书", figures + where, note=note)
    return section(f"无缝证书：{len(rows)} 项全部为零", figures, note=note, folded=True)


def _sizes(facts: MergeFacts) -> str:
    """Return how many grids lie in each class of the rules, and of each kind."""
    recipe = _recipe(facts)
    classed: list[tuple[Cell, ...]] = [
        (row.label.replace("　", "，"), row.count) for row in legend_rows(facts.grids, recipe)
    ]
    kinds = facts.grids.groupby("kind", sort=True)["households"].agg(["size", "sum", "min", "median", "max"])
    rows: list[tuple[Cell, ...]] = [
        (GRID_KINDS.get(str(kind), str(kind)), *(int(value) for value in figures))
        for kind, figures in zip(kinds.index, kinds.to_numpy(), strict=True)
    ]
    heads = ("类别", "网格", "户数", "最少", "中位", "最多")
    return table((legend_title(recipe), "网格"), classed) + table(heads, rows)


def _agencies(facts: MergeFacts) -> str:
    """Return one row per agency: what came in, what became of it, what was wrong."""
    went = _changes(facts.crosswalk)
    wrong = case_counts(facts.findings).groupby([facts.findings["agency"], facts.findings["severity"]]).sum()
    rows: list[tuple[Cell, ...]] = [
        (
            layer.name + ("（基准）" if layer.base else ""),
            layer.key,
            len(layer.features),
            _features_with_id(layer),
            float(layer.accuracy_m),
            float(layer.weight),
            *(int(went.get((layer.key, change), 0)) for change in CHANGE_WORDS),
            *(int(wrong.get((layer.key, severity), 0)) for severity in SEVERITIES),
        )
        for layer in facts.inputs.agencies
    ]
    heads = ("图层", "键", "要素", "编号数", "精度（米）", "权重", *CHANGE_WORDS.values())
    return table((*heads, *(word for _, word in SEVERITY_NAMES.values())), rows)


def _changes(crosswalk: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return how many agency grids had each fate; a grid that went several ways counts once, by its first row."""
    if not len(crosswalk):
        return {}
    each = crosswalk.drop_duplicates(["agency", "source_id"])
    return {
        (str(agency), str(change)): int(n) for (agency, change), n in each.groupby(["agency", "change"]).size().items()
    }


def _features_with_id(layer: AgencyLayer) -> int:
    """Return the number of different ids."""
    return int(layer.features["source_id"].replace("", None).nunique())


def _other_inputs(inputs: Inputs) -> str:
    """Return one row per file that is no agency's: what it was used for."""
    city = inputs.city
    rows: list[tuple[Cell, ...]] = [
        (LAYER_NAMES["community"], city.community.source.file, f"{len(inputs.communities)} 个社区（村）")
    ]
    for barrier in city.barriers:
        effect = "硬边界，网格不得跨越" if barrier.hard else "网格边界尽量沿线"
        what = f"{BARRIER_WORDS[barrier.kind]}，{effect}"
        rows.append((LAYER_NAMES["barrier"], _file_of(barrier.source.file, barrier.source.layer), what))
    rows += [
        (LAYER_NAMES["exclusive"], _file_of(site.source.file, site.source.layer), "单独成格")
        for site in city.exclusives
    ]
    rows += [
        (LAYER_NAMES[register.kind], _file_of(register.source.file, register.source.layer), "按位置归入网格")
        for register in city.registers
    ]
    return table(("用途", "文件", "说明"), rows)


def _file_of(file: str, layer: str | None) -> str:
    """Return a file and the layer in it."""
    return f"{file}，图层 {layer}" if layer else file


def _findings(facts: MergeFacts) -> str:
    """Return one row per severity, agency and kind, with its largest case in words."""
    names = LAYER_NAMES | {layer.key: layer.name for layer in facts.inputs.agencies}
    findings, rows = facts.findings.assign(cases=case_counts(facts.findings)), list[tuple[Cell, ...]]()
    for severity in SEVERITIES:
        mine = findings[findings["severity"] == severity]
        for (agency, kind), group in mine.groupby(["agency", "kind"], sort=True):
            # A row that sums up others is no place; it is told only where there is nothing else.
            order = group.assign(summed=group["cases"] > 1).sort_values(
                ["summed", "area_m2", "source_id"], ascending=[True, False, True], kind="stable"
            )
            rows.append(
                (mark(*SEVERITY_NAMES[severity]), names.get(str(agency), str(agency)), kind_name(str(kind)),
                 int(group["cases"].sum()), float(group["area_m2"].sum()), str(order["text"].iloc[0]))
            )  # fmt: skip
    heads = ("程度", "图层", "种类", "处数", "面积（平方米）", "最大的一处")
    return table(heads, rows, empty="没有发现问题")


def _violations(facts: MergeFacts) -> str:
    """Return every broken rule with its reason."""
    rows = [(report.code, report.name, reason) for report in facts.reports for reason in report.violations]
    return section(
        f"未达规则的网格（{len(rows)} 处）",
        table(("社区编码", "社区", "原因"), rows, empty="全部网格都在规则之内"),
        folded=len(rows) > LONG_TABLE,
    )


def _communities(facts: MergeFacts) -> str:
    """Return one row per community."""
    rows = list(_community_rows(facts))
    heads = (
        "编码",
        "社区",
        "原子",
        "网格",
        "户数",
        "最少",
        "最多",
        "求解",
        "差距",
        "未达规则",
        "换格户数",
        "保留网格",
        "秒",
    )
    legend = f"<p class='note'>{COLUMN_WORDS}</p>"
    return section("各社区", table(heads, rows) + legend, folded=len(rows) > LONG_TABLE)


def _community_rows(facts: MergeFacts) -> Iterator[tuple[Cell, ...]]:
    """Yield the figures of one community after the other."""
    sizes = facts.grids.groupby("community_code")["households"].agg(["sum", "min", "max"])
    for report in facts.reports:
        households = [int(value) for value in sizes.loc[report.code]] if report.code in sizes.index else [None] * 3
        gap = None if report.gap is None else f"{report.gap:.1%}"
        broken: Cell = mark("warning", str(len(report.violations))) if report.violations else 0
        yield (
            report.code, report.name, report.atoms, report.grids, *households,
            STATUS_WORDS.get(report.status, report.status), gap, broken, report.moved_households, report.kept_grids,
            float(report.seconds),
        )  # fmt: skip
