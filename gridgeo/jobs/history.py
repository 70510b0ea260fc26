"""Job: everything that a code ever was, and what the versions of a store are.

In: an open store, and a code or a number. Out: plain values for the command line and the API: the rows of a grid from
version to version with what changed, its ancestors and successors, who published them and why, locks, explanations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import shapely
from sqlalchemy import select

from gridgeo.draft.ground import GridRow
from gridgeo.errors import InputError, NotFoundError
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.fate import BEND_M, fate_of
from gridgeo.jobs.moment import At, version_at
from gridgeo.store import schema
from gridgeo.store.base import Store, Version
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader

__all__ = ["changes_between", "history_of", "roll_back", "version_facts", "version_list"]

FIGURES = {
    "households": ("户数", "户"), "enterprises": ("企业", "家"), "population": ("人口", "人"),
}  # fmt: skip
KINDS = {"general": "一般网格", "exclusive": "专属网格", "micro": "微网格"}
_NAMES = ("kind", "community_code", "community_name", "short_name", "full_name", *FIGURES, "area_m2")


def history_of(store: Store, code: str) -> dict[str, Any]:
    """Tell everything that a code ever was.

    Parameters
    ----------
    store : Store
    code : str
        Of a current, a retired or a coming grid; blanks in it do not matter.

    Returns
    -------
    dict
        ``code``; ``status`` (current, retired, not_yet: today) and ``text`` (Chinese, empty for a current grid);
        ``rows``: every state of it, oldest first: ``from, to`` (versions; ``to`` is the first that does not have it, or
        None), ``effective, until`` (days likewise), its names and figures, ``became`` (Chinese words);
        ``ancestors, successors``: ``code, change`` (U, S, M, X), four shares, ``version, effective``, in every
        publication; ``now``: the grids that have its ground today, if it is retired; ``publications``: the versions
        that touched it (see `version_facts`); ``locks, explanations``: what, from, to.

    Raises
    ------
    NotFoundError
        If the code was never given.
    """
    code = "".join(code.split())
    with store.snapshot() as reader:
        versions = reader.versions()
        today = version_at(versions, where=f"store {store.url}")
        rows = _rows(reader, code, versions)
        if not rows:
            raise NotFoundError(f"store {store.url} never had a grid {code}; look it up with gridgeo locate")
        fate = fate_of(reader, code, today.seq)
        passages = [
            {**asdict(one), "version": one.seq, "effective": versions[one.seq - 1].effective.isoformat()}
            for one in reader.passages(code=code)
        ]
        locks, told = (_told(reader, table, code, versions) for table in (schema.lock_span, schema.explanation_span))
        touched = {row["from"] for row in rows} | {row["to"] for row in rows} | {one["seq"] for one in passages}
        touched |= {edge for one in (*locks, *told) for edge in (one["from"], one["to"])}
        publications = [_facts(reader, versions[seq - 1], today.seq) for seq in sorted(touched - {None})]
    return {
        "code": code,
        "status": fate.kind if fate else "current",
        "text": fate.text if fate else "",
        "rows": rows,
        "ancestors": _kin(passages, code, "new_code", "old_code"),
        "successors": _kin(passages, code, "old_code", "new_code"),
        "now": list(fate.successors) if fate and fate.kind == "retired" else [],
        "publications": publications,
        "locks": locks,
        "explanations": told,
    }


def version_list(store: Store) -> list[dict[str, Any]]:
    """Return all versions, oldest first, see `version_facts`."""
    with store.snapshot() as reader:
        versions = reader.versions()
        return [_facts(reader, version, version_at(versions).seq) for version in versions]


def version_facts(store: Store, at: At) -> dict[str, Any]:
    """Describe one version.

    Returns
    -------
    dict
        ``seq, title, effective, published, published_by, digest, why, draft`` (number, or None), ``author`` (of the
        draft), ``stats``, and ``holds``: whether it is the one that holds today.

    Raises
    ------
    InputError, NotFoundError
        See `gridgeo.jobs.moment.version_at`.
    """
    with store.snapshot() as reader:
        versions = reader.versions()
        version = version_at(versions, at, where=f"store {store.url}")
        return _facts(reader, version, version_at(versions).seq)


def _facts(reader: Reader, version: Version, today: int) -> dict[str, Any]:
    """Describe a version, with its draft and the reason that the audit has."""
    table, audit = schema.draft, schema.audit
    draft = reader.connection.execute(select(table.c.fid, table.c.author).where(table.c.seq == version.seq)).first()
    published = audit.c.act == "publish", audit.c.what == f"version {version.seq}"
    detail = reader.connection.execute(select(audit.c.detail).where(*published)).scalar_one_or_none() or {}
    return {
        "seq": version.seq,
        "title": version.title,
        "effective": version.effective.isoformat(),
        "published": version.published.isoformat(timespec="milliseconds"),
        "published_by": version.published_by,
        "digest": version.digest,
        "why": detail.get("why", ""),
        "draft": draft.fid if draft else None,
        "author": draft.author if draft else "",
        "stats": version.stats,
        "holds": version.seq == today,
    }


def changes_between(before: GridRow | None, after: GridRow | None) -> list[str]:
    """Say in Chinese words what became of a grid.

    Parameters
    ----------
    before, after : GridRow or None
        None: there was or is none.

    Returns
    -------
    list of str
        Empty where it is the same but for vertices on its straight borders.
    """
    if before is None or after is None:
        return ["新设"] if after is not None else ["停用"] if before is not None else []
    found = []
    if before.geometry != after.geometry and shapely.hausdorff_distance(before.geometry, after.geometry) > BEND_M:
        found.append("边界调整")
    if before.full_name != after.full_name:
        found.append(f"更名（{before.full_name} → {after.full_name}）")
    if before.kind != after.kind:
        found.append(f"改类型（{KINDS.get(before.kind, before.kind)} → {KINDS.get(after.kind, after.kind)}）")
    if before.community_code != after.community_code:
        found.append(f"改属社区（{before.community_name} → {after.community_name}）")
    for name, (word, unit) in FIGURES.items():
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            found.append(f"{word} {was:,} → {now:,} {unit}")
    return found


def _rows(reader: Reader, code: str, versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Return every state of a grid with what was different from the one before."""
    found, before, ended = [], None, None
    for begins, ends in reader.lives(code):
        row = StoreGround(reader, begins).grids([code])[code]
        became = changes_between(before if ended == begins else None, row)
        if before is not None and ended != begins:
            became = ["恢复使用"]
        found.append(
            {
                "from": begins, "to": ends, **_days(begins, ends, versions),
                **{name: getattr(row, name) for name in _NAMES}, "became": became or ["边线加点"],
            }
        )  # fmt: skip
        before, ended = row, ends
    return found


