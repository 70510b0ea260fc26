"""A store served on this machine, and its page in a browser that reaches nothing else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, Page

from gridgeo.api.app import create_app
from gridgeo.store.base import Store


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """Serve a store on a free port of this machine and yield the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(store), log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


@contextmanager
def opened(browser: Browser, address: str, *, size=(1440, 900), path: str = "/", may_miss: str = "") -> Iterator[Page]:
    """Open the page with the network cut off, and fail on whatever the browser complains of."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", reduced_motion="reduce"
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    refused: list[str] = []
    complaints: list[str] = []

    def gate(route):
        if route.request.url.startswith(address):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    page = context.new_page()
    page.on("console", lambda note: complaints.append(f"{note.text} {note.location}") if note.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address + path)
    page.locator("body[data-ready]").wait_for(state="attached")
    yield page
    context.close()
    assert refused == []
    assert [text for text in complaints if not (may_miss and may_miss in text)] == []


def search(page: Page, text: str, datum: str | None = None) -> None:
    if datum is not None:
        page.select_option("#datum", datum)
    page.fill("#query", text)
    page.press("#query", "Enter")
