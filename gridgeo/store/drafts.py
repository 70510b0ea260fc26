"""Drafts in a store: opened, changed, undone, noted and moved on, one transaction at a time.

In: an open writing (or reading) transaction. Out: records. Everything that is done to a draft is told to the audit and
counts its revision up, so that two people at one draft notice each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from gridgeo.errors import NotFoundError, VersionConflict
from gridgeo.store import schema
from gridgeo.store.write import append_audit

__all__ = ["Draft", "DraftBook", "Note", "Planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A planned list of changes."""

    number: int
    title: str
    state: str
    base_seq: int
    """The version that it begins with."""
    revision: int
    """How often it was changed."""
    author: str
    opened: datetime
    changed: datetime
    effective: date | None
    """When it is to hold."""
    seq: int | None
    """The version that it was published as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One change of a draft."""

    nth: int
    change: dict[str, Any]
    actor: str
    at: datetime
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A reviewer's remark, pinned to a grid or (code "") to the draft."""

    number: int
    code: str
    text: str
    actor: str
    at: datetime
    settled: bool


class DraftBook:
    """The drafts of a store within one transaction.

    Parameters
    ----------
    connection : Connection
        A writing transaction for whatever changes something.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def drafts(self) -> list[Draft]:
        """Return all drafts, the newest first."""
        table = schema.draft
        return [_draft(row) for row in self.connection.execute(select(table).order_by(table.c.fid.desc()))]

    def draft(self, number: int, *, revision: int | None = None) -> Draft:
        """Return a draft.

        Raises
        ------
        NotFoundError
            If there is none of this number.
        VersionConflict
            If it is not of this revision any more.
        """
        row = self.connection.execute(select(schema.draft).where(schema.draft.c.fid == number)).first()
        if row is None:
            raise NotFoundError(f"there is no draft {number}; gridgeo draft list shows them")
        found = _draft(row)
        if revision is not None and revision != found.revision:
            last = self._last_act(number)
            raise VersionConflict(
                f"draft {number} is at revision {found.revision}, not {revision}: {last}; look at it again first"
            )
        return found

    def _last_act(self, number: int) -> str:
        """Say what was done to a draft last."""
        table = schema.audit
        query = select(table).where(table.c.what == f"draft {number}").order_by(table.c.fid.desc()).limit(1)
        row = self.connection.execute(query).first()
        return "somebody changed it" if row is None else f"{row.actor} did {row.act} at {row.at:%Y-%m-%d %H:%M} UTC"

    def open(self, title: str, *, base_seq: int, by: str, at: datetime) -> Draft:
        """Begin a draft."""
        number = self.connection.execute(
            insert(schema.draft).values(
                title=title, state="draft", base_seq=base_seq, revision=0, author=by, opened=at, changed=at
            )
        ).inserted_primary_key[0]  # type: ignore[index]
        self._tell(number, by, at, "open draft", {"title": title, "base": base_seq})
        return self.draft(number)

    def planned(self, number: int) -> list[Planned]:
        """Return the changes of a draft in order, those that wait to be done again at the end."""
        table = schema.draft_change
        rows = self.connection.execute(select(table).where(table.c.draft == number).order_by(table.c.nth))
        return [
            Planned(nth=row.nth, change=row.change, actor=row.actor, at=row.at, undone=bool(row.undone)) for row in rows
        ]

    def add(self, number: int, change: Mapping[str, Any], *, by: str, at: datetime) -> int:
        """Append a change and forget what was undone; return its place in the list."""
        table = schema.draft_change
        self.connection.execute(delete(table).where(table.c.draft == number, table.c.undone == 1))
        nth = self._count(number) + 1
        self.connection.execute(
            insert(table).values(draft=number, nth=nth, change=dict(change), actor=by, at=at, undone=0)
        )
        self._tell(number, by, at, f"{change['op']}", {"nth": nth, "change": dict(change)})
        return nth

    def undo(self, number: int, *, by: str, at: datetime) -> Planned:
        """Take back the last change.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        done = [one for one in self.planned(number) if not one.undone]
        if not done:
            raise NotFoundError(f"draft {number} has no change that could be undone")
        self._mark(number, done[-1].nth, undone=1)
        self._tell(number, by, at, "undo", {"nth": done[-1].nth})
        return done[-1]

    def redo(self, number: int, *, by: str, at: datetime) -> Planned:
        """Do the change again that was undone last.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        waiting = [one for one in self.planned(number) if one.undone]
        if not waiting:
            raise NotFoundError(f"draft {number} has no change that could be done again")
        self._mark(number, waiting[0].nth, undone=0)
        self._tell(number, by, at, "redo", {"nth": waiting[0].nth})
        return waiting[0]

    def _mark(self, number: int, nth: int, *, undone: int) -> None:
        table = schema.draft_change
        mine = table.c.draft == number, table.c.nth == nth
        self.connection.execute(update(table).where(*mine).values(undone=undone))

    def _count(self, number: int) -> int:
        table = schema.draft_change
        query = select(func.count()).select_from(table).where(table.c.draft == number)
        return int(self.connection.execute(query).scalar_one())

    def move_to(self, number: int, state: str, act: str, *, by: str, at: datetime, **more: Any) -> None:
        """Bring a draft into another state; `more` is for the audit."""
        self.connection.execute(update(schema.draft).where(schema.draft.c.fid == number).values(state=state))
        self._tell(number, by, at, act, more)

    def published(self, number: int, seq: int, effective: date, at: datetime) -> None:
        """Note that a draft became a version; the audit is told of the publication itself."""
        changed = {"state": "published", "seq": seq, "effective": effective, "changed": at}
        self.connection.execute(update(schema.draft).where(schema.draft.c.fid == number).values(changed))

    def rebase(self, number: int, base_seq: int, *, by: str, at: datetime) -> None:
        """Let a draft begin with another version."""
        self.connection.execute(update(schema.draft).where(schema.draft.c.fid == number).values(base_seq=base_seq))
        self._tell(number, by, at, "rebase", {"base": base_seq})

    def note(self, number: int, code: str, text: str, *, by: str, at: datetime) -> None:
        """Pin a remark to a grid."""
        self.connection.execute(
            insert(schema.draft_note).values(draft=number, code=code, text=text, actor=by, at=at, settled=0)
        )
        self._tell(number, by, at, "remark", {"code": code, "text": text})

    def settle(self, number: int, note: int, *, by: str, at: datetime) -> None:
        """Mark a remark as settled.

        Raises
        ------
        NotFoundError
            If the draft has no such remark.
        """
        table = schema.draft_note
        mine = table.c.draft == number, table.c.fid == note
        if not self.connection.execute(update(table).where(*mine).values(settled=1)).rowcount:
            raise NotFoundError(f"draft {number} has no remark {note}")
        self._tell(number, by, at, "settle", {"note": note})

    def notes(self, number: int) -> list[Note]:
        """Return the remarks on a draft, oldest first."""
        table = schema.draft_note
        rows = self.connection.execute(select(table).where(table.c.draft == number).order_by(table.c.fid))
        return [
            Note(number=row.fid, code=row.code, text=row.text, actor=row.actor, at=row.at, settled=bool(row.settled))
            for row in rows
        ]

    def _tell(self, number: int, by: str, at: datetime, act: str, detail: Mapping[str, Any]) -> None:
        """Count the revision up and append to the audit."""
        table = schema.draft
        counted = {"revision": table.c.revision + 1, "changed": at}
        self.connection.execute(update(table).where(table.c.fid == number).values(counted))
        entry = {"at": at, "actor": by, "act": act, "what": f"draft {number}", "detail": dict(detail)}
        append_audit(self.connection, entry)


def _draft(row: Any) -> Draft:
    """Return a row as a record."""
    names = [name for name in Draft.__dataclass_fields__ if name != "number"]
    return Draft(number=row.fid, **{name: getattr(row, name) for name in names})
