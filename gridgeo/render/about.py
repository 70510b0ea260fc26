"""What every file of a map says about itself: title, version, CRS, day of the data, maker, review number.

In: an edition and a recipe. Out: one dict of English keys, the same for tables, layers and tiles, and their Chinese
names. Next: `workbook`, `geojson`, `tiles` and the layers that ``jobs.spatial_files`` writes.
"""

from __future__ import annotations

import json

from gridgeo.render.edition import Edition, crs_line
from gridgeo.render.footer import DISCLAIMER, INTERNAL
from gridgeo.render.recipe import Recipe

__all__ = ["ABOUT_NAMES", "about"]

UNTOLD = "未注明"

ABOUT_NAMES = {
    "title": "标题",
    "city": "城市",
    "version": "版本",
    "crs_name": "坐标系",
    "as_of": "数据截至",
    "maker": "制图单位",
    "review_number": "审图号",
    "secrecy": "密级",
    "use": "使用范围",
    "disclaimer": "说明",
}
"""Key of `about` → what a Chinese reader is told; the other keys are for programs."""


def about(edition: Edition, recipe: Recipe) -> dict[str, str]:
    """Return what a file says about itself.

    Parameters
    ----------
    edition : Edition
    recipe : Recipe
        Its title and footer.

    Returns
    -------
    dict of str to str
        No empty values. Either ``review_number`` or ``use`` is there. ``crs`` and ``rules`` are as in ``layer.gpkg``,
        so that a GeoPackage that was exported can be drawn again.
    """
    footer, crs = recipe.footer, edition.grids.crs
    number = crs.to_epsg()
    told = {
        "title": edition.titled(recipe.title),
        "city": edition.city,
        "version": edition.version,
        "crs": f"EPSG:{number}" if number else crs.to_wkt(),
        "crs_name": crs_line(crs),
        "as_of": footer.as_of or edition.as_of or UNTOLD,
        "maker": footer.maker or UNTOLD,
        "review_number": footer.review_number,
        "secrecy": footer.secrecy,
        "use": "" if footer.review_number else INTERNAL,
        "disclaimer": DISCLAIMER,
        "rules": json.dumps(edition.rules, ensure_ascii=False) if edition.rules else "",
    }
    return {key: value for key, value in told.items() if value}
