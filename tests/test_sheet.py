"""A printed sheet carries everything that a report map must carry, at a true scale.

::

    +-----+-----+-----+      six grids of 100 m in three communities; 2·002 is exclusive
    | 001 | 001 | 001 |
    +-----+-----+-----+      at 1:1000 on A4 a grid is 100 mm wide
    | 002 | /// | 002 |
    +-----+-----+-----+
"""

import hashlib
import io
import re
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
import shapely
import small_city
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import PathPatch

from gridgeo.errors import CRSError, InputError, SchemaError
from gridgeo.render import fonts
from gridgeo.render.canvas import outline
from gridgeo.render.content import content_of
from gridgeo.render.edition import Edition, borders, crs_line, drawn, new_edition
from gridgeo.render.furniture import scale_step
from gridgeo.render.recipe import Footer, Recipe
from gridgeo.render.sheet import map_sheet

RECIPE = Recipe(title="漯河市城市管理网格覆盖图", size="A4")


def edition_of(
    columns: int = 3, rows: int = 2, *, side_m: float = 100.0, version: str = "V1（2026-11-20 发布）"
) -> Edition:
    grids = small_city.grids_of(columns, rows)
    grids.loc[grids["code"] == "411102001002002", "kind"] = "exclusive"
    scaled = grids.geometry.affine_transform([side_m / 100, 0, 0, side_m / 100, 0, 0])
    grids = grids.set_geometry(scaled)
    return new_edition(grids, small_city.communities_of(grids), version=version, as_of="2026-11-01")


def sheet_of(edition: Edition, recipe: Recipe, kind: str) -> bytes:
    return map_sheet(content_of(edition, recipe), recipe, kind)


