"""The address book of one version of the layer, exchanged for a new one while questions are answered.

In: the index and the names of a version, and what gives the library as it is now. Out: a `Bookcase`: whoever asks it
gets the book at hand, wholly the old one or wholly the new one. Used by `gridgeo.jobs.lookup`; renewed by the server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from gridgeo.jobs.address_library import Shelved, address_book
from gridgeo.jobs.indexed import Indexed
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.suggest import Suggester
from gridgeo.locate.grid_names import GridNames

__all__ = ["Bookcase"]

NOTHING = Shelved(0, None)


@dataclass(slots=True)
class _Held:
    """A book with the state of the library that it was made from."""

    shelved: Shelved
    book: AddressBook | None
    suggester: Suggester | None = None


class Bookcase:
    """Holds the book of one version.

    Parameters
    ----------
    made : Indexed
        The index of the version; where grids overlap there is no book.
    names : callable
        Gives the names of grids and communities.
    shelved : callable, optional
        Gives the library as it is now; asked when a book is first needed.
    """

    def __init__(
        self, made: Indexed, names: Callable[[], GridNames], shelved: Callable[[], Shelved] | None = None
    ) -> None:
        self._made, self._names, self._shelved = made, names, shelved
        self._held: _Held | None = None
        self._making = Lock()

    @property
    def generation(self) -> int | None:
        """State of the library that answers come from; None: nobody has asked yet."""
        held = self._held
        return None if held is None else held.shelved.generation

    def book(self) -> AddressBook | None:
        """Return the book at hand; None where the library has no rows."""
        return self._now().book

    def suggester(self) -> Suggester:
        """Return what is suggested while somebody types."""
        held = self._now()
        if held.suggester is None:
            with self._making:
                held.suggester = held.suggester or self._suggester(held.book)
        return held.suggester

    def renew(self, shelved: Shelved) -> None:
        """Make the book of another state of the library, then exchange it; questions are answered meanwhile."""
        held = self._make(shelved)
        held.suggester = self._suggester(held.book)
        self._held = held

    def _now(self) -> _Held:
        """Return what is at hand, made by the first who asks."""
        held = self._held
        if held is None:
            with self._making:
                if self._held is None:
                    self._held = self._make(self._shelved() if self._shelved is not None else NOTHING)
                held = self._held
        return held

    def _make(self, shelved: Shelved) -> _Held:
        if not self._made.answers or shelved.library is None:
            return _Held(shelved, None)
        homes = {code: name for name, codes in self._names().communities.values() for code in codes}
        return _Held(shelved, address_book(shelved, self._made.index, homes))

    def _suggester(self, book: AddressBook | None) -> Suggester:
        codes = [str(code) for code in self._made.index.codes] if self._made.answers else []
        return Suggester(book, codes, self._names().entries())
