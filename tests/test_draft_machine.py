"""Two planners at one city, doing anything at all: whatever they do, the layer stays what it must be.

::

      version 1 ──► 2 ──► 3 ──► …        a planner's draft stands on a version; publishing it makes the next one,
         ▲          ▲                    and the other draft goes on from there, or is dropped if its changes cannot
      draft 0    draft 1                 be done any more

The city is `draft_city.city`: small, jittered, with places on borders and corners and outside. After every step
`draft_city.require_sound` looks at the layer as a whole; what else must hold stands beside the rule that it is about.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pytest
import shapely
from draft_city import ONE, TWO, Layer, city, layer_of, require_sound, same_layer
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gridgeo.codes.layout import get_layout
from gridgeo.draft.change import (
    Carve,
    Change,
    Dissolve,
    Explain,
    Lock,
    Merge,
    Recode,
    Rename,
    Reshape,
    Retype,
    Revert,
    Split,
    Transfer,
    change_from,
)
from gridgeo.draft.finish import Finished
from gridgeo.draft.ground import GridRow
from gridgeo.draft.memory import Memory
from gridgeo.draft.perform import RULES, is_provisional, perform
from gridgeo.draft.replay import replay
from gridgeo.draft.state import Delta, State
from gridgeo.errors import Refusal

PLACELESS = {
    "code_taken", "not_alone", "unchanged", "unknown_code", "unknown_community", "unknown_rule",
}  # fmt: skip
"""Refusals that are not about a place on the map; all others say where."""
BEND_M = 0.001
"""A border that gains a vertex bends by less than this."""
DRIFT_M = 0.01
"""After all the steps of a run the frame is still where it was."""

share = st.integers(-6, 26).map(lambda twentieth: twentieth / 20)
"""A share of a grid's width or height: into it, along its border, past it."""
spot = st.tuples(share, share)
pick = st.integers(0, 63)
"""Which of the things that there are."""
drafts = st.integers(0, 1)


@dataclass
class Draft:
    """A planner's draft."""

    state: State
    changes: list[Change] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)
    undone: list[tuple[Change, Delta]] = field(default_factory=list)


