"""What stands around the map of the lean page: title, search, legend, margin, card and table, as HTML.

In: a `Content` and a `Recipe`. Out: the body of the page. Every text is escaped here; looks are SVG attributes, because
the page's policy forbids style attributes. Used by `lean`.
"""

from __future__ import annotations

import html
from string import Template

from gridgeo.render.alt import alt_text
from gridgeo.render.content import Content, Mark
from gridgeo.render.footer import margin_lines
from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import MUTED, NEIGHBOUR, NEIGHBOUR_LINE
from gridgeo.render.recipe import Recipe

__all__ = ["body_of"]

SEEN_M = 2.0
"""Borders thinned to more than this are told; chosen: the accuracy of most borders that are merged."""

_BODY = Template("""
<header>
<h1>$title</h1>$secrecy
<form id="find" role="search">
<div id="field"><input id="query" type="search" role="combobox" aria-expanded="false" aria-controls="choices"
 aria-autocomplete="list" autocomplete="off" spellcheck="false" aria-label="按编码或名称查网格"
 placeholder="编码、网格、社区或街道"><ul id="choices" role="listbox" aria-label="可选的网格和地方" hidden></ul></div>
<button>查找</button><button type="button" id="table-open" aria-expanded="false" aria-controls="table">表格</button>
</form>
<p id="message" role="status"></p>
</header>
<main>
<section id="stage" aria-label="地图">
<div id="map" role="img" tabindex="0" aria-label="$alt" aria-describedby="keys"></div>
<div id="paper" hidden></div>
<p id="keys" class="aloud">方向键移动地图，加号、减号缩放。各网格在“表格”里，用上下键选择。</p>
<p id="wait">正在打开地图……若久无反应，请换用 2020 年以后的浏览器，并允许脚本。</p>
<div id="tools"><button type="button" id="closer" aria-label="放大" title="放大">+</button>
<button type="button" id="farther" aria-label="缩小" title="缩小">−</button>
<button type="button" id="whole" aria-label="看全图" title="看全图">全</button></div>
<div id="hover" hidden></div>
<div id="foot">$north<div id="scale" role="img"></div></div>
</section>
<div id="side">
<section id="card" aria-label="所选网格" hidden>
<button type="button" id="card-close" aria-label="关闭" title="关闭">×</button>
<h2 id="card-name"></h2><p id="card-code"></p><p id="card-chain"></p><table><tbody id="card-rows"></tbody></table>
<button type="button" id="card-go">放大到此网格</button></section>
<details id="legend" open><summary>图例与说明</summary>
<div id="told">
$legend
<div><ul>$margin</ul><p>$review</p></div></div></details>
</div>
<section id="table" aria-label="网格表" hidden>
<div id="bar"><h2 id="table-name">网格表</h2><select id="which" aria-label="选表" hidden></select>
<button type="button" id="every" hidden>列出全部</button>
<button type="button" id="before">上一页</button><button type="button" id="after">下一页</button>
<button type="button" id="table-close" aria-label="关闭表格">×</button><output id="range"></output></div>
<div id="roll"><table>
<caption class="aloud">$title：每行一个网格，与图上数字相同</caption>
<thead><tr id="heads"></tr></thead>
<tbody id="rows"></tbody></table></div>
</section>
</main>
<div id="live" class="aloud" aria-live="polite"></div>
""")

_NORTH = (
    '<svg id="north" role="img" aria-label="指北针：上方为坐标北" viewBox="0 0 30 50" width="30" height="50">'
    '<g stroke-linejoin="round"><path d="M15 18 6 47 15 40Z"/><path class="east" d="M15 18 24 47 15 40Z"/></g>'
    '<text x="15" y="13" text-anchor="middle">北</text></svg>'
)
_HATCH = '<path d="M-2 8 8 -2M3 13 16 0M11 15 24 2M19 15 28 6" stroke="{colour}" stroke-width="1.2"/>'


