"""Maps that are ordered now and fetched later: one folder per order, drawn by a process of its own.

In: an order, as ``POST /maps`` takes it. Out: a `Ticket`, and in the end a file. Everything is told through the
order's folder, so that any process of a server can answer for it, and a killed one leaves no order that waits for ever:
``order.json`` never changes, ``state.json`` is replaced whole, ``stop`` asks the drawer to end, and the drawer holds
``alive`` as long as it lives. Orders are drawn one after the other, as they came: a server's readers need the other
cores.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs.indexed import index_place
from gridgeo.jobs.map_folder import ENDED, lives, orders_before, orders_in, read_said, standing, write_said

__all__ = ["MOST_ORDERS", "MapOrder", "MapOrders", "Ticket", "orders_place"]

MOST_ORDERS = 16
"""Orders that may wait or be drawn at a time. Chosen: an hour of atlases."""
KEPT_S = 24 * 3600
"""An order goes a day after it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOrder:
    """What is to be drawn."""

    recipe: str
    """Name of a recipe in ``maps/``."""
    format: str
    at: str | None = None
    since: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    """See `gridgeo.render.recipe.changed`."""
    pages: int = 0
    """Pages that there will be, where that is known before it is planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """How an order stands."""

    id: str
    recipe: str
    format: str
    state: str = "waiting"
    """waiting, drawing, done, failed or cancelled."""
    ahead: int = 0
    """Orders that are drawn before it begins."""
    page: int = 0
    """Pages that are finished."""
    pages: int = 0
    """Pages that there will be; 0 as long as that is not known."""
    title: str = ""
    version: str = ""
    grids: int = 0
    file: str = ""
    """Name of the file, once it is done."""
    size_bytes: int = 0
    error: str = ""
    """One sentence, if it failed."""


def orders_place(url: str) -> Path:
    """Return the folder in which the orders of a store lie: beside a file, of a database in the user's cache.

    Raises
    ------
    InputError
        If the system gives no such folder.
    """
    place = index_place(url)
    if place is None:
        raise InputError("there is no folder for maps that are being drawn; set XDG_CACHE_HOME or HOME")
    return place.with_name(f".{place.stem}.maps")


class MapOrders:
    """Takes orders and tells how they stand; every process of a server may have its own at the same place.

    Parameters
    ----------
    place : Path
        See `orders_place`.
    address : str
        URL of the store, with its password.
    """

    def __init__(self, place: Path, address: str) -> None:
        self.place, self._address = place, address
        self._drawers: list[subprocess.Popen[bytes]] = []

    def take(self, order: MapOrder) -> Ticket:
        """Take an order and begin to draw it.

        Raises
        ------
        InputError
            If too many are waiting, or the folder cannot be written.
        """
        self._tidy()
        # a cancelled one counts as long as its drawer lives, else ordering and cancelling would start any number
        waiting = sum(standing(one)["state"] not in ENDED or lives(one) for one in orders_in(self.place))
        if waiting >= MOST_ORDERS:
            raise InputError(f"{waiting} maps are waiting already; fetch or cancel some, or ask again later")
        number = secrets.token_hex(8)
        folder = self.place / number
        try:
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700)
            (folder / "alive").touch()
            write_said(folder / "order.json", {"taken_ns": time.time_ns(), **asdict(order)})
        except OSError as error:
            raise InputError(f"no map can be drawn: {self.place} cannot be written: {error.strerror}") from None
        self._begin(folder)
        return self.ticket(number)

    def _begin(self, folder: Path) -> None:
        """Start the drawer of an order; the address of the store may hold a password, so it goes by a pipe."""
        command = [sys.executable, "-c", "import sys; from gridgeo.jobs.map_drawer import work; work(sys.argv[1])"]
        reading, writing = os.pipe()
        try:
            self._drawers.append(subprocess.Popen([*command, str(folder)], stdin=reading))  # noqa: S603 - our module
            os.write(writing, self._address.encode())
        finally:
            os.close(reading)
            os.close(writing)

    def ticket(self, number: str) -> Ticket:
        """Return how an order stands.

        Raises
        ------
        NotFoundError
            If there is none of this number, or it is gone.
        """
        folder = self._folder(number)
        order = read_said(folder / "order.json")
        if order is None:
            raise NotFoundError(
                f"there is no map order {number!r}: ids are those that POST /maps answered, and an order goes a day "
                "after it ended"
            )
        said = {"pages": order.get("pages", 0), **standing(folder)}
        ahead = orders_before(folder) if said["state"] == "waiting" else 0
        return Ticket(id=number, recipe=order["recipe"], format=order["format"], ahead=ahead, **said)

    def file(self, number: str) -> tuple[Path, str]:
        """Return where the file of an order lies and what it is called.

        Raises
        ------
        NotFoundError
            If there is no such order, or no file yet; the message says how it stands.
        """
        ticket = self.ticket(number)
        if ticket.state != "done":
            raise NotFoundError(f"map order {number} has no file: it is {ticket.state}{_because(ticket)}")
        return self._folder(number) / f"map.{ticket.format}", ticket.file

    def cancel(self, number: str) -> Ticket:
        """Ask the drawer to end; one that ended before stays as it is, and its file goes."""
        ticket = self.ticket(number)
        folder = self._folder(number)
        if ticket.state not in ENDED:
            with suppress(FileNotFoundError):  # somebody else was quicker and has removed it
                (folder / "stop").touch()
            return self.ticket(number)
        if ticket.state != "cancelled" or not lives(folder):  # else its drawer is still writing there
            shutil.rmtree(folder, ignore_errors=True)
        return ticket

    def close(self) -> None:
        """Ask the drawers of this process to end, and wait until they have."""
        for drawer in self._drawers:
            drawer.terminate()
        for drawer in self._drawers:
            with suppress(subprocess.TimeoutExpired):
                drawer.wait(10)
        self._drawers.clear()

    def _folder(self, number: str) -> Path:
        """Return the folder of an order; a number that is none names a folder that cannot be."""
        sound = len(number) == 16 and set(number) <= set("0123456789abcdef")
        return self.place / (number if sound else "none")

    def _tidy(self) -> None:
        """Take leave of dead drawers, and of orders that ended long ago."""
        self._drawers = [drawer for drawer in self._drawers if drawer.poll() is None]
        for folder in orders_in(self.place):
            with suppress(OSError):
                old = time.time() - folder.stat().st_mtime > KEPT_S
                if old and standing(folder)["state"] in ENDED and not lives(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _because(ticket: Ticket) -> str:
    """Return why an order failed."""
    return f" ({ticket.error})" if ticket.error else ""
