"""A draft's layer made ready for publication: real codes for new grids, and where all codes went.

In: the layer as a draft has it. Out: rows to close and to open, lineage, and the numbers used up (`Finished`). Before:
`gridgeo.draft.replay`; next: `gridgeo.jobs.redraw` certifies and stores it in one transaction.

Numbers are the highest ever issued under their prefix plus one, in the order in which the draft made the grids; a code
that was ever given is never given again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gridgeo.codes.layout import Layout, get_layout
from gridgeo.codes.lineage import Successor, lineage_of
from gridgeo.codes.number import chinese_number
from gridgeo.draft.change import Change
from gridgeo.draft.ground import CommunityRow, GridRow, Ground, Places
from gridgeo.draft.perform import is_makeshift, is_provisional, last_number
from gridgeo.draft.replay import replay
from gridgeo.draft.state import State
from gridgeo.errors import CodeError
from gridgeo.partition.common import common_m2

__all__ = ["Finished", "finished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a publication writes: every row before and after; None = there was or is none."""

    grids: dict[str, tuple[GridRow | None, GridRow | None]]
    communities: dict[str, tuple[CommunityRow | None, CommunityRow | None]]
    locks: dict[str, tuple[str | None, str | None]]
    explanations: dict[tuple[str, str], tuple[str | None, str | None]]
    touched: tuple[str, ...]
    """Codes of all grids looked at, also those whose row stays as it is."""
    moved: Places
    """Places whose grid, or the way to it, changed; `code` is the new one."""
    lineage: list[Successor]
    numbers: dict[str, int]
    """Prefix → last number issued now, also to grids that a recoded community brought with it."""
    codes: dict[str, str]
    """Provisional code → code."""
    state: State
    """The layer afterwards, before new grids got their names."""


def finished(
    changes: Sequence[Change],
    ground: Ground,
    codes: Mapping[str, str] | None = None,
    *,
    drafted: State | None = None,
) -> Finished:
    """Do a draft's changes with real codes for the new grids, and compare the layer with the version before.

    Parameters
    ----------
    changes : sequence of Change
    ground : Ground
        The version that they begin with.
    codes : mapping of str to str, optional
        Provisional code → code, where the ledger tells them already.
    drafted : State, keyword-only, optional
        The layer after the changes, where somebody replayed them on this version already.

    Raises
    ------
    Refusal
        If a change cannot be done.
    CodeError
        If a prefix has no numbers left.
    """
    named, used = dict(codes or {}), dict[str, int]()
    state = drafted if drafted is not None and codes is None else replay(changes, ground, named=named)[0]
    while more := _numbered(state, used):  # the smallest code decides who gets a place on a border: the real one
        named |= more
        state, _ = replay(changes, ground, named=named)
    old, made = ground.grids(list(state.rows)), set(named.values())
    new = {code: _renamed(row, ground.layout, made) for code, row in state.rows.items() if row is not None}
    pairs = {code: (old.get(code), new.get(code)) for code in sorted({*old, *new}) if old.get(code) != new.get(code)}
    held = Places.joined(ground.places(sorted(old)).values())
    now = Places.joined(state.places(sorted(new)).values())
    locks, told = dict(state.lock_rows), dict(state.explanation_rows)
    gone = [code for code in old if code not in new]  # what is retired is neither locked nor explained
    locks |= dict.fromkeys([*ground.locks(gone), *(code for code in locks if code not in new and code in gone)])
    told |= dict.fromkeys([*ground.explanations(gone), *(key for key in told if key[0] in gone)])
    told = {key: text for key, text in told.items() if not is_provisional(state, key[0])}
    locks = {code: reason for code, reason in locks.items() if not is_provisional(state, code)}
    was, locked = ground.communities(list(state.community_rows)), ground.locks(list(locks))
    telling = ground.explanations([code for code, _ in told])
    return Finished(
        grids=pairs,
        communities={
            code: (was.get(code), row) for code, row in sorted(state.community_rows.items()) if was.get(code) != row
        },
        locks={code: (locked.get(code), text) for code, text in sorted(locks.items()) if locked.get(code) != text},
        explanations={key: (telling.get(key), text) for key, text in sorted(told.items()) if telling.get(key) != text},
        touched=tuple(sorted({*old, *new})),
        moved=_moved(held, now),
        lineage=_lineage(pairs, held, now),
        numbers=_issued([code for code in new if code not in old], ground),
        codes=named,
        state=state,
    )


