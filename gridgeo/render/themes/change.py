"""变更图: what is different between two versions.

In: the later layer with the kind of change of every grid, and what moved. Out: a `Content`: grids coloured by what
became of them, ground that changed its grid hatched, new borders solid, former ones dashed, a dot for every place whose
households moved; grids before and after, what went from where to where, and the lineage of codes stand in listings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.render.content import Content, Listing, Mark, content_of
from gridgeo.render.edition import Edition
from gridgeo.render.palette import CHANGED, FORMER_DASHES, INK, MARKS
from gridgeo.render.recipe import Recipe
from gridgeo.render.themes.common import ground, inside

__all__ = ["ChangeFacts", "change_content"]

LETTERS = {"U": "未变", "S": "拆分", "M": "合并", "X": "交错"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """What is different between two versions; geometry in the layer's CRS."""

    fresh: NDArray[np.object_]
    """Lines that are borders and were none."""
    former: NDArray[np.object_]
    """Lines that were borders and are none."""
    ground: gpd.GeoDataFrame
    """Pieces of ground that changed their grid: ``code_before, code_after, area_m2``."""
    homes: gpd.GeoDataFrame
    """Places of households that changed their grid: ``code_before, code_after, count``."""
    grids: pd.DataFrame
    """One row per grid that changed, as `gridgeo.jobs.diff.Difference` has them."""
    lineage: pd.DataFrame
    """``seq, old_code, new_code, change, area_share, household_share`` of codes that were split, merged or mixed."""


def change_content(edition: Edition, recipe: Recipe, facts: ChangeFacts, *, part: bool = False, **more: Any) -> Content:
    """Return what a map of changes shows.

    Parameters
    ----------
    edition : Edition
        Its grids have the column ``change``, see `gridgeo.render.legend.CHANGE_CLASSES`.
    recipe : Recipe
    facts : ChangeFacts
    part : bool, keyword-only
        The edition is a part of the layer: what lies beside it is neither drawn nor counted nor listed.
    **more
        Other fields of `Content`.
    """
    shown = _part_of(facts, edition) if part else facts
    homes = shown.homes[~(shown.homes.geometry.isna() | shown.homes.geometry.is_empty)]
    pieces = shown.ground.geometry.to_numpy()
    marks = (
        Mark(
            name="划转的地块（处）", shapes=pieces, colour=CHANGED, width_pt=0.4, hatch="////", count=len(pieces)
        ),
        Mark(name="新的网格界", shapes=shown.fresh, colour=CHANGED, width_pt=1.5, casing=True),
        Mark(name="原网格界（已取消）", shapes=shown.former, colour=INK, width_pt=1.2, dashes=FORMER_DASHES),
        Mark(
            name="划转的住户（户）", shapes=homes.geometry.to_numpy(), colour=MARKS["fine"], width_pt=2.6, marker="o",
            casing=True, count=int(shown.homes["count"].sum()),
        ),
    )  # fmt: skip
    return content_of(edition, recipe, marks=marks, facts=_told(shown), listings=tuple(_listings(shown)), **more)


def _part_of(facts: ChangeFacts, edition: Edition) -> ChangeFacts:
    """Return what lies on the ground of some grids, or concerns them."""
    whole, codes = ground(edition), set(edition.grids["code"])
    grids = facts.grids
    concerned = grids["code"].isin(codes) | grids["went_to"].map(lambda text: bool(codes & set(text.split("|"))))
    touched = codes | set(grids["code"][concerned])
    pieces, homes = (
        table[table["code_before"].isin(touched) & table["code_after"].isin(codes)]
        for table in (facts.ground, facts.homes)
    )
    lineage = facts.lineage
    return ChangeFacts(
        fresh=inside(facts.fresh, whole),
        former=inside(facts.former, whole),
        ground=pieces,
        homes=homes,
        grids=grids[concerned],
        lineage=lineage[lineage["old_code"].isin(touched) | lineage["new_code"].isin(touched)],
    )


def _told(facts: ChangeFacts) -> tuple[tuple[str, str], ...]:
    """Return how many grids there were and are no longer, and how much moved."""
    ended = int((facts.grids["became"] == "停用").sum())
    return (
        *([("停用的网格", f"{ended} 格")] if ended else []),
        ("划转面积", f"{facts.ground['area_m2'].sum() / 1e4:,.2f} 公顷"),
    )


def _listings(facts: ChangeFacts) -> list[Listing]:
    """Return grids before and after, what went from where to where, and the lineage of codes."""
    found = (
        Listing(title="变更网格", table=_grids(facts.grids)),
        Listing(title="划转明细", table=_exchange(facts)),
        Listing(title="编码沿革", table=_lineage(facts.lineage)),
    )
    return [listing for listing in found if len(listing.table)]


def _grids(grids: pd.DataFrame) -> pd.DataFrame:
    """Return one row per grid that changed."""
    name = grids["name_after"].where(grids["name_after"].notna(), grids["name_before"])
    table = {"网格编码": grids["code"], "网格": name, "变更": grids["became"]}
    for figure, title in (("households", "户数"), ("enterprises", "企业数")):
        table |= {f"原{title}": grids[f"{figure}_before"], f"现{title}": grids[f"{figure}_after"]}
    table |= {"划入户数": grids["came_households"], "划出户数": grids["left_households"]}
    table |= {"来自": grids["came_from"].str.replace("|", " "), "去向": grids["went_to"].str.replace("|", " ")}
    return pd.DataFrame(table).reset_index(drop=True)


def _exchange(facts: ChangeFacts) -> pd.DataFrame:
    """Return area and households that went from one grid to another."""
    keys = ["code_before", "code_after"]
    areas = facts.ground.groupby(keys)["area_m2"].agg(["sum", "size"]).add_suffix("_m2")
    homes = facts.homes.groupby(keys)["count"].agg(["sum", "size"]).add_suffix("_homes")
    both = areas.join(homes, how="outer").fillna(0).sort_index().reset_index()
    return pd.DataFrame(
        {
            "原网格": both["code_before"],
            "现网格": both["code_after"],
            "地块（处）": both["size_m2"].astype(int),
            "面积（平方米）": both["sum_m2"].astype(float).round(2),
            "户数": both["sum_homes"].astype(int),
            "住户（处）": both["size_homes"].astype(int),
        }
    )


def _lineage(lineage: pd.DataFrame) -> pd.DataFrame:
    """Return code before and after, with the shares of the old grid."""
    return pd.DataFrame(
        {
            "版本": lineage["seq"],
            "原编码": lineage["old_code"],
            "新编码": lineage["new_code"],
            "变更": lineage["change"].map(LETTERS),
            "占原面积（%）": (100 * lineage["area_share"].astype(float)).round(1),
            "占原户数（%）": (100 * lineage["household_share"].astype(float)).round(1),
        }
    ).reset_index(drop=True)
