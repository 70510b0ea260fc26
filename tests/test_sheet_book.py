"""A PDF of one sheet says everything that the map shows: its tables follow the map.

::

    +-----+-----+-----+      six grids in three communities; 2·002 is exclusive
    | 001 | 001 | 001 |
    +-----+-----+-----+
    | 002 | /// | 002 |
    +-----+-----+-----+
"""

import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import small_city
from pypdf import PdfReader

from gridgeo.jobs.document import save_book
from gridgeo.render.content import Content, Listing, content_of
from gridgeo.render.edition import new_edition
from gridgeo.render.label import group_code
from gridgeo.render.recipe import Recipe
from gridgeo.render.sheet_book import plan_sheet

RECIPE = Recipe(title="漯河市网格负荷图", size="A4")


@pytest.fixture
def content() -> Content:
    grids = small_city.grids_of(3, 2)
    grids.loc[grids["code"] == "411102001002002", "kind"] = "exclusive"
    edition = new_edition(grids, small_city.communities_of(grids), version="V1（2026-11-20 发布）")
    return content_of(edition, RECIPE)


def text_of(file: Path) -> str:
    run = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return run.stdout.decode()


def test_every_code_and_name_and_class_comes_back_from_the_pdf(content: Content, tmp_path: Path):
    book = plan_sheet(content, RECIPE)
    save_book(book, RECIPE, tmp_path / "map.pdf")
    text = text_of(tmp_path / "map.pdf")
    grids = content.edition.grids
    for code, name, households in zip(grids["code"], grids["community_name"], grids["households"], strict=True):
        assert group_code(code) in text
        assert name in text
        assert f"{households:,}" in text
    assert "专属网格" in text
    reader = PdfReader(tmp_path / "map.pdf")
    assert [page["/Title"] for page in reader.outline] == [RECIPE.title, "网格一览"]
    assert reader.page_labels == ["图", "附表 1"]
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_listings_follow_and_lose_no_character_of_a_long_cell(content: Content, tmp_path: Path):
    sentence = "空隙：宽约 2.00 m；沿中线分给两侧的要素" * 6
    table = pd.DataFrame({"类别": ["空隙", "重叠"], "说明": [sentence, "短"], "面积": [12.5, float("nan")]})
    listed = replace(content, listings=(Listing(title="问题清单", table=table),))
    save_book(plan_sheet(listed, RECIPE), RECIPE, tmp_path / "map.pdf")
    page = PdfReader(tmp_path / "map.pdf").pages[-1]
    kept = "".join(page.extract_text().split())
    assert "问题清单" in kept
    for piece in ("12.5", "–", "重叠"):
        assert piece in kept
    assert sum(kept.count(sign) for sign in "宽沿") == sum(sentence.count(sign) for sign in "宽沿")


def test_a_recipe_may_ask_for_the_map_alone(content: Content):
    assert len(plan_sheet(content, replace(RECIPE, tables=False)).leaves) == 1


def test_a_table_that_is_longer_than_a_page_goes_on(content: Content):
    grids = small_city.grids_of(40, 30)
    many = content_of(new_edition(grids, small_city.communities_of(grids), version="V1"), RECIPE)
    book = plan_sheet(many, replace(RECIPE, size="A4"))
    tables = book.leaves[1:]
    assert len(tables) > 2
    codes = [line.code for leaf in tables for column in leaf.columns for line in column if not line.heading]
    assert codes == list(grids["code"].sort_values())
    assert [head.outline for (head,) in book.heads[2:]] == [()] * (len(tables) - 1)  # one bookmark for the table