def _numbered(state: State, numbers: dict[str, int]) -> dict[str, str]:
    """Give the next numbers to the grids that are still there, in the order in which they were made."""
    layout = get_layout(state.ground.layout)
    alive = {code: row for code, row in state.rows.items() if row is not None and is_provisional(state, code)}
    in_order = sorted(alive, key=lambda code: (int(code.rpartition("~")[2]), code))
    return {code: _next_code(layout, alive[code], state, numbers) for code in in_order}


def _next_code(layout: Layout, row: GridRow, state: State, numbers: dict[str, int]) -> str:
    """Return a code that was never given, not even by the draft itself (recode), and note its number."""
    scope = layout.scope(row.community_code)
    number = numbers.get(scope, last_number(state, scope, state.rows))
    while True:
        number += 1
        if number > layout.capacity:
            raise CodeError(
                f"{row.community_name} ({row.community_code}) has used up the {layout.capacity} numbers of layout "
                f"{layout.name}, and a code is never given twice; choose another layout, or give the community a new "
                "code (recode)"
            )
        code = layout.format(row.community_code, number)
        if not state.ground.is_issued(code) and code not in state.rows:
            numbers[scope] = number
            return code


def _issued(codes: Sequence[str], ground: Ground) -> dict[str, int]:
    """Return the last number of every prefix that codes have used up more of."""
    rules, last = get_layout(ground.layout), dict[str, int]()
    for scope, number in filter(None, map(rules.scope_and_number, codes)):
        if number > max(last.get(scope, 0), ground.last_number(scope)):
            last[scope] = number
    return last


def _renamed(row: GridRow, layout: str, made: Collection[str]) -> GridRow:
    """Return a new grid with the name of its number, unless the planner gave it one."""
    if row.code not in made or not is_makeshift(row.short_name):
        return row
    try:
        return row.renamed(f"第{chinese_number(int(get_layout(layout).parse(row.code)['number']))}网格")
    except (CodeError, ValueError):
        return row


def _moved(held: Places, now: Places) -> Places:
    """Return the places whose assignment changed."""
    at = np.searchsorted(held.fid, now.fid)
    known = np.append(held.fid, -1)[np.minimum(at, len(held.fid))] == now.fid
    same = np.zeros(len(now), bool)
    for name in ("code", "method", "distance_m"):
        value = getattr(held, name)
        equal = np.zeros(len(now), bool)
        equal[known] = value[at[known]] == getattr(now, name)[known]
        same = equal if name == "code" else same & equal
    return now.take(np.flatnonzero(~same))


def _lineage(pairs: Mapping[str, tuple[GridRow | None, GridRow | None]], held: Places, now: Places) -> list[Successor]:
    """Compare the grids whose ground or code changed."""
    changed = {
        code: pair
        for code, pair in pairs.items()
        if pair[0] is None or pair[1] is None or pair[0].geometry != pair[1].geometry
    }
    before = {code: was.geometry for code, (was, _) in changed.items() if was is not None}
    after = {code: row.geometry for code, (_, row) in changed.items() if row is not None}
    area_m2 = common_m2(list(before.values()), list(after.values()))
    homes = now.take(np.flatnonzero(now.kind == "household"))
    at = np.searchsorted(held.fid, homes.fid)
    households: dict[tuple[str, str], int] = {}
    for row, place in enumerate(at.tolist()):
        if place < len(held) and held.fid[place] == homes.fid[row]:
            key = (str(held.code[place]), str(homes.code[row]))
            households[key] = households.get(key, 0) + int(homes.count[row])
    return lineage_of(list(before), list(after), area_m2, households)
