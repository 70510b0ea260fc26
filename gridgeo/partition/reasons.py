"""Why every border is where it is, and why some are gone: the account that a planner can check.

In: atoms with all their borders, how they count, and the grids they were given. Out: one row per stretch of border with
one reason, and one row per grid on its base grid, with rows of the grid table in place of codes. Previous stage:
`gridgeo.partition.resolve`; next: `gridgeo.partition.assemble` and numbering.

A border follows the agreement if it lies where at least half of the agencies (by weight) want one. If it does not, the
moves of `gridgeo.partition.moves` say what stood against the better one; only what is found there is called a reason.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.partition.moves import NEW, Blocks, Grouped, Moves, blocks_of, moves_of
from gridgeo.partition.votes import Opinions, Votes

__all__ = ["WHY", "grid_rows", "reason_rows"]

WHY = {
    "frame": "the limit of all communities",
    "community": "the communities' border, which no grid crosses",
    "exclusive": "the outline of an exclusive site, or ground inside one",
    "hard": "a hard barrier, which no grid crosses",
    "barrier": "a barrier's pull, which tipped the scale",
    "agreement": "what most agencies (by weight) want",
    "tie": "as many agencies want it as do not, or none has an opinion",
    "size": "most agencies want it otherwise, but grids would then break the size rules",
    "wish": "most agencies want it otherwise, but the city file binds the ground: a lock or a wish",
    "base": "most agencies want it otherwise, but more households would leave their base grid",
    "contiguity": "most agencies want it otherwise, but a grid would fall apart",
    "whole": "most agencies want this stretch otherwise, but not the grid's outline as a whole",
    "open": "most agencies want it otherwise, nothing was found against it, and the partition is not proven best",
}
"""Reasons in the order in which they are looked for."""

_BARS = ("", "size", "wish", "base", "contiguity")
_NONE = len(_BARS)
"""Nobody gains by deciding otherwise."""


def reason_rows(
    opinions: Opinions, ground: Grouped, frame_m: NDArray[np.float64]
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Say of every border why it was kept or dropped.

    Parameters
    ----------
    opinions : Opinions
    ground : Grouped
        Borders inside communities only; priced by the same votes.
    frame_m : array of float64, (grids,)
        How long each grid runs along the limit of all communities.

    Returns
    -------
    rows : DataFrame
        ``grid, other`` (rows of the grid table, the smaller first; -1 = none), ``decision, why, length_m, overruled_m,
        agencies, barrier, barrier_m, instead_households`` as `gridgeo.tables.REASON`, ordered by grid.
    row_of_pair : array of int64, (p,)
        Row of each border of ``opinions``, -1 = told nowhere.
    """
    votes = Votes(opinions)
    one, two = ground.grid[opinions.borders.pair].T
    kept = one != two
    why, instead = _why(opinions, votes, ground, kept)
    # What no agency drew and no grid ends at is no border to anybody.
    told = kept | votes.want.any(axis=1)
    bits = (votes.want * (1 << np.arange(len(opinions.keys)))).sum(axis=1).astype(np.int64)
    order = {word: k for k, word in enumerate(WHY)}
    table = pd.DataFrame({
        "grid": np.minimum(one, two), "other": np.where(kept, np.maximum(one, two), -1),
        "decision": np.where(kept, "kept", "dropped"), "rank": [order[word] for word in why.tolist()],
        "wanted": np.where(kept, 0, bits),
    })  # fmt: skip
    key = ["grid", "other", "decision", "rank", "wanted"]
    row = np.full(len(kept), -1, np.int64)
    row[told] = table[told].groupby(key, sort=True).ngroup()
    rows = table[told].drop_duplicates(key).sort_values(key, ignore_index=True)
    rank = rows.pop("rank").to_numpy(np.int64)  # of no rows, pandas knows no type
    rows = rows.assign(why=np.array(list(WHY))[rank]).drop(columns="wanted")
    rows = rows.assign(**_sums(opinions, votes, kept, row), instead_households=_most(instead, row, len(rows)))
    long = (rows["decision"] == "kept") | (rows["length_m"] >= opinions.min_border_m)
    place = np.where(long, np.cumsum(long) - 1, -1)
    row = np.where(row >= 0, place[row], -1) if len(rows) else row
    edge = np.flatnonzero(frame_m > 0)
    outer = pd.DataFrame({
        "grid": edge, "other": -1, "decision": "kept", "why": "frame", "length_m": frame_m[edge], "overruled_m": 0.0,
        "agencies": "{}", "barrier": "", "barrier_m": 0.0, "instead_households": 0,
    })  # fmt: skip
    return pd.concat([rows[long], outer], ignore_index=True)[list(outer.columns)], row


