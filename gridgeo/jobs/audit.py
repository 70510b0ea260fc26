"""Job: prove that a store holds what was published and nothing else.

In: an open store. Out: four proofs, each with everything that refutes it: the audit is an unbroken chain; every row
lives in a span that exists and no two of a key at once, and each version's grids have the digest that was told when it
was published; version 1 and the ledger give every later version again, bit for bit; the layer is seamless.

Nothing is trusted that could have been edited: chain, digests, replay and certificate are computed from the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import shapely
from sqlalchemy import Column, Subquery, Table, and_, func, or_, select

from gridgeo.codes.layout import get_layout
from gridgeo.draft.memory import Memory
from gridgeo.jobs.address_audit import library_faults
from gridgeo.jobs.agency_grids import agency_faults
from gridgeo.jobs.ledger import KEYS, first_version, ledger_faults
from gridgeo.jobs.next_version import COUNTED, certified
from gridgeo.jobs.register_audit import outside_faults, register_faults
from gridgeo.partition.check import certify
from gridgeo.store import schema
from gridgeo.store.base import Store, Version
from gridgeo.store.digest import chain_digest, layer_digest
from gridgeo.store.read import Reader
from gridgeo.store.write import FIRST_LINK

__all__ = ["Audit", "Proof", "audit_store"]

MOST_FAULTS = 20
"""Faults of one proof that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One thing that is proven, or not."""

    name: str
    """chain, spans, ledger or certificate."""
    said: str
    """What was looked at."""
    faults: tuple[str, ...]
    """What refutes it and where; empty: proven."""

    @property
    def holds(self) -> bool:
        """Whether nothing refutes it."""
        return not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was proven of a store."""

    url: str
    versions: int
    proofs: tuple[Proof, ...]

    @property
    def holds(self) -> bool:
        """Whether every proof does."""
        return all(proof.holds for proof in self.proofs)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        proofs = [{**asdict(proof), "faults": list(proof.faults), "holds": proof.holds} for proof in self.proofs]
        return {"url": self.url, "versions": self.versions, "holds": self.holds, "proofs": proofs}


def audit_store(store: Store) -> Audit:
    """Prove a store, in one snapshot.

    Parameters
    ----------
    store : Store

    Returns
    -------
    Audit

    Raises
    ------
    NotFoundError
        If nothing is published in it.
    """
    with store.snapshot() as reader:
        reader.layer()
        versions, memory = reader.versions(), first_version(reader)
        proofs = (
            _proof("chain", f"{reader.rows(schema.audit):,} audit rows", _chain_faults(reader)),
            _proof(
                "spans",
                f"{sum(reader.rows(schema.metadata.tables[name]) for name in KEYS):,} rows with spans, digests of "
                f"{len(versions)} versions",
                [
                    *_span_faults(reader, versions),
                    *_digest_faults(reader, versions),
                    *_place_faults(reader, memory),
                    *register_faults(reader),
                    *library_faults(reader),
                    *agency_faults(reader),
                ],
            ),
            _proof(
                "ledger",
                f"{reader.rows(schema.ledger):,} ledger rows replayed",
                ledger_faults(reader, memory, versions),
            ),
            _proof("certificate", "the newest layer certified anew", _certificate_faults(reader, versions)),
        )
    return Audit(url=store.url, versions=len(versions), proofs=proofs)


def _proof(name: str, said: str, faults: Sequence[str] | Iterator[str]) -> Proof:
    """Put a proof together; of many faults the first are told."""
    found = list(faults)
    more = [f"and {len(found) - MOST_FAULTS:,} more"] if len(found) > MOST_FAULTS else []
    return Proof(name=name, said=said, faults=(*found[:MOST_FAULTS], *more))


# ----------------------------------------------------------------------------- chain ----


def _chain_faults(reader: Reader) -> Iterator[str]:
    """Yield the first break of the audit's chain: what lies behind it proves nothing."""
    table = schema.audit
    before, last = FIRST_LINK, "the beginning"
    for row in reader.connection.execute(select(table).order_by(table.c.fid)):
        here = f"audit row {row.fid} ({row.at:%Y-%m-%d %H:%M:%S} UTC, {row.actor}: {row.act} {row.what})"
        if row.prev != before:
            yield f"{here} does not follow {last}: a row between them was deleted, or one of the two was changed"
            return
        if chain_digest([row.prev, row.at, row.actor, row.act, row.what, row.detail]) != row.digest:
            yield f"{here} was changed: its digest is not that of what it says"
            return
        before, last = row.digest, f"audit row {row.fid}"


# ----------------------------------------------------------------------------- spans ----


def _span_faults(reader: Reader, versions: Sequence[Version]) -> Iterator[str]:
    """Yield versions that are not numbered through and spans that overlap or name versions that do not exist."""
    numbers = [version.seq for version in versions]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"versions are numbered {numbers}, not 1 to {len(numbers)}"
    for one, two in pairwise(versions):
        if two.effective < one.effective:
            yield f"version {two.seq} holds from {two.effective}, before version {one.seq} does ({one.effective})"
    newest = max(numbers, default=0)
    for name, key in KEYS.items():
        yield from _table_faults(reader, name, key, newest)


