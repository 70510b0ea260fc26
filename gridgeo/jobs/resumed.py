"""Long work on one file that goes on where a killed process left it.

In: the file to be made and a key that says what it is made from and how. Out: `Work`, to which parts are added. The
parts stand in a hidden file beside the target, what is known of them in a journal beside that; the target appears in
one step when everything is there. A process that is killed leaves both, and the next one with the same key takes them
up; with another key it removes them. An error removes them as well.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from gridgeo.errors import InputError
from gridgeo.workplace import beside, hold

__all__ = ["Work", "left_over", "resumable"]

CHECKPOINT_S = 5.0
"""Seconds of work that a kill may cost; making sure that data is on the disk takes a moment each time."""


class Work:
    """A file in the making."""

    def __init__(self, place: Path, key: str) -> None:
        self.rows = 0
        """Rows in the parts that are there."""
        self.notes: list[dict[str, str]] = []
        """What was noted of each part."""
        self.state: dict[str, Any] = {}
        """What was noted last of all parts together."""
        self.at = 0
        """Bytes that are there."""
        self._place, self._journal_path = place, beside(place, ".journal")
        lines = _lines(self._journal_path)
        size = place.stat().st_size if place.exists() else 0
        taken = bool(lines) and lines[0] == {"key": key}
        if taken:
            self._take([line for line in lines[1:] if line["at"] <= size])
        self._file: BinaryIO = place.open("r+b" if taken and place.exists() else "wb")
        self._file.truncate(self.at)
        self._file.seek(self.at)
        self._unsaved: list[dict[str, Any]] = [] if taken else [{"key": key}]
        self._journal: BinaryIO = self._journal_path.open("ab" if taken else "wb")
        self._saved = time.monotonic()

    def _take(self, lines: list[dict[str, Any]]) -> None:
        """Take up the parts of an earlier process."""
        for line in lines:
            self.rows, self.at, self.state = line["rows"], line["at"], line["state"]
            self.notes.append(line["note"])

    def add(self, body: bytes | memoryview, *, rows: int, note: dict[str, str], state: dict[str, Any]) -> None:
        """Add a part.

        Parameters
        ----------
        body : bytes or memoryview
        rows : int
            How many are in it.
        note : dict
            What to remember of it.
        state : dict
            What to remember of everything so far.
        """
        self._file.write(body)
        self.at += len(body)
        self.rows += rows
        self.state = state
        self.notes.append(note)
        self._unsaved.append({"rows": self.rows, "at": self.at, "state": state, "note": note})
        if time.monotonic() - self._saved >= CHECKPOINT_S:
            self.save()

    def save(self) -> None:
        """Make sure that a kill, or a power failure, costs nothing that is there now."""
        self._file.flush()
        os.fsync(self._file.fileno())
        for line in self._unsaved:
            self._journal.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())
        self._unsaved = []
        self._saved = time.monotonic()

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()
        self._journal.close()

    def finish(self, target: Path, tail: bytes) -> None:
        """Add what comes last and give the file its name."""
        self._file.write(tail)
        self.close()
        self._place.replace(target)

    def clear(self) -> None:
        """Remove everything."""
        self.close()
        for path in (self._place, self._journal_path):
            path.unlink(missing_ok=True)


def _lines(journal: Path) -> list[dict[str, Any]]:
    """Read a journal; a line that was cut off is none."""
    if not journal.exists():
        return []
    lines = []
    for line in journal.read_bytes().split(b"\n")[:-1]:
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def _place_of(target: Path) -> Path:
    return target.absolute().with_name(f".{target.name}.gridgeo-part")


def left_over(target: Path) -> int:
    """Return how many rows of a file a process left that did not end its work; 0 if none did."""
    with suppress(OSError):
        lines = _lines(beside(_place_of(target), ".journal"))
        return int(lines[-1].get("rows", 0)) if lines else 0
    return 0


@contextmanager
def resumable(target: Path, key: str) -> Iterator[Work]:
    """Yield the work on a file; whoever uses it ends with `Work.finish`.

    Parameters
    ----------
    target : Path
    key : str
        Equal exactly if the file would become the same.

    Raises
    ------
    InputError
        If the folder is missing, not writable or full, or another process is at the same work.
    """
    place = _place_of(target)
    lock = beside(place, ".lock")
    try:
        with lock.open("ab") as held:
            _claim(held, target)
            try:
                work = Work(place, key)
                with _kept_if_killed(work):
                    yield work
            finally:
                with suppress(OSError):
                    lock.unlink()
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from None


def _claim(held: BinaryIO, target: Path) -> None:
    """Make sure that no other process is at the same work."""
    try:
        hold(held.fileno())
    except BlockingIOError:
        raise InputError(f"{target} is being written by another process; wait for it or write elsewhere") from None
    except OSError:  # no locks on this file system
        pass


@contextmanager
def _kept_if_killed(work: Work) -> Iterator[None]:
    """Keep the parts when a person interrupts, remove them after an error or the end."""
    try:
        yield
    except KeyboardInterrupt:
        if work.notes:
            work.save()
            work.close()
        else:
            work.clear()
        raise
    except BaseException:
        work.clear()
        raise
    work.clear()
