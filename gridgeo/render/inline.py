"""Make a folium page one file that needs nothing from outside.

In: the HTML that folium writes, which names fourteen files on five servers. Out: the same page with Leaflet and the
plugins of `inline_plugins` inside and the rest dropped; an address without a copy is an error, so nothing slips
through. Leaflet comes from the package xstatic-leaflet; its icons become data URIs and its attribution with the flag
goes. Maps of one's own: ``one_file(folium_map.get_root().render())``.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib import resources

from gridgeo.errors import GridgeoError
from gridgeo.render.inline_plugins import helpers_of, plugin_copy

__all__ = ["OUTSIDE", "one_file", "outside_references"]

OUTSIDE = re.compile(
    r"""(?:\b(?:src|href|action|poster|data)\s*=\s*["']?|url\(\s*["']?|@import\s+["']?|\bimport\s*\(?\s*["']|\b(?:tileLayer(?:\.wms)?|imageOverlay|videoOverlay|fetch|getJSON|WebSocket)\(\s*["'`])\s*(?:https?:)?//[^\s"')>]+""",
    re.IGNORECASE,
)
"""A reference that a browser would load from somewhere else."""

_TAG = re.compile(
    r"""[ \t]*<(?:script[^>]*\bsrc="(?P<script>[^"]+)"[^>]*>\s*</script>"""
    r"""|link[^>]*\bhref="(?P<style>[^"]+)"[^>]*/?>)\n?"""
)
_DROPPED = re.compile(r"jquery|bootstrap|glyphicons|fontawesome|awesome-markers|leaflet\.awesome\.rotate")
"""What folium loads for markers with icons, which these maps do not have."""
_ATTRIBUTION = re.compile(r"""prefix:'<a href="https://leafletjs\.com".*?Leaflet</a>"(?=})""")
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""The page forbids itself every connection."""


def one_file(html: str) -> str:
    """Put everything that a folium page loads into the page.

    Parameters
    ----------
    html : str
        What ``folium.Map.get_root().render()`` returns.

    Returns
    -------
    str
        A page that opens from disk without a network.

    Raises
    ------
    GridgeoError
        If the page names an address of which there is no copy, for example a plugin's or a tile server's, or if a
        marker has an icon of a font that would have to be loaded.
    """
    page = _TAG.sub(_copy_of, html)
    page = page.replace("</head>", f"{helpers_of(page)}</head>", 1)
    page = page.replace("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{_POLICY}">', 1)
    page = page.replace("<html>", '<html lang="zh-CN">', 1)
    left = outside_references(page)
    if left:
        raise GridgeoError(f"the map page would load {', '.join(left)}, and there is no copy of it to put inside")
    return _plain_names(page)


def outside_references(page: str) -> list[str]:
    """Return every reference of a page that a browser would load from somewhere else."""
    return sorted({match.group(0) for match in OUTSIDE.finditer(page)})


def _copy_of(tag: re.Match[str]) -> str:
    """Return what stands in the page in place of a tag that loads a file."""
    address = tag["script"] or tag["style"]
    name = address.rsplit("/", 1)[-1]
    if name == "leaflet.js":
        return f"<script>{_leaflet_script()}</script>\n"
    if name == "leaflet.css":
        return f"<style>{_leaflet_style()}</style>\n"
    if copy := plugin_copy(address):
        return copy
    if _DROPPED.search(address):
        return ""
    raise GridgeoError(f"the map page would load {address}, and there is no copy of it to put inside")


def _leaflet(name: str) -> bytes:
    """Return one file of the package xstatic-leaflet."""
    return (resources.files("xstatic.pkg.leaflet") / "data" / name).read_bytes()


@cache
def _leaflet_script() -> str:
    """Return Leaflet without its attribution, the flag in it, and its source map."""
    script = re.sub(r"\n//# sourceMappingURL=.*", "", _leaflet("leaflet.js").decode())
    script, replaced = _ATTRIBUTION.subn("prefix:!1", script)
    if replaced != 1 or "</script" in script.lower():
        raise GridgeoError("this release of xstatic-leaflet is not the one known here; install the pinned version")
    return script


@cache
def _leaflet_style() -> str:
    """Return Leaflet's style sheet with its icons inside."""

    def picture(match: re.Match[str]) -> str:
        return f"url(data:image/png;base64,{base64.b64encode(_leaflet(match[1])).decode()})"

    return re.sub(r"url\((images/[^)]+)\)", picture, _leaflet("leaflet.css").decode())


def _plain_names(page: str) -> str:
    """Number folium's random names in the order they appear, so that the same map gives the same page."""
    names: dict[str, str] = {}
    return re.sub(r"(?<=_)[0-9a-f]{32}(?![0-9a-f])", lambda name: names.setdefault(name[0], str(len(names) + 1)), page)
