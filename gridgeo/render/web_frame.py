"""What stands around the one-file web map: title, legend, margin, search box and north arrow.

In: a content and a recipe. Out: a folium element; its style and the page's script lie
beside this file.
"""

from __future__ import annotations

import html
from importlib import resources

import shapely
from branca.element import MacroElement
from folium.template import Template

from gridgeo.render.alt import alt_text
from gridgeo.render.content import Content, Mark
from gridgeo.render.edition import Edition
from gridgeo.render.footer import margin_lines
from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import MUTED
from gridgeo.render.recipe import Recipe
from gridgeo.render.table import equal_table

__all__ = ["WebFrame"]

_SEARCH = (
    '<form class="gg" id="find" role="search">'
    '<input id="query" type="search" autocomplete="off" aria-label="按编码或名称查网格" placeholder="编码或名称">'
    '<button>查找</button><output id="found"></output></form>'
)
_NORTH = (
    '<svg id="north" role="img" aria-label="指北针：上方为北" viewBox="0 0 30 50" width="30" height="50">'
    "<title>指北针：上方为北</title>"
    '<g stroke-linejoin="round"><path d="M15 18 6 47 15 40Z"/><path class="east" d="M15 18 24 47 15 40Z"/></g>'
    '<text x="15" y="13" text-anchor="middle">北</text></svg>'
)
"""The map lies in Web Mercator and cannot be turned: up is true north everywhere. The script puts it over the scale."""


class WebFrame(MacroElement):
    """Title, legend, margin, search box and north arrow around a folium map."""

    _template = Template("""
        {% macro header(this, kwargs) %}<style>{{ this.style }}</style><script>{{ this.code }}</script>{% endmacro %}
        {% macro html(this, kwargs) %}{{ this.body }}{% endmacro %}
    """)

    def __init__(self, content: Content, recipe: Recipe) -> None:
        super().__init__()
        self.style, self.code = _own_file("web_frame.css"), _own_file("web_map.js")
        said = _legend(content) + _marks(content) + _margin(content.edition, recipe) + _table(content)
        beside = f'<aside class="gg" aria-label="{html.escape(alt_text(content, recipe))}">{said}</aside>'
        self.body = "".join((_title(recipe), _SEARCH, beside, _NORTH))


def _own_file(name: str) -> str:
    """Return a text file that lies beside this module."""
    return (resources.files("gridgeo.render") / name).read_text("utf-8")


def _title(recipe: Recipe) -> str:
    """Return the title and the secrecy grade."""
    secrecy = f"<b>{html.escape(recipe.footer.secrecy)}</b>" if recipe.footer.secrecy else ""
    return f'<header class="gg"><h1>{html.escape(recipe.title)}</h1>{secrecy}</header>'


def _legend(content: Content) -> str:
    """Return the legend as a table with the counts."""
    entries = "".join(_legend_entry(row) for row in content.rows)
    total = f"<tr><td></td><td>合计</td><td>{sum(row.count for row in content.rows)}</td></tr>"
    return f"<table><caption>{html.escape(content.heading)}</caption>{entries}{total}</table>"


def _marks(content: Content) -> str:
    """Return what lines, hatches and points above the grids mean; nothing where there are none."""
    entries = "".join(
        f"<tr><td>{_sample(mark)}</td><td>{html.escape(mark.told)}</td>"
        f"<td>{'' if mark.count is None else mark.count}</td></tr>"
        for mark in content.marks
    )
    return f"<table>{entries}</table>" if entries else ""


def _sample(mark: Mark) -> str:
    """Return the sample of a mark, if it has a look of its own."""
    return f'<i style="{_look(mark)}"></i>' if mark.drawn else ""


def _look(mark: Mark) -> str:
    """Return the style of a mark's sample."""
    if mark.hatch:
        hatch = f"background:repeating-linear-gradient(-45deg,{mark.colour} 0 1px,transparent 1px 5px)"
        return f"{hatch};border-color:{mark.colour}"
    if mark.marker or (len(mark.shapes) and not shapely.get_dimensions(mark.shapes).any()):
        return f"width:10px;height:10px;border:0;border-radius:50%;background:{mark.colour};margin:0 8px"
    dashes = "solid" if mark.dashes == "solid" else "dashed"
    return f"height:0;border:0;border-top:{max(round(2 * mark.width_pt), 1)}px {dashes} {mark.colour}"


def _legend_entry(row: LegendRow) -> str:
    """Return one class."""
    hatch = f"repeating-linear-gradient(-45deg,{row.hatch} 0 1px,transparent 1px 5px)," if row.hatch else ""
    swatch = f"background:{hatch}{row.fill};border-color:{row.hatch or MUTED}"
    return f'<tr><td><i style="{swatch}"></i></td><td>{html.escape(row.label)}</td><td>{row.count}</td></tr>'


def _table(content: Content) -> str:
    """Return the table that equals the map, folded: for those who cannot see it, and to be copied."""
    table = equal_table(content.edition, content.key, content.rows)
    # HTML ends cells and rows by itself: of 8,000 grids that is half a megabyte
    heads = "".join(f"<th>{html.escape(str(name))}" for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}" for value in row)
        for row in table.itertuples(index=False, name=None)
    )
    return f'<details id="table"><summary>表格</summary><div><table><tr>{heads}{rows}</table></div></details>'


def _margin(edition: Edition, recipe: Recipe) -> str:
    """Return the lines that every map carries; the review number stands out."""
    *lines, review = (html.escape(str(line)) for line in margin_lines(edition, recipe))
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul><p>{review}</p>"
