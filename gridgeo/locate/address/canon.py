"""One spelling per name and no level missing where other rows tell it.

In: the levels of all rows. Out: the same with rare spellings of a name replaced by the usual one (源汇 by 源汇区,
泰山 by 泰山小区 at one and the same number) and with districts, streets and communities that a row leaves out, but
another row of the same place says. Used by `gridgeo.locate.address.library`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
    counts = table.groupby(keys, observed=True, sort=False).size().reset_index(name="rows")
    counts = counts[(counts["estate"] != "") & (counts["road_no"] != "")]
    several = counts[counts.duplicated(keys[:-1], keep=False)]
    wanted: dict[tuple[str, ...], str] = {}
    for key, group in several.groupby(keys[:-1], observed=True, sort=False):
        usual = _usual(group.set_index("estate")["rows"], Level.ESTATE, CORE)
        wanted.update({(*key, name): other for name, other in usual.items()})
    if not wanted:
        return table["estate"]
    spots = pd.MultiIndex.from_frame(table[keys].astype(str))
    at = pd.MultiIndex.from_tuples(list(wanted), names=keys).get_indexer(spots)
    values = np.array([*wanted.values(), ""], object)
    return pd.Series(pd.Categorical(np.where(at >= 0, values[at], table["estate"].astype(str))), table.index)


def settle_levels(table: pd.DataFrame, x: Floats, y: Floats) -> pd.DataFrame:
    """Return the rows with districts, streets and communities filled in where they leave them out.

    Where all other rows of the same place agree, by these; else by the nearest row that says it.

    Parameters
    ----------
    table : DataFrame, (n,)
        Categorical columns as of `gridgeo.locate.address.library.LEVELS`.
    x, y : ndarray of float, (n,)
        In metres.
    """
    table = table.copy(deep=False)
    spot = table.groupby([name for name in SPOT if name in table], observed=True, sort=False).ngroup().to_numpy()
    told = (table["road"] != "").to_numpy() | (table["estate"] != "").to_numpy()
    for column in ADMIN:
        values = table[column].cat
        blank = values.categories.get_indexer([""])[0] if "" in values.categories else -1
        codes = values.codes.to_numpy().astype(np.int64)
        missing = (codes == blank) | (codes < 0)
        if column == "community":
            missing &= told
        if not missing.any():
            continue
        known = ~missing & (codes >= 0) & (codes != blank)
        many = spot.max(initial=-1) + 1
        low, high = np.full(many, np.iinfo(np.int64).max), np.full(many, -1)
        np.minimum.at(low, spot[known], codes[known])
        np.maximum.at(high, spot[known], codes[known])
        alone = missing & (low[spot] == high[spot])
        codes[alone] = high[spot[alone]]
        missing &= ~alone
        near = _nearest(np.column_stack([x, y]), known, missing, WITHIN_M[column])
        codes[np.flatnonzero(missing)[near >= 0]] = codes[near[near >= 0]]
        table[column] = pd.Series(pd.Categorical.from_codes(codes, values.categories), table.index)
    return table


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
