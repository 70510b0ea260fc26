"""Proof by replay: version 1 and the ledger make every later version of a store again, bit for bit.

In: a snapshot of a store. Out: sentences on what is stored otherwise than the ledger makes it. Used by
`gridgeo.jobs.audit`. Version 1 is equal by being read; a later version is equal if it closes and opens exactly the rows
that its changes close and open, so only those are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import select

from gridgeo.draft.change import change_from
from gridgeo.draft.finish import Finished
from gridgeo.draft.ground import GridRow, Places
from gridgeo.draft.memory import Memory
from gridgeo.errors import GridgeoError
from gridgeo.store import schema
from gridgeo.store.base import Version
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader

__all__ = ["KEYS", "first_version", "ledger_faults"]

KEYS = {
    "grid_span": ("code",), "community_span": ("code",), "assignment": ("place_fid",), "lock_span": ("code",),
    "explanation_span": ("code", "rule"),
}  # fmt: skip
"""Tables of rows with spans → what may have one row at a time."""

MOST_NAMED = 5
"""Rows of one kind that a version's fault names one by one."""

_GRID = tuple(name for name in GridRow.__dataclass_fields__ if name != "limits")
Rows = dict[Any, Any]


def first_version(reader: Reader) -> Memory:
    """Read version 1 of a store, before any register was loaded."""
    ground = StoreGround(reader, 1, load=0)
    codes, communities = reader.grids(1)["code"].tolist(), reader.communities(1)["code"].tolist()
    rows, towns = ground.grids(codes), ground.communities(communities)
    return Memory(
        ground.layout, rows.values(), towns.values(), ground.places(codes), ground.atoms(_atoms_named(reader))
    )


def _atoms_named(reader: Reader) -> set[str]:
    """Return the ids of the atoms that the ledger speaks of."""
    said = [row.change for row in reader.connection.execute(select(schema.ledger.c.change))]
    named = [one.get("atoms") for one in said if isinstance(one, dict)]
    return {name for names in named if isinstance(names, list) for name in names if isinstance(name, str)}


def ledger_faults(reader: Reader, memory: Memory, versions: Sequence[Version]) -> Iterator[str]:
    """Yield what a replay makes otherwise than the store has it; behind the first version that differs nothing is told.

    Parameters
    ----------
    reader : Reader
    memory : Memory
        From `first_version`; the later versions are added to it.
    versions : sequence of Version
        All, oldest first.
    """
    table = schema.ledger
    rows: dict[int, list[Any]] = {}
    for row in reader.connection.execute(select(table).order_by(table.c.seq, table.c.nth)):
        rows.setdefault(row.seq, []).append(row)
    for seq in sorted(set(rows) - {version.seq for version in versions[1:]}):
        yield f"the ledger has changes for version {seq}, which is not there or was not made by changes"
    for version in versions[1:]:
        _load_registers(reader, memory, version.seq - 1)
        own = rows.get(version.seq, [])
        found = [*_signature_faults(version, own), *_replay_faults(reader, memory, version.seq, own)]
        yield from found
        if found:
            return
    yield from _number_faults(reader, memory)


def _load_registers(reader: Reader, memory: Memory, seq: int) -> None:
    """Let the places come and go that registers brought and took while a version was the newest."""
    before, after = StoreGround(reader, seq, load=reader.load_at(seq - 1)), StoreGround(reader, seq)
    if after.load > before.load:
        memory.load(*after.exchanged(before.load))


def _signature_faults(version: Version, rows: Sequence[Any]) -> Iterator[str]:
    """Yield ledger rows that are missing or that were not written when the version was published."""
    numbers = [row.nth for row in rows]
    if not rows or numbers != list(range(1, len(rows) + 1)):
        yield f"version {version.seq}: its ledger rows are numbered {numbers}; some are missing"
    for row in rows:
        if (row.actor, row.at) != (version.published_by, version.published):
            yield f"version {version.seq}, ledger row {row.nth}: by {row.actor} at {row.at}, unlike the publication"


