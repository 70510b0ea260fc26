"""Job: tell what is wrong with a city's inputs and change nothing.

In: a `City`. Out: the findings of intake, of the community layer and of every agency layer, and their files.
Line: read → clean the communities → repair each layer → findings.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from gridgeo.city import City
from gridgeo.intake.read import read_inputs
from gridgeo.jobs.output import gathered, save_layers
from gridgeo.model import Inputs, findings_table
from gridgeo.partition.authority import repair_communities
from gridgeo.partition.repair import repair_layer
from gridgeo.render.findings import findings_html

__all__ = ["Inspection", "inspect_city", "inspect_inputs", "write_findings"]

Progress = Callable[[str], None]
"""Called with the name of the layer that comes next."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found and the communities it was measured against."""

    findings: gpd.GeoDataFrame
    """As `gridgeo.tables.FINDING`."""
    communities: gpd.GeoDataFrame
    """The cleaned authority."""


def inspect_city(city: City) -> gpd.GeoDataFrame:
    """Return everything that is wrong with a city's inputs.

    Parameters
    ----------
    city : City

    Returns
    -------
    GeoDataFrame
        As `gridgeo.tables.FINDING`, in the city CRS.

    Raises
    ------
    InputError
        If an input cannot be read at all.
    """
    return inspect_inputs(read_inputs(city)).findings


def inspect_inputs(inputs: Inputs, *, progress: Progress | None = None) -> Inspection:
    """Inspect what intake has read; parameters and errors as in `inspect_city`."""
    tell = progress or _silent
    tell("community")
    communities, faults = repair_communities(inputs.communities, precision_m=inputs.city.precision_m)
    frame = shapely.coverage_union_all(communities.geometry.to_numpy())
    found = [*inputs.findings, *faults]
    for agency in inputs.agencies:
        tell(agency.key)
        found += repair_layer(agency, frame, communities)[1]
    return Inspection(findings_table(found, inputs.city.crs), communities)


def _silent(layer: str) -> None:
    """Tell nobody."""
    del layer


def write_findings(
    findings: gpd.GeoDataFrame,
    folder: Path,
    *,
    title: str = "",
    outline: Any = None,
    names: dict[str, str] | None = None,
) -> list[Path]:
    """Write ``findings.gpkg``, ``findings.json`` and ``findings.html``, all or none.

    Parameters
    ----------
    findings : GeoDataFrame
        As `gridgeo.tables.FINDING`.
    folder : Path
        Made if it is missing.
    title : str, keyword-only
        The city's name.
    outline : shapely geometry, keyword-only, optional
        What the page's map shows behind the places.
    names : dict of str to str, keyword-only, optional
        What the page calls the agencies: key → 党建网格.

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    with gathered(folder) as work:
        save_layers(work / "findings.gpkg", {"finding": (findings, "Unknown")})
        listed = json.dumps(_as_json(findings), ensure_ascii=False, indent=1) + "\n"
        (work / "findings.json").write_text(listed, encoding="utf-8")
        page = findings_html(findings, title=title, outline=outline, names=names)
        (work / "findings.html").write_text(page, encoding="utf-8")
    return [folder / f"findings.{ending}" for ending in ("gpkg", "json", "html")]


def _as_json(findings: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return counts and rows for machines; a place is a point inside the geometry, in the table's CRS."""
    counts = findings.groupby(["agency", "kind", "severity"]).size()
    spots = shapely.point_on_surface(findings.geometry.to_numpy())
    rows = findings.drop(columns="geometry").to_dict("records")
    for row, spot in zip(rows, spots, strict=True):
        row["place"] = None if spot is None or spot.is_empty else [round(spot.x, 3), round(spot.y, 3)]
    return {
        "crs": findings.crs.to_string(),
        "counts": [
            {"agency": agency, "kind": kind, "severity": severity, "count": int(count)}
            for (agency, kind, severity), count in counts.items()
        ],
        "findings": rows,
    }
