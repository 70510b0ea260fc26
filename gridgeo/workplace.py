"""Places for work in progress: hidden beside the target, gone with the work, swept when their process died.

In: the file or folder a job is to make. Out: a hidden name beside it, guarded by a lock that the system takes away
with the process, however it ends. Whoever works beside the same target next removes what dead processes left; a live
one is never touched, on this machine or another, because its lock cannot be had. Used by the store and the jobs.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["OLD", "beside", "hold", "workplace"]

LOCK = re.compile(r"\.(?P<target>.+)\.gridgeo-[0-9a-f]{8}\.lock")
"""Name of a lock; that of the place is the same without the ending."""

OLD = ".old"
"""Ending of what stood at the target before; it is put back if the new thing did not arrive."""


@contextmanager
def workplace(target: Path) -> Iterator[Path]:
    """Yield a hidden path beside ``target`` at which nothing is yet.

    Parameters
    ----------
    target : Path
        What is being made; its folder exists.

    Yields
    ------
    Path
        A name for a file or folder. It may be used with endings of any kind (see `beside`); whatever bears it is
        removed when the block ends. What bears the ending ``.old`` takes the target's place if that is empty.

    Raises
    ------
    OSError
        If the folder takes no files.
    """
    target = target.absolute()
    _sweep(target.parent)
    place, handle = _claimed(target)
    lock = beside(place, ".lock")
    try:
        yield place
    finally:
        _clear(place, target)
        with suppress(OSError):  # Windows removes no open file
            lock.unlink()
        os.close(handle)
        with suppress(OSError):
            lock.unlink(missing_ok=True)


def beside(place: Path, ending: str) -> Path:
    """Return a path with an ending added to its name.

    Examples
    --------
    >>> beside(Path("a.b"), ".old").name
    'a.b.old'
    """
    return place.with_name(place.name + ending)


def _claimed(target: Path) -> tuple[Path, int]:
    """Make a lock under a new name and hold it; return the name without its ending and the open file."""
    while True:
        place = target.with_name(f".{target.name}.gridgeo-{secrets.token_hex(4)}")
        handle = os.open(beside(place, ".lock"), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            hold(handle)
        except BlockingIOError:  # somebody sweeps and was quicker: this name is going
            os.close(handle)
            continue
        except OSError:  # no locks on this file system: then nobody sweeps there either
            pass
        return place, handle


def _sweep(folder: Path) -> None:
    """Remove what dead processes left in a folder."""
    with suppress(OSError):
        for name in sorted(os.listdir(folder)):
            if found := LOCK.fullmatch(name):
                with suppress(OSError):
                    _bury(folder / name, folder / found["target"])


def _bury(lock: Path, target: Path) -> None:
    """Remove a place if its lock can be had, and the lock last."""
    handle = os.open(lock, os.O_RDWR)
    try:
        hold(handle)
        _clear(lock.with_suffix(""), target)
        with suppress(OSError):
            lock.unlink()
    finally:
        os.close(handle)
    lock.unlink(missing_ok=True)


def _clear(place: Path, target: Path) -> None:
    """Put back what stood at the target if nothing does, and remove everything of this name but the lock."""
    old = beside(place, OLD)
    if os.path.lexists(old) and not os.path.lexists(target):
        old.rename(target)
    for name in os.listdir(place.parent):
        if name.startswith(place.name) and not name.endswith(".lock"):
            path = place.parent / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def hold(handle: int) -> None:
        """Lock an open file until it is closed; raise BlockingIOError if another holds it."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from None

else:
    import fcntl

    def hold(handle: int) -> None:
        """Lock an open file until it is closed; raise BlockingIOError if another holds it."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
