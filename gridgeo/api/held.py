"""Things that are made once per version and kept while they are asked for.

In: how one is made. Out: the same one for everybody, however many ask at once. Used by `gridgeo.api.deps.Shelf`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from gridgeo.api.served import Key
from gridgeo.store.base import Version

__all__ = ["MOST_HELD", "Held"]

MOST_HELD = 4
"""Versions that are kept ready; each is held whole in memory."""

Thing = TypeVar("Thing")


class Held(Generic[Thing]):
    """The last few things that were asked for; several threads may use it.

    Parameters
    ----------
    make : callable
        Makes the thing of a version.
    key : callable
        Tells versions apart.
    """

    def __init__(self, make: Callable[[Version], Thing], key: Callable[[Version], Key]) -> None:
        self._make, self._key = make, key
        self._making, self._looking = Lock(), Lock()
        self._things: OrderedDict[Key, Thing] = OrderedDict()

    def __len__(self) -> int:
        return len(self._things)

    def get(self, version: Version) -> Thing:
        """Return the thing of a version: one thread makes it, the others wait and find it made."""
        key = self._key(version)
        found = self._at_hand(key)
        if found is None:
            with self._making:
                found = self._at_hand(key)
                if found is None:
                    found = self._make(version)
                    self._keep(key, found)
        return found

    def last(self) -> Thing | None:
        """Return what was asked for last, if anything was."""
        with self._looking:
            return next(reversed(self._things.values()), None)

    def all(self) -> list[Thing]:
        """Return everything that is held."""
        with self._looking:
            return list(self._things.values())

    def _at_hand(self, key: Key) -> Thing | None:
        """Return what is held, also noting that it was asked for."""
        with self._looking:
            found = self._things.get(key)
            if found is not None:
                self._things.move_to_end(key)
            return found

    def _keep(self, key: Key, made: Thing) -> None:
        """Hold a thing, in place of the one that nobody asked for longest."""
        with self._looking:
            self._things[key] = made
            while len(self._things) > MOST_HELD:
                self._things.popitem(last=False)
