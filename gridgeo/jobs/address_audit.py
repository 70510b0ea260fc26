"""Proof of the address library: every change told in the audit, every row brought by one, no row more or less.

In: a snapshot of a store. Out: sentences on what is otherwise. Used by `gridgeo.jobs.audit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, func, select

from gridgeo.store import schema
from gridgeo.store.read import Reader

__all__ = ["library_faults"]


def library_faults(reader: Reader) -> Iterator[str]:
    """Yield what the journal, the audit and the library's rows do not say alike."""
    table, audit = schema.address_load, schema.audit
    rows = reader.connection.execute(select(audit).where(audit.c.act == "library").order_by(audit.c.fid))
    told = {row.what: row for row in rows}
    held: Counter[str] = Counter()
    aliases = feedback = 0
    for nth, change in enumerate(reader.connection.execute(select(table).order_by(table.c.nth)), 1):
        if change.nth != nth:
            yield f"address library: its changes are not numbered through, {change.nth} stands where {nth} should"
            return
        entry = told.pop(f"library {nth}", None)
        yield from _entry_faults(change, entry)
        more = int(change.report.get("came", 0)) - int(change.report.get("went", 0))
        held[change.source] += more if change.act in ("load", "remove") else 0
        aliases += more if change.act in ("alias", "unalias") else 0
        feedback += more if change.act == "feedback" else 0
    for what, row in told.items():
        yield f"audit row {row.fid} tells of {what}, which is not there"
    yield from _row_faults(reader, held)
    if (found := reader.rows(schema.address_alias)) != aliases:
        yield f"address library: {found:,} aliases are there, its changes say {aliases:,}"
    if (found := reader.rows(schema.address_feedback)) > feedback:  # fewer is right: the law may ask for it
        yield f"address library: {found:,} texts of feedback are there, its changes say {feedback:,}"


def _entry_faults(change: Any, entry: Any) -> Iterator[str]:
    """Yield where a change and its line in the audit differ."""
    if entry is None:
        yield f"address library, change {change.nth}: the audit knows of no such change"
        return
    detail = entry.detail
    said = (*(detail.get(name) for name in ("act", "source", "file", "report")), entry.actor)
    if said != (change.act, change.source, change.file, change.report, change.actor):
        yield f"address library, change {change.nth}: it is not what audit row {entry.fid} says"


def _row_faults(reader: Reader, held: Counter[str]) -> Iterator[str]:
    """Yield sources with more or fewer rows than their changes say, and rows that none of them brought."""
    row, load = schema.address_row, schema.address_load
    query = select(row.c.source, func.count()).group_by(row.c.source)
    found = {source: int(count) for source, count in reader.connection.execute(query)}
    for source in sorted({*found, *held}):
        if found.get(source, 0) != held[source]:
            yield (
                f"address library, source {source}: {found.get(source, 0):,} rows are there, its changes say "
                f"{held[source]:,}"
            )
    brought = and_(load.c.nth == row.c.load, load.c.source == row.c.source, load.c.act == "load")
    strangers = select(row.c.source, row.c.id).outerjoin(load, brought).where(load.c.fid.is_(None)).order_by(row.c.fid)
    for source, name in reader.connection.execute(strangers):
        yield f"address library, source {source}: no load brought row {name}"
