"""The report of a merge tells every figure it was given and stays one file.

::

    +-----+-----+      party drew the four grids; legal drew the same 5 m further east
    | 001 | 001 |
    +-----+-----+      2·002 holds 280 households, below the limit of 300
    | 002 | 002 |
    +-----+-----+
"""

import io
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_city
from matplotlib.image import imread

from gridgeo.city import Barrier, City, Community, Register, Rules, Source
from gridgeo.model import AgencyLayer, Certificate, CommunityReport, Finding, Inputs, findings_table
from gridgeo.render.before_after import before_after, busiest_window
from gridgeo.render.edition import new_edition
from gridgeo.render.inline import outside_references
from gridgeo.render.merge_report import MergeFacts, merge_report_html

ZERO = dict.fromkeys(
    ("gap_area_m2", "gap_count", "overlap_area_m2", "overlap_count", "outside_area_m2", "outside_count",
     "invalid", "empty", "multipart", "unmatched_edges", "uncancelled_edges", "crossing_communities",
     "communities_without_grid",
     "duplicate_codes", "malformed_codes"), 0
)  # fmt: skip


def agency(key: str, name: str, shift_m: float, *, base: bool = False) -> AgencyLayer:
    shapes = small_city.grids_of().geometry.translate(shift_m)
    features = gpd.GeoDataFrame({"source_id": ["G1", "G2", "G3", "G3"], "label": ""}, geometry=shapes)
    return AgencyLayer(key=key, name=name, weight=1.0, accuracy_m=15.0, base=base, features=features)


def facts_of(**changes: object) -> MergeFacts:
    publication = small_city.publication_of()
    grids = publication.grids.copy()
    grids.loc[3, "households"] = 280
    source = Source(file="c.gpkg", path=Path("c.gpkg"))
    city = City(
        path=Path("city.toml"), name="漯河市<试>", crs=small_city.CRS, layout="gb15", precision_m=0.001,
        community=Community(source=source, code="CODE"), agencies=(),
    )  # fmt: skip
    nothing = gpd.GeoDataFrame(geometry=[], crs=small_city.CRS)
    agencies = (agency("party", "党建网格", 0, base=True), agency("legal", "政法网格", 5))
    inputs = Inputs(
        city=city, communities=publication.communities, agencies=agencies, barriers=nothing, exclusives=nothing,
        registers=pd.DataFrame(),
    )  # fmt: skip
    place = grids.geometry.iloc[0]
    findings = [
        Finding("error", "overlap", "legal", "G1 与 G2 重叠 12.5 平方米 <b>", "G1", 12.5, place),
        Finding("error", "overlap", "legal", "G3 与 G4 重叠 90.0 平方米", "G3", 90.0, place),
        Finding("note", "no_encoding", "household", "未声明编码", "", 0.0, None),
    ]
    fate = [
        ("party", "G1", "U"),
        ("party", "G2", "U"),
        ("party", "G3", "S"),
        ("party", "G3", "S"),
        ("legal", "G1", "X"),
    ]
    reports = [
        CommunityReport(
            code=code, name=name, atoms=4, grids=2, status="heuristic", objective=10.0, bound=None, gap=None,
            seconds=0.5, moved_households=7, kept_grids=1,
            violations=("第2网格 280 户，少于下限 300：四邻皆满",) if code.endswith("002") else (),
        )
        for code, name in zip(publication.communities["code"], publication.communities["name"], strict=True)
    ]  # fmt: skip
    facts = MergeFacts(
        inputs=inputs,
        grids=grids,
        communities=publication.communities,
        provenance=publication.provenance,
        crosswalk=pd.DataFrame(fate, columns=["agency", "source_id", "change"]).assign(code="x"),
        findings=findings_table(findings, small_city.CRS),
        certificate=Certificate(frame_area_m2=4e4, covered_area_m2=4e4, grids=4, **ZERO),
        reports=tuple(reports),
        seconds=12.34,
    )
    return replace(facts, **changes)


def rows_of(page: str, first: str) -> list[list[str]]:
    """The texts of all table rows whose first cell reads so."""
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    texts = [[re.sub(r"<[^>]+>", "", cell).replace("\u2009", " ") for cell in row] for row in rows]
    return [row for row in texts if row and row[0] == first]


def test_a_seamless_merge_says_so_and_a_torn_one_says_where():
    facts = facts_of()
    assert "✓ 无缝" in merge_report_html(facts)
    place = {"kind": "gap", "code": "411102001001001", "x": 500010.25, "y": 3700020.5}
    torn = replace(facts.certificate, gap_count=1, gap_area_m2=2.5, places=(place,))
    page = merge_report_html(replace(facts, certificate=torn))
    assert "✕ 尚未无缝" in page
    assert rows_of(page, "空隙") == [["空隙", "1", "2.50", "✕ 不合格"]]
    assert rows_of(page, "gap") == [["gap", "411102001001001", "500 010.25", "3 700 020.50"]]


def test_every_agency_has_a_row_with_what_became_of_its_grids():
    page = merge_report_html(facts_of())
    party, legal = rows_of(page, "党建网格（基准）")[0], rows_of(page, "政法网格")[0]
    # layer, key, features, ids, accuracy, weight | unchanged, split, merged, mixed | errors, repaired, notes
    assert party == ["党建网格（基准）", "party", "4", "3", "15.00", "1.00", "2", "1", "0", "0", "0", "0", "0"]
    assert legal[6:] == ["0", "0", "0", "1", "2", "0", "0"]


def test_findings_are_summed_by_kind_with_the_largest_case_in_words():
    page = merge_report_html(facts_of())
    assert rows_of(page, "✕ 错误") == [["✕ 错误", "政法网格", "重叠", "2", "102.50", "G3 与 G4 重叠 90.0 平方米"]]
    assert rows_of(page, "✓ 提示")[0][1] == "户籍登记"


