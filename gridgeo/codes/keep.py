"""Permanent codes: a grid that succeeds a coded base grid keeps its code.

In: the finished grids, the ids of the base agency's grids and who succeeds whom. Out: the numbers that are taken, and
what to tell. Used by `gridgeo.codes.number`; findings are told by `gridgeo.jobs.numbering`.

Numbers run through a scope: a community, in layout mgmt12 a street. The rule, scope by scope:

1. A base id is a code if it is, sign by sign, what the layout writes for a number of a community of the city: in gb15
   ``411102001001007``, in plain ``W1-007`` for the community W1. ``7``, ``007`` and ``W1-7`` are none.
2. A scope of which no base id is a code is numbered as if for the first time. Nothing is kept and nothing is told,
   unless an id is the code of another place in the city or its counties.
3. Else a grid that succeeds a base grid with a code of this scope keeps it. All other grids of the scope get numbers
   after the highest in use by any base id, also by grids that vanish or lie elsewhere, in the order of the first
   numbering. Gaps are never filled: a code is never given to another grid.
4. Where several grids succeed base grids of one code (two base grids have it, or in mgmt12 one lies in two
   communities), the grid in which most of their households stay keeps it, then the larger, then the first in the order
   of the first numbering. The others are new.
5. If the numbers after the highest run out, the merge is refused: a code less would be a code given twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.codes.layout import Layout, PlainLayout
from gridgeo.model import Finding

__all__ = ["BaseIds", "highest_numbers", "kept_numbers", "scopes_of", "told_codes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseIds:
    """The ids of the base agency's grids, and which grid succeeds which."""

    agency: str
    """Key of the base agency."""
    ids: Sequence[str]
    """Of every base grid as read; may repeat."""
    heir: Sequence[str]
    """(n,) id of the base grid that each grid succeeds, "" = none."""
    households: Sequence[int]
    """(n,) households of that base grid that stay in the grid."""


def scopes_of(grids: gpd.GeoDataFrame, layout: Layout) -> pd.Series:
    """Return the scope within which each grid's number is unique.

    Raises
    ------
    CodeError
        If the layout cannot carry a community's code.
    """
    communities = grids["community_code"]
    return communities.map({code: layout.scope(str(code)) for code in communities.dropna().unique()})


def highest_numbers(scope: pd.Series, layout: Layout, base: BaseIds) -> dict[str, int]:
    """Return the highest number in use in every scope that has codes.

    Parameters
    ----------
    scope : Series of str, (n,)
        From `scopes_of`.
    layout : Layout
    base : BaseIds
    """
    highest = dict[str, int]()
    known = set(scope)
    for found in map(layout.scope_and_number, set(base.ids)):
        if found and found[0] in known:
            highest[found[0]] = max(found[1], highest.get(found[0], 0))
    return highest


def kept_numbers(
    grids: gpd.GeoDataFrame, scope: pd.Series, first: pd.Series, layout: Layout, base: BaseIds
) -> NDArray[np.int64]:
    """Return the number that each grid keeps, 0 = none.

    Parameters
    ----------
    grids : GeoDataFrame, (n,)
    scope : Series of str, (n,)
    first : Series of int, (n,)
        First numbering, which breaks ties.
    layout : Layout
    base : BaseIds
    """
    codes = [layout.scope_and_number(heir) if heir else None for heir in base.heir]
    rows = [row for row, code in enumerate(codes) if code and code[0] == scope.iat[row]]
    claims = pd.DataFrame({
        "row": rows, "heir": [base.heir[row] for row in rows],
        "households": [base.households[row] for row in rows],
        "area_m2": shapely.area(grids.geometry.to_numpy()[rows]), "first": first.to_numpy()[rows],
    })  # fmt: skip
    best = claims.sort_values(["households", "area_m2", "first"], ascending=[False, False, True]).drop_duplicates(
        "heir"
    )
    number = np.zeros(len(grids), np.int64)
    for row in best["row"].tolist():
        number[row] = layout.scope_and_number(base.heir[row])[1]  # type: ignore[index]
    return number


# ----------------------------------------------------------------- findings ----


def told_codes(numbered: gpd.GeoDataFrame, layout: Layout, base: BaseIds) -> Iterator[Finding]:
    """Tell which codes of base grids could not be kept, and which are in use no more.

    Parameters
    ----------
    numbered : GeoDataFrame, (n,)
        From `gridgeo.codes.number.assign_codes` with the same ``base``.
    layout : Layout
    base : BaseIds

    Yields
    ------
    Finding
        code_not_kept: a warning where a code of the city was lost, a note where a grid among coded ones had none.
        code_retired: a note for every code whose grid has no successor.
    """
    scope = scopes_of(numbered, layout)
    coded = highest_numbers(scope, layout, base)
    changed = [row for row, heir in enumerate(base.heir) if heir and numbered["code"].iat[row] != heir]
    place = _places({base.heir[row] for row in changed}, scope, layout)
    holder = dict(zip(numbered["code"], numbered["full_name"], strict=True))
    times = Counter(base.ids)
    for row in changed:
        heir, own = base.heir[row], scope.iat[row]
        if place[heir] == own:
            why = f"原编码 {heir} 有不止一个网格承接（重号，或原网格跨社区），由{holder[heir]}沿用"
            yield _lost("warning", row, why, numbered, base)
        elif place[heir] and (heir not in holder or times[heir] > 1):  # else the part at home has it
            why = f"原编码 {heir} 不属于{_community(numbered, row)}，不能沿用"
            yield _lost("warning", row, why, numbered, base)
        elif not place[heir] and own in coded:
            yield _lost("note", row, f"编号“{heir}”不是{_community(numbered, row)}的网格编码", numbered, base)
    for one in sorted(set(base.ids) - set(base.heir)):
        found = layout.scope_and_number(one)
        if found and found[0] in coded:
            text = f"原编码 {one} 的网格没有后继网格，编码停用，不发给其他网格"
            yield Finding("note", "code_retired", base.agency, text, one)


def _places(ids: set[str], scope: pd.Series, layout: Layout) -> dict[str, str]:
    """Return the scope that each id names if it is a code of the city or its counties, else ""."""
    known = set(scope)
    # Communities that are no more name a county of the city still.
    counties = set() if isinstance(layout, PlainLayout) else {name[:6] for name in known}
    places = dict.fromkeys(ids, "")
    for one in ids:
        found = layout.scope_and_number(one)
        if found and (found[0] in known or found[0][:6] in counties):
            places[one] = found[0]
    return places


def _lost(severity: str, row: int, why: str, numbered: gpd.GeoDataFrame, base: BaseIds) -> Finding:
    """Word a code that was not kept."""
    grid = numbered.iloc[row]
    text = f"{why}；{grid['full_name']}编为 {grid['code']}"
    area_m2 = float(shapely.area(grid.geometry))
    return Finding(severity, "code_not_kept", base.agency, text, base.heir[row], area_m2, grid.geometry)


def _community(numbered: gpd.GeoDataFrame, row: int) -> str:
    """Return what planners call a grid's community."""
    name = numbered["community_name"].iat[row] if "community_name" in numbered else ""
    return str(name or numbered["community_code"].iat[row])
