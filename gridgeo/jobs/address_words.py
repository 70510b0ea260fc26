"""Job: other names of what is in the address library, and what dispatchers found out about a text.

In: an open store, an alias or a text. Out: entries that the matching engine takes as further spellings. Next:
`gridgeo.store.addresses.AddressShelf.aliases` and ``feedback``.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from gridgeo.errors import InputError, NotFoundError
from gridgeo.intake.entries import citizen_id
from gridgeo.store.addresses import AddressShelf, Change
from gridgeo.store.base import Store

__all__ = ["add_alias", "add_feedback", "library_info", "remove_alias"]

LONGEST_NAME = 100
LONGEST_QUERY = 500
LATEST = 20
"""Changes that are told of the journal."""
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
CITIZEN = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")


def add_alias(
    store: Store, alias: str, name: str, *, by: str, kind: str = "alias", at: datetime | None = None
) -> dict[str, Any]:
    """Enter another name: 老城区医院 → 漯河市第二人民医院.

    Parameters
    ----------
    store : Store
        With a published layer.
    alias : str
        What people say.
    name : str
        The name of a road, estate, community or place as rows write it.
    by : str, keyword-only
        Who says so, for the audit.
    kind : str, keyword-only
        "alias", or "former" for a name that is not in use any more.
    at : datetime, keyword-only, optional
        By default now.

    Returns
    -------
    dict
        ``alias, name, kind, change``, and ``known``: whether anything in the library or layer has that name.

    Raises
    ------
    InputError
        If one of both cannot be a name, or each would be the other's alias.
    """
    alias, name = _name(alias, "alias"), _name(name, "name")
    if alias == name:
        raise InputError(f"alias and name are the same, {name!r}")
    if kind not in ("alias", "former"):
        raise InputError(f"{kind!r} is no kind of alias; choose alias or former")
    with store.transaction() as reader:
        reader.layer()
        shelf = AddressShelf(reader)
        known = shelf.aliases()
        if ((known["alias"] == name) & (known["name"] == alias)).any():
            raise InputError(f"{name!r} is already an alias of {alias!r}; remove that one first")
        number = shelf.add_alias(Change(act="alias", by=by, at=at or datetime.now(UTC)), alias, name, kind)
        found = shelf.mentions(name)
    return {"alias": alias, "name": name, "kind": kind, "change": number, "known": found}


def remove_alias(
    store: Store, alias: str, name: str | None = None, *, by: str, at: datetime | None = None
) -> dict[str, Any]:
    """Remove another name, of one name or of all.

    Returns
    -------
    dict
        ``alias``, and ``removed``: how many names it was an alias of.

    Raises
    ------
    NotFoundError
        If there is no such alias.
    """
    alias = _name(alias, "alias")
    with store.transaction() as reader:
        shelf = AddressShelf(reader)
        change = Change(act="unalias", by=by, at=at or datetime.now(UTC))
        removed = shelf.remove_alias(change, alias, None if name is None else _name(name, "name"))
    if not removed:
        raise NotFoundError(
            f"the address library of {store.url} has no alias {alias!r}{f' of {name!r}' if name else ''}"
        )
    return {"alias": alias, "removed": removed}


def add_feedback(
    store: Store,
    query: str,
    *,
    by: str,
    row_id: str = "",
    source: str | None = None,
    code: str = "",
    note: str = "",
    at: datetime | None = None,
) -> dict[str, Any]:
    """Enter what a text meant: a row of the library, or a grid.

    Parameters
    ----------
    store : Store
        With a published layer.
    query : str
        As it was asked; telephone numbers are left out.
    by : str, keyword-only
        Who found out, for the audit.
    row_id, source : str, keyword-only
        The row; the source may be left out where only one has that id.
    code : str, keyword-only
        The grid instead.
    note : str, keyword-only
        Kept with it; names no person.
    at : datetime, keyword-only, optional
        By default now.

    Returns
    -------
    dict
        ``query`` as it is kept, ``source, id, code, change``.

    Raises
    ------
    InputError
        If the text is empty, too long or holds a citizen's id number, or not exactly one of row and grid is named.
    NotFoundError
        If there is no such row, or no such grid now.
    """
    query = _query(query)
    if bool(row_id) == bool(code):
        raise InputError("say either the row that it was (--id) or the grid (--code)")
    with store.transaction() as reader:
        shelf, seq = AddressShelf(reader), reader.resolve(None)
        if code and reader.grids(seq, codes=[code]).empty:
            raise NotFoundError(f"version {seq} has no grid {code}")
        of = _source_of(shelf, row_id, source) if row_id else ""
        change = Change(act="feedback", by=by, at=at or datetime.now(UTC), source=of)
        number = shelf.add_feedback(change, query, row_id=row_id, code=code, note=_plain(note)[:LONGEST_QUERY])
    return {"query": query, "source": of, "id": row_id, "code": code, "change": number}


def library_info(store: Store) -> dict[str, Any]:
    """Return what the address library holds.

    Returns
    -------
    dict
        ``generation``; ``rows``; ``sources`` (``source, kind, rows``); ``aliases`` (``alias, name, kind``);
        ``feedback``: how many entries; ``changes``: the latest of the journal.
    """
    with store.snapshot() as reader:
        shelf = AddressShelf(reader)
        sources = shelf.counts()
        return {
            "generation": shelf.generation(), "rows": sum(one["rows"] for one in sources), "sources": sources,
            "aliases": shelf.aliases().to_dict("records"), "feedback": len(shelf.feedback()),
            "changes": shelf.journal(LATEST),
        }  # fmt: skip


def _source_of(shelf: AddressShelf, row_id: str, source: str | None) -> str:
    """Return the source of the one row with an id."""
    found = shelf.find([row_id], source)["source"].tolist()
    if not found:
        where = "" if source is None else f" of source {source}"
        raise NotFoundError(f"the address library has no row{where} with id {row_id}")
    if len(found) > 1:
        raise InputError(f"id {row_id} stands in several sources, {', '.join(found)}; name one with --source")
    return str(found[0])


def _plain(text: str) -> str:
    """Return a text in one line, full-width characters narrow."""
    kept = (" " if unicodedata.category(one)[0] == "C" else one for one in unicodedata.normalize("NFKC", text))
    return " ".join("".join(kept).split())


def _name(text: str, what: str) -> str:
    """Return a name of something."""
    plain = _plain(text)
    if not 2 <= len(plain) <= LONGEST_NAME or not any(one.isalpha() for one in plain):
        raise InputError(
            f"{plain[:LONGEST_NAME]!r} is no {what}; it has 2 to {LONGEST_NAME} characters, not only digits"
        )
    return plain


def _query(text: str) -> str:
    """Return a text without what is personal about who asked."""
    plain = _plain(text)
    if any(citizen_id(found.upper()) for found in CITIZEN.findall(plain)):
        raise InputError("the text holds a citizen's id number and is not kept; leave the number out")
    plain = " ".join(PHONE.sub(" ", plain).split())
    if not any(one.isalpha() for one in plain) or len(plain) > LONGEST_QUERY:
        raise InputError(f"the text is no address; it has words, and {LONGEST_QUERY} characters at most")
    return plain
