"""``gridgeo serve``: the API and the page over one store."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Annotated

import typer

from gridgeo.api.app import create_app
from gridgeo.cli.exits import fails_plainly
from gridgeo.cli.workers import Work, run_server, run_workers
from gridgeo.errors import InputError
from gridgeo.jobs.recipes import read_recipe
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
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes that answer, each with the layer in memory; default: 1."),
    ] = None,
    recipe: Annotated[str, typer.Option(help="Map recipe: colours, rules and 审图号 of the page.")] = "workload",
) -> None:
    """Serve the layer, the look-up and the page until Ctrl+C. A version that is published is taken over by itself."""
    settings = Settings()
    drawn, url, count = read_recipe(recipe), store or settings.store, workers or settings.workers
    with open_store(url) as opened:
        listening = _listen(host or settings.host, settings.port if port is None else port, opened)
        where, taken = listening.getsockname()[:2]
        print(f"gridgeo: http://{f'[{where}]' if ':' in where else where}:{taken}/  (Ctrl+C ends)", flush=True)
        if count == 1:
            run_server(create_app(opened, recipe=drawn), listening)
            return
    with listening:  # the store is closed: every worker opens it for itself
        run_workers(Work(url, drawn, listening), count)


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
