"""Which version is meant: that of a day, that of a number, or the one that holds today.

In: the published versions of a store and what somebody said (``at``). Out: one of them. Every reading job, command and
endpoint asks here, so that the same words mean the same version everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from gridgeo.errors import InputError, NotFoundError
from gridgeo.store.base import Version

__all__ = ["At", "version_at"]

At = str | int | date
"""A day (YYYY-MM-DD) or the number of a version (``3`` or ``v3``)."""

MOST_NAMED = 6
"""Versions that an error names one by one."""


def version_at(
    versions: Sequence[Version],
    at: At | None = None,
    *,
    today: date | None = None,
    where: str = "the store",
    said_as: str = "at",
) -> Version:
    """Return the version that is meant.

    Parameters
    ----------
    versions : sequence of Version
        All of a store, oldest first.
    at : str, int or date, optional
        A day as YYYY-MM-DD, or a number as ``3`` or ``v3``. Without it the version that holds today: the newest whose
        first day is not later; if none holds yet, the first.
    today : date, keyword-only, optional
        By default the day on this machine.
    where : str, keyword-only
        What errors call the store.
    said_as : str, keyword-only
        What errors call `at`.

    Raises
    ------
    InputError
        If `at` is neither a day nor a number; the message names what is known.
    NotFoundError
        If there is no such version, none held on that day, or nothing is published.
    """
    if not versions:
        raise NotFoundError(f"{where} holds no published version yet; merge or import a layer")
    if at is None:
        return _held_on(versions, today or date.today()) or versions[0]
    meant = at if isinstance(at, (int, date)) else _parsed(at, versions, said_as)
    if isinstance(meant, date):
        found = _held_on(versions, meant)
        if found is None:
            raise NotFoundError(f"no version held on {meant}; {_known(versions)}")
        return found
    for version in versions:
        if version.seq == meant:
            return version
    raise NotFoundError(f"there is no version {meant}; {_known(versions)}")


def _parsed(said: str, versions: Sequence[Version], said_as: str) -> int | date:
    """Read a day or a number."""
    text = said.strip()
    numbered = re.fullmatch(r"[vV]?([0-9]{1,9})", text)
    if numbered:
        return int(numbered[1])
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise InputError(
        f"{said_as}={said[:40]!r} is neither a day nor a version: write YYYY-MM-DD or a number such as "
        f"{versions[-1].seq}; {_known(versions)}"
    )


def _held_on(versions: Sequence[Version], day: date) -> Version | None:
    """Return the newest version that had begun on a day."""
    return next((version for version in reversed(versions) if version.effective <= day), None)


def _known(versions: Sequence[Version]) -> str:
    """Name the versions that there are and when each begins; of many the last ones."""
    named = [f"{version.seq} from {version.effective}" for version in versions[-MOST_NAMED:]]
    earlier = f"1 to {versions[-MOST_NAMED].seq - 1}, " if len(versions) > MOST_NAMED else ""
    return f"known versions: {earlier}{', '.join(named)}"