class Planners(RuleBasedStateMachine):
    """See the module."""

    memory: Memory
    loose: tuple[int, int, int]

    @initialize(
        seed=st.integers(0, 20),
        layout=st.sampled_from(["gb15", "mgmt12", "plain"]),
        odd=st.booleans(),
        loose=st.sampled_from([(0, 0, 0), (0, 0, 0), (7, 20, 3)]),
    )
    def a_city(self, seed, layout, odd, loose):
        self.make = lambda: city(seed, layout, odd=odd, loose=loose)
        self.memory, self.loose = self.make(), loose
        self.first = layer_of(self.memory.current)
        self.drafts = [self.fresh(), self.fresh()]
        self.issued = set(self.first.rows)
        self.ledger: list[tuple[list[Change], Finished]] = []
        self.unseen: list[Layer] = [self.first]

    def fresh(self) -> Draft:
        return Draft(State(ground=self.memory.current))

    # ------------------------------------------------------------------------ choosing ----

    def grid(self, draft: Draft, which: int) -> GridRow:
        rows = layer_of(draft.state).rows
        return rows[sorted(rows)[which % len(rows)]]

    def neighbour(self, draft: Draft, row: GridRow, which: int) -> GridRow:
        """Return a neighbour, mostly of the same community."""
        near = draft.state.near(np.array([row.geometry.bounds]))
        beside = sorted(
            (other.community_code != row.community_code, code)
            for code, other in near.items()
            if code != row.code and shapely.length(shapely.intersection(other.geometry, row.geometry)) > 2
        )
        if not beside:
            return row
        at = which % (len(beside) + 4)
        own = [code for foreign, code in beside if not foreign] or [beside[0][1]]
        return near[beside[at][1] if at < len(beside) else own[at % len(own)]]

    def at(self, row: GridRow, where: tuple[float, float], digits: int = 3) -> tuple[float, float]:
        left, bottom, right, top = row.geometry.bounds
        return round(left + where[0] * (right - left), digits), round(bottom + where[1] * (top - bottom), digits)

    # ------------------------------------------------------------------------ operations ----

    @rule(
        which=drafts,
        grid=pick,
        ends=st.lists(spot, min_size=2, max_size=4),
        keep=st.none() | spot,
        absorb=st.booleans(),
        exact=st.booleans(),
    )
    def split(self, which, grid, ends, keep, absorb, exact):
        row = self.grid(self.drafts[which], grid)
        line = shapely.LineString([self.at(row, end) for end in ends])
        self.do(which, Split(code=row.code, line=line, keep=keep and self.at(row, keep), absorb=absorb, exact=exact))

    @rule(which=drafts, grid=pick, across=share, tilt=st.integers(-3, 3), upright=st.booleans())
    def split_through(self, which, grid, across, tilt, upright):
        row = self.grid(self.drafts[which], grid)
        ends = [(-0.1, across), (1.1, across + tilt / 10)]
        line = shapely.LineString([self.at(row, end[::-1] if upright else end) for end in ends])
        self.do(which, Split(code=row.code, line=line))

    @rule(which=drafts, grid=pick, others=st.lists(pick, min_size=1, max_size=3), survivor=st.booleans())
    def merge(self, which, grid, others, survivor):
        draft = self.drafts[which]
        row = self.grid(draft, grid)
        codes = [row.code, *(self.neighbour(draft, row, other).code for other in others)]
        self.do(which, Merge(codes=tuple(codes), survivor=codes[-1] if survivor else None))

    @rule(which=drafts, grid=pick, other=pick, ends=st.lists(spot, min_size=2, max_size=4), absorb=st.booleans())
    def reshape(self, which, grid, other, ends, absorb):
        draft = self.drafts[which]
        row = self.grid(draft, grid)
        line = shapely.LineString([self.at(row, end) for end in ends])
        self.do(which, Reshape(codes=(row.code, self.neighbour(draft, row, other).code), line=line, absorb=absorb))

    @rule(which=drafts, grid=pick, other=pick, between=st.lists(spot, max_size=2), on_nodes=st.booleans())
    def reshape_on_the_border(self, which, grid, other, between, on_nodes):
        """The new line begins and ends on the old border, at its ends or somewhere along it."""
        draft = self.drafts[which]
        row = self.grid(draft, grid)
        other = self.neighbour(draft, row, other)
        common = shapely.line_merge(shapely.intersection(row.geometry, other.geometry))
        lines = [part for part in shapely.get_parts(common) if part.geom_type == "LineString"]
        if other.code == row.code or not lines:
            return
        ends = shapely.line_interpolate_point(lines[0], [0, 1] if on_nodes else [0.25, 0.7], normalized=True)
        middle = [self.at(row, where) for where in between or [(0.5, 0.5)]]
        line = shapely.LineString([(ends[0].x, ends[0].y), *middle, (ends[1].x, ends[1].y)])
        self.do(which, Reshape(codes=(row.code, other.code), line=line))

    @rule(
        which=drafts,
        grid=pick,
        other=pick,
        corners=st.lists(spot, min_size=3, max_size=5),
        absorb=st.booleans(),
        exact=st.booleans(),
    )
    def transfer(self, which, grid, other, corners, absorb, exact):
        draft = self.drafts[which]
        row = self.grid(draft, grid)
        area = shapely.Polygon([self.at(row, corner) for corner in corners])
        target = self.neighbour(draft, row, other).code
        self.do(which, Transfer(source=row.code, target=target, area=area, absorb=absorb, exact=exact))

    @rule(which=drafts, grid=pick, other=pick, depth=st.integers(1, 12), absorb=st.booleans())
    def transfer_a_strip(self, which, grid, other, depth, absorb):
        """What lies within some metres of the neighbour."""
        draft = self.drafts[which]
        row = self.grid(draft, grid)
        target = self.neighbour(draft, row, other)
        area = target.geometry.buffer(3.0 * depth, quad_segs=2)
        self.do(which, Transfer(source=row.code, target=target.code, area=area, absorb=absorb))

    @rule(which=drafts, grid=pick, other=pick, count=st.integers(1, 8), absorb=st.booleans())
    def transfer_places(self, which, grid, other, count, absorb):
        draft = self.drafts[which]
        row = self.grid(draft, grid)
        target = self.neighbour(draft, row, other)
        places = draft.state.places([row.code])[row.code]
        gap_m = shapely.distance(shapely.points(places.xy), target.geometry)
        nearest = np.argsort(gap_m, kind="stable")[:count]
        chosen = tuple((str(places.kind[i]), str(places.id[i])) for i in nearest)
        if not chosen:
            return
        delta = self.do(which, Transfer(source=row.code, target=target.code, places=chosen, absorb=absorb))
        if delta is not None:
            left = delta.places[row.code][1]
            assert not {str(one) for one in left.id} & {name for _, name in chosen}

    @rule(which=drafts, grid=pick, corners=st.lists(spot, min_size=3, max_size=5), absorb=st.booleans())
    def carve(self, which, grid, corners, absorb):
        row = self.grid(self.drafts[which], grid)
        area = shapely.Polygon([self.at(row, corner, 2) for corner in corners])
        self.do(which, Carve(area=area, name="园区", absorb=absorb))

    @rule(which=drafts, grid=pick, middle=spot, radius=st.integers(1, 60), exact=st.booleans())
    def carve_a_disc(self, which, grid, middle, radius, exact):
        row = self.grid(self.drafts[which], grid)
        area = shapely.Point(self.at(row, middle)).buffer(radius, quad_segs=3)
        self.do(which, Carve(area=area, name="园区", exact=exact))

    @rule(which=drafts, grid=pick, into=st.lists(pick, max_size=2))
    def dissolve(self, which, grid, into):
        draft = self.drafts[which]
        sites = sorted(code for code, row in layer_of(draft.state).rows.items() if row.kind == "exclusive")
        row = draft.state.grids(sites)[sites[grid % len(sites)]] if sites else self.grid(draft, grid)
        others = {self.neighbour(draft, row, one).code for one in into} - {row.code}
        self.do(which, Dissolve(code=row.code, into=tuple(sorted(others))))

    @rule(which=drafts, grid=pick, name=st.sampled_from(["河畔网格", "新网格", "一"]))
    def rename(self, which, grid, name):
        self.do(which, Rename(code=self.grid(self.drafts[which], grid).code, name=name))

    @rule(which=drafts, grid=pick, kind=st.sampled_from(["general", "exclusive", "micro"]))
    def retype(self, which, grid, kind):
        self.do(which, Retype(code=self.grid(self.drafts[which], grid).code, kind=kind))

    @rule(which=drafts, grid=pick, reason=st.sampled_from(["", "", "施工"]))
    def lock(self, which, grid, reason):
        """An unlocked grid stays open; a locked one is opened first of all."""
        draft = self.drafts[which]
        locked = sorted(draft.state.locks(list(layer_of(draft.state).rows)))
        code = locked[grid % len(locked)] if locked and not reason else self.grid(draft, grid).code
        self.do(which, Lock(code=code, reason=reason))

    @rule(which=drafts, grid=pick, broken=st.sampled_from(RULES), text=st.sampled_from(["", "山区"]))
    def explain(self, which, grid, broken, text):
        self.do(which, Explain(code=self.grid(self.drafts[which], grid).code, rule=broken, text=text))

    @rule(which=drafts, community=pick, to=st.sampled_from([ONE, TWO, "411102001003", "411102002001"]))
    def recode(self, which, community, to):
        codes = sorted(layer_of(self.drafts[which].state).communities)
        self.do(which, Recode(community=codes[community % len(codes)], to=to, name="新社区"))

    @rule(which=drafts, to=pick)
    def revert(self, which, to):
        draft = self.drafts[which]
        seq = 1 + to % draft.state.ground.seq
        if draft.changes:
            seq = draft.state.ground.seq
        self.do(which, Revert(to=seq))

    # ---------------------------------------------------------------- one change, checked ----

    def do(self, which: int, change: Change) -> Delta | None:
        """Do a change in a draft and compare before and after."""
        draft = self.drafts[which]
        change = self.written_and_read(change)
        before = layer_of(draft.state)
        try:
            delta = perform(change, draft.state)
        except Refusal as refusal:
            note(f"refused: {refusal.kind}")
            self.require_well_refused(refusal)
            assert same_layer(before, layer_of(draft.state))
            return None
        after = draft.state.after(delta)
        layer = layer_of(after)
        assert same_layer(before, layer_of(after.after(delta.inverse())))
        assert after.after(delta.inverse()).fresh == draft.state.fresh
        if delta.grids and not isinstance(change, Revert):
            self.require_only_near_changes(change, draft.state, delta)
        draft.state, draft.undone = after, []
        draft.changes.append(change)
        draft.deltas.append(delta)
        self.unseen.append(layer)
        return delta

    def written_and_read(self, change: Change) -> Change:
        text = json.dumps(change.to_json(), ensure_ascii=False)
        assert change_from(json.loads(text)) == change
        return change_from(json.loads(text))

    def require_well_refused(self, refusal: Refusal) -> None:
        assert refusal.kind.isidentifier()
        assert any("一" <= sign <= "鿿" for sign in refusal.text)
        assert refusal.at is not None or refusal.kind in PLACELESS, refusal.kind

    def require_only_near_changes(self, change: Change, state: State, delta: Delta) -> None:
        """Grids that the change does not name keep their ground; they gain corners, or places on their border."""
        grids = {code: pair for code, pair in delta.grids.items() if pair[0] is not None}
        for code, (old, new) in grids.items():
            if code in self.named_by(change, state, delta):
                continue
            assert new is not None
            if old.geometry == new.geometry:
                one, two = delta.places[code]
                assert set(one.fid.tolist()) != set(two.fid.tolist()), code
            else:
                corners = [set(map(tuple, shapely.get_coordinates(row.geometry).tolist())) for row in (old, new)]
                assert corners[0] < corners[1]
                assert shapely.hausdorff_distance(old.geometry, new.geometry) < BEND_M
        lost, gained = (
            sum(row.area_m2 for row in side if row is not None) for side in zip(*delta.grids.values(), strict=True)
        )
        assert abs(lost - gained) < 0.5, "what one gains the others lose"

    def named_by(self, change: Change, state: State, delta: Delta) -> set[str]:
        """Return the codes of grids that a change is about."""
        if isinstance(change, Recode):
            return set(state.grids_of(change.community))
        if isinstance(change, Carve):
            return {
                c
                for c, row in state.near(shapely.bounds(change.area)[None]).items()
                if row.geometry.intersects(change.area)
            }
        if isinstance(change, Dissolve):
            own = state.grids([change.code])[change.code]
            return {change.code, *state.near(np.array([own.geometry.bounds]))}
        said = change.to_json()
        return {said.get("code"), said.get("source"), said.get("target"), *said.get("codes", ())} - {None}

    # ------------------------------------------------------------------------ undo, publish ----

    @rule(which=drafts)
    def undo(self, which):
        draft = self.drafts[which]
        if draft.deltas:
            delta = draft.deltas.pop()
            draft.undone.append((draft.changes.pop(), delta))
            draft.state = draft.state.after(delta.inverse())
            again, _ = replay(draft.changes, draft.state.ground)
            assert same_layer(layer_of(draft.state), layer_of(again))

    @rule(which=drafts)
    def redo(self, which):
        draft = self.drafts[which]
        if draft.undone:
            change, delta = draft.undone.pop()
            after = draft.state.after(delta)
            assert same_layer(layer_of(after), layer_of(draft.state.after(perform(change, draft.state))))
            draft.state = after
            draft.changes.append(change)
            draft.deltas.append(delta)

    @rule(which=drafts)
    def publish(self, which):
        draft, other = self.drafts[which], self.drafts[1 - which]
        if not draft.changes:
            return
        done = self.memory.publish(draft.changes)
        self.ledger.append((draft.changes, done))
        self.require_new_codes(draft.changes, done)
        self.require_whole_lineage(done)
        layer, before = layer_of(self.memory.current), layer_of(self.memory.grounds[self.memory.current.seq - 1])
        assert shapely.hausdorff_distance(layer.frame, before.frame) < BEND_M
        self.unseen.append(layer)
        assert not any(is_provisional(draft.state, code) for code in layer.rows)
        assert len(layer.rows) == len(layer_of(draft.state).rows)
        self.drafts[which] = self.fresh()
        try:
            state, deltas = replay(other.changes, self.memory.current)
        except Refusal as refusal:
            self.require_well_refused(refusal)
            self.drafts[1 - which] = self.fresh()
        else:
            self.drafts[1 - which] = Draft(state, other.changes, deltas)
            self.unseen.append(layer_of(state))

    def require_new_codes(self, changes: list[Change], done: Finished) -> None:
        """A code that was ever given is given to no other ground, and numbers only rise."""
        opened = {code for code, (old, new) in done.grids.items() if old is None and new is not None}
        if any(isinstance(change, Revert) for change in changes):
            then = self.memory.grounds[next(change.to for change in changes if isinstance(change, Revert))]
            opened -= set(then.grids(opened))
        assert not opened & self.issued
        rules = get_layout(self.memory.layout)
        for code in set(done.codes.values()) & opened:
            scope, number = rules.scope_and_number(code)
            known = [rules.scope_and_number(one) for one in self.issued]
            assert number > max((one[1] for one in known if one and one[0] == scope), default=0)
        self.issued |= set(done.grids)

    def require_whole_lineage(self, done: Finished) -> None:
        """All of an old grid's ground and households went somewhere."""
        area, homes = defaultdict(float), defaultdict(float)
        for row in done.lineage:
            area[row.old_code] += row.area_share
            homes[row.old_code] += row.household_share
            assert row.change in "USMX"
        for code in area:
            assert (area[code], homes[code]) == (pytest.approx(1, abs=1e-6), pytest.approx(1, abs=1e-6))
        gone = {code for code, (_, new) in done.grids.items() if new is None}
        assert gone <= set(area)

    # ------------------------------------------------------------------------ what holds ----

    @invariant()
    def every_layer_is_sound(self):
        for layer in self.unseen:
            require_sound(layer, exact_figures=not any(self.loose))
            assert layer.figures == self.first.figures
            assert layer.all_places.fid.tolist() == self.first.all_places.fid.tolist()
            assert np.array_equal(layer.all_places.xy, self.first.all_places.xy)
            assert shapely.hausdorff_distance(layer.frame, self.first.frame) < DRIFT_M
        self.unseen = []

    def teardown(self):
        if not hasattr(self, "ledger"):
            return
        again = self.make()
        for changes, done in self.ledger:
            again.publish([change_from(change.to_json()) for change in changes], done.codes)
        for seq, ground in self.memory.grounds.items():
            assert same_layer(layer_of(ground), layer_of(again.grounds[seq]))
            codes = list(layer_of(ground).rows)
            assert ground.locks(codes) == again.grounds[seq].locks(codes)
            assert ground.explanations(codes) == again.grounds[seq].explanations(codes)


Planners.TestCase.settings = settings(
    max_examples=50, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestPlanners = Planners.TestCase
