"""The plain question ``/locate?x=…&y=…`` (and ``&datum=…``), answered without a detour.

In: a request and the version that holds now. Out: the answer of `gridgeo.api.locate`, with its headers. The framework's
own way to an endpoint costs several times what the look-up does, so this stands before all of it and takes what it can
read at a glance. Everything else (``q``, ``at``, unusual writing, a slip in a name, a datum that is none, the time
before the first version is ready) it leaves to the documented endpoint, which validates and explains.
"""

from __future__ import annotations

import re

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from gridgeo.api.deps import known_tags
from gridgeo.api.page import GUARD
from gridgeo.api.watch import Watcher
from gridgeo.errors import GridgeoError
from gridgeo.jobs.locate import locate_point

__all__ = ["PlainPoints"]

PATH = "/locate"
NUMBER = re.compile(rb"-?[0-9]{1,9}(?:\.[0-9]{1,20})?")
"""What needs no validation; the endpoint takes more and explains what it does not take."""
DATUM = re.compile(rb"[0-9A-Za-z_-]{1,20}(?:(?::|%3[Aa])[0-9]{1,9})?")

COMMON = [(b"cache-control", b"no-cache")] + [(name.lower().encode(), said.encode()) for name, said in GUARD.items()]


class PlainPoints:
    """Answers plain questions and passes everything else on.

    Parameters
    ----------
    app : ASGI app
    watcher : Watcher, keyword-only
        Knows the version that holds now.
    """

    def __init__(self, app: ASGIApp, *, watcher: Watcher) -> None:
        self.app = app
        self._watcher = watcher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        answered = False
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET":
            answered = await self._answer(scope, send)
        if not answered:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, send: Send) -> bool:
        """Answer if this is a plain question, a version is at hand and there is an answer."""
        now, asked = self._watcher.now, _question(scope["query_string"])  # read once: all of it is of this version
        if now is None or asked is None:
            return False
        headers = [(b"etag", now.tag), *COMMON]
        if _has_it(scope, now.tag):
            status, body = 304, b""
        else:
            x, y, datum = asked
            try:
                said = locate_point(x, y, now.served.lookup, datum=datum, describe=now.served.describe)
            except GridgeoError:  # the endpoint meets the same, and errors are put into words behind it
                return False
            status, body = 200, orjson.dumps(said)
            headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return True


def _question(query: bytes) -> tuple[float, float, str | None] | None:
    """Read a query of plain x, y and perhaps datum, each once; None if it is anything else."""
    parts = query.split(b"&")
    named = dict(part.partition(b"=")[::2] for part in parts)
    x, y, datum = named.get(b"x"), named.get(b"y"), named.get(b"datum")
    known = 2 if datum is None else 3
    if x is None or y is None or not len(named) == len(parts) == known:
        return None
    if not NUMBER.fullmatch(x) or not NUMBER.fullmatch(y):
        return None
    if datum is None:
        return float(x), float(y), None
    if not DATUM.fullmatch(datum):
        return None
    return float(x), float(y), datum.decode().replace("%3A", ":").replace("%3a", ":")


def _has_it(scope: Scope, tag: bytes) -> bool:
    """Tell whether the client has this answer already."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            return tag.decode() in known_tags(value.decode("latin-1"))
    return False
