"""Amounts as a line of output says them: sizes of files, and numbers of things."""

from __future__ import annotations

__all__ = ["number_of", "size_of"]


def size_of(size_bytes: int) -> str:
    """Return the size of a file in the unit that suits it.

    Examples
    --------
    >>> size_of(812), size_of(14_300), size_of(2_340_000)
    ('812 B', '14 kB', '2.3 MB')
    """
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1e3:.0f} kB" if size_bytes < 999_500 else f"{size_bytes / 1e6:,.1f} MB"


def number_of(count: int, what: str) -> str:
    """Return how many there are, in the plural where it needs one.

    Examples
    --------
    >>> number_of(1, "grid"), number_of(509, "grid")
    ('1 grid', '509 grids')
    """
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
