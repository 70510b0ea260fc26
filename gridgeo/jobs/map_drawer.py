"""The process that draws one ordered map.

In: the folder of an order, see `gridgeo.jobs.map_orders`, and on its standard input the address of the store. Out:
``map.<ending>`` in the folder, and ``state.json`` on the way. It waits for its turn, tells every page, and ends when it
is asked to; whatever goes wrong becomes a sentence there.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gridgeo.errors import Cancelled, GridgeoError
from gridgeo.jobs.map_folder import orders_before, read_said, write_said
from gridgeo.workplace import hold

__all__ = ["work"]

TURN_S = 0.2
"""How often a waiting drawer looks whether it is its turn."""
MOMENT_S = 0.01
"""How long it stays away from a lock that somebody looks at."""


def work(folder_name: str) -> None:
    """Draw the order of a folder; never raise."""
    folder, store = Path(folder_name), sys.stdin.read()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half-written goes
    alive = os.open(folder / "alive", os.O_RDWR | os.O_CREAT, 0o600)
    while not _has(alive):  # whoever looks whether a drawer lives holds its lock for a moment
        time.sleep(MOMENT_S)
    said: dict[str, Any] = {}

    def tell(**more: Any) -> None:
        said.update(more)
        write_said(folder / "state.json", said)

    try:
        _draw(folder, store, tell)
    except Cancelled:
        tell(state="cancelled")
    except GridgeoError as error:
        tell(state="failed", error=str(error))
    except SystemExit:
        if (folder / "stop").exists():
            tell(state="cancelled")
        else:
            tell(state="failed", error="the server was stopped before the map was drawn; order it again")
    except Exception:
        traceback.print_exc()
        tell(state="failed", error="the server failed on this map; its log names the cause")


def _draw(folder: Path, store: str, tell: Callable[..., None]) -> None:
    """Wait for the turn and draw."""
    stop = folder / "stop"
    tell(state="waiting")
    turn = os.open(folder.parent / "turn", os.O_RDWR | os.O_CREAT, 0o600)
    # who comes first is decided by age, as a lock is given to anybody; the lock is for one that ends but draws still
    while orders_before(folder) or not _has(turn):
        if stop.exists():
            raise Cancelled("cancelled")
        time.sleep(TURN_S)
    if stop.exists():
        raise Cancelled("cancelled")
    tell(state="drawing")
    from gridgeo.jobs.draw import draw_map  # noqa: PLC0415 - matplotlib loads slowly, and most drawers wait first

    order = read_said(folder / "order.json") or {}
    drawn = draw_map(
        order["recipe"],
        folder / f"map.{order['format']}",
        store=store,
        at=order["at"],
        since=order["since"],
        progress=lambda page, pages: tell(page=page, pages=pages),
        cancelled=stop.exists,
        **order["changes"],
    )
    if stop.exists():
        drawn.file.unlink()
        raise Cancelled("cancelled")
    tell(
        state="done",
        page=drawn.pages,
        pages=drawn.pages,
        title=drawn.title,
        version=drawn.version,
        grids=drawn.grids,
        file=drawn.name,
        size_bytes=drawn.size_bytes,
    )


def _has(turn: int) -> bool:
    """Tell whether it is this drawer's turn."""
    try:
        hold(turn)
    except BlockingIOError:
        return False
    return True
