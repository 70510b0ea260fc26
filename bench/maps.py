"""Maps of a city as large as Luohe: seconds, megabytes, memory and faults of labels, beside geopandas and folium.

    python bench/maps.py [--grids 8000] [--workers 2] [--only page,atlas,memory,labels,html]

Prints one line per claim; what is set beside another tool is measured in the same run and printed as a ratio.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folium
import matplotlib as mpl
from map_city import luohe
from matplotlib.figure import Figure

from gridgeo.jobs.document import draw_document, planned_book
from gridgeo.jobs.recipes import read_recipe
from gridgeo.jobs.turns import drawing
from gridgeo.render.atlas_page import AtlasPage
from gridgeo.render.content import content_of
from gridgeo.render.edition import Edition
from gridgeo.render.label_check import label_faults
from gridgeo.render.recipe import Recipe, changed
from gridgeo.render.web import web_map

PAGES = 8
"""Pages of which the median is taken."""
FEW, MANY = 20, 200
"""Pages at which memory is measured."""


@dataclass(frozen=True, slots=True)
class Made:
    """A source of one edition, as `gridgeo.jobs.source` has them."""

    edition: Edition
    name: str = "bench"


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Note the seconds that a block takes."""
    start = time.perf_counter()
    yield
    into.append(time.perf_counter() - start)


def a3(**changes: Any) -> Recipe:
    """Return the recipe of the atlas, on A3."""
    return changed(read_recipe("atlas"), {"size": "A3", **changes})


def page(city: Edition, _: int) -> None:
    """One page on one core, beside the same grids plotted by geopandas."""
    book, _ = planned_book(Made(city), a3())  # type: ignore[arg-type]
    ours: list[float] = []
    theirs: list[float] = []
    for at in range(1, PAGES + 1):
        leaf = book.leaf(at)
        with timed(ours), drawing():
            drawn = next(iter(leaf.pages(book.shared)))
            drawn.figure.savefig(io.BytesIO(), format="pdf")
        with timed(theirs):
            plotted(leaf)
    one, two = statistics.median(ours), statistics.median(theirs)
    print(f"A3 atlas page: {one:.2f} s, geopandas.plot of its grids alone: {two:.2f} s, ratio {one / two:.2f}")


def plotted(leaf: Any) -> None:
    """Plot the grids of a page as geopandas does it: classes and legend, no labels, table or neighbours."""
    figure = Figure((420 / 25.4, 297 / 25.4))
    axes = figure.add_subplot()
    leaf.content.edition.grids.plot(
        column="households", scheme=None, cmap="viridis", legend=True, edgecolor="0.3", ax=axes
    )
    figure.savefig(io.BytesIO(), format="pdf")


def atlas(city: Edition, workers: int) -> None:
    """The whole atlas."""
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder, timed(took):
        made = draw_document(Made(city), a3(), Path(folder) / "atlas.pdf", workers=workers)  # type: ignore[arg-type]
    streets = city.communities["street"].nunique()
    print(
        f"atlas of {streets} streets, {len(city.communities):,} communities, {made.grids:,} grids: {made.pages} pages "
        f"in {took[0]:.1f} s on {workers} processes, {made.size_bytes / 1e6:.1f} MB"
    )


def memory(city: Edition, _: int) -> None:
    """Peak memory of few and of many pages, each in a process of its own."""
    peaks = {count: int(asked(len(city.grids), count)) for count in (FEW, MANY)}
    few, many = peaks[FEW], peaks[MANY]
    print(f"peak memory: {few} MB at {FEW} pages, {many} MB at {MANY} pages, ratio {many / few:.2f}")


def asked(grids: int, count: int) -> str:
    """Return what a process says that draws so many pages."""
    command = [sys.executable, __file__, "--grids", str(grids), "--peak", str(count)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def peak(city: Edition, count: int) -> None:
    """Draw so many pages of communities in this process, and print its peak memory in MB."""
    import resource  # noqa: PLC0415 - there is none on Windows, where the rest runs

    codes = tuple(city.communities["code"][: count - 1])
    recipe = a3(by="community", community=codes)
    with tempfile.TemporaryDirectory() as folder:
        draw_document(Made(city), recipe, Path(folder) / "atlas.pdf", workers=1)  # type: ignore[arg-type]
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def labels(city: Edition, _: int) -> None:
    """Faults of all labels of the atlas."""
    book, _ = planned_book(Made(city), a3())  # type: ignore[arg-type]
    total: dict[str, int] = {}
    count = 0
    for at in range(len(book.heads)):
        leaf = book.leaf(at)
        if not isinstance(leaf, AtlasPage):
            continue
        placed = leaf.placed(book.shared.recipe)
        assert placed.placing is not None
        count += len(placed.placing.labels)
        for name, faults in label_faults(placed.placing, placed.content.edition, leaf.layout.window).items():
            total[name] = total.get(name, 0) + faults
    print(f"{count:,} labels: {', '.join(f'{faults} {name}' for name, faults in total.items())}")


def html(city: Edition, _: int) -> None:
    """One-file pages, beside folium as it comes."""
    content = content_of(city, Recipe(title="漯河市网格", limits=(300, 500)))
    recipe = Recipe(title="漯河市网格")
    sizes = {"stock folium": weighed(lambda: stock(city)), "our folium": weighed(lambda: web_map(content, recipe))}
    try:
        from gridgeo.render.lean import lean_map  # noqa: PLC0415 - as long as it is not there, the rest is measured
    except ImportError:
        print("lean page: not there yet")
    else:
        sizes["lean"] = weighed(lambda: lean_map(content, recipe))
    size, took = sizes["stock folium"]
    for name, (own, own_took) in sizes.items():
        print(
            f"{name}: {own / 1e6:.2f} MB in {own_took:.1f} s, {own / size:.2f} of stock folium, {own_took / took:.2f}"
        )


def stock(city: Edition) -> str:
    """Return folium's own page of the grids, without a base map."""
    table = city.grids[["code", "full_name", "households", "geometry"]].to_crs(4326)
    shown = folium.Map(tiles=None)
    folium.GeoJson(json.loads(table.to_json()), tooltip=folium.GeoJsonTooltip(["code", "households"])).add_to(shown)
    return str(shown.get_root().render())


def weighed(make: Callable[[], str | bytes]) -> tuple[int, float]:
    """Return bytes and seconds of a page."""
    took: list[float] = []
    with timed(took):
        made = make()
    return len(made.encode() if isinstance(made, str) else made), took[0]


CLAIMS = {"page": page, "atlas": atlas, "memory": memory, "labels": labels, "html": html}


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description="Maps of a city as large as Luohe.")
    parser.add_argument("--grids", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default=",".join(CLAIMS), help=f"some of {', '.join(CLAIMS)}")
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    city = luohe(given.grids)
    if given.peak:
        peak(city, given.peak)
        return
    mpl.use("agg")
    for name in given.only.split(","):
        CLAIMS[name](city, given.workers)


if __name__ == "__main__":
    main()
