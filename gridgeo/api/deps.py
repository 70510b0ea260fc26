"""What endpoints ask for before they run: the version that is meant, a box, the answer to "has it changed?".

In: the request and ``app.state``. Out: a `Published`, a shapely box, or a refusal. Query parsing happens once, here.
"""

from __future__ import annotations

import math
from threading import Lock
from typing import Annotated, Any

import orjson
import shapely
from fastapi import Depends, HTTPException, Query, Request
from fastapi.responses import Response

from gridgeo.api.held import Held
from gridgeo.api.published import Published, publish_view
from gridgeo.api.served import PROGRAM, Served, fingerprint, key_of, read_served
from gridgeo.errors import InputError
from gridgeo.jobs.address_library import Shelved, generation, library_place, shelved_of
from gridgeo.jobs.moment import version_at
from gridgeo.render.recipe import Recipe
from gridgeo.store.base import Store, Version

__all__ = [
    "PROGRAM",
    "AtText",
    "Box",
    "Current",
    "GeoJSON",
    "Meant",
    "Shelf",
    "collection",
    "geojson_document",
    "get_shelf",
    "known_parameters",
    "known_tags",
]


class Shelf:
    """Holds the store and the versions that were asked for last; shared by all requests of a process."""

    def __init__(self, store: Store, recipe: Recipe) -> None:
        self.store = store
        self.recipe = recipe
        self._served = Held(self._read, key_of)
        self._held = Held(self._load, key_of)
        self._library: Shelved | None = None
        self._shelving = Lock()

    def versions(self) -> tuple[Version, ...]:
        """Return the published versions, oldest first."""
        return self.store.versions()

    def which(self, versions: tuple[Version, ...], at: str | None = None) -> Version:
        """Return the version that is meant.

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
        """
        return version_at(versions, at, where=f"store {self.store.url}")

    def served(self, version: Version) -> Served:
        """Return a version ready for look-ups; it is read from the store only if it is not at hand.

        Raises
        ------
        StoreError
            If the store does not answer.
        """
        return self._served.get(version)

    def pick(self, versions: tuple[Version, ...], at: str | None = None) -> Published:
        """Return a version ready for maps and lists, too; see `which` and `served`."""
        return self.published(self.which(versions, at))

    def published(self, version: Version) -> Published:
        """Return a version ready for maps and lists, too."""
        return self._held.get(version)

    @property
    def generation(self) -> int:
        """State of the address library that answers come from; 0 before anybody has asked it."""
        library = self._library
        return 0 if library is None else library.generation

    def library(self) -> Shelved:
        """Return the address library at hand; the first who asks opens it."""
        if self._library is None:
            with self._shelving:
                self._library = self._library or shelved_of(self.store, library_place(self.store.url))
        return self._library

    def renew_library(self) -> bool:
        """Take over the library as it is in the store now; return whether it was another one.

        Books are made before they are exchanged: requests are answered by the old ones meanwhile.
        """
        if self._library is not None and self._library.generation == generation(self.store):
            return False
        if self._library is None:
            self.library()
            return True
        new = shelved_of(self.store, library_place(self.store.url))
        for served in self._served.all():
            if served.lookup.bookcase.generation is not None:
                served.lookup.bookcase.renew(new)
        self._library = new
        return True

    def _read(self, version: Version) -> Served:
        """Read a version from the store."""
        newest = version.seq == self.versions()[-1].seq
        return read_served(
            self.store, version, self.recipe, before=self._served.last(), newest=newest, shelved=self.library
        )

    def _load(self, version: Version) -> Published:
        """Write a version for maps and lists."""
        return publish_view(self.served(version))


class GeoJSON(Response):
    """GeoJSON already written as bytes."""

    media_type = "application/geo+json"


def geojson_document(kind: str) -> dict[int | str, dict[str, Any]]:
    """Return what an endpoint documents about its good answer: a Feature or a FeatureCollection."""
    schema = {"type": "object", "required": ["type"], "properties": {"type": {"const": kind}}}
    return {200: {"content": {GeoJSON.media_type: {"schema": schema}}}}


async def get_shelf(request: Request) -> Shelf:
    """Return the app's shelf."""
    return request.app.state.shelf


async def known_parameters(request: Request) -> None:
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


def _meant(
    request: Request, response: Response, shelf: Annotated[Shelf, Depends(get_shelf)], at: AtText = None
) -> Served:
    """Return the version that is meant, or end with 304 where the client has this answer already."""
    versions = shelf.versions()
    served = shelf.served(shelf.which(versions, at))
    headers = {
        "ETag": fingerprint(served.version, served.recipe, versions[-1], shelf.generation),
        "Cache-Control": "no-cache",
    }
    if headers["ETag"] in known_tags(request.headers.get("if-none-match", "")):
        raise HTTPException(304, headers=headers)
    request.state.headers = headers
    response.headers.update(headers)
    return served


def known_tags(header: str) -> set[str]:
    """Return the fingerprints of the answers that a client has, from ``If-None-Match``."""
    return {part.strip() for part in header.split(",")}


Meant = Annotated[Served, Depends(_meant)]
"""The version that is meant (`at`, else the one that holds today), for look-ups; answers carry its fingerprint as
ETag."""


def _current(
    request: Request, response: Response, shelf: Annotated[Shelf, Depends(get_shelf)], at: AtText = None
) -> Published:
    """Return the same version for maps and lists."""
    return shelf.published(_meant(request, response, shelf, at).version)


Current = Annotated[Published, Depends(_current)]
"""The same for maps and lists."""


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
