"""Copies of the files of folium's plugins that reports use, and what else folium pages need besides Leaflet.

In: the name of a file in folium's address, or a page. Out: what to put inside in its place. Used by `inline`.
"""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from importlib import resources

from gridgeo.errors import GridgeoError
from gridgeo.render.vendored import vendored_packages, vendored_text

__all__ = ["PLUGINS", "helpers_of", "plugin_copy"]

_FILES = {
    "leaflet-minimap/": {
        "Control.MiniMap.js": "Control.MiniMap.min.js", "Control.MiniMap.css": "Control.MiniMap.min.css",
    },
    "leaflet.fullscreen@": {
        "Control.FullScreen.min.js": "Control.FullScreen.js", "Control.FullScreen.css": "Control.FullScreen.css",
    },
    "Leaflet.MousePosition/": {
        "L.Control.MousePosition.min.js": "L.Control.MousePosition.js",
        "L.Control.MousePosition.min.css": "L.Control.MousePosition.css",
    },
    "leaflet.markercluster/": {
        "leaflet.markercluster.js": "leaflet.markercluster.js", "MarkerCluster.css": "MarkerCluster.css",
        "MarkerCluster.Default.css": "MarkerCluster.Default.css",
    },
}  # fmt: skip
"""Part of an address that names the package → file there → our copy."""

PLUGINS = ("Fullscreen", "MarkerCluster", "MiniMap", "MousePosition")
"""What of ``folium.plugins`` works in one file; those that load nothing (FloatImage, ScrollZoomToggler) do, too."""

MAX_ZOOM = 20
"""0.1 m to a pixel: closer than any border was measured."""
_PICTURE = re.compile(r"url\((?:images/)?([\w.-]+)\.(?:png|svg)\)")


def plugin_copy(address: str) -> str | None:
    """Return the element that stands for a plugin's file; None if there is no copy.

    Examples
    --------
    >>> plugin_copy("https://cdn.jsdelivr.net/npm/leaflet.fullscreen@3.0.0/Control.FullScreen.css")[:42]
    '<style>/* leaflet.fullscreen 3.0.0, MIT */'
    >>> plugin_copy("https://cdn.jsdelivr.net/npm/leaflet-search@2.9.7/dist/leaflet-search.min.js") is None
    True
    """
    name = address.rsplit("/", 1)[-1]
    for part, files in _FILES.items():
        if part in address and name in files:
            return _element(files[name])
    return None


def _element(file: str) -> str:
    """Return a vendored file as an element, with its licence named and its pictures inside."""
    title, about = next((key, one) for key, one in vendored_packages().items() if file in one["sha256"])
    licence = f"/* {title} {about['version']}, {about['licence']} */\n"
    if file.endswith(".js"):
        return f"<script>{licence}{vendored_text(file)}</script>\n"
    return f"<style>{licence}{_PICTURE.sub(_drawing, vendored_text(file))}</style>\n"


def _drawing(match: re.Match[str]) -> str:
    """Return a picture of a style sheet as a data URI; SVG also in place of the PNG for older browsers."""
    drawing = base64.b64encode(vendored_text(f"{match[1]}.svg").encode()).decode()
    return f"url(data:image/svg+xml;base64,{drawing})"


def helpers_of(page: str) -> str:
    """Return scripts that stand for what was dropped from a page.

    Parameters
    ----------
    page : str
        With Leaflet inside, without jQuery, Bootstrap and Font Awesome.

    Returns
    -------
    str
        Pictures of markers and the closest zoom of clusters where there are any, and the one call of jQuery that
        popups make.

    Raises
    ------
    GridgeoError
        If a marker has an icon of Font Awesome or Bootstrap, whose fonts no page of ours carries.
    """
    if "L.AwesomeMarkers.icon(" in page:
        raise GridgeoError(
            "a marker of the map page has a folium.Icon, whose fonts lie on another server; use folium.CircleMarker, "
            "folium.DivIcon, or a marker without icon"
        )
    helpers = ""
    if "L.marker(" in page:
        helpers += f"<script>L.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({_marker_pictures()});</script>\n"
    if "L.markerClusterGroup(" in page:
        # without tiles nothing says how close a map can be seen, and clusters need to know
        helpers += f"<script>L.Map.mergeOptions({{maxZoom:{MAX_ZOOM}}});</script>\n"
    if "$(`" in page:
        helpers += (
            "<script>var $=function(text){var holder=document.createElement('template');"
            "holder.innerHTML=text.trim();return [holder.content.firstChild];};</script>\n"
        )
    return helpers


@cache
def _marker_pictures() -> str:
    """Return Leaflet's own marker as data URIs, as options of an icon."""
    names = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}
    folder = resources.files("xstatic.pkg.leaflet") / "data" / "images"
    pictures = {key: base64.b64encode((folder / name).read_bytes()).decode() for key, name in names.items()}
    return json.dumps({key: f"data:image/png;base64,{picture}" for key, picture in pictures.items()})
