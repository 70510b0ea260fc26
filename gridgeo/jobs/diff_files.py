"""Job: the difference between two versions as a file: JSON, CSV, Excel, GeoPackage or a map.

In: a `Difference`. Out: one file, written whole or not at all; its ending says what it becomes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from gridgeo.errors import InputError
from gridgeo.jobs.diff import Difference
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.output import save_layers

__all__ = ["ENDINGS", "MAPS", "TITLES", "require_ending", "write_difference"]

MAPS = (".html", ".png", ".pdf", ".svg")
ENDINGS = (".json", ".csv", ".xlsx", ".gpkg", *MAPS)

TITLES = {
    "code": "网格编码",
    "became": "变更",
    "name_before": "原名称",
    "name_after": "现名称",
    "households_before": "原户数",
    "households_after": "现户数",
    "enterprises_before": "原企业",
    "enterprises_after": "现企业",
    "population_before": "原人口",
    "population_after": "现人口",
    "area_m2_before": "原面积（平方米）",
    "area_m2_after": "现面积（平方米）",
    "came_households": "划入户数",
    "left_households": "划出户数",
    "came_from": "来自网格",
    "went_to": "去往网格",
}
"""Column of `Difference.grids` → what an Excel sheet calls it."""

_GROUND = {"code_before": "原网格", "code_after": "现网格", "area_m2": "面积（平方米）"}
_PLACES = {
    "kind": "类别", "id": "编号", "nth": "序", "address": "地址", "count": "户数", "population": "人口", "code_before":
    "原网格", "code_after": "现网格",
}  # fmt: skip


def require_ending(out: Path) -> str:
    """Return the ending of a file that a difference can be written to.

    Raises
    ------
    InputError
        If it is another one.
    """
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{out}: the ending must be one of {', '.join(one[1:] for one in ENDINGS)}")
    return ending


def write_difference(found: Difference, out: Path) -> None:
    """Write a table or layers; maps are drawn by `gridgeo.jobs.draw`.

    Parameters
    ----------
    found : Difference
    out : Path
        ``.json`` as `Difference.as_dict`; ``.csv`` one row per grid, UTF-8 with byte order mark so that Excel reads it;
        ``.xlsx`` three sheets with Chinese headings, codes as text; ``.gpkg`` the layers ``before`` and ``after`` (the
        grids that changed), ``moved_ground`` and ``moved_places``.

    Raises
    ------
    InputError
        If the ending is unknown or the file cannot be written.
    """
    writer = {".json": _write_json, ".csv": _write_csv, ".xlsx": _write_xlsx, ".gpkg": _write_gpkg}
    with written_whole(out) as part:
        writer[require_ending(out)](found, part)


def _write_json(found: Difference, part: Path) -> None:
    part.write_text(json.dumps(found.as_dict(), ensure_ascii=False, indent=1), "utf-8")


def _write_csv(found: Difference, part: Path) -> None:
    found.grids.to_csv(part, index=False, encoding="utf-8-sig")


def _write_xlsx(found: Difference, part: Path) -> None:
    with pd.ExcelWriter(part, engine="openpyxl") as book:
        found.grids.rename(columns=TITLES).to_excel(book, sheet_name="网格变更", index=False)
        for table, titles, sheet in ((found.ground, _GROUND, "划转地块"), (found.places, _PLACES, "划转住户与单位")):
            table[list(titles)].rename(columns=titles).to_excel(book, sheet_name=sheet, index=False)


def _write_gpkg(found: Difference, part: Path) -> None:
    before, after = found.outlines
    layers: dict[str, tuple[pd.DataFrame, str | None]] = {
        "before": (before, "Polygon"),
        "after": (after, "Polygon"),
        "moved_ground": (found.ground, "MultiPolygon"),
        "moved_places": (found.places, "Point"),
    }
    save_layers(part, layers)