def _replay_faults(reader: Reader, memory: Memory, seq: int, rows: Sequence[Any]) -> Iterator[str]:
    """Replay one version and yield the rows that are stored otherwise."""
    said = [row.change for row in rows]
    codes = said.pop()["codes"] if said and said[-1].get("op") == "number" else {}
    try:
        done = memory.publish([change_from(one) for one in said], codes)
    except (GridgeoError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        yield f"version {seq}: its ledger cannot be replayed: {error}"
        return
    for name, made, stored in _compared(reader, seq, done):
        different = sorted(_key(key) for key in {*made, *stored} if made.get(key) != stored.get(key))
        more = f" and {len(different) - MOST_NAMED} more" if len(different) > MOST_NAMED else ""
        if different:
            yield f"version {seq}: the ledger makes other rows of {name} {', '.join(different[:MOST_NAMED])}{more}"


def _key(key: Any) -> str:
    """Name a row."""
    return " ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _compared(reader: Reader, seq: int, done: Finished) -> Iterator[tuple[str, Rows, Rows]]:
    """Yield what a version closes and opens: as the ledger makes it, and as it is stored."""
    here, before = StoreGround(reader, seq), StoreGround(reader, seq - 1)
    opened, closed = (
        {name: _edges(reader, name, edge, seq) for name in KEYS} for edge in ("v_from", "v_to")
    )  # fmt: skip

    def stored(name: str, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Rows:
        return {
            key: (old.get(key) if key in closed[name] else None, new.get(key) if key in opened[name] else None)
            for key in opened[name] | closed[name]
        }

    was, now = before.grids(closed["grid_span"]), here.grids(opened["grid_span"])
    made = {code: (_columns(one), _columns(two)) for code, (one, two) in done.grids.items()}
    yield "grid", made, {code: (_columns(a), _columns(b)) for code, (a, b) in stored("grid_span", was, now).items()}
    towns = before.communities(closed["community_span"]), here.communities(opened["community_span"])
    yield "community", dict(done.communities), stored("community_span", *towns)
    locks = before.locks(closed["lock_span"]), here.locks(opened["lock_span"])
    yield "lock of", dict(done.locks), stored("lock_span", *locks)
    told = [
        ground.explanations([code for code, _ in keys["explanation_span"]])
        for ground, keys in ((before, closed), (here, opened))
    ]
    yield "explanation of", dict(done.explanations), stored("explanation_span", *told)
    yield "assignment of place", _made_assignments(done.moved), _stored_assignments(reader, seq, closed["assignment"])
    passages = [asdict(one) for one in reader.passages(after=seq - 1, until=seq)]
    yield (
        "lineage",
        {(one.old_code, one.new_code): {**asdict(one), "seq": seq} for one in done.lineage},
        {(one["old_code"], one["new_code"]): one for one in passages},
    )


def _columns(row: GridRow | None) -> Any:
    """Return a grid's stored columns; what it has to be is not one of them."""
    return row and tuple(getattr(row, name) for name in _GRID)


def _edges(reader: Reader, name: str, edge: str, seq: int) -> set[Any]:
    """Return the keys of the rows that begin (v_from) or end (v_to) with a version."""
    table = schema.metadata.tables[name]
    keys = [table.c[one] for one in KEYS[name]]
    rows = reader.connection.execute(select(*keys).where(table.c[edge] == seq))
    return {row[0] if len(keys) == 1 else tuple(row) for row in rows}


def _made_assignments(moved: Places) -> Rows:
    """Return the assignments that a version opens, as the ledger makes them."""
    distance_m = [None if np.isnan(value) else float(value) for value in moved.distance_m]
    values = zip(moved.code.tolist(), moved.method.tolist(), distance_m, strict=True)
    return dict(zip(moved.fid.tolist(), values, strict=True))


def _stored_assignments(reader: Reader, seq: int, closed: set[Any]) -> Rows:
    """Return the assignments that a version opens, as they are stored; those that it only closes are None.

    Those of places that came with a register while it was the newest are not its work.
    """
    table, place = schema.assignment, schema.place
    columns = table.c.place_fid, table.c.code, table.c.method, table.c.distance_m
    query = select(*columns).join_from(table, place, place.c.fid == table.c.place_fid)
    known = place.c.load_from <= reader.load_at(seq - 1)
    rows = reader.connection.execute(query.where(table.c.v_from == seq, known))
    opened = {row.place_fid: (row.code, row.method, row.distance_m) for row in rows}
    return {**dict.fromkeys(closed, "closed"), **opened}


def _number_faults(reader: Reader, memory: Memory) -> Iterator[str]:
    """Yield prefixes whose next number was given already."""
    table = schema.code_book
    book = {row.prefix: row.last for row in reader.connection.execute(select(table))}
    for prefix, last in sorted(memory.numbers.items()):
        if book.get(prefix, 0) < last:
            yield f"code book: number {last} was given under {prefix}, the book says {book.get(prefix, 'none')}"
