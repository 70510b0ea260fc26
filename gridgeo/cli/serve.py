"""``gridgeo serve``: the API and the page over one store."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from gridgeo.api.app import create_app
from gridgeo.cli.exits import fails_plainly
from gridgeo.errors import InputError
from gridgeo.jobs.draw import read_recipe
from gridgeo.settings import Settings
from gridgeo.store.base import Store, open_store
from gridgeo.store.people import People

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(fails_plainly(serve))


def serve(
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one; default: 8000.")] = None,
    recipe: Annotated[str, typer.Option(help="Map recipe: colours, rules and 审图号 of the page.")] = "coverage",
) -> None:
    """Serve the layer, the look-up and the page until Ctrl+C."""
    settings = Settings()
    drawn = read_recipe(recipe)
    with open_store(store or settings.store) as opened:
        listening = _listen(host or settings.host, settings.port if port is None else port, opened)
        where, taken = listening.getsockname()[:2]
        print(f"gridgeo: http://{f'[{where}]' if ':' in where else where}:{taken}/  (Ctrl+C ends)", flush=True)
        config = uvicorn.Config(create_app(opened, recipe=drawn), log_level="warning", ws="none")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that systemd, too, ends it with the store closed
        with suppress(KeyboardInterrupt):  # Ctrl+C is the ordinary end
            uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int, store: Store) -> socket.socket:
    """Return a socket that listens; who asks early waits until the server is up."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        _require_administrator(str(address[0]), store)
        listening = socket.socket(family, kind, protocol)
        try:
            if sys.platform != "win32":  # there it would let two servers share a port
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen()
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host or --port"
        ) from None
    return listening


def _require_administrator(where: str, store: Store) -> None:
    """Refuse an address that other machines reach while nobody could manage accounts."""
    if not ipaddress.ip_address(where).is_loopback and not People(store).has_administrator():
        raise InputError(
            f"cannot listen on {where}, which other machines reach, before there is an administrator; make one with: "
            "gridgeo account add NAME --role administrator"
        )
