"""部门对照图: one agency's old grids over the new ones, with what became of them.

In: an `Edition`, the agency's grids as they were read, where they went, and what the new grids were made from. Out: a
`Content`: new grids by the fate of the old ones, old borders in the agency's line, the whole crosswalk as a listing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.render.content import Content, Listing, Mark
from gridgeo.render.edition import Edition
from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import AGENCY_LINES, DIVERGING, FATES, NO_DATA
from gridgeo.render.themes.common import ground, inside

__all__ = ["FATE_WORDS", "AgencyFacts", "agency_content", "fates"]

FATE_WORDS = {"U": "未变", "S": "拆分", "M": "合并", "X": "交错"}
"""Letters of ``change`` in the crosswalk → words, the same as in the merge report."""
_ROWS = (
    ("U", "与原网格一致"), ("S", "由原网格拆出"), ("M", "由原网格合并"), ("X", "与原网格交错"),
    ("", "原无网格或其后有变"),
)  # fmt: skip
REAL_SHARE, MOSTLY = 0.05, 0.5
"""A grid comes from an old one that gave this share of either, or most of either: less is a border drawn otherwise. The
first is the share that the merge calls significant."""
LISTED_SHARE = 0.01
"""Smaller parts of an old grid are not listed one by one. Chosen."""


TOUCHED_M2 = 1.0
"""An old grid lies on a part of the layer if it has this much of it. Chosen: borders drawn otherwise have less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyFacts:
    """What is known of one agency's grids."""

    name: str
    line: int
    """Which of `gridgeo.render.palette.AGENCY_LINES` is its own."""
    grids: gpd.GeoDataFrame
    """Its rows of `gridgeo.tables.AGENCY_GRID`."""
    crosswalk: pd.DataFrame
    """Its rows of `gridgeo.tables.CROSSWALK`."""
    provenance: pd.DataFrame
    """Its rows of `gridgeo.tables.PROVENANCE`."""
    changed: frozenset[str] = frozenset()
    """Grids that later versions changed: the crosswalk does not speak of them as they are."""


def agency_content(edition: Edition, facts: AgencyFacts, *, part: bool = False, **more: Any) -> Content:
    """Return what a map of an agency's grids shows.

    Parameters
    ----------
    edition : Edition
        Of the selected grids.
    facts : AgencyFacts
    part : bool, keyword-only
        The edition is a part of the layer: the old grids are cut to it.
    **more
        Other fields of `Content`.
    """
    letters = [letter for letter, _ in _ROWS]
    codes = edition.grids["code"].to_numpy(dtype=object)
    found = zip(codes, fates(codes, facts.crosswalk, facts.provenance), strict=True)
    key = np.array([letters.index("" if code in facts.changed else fate) for code, fate in found], dtype=np.int64)
    rows = tuple(
        LegendRow(at, label, FATES[at], {"X": DIVERGING[1], "": NO_DATA}.get(letter, ""), int((key == at).sum()))
        for at, (letter, label) in enumerate(_ROWS)
    )
    old = facts.grids[~(facts.grids.geometry.isna() | facts.grids.geometry.is_empty)]
    shapes = shapely.make_valid(old.geometry.to_numpy())
    if part:
        whole = ground(edition)
        met = shapely.area(shapely.intersection(shapes, whole)) >= TOUCHED_M2
        shapes, old = inside(shapes[met], whole), old[met]
    colour, dashes = AGENCY_LINES[facts.line % len(AGENCY_LINES)]
    name = f"{facts.name}原界线"
    marks = (Mark(name=name, shapes=shapes, colour=colour, width_pt=0.9, dashes=dashes, count=len(old)),)
    crosswalk = facts.crosswalk
    if part:
        crosswalk = crosswalk[crosswalk["source_id"].isin(set(old["source_id"]))]
    return Content(
        edition=edition,
        key=key,
        rows=rows,
        heading="新网格的由来（合并时）",
        marks=marks,
        facts=_told(crosswalk, old),
        listings=_listed(crosswalk, old, edition),
        **more,
    )


def fates(codes: NDArray[np.object_], crosswalk: pd.DataFrame, provenance: pd.DataFrame) -> list[str]:
    """Return what each grid came from.

    Parameters
    ----------
    codes : ndarray of text
    crosswalk, provenance : DataFrame
        One agency's.

    Returns
    -------
    list of str
        U, S or M where all old grids that it really came from had this fate, X where they had several or were mixed,
        empty where there is none.
    """
    both = crosswalk.merge(provenance, on=["code", "agency", "source_id"], how="left", suffixes=("", "_of_grid"))
    went = both[["area_share", "household_share"]].max(axis=1)
    came = both[["area_share_of_grid", "household_share_of_grid"]].fillna(0.0).max(axis=1)
    real = ((went >= REAL_SHARE) & (came >= REAL_SHARE)) | (went >= MOSTLY) | (came >= MOSTLY)
    found = both[real].groupby("code")["change"].agg(lambda letters: "".join(sorted(set(letters))))
    one = {str(code): letter if letter in FATE_WORDS else "X" for code, letter in found.items()}
    return [one.get(str(code), "") for code in codes]


def _told(crosswalk: pd.DataFrame, old: gpd.GeoDataFrame) -> tuple[tuple[str, str], ...]:
    """Return how many of the old grids had each fate; one that the merge could not count is told too."""
    each = crosswalk.drop_duplicates("source_id")
    counts = each["change"].value_counts()
    lost = len(set(old["source_id"]) - set(each["source_id"]))
    told = [(f"原网格{word}", f"{int(counts.get(letter, 0))} 个") for letter, word in FATE_WORDS.items()]
    return (*told, *([("原网格未计入合并", f"{lost} 个")] if lost else ()))


def _listed(crosswalk: pd.DataFrame, old: gpd.GeoDataFrame, edition: Edition) -> tuple[Listing, ...]:
    """Return where every old grid went, the largest part first, and the old grids that count nowhere."""
    real = crosswalk[crosswalk[["area_share", "household_share"]].max(axis=1) >= LISTED_SHARE]
    real = real.assign(less=-real["area_share"]).sort_values(["source_id", "less", "code"], kind="stable")
    label = dict(zip(old["source_id"][::-1], old["label"][::-1], strict=True))
    named = dict(zip(edition.grids["code"], edition.grids["full_name"], strict=True))
    rows = [
        (
            row.source_id, label.get(row.source_id, ""), FATE_WORDS.get(row.change, row.change), row.code,
            named.get(row.code, ""), round(100 * row.area_share, 1), round(100 * row.household_share, 1),
        )
        for row in real.itertuples(index=False)
    ]  # fmt: skip
    lost = sorted(set(old["source_id"]) - set(crosswalk["source_id"]))
    rows += [(name, label.get(name, ""), "未计入合并", "", "", np.nan, np.nan) for name in lost]
    heads = ["原网格", "原名称", "去向", "新编码", "新网格", "占原面积（%）", "占原户数（%）"]
    table = pd.DataFrame(rows, columns=heads)
    return (Listing(title="原网格与新编码对照表（占 1% 以上者）", table=table),) if len(table) else ()
