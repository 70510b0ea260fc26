"""Every kind of map shows what it is about, and says in words and numbers what it shows.

::

    +-----+-----+      the small city: communities 001 and 002, both of 沙北街道; two grids of 100 m in each
    | 001 | 001 |
    +-----+-----+
    | 002 | 002 |
    +-----+-----+
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import small_city
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.render.content import Content
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.palette import TINTS
from gridgeo.render.recipe import Recipe
from gridgeo.render.themes.agency import AgencyFacts, agency_content
from gridgeo.render.themes.change import ChangeFacts, change_content
from gridgeo.render.themes.common import inside
from gridgeo.render.themes.coverage import coverage_content
from gridgeo.render.themes.findings import findings_content
from gridgeo.render.themes.responsibility import responsibility_content
from gridgeo.render.themes.workload import workload_content
from gridgeo.render.tints import coloured, tinted_units

RECIPE = Recipe(title="图", measure="kind")
LEFT, BOTTOM = small_city.LEFT, small_city.BOTTOM
NW, SW, NE, SE = "411102001001001", "411102001001002", "411102001002001", "411102001002002"
WHOLE = {"area_share": 1.0, "household_share": 1.0}


def edition_of(columns: int = 2, rows: int = 2, *, streets: list[str] | None = None, **changes: object) -> Edition:
    grids = small_city.grids_of(columns, rows).assign(**changes)
    communities = small_city.communities_of(grids)
    if streets:
        communities["street"] = streets
    return new_edition(grids, communities, version="V1")


def told(content: Content) -> dict[str, str]:
    return dict(content.facts)


def counts(content: Content) -> dict[str, int]:
    return {row.label: row.count for row in content.rows}


# ------------------------------------------------------------------- tints ----


def test_streets_beside_one_another_have_other_tints_and_mean_nothing():
    edition = edition_of(4, 1, streets=["甲", "乙", "乙", "丙"])
    units = tinted_units(edition)
    assert units.names == ("甲", "乙", "丙")
    assert units.unit.tolist() == [0, 1, 1, 2]
    assert units.tint[0] != units.tint[1] != units.tint[2]
    assert set(units.tints) <= set(TINTS)


def test_streets_of_one_name_in_two_counties_are_two():
    edition = edition_of(2, 1, streets=["和平街道", "和平街道"])
    edition.communities["county"] = ["东区", "西区"]
    assert tinted_units(edition).names == ("和平街道", "和平街道")


@given(st.integers(1, 7), st.integers(1, 7))
def test_no_two_neighbours_of_a_lattice_have_one_tint(columns: int, rows: int):
    beside = [
        {
            other
            for other in range(columns * rows)
            if other != node
            and max(abs(node % columns - other % columns), abs(node // columns - other // columns)) <= 1
        }
        for node in range(columns * rows)
    ]
    tint = coloured(beside)
    assert all(tint[node] != tint[other] for node in range(len(beside)) for other in beside[node])


def test_more_units_around_one_than_there_are_tints_are_drawn_all_the_same():
    every = [set(range(9)) - {node} for node in range(9)]
    assert set(coloured(every)) == set(range(len(TINTS)))


# ---------------------------------------------------- coverage and workload ----


def test_a_map_of_the_coverage_tells_how_much_is_covered():
    content = coverage_content(edition_of(streets=["甲", "乙"]), RECIPE, covered=0.99999)
    assert told(content) == {
        "覆盖率": "99.99%", "街道（乡镇）": "2 个", "社区（村）": "2 个",
        "网格总面积": "4.00 公顷", "平均每格": "1.00 公顷",
    }  # fmt: skip
    assert counts(content) == {"综合网格": 4, "专属网格": 0}
    assert len(set(content.tints.tolist())) == 2


def test_one_street_alone_needs_no_tints():
    assert coverage_content(edition_of(), RECIPE).tints is None


def test_a_map_without_names_has_no_tints_that_nobody_explains():
    bare = Recipe(title="图", measure="kind", labels=False)
    assert coverage_content(edition_of(streets=["甲", "乙"]), bare).tints is None


def test_grids_out_of_the_rules_are_counted_and_listed_the_farthest_out_first():
    edition = edition_of(households=[250, 400, 700, 560])
    content = workload_content(edition, Recipe(title="图"), limits=(300, 500))
    assert (told(content)["低于下限"], told(content)["高于上限"]) == ("1 格", "2 格")
    table = content.listings[0].table
    assert table["网格编码"].tolist() == [NE, SE, NW]
    assert table["情况"].tolist() == ["高于上限 500", "高于上限 500", "低于下限 300"]
    assert table["相差"].tolist() == [200, 60, -50]


def test_the_rules_do_not_bind_exclusive_grids():
    edition = edition_of(households=[0, 400, 400, 400], kind=["exclusive", "general", "general", "general"])
    content = workload_content(edition, Recipe(title="图"), limits=(300, 500))
    assert told(content)["低于下限"] == "0 格"
    assert content.listings == ()


def test_an_average_leaves_exclusive_grids_out_and_is_not_told_of_them_alone():
    kinds = ["exclusive", "general", "general", "general"]
    content = workload_content(edition_of(households=[0, 400, 400, 400], kind=kinds), Recipe(title="图"))
    assert told(content) == {"户数合计": "1,200 户", "平均每格户数（专属网格除外）": "400 户"}
    alone = workload_content(edition_of(households=[0, 0, 0, 8], kind=["exclusive"] * 4), Recipe(title="图"))
    assert told(alone) == {"户数合计": "8 户"}


def test_without_rules_nothing_is_called_too_small():
    content = workload_content(edition_of(), Recipe(title="图"), limits=None)
    assert set(told(content)) == {"户数合计", "平均每格户数"}


# ------------------------------------------------------------------ agency ----


def agency_facts(*went: tuple[str, str, str, float], changed: set[str] = frozenset()) -> AgencyFacts:
    """An agency whose grids P0 … P3 went (id, code, change, share); shares of old and new grids are the same."""
    grids = small_city.agency_grids_of(small_city.grids_of()).assign(source_id=["P0", "P1", "P2", "P3"])
    rows = [{"agency": "party", "source_id": s, "code": c, "change": k, "area_share": a} for s, c, k, a in went]
    table = pd.DataFrame(rows).assign(household_share=[a for *_, a in went])
    return AgencyFacts(
        name="党建网格", line=0, grids=grids, crosswalk=table, provenance=table.drop(columns="change"),
        changed=frozenset(changed),
    )  # fmt: skip


def test_new_grids_are_coloured_by_what_they_came_from():
    facts = agency_facts(
        ("P0", NW, "U", 1.0), ("P1", SW, "M", 1.0), ("P2", SW, "M", 1.0), ("P3", NE, "X", 0.6), ("P3", SW, "X", 0.001)
    )
    content = agency_content(edition_of(), facts)
    assert counts(content) == {
        "与原网格一致": 1, "由原网格拆出": 0, "由原网格合并": 1, "与原网格交错": 1, "原无网格或其后有变": 1,
    }  # fmt: skip
    assert told(content) == {"原网格未变": "1 个", "原网格拆分": "0 个", "原网格合并": "2 个", "原网格交错": "1 个"}
    assert [(mark.name, mark.count) for mark in content.marks] == [("党建网格原界线", 4)]
    table = content.listings[0].table
    assert table.values.tolist()[:2] == [
        ["P0", "", "未变", NW, "第1社区第1网格", 100.0, 100.0],
        ["P1", "", "合并", SW, "第1社区第2网格", 100.0, 100.0],
    ]
    assert table["原网格"].tolist() == ["P0", "P1", "P2", "P3"]  # not the thousandth of P3


def test_old_grids_that_count_nowhere_are_told_and_listed():
    content = agency_content(edition_of(), agency_facts(("P0", NW, "U", 1.0)))
    assert told(content)["原网格未计入合并"] == "3 个"
    assert content.listings[0].table["去向"].tolist() == ["未变", "未计入合并", "未计入合并", "未计入合并"]


def test_a_grid_that_a_later_version_changed_has_no_fate_of_the_merge():
    content = agency_content(edition_of(), agency_facts(("P0", NW, "U", 1.0), changed={NW}))
    assert counts(content)["与原网格一致"] == 0
    assert counts(content)["原无网格或其后有变"] == 4


def test_of_a_part_only_its_own_old_grids_are_drawn():
    whole = edition_of()
    part = new_edition(whole.grids.iloc[:1], whole.communities, version="V1")
    content = agency_content(part, agency_facts(("P0", NW, "U", 1.0)), part=True)
    assert content.marks[0].count == 1
    assert shapely.total_bounds(content.marks[0].shapes)[2] <= LEFT + 100.01


def test_an_agency_that_has_nothing_in_a_part_is_drawn_as_nothing():
    whole = edition_of()
    facts = agency_facts(("P0", NW, "U", 1.0))
    empty = AgencyFacts(
        name="x", line=9, grids=facts.grids.iloc[:0], crosswalk=facts.crosswalk.iloc[:0],
        provenance=facts.provenance.iloc[:0],
    )  # fmt: skip
    content = agency_content(whole, empty, part=True)
    assert counts(content)["原无网格或其后有变"] == 4
    assert (content.marks[0].count, content.listings) == (0, ())


# ------------------------------------------------------------------ change ----


def change_facts() -> ChangeFacts:
    """A strip of NW went to NE with two places of households; SW was split and its other half is far away."""
    edge = LEFT + 100
    strip = shapely.box(edge - 20, BOTTOM + 100, edge, BOTTOM + 200)
    ground = pd.DataFrame({"code_before": [NW], "code_after": [NE], "area_m2": [2000.0]})
    homes = pd.DataFrame({"code_before": [NW, NW], "code_after": [NE, NE], "count": [30, 12]})
    points = [shapely.Point(edge - 10, BOTTOM + 150), None]
    plain = {
        f"{name}_{when}": [300, 300, 300] for name in ("households", "enterprises") for when in ("before", "after")
    }
    grids = pd.DataFrame(
        {
            "code": [NW, NE, SW], "became": ["边界调整", "边界调整", "停用"], "name_before": "一", "name_after": "一",
            **plain, "came_households": [0, 42, 0], "left_households": [42, 0, 0], "came_from": ["", NW, ""],
            "went_to": [NE, "", SE],
        }
    )  # fmt: skip
    lineage = {"seq": [2], "old_code": [SW], "new_code": [SE], "change": ["M"], "area_share": [1.0]}
    lines = np.array([shapely.LineString([(edge - 20, BOTTOM + 100), (edge - 20, BOTTOM + 200)])], object)
    return ChangeFacts(
        fresh=lines, former=lines, ground=gpd.GeoDataFrame(ground, geometry=[strip], crs=small_city.CRS),
        homes=gpd.GeoDataFrame(homes, geometry=points, crs=small_city.CRS), grids=grids,
        lineage=pd.DataFrame(lineage).assign(household_share=1.0),
    )  # fmt: skip


def test_a_map_of_changes_counts_ground_and_households_and_lists_what_went_where():
    edition = edition_of(change=[2, 0, 2, 0])
    content = change_content(edition, Recipe(title="图", theme="change", measure="change"), change_facts())
    assert {mark.name: mark.count for mark in content.marks} == {
        "划转的地块（处）": 1, "新的网格界": None, "原网格界（已取消）": None, "划转的住户（户）": 42,
    }  # fmt: skip
    assert told(content) == {"停用的网格": "1 格", "划转面积": "0.20 公顷"}
    tables = {listing.title: listing.table for listing in content.listings}
    assert tables["划转明细"].to_dict("records") == [
        {"原网格": NW, "现网格": NE, "地块（处）": 1, "面积（平方米）": 2000.0, "户数": 42, "住户（处）": 2}
    ]
    assert tables["变更网格"]["变更"].tolist() == ["边界调整", "边界调整", "停用"]
    assert tables["编码沿革"][["原编码", "新编码", "变更"]].values.tolist() == [[SW, SE, "合并"]]


def test_of_a_part_only_its_own_changes_are_shown():
    whole = edition_of(change=[2, 0, 2, 0])
    part = new_edition(whole.grids.iloc[3:], whole.communities, version="V1")
    recipe = Recipe(title="图", theme="change", measure="change")
    content = change_content(part, recipe, change_facts(), part=True)
    assert [len(mark.shapes) for mark in content.marks] == [0, 0, 0, 0]
    assert [listing.title for listing in content.listings] == ["变更网格", "编码沿革"]
    assert content.listings[0].table["网格编码"].tolist() == [SW]  # its ground went to the part


# ---------------------------------------------------------------- findings ----


def found(*rows: tuple[str, str, object]) -> gpd.GeoDataFrame:
    table = pd.DataFrame([{"severity": s, "kind": k} for s, k, _ in rows])
    table = table.assign(agency="party", source_id="7", area_m2=1.25, text="说明")
    return gpd.GeoDataFrame(table, geometry=[shape for *_, shape in rows], crs=small_city.CRS)


def test_severities_differ_in_shape_and_every_finding_is_drawn_or_counted():
    here, far = shapely.Point(LEFT + 10, BOTTOM + 110), shapely.Point(0, 0)
    bow = shapely.Polygon([(LEFT, BOTTOM), (LEFT + 9, BOTTOM + 9), (LEFT + 9, BOTTOM), (LEFT, BOTTOM + 9)])
    table = found(
        ("error", "point_zero", None), ("error", "point_outside", far), ("warning", "overlap", bow),
        ("note", "sliver", here), ("note", "shift", shapely.box(LEFT, BOTTOM, LEFT + 200, BOTTOM + 199)),
    )  # fmt: skip
    content = findings_content(edition_of(), table, {"party": "党建网格"})
    assert [(mark.told, mark.count) for mark in content.marks] == [
        ("问题范围", 1), ("提示（图上 1）", 2), ("警告", 1), ("错误（图上 0）", 2), ("问题合计（图上 2）", 5),
    ]  # fmt: skip
    assert len({mark.marker for mark in content.marks if mark.drawn}) == 4
    assert told(content) == {
        "错误·无位置": "1 条", "错误·图幅外": "1 条", "警告·重叠": "1 条", "提示·整个图层": "1 条",
        "提示·狭长缝隙或重叠": "1 条",
    }  # fmt: skip
    listed = content.listings[0].table
    assert listed["程度"].tolist() == ["错误", "错误", "警告", "提示", "提示"]
    assert set(listed["图层"]) == {"党建网格"}
    assert listed.loc[listed["类型"] == "狭长缝隙或重叠", "所在网格"].tolist() == [NW]


def test_of_a_part_only_findings_on_it_are_told():
    whole = edition_of()
    part = new_edition(whole.grids.iloc[3:], whole.communities, version="V1")
    table = found(("note", "sliver", shapely.Point(LEFT + 10, BOTTOM + 110)), ("error", "point_zero", None))
    content = findings_content(part, table, {}, part=True)
    assert [mark.count for mark in content.marks] == [0, 0, 0, 0]
    assert content.listings == content.facts == ()


def test_a_layer_without_findings_is_a_map_that_says_so():
    content = findings_content(edition_of(), found(("note", "sliver", None)).iloc[:0], {})
    assert [mark.count for mark in content.marks] == [0, 0, 0, 0]
    assert content.listings == content.facts == ()


# ----------------------------------------------------------- responsibility ----


def test_the_chain_of_responsibility_counts_what_every_community_has():
    content = responsibility_content(edition_of(streets=["甲", "乙"]))
    assert counts(content) == {"甲": 2, "乙": 2}
    assert content.labels == "units"
    first = content.listings[0].table.iloc[0].to_dict()
    assert first == {
        "街道（乡镇）": "甲", "社区（村）": "沙北街道第1社区", "社区编码": "411102001001", "网格数": 2, "专属网格": 0,
        "户数": 601, "企业数": 1, "人口": 1801, "首个编码": "411102001001001", "末个编码": "411102001001002",
    }  # fmt: skip


def test_a_layer_without_streets_is_told_apart_by_communities():
    edition = edition_of()
    plain = new_edition(edition.grids, edition.communities.drop(columns="street"), version="V1")
    assert counts(responsibility_content(plain)) == {"沙北街道第1社区": 2, "沙北街道第2社区": 2}


# ------------------------------------------------------------------ cutting ----


@pytest.mark.parametrize(
    ("shape", "kept"),
    [
        (shapely.LineString([(-1, 0.5), (2, 0.5)]), "LineString"),
        (shapely.box(0.5, 0.5, 2, 2), "Polygon"),
        (shapely.Point(0.5, 0.5), "Point"),
    ],
)
def test_what_is_cut_keeps_its_dimension(shape: shapely.Geometry, kept: str):
    unit = shapely.box(0, 0, 1, 1)
    cut = inside(np.array([shape, shapely.Point(5, 5), None], object), unit)
    assert [part.geom_type for part in cut] == [kept]
