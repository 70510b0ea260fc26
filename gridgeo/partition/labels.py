"""Labels for the nodes of a community, as a CP-SAT model whose connectivity is added where a solution lacks it.

In: a `Problem`. Out: a `LabelModel`, and for every labelling the clauses that it breaks. Used by
`gridgeo.partition.exact`.

Every node has one label: a base grid, or a new grid named by its leader, the node of the group with the most
households. A border is kept where the labels of its sides differ. That a group is connected is demanded only where a
solution breaks it: two nodes of one label need a node of every set that parts them (a separator) to carry the label
too; such a clause is true for every label. Likewise no group may close a ring around others.

Sources: lazy separators, Carvajal et al. 2013 and Validi, Buchanan, Lykhovyd 2022; leaders against symmetry,
Campêlo et al. 2008.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from ortools.sat.python import cp_model

from gridgeo.partition.problem import Grouping, Near, Problem, parts
from gridgeo.partition.rings import enclosed

__all__ = ["LabelModel", "separator"]

_ENDLESS = 1 << 60


def separator(part: Iterable[int], target: int, near: Near) -> list[int]:
    """Return the least set of nodes beside a part that every way from it to a node passes."""
    inside = set(part)
    edge = {w for v in inside for w in near[v]} - inside
    seen, stack, found = {target}, [target], set()
    while stack:
        for w in near[stack.pop()]:
            if w in edge:
                found.add(w)
            elif w not in seen and w not in inside:
                seen.add(w)
                stack.append(w)
    return sorted(found)


def _reach(sources: Iterable[int], near: Near, households: Sequence[int], most: int, allowed: Sequence[bool]) -> set:
    """Return the nodes that a connected group with one of the sources and at most so many households can hold."""
    least = {v: households[v] for v in sources if households[v] <= most}
    queue = [(load, v) for v, load in least.items()]
    heapq.heapify(queue)
    while queue:
        load, v = heapq.heappop(queue)
        if load > least[v]:
            continue
        for w in near[v]:
            total = load + households[w]
            if allowed[w] and total <= most and total < least.get(w, _ENDLESS):
                least[w] = total
                heapq.heappush(queue, (total, w))
    return set(least)


class LabelModel:
    """The CP-SAT model of a problem; label b < bases is a base grid, bases + v a new grid led by node v."""

    def __init__(self, problem: Problem, *, slack: bool) -> None:
        self.problem, self.slack = problem, slack
        self.model = cp_model.CpModel()
        self.near, self.touches = problem.walks(), problem.touches()
        self.rim = problem.rim.tolist()
        self.has: list[dict[int, cp_model.IntVar]] = [{} for _ in range(problem.size)]
        self.members: dict[int, list[int]] = {}
        self.used: dict[int, cp_model.IntVar] = {}
        self.cuts: set[tuple[int, ...]] = set()
        self._label_nodes()
        for v in range(problem.size):
            self.model.add_exactly_one(self.has[v].values())
        breaches = [self._size(label) for label in self.members]
        self._together()
        kept = self._borders()
        self._steering()
        self.breach = sum(term for term in breaches if term is not None)
        self._sums()
        self._objective(kept)

    def _label_nodes(self) -> None:
        """Create the labels that each node can carry."""
        p = self.problem
        households = p.households.tolist()
        most = _ENDLESS if self.slack else p.limits.high
        least = 0 if self.slack else p.limits.low
        everywhere = [True] * p.size
        for b in range(p.bases):
            self._label(b, _reach(np.flatnonzero(p.own[:, b]).tolist(), self.near, households, most, everywhere), least)
        rank = np.empty(p.size, np.int64)
        rank[np.lexsort((np.arange(p.size), -p.households))] = np.arange(p.size)
        for v in range(p.size):
            after = (rank > rank[v]).tolist()
            self._label(p.bases + v, _reach([v], self.near, households, most, after), least)

    def _label(self, label: int, nodes: set[int], least: int) -> None:
        """Let nodes carry a label, if they can make a group of the least size."""
        if not nodes or int(self.problem.households[sorted(nodes)].sum()) < least:
            return
        self.members[label] = sorted(nodes)
        for v in self.members[label]:
            self.has[v][label] = self.model.new_bool_var(f"{v} in {label}")
        leader = label - self.problem.bases
        if leader >= 0:
            self.used[label] = self.has[leader][label]
        else:
            self.used[label] = self.model.new_bool_var(f"{label} used")
            own = [self.has[v][label] for v in self.members[label] if self.problem.own[v, label]]
            self.model.add_bool_or([*own, ~self.used[label]])
        for v in self.members[label]:
            if v != leader:
                self.model.add_implication(self.has[v][label], self.used[label])

    def _size(self, label: int) -> cp_model.LinearExprT | None:
        """Demand a legal size of a label's group; with slack, return what breaking it costs."""
        p, model, used = self.problem, self.model, self.used[label]
        nodes = self.members[label]
        load = sum(int(p.households[v]) * self.has[v][label] for v in nodes)
        people = sum(int(p.population[v]) * self.has[v][label] for v in nodes)
        self._area(label)
        largest = int(p.households[nodes].sum())
        most_people = int(p.population[nodes].sum())
        if not self.slack:
            if largest > p.limits.high:
                model.add(load <= p.limits.high * used)
            model.add(load >= p.limits.low * used)
            if most_people > p.limits.population_max:
                model.add(people <= p.limits.population_max * used)
            return None
        broken = model.new_bool_var(f"{label} broken")
        over = model.new_int_var(0, max(largest, p.limits.low), "")
        crowd = model.new_int_var(0, most_people, "")
        model.add(load <= p.limits.high + over)
        model.add(load >= p.limits.low * used - over)
        model.add(people <= p.limits.population_max + crowd)
        model.add(over + crowd <= (max(largest, p.limits.low) + most_people) * broken)
        return p.per_broken * broken + over + crowd

    def _area(self, label: int) -> None:
        """Keep a group that succeeds no base grid from being a scrap, unless it is cut off."""
        p = self.problem
        if label < p.bases or p.least_m2 <= 0:
            return
        least_m2 = float(p.least_areas_m2()[label - p.bases])
        tenth = np.floor(p.area_m2 * 10).astype(np.int64)
        held = sum(int(tenth[v]) * self.has[v][label] for v in self.members[label])
        self.model.add(held >= (int(least_m2 * 10) - p.size) * self.used[label])

    def _together(self) -> None:
        """Demand of every node that is not alone in its group a neighbour there: most of connectivity at once."""
        p = self.problem
        for label, nodes in self.members.items():
            for v in nodes:
                alone = p.own[v, label] if label < p.bases else v == label - p.bases
                if alone and (self.slack or p.households[v] >= p.limits.low):
                    continue
                beside = [self.has[w][label] for w in self.near[v] if label in self.has[w]]
                self.model.add_bool_or([*beside, ~self.has[v][label]])

    def _borders(self) -> list[cp_model.IntVar]:
        """Return for every pair of neighbours whether their labels differ."""
        kept = []
        for a, b in self.problem.pair.tolist():
            border = self.model.new_bool_var(f"{a} | {b}")
            kept.append(border)
            for one, two in ((a, b), (b, a)):
                for label, carried in self.has[one].items():
                    other = self.has[two].get(label)
                    if other is None:
                        self.model.add_implication(carried, border)
                        continue
                    self.model.add_bool_or([~carried, other, border])
                    if one == a:
                        self.model.add_bool_or([~carried, ~other, ~border])
        return kept

    def _steering(self) -> None:
        """Demand what a planner asked for: a number of grids, places that stay apart."""
        p = self.problem
        if p.count is not None:
            self.model.add(sum(self.used.values()) == p.count)
        for one, two in p.apart:
            for a in one:
                for b in two:
                    for label in self.has[a].keys() & self.has[b].keys():
                        self.model.add_bool_or([~self.has[a][label], ~self.has[b][label]])
                    if a == b:
                        self.model.add_bool_or([])

    def _sums(self) -> None:
        """Tell what follows from sums alone: how many groups there can be, or what must be broken at least."""
        p = self.problem
        if self.slack:
            if not isinstance(self.breach, int):
                self.model.add(self.breach >= p.unavoidable)
            return
        number = np.arange(min(1, p.size), p.size + 1)
        able = number[p.breach_of_number(number) == 0]
        if not len(able):
            self.model.add_bool_or([])
            return
        used = sum(self.used.values())
        self.model.add(used >= int(able[0]))
        self.model.add(used <= int(able[-1]))

    def _objective(self, kept: list[cp_model.IntVar]) -> None:
        """Write levels 2 to 4 as sums."""
        p = self.problem
        price = zip(p.cost_dm.tolist(), kept, strict=True)
        stays = sum(
            int(p.stay[v, b]) * self.has[v][b]
            for v in range(p.size) for b in np.flatnonzero(p.stay[v]).tolist() if b in self.has[v]
        )  # fmt: skip
        self.disagreement = sum(cost * border for cost, border in price)
        self.disagreement += p.weights.moved_dm * (int(p.stay.sum()) - stays)
        if p.weights.balance_dm:
            self.disagreement += p.weights.balance_dm * sum(self._off_middle(label) for label in self.members)
        length = sum(int(m) * border for m, border in zip(p.length_dm.tolist(), kept, strict=True))
        opened = sum(used for label, used in self.used.items() if label >= p.bases)
        closed = p.bases - sum(used for label, used in self.used.items() if label < p.bases)
        self.tie_break = (opened + closed) * (int(p.length_dm.sum()) + 1) + length

    def _off_middle(self, label: int) -> cp_model.IntVar:
        """Return how many households a label's group lies off the middle of the size range."""
        p = self.problem
        load = sum(int(p.households[v]) * self.has[v][label] for v in self.members[label])
        off = self.model.new_int_var(0, max(int(p.households.sum()), p.limits.middle), "")
        self.model.add(off >= load - p.limits.middle * self.used[label])
        self.model.add(off >= p.limits.middle * self.used[label] - load)
        return off

    # ------------------------------------------------------- what is lacking ----

    def limit(self, level: cp_model.LinearExprT, most: int) -> None:
        """Fix a level at its optimum."""
        if not isinstance(level, int):
            self.model.add(level <= most)

    def hint(self, label: Sequence[int]) -> None:
        """Let the next run begin at a labelling."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for v, carried in enumerate(self.has):
            for name, var in carried.items():
                self.model.add_hint(var, int(label[v] == name))

    def labels_of(self, value: Callable[[cp_model.IntVar], bool]) -> list[int]:
        """Return the label of every node in a solution."""
        return [next(label for label, var in carried.items() if value(var)) for carried in self.has]

    def named(self, grouping: Grouping) -> list[int] | None:
        """Return a grouping as labels, or None if the model has not got them."""
        rank = np.lexsort((np.arange(self.problem.size), -self.problem.households))
        leader: dict[int, int] = {}
        for v in rank.tolist():
            leader.setdefault(int(grouping.group[v]), v)
        name = [
            int(heir) if heir >= 0 else self.problem.bases + leader[g] for g, heir in enumerate(grouping.heir.tolist())
        ]
        label = [name[g] for g in grouping.group.tolist()]
        return label if all(label[v] in self.has[v] for v in range(self.problem.size)) else None

    def forbid(self, label: Sequence[int]) -> bool:
        """Add the clauses that a labelling breaks; return False if there is none, so it is a solution."""
        nodes: dict[int, list[int]] = {}
        for v, name in enumerate(label):
            nodes.setdefault(name, []).append(v)
        torn = [(name, pieces) for name, own in nodes.items() if len(pieces := parts(own, self.near)) > 1]
        for name, pieces in torn:
            self._connect(name, pieces)
        rings = enclosed(label, self.touches, self.rim)
        for ring, inside in rings:
            self._open(ring, inside)
        return bool(torn or rings)

    def _connect(self, name: int, pieces: list[list[int]]) -> None:
        """Demand a way between the pieces of a group."""
        households, leader = self.problem.households, name - self.problem.bases
        if leader >= 0:
            target = leader
        else:
            main = max(pieces, key=lambda piece: (int(households[piece].sum()), -piece[0]))
            target = max(main, key=lambda v: (int(households[v]), -v))
        for piece in pieces:
            if target in piece:
                continue
            between = separator(piece, target, self.near)
            for v in piece:
                self._cut(v, target, between)

    def _cut(self, a: int, b: int, between: list[int]) -> None:
        """Nodes a and b share a label only with one of those between them."""
        key = (min(a, b), max(a, b), -1, *between)
        if key in self.cuts:
            return
        self.cuts.add(key)
        for label in self.has[a].keys() & self.has[b].keys():
            way = [self.has[w][label] for w in between if label in self.has[w]]
            self.model.add_bool_or([~self.has[a][label], ~self.has[b][label], *way])

    def _open(self, ring: list[int], inside: list[int]) -> None:
        """A group that holds the whole ring holds what it encloses."""
        key = (-2, *ring, -1, *inside)
        if key in self.cuts:
            return
        self.cuts.add(key)
        for label in set.intersection(*(set(self.has[w]) for w in ring)):
            around = [~self.has[w][label] for w in ring]
            for v in inside:
                self.model.add_bool_or([*around, *([self.has[v][label]] if label in self.has[v] else [])])
