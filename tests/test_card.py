"""A grid card says in print and in its QR code which grid it is, where it ends, and what became of it.

::

    +-----+-----+
    | 001 | 001 |
    +-----+-----+
    | 002 | 002 |
    +-----+-----+
"""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import segno
import shapely
import small_city
from matplotlib.figure import Figure
from matplotlib.image import imread
from pypdf import PdfReader

from gridgeo.errors import InputError
from gridgeo.jobs.draw import draw_map
from gridgeo.render.card import plan_cards
from gridgeo.render.card_facts import bounds_facts, facts_of
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.qr import QUIET, draw_qr, qr_matrix
from gridgeo.render.recipe import Recipe, Selection
from gridgeo.store.base import init_store

CODE = "411102001001002"


@pytest.fixture
def edition() -> Edition:
    grids = small_city.grids_of()
    communities = small_city.communities_of(grids).assign(county="源汇区")
    rules = {"households": [301, 500], "population_max": 2500}
    return replace(new_edition(grids, communities, version="V1"), rules=rules)


@pytest.fixture
def store(gpkg_url: str) -> str:
    with init_store(gpkg_url) as opened:
        opened.publish_first(small_city.publication_of(), by="tester")
    return gpkg_url


def text_of(file: Path) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode()


def test_the_modules_are_those_of_the_library():
    code = segno.make(CODE, error="m", micro=False, boost_error=False)
    assert (qr_matrix(CODE) == np.array(code.matrix, dtype=bool)).all()


def test_the_drawn_code_has_every_module_at_its_place():
    count = len(qr_matrix(CODE)) + 2 * QUIET
    figure = Figure((1, 1), dpi=count * 4)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 100), ylim=(0, 100))
    axes.set_axis_off()
    draw_qr(axes, 0, 0, 100, CODE)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    pixels = imread(io.BytesIO(picture.getvalue()))[2::4, 2::4, 0] < 0.5
    assert (pixels[QUIET:-QUIET, QUIET:-QUIET] == qr_matrix(CODE)).all()
    assert not pixels[:QUIET].any()


def test_a_card_from_a_store_says_all_that_is_known(store, tmp_path):
    drawn = draw_map("card", tmp_path / "card.pdf", store=store, code=CODE)
    text = text_of(drawn.file)
    for wanted in (
        "411102 001 001 002", CODE, "第1社区第2网格", "沙北街道 / 沙北街道第1社区", "综合网格", "301 户", "1 家",
        "901 人", "10,000.00 平方米", "东 500,000.00 至 500,100.00，北 3,700,000.00 至 3,700,100.00", "东经", "北纬",
        "V1", "新设", "第 1 / 1 页", "比例尺",
    ):  # fmt: skip
        assert "".join(wanted.split()) in "".join(text.split()), wanted
    assert "001" in text.split()  # the neighbour's number


def test_every_selected_grid_has_a_card(store, tmp_path):
    drawn = draw_map("card", tmp_path / "cards.pdf", store=store, community="411102001002")
    pdf = PdfReader(drawn.file)
    assert drawn.pages == drawn.grids == len(pdf.pages) == 2
    assert pdf.page_labels == ["1", "2"]
    cards = pdf.outline[1][1]  # below street and community
    assert [one.title for one in cards] == ["411102 001 002 001 第2社区第1网格", "411102 001 002 002 第2社区第2网格"]


def test_a_whole_city_is_no_selection(store, edition, tmp_path):
    with pytest.raises(InputError, match="--code"):
        draw_map("card", tmp_path / "cards.pdf", store=store)
    with pytest.raises(InputError, match="nothing is selected of 4"):
        plan_cards(edition, Recipe(title="卡片", theme="card"), lambda _: [])
    assert not (tmp_path / "cards.pdf").exists()


def test_counts_are_judged_by_the_rules_and_exclusive_grids_are_not(edition):
    facts = dict(facts_of(edition, 0))
    assert facts["户数"] == "300 户（规定301–500，低于下限）"
    assert facts["人口"] == "900 人（规定不超过 2,500，符合）"
    assert facts["企业"] == "0 家"
    assert facts["所属"] == "源汇区 / 沙北街道 / 沙北街道第1社区（411102001001）"
    exclusive = replace(edition, grids=edition.grids.assign(kind="exclusive"))
    assert dict(facts_of(exclusive, 0))["户数"] == "300 户"


def test_bounds_are_those_of_the_grid_in_metres_and_degrees(edition):
    facts = dict(bounds_facts(edition.grids.geometry.iloc[1], edition.grids.crs))
    assert facts["四至（米）"] == "东 500,000.00 至 500,100.00，北 3,700,000.00 至 3,700,100.00"
    low, high = edition.grids.iloc[[1]].to_crs(4490).total_bounds[[1, 3]]
    assert facts["四至（经纬度）"].endswith(f"北纬 {low:.6f}° 至 北纬 {high:.6f}°")


def test_a_grid_of_a_square_metre_with_a_long_name_and_a_long_history_has_a_card(edition, tmp_path):
    grids = edition.grids.assign(full_name="长" * 60)
    grids.loc[1, "geometry"] = shapely.box(500000, 3700000, 500001, 3700001)
    told = [("沿革" if not at else "", f"2026-03-{at + 1:02d} 边界调整") for at in range(30)]
    recipe = Recipe(title="卡片", theme="card", select=Selection(code=(CODE,)))
    book = plan_cards(replace(edition, grids=grids), recipe, lambda _: told)
    (page,) = book.leaf(0).pages(book.shared)
    page.figure.savefig(tmp_path / "card.pdf")
    text = "".join(text_of(tmp_path / "card.pdf").split())
    assert "长" * 60 in text
    assert "另有19行沿革" in text
