"""What can go wrong, one class per meaning.

::

    GridgeoError
    ├── InputError            something handed in cannot be used
    │   ├── CityFileError     city.toml: unknown key, wrong value, missing entry
    │   ├── ReadError         a file or layer is missing or unreadable
    │   ├── SchemaError       columns or values of a table break their contract
    │   └── CRSError          coordinate reference system missing, wrong or not convertible
    │       └── UnknownCRS    a text that names none
    ├── Refusal               an operation on borders cannot be done as asked
    ├── TopologyError         a partition that should be seamless is not
    ├── CodeError             a code is malformed, used up or out of its range
    ├── NotFoundError         no such grid, layer, version or recipe
    ├── VersionConflict       somebody published in between
    ├── Cancelled             somebody asked a job to end before it was done
    ├── SignInError           nobody is signed in, or name, password, token or key are not right
    ├── Forbidden             the account's role or area does not allow it
    └── StoreError            the store cannot be opened, is too old, or refused

A message names file, layer, feature, place and remedy in one sentence; planners read it as it is.
Exit codes stand in `gridgeo.cli.exits`, HTTP statuses in `gridgeo.api.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "CRSError",
    "Cancelled",
    "CityFileError",
    "CodeError",
    "Forbidden",
    "GridgeoError",
    "InputError",
    "NotFoundError",
    "ReadError",
    "Refusal",
    "SchemaError",
    "SignInError",
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


class Refusal(GridgeoError):
    """An operation on borders cannot be done as asked; the text is Chinese, for the planner who asked for it.

    Attributes
    ----------
    kind : str
        English slug, such as missed, sliver, not_contiguous, locked: see `gridgeo.partition.redraw` and
        `gridgeo.draft.perform`.
    text : str
        What is wrong and what to do.
    at : (float, float) or None
        x, y in the CRS of the grids.
    absorb : bool
        The same operation with ``absorb=True`` would do: small leftovers go to the neighbour with the longest border.
    codes : tuple of str
        The grids it is about, where the caller knows them.
    """

    def __init__(
        self,
        kind: str,
        text: str,
        at: tuple[float, float] | None = None,
        *,
        absorb: bool = False,
        codes: tuple[str, ...] = (),
    ) -> None:
        where = "" if at is None else f"（x={at[0]:.2f}, y={at[1]:.2f}）"
        super().__init__(text + where)
        self.kind, self.text, self.at, self.absorb, self.codes = kind, text, at, absorb, codes


class TopologyError(GridgeoError):
    """A partition that should be seamless is not."""


class CodeError(GridgeoError):
    """A code is malformed, used up or out of its range."""


class NotFoundError(GridgeoError):
    """No such grid, layer, version or recipe.

    Attributes
    ----------
    successors : tuple of dict
        Of a grid that is not current any more: what there is in its place, see `gridgeo.jobs.fate.Fate`.
    """

    def __init__(self, text: str, *, successors: tuple[dict[str, object], ...] = ()) -> None:
        super().__init__(text)
        self.successors = successors


class VersionConflict(GridgeoError):
    """Somebody published, or changed a draft, in between.

    Attributes
    ----------
    changed : tuple of dict
        What changed, where it is known: ``code, text, x, y`` per grid.
    """

    def __init__(self, text: str, changed: tuple[dict[str, Any], ...] = ()) -> None:
        super().__init__(text)
        self.changed = changed


class Cancelled(GridgeoError):
    """Somebody asked a job to end before it was done; nothing is written."""


class SignInError(GridgeoError):
    """Nobody is signed in, or name, password, token or key are not right."""


class Forbidden(GridgeoError):
    """The account's role or area does not allow it."""


class StoreError(GridgeoError):
    """The store cannot be opened, is too old, or refused."""
