"""What can go wrong, one class per meaning.

::

    GridgeoError
    ├── InputError            something handed in cannot be used
    │   ├── CityFileError     city.toml: unknown key, wrong value, missing entry
    │   ├── ReadError         a file or layer is missing or unreadable
    │   ├── SchemaError       columns or values of a table break their contract
    │   └── CRSError          coordinate reference system missing, wrong or not convertible
    │       └── UnknownCRS    a text that names none
    ├── TopologyError         a partition that should be seamless is not
    ├── CodeError             a code is malformed, used up or out of its range
    ├── NotFoundError         no such grid, layer, version or recipe
    ├── VersionConflict       somebody published in between
    └── StoreError            the store cannot be opened, is too old, or refused

A message names file, layer, feature, place and remedy in one sentence; planners read it as it is.
Exit codes stand in `gridgeo.cli.exits`, HTTP statuses in `gridgeo.api.errors`.
"""

from __future__ import annotations

__all__ = [
    "CRSError",
    "CityFileError",
    "CodeError",
    "GridgeoError",
    "InputError",
    "NotFoundError",
    "ReadError",
    "SchemaError",
    "StoreError",
    "TopologyError",
    "UnknownCRS",
    "VersionConflict",
]


class GridgeoError(Exception):
    """Any failure that gridgeo explains itself."""


class InputError(GridgeoError):
    """Something handed in cannot be used."""


class CityFileError(InputError):
    """The city file has faults; the message lists all of them with line and key."""


class ReadError(InputError):
    """A file or layer is missing or unreadable."""


class SchemaError(InputError):
    """Columns or values of a table break their contract."""


class CRSError(InputError):
    """A coordinate reference system is missing, wrong or cannot be converted."""


class UnknownCRS(CRSError):
    """A text names no coordinate reference system."""


class TopologyError(GridgeoError):
    """A partition that should be seamless is not."""


class CodeError(GridgeoError):
    """A code is malformed, used up or out of its range."""


class NotFoundError(GridgeoError):
    """No such grid, layer, version or recipe."""


class VersionConflict(GridgeoError):
    """Somebody published in between."""


class StoreError(GridgeoError):
    """The store cannot be opened, is too old, or refused."""
