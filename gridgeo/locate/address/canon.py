"""One spelling per name and no level missing where other rows tell it.

In: the levels of all rows. Out: the same with rare spellings of a name replaced by the usual one (源汇 by 源汇区,
泰山 by 泰山小区 at one and the same number) and with districts, streets and communities that a row leaves out, but
another row of the same place says. Used by `gridgeo.locate.address.library`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.locate.address.forms import CORE, SAID, Level, forms

__all__ = ["one_spelling", "renamed", "settle_levels"]

Floats = NDArray[np.float64]

ADMIN = {"district": Level.AREA, "street": Level.STREET, "community": Level.COMMUNITY}
"""Levels whose names are known to stand for one thing each."""
WITHIN_M = {"district": 1000.0, "street": 500.0, "community": 150.0}
"""So near a row that says a level speaks for one that does not. Chosen: far less than districts, streets and
communities measure across."""
AGREED = 0.9
"""Share of rows that say one thing from which the others are slips. Chosen."""
SAME_PLACE_M = 500.0
"""So near rows of one road, number and estate are of one place, of which there may be another one far off. Chosen."""
MOST_ASKED = 200_000
"""Rows of which the nearest is looked for. Chosen."""
SPOT = ["road", "road_no", "sub_no", "estate", "hamlet", "group", "place"]
"""What tells a place without the levels above it."""


def one_spelling(table: pd.DataFrame, cities: Sequence[str] = (), sure: Collection[str] = ()) -> pd.DataFrame:
    """Return the rows with one spelling for each administrative name and each estate.

    Parameters
    ----------
    table : DataFrame, (n,)
        Categorical columns as of `gridgeo.locate.address.library.LEVELS`.
    cities : sequence of str, optional
        The city's own names, which are no district's.
    sure : collection of str, optional
        Names of communities that are right as they are: 友爱居委会 is not 友爱社区 where there are both.
    """
    table, kept = table.copy(deep=False), set(sure)
    for column, level in ADMIN.items():
        counts = table[column].value_counts()
        usual = _usual(counts[counts > 0], level, sure=kept)
        table[column] = renamed(table[column], {**usual, **(dict.fromkeys(cities, "") if level == Level.AREA else {})})
    table["estate"] = _one_estate(table)
    return table


def _usual(
    counts: pd.Series, level: Level, most_cost: float = 2 * SAID, *, sure: Collection[str] = ()
) -> dict[str, str]:
    """Return rare spelling → usual name, where only one name is said so and that one is sure, or more usual.

    Of two that are equally usual the one that comes first is; a name that is sure stays.
    """

    def rank(name: str) -> tuple[bool, int, list[int]]:
        return name in sure, int(counts[name]), [-ord(sign) for sign in name]

    owners: dict[str, set[str]] = {}
    for name in counts.index:
        for text, cost in forms(level, str(name)) if name else ():
            if cost <= most_cost:
                owners.setdefault(text, set()).add(str(name))
    usual = {}
    for name in counts.index:
        better = {other for other in owners.get(str(name), ()) if rank(other) > rank(str(name))}
        if name and name not in sure and len(better) == 1:
            usual[str(name)] = better.pop()
    return {name: usual.get(other, other) for name, other in usual.items()}


def renamed(column: pd.Series, names: dict[str, str]) -> pd.Series:
    """Return a categorical column with some of its values replaced.

    Parameters
    ----------
    column : Series
        Categorical.
    names : dict of str to str
        Value → what takes its place; values that become equal become one.
    """
    categories = column.cat.categories
    new = pd.Index([names.get(str(name), name) for name in categories])
    if new.equals(categories):
        return column
    codes, values = pd.factorize(new)
    return pd.Series(
        pd.Categorical.from_codes(np.where(column.cat.codes < 0, -1, codes[column.cat.codes]), values), column.index
    )


def _one_estate(table: pd.DataFrame) -> pd.Series:
    """Return the estates, those at one number that differ only by how much of the name is said made one."""
    keys = ["road", "road_no", "sub_no", "estate"]
    spots = table.groupby(keys, observed=True, sort=False)
    counts = spots.size().reset_index(name="rows")
    named = counts[(counts["estate"] != "") & (counts["road_no"] != "")]
    estates, renames = counts["estate"].astype(object), False
    for _, group in named[named.duplicated(keys[:-1], keep=False)].groupby(keys[:-1], observed=True, sort=False):
        usual = _usual(group.set_index("estate")["rows"], Level.ESTATE, CORE)
        estates[group.index] = [usual.get(name, name) for name in group["estate"]]
        renames |= bool(usual)
    if not renames:
        return table["estate"]
    of_spot = pd.Categorical(estates)
    return pd.Series(pd.Categorical.from_codes(of_spot.codes[spots.ngroup()], of_spot.categories), table.index)


def settle_levels(table: pd.DataFrame, x: Floats, y: Floats, *, homes: bool = False) -> pd.DataFrame:
    """Return the rows with districts, streets and communities filled in where they leave them out.

    Where all other rows of the same street and community agree, by these; else where all of the same place do; else by
    the nearest row that says it.

    Parameters
    ----------
    table : DataFrame, (n,)
        Categorical columns as of `gridgeo.locate.address.library.LEVELS`.
    x, y : ndarray of float, (n,)
        In metres.
    homes : bool, keyword-only
        Whether the layer knows in which community a row lies: only a row of the same place speaks for it then.
    """
    table = table.copy(deep=False)
    spot = table.groupby([name for name in SPOT if name in table], observed=True, sort=False).ngroup().to_numpy()
    told = (table["road"] != "").to_numpy() | (table["estate"] != "").to_numpy()
    for column in ADMIN:
        values = table[column].cat
        blank = values.categories.get_indexer([""])[0] if "" in values.categories else -1
        codes = values.codes.to_numpy().astype(np.int64)
        missing = (codes == blank) | (codes < 0)
        known = ~missing
        if column == "community":
            missing &= told
        if not missing.any():
            continue
        for key in (*_narrower(table, column), spot + 1):
            agreed = _agreed(key, codes, known)[key[missing]]
            codes[np.flatnonzero(missing)[agreed >= 0]] = agreed[agreed >= 0]
            missing[missing] = agreed < 0
        points, within_m = np.column_stack([x, y]), WITHIN_M[column]
        if homes and column == "community":
            points, within_m = np.column_stack([points, spot * 10.0 * SAME_PLACE_M]), SAME_PLACE_M
        near = _nearest(points, known, missing, within_m)
        codes[np.flatnonzero(missing)[near >= 0]] = codes[near[near >= 0]]
        table[column] = pd.Series(pd.Categorical.from_codes(codes, values.categories), table.index)
    return table


def _narrower(table: pd.DataFrame, column: str) -> Iterator[NDArray[np.int64]]:
    """Yield a number for every row by the levels below one that tell it, 0 where they are not said.

    A street lies in one district; of two streets with one name the community tells which.
    """
    below = list(ADMIN)[list(ADMIN).index(column) + 1 :]
    for some in (below, *([name] for name in below if len(below) > 1)):
        if some:
            said = np.logical_and.reduce([(table[name] != "").to_numpy() for name in some])
            number = table.groupby(some, observed=True, sort=False).ngroup().to_numpy() + 1
            yield np.where(said, number, 0)


def _agreed(key: NDArray[np.int64], codes: NDArray[np.int64], known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for every key what its rows that say it say alike, but for a slip; -1 where they do not, and for key 0."""
    many = int(codes.max(initial=0)) + 1
    pairs = np.sort(key[known] * many + codes[known])
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    (place, code), count = np.divmod(pairs[starts], many), np.diff(starts, append=len(pairs))
    total = np.bincount(place, count, minlength=int(key.max(initial=0)) + 1)
    found = np.full(len(total), -1)
    most = (count >= AGREED * total[place]) & (place > 0)
    found[place[most]] = code[most]
    return found


def _nearest(
    points: Floats, known: NDArray[np.bool_], missing: NDArray[np.bool_], within_m: float
) -> NDArray[np.int64]:
    """Return for every row that misses something the nearest that has it, -1 where none is near."""
    rows = np.flatnonzero(known)
    if not len(rows) or not missing.any():
        return np.full(int(missing.sum()), -1)
    some = rows[:: max(1, len(rows) // MOST_ASKED)]
    from scipy.spatial import cKDTree  # noqa: PLC0415 - only to build

    far_m, at = cKDTree(points[some]).query(points[missing], distance_upper_bound=within_m)
    return np.where(np.isfinite(far_m), some[np.minimum(at, len(some) - 1)], -1)
