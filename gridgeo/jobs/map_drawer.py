"""The process that draws one ordered map.

In: the folder of an order, see `gridgeo.jobs.map_orders`, and on its standard input the address of the store. Out:
``map.<ending>`` in the folder, and ``state.json`` on the way. It waits for its turn, tells every page, and ends when it
is asked to; whatever goes wrong becomes a sentence there.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gridgeo.errors import Cancelled, GridgeoError
from gridgeo.workplace import hold

__all__ = ["work"]

TURN_S = 0.2
"""How often a waiting drawer looks whether it is its turn."""


def work(folder_name: str) -> None:
    """Draw the order of a folder; never raise."""
    folder, store = Path(folder_name), sys.stdin.read()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half-written goes
    alive = os.open(folder / "alive", os.O_RDWR | os.O_CREAT, 0o600)
    hold(alive)
    said: dict[str, Any] = {}

    def tell(**more: Any) -> None:
        said.update(more)
        part = folder / f"state.json.{os.getpid()}"
        part.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
        part.replace(folder / "state.json")

    try:
        _draw(folder, store, tell)
    except Cancelled:
        tell(state="cancelled")
    except GridgeoError as error:
        tell(state="failed", error=str(error))
    except SystemExit:
        tell(state="failed", error="the server was stopped before the map was drawn; order it again")
    except Exception:
        traceback.print_exc()
        tell(state="failed", error="the server failed on this map; its log names the cause")


def _draw(folder: Path, store: str, tell: Callable[..., None]) -> None:
    """Wait for the turn and draw."""
    stop = folder / "stop"
    tell(state="waiting")
    turn = os.open(folder.parent / "turn", os.O_RDWR | os.O_CREAT, 0o600)
    while not _has(turn):
        if stop.exists():
            raise Cancelled("cancelled")
        time.sleep(TURN_S)
    if stop.exists():
        raise Cancelled("cancelled")
    tell(state="drawing")
    from gridgeo.jobs.draw import draw_map  # noqa: PLC0415 - matplotlib loads slowly, and most drawers wait first

    order = json.loads((folder / "order.json").read_text("utf-8"))
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