def body_of(content: Content, recipe: Recipe, detail_m: float) -> str:
    """Return the body of the page without its data and scripts.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        With its final title.
    detail_m : float
        What borders were thinned to; the page tells it where somebody could see it.
    """
    *lines, review = (html.escape(str(line)) for line in margin_lines(content.edition, recipe))
    if detail_m > SEEN_M:
        lines.append(f"界线为显示而概化，细于约 {detail_m:.0f} 米的曲折略去")
    secrecy = recipe.footer.secrecy
    return _BODY.substitute(
        title=html.escape(recipe.title),
        secrecy=f"<b>{html.escape(secrecy)}</b>" if secrecy else "",
        alt=html.escape(alt_text(content, recipe)),
        north=_NORTH,
        legend=_legend(content),
        margin="".join(f"<li>{line}</li>" for line in lines),
        review=review,
    )


def _legend(content: Content) -> str:
    """Return the classes and the marks with their counts."""
    entries = [_entry(_swatch(row), row.label, str(row.count)) for row in content.rows]
    entries.append(_entry("", "合计", str(sum(row.count for row in content.rows))))
    entries += [
        _entry(_sample(mark) if mark.drawn else "", mark.told, "" if mark.count is None else str(mark.count))
        for mark in content.marks
    ]
    if len(content.neighbours):
        around = f'<rect x=".5" y=".5" width="25" height="13" fill="{NEIGHBOUR}" stroke="{NEIGHBOUR_LINE}"/>'
        entries.append(_entry(_picture(around), "范围外", ""))
    rows = f"<tbody>{''.join(entries)}</tbody>"
    return f"<table><caption>{html.escape(content.heading)}</caption>{rows}</table>{_facts(content)}"


def _facts(content: Content) -> str:
    """Return what the legend tells in words, folded away."""
    rows = "".join(_entry("", name, value) for name, value in content.facts)
    return f"<details><summary>统计</summary><table><tbody>{rows}</tbody></table></details>" if rows else ""


def _entry(picture: str, text: str, count: str) -> str:
    """Return one line of the legend."""
    return f'<tr><td>{picture}</td><th scope="row">{html.escape(text)}</th><td>{count}</td></tr>'


def _picture(inside: str) -> str:
    """Return a sample of a colour or line; the words beside it say what it is."""
    return f'<svg viewBox="0 0 26 14" width="26" height="14" aria-hidden="true">{inside}</svg>'


def _swatch(row: LegendRow) -> str:
    """Return the sample of a class."""
    edge = html.escape(row.hatch or MUTED)
    hatch = _HATCH.format(colour=edge) if row.hatch else ""
    ground = f'<rect x=".5" y=".5" width="25" height="13" fill="{html.escape(row.fill)}"/>'
    return _picture(f'{ground}{hatch}<rect x=".5" y=".5" width="25" height="13" fill="none" stroke="{edge}"/>')


_MARKERS = {
    "^": '<path d="M13 1L19 12H7Z" fill="{colour}"/>',
    "X": '<path d="M8 2L18 12M18 2L8 12" stroke="{colour}" stroke-width="3.5"/>',
}
"""Shapes of points that are no discs."""


def _sample(mark: Mark) -> str:
    """Return the sample of a mark."""
    colour, width = html.escape(mark.colour), max(mark.width_pt * 4 / 3, 1)
    if mark.hatch:
        return _picture(
            f'{_HATCH.format(colour=colour)}<rect x=".5" y=".5" width="25" height="13" fill="none" stroke="{colour}"/>'
        )
    if mark.marker in _MARKERS:
        return _picture(_MARKERS[mark.marker].format(colour=colour))
    if mark.marker or (len(mark.shapes) and all(shape.geom_type.endswith("Point") for shape in mark.shapes)):
        return _picture(f'<circle cx="13" cy="7" r="5" fill="{colour}"/>')
    dashes = "" if mark.dashes == "solid" else ' stroke-dasharray="6 3"'
    return _picture(f'<path d="M0 7H26" stroke="{colour}" stroke-width="{width:g}"{dashes}/>')
