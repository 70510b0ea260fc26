"""Job: the address library of a store, ready to be asked; built once, kept beside the store, shared by all processes.

In: a store URL and a `Lookup`. Out: an `AddressBook`. What is kept is opened if it was built from the library as it is
now; else it is built and kept for the next one. Rows get their grids from the version that the lookup holds. Before:
`gridgeo.jobs.addresses`; used by `gridgeo.jobs.locate` and the API.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridgeo.errors import ReadError
from gridgeo.jobs.indexed import index_place
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.library import Library, build_library
from gridgeo.locate.address.library_file import open_library, save_library
from gridgeo.locate.index import GridIndex
from gridgeo.memory import give_back
from gridgeo.store.addresses import AddressShelf
from gridgeo.store.base import Store, open_store
from gridgeo.store.read import Reader

__all__ = ["Shelved", "address_book", "generation", "library_place", "prepare", "shelved_of"]

ENDING = ".addresses"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A library and the state of the store that it was built from."""

    generation: int
    """0: nothing was ever loaded."""
    library: Library | None
    """None: no rows."""


def generation(store: Store) -> int:
    """Return a number that grows with every change of the library: who holds an older one renews it.

    Parameters
    ----------
    store : Store
    """
    with store.snapshot() as reader:
        return AddressShelf(reader).generation()


def prepare(url: str) -> Shelved:
    """Return the library of a store: opened if it is kept, else built and kept.

    Parameters
    ----------
    url : str
        Store URL.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    with open_store(url) as store:
        return shelved_of(store, library_place(url))


def shelved_of(store: Store, place: Path | None) -> Shelved:
    """Return the library of an open store, kept at a place; see `prepare`.

    Parameters
    ----------
    store : Store
    place : Path or None
        None: it is built and not kept. A place that cannot be written is done without.
    """
    with store.snapshot() as reader:
        shelf = AddressShelf(reader)
        number = shelf.generation()
        if not number:
            return Shelved(0, None)
        communities = _communities(reader)
        digest = _digest(shelf, reader, number, communities)
        kept = _opened(place, digest)
        if kept is not None:
            return Shelved(number, kept)
        give_back()  # what a load before this has left
        library = _built(shelf, communities)
    if library is None or place is None:
        return Shelved(number, library)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        save_library(library, place, digest=digest)
    except OSError:
        return Shelved(number, library)
    del library  # all processes share the copy in the file
    give_back()
    kept = _opened(place, digest)
    # somebody else may have put another state in its place, or taken it away
    return shelved_of(store, None) if kept is None else Shelved(number, kept)


def _built(shelf: AddressShelf, communities: Sequence[str]) -> Library | None:
    """Build the library from the rows, other names and feedback of a store; None without rows."""
    aliases, feedback = shelf.aliases(), shelf.feedback()
    library = build_library(
        shelf.rows(),
        communities=communities,
        aliases=list(aliases[["alias", "name"]].itertuples(index=False, name=None)),
        feedback=list(feedback[["query", "source", "id", "code"]].itertuples(index=False, name=None)),
    )
    return library if len(library) else None


def address_book(shelved: Shelved, index: GridIndex, homes: Mapping[str, str] | None = None) -> AddressBook | None:
    """Return the book of a library in one version of the layer; None without rows.

    Parameters
    ----------
    shelved : Shelved
    index : GridIndex
        Of that version.
    homes : mapping of str to str, optional
        Code of a grid → name of its community, in that version.
    """
    return None if shelved.library is None else AddressBook(shelved.library, index, homes)


def library_place(url: str) -> Path | None:
    """Return where the library of a store is kept: beside a file, of a database in the user's cache.

    Parameters
    ----------
    url : str
        Store URL.
    """
    place = index_place(url)
    return None if place is None else place.with_name(place.name.removesuffix(place.suffix) + ENDING)


def _communities(reader: Reader) -> list[str]:
    """Return the names of the layer's communities as they are now."""
    table = reader.communities(reader.resolve(None))
    return sorted({str(name) for name in table["name"] if isinstance(name, str) and name})


def _digest(shelf: AddressShelf, reader: Reader, number: int, communities: Sequence[str]) -> str:
    """Return what tells this state of the library from any other: a copy of a store has other moments."""
    last = shelf.journal(limit=1)
    told = repr((number, last, str(reader.layer().crs), communities))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _opened(place: Path | None, digest: str) -> Library | None:
    """Open what is kept, if it is of this state."""
    if place is None:
        return None
    try:
        return open_library(place, digest=digest)
    except ReadError:
        return None
