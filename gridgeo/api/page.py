"""The page at ``/`` and its files, all from this package: nothing loads from outside.

In: the files in ``page/`` and ``gridgeo/vendor/``. Out: the page with a content security policy that forbids inline
scripts and other hosts.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["GUARD", "PAGE", "POLICY", "VENDOR", "SecurityHeaders", "install_page"]

PAGE = Path(__file__).parent / "page"

VENDOR = Path(__file__).parent.parent / "vendor"
"""Files of other projects, which the one-file maps of `gridgeo.render` hold too."""

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
"""Canvas patterns and pictures need ``data:``; scripts and styles come from files of this server only."""

GUARD = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
"""Headers of every answer."""

router = APIRouter(include_in_schema=False)


@router.get("/")
def get_page() -> FileResponse:
    """Return the page."""
    return FileResponse(PAGE / "index.html", media_type="text/html; charset=utf-8")


class SecurityHeaders:
    """Adds the policy to every answer, also to failures."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add headers to what comes back."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(GUARD)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self.app(scope, receive, send_guarded)


def install_page(app: FastAPI) -> None:
    """Add the page, its files and the headers to an app."""
    app.include_router(router)
    app.mount("/static/vendor", StaticFiles(directory=VENDOR), name="vendor")
    app.mount("/static", StaticFiles(directory=PAGE), name="static")
    app.add_middleware(SecurityHeaders)
