"""责任图: which street and community every grid belongs to.

In: an `Edition` and a `Recipe`. Out: a `Content` whose classes are streets, told apart by tint, border and name; the
chain county, street, community with its grids stands in a listing. Who is in charge of a grid is not in the layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gridgeo.place_names import short_community
from gridgeo.render.content import Content, Listing
from gridgeo.render.edition import Edition
from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import TINTS
from gridgeo.render.themes.common import parents, size_facts
from gridgeo.render.tints import tinted_units

__all__ = ["responsibility_content"]


def responsibility_content(edition: Edition, **more: Any) -> Content:
    """Return what a map of responsibilities shows.

    Parameters
    ----------
    edition : Edition
        Of the selected grids.
    **more
        Other fields of `Content`.
    """
    units = tinted_units(edition)
    counts = np.bincount(units.unit, minlength=len(units.names))
    rows = tuple(LegendRow(at, name, TINTS[units.tint[at]], "", int(counts[at])) for at, name in enumerate(units.names))
    return Content(
        edition=edition,
        key=units.unit,
        rows=rows,
        heading="街道（乡镇）" if units.level == "street" else "社区（村）",
        facts=size_facts(edition),
        listings=(Listing(title="责任链：区县、街道、社区、网格", table=_chain(edition)),),
        labels="units",
        **more,
    )


def _chain(edition: Edition) -> pd.DataFrame:
    """Return one row per community, in the order of its code."""
    grids = edition.grids
    table = pd.DataFrame(
        {
            "区县": parents(edition, "county"),
            "街道（乡镇）": parents(edition, "street"),
            "社区（村）": [short_community(name) for name in grids["community_name"]],
            "社区编码": grids["community_code"].to_numpy(dtype=object),
            "code": grids["code"].to_numpy(dtype=object),
            "专属网格": (grids["kind"] == "exclusive").to_numpy(dtype=np.int64),
        }
    )
    figures = {"households": "户数", "enterprises": "企业数", "population": "人口"}
    for name, title in figures.items():
        if name in grids:
            table[title] = pd.to_numeric(grids[name], errors="coerce").fillna(0).to_numpy(dtype=np.int64)
    keys = ["区县", "街道（乡镇）", "社区（村）", "社区编码"]
    sums = ["专属网格", *(title for title in figures.values() if title in table)]
    each = table.groupby(keys, sort=False)
    chain = each[sums].sum()
    chain.insert(0, "网格数", each.size())
    chain["首个编码"], chain["末个编码"] = (each["code"].agg(end) for end in ("min", "max"))
    chain = chain.reset_index().sort_values(["社区编码", "社区（村）"], kind="stable", ignore_index=True)
    return chain[[name for name in chain if name not in keys or (chain[name] != "").any()]]
