"""The map as one lean HTML file: OpenLayers on canvas in the city's own metric coordinates, with search and table.

In: a `Content` and a `Recipe`. Out: the page, which needs no network and forbids itself any. It is a third of the size
of the folium page of `web`, has no distortion of Web Mercator, labels every grid and opens the equal table.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from importlib import resources

import shapely

from gridgeo.render import palette
from gridgeo.render.content import Content
from gridgeo.render.lean_data import Packed, packed
from gridgeo.render.lean_frame import body_of
from gridgeo.render.recipe import Recipe
from gridgeo.render.surroundings import nearby
from gridgeo.render.thin_web import thinned_together
from gridgeo.render.vendored import vendored_packages, vendored_text

__all__ = ["lean_map"]

DETAIL_M = 0.5
"""Borders are thinned to about this length: a pixel or two at the closest zoom that a map needs."""
_SCRIPTS = (
    "unpack", "shapes", "model", "styles", "labels", "map", "scale", "card", "search", "table", "print", "start",
)  # fmt: skip
_ADDRESS = re.compile(r"""https?://(?!www\.w3\.org/)[^"'`\s<>\\]+""")
"""Map services, and names of formats that a page without files does not read."""
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'"
)
"""The page may do nothing but run what stands in it, known by hash."""


def lean_map(content: Content, recipe: Recipe) -> str:
    """Draw a map as one HTML file without any outside reference.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        With its final title.

    Returns
    -------
    str
        The page. The same input gives the same page.
    """
    shown, detail_m = thinned_together(nearby(content), DETAIL_M)
    scripts = [_ol(), '"use strict";\nconst gg = {};\n' + "\n".join(_own_file(f"{name}.js") for name in _SCRIPTS)]
    styles = [_variables() + _own_file("page.css") + _sheet_of_paper(content, recipe)]
    policy = _POLICY.format(scripts=" ".join(map(_hash, scripts)), styles=" ".join(map(_hash, styles)))
    data = packed(shown, recipe)
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{html.escape(recipe.title)}</title>",
            *(f"<style>{style}</style>" for style in styles),
            f"</head><body>{body_of(content, recipe, detail_m)}",
            *(_held(name, one) for name, one in data.items()),
            *(f"<script>{script}</script>" for script in scripts),
            "</body></html>\n",
        ]
    )


def _held(name: str, data: Packed) -> str:
    """Return packed data as an element that browsers neither show nor run."""
    return f'<script type="text/plain" id="{name}" data-size="{data.size}">{data.text}</script>'


def _hash(text: str) -> str:
    """Return the source expression of a policy that allows one text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _own_file(name: str) -> str:
    """Return a text file of the page."""
    return (resources.files("gridgeo.render") / "lean_page" / name).read_text("utf-8")


@cache
def _ol() -> str:
    """Return OpenLayers with its licence named, and without the addresses of services that this page never asks."""
    about = vendored_packages()["ol"]
    named = (
        f"/* OpenLayers {about['version']}, {about['licence']}, Copyright OpenLayers Contributors; addresses removed */"
    )
    return f"{named}\n{_ADDRESS.sub('about:blank', vendored_text('ol.js'))}"


def _variables() -> str:
    """Return the palette for the style sheet."""
    colours = {
        "ink": palette.INK, "muted": palette.MUTED, "rule": palette.RULE, "paper": palette.PAPER,
        "changed": palette.CHANGED, "error": palette.MARKS["error"], "accent": palette.ACCENT, "focus": palette.FOCUS,
        "neighbour": palette.NEIGHBOUR, "neighbour-line": palette.NEIGHBOUR_LINE,
    }  # fmt: skip
    lines = "".join(f"--{name}:{value};" for name, value in colours.items())
    return f":root{{{lines}--faces:{palette.FONT_STACK}}}\n"


def _sheet_of_paper(content: Content, recipe: Recipe) -> str:
    """Return the page size for print: the recipe's, turned as the city lies."""
    left, bottom, right, top = shapely.total_bounds(content.edition.grids.geometry.to_numpy())
    turned = {"portrait": False, "landscape": True}.get(recipe.orientation, right - left >= top - bottom)
    size = recipe.size if recipe.size in ("A3", "A4") else "A4"
    long, short = (420, 297) if size == "A3" else (297, 210)
    width, height = (long, short) if turned else (short, long)
    # 10 mm on each side; the legend stands right of a wide map and below a high one
    room = (width - 20 - 58, height - 20 - 16) if turned else (width - 20, height - 20 - 16 - 60)
    way, main, told = ("landscape", "flex", "block") if turned else ("portrait", "block", "flex")
    paper = f"#paper{{width:{room[0]}mm;height:{room[1]}mm}}"
    flow = f"@media print{{main{{display:{main}}}#told{{display:{told}}}}}"
    return f"{paper}\n@page{{size:{size} {way};margin:10mm}}\n{flow}\n"
