"""A layer in memory with its whole ledger: version 1 handed in, every later one by replay.

In: the rows of version 1 and the changes of each later version. Out: a `Ground` of any version. It proves a store
(`gridgeo store verify` replays the ledger in it) and is the plainest store there is: tests compare the others with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from gridgeo.codes.layout import get_layout
from gridgeo.draft.change import Change
from gridgeo.draft.finish import Finished, finished
from gridgeo.draft.ground import Boxes, CommunityRow, GridRow, Ground, Places
from gridgeo.draft.state import meeting
from gridgeo.errors import NotFoundError

__all__ = ["Memory", "MemoryGround", "numbers_of"]


@dataclass(frozen=True, slots=True)
class _First:
    """Version 1."""

    rows: Mapping[str, GridRow]
    community_rows: Mapping[str, CommunityRow]
    place_rows: Mapping[str, Places]
    codes: np.ndarray
    tree: shapely.STRtree
    community_codes: np.ndarray
    community_tree: shapely.STRtree

    def within(self, boxes: Boxes) -> list[str]:
        """Return the codes of grids whose envelope meets one of the boxes."""
        return [str(code) for code in self.codes[np.unique(self.tree.query(shapely.box(*boxes.T))[1])]]

    def communities_within(self, boxes: Boxes) -> list[str]:
        """Return the codes of communities whose envelope meets one of the boxes."""
        found = np.unique(self.community_tree.query(shapely.box(*boxes.T))[1])
        return [str(code) for code in self.community_codes[found]]


@dataclass(frozen=True, slots=True)
class MemoryGround:
    """One version of a `Memory`: version 1 with everything that changed since laid over it."""

    memory: Memory
    seq: int
    rows: Mapping[str, GridRow | None] = field(default_factory=dict)
    community_rows: Mapping[str, CommunityRow | None] = field(default_factory=dict)
    place_rows: Mapping[str, Places] = field(default_factory=dict)
    lock_rows: Mapping[str, str | None] = field(default_factory=dict)
    explanation_rows: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    came: frozenset[int] = frozenset()
    """Numbers of the places that came with a register."""
    went: frozenset[tuple[str, str]] = frozenset()
    """(grid, kind) from which a register took places away."""

    @property
    def layout(self) -> str:
        """Code layout."""
        return self.memory.layout

    def grids(self, codes: Collection[str]) -> dict[str, GridRow]:
        """See `Ground`."""
        found = {code: self.rows.get(code, self.memory.first.rows.get(code)) for code in codes}
        return {code: row for code, row in found.items() if row is not None}

    def near(self, boxes: Boxes) -> dict[str, GridRow]:
        """See `Ground`."""
        if not len(boxes):
            return {}
        first = self.memory.first
        codes = [code for code in first.within(boxes) if code not in self.rows]
        return meeting(self.rows, boxes) | {code: first.rows[code] for code in codes}

    def grids_of(self, community: str) -> dict[str, GridRow]:
        """See `Ground`."""
        everything = {**self.memory.first.rows, **self.rows}
        return {
            code: row for code, row in everything.items() if row is not None and row.community_code == community
        }  # fmt: skip

    def communities(self, codes: Collection[str]) -> dict[str, CommunityRow]:
        """See `Ground`."""
        found = {code: self.community_rows.get(code, self.memory.first.community_rows.get(code)) for code in codes}
        return {code: row for code, row in found.items() if row is not None}

    def communities_near(self, boxes: Boxes) -> dict[str, CommunityRow]:
        """See `Ground`."""
        if not len(boxes):
            return {}
        first = self.memory.first
        codes = [code for code in first.communities_within(boxes) if code not in self.community_rows]
        return meeting(self.community_rows, boxes) | {code: first.community_rows[code] for code in codes}

    def places(self, codes: Collection[str]) -> dict[str, Places]:
        """See `Ground`."""
        first = self.memory.first.place_rows
        return {
            code: self.place_rows[code] if code in self.place_rows else first.get(code, Places.none())
            for code in codes
        }  # fmt: skip

    def border_places(self, codes: Collection[str]) -> Places:
        """See `Ground`."""
        return Places.joined(one.on_border() for one in self.places(codes).values())

    def loaded(self, codes: Collection[str]) -> set[tuple[str, str]]:
        """See `Ground`."""
        found = {pair for pair in self.went if pair[0] in set(codes)}
        for code, held in self.places(codes).items() if self.came else ():
            new = [fid in self.came for fid in held.fid.tolist()]
            found |= {(code, str(kind)) for kind in held.kind[new]}
        return found

    def atoms(self, ids: Collection[str]) -> dict[str, shapely.Polygon]:
        """See `Ground`."""
        return {name: self.memory.atoms[name] for name in ids if name in self.memory.atoms}

    def locks(self, codes: Collection[str]) -> dict[str, str]:
        """See `Ground`."""
        found = {code: self.lock_rows.get(code) for code in codes}
        return {code: reason for code, reason in found.items() if reason}

    def explanations(self, codes: Collection[str]) -> dict[tuple[str, str], str]:
        """See `Ground`."""
        wanted = set(codes)
        return {key: text for key, text in self.explanation_rows.items() if text and key[0] in wanted}

    def is_issued(self, code: str) -> bool:
        """See `Ground`."""
        return code in self.memory.issued

    def last_number(self, scope: str) -> int:
        """See `Ground`."""
        return self.memory.numbers.get(scope, 0)

    def fate(self, code: str) -> str:
        """See `Ground`."""
        if code not in self.memory.issued or self.grids([code]):
            return ""
        last = max((seq for seq, done in self.memory.done.items() if code in done.grids), default=0)
        heirs = sorted({row.new_code for row in self.memory.done[last].lineage if row.old_code == code}) if last else []
        return f"已于第 {last} 版停用{'，现为 ' + '、'.join(heirs) if heirs else ''}"

    def origins(self, code: str) -> dict[str, shapely.Polygon]:
        """See `Ground`."""
        for _, done in sorted(self.memory.done.items()):
            if done.grids.get(code, (None, None))[1] is not None and done.grids[code][0] is None:
                olds = {row.old_code for row in done.lineage if row.new_code == code}
                return {old: was.geometry for old in sorted(olds) if (was := done.grids[old][0]) is not None}
        return {}

    def version(self, seq: int) -> Ground:
        """See `Ground`."""
        if seq not in self.memory.grounds:
            raise NotFoundError(f"there is no version {seq}; versions are 1 to {max(self.memory.grounds)}")
        return self.memory.grounds[seq]

    def changed_since(self, seq: int) -> tuple[set[str], set[str]]:
        """See `Ground`."""
        later = [self.memory.done[k] for k in range(seq + 1, self.seq + 1)]
        grids = {code for done in later for code in done.grids}
        other = {code for done in later for code in done.locks} | {
            code for done in later for code, _ in done.explanations
        }
        communities = {code for done in later for code in done.communities}
        then = self.memory.grounds[seq]
        return (
            {code for code in grids if then.grids([code]) != self.grids([code])} | other,
            {code for code in communities if then.communities([code]) != self.communities([code])},
        )

    def after(self, done: Finished) -> MemoryGround:
        """Return the version that a publication makes."""
        places = dict(self.place_rows)
        if done.touched:
            fids = set(done.moved.fid.tolist())
            held = self.places(done.touched).values()
            stay = [one.take(np.array([fid not in fids for fid in one.fid.tolist()], bool)) for one in held]
            now = Places.joined([*stay, done.moved])
            places |= {code: now.take(np.flatnonzero(now.code == code)) for code in done.touched}
        return MemoryGround(
            self.memory,
            self.seq + 1,
            {**self.rows, **{code: row for code, (_, row) in done.grids.items()}},
            {**self.community_rows, **{code: row for code, (_, row) in done.communities.items()}},
            places,
            {**self.lock_rows, **{code: row for code, (_, row) in done.locks.items()}},
            {**self.explanation_rows, **{key: row for key, (_, row) in done.explanations.items()}},
            self.came,
            self.went,
        )

    def with_register(self, came: Places, gone: Places) -> MemoryGround:
        """Return the version after registers were loaded, see `Memory.load`."""
        codes = sorted({*came.code.tolist(), *gone.code.tolist()})
        lost, new = set(gone.fid.tolist()), came.by_code()
        places = dict(self.place_rows)
        for code, held in self.places(codes).items():
            stay = held.take(np.array([fid not in lost for fid in held.fid.tolist()], bool))
            places[code] = Places.joined([stay, new.get(code, Places.none())])
        went = {(str(code), str(kind)) for code, kind in zip(gone.code, gone.kind, strict=True)}
        return replace(
            self, place_rows=places, came=self.came | set(came.fid.tolist()), went=self.went | went
        )  # fmt: skip


class Memory:
    """A layer and everything that was ever published of it.

    Parameters
    ----------
    layout : str
    rows, communities : iterable of GridRow, of CommunityRow
        Version 1.
    places : mapping of str to Places
        Its places by grid.
    atoms : mapping of str to Polygon
        The blocks that it was made of; without them, none can be transferred.
    """

    def __init__(
        self,
        layout: str,
        rows: Iterable[GridRow],
        communities: Iterable[CommunityRow],
        places: Mapping[str, Places] | None = None,
        atoms: Mapping[str, shapely.Polygon] | None = None,
    ) -> None:
        grids = {row.code: row for row in rows}
        own = {row.code: row for row in communities}
        trees = [shapely.STRtree([row.geometry for row in table.values()]) for table in (grids, own)]
        names = [np.array([*table, None], object)[:-1] for table in (grids, own)]
        self.layout = layout
        self.first = _First(grids, own, dict(places or {}), names[0], trees[0], names[1], trees[1])
        self.atoms = dict(atoms or {})
        self.issued = set(grids)
        self.numbers = numbers_of(layout, grids.values())
        self.grounds: dict[int, MemoryGround] = {1: MemoryGround(self, 1)}
        self.done: dict[int, Finished] = {}

    @property
    def current(self) -> MemoryGround:
        """The newest version."""
        return self.grounds[max(self.grounds)]

    def publish(self, changes: Sequence[Change], codes: Mapping[str, str] | None = None) -> Finished:
        """Publish a list of changes as the next version."""
        done = finished(changes, self.current, codes)
        ground = self.current.after(done)
        self.issued |= set(done.grids)
        for scope, number in numbers_of(self.layout, [row for _, row in done.grids.values() if row]).items():
            self.numbers[scope] = max(self.numbers.get(scope, 0), number)
        self.done[ground.seq] = done
        self.grounds[ground.seq] = ground
        return done

    def load(self, came: Places, gone: Places) -> None:
        """Let places come and go with registers that were loaded while the newest version was the newest.

        Parameters
        ----------
        came : Places
            Those that are there afterwards.
        gone : Places
            Those that ended, also if they only came meanwhile; `code` is the grid that they had.
        """
        self.grounds[self.current.seq] = self.current.with_register(came, gone)


def numbers_of(layout: str, rows: Iterable[GridRow]) -> dict[str, int]:
    """Return the highest number under each prefix of a layout."""
    rules = get_layout(layout)
    last: dict[str, int] = {}
    for found in (rules.scope_and_number(row.code) for row in rows):
        if found is not None:
            last[found[0]] = max(last.get(found[0], 0), found[1])
    return last
