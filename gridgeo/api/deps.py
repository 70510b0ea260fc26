"""What endpoints ask for before they run: the current version, a box, the answer to "has it changed?".

In: the request and ``app.state``. Out: a `Published`, a shapely box, or a refusal. Query parsing happens once, here.
"""

from __future__ import annotations

import hashlib
import math
from threading import Lock
from typing import Annotated, Any

import orjson
import shapely
from fastapi import Depends, HTTPException, Query, Request
from fastapi.responses import Response

import gridgeo
from gridgeo.api.published import Published, publish_view
from gridgeo.errors import InputError, NotFoundError
from gridgeo.render.recipe import Recipe
from gridgeo.store.base import Store, Version

__all__ = [
    "PROGRAM",
    "Box",
    "Current",
    "GeoJSON",
    "Shelf",
    "collection",
    "geojson_document",
    "get_shelf",
    "known_parameters",
]

PROGRAM = gridgeo.__version__


class Shelf:
    """Holds the store and the one version that is being served; shared by all requests of a process."""

    def __init__(self, store: Store, recipe: Recipe) -> None:
        self.store = store
        self.recipe = recipe
        self._lock = Lock()
        self._held: Published | None = None

    def current(self) -> Published:
        """Return the newest published version; it is read from the store only when its number has changed.

        Raises
        ------
        NotFoundError
            If nothing has been published yet.
        StoreError
            If the store does not answer.
        """
        versions = self.store.versions()
        if not versions:
            raise NotFoundError(f"store {self.store.url} holds no published version yet; merge or import a layer")
        newest = versions[-1]
        if self._held is None or not self._held.shows(newest):
            with self._lock:  # one builds, the others wait and find it built
                if self._held is None or not self._held.shows(newest):
                    self._held = self._load(newest)
        return self._held

    def _load(self, version: Version) -> Published:
        """Read a version from the store."""
        grids, communities = self.store.grids(version.seq), self.store.communities(version.seq)
        return publish_view(grids, communities, version=version, layer=self.store.layers()[0], recipe=self.recipe)


class GeoJSON(Response):
    """GeoJSON already written as bytes."""

    media_type = "application/geo+json"


def geojson_document(kind: str) -> dict[int | str, dict[str, Any]]:
    """Return what an endpoint documents about its good answer: a Feature or a FeatureCollection."""
    schema = {"type": "object", "required": ["type"], "properties": {"type": {"const": kind}}}
    return {200: {"content": {GeoJSON.media_type: {"schema": schema}}}}


def get_shelf(request: Request) -> Shelf:
    """Return the app's shelf."""
    return request.app.state.shelf


def known_parameters(request: Request) -> None:
    """Refuse query parameters that the endpoint does not document: a slip in one must not change the answer untold.

    Raises
    ------
    InputError
        If there is one; the message says which are known.
    """
    operation = request.app.openapi()["paths"][request.scope["route"].path][request.method.lower()]
    documented = operation.get("parameters", [])
    known = sorted(one["name"] for one in documented if one["in"] == "query")
    for name in request.query_params:
        if name not in known:
            raise InputError(f"{name[:64]!r} is no parameter here; known are: {', '.join(known) or 'none'}")


def _current(request: Request, response: Response, shelf: Annotated[Shelf, Depends(get_shelf)]) -> Published:
    """Return the current version, or end with 304 where the client has this version's answer already."""
    published = shelf.current()
    tag = f'W/"{_fingerprint(published)}"'
    known = {part.strip() for part in request.headers.get("if-none-match", "").split(",")}
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in known:
        raise HTTPException(304, headers=headers)
    request.state.headers = headers
    response.headers.update(headers)
    return published


def _fingerprint(published: Published) -> str:
    """Return what changes when an answer may: the publication, the colours of the recipe, the program."""
    version = published.version
    said = (version.seq, version.digest, version.published.isoformat(), published.recipe, PROGRAM)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


Current = Annotated[Published, Depends(_current)]
"""The version being served; answers carry its fingerprint as ETag."""


def _box(
    bbox: Annotated[
        str | None,
        Query(description="left,bottom,right,top in degrees (CGCS2000)", examples=["114.0,33.5,114.1,33.6"]),
    ] = None,
) -> shapely.Polygon | None:
    """Return the box that was asked for."""
    if bbox is None:
        return None
    try:
        left, bottom, right, top = (float(part) for part in bbox.split(","))
    except ValueError:
        raise InputError(f"bbox={bbox!r} is not four numbers: write left,bottom,right,top in degrees") from None
    inside = -180 <= left <= right <= 180 and -90 <= bottom <= top <= 90
    if not inside or not all(map(math.isfinite, (left, bottom, right, top))):
        raise InputError(f"bbox={bbox!r} is no box on the earth: write left,bottom,right,top in degrees, left <= right")
    return shapely.box(left, bottom, right, top)


Box = Annotated[shapely.Polygon | None, Depends(_box)]
"""The ``bbox`` parameter as a polygon in degrees."""


def collection(features: list[bytes], **members: Any) -> bytes:
    """Join features that are already written into one FeatureCollection."""
    return orjson.dumps(
        {"type": "FeatureCollection", **members, "features": [orjson.Fragment(feature) for feature in features]}
    )
