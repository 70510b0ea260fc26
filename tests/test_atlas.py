"""An atlas has a page for every street, on which every grid is labelled or keyed, and finds its neighbours.

::

    +-----+-----+-----+-----+      four communities of three grids
    | 001 | 001 | 001 | 001 |      沙北街道: the first two, 老街街道: the third, 新街街道: the fourth
    +-----+-----+-----+-----+
    | 002 | /// | 002 | 002 |      2·002 is exclusive
    +-----+-----+-----+-----+
    | 003 | 003 | 003 | 003 |
    +-----+-----+-----+-----+
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass, replace
from multiprocessing import active_children
from pathlib import Path
from zipfile import ZipFile

import pytest
import shapely
import small_city
from pypdf import PdfReader

from gridgeo.errors import Cancelled, GridgeoError, InputError, NotFoundError
from gridgeo.jobs import press
from gridgeo.jobs.document import draw_document
from gridgeo.render.atlas import plan_atlas
from gridgeo.render.atlas_layout import Needs, choose_page
from gridgeo.render.atlas_page import AtlasPage
from gridgeo.render.code_table import Line, poured
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.label import group_code
from gridgeo.render.label_check import label_faults
from gridgeo.render.recipe import Recipe, Selection, parse_recipe

RECIPE = Recipe(title="{city}图册", theme="atlas", size="A4")
STREETS = ["沙北街道", "沙北街道", "老街街道", "新街街道"]


@dataclass
class Source:
    """What a document is drawn from."""

    edition: Edition
    name: str = "test"


def edition_of(columns: int = 4, rows: int = 3, streets: list[str] | None = None) -> Edition:
    grids = small_city.grids_of(columns, rows)
    grids.loc[grids["code"] == "411102001002002", "kind"] = "exclusive"
    named = streets or [STREETS[min(at, 3)] for at in range(columns)]
    communities = small_city.communities_of(grids).assign(street=named, county="源汇区")
    return replace(new_edition(grids, communities, version="V1", as_of="2026-11-01"), city="漯河市")


def drawn(edition: Edition, out: Path, recipe: Recipe = RECIPE, **more) -> PdfReader:
    draw_document(Source(edition), recipe, out, **{"workers": 1, **more})
    return PdfReader(out)


def text_of(file: Path) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode()


def titles_of(outline: list) -> list:
    return [titles_of(one) if isinstance(one, list) else one.title for one in outline]


def test_there_is_a_page_for_every_street_after_an_overview(tmp_path):
    pdf = drawn(edition_of(), tmp_path / "atlas.pdf")
    assert pdf.page_labels == ["封面", "1", "2", "3"]
    streets = [
        "沙北街道",
        ["沙北街道第1社区", "沙北街道第2社区"],
        "老街街道",
        ["沙北街道第3社区"],
        "新街街道",
        ["沙北街道第4社区"],
    ]
    assert titles_of(pdf.outline) == ["封面与目录", "源汇区", streets]
    assert pdf.metadata.title == "漯河市图册"


def test_a_reader_finds_every_code_and_every_name(tmp_path):
    edition = edition_of(4, 12)
    drawn(edition, tmp_path / "atlas.pdf")
    text = text_of(tmp_path / "atlas.pdf")
    for name in ("沙北街道", "老街街道", "新街街道", "内部资料，注意保管", "V1"):
        assert name in text
    assert {"第1/3页", "第2/3页", "第3/3页"} <= set(re.findall(r"第\d/\d页", "".join(text.split())))
    for code in edition.grids["code"]:
        assert group_code(code) in text
    for name in edition.communities["name"]:
        assert name in text


def test_numbers_in_the_table_are_those_of_the_layer(tmp_path):
    edition = edition_of()
    drawn(edition, tmp_path / "atlas.pdf")
    text = text_of(tmp_path / "atlas.pdf")
    for _, grid in edition.grids.iterrows():
        row = re.search(rf"{group_code(grid['code'])} +(\d+) +(\d+) +([\d,]+)", text)
        assert [int(value.replace(",", "")) for value in row.groups()] == [
            grid["households"], grid["enterprises"], round(grid["area_m2"])
        ]  # fmt: skip


def test_the_document_speaks_chinese_and_says_what_its_pages_show(tmp_path):
    pdf = drawn(edition_of(), tmp_path / "atlas.pdf")
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "zh-CN"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/MarkInfo"]["/Marked"]
    elements = [one.get_object() for one in root["/StructTreeRoot"]["/K"]["/K"]]
    alts = [one["/Alt"] for one in elements if one["/S"] == "/Figure"]
    assert len(alts) == 4
    assert "沙北街道" in alts[1]
    assert "共 6 格" in alts[1]
    assert [one["/Pg"].get_object()["/StructParents"] for one in elements] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_only_truetype_faces_are_embedded(tmp_path):
    drawn(edition_of(), tmp_path / "atlas.pdf")
    data = (tmp_path / "atlas.pdf").read_bytes()
    assert set(re.findall(rb"/BaseFont /[A-Z]{6}\+([\w-]+)", data)) == {b"GridgeoSansSC-Regular"}
    assert b"/FontFile2" in data


def test_a_table_that_does_not_fit_goes_on_and_lists_every_grid(tmp_path):
    edition = edition_of(4, 160, ["一街道"] * 2 + ["二街道"] * 2)
    pdf = drawn(edition, tmp_path / "atlas.pdf")
    assert "1续表1" in pdf.page_labels
    text = text_of(tmp_path / "atlas.pdf")
    assert all(group_code(code) in text for code in edition.grids["code"])
    assert "沙北街道第1社区（续）" in text


def test_every_grid_is_labelled_or_keyed_and_no_label_covers_another():
    for rows in (3, 40, 160):
        book = plan_atlas(edition_of(4, rows), RECIPE)
        for at in range(1, len(book.heads)):
            leaf = book.leaf(at)
            assert isinstance(leaf, AtlasPage)
            placed = leaf.placed(RECIPE)
            faults = label_faults(placed.placing, placed.content.edition, leaf.layout.window)
            assert not any(faults.values()), (rows, at, faults)


def test_a_page_shows_what_lies_around_and_says_where_it_goes_on():
    leaf = plan_atlas(edition_of(), RECIPE).leaf(2)
    assert leaf.title == "老街街道"
    assert set(leaf.names) == {"沙北街道（第1页）", "新街街道（第3页）"}
    assert not any(
        shapely.area(shapely.intersection(leaf.content.edition.grids.union_all(), leaf.content.neighbours)) > 0
    )


def test_a_selection_has_pages_for_its_units_only_and_the_rest_lies_around(tmp_path):
    recipe = replace(RECIPE, select=Selection(street=("沙北街道", "老街街道")))
    book = plan_atlas(edition_of(), recipe)
    assert [head.label for heads in book.heads for head in heads] == ["封面", "1", "2"]
    assert "" in book.leaf(2).names  # 新街街道 has no page to go to
    assert len(book.index.shapes) == 3


def test_one_unit_needs_no_overview_and_can_be_a_picture(tmp_path):
    recipe = replace(RECIPE, select=Selection(street=("老街街道",)), dpi=60)
    for ending, head in ((".pdf", b"%PDF"), (".png", b"\x89PNG"), (".svg", b"<?xml")):
        made = draw_document(Source(edition_of()), recipe, tmp_path / f"map{ending}", workers=1)
        assert made.pages == 1
        assert made.file.read_bytes().startswith(head)


def test_many_pages_become_no_picture_but_an_archive_of_them(tmp_path):
    recipe = replace(RECIPE, dpi=50)
    with pytest.raises(InputError, match=r"4 pages.*\.png\.zip"):
        draw_document(Source(edition_of()), recipe, tmp_path / "map.png")
    draw_document(Source(edition_of()), recipe, tmp_path / "map.png.zip", workers=1)
    with ZipFile(tmp_path / "map.png.zip") as archive:
        assert archive.namelist() == ["1_漯河市图册.png", "2_沙北街道.png", "3_老街街道.png", "4_新街街道.png"]
        assert all(archive.read(name).startswith(b"\x89PNG") for name in archive.namelist())
    assert [file.name for file in tmp_path.iterdir()] == ["map.png.zip"]


@pytest.mark.parametrize(("by", "labels"), [("community", ["封面", "1", "2", "3", "4"]), ("county", ["1"])])
def test_pages_are_for_communities_or_counties_too(by, labels, tmp_path):
    pdf = drawn(edition_of(), tmp_path / "atlas.pdf", replace(RECIPE, by=by))
    assert pdf.page_labels == labels


def test_two_streets_of_one_name_in_two_counties_are_two_pages():
    edition = edition_of(2, 2, ["东街道", "东街道"])
    edition = replace(edition, communities=edition.communities.assign(county=["源汇区", "郾城区"]))
    assert [unit.above for unit in plan_atlas(edition, RECIPE).units] == [("源汇区",), ("郾城区",)]


def test_a_layer_without_streets_says_how_it_can_be_an_atlas():
    edition = edition_of()
    bare = replace(edition, communities=edition.communities.drop(columns=["street", "county"]))
    with pytest.raises(InputError, match='by = "community"'):
        plan_atlas(bare, RECIPE)
    assert len(plan_atlas(bare, replace(RECIPE, by="community")).units) == 4
    with pytest.raises(NotFoundError, match="南街道"):
        plan_atlas(edition, replace(RECIPE, select=Selection(street=("南街道",))))


def test_one_grid_of_a_square_metre_is_an_atlas(tmp_path):
    grids = small_city.grids_of(1, 1)
    tiny = grids.set_geometry([shapely.box(500000, 3700000, 500001, 3700001)], crs=small_city.CRS).assign(area_m2=1.0)
    edition = new_edition(tiny, small_city.communities_of(tiny), version="V1")
    drawn(edition, tmp_path / "atlas.pdf")
    assert re.search(r"411102 001 001 001 +300 +0 +1$", text_of(tmp_path / "atlas.pdf"), re.MULTILINE)


def test_names_of_sixty_characters_are_printed_whole(tmp_path):
    name = "第一二三四五六七八九十东西南北中" * 4
    edition = edition_of(2, 12, [name[:60], "短街道"])
    grids = edition.grids.assign(
        community_name=[name[4:64] if code < "411102001002" else "短" for code in edition.grids["code"]]
    )
    drawn(replace(edition, grids=grids), tmp_path / "atlas.pdf")
    raw = subprocess.run(["pdftotext", "-raw", tmp_path / "atlas.pdf", "-"], capture_output=True, check=True)
    text = "".join(raw.stdout.decode().split())
    assert name[:60] in text
    assert name[4:64] in text


def test_columns_repeat_a_heading_and_never_end_with_one():
    def line(text: str) -> Line:
        return Line((text,), code=text)

    title = Line(("甲社区　9 格",), heading=True)
    other = Line(("乙社区　2 格",), heading=True)
    columns = poured([title, *map(line, "123456789"), other, line("a"), line("b")], iter([8] * 9))
    assert [[one.cells[0] for one in column] for column in columns] == [
        ["甲社区　9 格", *"1234567"], ["甲社区（续）", "8", "9", "乙社区　2 格", "a", "b"]
    ]  # fmt: skip
    columns = poured([title, *map(line, "123456"), other, line("a")], iter([8] * 9))
    assert [column[0].heading for column in columns] == [True, True]


def test_the_same_layer_gives_the_same_bytes_with_any_number_of_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(press, "ALONE", 0)
    monkeypatch.setattr(press, "RUN_PAGES", 2)
    for workers in (1, 2):
        drawn(edition_of(), tmp_path / f"{workers}.pdf", workers=workers)
    assert (tmp_path / "1.pdf").read_bytes() == (tmp_path / "2.pdf").read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_that_is_called_off_leaves_no_file_and_no_process(workers, tmp_path, monkeypatch):
    monkeypatch.setattr(press, "ALONE", 0)
    monkeypatch.setattr(press, "RUN_PAGES", 1)
    stop, told = threading.Event(), []

    def tell(page: int, pages: int) -> None:
        told.append((page, pages))
        if page == 2:
            stop.set()

    with pytest.raises(Cancelled, match="2 of 4 pages"):
        drawn(edition_of(), tmp_path / "atlas.pdf", workers=workers, progress=tell, cancelled=stop.is_set)
    assert told == [(0, 4), (1, 4), (2, 4)]
    assert not list(tmp_path.iterdir())
    assert not active_children()


def test_every_page_is_told(tmp_path):
    told: list[tuple[int, int]] = []
    drawn(edition_of(), tmp_path / "atlas.pdf", progress=lambda page, pages: told.append((page, pages)))
    assert told == [(page, 4) for page in range(5)]


def test_a_process_that_the_system_ends_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(press, "ALONE", 0)
    monkeypatch.setattr(press, "RUN_PAGES", 1)

    def tell(page: int, _pages: int) -> None:
        if page == 1:
            for child in active_children():
                os.kill(child.pid, signal.SIGTERM)

    with pytest.raises(GridgeoError, match="ended by the system"):
        drawn(edition_of(), tmp_path / "atlas.pdf", workers=2, progress=tell)
    assert not list(tmp_path.iterdir())


def test_a_target_that_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        drawn(edition_of(), tmp_path / "nowhere" / "atlas.pdf")


@pytest.mark.parametrize("name", ["atlas", "card"])
def test_the_shipped_recipe_is_sound(name):
    text = (Path(__file__).parents[1] / "maps" / f"{name}.toml").read_text("utf-8")
    assert parse_recipe(text, name).theme == name


@pytest.mark.parametrize("size", ["A4", "A3"])
@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
@pytest.mark.parametrize("rows", [6, 10])
@pytest.mark.parametrize("aspect", [0.4, 1.0, 2.5])
def test_the_index_map_stays_inside_its_panel(size, orientation, rows, aspect):
    needs = Needs(size, orientation, rows, 62.0, aspect)
    for bounds in ((0.0, 0.0, 4000.0, 3000.0), (0.0, 0.0, 1000.0, 5000.0)):
        page = choose_page(bounds, 40, needs)
        inner, outer = shapely.box(*page.index), shapely.box(*page.panel)
        assert outer.covers(inner)
        assert inner.area > 0