def test_a_row_that_sums_up_others_counts_as_all_of_them_and_is_not_the_largest_case():
    facts = facts_of()
    place = facts.grids.geometry.iloc[0]
    found = [
        Finding("warning", "gap", "legal", "空隙：范围内 9.0 m² 未被覆盖", "", 9.0, place),
        Finding("warning", "gap", "legal", "另有 37 处同类问题，共 80.0 m²，处理方式相同。例：空隙", "", 80.0, place),
    ]
    page = merge_report_html(replace(facts, findings=findings_table(found, small_city.CRS)))
    expected = ["▲ 警告", "政法网格", "空隙", "38", "89.00", "空隙：范围内 9.0 m² 未被覆盖"]
    assert rows_of(page, "▲ 警告") == [expected]
    assert rows_of(page, "政法网格")[0][-3:] == ["0", "38", "0"]


def test_the_certificate_of_a_seamless_merge_is_one_line_to_open():
    facts = facts_of()
    assert "<summary>无缝证书：13 项全部为零</summary>" in merge_report_html(facts)
    torn = replace(facts.certificate, overlap_count=2)
    assert "<h2>无缝证书</h2>" in merge_report_html(replace(facts, certificate=torn))


def test_every_other_file_has_a_row_that_says_what_it_was_used_for():
    facts = facts_of()
    river = Source(file="lines.gpkg", path=Path("lines.gpkg"), layer="river")
    people = Source(file="households.csv", path=Path("households.csv"))
    city = replace(
        facts.inputs.city,
        barriers=(Barrier(source=river, kind="river", hard=True),),
        registers=(Register(source=people, kind="household", id="HID"),),
    )
    page = merge_report_html(replace(facts, inputs=replace(facts.inputs, city=city)))
    assert rows_of(page, "道路水系") == [["道路水系", "lines.gpkg，图层 river", "河流，硬边界，网格不得跨越"]]
    assert rows_of(page, "户籍登记")[0][1] == "households.csv"
    assert rows_of(page, "社区（村）界")[0][1:] == ["c.gpkg", "2 个社区（村）"]


def test_the_columns_of_the_communities_are_explained():
    page = merge_report_html(facts_of())
    assert all(f"{word}" in page for word in ("原子：", "启发式", "目标值：", "下界：", "差距："))


def test_broken_rules_stand_with_their_reason_and_communities_with_their_figures():
    page = merge_report_html(facts_of())
    assert "未达规则的网格（1 处）" in page
    code = "411102001002"
    reason, figures = rows_of(page, code)
    assert reason[2] == "第2网格 280 户，少于下限 300：四邻皆满"
    assert figures[2:] == ["4", "2", "580", "280", "300", "启发式", "—", "▲ 1", "7", "1", "0.50"]


@pytest.mark.parametrize(
    ("rule", "words", "first"),
    [((500, 1500), "规则：每格 500–1500 户", "少于500，低于下限"), ((0, 10**9), "未设户数规则", "少于100")],
)
def test_sizes_are_classed_by_the_rules_of_the_city(rule, words, first):
    facts = facts_of()
    city = replace(facts.inputs.city, rules=Rules(households=rule))
    page = merge_report_html(replace(facts, inputs=replace(facts.inputs, city=city)))
    assert words in page
    assert rows_of(page, first)
    assert str(10**9) not in page


def test_names_are_escaped_and_nothing_comes_from_outside():
    page = merge_report_html(facts_of())
    assert "漯河市&lt;试&gt;多格合一报告" in page
    assert "<b>" not in page.replace("<b>", "", page.count("<div><b>"))
    assert outside_references(page) == []
    assert "<script" not in page


def test_a_merge_without_findings_or_broken_rules_says_so():
    facts = facts_of()
    calm = replace(
        facts,
        findings=findings_table([], small_city.CRS),
        crosswalk=facts.crosswalk.iloc[:0],
        reports=tuple(replace(report, violations=()) for report in facts.reports),
    )
    page = merge_report_html(calm)
    assert "没有发现问题" in page
    assert "全部网格都在规则之内" in page


def test_the_same_facts_give_the_same_page():
    assert merge_report_html(facts_of()) == merge_report_html(facts_of())


def test_the_picture_shows_the_community_with_most_findings():
    facts = facts_of()
    edition = new_edition(facts.grids, facts.communities, version="")
    for shown in (0, 1):
        home = facts.communities.geometry.iloc[shown]
        places = gpd.GeoDataFrame(geometry=[home.centroid.buffer(1)] * 3, crs=small_city.CRS)
        assert busiest_window(facts.inputs.agencies, edition, places).box.centroid.distance(home.centroid) < 1e-6


def test_the_picture_draws_every_agency_even_where_its_shapes_are_invalid():
    facts = facts_of()
    bow = shapely.Polygon([(500000, 3700000), (500200, 3700200), (500200, 3700000), (500000, 3700200)])
    broken = gpd.GeoDataFrame({"source_id": ["a", "b"], "label": ""}, geometry=[bow, None], crs=small_city.CRS)
    agencies = (replace(facts.inputs.agencies[0], features=broken), facts.inputs.agencies[1])
    png = imread(io.BytesIO(before_after(agencies, facts.grids, facts.communities)))
    left = np.round(png[:, : png.shape[1] // 2, :3] * 255).astype(int)
    for colour in ((0, 114, 178), (213, 94, 0)):
        assert (np.abs(left - colour).sum(axis=-1) < 30).sum() > 200


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_layers_give_the_same_picture(kind):
    facts = facts_of()
    one, two = (before_after(facts.inputs.agencies, facts.grids, facts.communities, kind=kind) for _ in range(2))
    assert one == two
