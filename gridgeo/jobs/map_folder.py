"""The folder of one ordered map, as server and drawers read and write it.

In: the path of a folder. Out: what its files say, see `gridgeo.jobs.map_orders`; whether its drawer lives, how the
order stands, and which orders come before it. Loads little: every waiting drawer imports it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gridgeo.workplace import hold

__all__ = ["ENDED", "lives", "orders_before", "orders_in", "read_said", "standing", "write_said"]

START_S = 60.0
"""A drawer that does not live after so long has never started. Its imports take 5 s on a busy machine."""
ENDED = ("done", "failed", "cancelled")
GONE = {"state": "failed", "error": "the process that drew this map has ended; order it again"}


def standing(folder: Path) -> dict[str, Any]:
    """Return how an order stands: what its drawer said last, unless it was cancelled or the drawer is dead."""
    said = read_said(folder / "state.json") or {}
    if (folder / "stop").exists():  # whoever cancels is told so at once, so it stays true whatever the drawer does
        return {key: value for key, value in said.items() if key in ("page", "pages")} | {"state": "cancelled"}
    if said.get("state") in ENDED or lives(folder):
        return {"state": "waiting", **said}
    # it may have written its last word between the two looks
    said = read_said(folder / "state.json") or {}
    if said.get("state") in ENDED or (not said and _is_young(folder)):
        return {"state": "waiting", **said}
    return {**said, **GONE}


def orders_before(folder: Path) -> int:
    """Return how many orders that have not ended were taken before this one."""
    own = _taken(folder)
    return sum(_taken(other) < own and standing(other)["state"] not in ENDED for other in orders_in(folder.parent))


def orders_in(place: Path) -> Iterator[Path]:
    """Yield the folders of orders that were written whole."""
    if place.is_dir():
        yield from (path.parent for path in place.glob("*/order.json"))


def lives(folder: Path) -> bool:
    """Tell whether the drawer of an order holds its lock."""
    with suppress(FileNotFoundError), _opened(folder / "alive") as handle:
        try:
            hold(handle)
        except OSError:
            return True
    return False


def read_said(file: Path) -> dict[str, Any] | None:
    """Return what a JSON file says; None if it is not there."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def write_said(file: Path, said: dict[str, Any]) -> None:
    """Replace a JSON file whole."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    part.replace(file)


def _taken(folder: Path) -> tuple[int, str]:
    """Return when an order was taken; no two are equal."""
    return (read_said(folder / "order.json") or {}).get("taken_ns", 0), folder.name


def _is_young(folder: Path) -> bool:
    """Tell whether the drawer of an order may still be starting."""
    with suppress(FileNotFoundError):
        return time.time() - folder.stat().st_mtime < START_S
    return False


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    """Open a file for a lock."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
