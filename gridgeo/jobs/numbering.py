"""Numbers for a merged layer: codes of the base grids are kept where they are codes.

In: the merged grids and the inputs. Out: grids with codes and names, findings on codes that were not kept, and atoms
with ids. Part of `gridgeo.jobs.merge`; the rule is in `gridgeo.codes.keep`.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from gridgeo.codes.keep import BaseIds, told_codes
from gridgeo.codes.layout import get_layout
from gridgeo.codes.number import assign_codes, first_numbers
from gridgeo.intake.ids import capped
from gridgeo.model import Finding, Inputs
from gridgeo.partition.merge import Merged
from gridgeo.tables import ATOM

__all__ = ["base_ids", "numbered_atoms", "numbered_grids"]


def numbered_grids(merged: Merged, inputs: Inputs) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give every merged grid its code.

    Parameters
    ----------
    merged : Merged
    inputs : Inputs

    Returns
    -------
    grids : GeoDataFrame
        `Merged.grids` with ``code, short_name, full_name``.
    findings : list of Finding
        Of kind code_not_kept and code_retired.

    Raises
    ------
    CodeError
        As `gridgeo.codes.number.assign_codes`.
    """
    layout, base = get_layout(inputs.city.layout), base_ids(merged, inputs)
    grids = assign_codes(merged.grids, layout, base=base)
    told = list(told_codes(grids, layout, base)) if base else []
    found = []
    for severity, kind in sorted({(one.severity, one.kind) for one in told}):
        alike = [one for one in told if (one.severity, one.kind) == (severity, kind)]
        found += capped(alike, "另有 {more} 个原编码未能沿用或停用（共 {all} 个）；各网格去向见对照表")
    return grids, found


def numbered_atoms(merged: Merged) -> gpd.GeoDataFrame:
    """Name the atoms of every community in the reading order of first numbers, see `gridgeo.codes.number`.

    Parameters
    ----------
    merged : Merged

    Returns
    -------
    GeoDataFrame
        As `gridgeo.tables.ATOM`, by community and number.
    """
    numbers = first_numbers(merged.atoms)
    ids = merged.atoms["community_code"] + "-b" + numbers.astype(str)
    order = np.lexsort((numbers, merged.atoms["community_code"]))
    return merged.atoms.assign(id=ids)[list(ATOM)].iloc[order].reset_index(drop=True)


def base_ids(merged: Merged, inputs: Inputs) -> BaseIds | None:
    """Return who succeeds which base grid; None without a base.

    The partition names the successors of base grids among general grids and those locked for the base agency. Any
    other grid, such as an exclusive site or one locked for another agency, succeeds the base grid that it replaces:
    more than half of the area of each lies in the other, and no other grid succeeds it.
    """
    base = next((agency for agency in inputs.agencies if agency.base), None)
    if base is None:
        return None
    outcomes = merged.outcomes.sort_values("grid")
    heir = outcomes["source_id"].tolist()
    shares = merged.provenance.merge(merged.crosswalk, on=["grid", "agency", "source_id"], suffixes=("", "_of_source"))
    half = (shares["area_share"] > 0.5) & (shares["area_share_of_source"] > 0.5)
    replaced = shares[half & (shares["agency"] == base.key) & ~shares["source_id"].isin(heir)]
    for grid, source_id in zip(replaced["grid"].tolist(), replaced["source_id"].tolist(), strict=True):
        heir[grid] = heir[grid] or source_id
    return BaseIds(
        agency=base.key, ids=base.features["source_id"].tolist(), heir=heir,
        households=outcomes["kept_households"].tolist(),
    )  # fmt: skip
