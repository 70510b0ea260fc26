"""Job: a grid layer that a city already has becomes version 1 of a store, certified as it is.

In: a polygon layer with codes, a frame if there is one. Out: the published version, or the certificate that refutes the
layer. No geometry and no code is changed; a layer with faults is published only if somebody accepts them, and then
every fault is stored as a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from shapely import MultiPolygon, Polygon

from gridgeo.jobs.existing import read_communities, read_grids
from gridgeo.jobs.files import read_frame, united
from gridgeo.jobs.publish import publication_of, publish, require_unpublished
from gridgeo.jobs.verify import verify_layer
from gridgeo.model import Certificate, Finding, findings_table
from gridgeo.store.base import Version
from gridgeo.store.records import no_agency_grids, no_atoms
from gridgeo.tables import OUTCOME, REASON

__all__ = ["ExistingLayer", "Import", "import_layer"]

AGENCY = "import"
"""What provenance, crosswalk and findings call the layer."""

FAULTS = {
    "overlap": "网格重叠",
    "gap": "网格之间有空隙",
    "outside": "网格超出边界",
    "invalid": "几何无效",
    "empty": "没有几何",
    "multipart": "网格由多块组成",
    "unmatched_edge": "相邻网格边界顶点不一致",
    "uncancelled_edge": "边界没有相邻网格与之吻合",
    "crossing_community": "网格跨越社区",
    "community_without_grid": "社区没有网格",
    "duplicate_code": "编码重复",
    "malformed_code": "编码不合规则",
}
"""Kind of a certificate's fault → what a planner reads."""

HOLE = "图层内部有空洞，{:.2f} 平方米；如属遗漏，请给出外框核对。"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingLayer:
    """Where an existing layer is and how it is to be read."""

    file: str
    """``FILE`` or ``FILE::LAYER``."""
    layer: str | None = None
    code: str = "code"
    community_code: str = "community_code"
    frame: str | None = None
    """What the layer must cover, ``FILE`` or ``FILE::LAYER``; without it, its own outline."""
    layout: str = "gb15"
    crs: str | None = None
    """Metric CRS to bring the layer into; None keeps its own."""
    city_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What became of an import: also the layer as it was published (see `gridgeo.jobs.publish.FinishedLayer`)."""

    grids: gpd.GeoDataFrame
    communities: gpd.GeoDataFrame
    provenance: pd.DataFrame
    crosswalk: pd.DataFrame
    findings: gpd.GeoDataFrame
    certificate: Certificate
    version: Version | None = None
    """None if the layer was refused."""

    @property
    def reasons(self) -> pd.DataFrame:
        """None: nobody says why the borders are where they are."""
        return pd.DataFrame(columns=list(REASON))

    @property
    def outcomes(self) -> pd.DataFrame:
        """None, see `reasons`."""
        return pd.DataFrame(columns=list(OUTCOME))

    @property
    def atoms(self) -> gpd.GeoDataFrame:
        """None: a finished layer does not say what it was made of."""
        return no_atoms(self.grids.crs)

    @property
    def agency_grids(self) -> gpd.GeoDataFrame:
        """None, see `atoms`."""
        return no_agency_grids(self.grids.crs)

    @property
    def agencies(self) -> dict[str, str]:
        """None: the layer is its own source."""
        return {}

    @property
    def rules(self) -> dict[str, Any]:
        """Nothing: the layer does not say which rules it was made by."""
        return {}


def import_layer(
    existing: ExistingLayer,
    url: str,
    *,
    accept_faults: bool = False,
    by: str = "",
    effective: date | None = None,
) -> Import:
    """Certify an existing layer and publish it as version 1.

    Parameters
    ----------
    existing : ExistingLayer
    url : str
        Store URL; the store is made where there is none.
    accept_faults : bool
        Publish a layer that is not seamless, with its faults as findings.
    by : str
        Who publishes; empty means the operating system's user.
    effective : date, optional
        First day on which the version holds; by default today.

    Returns
    -------
    Import
        Without version if the layer is not seamless and its faults were not accepted; the store is untouched then.

    Raises
    ------
    ReadError, SchemaError, CRSError, CodeError
        If the layer cannot be kept as it is.
    VersionConflict
        If the store holds a version already.
    StoreError
        If the store cannot be opened or written.
    """
    require_unpublished(url)
    result = _certified(existing)
    if not result.certificate.seamless and not accept_faults:
        return result
    publication = publication_of(
        result,
        city_name=existing.city_name,
        crs=_name_of(result.grids.crs),
        layout=existing.layout,
        title=f"导入自 {Path(existing.file).name}",
    )
    return replace(result, version=publish(publication, url, by=by, effective=effective))


def _certified(existing: ExistingLayer) -> Import:
    """Read the layer and judge it."""
    grids = read_grids(
        existing.file,
        layer=existing.layer,
        code=existing.code,
        community_code=existing.community_code,
        layout=existing.layout,
        crs=existing.crs,
    )
    communities = read_communities(existing.file, grids)
    frame = _frame(existing, grids)
    certificate = verify_layer(grids, frame, communities=communities, layout=existing.layout)
    found = [*map(_fault_finding, certificate.places), *([] if existing.frame else _hole_findings(frame))]
    return Import(
        grids=grids,
        communities=communities,
        provenance=_origin(grids),
        crosswalk=_origin(grids).assign(change="U"),
        findings=findings_table(found, grids.crs),
        certificate=certificate,
    )


def _name_of(crs: CRS) -> str:
    """Return a CRS as the store notes it: its authority's code, else its WKT."""
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else crs.to_wkt()


def _frame(existing: ExistingLayer, grids: gpd.GeoDataFrame) -> Polygon | MultiPolygon:
    """Return what the layer must cover, in its CRS."""
    if existing.frame is None:
        return united(grids, existing.file)
    judged = f"{existing.file}::{existing.layer}" if existing.layer else existing.file
    return read_frame(existing.frame, judged, grids.crs)


def _origin(grids: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say that every grid came from itself."""
    whole = {"agency": AGENCY, "area_share": 1.0, "household_share": 1.0}
    return pd.DataFrame({"code": grids["code"], "source_id": grids["code"], **whole})


def _fault_finding(place: dict[str, Any]) -> Finding:
    """Return one fault as a finding."""
    code, area_m2 = str(place.get("code", "")), float(place.get("area_m2", 0.0))
    x, y = place.get("x"), place.get("y")
    known = x is not None and y is not None
    where = f"（{x:.1f}，{y:.1f}）" if known else ""
    size = f"，{area_m2:.2f} 平方米" if area_m2 else ""
    text = f"{FAULTS.get(place['kind'], place['kind'])}：{code or '未编码处'}{where}{size}；未作修改。"
    point = shapely.Point(x, y) if known else None
    return Finding("error", place["kind"], AGENCY, text, code, area_m2, point)


def _hole_findings(frame: Polygon | MultiPolygon) -> list[Finding]:
    """Return a note for every hole in the layer's own outline: nobody said whether it is meant."""
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(frame) for ring in part.interiors]
    return [Finding("note", "hole", AGENCY, HOLE.format(hole.area), area_m2=hole.area, geometry=hole) for hole in holes]
