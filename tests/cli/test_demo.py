"""The demo: the whole line on the sample city, by the front door."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from rich.console import Console
from typer.testing import CliRunner

import gridgeo.cli.demo
from gridgeo.cli.main import app
from gridgeo.jobs.demo import DemoReport, run_demo
from gridgeo.model import Finding, findings_table
from gridgeo.store.base import open_store

NAMES = {"bowtie": {"invalid"}, "unmatched_vertex": {"unmatched_vertex", "sliver"}, "slit": {"sliver"}}
"""Planted kind → kinds under which it may be found; all others are found under their own name."""

NEAR_M = 30.0


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> DemoReport:
    return run_demo(tmp_path_factory.mktemp("demo") / "out")


@pytest.fixture
def shown(report: DemoReport, monkeypatch) -> CliRunner:
    """Let the command show the report that is there already."""
    monkeypatch.setattr(gridgeo.cli.demo, "run_demo", lambda out, progress: report)
    return CliRunner()


def planted(report: DemoReport) -> pd.DataFrame:
    table = pd.read_csv(report.folder / "city" / "planted.csv", dtype={"source_id": str})
    return table.assign(source_id=table["source_id"].fillna(""))


def found_as(fault: pd.Series, findings: gpd.GeoDataFrame) -> bool:
    same = findings[findings["agency"] == fault.agency]
    same = same[same["kind"].isin(NAMES.get(fault.kind, {fault.kind}))]
    by_id = (same["source_id"] == fault.source_id).any()
    if np.isnan(fault.x) or by_id:
        return bool(by_id)
    return bool(shapely.dwithin(same.geometry.to_numpy(), shapely.Point(fault.x, fault.y), NEAR_M).any())


def test_layer_is_seamless_and_every_community_has_grids(report: DemoReport) -> None:
    assert report.result.certificate.seamless
    certificate = json.loads((report.folder / "certificate.json").read_text(encoding="utf-8"))
    assert certificate["seamless"] is True
    grids = pyogrio.read_dataframe(report.folder / "layer.gpkg", layer="grid")
    assert grids["community_code"].nunique() == 40
    assert grids["code"].is_unique


def test_every_planted_fault_is_found(report: DemoReport) -> None:
    faults = planted(report)
    missed = [tuple(fault) for fault in faults.itertuples(index=False) if not found_as(fault, report.result.findings)]
    assert missed == []


def test_households_are_lost_only_where_they_have_no_place(report: DemoReport) -> None:
    register = pd.read_csv(report.folder / "city" / "households.csv")
    placed = register["lon"].notna() & (register["lon"] != 0)
    assert report.result.grids["households"].sum() == register["N"][placed].sum()
    assert register["N"].sum() == report.households


def test_registers_carry_the_codes_of_the_grids(report: DemoReport) -> None:
    codes = pd.read_csv(report.folder / "household_codes.csv", dtype=str)
    register = pd.read_csv(report.folder / "city" / "households.csv")
    per_grid = register["N"].groupby(codes["code"].to_numpy()).sum()
    general = report.result.grids.set_index("code")["households"]
    assert general[per_grid.index].equals(per_grid.rename("households").rename_axis("code"))


def test_store_holds_the_published_version(report: DemoReport) -> None:
    with open_store(str(report.folder / "gridgeo.gpkg")) as store:
        assert [version.seq for version in store.versions()] == [1]
        assert store.count() == len(report.result.grids)


def test_lookup_of_one_coordinate_names_one_grid(report: DemoReport) -> None:
    assert report.answer["status"] == "sure"
    assert report.answer["code"] in set(report.result.grids["code"])
    assert len(report.answer["chain"]) == 4


def test_findings_page_calls_agencies_by_name(report: DemoReport) -> None:
    page = (report.folder / "findings.html").read_text(encoding="utf-8")
    headings = re.findall("(?:<h2>|<summary>)(.*?)：", page)
    assert "应急网格" in headings
    assert not set(headings) & {agency.key for agency in report.result.city.agencies}


def test_maps_are_drawn(report: DemoReport) -> None:
    names = {path.name for path in (report.folder / "maps").iterdir()}
    assert names == {"before_after.png", "coverage.html", "coverage.png"}


def test_report_says_what_was_found_and_made_and_where_to_look(report: DemoReport, shown: CliRunner) -> None:
    done = shown.invoke(app, ["demo"])
    assert done.exit_code == 0
    for words in (
        "datum_gcj02",
        "zone_prefix",
        "无缝 seamless",
        report.answer["code"],
        "coverage.html",
        "gridgeo serve",
    ):
        assert words in done.stdout


def test_repaired_counts_only_what_was_repaired(report: DemoReport) -> None:
    findings = [
        Finding("warning", "gap", "urban", "空隙：范围内 9.0 m² 未被覆盖；沿中线分给两侧的要素", "", 9.0),
        Finding("warning", "gap", "urban", "另有 40 处同类问题，处理方式相同。例：空隙；沿中线分给两侧的要素", "", 9.0),
        Finding("warning", "duplicate_id", "urban", "编号“7”重复：第 1、2 条记录共 2 条使用同一编号，请核对。", "7"),
        Finding("note", "hole", "urban", "空洞：视为无意见，不予填补", "8"),
    ]
    told = replace(report, result=replace(report.result, findings=findings_table(findings, report.result.city.crs)))
    page = io.StringIO()
    gridgeo.cli.demo._show_findings(told, Console(width=200, file=page))
    text = page.getvalue()
    assert "错误 errors 0，已修复 repaired 41，待核对 to check 1，提示 notes 1" in text
    assert "空隙 gap" in text


def test_json_answer_has_the_figures(report: DemoReport, shown: CliRunner) -> None:
    facts = json.loads(shown.invoke(app, ["demo", "--json"]).stdout)
    assert facts["grids"] == len(report.result.grids)
    assert facts["certificate"]["seamless"] is True
    assert facts["households"]["register"] == 200_000
    assert sum(found["count"] for found in facts["findings"]) == len(report.result.findings)


def test_layer_that_is_not_seamless_ends_with_exit_code_1(report: DemoReport, monkeypatch) -> None:
    torn = replace(report.result, certificate=replace(report.result.certificate, gap_count=1))
    monkeypatch.setattr(gridgeo.cli.demo, "run_demo", lambda out, progress: replace(report, result=torn))
    done = CliRunner().invoke(app, ["demo"])
    assert done.exit_code == 1
    assert "not seamless" in done.stdout


def test_foreign_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    done = CliRunner().invoke(app, ["demo", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "is not empty and was not made by this command" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