def _why(
    opinions: Opinions, votes: Votes, ground: Grouped, kept: NDArray[np.bool_]
) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Return the reason of every border, and the households of a grid that would else break the size rules."""
    one, two = opinions.borders.pair.T
    wanted = np.sign(np.round(votes.share - 0.5, 9)).astype(int)
    decided = np.where(kept, 1, -1)
    why = np.where(wanted == decided, "agreement", np.where(wanted == 0, "tie", "whole")).astype("<U10")
    tipped = (wanted == 1) & kept & (votes.agreed <= 0.5)
    closed = kept & (opinions.borders.open_m < opinions.min_border_m)
    why[tipped] = "barrier"
    why[closed & (opinions.borders.length_m >= opinions.min_border_m)] = "hard"
    foreign = opinions.community[one] != opinions.community[two]
    site = ground.fixed[one] | ground.fixed[two]
    against = np.flatnonzero((why == "whole") & ~foreign & ~site)
    bar, instead = _overruled(ground, opinions, against)
    doubt = ~opinions.proven[opinions.community[one[against]]]
    # A proven partition has no better neighbour: what stands against the move is a rule not looked at here.
    words = np.array(["open", *_BARS[1:], "whole"])
    why[against] = np.where((bar == 0) & ~doubt, "whole", words[bar])
    why[site] = "exclusive"
    why[site & (ground.wished[one] | ground.wished[two])] = "wish"
    why[foreign] = "community"
    households = np.zeros(len(why), np.int64)
    households[against] = np.where(bar == _BARS.index("size"), instead, 0)
    return why, households


def _overruled(
    ground: Grouped, opinions: Opinions, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what stands against deciding borders otherwise: a number of `_BARS`, `_NONE` if nobody gains by it.

    Where several moves would undo a border, one that nothing forbids counts first, then in the order of `_BARS`, then
    the one that gains most.
    """
    best = _Best.none(len(rows))
    if not len(rows):
        return best.bar, best.instead
    one, two = opinions.borders.pair[rows].T
    together = ground.grid[one] == ground.grid[two]
    labels = [*opinions.label.T, np.unique(opinions.label, axis=0, return_inverse=True)[1].ravel()]
    for label in [*labels, np.zeros(len(ground.grid), np.int64)]:
        blocks = blocks_of(ground, label)
        judged = _Judged(moves_of(ground, blocks), blocks, len(ground.heir))
        for here, there in ((one, two), (two, one)):
            block = blocks.of_atom[here]
            best.better(judged.to(block, ground.grid[there]), where=~together)
            best.better(judged.anywhere(block), where=together & (block != blocks.of_atom[there]))
    return best.bar, best.instead


class _Best(NamedTuple):
    """The move that counts for each border."""

    bar: NDArray[np.int64]
    gain_m: NDArray[np.float64]
    instead: NDArray[np.int64]

    @classmethod
    def none(cls, count: int) -> _Best:
        """Return no move."""
        return cls(np.full(count, _NONE, np.int64), np.zeros(count), np.zeros(count, np.int64))

    def better(self, other: _Best, *, where: NDArray[np.bool_]) -> None:
        """Take over the moves that count more."""
        more = (other.bar < self.bar) | ((other.bar == self.bar) & (other.gain_m > self.gain_m))
        for mine, theirs in zip(self, other, strict=True):
            mine[where & more] = theirs[where & more]


