"""Each process learns by itself of a publication, and of a changed address library, makes it ready, and changes over.

In: the shelf. Out: `Watcher.now`, one reference to a `Now` that requests read once and answer from: wholly the old
version or wholly the new one. Looking and building happen in a thread of their own, off the way of requests, which are
answered from the old version meanwhile. If the store does not answer for a while, the version at hand goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread

import structlog

from gridgeo.api.deps import Shelf
from gridgeo.api.served import Served, fingerprint, key_of
from gridgeo.errors import GridgeoError
from gridgeo.jobs.locate import locate_point
from gridgeo.store.base import Version

__all__ = ["EVERY_S", "Now", "Watcher"]

EVERY_S = 0.5
"""Between two looks at the store; one look is two short queries."""
LONGEST_PAUSE_S = 30.0
"""Between two looks after failures in a row."""


@dataclass(frozen=True, slots=True, eq=False)
class Now:
    """What holds at the moment."""

    served: Served
    newest: Version
    """The version published last; it may hold from a later day only."""
    tag: bytes
    """The ETag of answers."""


class Watcher:
    """Looks for publications; see `start`.

    Parameters
    ----------
    shelf : Shelf
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._stop = Event()
        self._thread: Thread | None = None
        self._failures = 0
        self.now: Now | None = None
        """None before the first look, and where nothing is published: ask the store then."""

    def start(self) -> None:
        """Begin to look, in a thread."""
        self._thread = Thread(target=self._run, name="gridgeo-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it may finish the version that it is at."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(min(EVERY_S * 2**self._failures, LONGEST_PAUSE_S))

    def look(self) -> None:
        """Look once; where another version holds, make it ready and change over to it."""
        try:
            self._look()
        except Exception as error:  # whatever it is, the version at hand is better than none
            self._tell(error)
            self._failures = min(self._failures + 1, 8)
        else:
            self._failures = 0

    def _look(self) -> None:
        versions = self._shelf.versions()
        if not versions:
            self.now = None
            return
        meant, newest, now = self._shelf.which(versions), versions[-1], self.now
        if now is None or [key_of(now.served.version), key_of(now.newest)] != [key_of(meant), key_of(newest)]:
            served = self._shelf.served(meant)
            _warm_up(served)
            if now is not None:  # the version at hand answers until all of this one is ready
                served.lookup.suggester()
            now = self._exchange(served, newest)
        # coordinates are answered already; the address library, which takes longer, follows
        if self._shelf.renew_library() or now.served.lookup.bookcase.generation is None:
            now.served.lookup.suggester()
            self._exchange(now.served, now.newest)

    def _exchange(self, served: Served, newest: Version) -> Now:
        """Let requests see what is ready."""
        tag = fingerprint(served.version, served.recipe, newest, self._shelf.generation)
        self.now = now = Now(served, newest, tag.encode())
        return now

    def _tell(self, error: Exception) -> None:
        """Say to the log why a look failed; of several failures in a row only the first."""
        if self._failures:
            return
        at_hand = None if self.now is None else self.now.served.version.seq
        plain = isinstance(error, GridgeoError)
        structlog.get_logger().warning(
            "cannot look for a new version; answers come from the one at hand",
            version=at_hand,
            cause=str(error),
            exc_info=None if plain else error,
        )


def _warm_up(served: Served) -> None:
    """Ask once in every datum: whatever is compiled, opened or read at the first question is done before it counts."""
    if not served.lookup.indexed.answers:
        return
    left, bottom, right, top = served.lookup.index.bounds
    locate_point((left + right) / 2, (bottom + top) / 2, served.lookup, describe=served.describe)
    for datum in ("CGCS2000", "GCJ-02", "BD-09"):
        locate_point(114.0, 33.0, served.lookup, datum=datum, describe=served.describe)
