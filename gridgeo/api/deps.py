"""What endpoints ask for before they run: the version that is meant, a box, the answer to "has it changed?".

In: the request and ``app.state``. Out: a `Published`, a shapely box, or a refusal. Query parsing happens once, here.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from threading import Lock
from typing import Annotated, Any

import orjson
import shapely
from fastapi import Depends, HTTPException, Query, Request
from fastapi.responses import Response

import gridgeo
from gridgeo.api.published import Published, publish_view
from gridgeo.errors import InputError
from gridgeo.jobs.fate import Fate, fate_in
from gridgeo.jobs.moment import version_at
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

MOST_HELD = 4
"""Versions that are kept ready; each is held whole in memory."""


class Shelf:
    """Holds the store and the versions that were asked for last; shared by all requests of a process."""

    def __init__(self, store: Store, recipe: Recipe) -> None:
        self.store = store
        self.recipe = recipe
        self._building, self._looking = Lock(), Lock()
        self._held: OrderedDict[int, Published] = OrderedDict()

    def versions(self) -> tuple[Version, ...]:
        """Return the published versions, oldest first."""
        return self.store.versions()

    def pick(self, versions: tuple[Version, ...], at: str | None = None) -> Published:
        """Return a version ready to be served; it is read from the store only if it is not at hand.

        Parameters
        ----------
        versions : tuple of Version
            From `versions`.
        at : str, optional
            See `gridgeo.jobs.moment.version_at`; by default the version that holds today.

        Raises
        ------
        InputError
            If `at` is neither a day nor a number.
        NotFoundError
            If there is no such version.
        StoreError
            If the store does not answer.
        """
        version = version_at(versions, at, where=f"store {self.store.url}")
        found = self._at_hand(version)
        if found is None:
            with self._building:  # one builds, the others wait and find it built
                found = self._at_hand(version)
                if found is None:
                    found = self._load(version)
                    self._keep(found)
        return found

    def _at_hand(self, version: Version) -> Published | None:
        """Return a version that is held, also noting that it was asked for."""
        with self._looking:
            found = self._held.get(version.seq)
            if found is None or not found.shows(version):
                return None
            self._held.move_to_end(version.seq)
            return found

    def _keep(self, made: Published) -> None:
        """Hold a version, in place of the one that nobody asked for longest."""
        with self._looking:
            self._held[made.version.seq] = made
            self._held.move_to_end(made.version.seq)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)

    def _load(self, version: Version) -> Published:
        """Read a version from the store."""

        def fate(code: str) -> Fate | None:
            return fate_in(self.store, code, version.seq)

        grids, communities = self.store.grids(version.seq), self.store.communities(version.seq)
        layer = self.store.layers()[0]
        return publish_view(grids, communities, version=version, layer=layer, recipe=self.recipe, fate=fate)


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


AtText = Annotated[
    str | None,
    Query(
        max_length=32,
        description="A day, YYYY-MM-DD, or the number of a version; by default the version that holds today",
        examples=["2026-11-20", "3"],
    ),
]


def _current(
    request: Request, response: Response, shelf: Annotated[Shelf, Depends(get_shelf)], at: AtText = None
) -> Published:
    """Return the version that is meant, or end with 304 where the client has this answer already."""
    versions = shelf.versions()
    published = shelf.pick(versions, at)
    tag = f'W/"{_fingerprint(published, versions[-1])}"'
    known = {part.strip() for part in request.headers.get("if-none-match", "").split(",")}
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in known:
        raise HTTPException(304, headers=headers)
    request.state.headers = headers
    response.headers.update(headers)
    return published


def _fingerprint(published: Published, newest: Version) -> str:
    """Return what changes when an answer may: the version, the newest one, the colours of the recipe, the program."""
    named = [(one.seq, one.digest, one.published.isoformat()) for one in (published.version, newest)]
    said = (named, published.recipe, PROGRAM)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


Current = Annotated[Published, Depends(_current)]
"""The version that is meant (`at`, else the one that holds today); answers carry its fingerprint as ETag."""


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
