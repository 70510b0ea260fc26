"""The ``--layout`` of a command: a name that exists, or wrong usage."""

from __future__ import annotations

from gridgeo.codes.layout import get_layout
from gridgeo.errors import CodeError, InputError

__all__ = ["require_layout"]


def require_layout(name: str) -> None:
    """Refuse an unknown layout, before anything is read.

    Raises
    ------
    InputError
        If there is no such layout; the message lists the known ones.
    """
    try:
        get_layout(name)
    except CodeError as error:
        raise InputError(f"--layout: {error}") from None
