"""Job: the reverse question, all places of a grid; personal data only for those who may read them, and then noted.

In: an open store, a grid's code, who asks. Out: one page of places as plain values. Before: `gridgeo.jobs.registers`.

Masked are names, telephone numbers and ids, of households also the home within its building and the exact position.
Whole rows need the act ``read_personal`` for the grid's community (`gridgeo.draft.roles`); each such page is a line in
the audit, with the numbers of the places shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from gridgeo.draft.roles import User, demand, may, within
from gridgeo.errors import InputError, SignInError
from gridgeo.intake.entries import KINDS
from gridgeo.jobs.fate import no_such_grid
from gridgeo.render.mask import mask_address, mask_name, mask_person_id, mask_phone
from gridgeo.store.base import Store
from gridgeo.store.people import People
from gridgeo.store.read import Reader
from gridgeo.store.registers import RegisterBook
from gridgeo.store.write import append_audit

__all__ = ["MOST_PLACES", "place_history", "places_of_grid", "reader_of_personal"]

MOST_PLACES = 1000
"""Places of one page."""

_SHOWN = (
    "kind", "id", "address", "x", "y", "count", "population", "method", "located_by", "registered_address",
    "registered_x", "registered_y", "name", "phone", "person_id",
)  # fmt: skip


def places_of_grid(
    store: Store,
    code: str,
    *,
    kind: str | None = None,
    after: int = 0,
    limit: int = 100,
    user: User | None = None,
) -> dict[str, Any]:
    """Return the places that a grid of the newest version is responsible for now, one page of them.

    Parameters
    ----------
    store : Store
    code : str
    kind : str, keyword-only, optional
        household, enterprise or building; by default all.
    after : int, keyword-only
        The cursor of the page before; 0 is the first page.
    limit : int, keyword-only
        At most `MOST_PLACES`.
    user : User, keyword-only, optional
        Who asks; nobody, or somebody who may not read personal data there, gets them masked.

    Returns
    -------
    dict
        ``code, version, masked, count`` (of all pages, by kind), ``places``, ``next`` (None: there are no more).

    Raises
    ------
    NotFoundError
        If the newest version has no such grid.
    InputError
        If the kind is none.
    """
    if kind is not None and kind not in KINDS:
        raise InputError(f"{kind!r} is no kind of place; choose one of {', '.join(KINDS)}")
    able = user is not None and may(user.role, "read_personal")
    with store.transaction() if able else store.snapshot() as reader:
        seq = reader.resolve(None)
        book = RegisterBook(reader)
        community = book.community(code, seq)
        if community is None:
            raise no_such_grid(reader, code, seq, advice="see gridgeo locate for the grid of a place")
        able = able and user is not None and within(user.area, community)
        limit = min(limit, MOST_PLACES)
        found = book.places(code, kind, after=after, limit=limit + 1)
        page, whole = found[:limit], book.count(code)
        if able and user is not None and page:
            _note(reader, user, f"grid {code}", [row["fid"] for row in page])
    return {
        "code": code, "version": seq, "masked": not able, "count": whole, "places": _rows(page, masked=not able),
        "next": page[-1]["fid"] if len(found) > limit else None,
    }  # fmt: skip


def place_history(
    store: Store, name: str, *, kind: str | None = None, user: User | None = None
) -> list[dict[str, Any]]:
    """Return everything that registers ever said of an id, the oldest first; masked without a user.

    Raises
    ------
    NotFoundError
        If no register ever named it.
    Forbidden
        If the user may not read personal data everywhere that it ever was.
    """
    with store.snapshot() if user is None else store.transaction() as reader:
        rows = RegisterBook(reader).history(name, kind)
        if user is not None:
            demand(user, "read_personal", communities=_communities(reader, rows))
            _note(reader, user, "history of a place", [row["fid"] for row in rows])
    more = ("came", "went", "grids")
    shown = _rows(rows, masked=user is None)
    return [{**one, **{name: row[name] for name in more}} for one, row in zip(shown, rows, strict=True)]


def reader_of_personal(store: Store, name: str) -> User:
    """Return the account of somebody who wants to read personal data at the command line.

    Raises
    ------
    SignInError
        If the store knows no such account, or it is disabled.
    Forbidden
        If its role may not.
    """
    found = People(store).find(name)
    if found is None or found.disabled:
        raise SignInError(
            f"store {store.url} has no enabled account {name!r}; personal data are for accounts, named by GRIDGEO_USER"
        )
    demand(found.user, "read_personal")
    return found.user


def _communities(reader: Reader, rows: Iterable[dict[str, Any]]) -> set[str]:
    """Return the communities of all grids that some places ever had."""
    codes = {one["code"] for row in rows for one in row["grids"] if one["code"] is not None}
    found: set[str] = set()
    for version in reader.versions():
        found |= set(reader.grids(version.seq, codes=codes)["community_code"])
    return found


def _note(reader: Reader, user: User, what: str, fids: list[int]) -> None:
    """Note who was shown whose personal data."""
    at = datetime.now(UTC)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    detail = {"places": fids, "role": user.role}
    append_audit(
        reader.connection, {"at": at, "actor": user.name, "act": "read_personal", "what": what, "detail": detail}
    )


def _rows(rows: Iterable[dict[str, Any]], *, masked: bool) -> list[dict[str, Any]]:
    """Return places as they are shown, what is unknown as None."""
    shown = ({name: _known(row[name]) for name in _SHOWN if name in row} for row in rows)
    return [_masked(row) for row in shown] if masked else list(shown)


def _masked(row: dict[str, Any]) -> dict[str, Any]:
    """Take what is personal out of a place."""
    hidden = {"name": mask_name, "phone": mask_phone, "person_id": mask_person_id}
    row = {name: hidden[name](value) if name in hidden else value for name, value in row.items()}
    if row["kind"] == "household":
        row |= {name: mask_address(row[name]) for name in ("address", "registered_address")}
        row |= dict.fromkeys(("x", "y", "registered_x", "registered_y"))
    return row


def _known(value: Any) -> Any:
    """Return None for a number that is none, as JSON has it."""
    return None if value != value else value  # noqa: PLR0124 (only NaN differs from itself)