def text_of(pdf: bytes, folder: Path) -> str:
    """What a reader finds when searching the PDF."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    (folder / "sheet.pdf").write_bytes(pdf)
    run = subprocess.run(["pdftotext", "-layout", folder / "sheet.pdf", "-"], capture_output=True, check=True)
    return run.stdout.decode()


def test_the_pdf_can_be_searched_for_every_text_in_its_margin(tmp_path):
    footer = Footer(maker="漯河市民政局", review_number="豫S（2026）012号", secrecy="内部")
    pdf = sheet_of(edition_of(), Recipe(title=RECIPE.title, size="A4", footer=footer), "pdf")
    text = text_of(pdf, tmp_path)
    for wanted in (
        "漯河市城市管理网格覆盖图", "V1（2026-11-20 发布）", "数据截至：2026-11-01", "制图单位：漯河市民政局", "内部",
        "审图号：豫S（2026）012号", "CGCS2000", "EPSG:4547", "比例尺", "专属网格", "社区（村）界",
        "每格户数（户）", "沙北街道第1社区", "001",
    ):  # fmt: skip
        assert wanted in text
    assert "内部资料，注意保管" not in text


def test_the_north_arrow_is_labelled_with_a_word_of_its_own(tmp_path):
    words = text_of(sheet_of(edition_of(), RECIPE, "pdf"), tmp_path).split()
    assert words.count("北") == 1  # not the one in 沙北街道


def test_a_map_without_a_review_number_says_that_it_is_for_internal_use(tmp_path):
    assert "内部资料，注意保管" in text_of(sheet_of(edition_of(), RECIPE, "pdf"), tmp_path)


def test_only_our_own_truetype_face_is_embedded():
    pdf = sheet_of(edition_of(), RECIPE, "pdf")
    assert set(re.findall(rb"/BaseFont /[A-Z]{6}\+([\w-]+)", pdf)) == {b"GridgeoSansSC-Regular"}
    assert b"/FontFile2" in pdf


@pytest.mark.parametrize(("size", "long", "short"), [("A4", 297, 210), ("A3", 420, 297)])
def test_a_png_has_300_dots_to_the_inch_and_lies_as_the_layer_does(size, long, short):
    recipe = Recipe(title="覆盖图", size=size, labels=False)
    wide = imread(io.BytesIO(sheet_of(edition_of(4, 1), recipe, "png"))).shape
    high = imread(io.BytesIO(sheet_of(edition_of(1, 4), recipe, "png"))).shape
    dots = [round(side / 25.4 * 300) for side in (short, long)]
    assert wide[:2] == pytest.approx(dots, abs=1)
    assert high[:2] == pytest.approx(dots[::-1], abs=1)


def test_a_metre_on_the_sheet_is_as_long_as_the_scale_says():
    svg = sheet_of(
        edition_of(3, 2), Recipe(title="图", size="A4", orientation="landscape", labels=False), "svg"
    ).decode()
    fill = re.search(r'<path d="(M [^"]*)"[^>]*style="fill: #c6dbd3', svg)
    x = [float(value) for value in re.findall(r"[ML] (-?[\d.]+) ", fill[1])]
    # 300 m on the ground; an A4 page less its margins and legend has room for them at 1:1500, which makes 200 mm.
    assert (max(x) - min(x)) / 72 * 25.4 == pytest.approx(200, abs=0.01)


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_same_layer_gives_the_same_bytes_in_any_order_of_rows(kind):
    edition = edition_of()
    turned = new_edition(edition.grids[::-1], edition.communities[::-1], version=edition.version, as_of=edition.as_of)
    assert sheet_of(edition, RECIPE, kind) == sheet_of(turned, RECIPE, kind)


def test_matplotlib_keeps_its_settings():
    before = dict(mpl.rcParams)
    sheet_of(edition_of(), RECIPE, "svg")
    assert dict(mpl.rcParams) == before


def test_a_text_that_no_face_holds_fails_with_the_character(monkeypatch):
    monkeypatch.setattr(fonts, "_other_faces", lambda: ())
    with pytest.raises(InputError, match=r"U\+9F98.*install"):
        sheet_of(edition_of(), Recipe(title="龘网格"), "png")


def test_a_rare_character_takes_its_whole_text_to_a_face_that_holds_it(monkeypatch, tmp_path):
    rare = tmp_path / "rare.ttf"
    rare.write_bytes(b"")
    held = {fonts.SHIPPED: frozenset(map(ord, "网格")), rare: frozenset(map(ord, "龘网格"))}
    monkeypatch.setattr(fonts, "_characters", held.__getitem__)
    monkeypatch.setattr(fonts, "_other_faces", lambda: (rare,))
    assert fonts.face("龘网格") == rare
    assert fonts.face("网格") == fonts.SHIPPED


def test_the_shipped_face_is_the_one_whose_hash_lies_beside_it():
    digest = hashlib.sha256(fonts.SHIPPED.read_bytes()).hexdigest()
    assert fonts.SHIPPED.with_suffix(".ttf.sha256").read_text().split()[0] == digest
    assert fonts.SHIPPED.with_name("OFL.txt").is_file()


def test_layers_that_cannot_be_drawn_are_refused_with_the_reason():
    grids = small_city.grids_of()
    communities = small_city.communities_of(grids)
    with pytest.raises(CRSError, match="metric"):
        new_edition(grids.to_crs(4490), communities, version="")
    with pytest.raises(InputError, match="empty"):
        new_edition(grids.iloc[:0].astype({"code": str}), communities, version="")
    with pytest.raises(SchemaError, match="full_name"):
        new_edition(grids.drop(columns="full_name"), communities, version="")


def test_thinned_borders_stay_shared_by_both_neighbours():
    wave = np.c_[np.linspace(0, 200, 201), 100 + np.sin(np.linspace(0, 20, 201))]
    lower = shapely.Polygon([(200, 0), (0, 0), *wave])
    upper = shapely.Polygon([(200, 200), (0, 200), *wave])
    grids = small_city.grids_of(1, 2).set_geometry([upper, lower], crs=small_city.CRS)
    edition = new_edition(grids, small_city.communities_of(grids), version="")
    thinned = drawn(edition, 5.0).grids.geometry.to_numpy()
    assert shapely.get_num_coordinates(thinned).sum() < 0.5 * shapely.get_num_coordinates([upper, lower]).sum()
    assert shapely.coverage_is_valid(thinned)
    assert shapely.area(thinned).sum() == pytest.approx(200 * 200, rel=1e-3)


def test_borders_of_a_level_are_drawn_from_the_grids():
    edition = edition_of()
    assert len(borders(edition, "community")) == 3
    assert shapely.length(borders(edition, "city")).sum() == pytest.approx(1000)
    assert shapely.length(borders(edition, "street")).sum() == pytest.approx(1000)
    assert len(borders(edition, "county")) == 0


def test_a_hole_stays_a_hole():
    ring = shapely.Point(0, 0).buffer(10) - shapely.Point(0, 0).buffer(5)
    figure = Figure((1, 1), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-10, 10), ylim=(-10, 10))
    axes.set_axis_off()
    axes.add_patch(PathPatch(outline(np.array([ring])), facecolor="black"))
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    pixels = imread(io.BytesIO(picture.getvalue()))
    assert pixels[50, 50, 0] == 1
    assert pixels[50, 87, 0] == 0


@pytest.mark.parametrize(("metres", "step"), [(1, 1), (1.99, 1), (4.99, 2), (5, 5), (99, 50), (100, 100), (0.03, 0.02)])
def test_scale_bars_step_by_1_2_5(metres, step):
    assert scale_step(metres) == pytest.approx(step)


def test_other_systems_are_named_as_they_name_themselves():
    assert crs_line(gpd.GeoSeries(crs="EPSG:3826").crs) == "TWD97 / TM2 zone 121（EPSG:3826）"
