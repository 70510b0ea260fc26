"""A document of many pages: what it is made of, before anything is drawn.

In: nothing. Out: the shapes of a `Book`, its leaves and the heads of its pages. A leaf is one or more pages that are
drawn together, because they share what was worked out for the first; it can be sent to another process. Filled by
`atlas` and `card`; ``jobs.document`` draws and binds the leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from matplotlib.figure import Figure

__all__ = ["Book", "Drawn", "Head", "Leaf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How a page is found in its document."""

    title: str
    label: str
    """What a reader shows for the page's number: 封面, 12, 12续表1."""
    outline: tuple[str, ...] = ()
    """Its bookmark and those above it, outermost first; empty: the page has none of its own."""
    below: tuple[str, ...] = ()
    """Further bookmarks below its own that lead to the page."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page."""

    figure: Figure
    alt: str
    """What it says to those who cannot see it, see `gridgeo.render.alt`."""


class Leaf(Protocol):
    """Pages that are drawn together; can be pickled."""

    def pages(self, shared: Any) -> Iterator[Drawn]:
        """Draw the pages, in the order of their heads; only inside ``rc_context(MATPLOTLIB)``.

        Parameters
        ----------
        shared : object
            That of the leaf's book.
        """
        ...


class Book(Protocol):
    """A document."""

    @property
    def title(self) -> str:
        """Of the whole."""
        ...

    @property
    def shared(self) -> Any:
        """What every leaf needs, sent to each process once; can be pickled."""
        ...

    @property
    def heads(self) -> Sequence[tuple[Head, ...]]:
        """Of every leaf, one head per page."""
        ...

    def leaf(self, at: int) -> Leaf:
        """Make up one leaf, so that only those being drawn are in memory."""
        ...