class _Judged:
    """Moves to be looked up."""

    def __init__(self, moves: Moves, blocks: Blocks, grids: int) -> None:
        self.grids = grids
        bar = np.array([_BARS.index(word) for word in moves.bar.tolist()], np.int64)
        self.moves = _Best(bar, moves.gain_m, moves.instead)
        self.key = moves.block * (grids + 1) + np.where(moves.target == NEW, grids, moves.target)
        order = np.lexsort((-moves.gain_m, bar, moves.block))
        first = order[np.flatnonzero(np.diff(moves.block[order], prepend=-1))]
        self.foremost = _Best.none(len(blocks.grid))
        for column, values in zip(self.foremost, self.moves, strict=True):
            column[moves.block[first]] = values[first]

    def to(self, block: NDArray[np.int64], grid: NDArray[np.int64]) -> _Best:
        """Return the moves of blocks to grids."""
        found = _Best.none(len(block))
        wanted = block * (self.grids + 1) + grid
        at = np.searchsorted(self.key, wanted)
        hit = np.isin(wanted, self.key)
        for column, values in zip(found, self.moves, strict=True):
            column[hit] = values[at[hit]]
        return found

    def anywhere(self, block: NDArray[np.int64]) -> _Best:
        """Return the foremost move of each block."""
        bar, gain_m, instead = self.foremost
        return _Best(bar[block], gain_m[block], instead[block])


def _most(value: NDArray[np.int64], row: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the largest value of every row."""
    most = np.zeros(count, np.int64)
    np.maximum.at(most, row[row >= 0], value[row >= 0])
    return most


def _sums(
    opinions: Opinions, votes: Votes, kept: NDArray[np.bool_], row: NDArray[np.int64]
) -> dict[str, Sequence[object]]:
    """Add up the borders of every row."""
    told, count = row >= 0, int(row.max(initial=-1)) + 1
    row, length_m = row[told], opinions.borders.length_m[told]

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(row, values, count).astype(np.float64)

    lost = np.where(kept, 1.0 - votes.agreed, votes.agreed)[told] * votes.heard[told]

    def each(vote: NDArray[np.bool_]) -> NDArray[np.float64]:
        columns = [total(length_m * vote[told, k]) for k in range(len(opinions.keys))]
        return np.column_stack(columns) if columns else np.zeros((count, 0))

    want_m, against_m = each(votes.want), each(votes.against)
    classes = sorted({kind for kind in opinions.kind if kind and kind != "cut"})
    along_m = np.zeros((count, len(classes) + 1))
    for k, kind in enumerate(classes, start=1):
        layers = [at for at, own in enumerate(opinions.kind) if own == kind]
        along_m[:, k] = total(opinions.borders.layer_m[told][:, layers].sum(axis=1))
    widest = along_m.argmax(axis=1)
    return {
        "length_m": total(length_m), "overruled_m": total(length_m * lost),
        "agencies": [_told(opinions.keys, a, b) for a, b in zip(want_m, against_m, strict=True)],
        "barrier": np.array(["", *classes], object)[widest], "barrier_m": along_m[np.arange(count), widest],
    }  # fmt: skip


def _told(keys: Sequence[str], want_m: NDArray[np.float64], against_m: NDArray[np.float64]) -> str:
    """Write the metres that each agency wants as a border and does not want, as JSON."""
    both = {
        key: [round(float(a), 1), round(float(b), 1)]
        for key, a, b in zip(keys, want_m, against_m, strict=True)
        if a + b > 0
    }
    return json.dumps(dict(sorted(both.items())), separators=(",", ":"))


# ------------------------------------------------------------------- grids ----


def grid_rows(ground: Grouped) -> pd.DataFrame:
    """Say of every grid which base grid it succeeds, and which households stayed, came and left.

    Returns
    -------
    DataFrame
        ``grid, heir`` (feature of the base, -1 = none), ``kept_households, came_households, left_households``.
    """
    grids, known = len(ground.heir), ground.home >= 0
    at, home, count = ground.grid[known], ground.home[known], ground.households[known]
    stays = home == ground.heir[at]
    kept = np.bincount(at[stays], count[stays], grids).astype(np.int64)
    came = np.bincount(at[~stays], count[~stays], grids).astype(np.int64)
    width = int(max(home.max(initial=-1), ground.heir.max(initial=-1))) + 1
    gone = np.bincount(home, count, max(width, 1)).astype(np.int64)
    left = np.where(ground.heir >= 0, gone[ground.heir] - kept, 0)
    return pd.DataFrame({
        "grid": np.arange(grids), "heir": ground.heir, "kept_households": kept, "came_households": came,
        "left_households": left,
    })  # fmt: skip