def _days(begins: int, ends: int | None, versions: Sequence[Version]) -> dict[str, str | None]:
    """Return the days that belong to a span of versions; the last is the first on which it does not hold."""
    until = None if ends is None else versions[ends - 1].effective.isoformat()
    return {"effective": versions[begins - 1].effective.isoformat(), "until": until}


def _kin(passages: Sequence[Mapping[str, Any]], code: str, own: str, other: str) -> list[dict[str, Any]]:
    """Return the other sides of what became of a grid."""
    shares = ("change", "area_share", "household_share", "new_area_share", "new_household_share")
    return [
        {"code": one[other], **{name: one[name] for name in shares}, "version": one["version"],
         "effective": one["effective"]}
        for one in passages
        if one[own] == code and one[other] != code
    ]  # fmt: skip


def _told(reader: Reader, table: Any, code: str, versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Return locks or explanations of a grid."""
    words = [column.name for column in table.c if column.name in ("reason", "rule", "text")]
    rows = reader.connection.execute(select(table).where(table.c.code == code).order_by(table.c.v_from, table.c.fid))
    return [
        {**{word: getattr(row, word) for word in words}, "from": row.v_from, "to": row.v_to,
         **_days(row.v_from, row.v_to, versions)}
        for row in rows
    ]  # fmt: skip


def roll_back(store: Store, to: At, *, by: str, why: str, effective: str | date | None = None) -> dict[str, Any]:
    """Publish the inverse of everything since a version, as the next version.

    Parameters
    ----------
    store : Store
    to : str, int or date
        The version to go back to, see `gridgeo.jobs.moment.version_at`.
    by, why : str, keyword-only
        Who does it and for what, for the audit.
    effective : str or date, keyword-only, optional
        First day of the new version, YYYY-MM-DD; by default today.

    Returns
    -------
    dict
        As `gridgeo.jobs.drafts.Desk.publish`, with ``to`` and ``grids`` (how many changed).

    Raises
    ------
    InputError
        If the reason is missing, or a day is none or too early.
    NotFoundError
        If there is no such version.
    Refusal
        If the layer is already what it was in that version.
    """
    if not why.strip():
        raise InputError("say why the layer goes back: --why TEXT")
    day = _day(effective) if isinstance(effective, str) else effective
    target = version_at(store.versions(), to, where=f"store {store.url}").seq
    made = Desk(store).rollback(target, by=by, effective=day, why=why.strip())
    with store.snapshot() as reader:
        changed = StoreGround(reader, made["seq"]).changed_since(made["seq"] - 1)[0]
    return {**made, "effective": made["effective"].isoformat(), "to": target, "grids": len(changed)}


def _day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:40]!r} is no day: write YYYY-MM-DD") from None
