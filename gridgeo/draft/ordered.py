"""Ground that went from grid to grid, as operations in an order in which each can be done.

In: pieces of ground with the grid that had them and the feature that has them now. Out: changes, done one after the
other on the draft, and proven: the layer after them is the edited one. Used by `gridgeo.draft.compare`.

Whatever is possible is done, until everything is where it belongs or nothing is possible any more: whole grids into
neighbours, pieces to neighbours, exclusive sites cut out, new parts split off, and in the end pieces cut loose that
could not be handed over in one go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.draft.change import Carve, Change, Dissolve, Merge, Rename, Retype, Split, Transfer
from gridgeo.draft.edited import Comparison, Feature, Told, inside
from gridgeo.draft.ground import GridRow
from gridgeo.draft.identify import Identity
from gridgeo.draft.perform import perform
from gridgeo.draft.state import State
from gridgeo.errors import Refusal
from gridgeo.partition.overlaid import SAME_M, Cells, Overlay, is_narrow

__all__ = ["Site", "Work"]

UNNAMED_SITE = "新网格"
"""A site without a name is called by its number when it is published, as every new grid."""
_Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Site:
    """A group of edits that have to do with each other."""

    overlay: Overlay
    codes: list[str]
    """Of the polygons before."""
    rows: list[int]
    """Features: those of the polygons afterwards."""
    cells: Cells = field(init=False)
    holder: NDArray[np.object_] = field(init=False)
    """Per piece of ground: the grid that has it now."""
    goal: NDArray[np.int64] = field(init=False)
    """Per piece of ground: the feature that shall have it."""
    real: _Bools = field(init=False)
    """Pieces that are more than a bend of a border."""

    def __post_init__(self) -> None:
        self.cells = self.overlay.cells()
        self.holder = np.array(self.codes, object)[self.cells.before]
        self.goal = np.array(self.rows, np.int64)[self.cells.after]
        self.real = np.array([not is_narrow(shape, SAME_M) for shape in self.cells.shapes], bool)

    def where(self, holder: str | None = None, goal: int | None = None) -> _Bools:
        """Return which pieces (c,) a grid has and a feature shall have; None = any."""
        mine = self.real.copy()
        if holder is not None:
            mine &= self.holder == holder
        return mine if goal is None else mine & (self.goal == goal)

    def area_m2(self, chosen: _Bools) -> float:
        """Return the area of some pieces."""
        return float(shapely.area(self.cells.shapes[chosen]).sum())

    def place(self, chosen: _Bools) -> tuple[float, float]:
        """Return a point in the largest of some pieces."""
        rows = np.flatnonzero(chosen)
        x, y = self.cells.points[rows[np.argmax(shapely.area(self.cells.shapes[rows]))]]
        return float(x), float(y)


class Work:
    """The changes of one comparison, while they are found.

    Parameters
    ----------
    done : Comparison
        Where they go; its state moves on with them.
    before : mapping of str to GridRow
    features : sequence of Feature
    kept : Identity
    sites : sequence of Site
    """

    def __init__(
        self,
        done: Comparison,
        before: Mapping[str, GridRow],
        features: Sequence[Feature],
        kept: Identity,
        sites: Sequence[Site],
    ) -> None:
        self.done, self.before, self.features, self.kept, self.sites = done, before, features, kept, sites
        self.name = kept.code_of
        self.made: set[str] = set()
        self.refused: list[Told] = []
        self.barred: set[int] = set()
        self.carving = -1

    def run(self) -> None:
        """Find all changes, or say why there are none."""
        self._each([Retype(code=code, kind=kind) for code, kind in sorted(self.kept.retyped.items())])
        self._each([Rename(code=code, name=name) for code, name in sorted(self.kept.renamed.items())])
        for site in self.sites:
            if self.done.refusals:
                return
            self._rearrange(site)

    def _each(self, changes: Sequence[Change]) -> None:
        """Do changes that have nothing to do with each other; what cannot be done is refused."""
        for change in changes:
            self.refused.clear()
            if not self._try([change]):
                self.done.refusals += self.refused

    def _rearrange(self, site: Site) -> None:
        """Bring all ground of a group where it belongs."""
        self.refused.clear()
        while self._todo(site).any():
            self.refused.clear()
            if not any(self._try(bundle, site) for bundle in self._possible(site)):
                self._give_up(site)
                return
        self._prove(site)

    def _todo(self, site: Site) -> _Bools:
        """Return the pieces (c,) that are not where they belong."""
        pairs = zip(site.holder.tolist(), site.goal.tolist(), strict=True)
        return np.array([self.name.get(goal) != holder for holder, goal in pairs], bool) & site.real

    # ------------------------------------------------------------------ doing ----

    def _try(self, bundle: Sequence[Change], site: Site | None = None) -> bool:
        """Do changes together, or none of them."""
        state, deltas = self.done.state, []
        try:
            for change in bundle:
                delta = perform(change, state)
                state = state.after(delta)
                deltas.append(delta)
        except Refusal as refusal:
            self.refused.append(Told(refusal.kind, refusal.text, refusal.at, codes=refusal.codes))
            if refusal.kind in ("exclusive", "locked") and isinstance(bundle[0], Carve):
                self.barred.add(self.carving)  # splitting it off instead would go round the rule
            return False
        if site is not None:
            holder = self._held(site, state, {code for delta in deltas for code in delta.grids})
            if isinstance(bundle[0], Dissolve) and not self._as_wanted(site, bundle[0].code, holder):
                return False
            if (holder == site.holder).all():
                return False
            site.holder = holder
        self.done.state = state
        self.done.changes += bundle
        for delta in deltas:
            self.done.touched |= delta.touched
            self.made |= {code for code, (old, new) in delta.grids.items() if old is None and new is not None}
        if site is not None:
            self._adopt(site)
        return True

    def _held(self, site: Site, state: State, touched: set[str]) -> NDArray[np.object_]:
        """Return the grid that has each piece, after some were changed."""
        rows = state.grids(touched)
        codes = sorted(rows)
        tree = shapely.STRtree(shapely.points(site.cells.points))
        row, piece = tree.query([rows[code].geometry for code in codes], predicate="intersects")
        held = site.holder.copy()
        held[piece] = np.array(codes, object)[row]
        return held

    def _as_wanted(self, site: Site, code: str, holder: NDArray[np.object_]) -> bool:
        """Tell whether all ground of a dissolved grid went where it belongs."""
        mine = site.where(code)
        return all(self.name.get(int(site.goal[k])) == holder[k] for k in np.flatnonzero(mine).tolist())

    def _adopt(self, site: Site) -> None:
        """Let features without a code have that of a new grid that is mostly theirs; then kind and name follow."""
        for code in sorted(self.made - set(self.name.values())):
            areas: dict[int, float] = {}
            for k in np.flatnonzero(site.where(code)).tolist():
                goal = int(site.goal[k])
                if goal not in self.name:
                    areas[goal] = areas.get(goal, 0.0) + float(site.cells.shapes[k].area)
            if areas:
                goal = max(sorted(areas), key=areas.__getitem__)
                self.name[goal] = code
                self._describe(goal, code, site)

    def _describe(self, goal: int, code: str, site: Site) -> None:
        """Give a new grid its kind and the name that somebody typed; copied names are no names."""
        feature, row = self.features[goal], self.done.state.grids([code])[code]
        owners = {site.codes[k] for k in site.cells.before[site.where(None, goal)].tolist()}
        copied = {self.before[owner].short_name for owner in {*owners, feature.code} if owner in self.before}
        wanted: list[Change] = []
        if feature.kind and feature.kind != row.kind:
            wanted.append(Retype(code=code, kind=feature.kind))
        if feature.short_name and feature.short_name not in copied | {row.short_name}:
            wanted.append(Rename(code=code, name=feature.short_name))
        self._each(wanted)

    # --------------------------------------------------------------- what to try ----

    def _possible(self, site: Site) -> Iterator[list[Change]]:
        """Yield what could be done next, the plainest first."""
        todo = self._todo(site)
        holders = sorted({site.holder[k] for k in np.flatnonzero(todo).tolist()})
        for holder in holders:
            yield from self._joins(site, holder)
        yield from self._transfers(site, holders, todo)
        yield from self._carves(site)
        for holder in holders:
            yield from self._splits(site, holder, loose=False)
        for holder in holders:
            yield from self._splits(site, holder, loose=True)

    def _joins(self, site: Site, holder: str) -> Iterator[list[Change]]:
        """Yield how a grid that nobody bears the code of goes to its neighbours as a whole."""
        goals = sorted({int(site.goal[k]) for k in np.flatnonzero(site.where(holder)).tolist()})
        heirs = [self.name[goal] for goal in goals if goal in self.name]
        if holder in self.name.values() or len(heirs) < len(goals):
            return
        rows = self.done.state.grids([holder, *heirs])
        if len(rows) <= len(heirs):
            return  # somebody's ground went elsewhere altogether
        kind = rows[holder].kind
        if len(heirs) == 1:
            merge = Merge(codes=(heirs[0], holder), survivor=heirs[0])
            taker = rows[heirs[0]].kind
            if kind == taker:
                yield [merge]
            elif kind != "exclusive":
                yield [Retype(code=holder, kind=taker), merge]
        if kind == "exclusive":
            yield [Dissolve(code=holder, into=tuple(sorted(heirs)))]

    def _transfers(self, site: Site, holders: Sequence[str], todo: _Bools) -> Iterator[list[Change]]:
        """Yield pieces for neighbours: all at once, then one by one."""
        for holder in holders:
            goals = sorted({int(site.goal[k]) for k in np.flatnonzero(site.where(holder) & todo).tolist()})
            for goal in goals:
                if goal not in self.name:
                    continue
                pieces = site.where(holder, goal)
                if pieces.sum() == site.where(holder).sum():
                    continue  # all of it: not handed over but joined
                choices = [pieces]
                if pieces.sum() > 1:
                    choices += [np.arange(len(pieces)) == k for k in np.flatnonzero(pieces).tolist()]
                for chosen in choices:
                    area = site.overlay.around(site.cells, chosen)
                    yield [Transfer(source=holder, target=self.name[goal], area=area, exact=True)]

    def _carves(self, site: Site) -> Iterator[list[Change]]:
        """Yield new exclusive sites."""
        for goal in sorted(set(site.goal.tolist()) - set(self.name) - self.barred):
            feature, pieces = self.features[goal], site.where(None, goal)
            if feature.kind != "exclusive" or not pieces.any():
                continue
            rows = self.done.state.grids({site.holder[k] for k in np.flatnonzero(pieces).tolist()})
            if all(row.kind == "exclusive" for row in rows.values()):
                continue  # a part of a site is split off
            copied = {row.short_name for row in rows.values()}
            name = feature.short_name if feature.short_name not in copied else ""
            self.carving = goal
            yield [Carve(area=site.overlay.around(site.cells, pieces), name=name or UNNAMED_SITE, exact=True)]

    def _splits(self, site: Site, holder: str, *, loose: bool) -> Iterator[list[Change]]:
        """Yield the split of a grid at the borders of its new parts; loose: at all borders within it."""
        mine = site.where(holder)
        goals = {int(site.goal[k]) for k in np.flatnonzero(mine).tolist()}
        new = {goal for goal in goals if goal not in self.name} - self.barred
        if len(goals) < 2 or not (loose or new):
            return
        side = np.full(len(site.cells), -1, np.int64)
        for k in np.flatnonzero(mine).tolist():
            side[k] = site.goal[k] if loose or int(site.goal[k]) in new else len(self.features)
        line = site.overlay.border(site.cells, side)
        if line.is_empty:
            return
        heir = next((goal for goal in sorted(goals) if self.name.get(goal) == holder), None)
        keep = None if heir is None else site.place(mine & site.where(holder, heir))
        yield [Split(code=holder, line=line, keep=keep, exact=True)]

    # ------------------------------------------------------------------ the end ----

    def _give_up(self, site: Site) -> None:
        """Say what stays undone, and why."""
        reasons = {(one.kind, one.text): one for one in self.refused}
        todo = self._todo(site)
        pairs = sorted({(str(site.holder[k]), int(site.goal[k])) for k in np.flatnonzero(todo).tolist()})
        for holder, goal in pairs:
            pieces = site.where(holder, goal)
            text = (
                f"网格 {holder} 的地块（{site.area_m2(pieces):.2f} 平方米）划入{self.features[goal].name}，"
                "做不到；请分步修改，或改画此处"
            )
            self.done.refusals.append(Told("no_order", text, site.place(pieces), codes=(holder,)))
        self.done.refusals += reasons.values()

    def _prove(self, site: Site) -> None:
        """Refuse a result that is not what was edited."""
        shapes = site.overlay.shapes()
        rows = self.done.state.grids([self.name[site.rows[k]] for k in shapes if site.rows[k] in self.name])
        for k, shape in shapes.items():
            goal = site.rows[k]
            code = self.name.get(goal, "")
            row = rows.get(code)
            rest = shape if row is None else shapely.symmetric_difference(shape, row.geometry)
            if not is_narrow(rest, SAME_M):
                wide = max(shapely.get_parts(shapely.buffer(rest, -SAME_M / 2)), key=shapely.area)
                text = f"{self.features[goal].name}按操作得到的边界与文件不一致（{rest.area:.2f} 平方米）；请改画此处"
                self.done.refusals.append(Told("not_the_same", text, inside(wide), codes=(code,) if code else ()))