def _table_faults(reader: Reader, name: str, key: Sequence[str], newest: int) -> Iterator[str]:
    """Yield the faults of one table; the database looks for them, which is quick for millions of rows."""
    table = schema.metadata.tables[name]
    keys = [table.c[one] for one in key]
    told = [*keys, table.c.v_from, table.c.v_to]
    outside = or_(
        table.c.v_from < 1, table.c.v_from > newest, table.c.v_to > newest, table.c.v_to <= table.c.v_from
    )  # fmt: skip
    for row in reader.connection.execute(select(*told).where(outside).order_by(*keys)):
        yield f"{name} {_named(row, key)}: span {row.v_from} to {row.v_to} is none of versions 1 to {newest}"
    inner = _beside(table, keys, told)
    overlap = and_(inner.c.was.is_not(None), or_(inner.c.ended.is_(None), inner.c.ended > inner.c.v_from))
    for row in reader.connection.execute(select(inner).where(overlap).order_by(*(inner.c[one] for one in key))):
        yield f"{name} {_named(row, key)}: two rows live in version {row.v_from}"
    if name != "assignment":
        return
    place, load = schema.place, schema.register_load
    came = func.coalesce(load.c.base_seq, 1)  # what came with no load came with version 1
    first = and_(inner.c.was.is_(None), inner.c.v_from != came)
    hole = and_(inner.c.ended.is_not(None), inner.c.ended < inner.c.v_from)
    last = and_(inner.c.following.is_(None), inner.c.v_to.is_not(None))
    query = select(inner).join_from(inner, place, place.c.fid == inner.c.place_fid)
    query = query.outerjoin(load, load.c.nth == place.c.load_from)
    for row in reader.connection.execute(query.where(or_(first, hole, last)).order_by(inner.c.place_fid)):
        yield f"assignment {_named(row, key)}: it belongs to nothing around its span {row.v_from} to {row.v_to}"


def _beside(table: Table, keys: Sequence[Column[Any]], told: Sequence[Column[Any]]) -> Subquery:
    """Return rows with the span before (``was`` to ``ended``) and the beginning of the next (``following``)."""
    order = [table.c.v_from, table.c.fid]
    columns = {
        "ended": func.lag(table.c.v_to), "was": func.lag(table.c.v_from), "following": func.lead(table.c.v_from),
    }  # fmt: skip
    beside = [one.over(partition_by=keys, order_by=order).label(name) for name, one in columns.items()]
    return select(*told, *beside).subquery()


def _named(row: Any, key: Sequence[str]) -> str:
    """Name the key of a row."""
    return " ".join(f"place {getattr(row, one)}" if one == "place_fid" else str(getattr(row, one)) for one in key)


def _digest_faults(reader: Reader, versions: Sequence[Version]) -> Iterator[str]:
    """Yield versions whose rows, record and audit do not say the same."""
    table = schema.audit
    rows = reader.connection.execute(select(table).where(table.c.act == "publish").order_by(table.c.fid))
    told = {row.what: row for row in rows}
    for version in versions:
        entry = told.pop(f"version {version.seq}", None)
        found = layer_digest(reader.grids(version.seq))
        if found != version.digest:
            yield f"version {version.seq}: the digest of its grids is {found[:12]}, published was {version.digest[:12]}"
        if entry is None:
            yield f"version {version.seq}: the audit knows of no such publication"
            continue
        said = {
            "digest": version.digest, "effective": version.effective.isoformat(), "title": version.title,
            "stats": version.stats,
        }  # fmt: skip
        wrong = [name for name, value in said.items() if entry.detail.get(name) != value]
        wrong += ["published_by"] if entry.actor != version.published_by else []
        wrong += ["published"] if entry.at != version.published else []
        if wrong:
            yield f"version {version.seq}: its {', '.join(wrong)} is not what audit row {entry.fid} says"
    for what, row in told.items():
        yield f"audit row {row.fid} tells of {what}, which is not there"


def _place_faults(reader: Reader, memory: Memory) -> Iterator[str]:
    """Yield places that version 1 gave to a grid in which they do not lie.

    Later assignments are proven by the ledger, those that came with registers by `register_faults`.
    """
    shapes = {code: row.geometry for code, row in memory.first.rows.items()}
    for code, held in memory.first.place_rows.items():
        yield from outside_faults(held, shapes[code], code, 1)
    link, grid = schema.assignment, schema.grid_span
    strangers = select(link.c.place_fid, link.c.code, link.c.v_from).where(
        link.c.code.is_not(None), link.c.code.not_in(select(grid.c.code))
    )
    for row in reader.connection.execute(strangers):
        yield f"assignment of place {row.place_fid} in version {row.v_from}: there never was a grid {row.code}"


# ----------------------------------------------------------------------- certificate ----


def _certificate_faults(reader: Reader, versions: Sequence[Version]) -> Iterator[str]:
    """Certify the newest layer as at its publication, and compare with what was said then."""
    newest = versions[-1]
    grids, communities = reader.grids(newest.seq), reader.communities(newest.seq)
    layout = str(reader.layer().layout)
    if newest.seq > 1:
        found = certified(reader.grids(newest.seq - 1), grids, communities, layout)
    else:
        shapes = grids.geometry.to_numpy()
        frame = shapely.coverage_union_all(shapes) if shapely.coverage_is_valid(shapes) else shapely.union_all(shapes)
        found = certify(grids, frame, communities=communities, code_fault=get_layout(layout).fault)
    now, said = found.as_dict(), newest.certificate
    if found.seamless:
        if not said.get("seamless"):
            yield f"version {newest.seq}: it is seamless, its certificate says it is not"
        return
    worse = [name for name in COUNTED if (now[name] or 0) > (said.get(name) or 0)]
    if said.get("seamless") or worse:
        place = next(iter(found.places), {})
        yield (
            f"version {newest.seq} is not seamless: {', '.join(f'{name} {now[name]}' for name in worse)}; first at "
            f"{place.get('kind', '')} {place.get('code', '')} x={place.get('x')}, y={place.get('y')}"
        )
