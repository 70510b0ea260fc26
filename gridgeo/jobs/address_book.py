"""The address book of a store for Python programs: asked as the command line and the API are.

In: a store URL. Out: an `AddressBook`. It is what ``from gridgeo import AddressBook`` gives.
"""

from __future__ import annotations

from typing import Any

from gridgeo.jobs.locate import locate
from gridgeo.jobs.lookup import Lookup, open_lookup
from gridgeo.jobs.moment import At
from gridgeo.locate.address.suggest import Suggestion

__all__ = ["AddressBook"]


class AddressBook:
    """The one box in Python.

    Parameters
    ----------
    lookup : Lookup
        From `gridgeo.jobs.lookup.open_lookup`; or use `open`.

    Examples
    --------
    >>> book = AddressBook.open("gpkg:///data/city.gpkg")  # doctest: +SKIP
    >>> book.ask("人民东路12号院3号楼2单元501")["code"]  # doctest: +SKIP
    '411102002001003'
    >>> [one.text for one in book.suggest("人民d")]  # doctest: +SKIP
    ['人民东路']
    """

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    @classmethod
    def open(cls, store: str, *, at: At | None = None) -> AddressBook:
        """Open the layer and the address library of a store.

        Parameters
        ----------
        store : str
            ``gpkg:///path/city.gpkg``, ``postgresql://…``, or the path of a GeoPackage.
        at : str, int or date, keyword-only, optional
            The version of a day or of a number; by default the one that holds today.

        Raises
        ------
        StoreError, NotFoundError
            If the store cannot be read, or has no version.
        """
        return cls(open_lookup(store=store, at=at))

    def ask(self, text: str, *, datum: str | None = None) -> dict[str, Any]:
        """Answer whatever somebody typed, see `gridgeo.jobs.locate.locate`."""
        return locate(text, self.lookup, datum=datum)

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Return what the beginning of a text may go on as, the best first."""
        return self.lookup.suggester().suggest(text, limit)
