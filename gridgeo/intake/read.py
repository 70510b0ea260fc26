"""Read everything a city file names: the first stage of the line.

In: a `gridgeo.city.City`. Out: `gridgeo.model.Inputs`, all in the city CRS, with what intake found. Next stage:
`gridgeo.partition.repair`.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.city import Agency, Barrier, City, Exclusive
from gridgeo.intake.address_check import address_findings
from gridgeo.intake.communities import read_communities
from gridgeo.intake.footprints import no_footprints, read_footprints
from gridgeo.intake.layer import LayerPlan, duplicate_findings, read_layer
from gridgeo.intake.on_barriers import line_findings
from gridgeo.intake.registers import COLUMNS, read_register, register_duplicates
from gridgeo.intake.shapes import LINE_KINDS, POLYGON_KINDS
from gridgeo.intake.sites import site_findings
from gridgeo.model import AgencyLayer, Finding, Inputs

__all__ = ["read_inputs"]


def read_inputs(city: City) -> Inputs:
    """Read communities, agencies, barriers, exclusive sites and registers of a city.

    Parameters
    ----------
    city : City

    Returns
    -------
    Inputs
        Everything in the city CRS; geometry may be invalid, multipart or None, ids of agencies may repeat.

    Raises
    ------
    ReadError, SchemaError, CRSError
        One sentence naming file, layer, feature and remedy.
    """
    communities, findings = read_communities(city)
    agencies = []
    for agency in city.agencies:
        layer, told = _read_agency(agency, city, communities)
        agencies.append(layer)
        findings += told
    barriers, barrier_findings = _read_barriers(city, communities)
    exclusives, exclusive_findings = _read_exclusives(city, communities)
    registers, buildings, register_findings = _read_registers(city, communities)
    return Inputs(
        city=city,
        communities=communities,
        agencies=tuple(agencies),
        barriers=barriers,
        exclusives=exclusives,
        registers=registers,
        buildings=buildings,
        findings=(
            *findings,
            *barrier_findings,
            *exclusive_findings,
            *register_findings,
            *line_findings(registers, barriers),
        ),
    )


def _read_agency(agency: Agency, city: City, communities: gpd.GeoDataFrame) -> tuple[AgencyLayer, list[Finding]]:
    """Read one agency's layer."""
    plan = LayerPlan(
        source=agency.source,
        agency=agency.key,
        id=agency.id,
        columns={"label": agency.label},
        accuracy_m=agency.accuracy_m,
    )
    table, findings, _ = read_layer(plan, city, communities)
    layer = AgencyLayer(
        key=agency.key,
        name=agency.name,
        weight=float(agency.weight),
        accuracy_m=float(agency.accuracy_m),
        base=agency.base,
        features=table,
    )
    return layer, findings + duplicate_findings(table, plan)


def _read_barriers(city: City, communities: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read all barriers as single lines; polygons give their outlines."""
    tables: list[gpd.GeoDataFrame] = []
    findings: list[Finding] = []
    for barrier in city.barriers:
        plan = LayerPlan(source=barrier.source, agency="barrier", columns={}, kinds=LINE_KINDS + POLYGON_KINDS)
        table, told, _ = read_layer(plan, city, communities)
        tables.append(_lines(table, barrier))
        findings += told
    return _stacked(tables, ["kind", "hard"], city), findings


def _lines(table: gpd.GeoDataFrame, barrier: Barrier) -> gpd.GeoDataFrame:
    """Return one row per LineString with the barrier's class."""
    shapes = table.geometry.to_numpy()
    areal = np.isin(shapely.get_type_id(shapes), POLYGON_KINDS)
    shapes = np.where(areal, shapely.boundary(shapes), shapes)
    lines = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
    kinds = pd.Series([barrier.kind] * len(lines), dtype=object)
    return gpd.GeoDataFrame({"kind": kinds, "hard": barrier.hard}, geometry=lines, crs=table.crs)


def _read_exclusives(city: City, communities: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read the sites that are to be grids of their own."""
    tables: list[gpd.GeoDataFrame] = []
    findings: list[Finding] = []
    for exclusive in city.exclusives:
        plan = _exclusive_plan(exclusive)
        table, told, _ = read_layer(plan, city, communities)
        findings += told + duplicate_findings(table, plan)
        table = table[~table.geometry.isna()].rename(columns={"source_id": "id"})
        tables.append(table)
    sites = _stacked(tables, ["id", "name", "department"], city)
    return sites, findings + site_findings(sites, communities)


def _exclusive_plan(exclusive: Exclusive) -> LayerPlan:
    """Return how to read one file of exclusive sites."""
    columns = {"name": exclusive.name, "department": exclusive.department}
    return LayerPlan(source=exclusive.source, agency="exclusive", id=exclusive.id, columns=columns)


def _stacked(tables: Sequence[gpd.GeoDataFrame], columns: list[str], city: City) -> gpd.GeoDataFrame:
    """Put tables below each other; without any, return an empty one with the same columns."""
    if tables:
        return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True))
    empty = {name: pd.Series([], dtype=bool if name == "hard" else object) for name in columns}
    return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=city.crs))


def _read_registers(city: City, communities: gpd.GeoDataFrame) -> tuple[pd.DataFrame, gpd.GeoDataFrame, list[Finding]]:
    """Read all registers into one table, and the footprints of buildings into another."""
    tables: list[pd.DataFrame] = []
    footprints = [no_footprints(city)]
    findings: list[Finding] = []
    for register in city.registers:
        table, told = read_register(register, city, communities)
        tables.append(table)
        findings += told + address_findings(table, register, city, communities)
        if register.kind == "building":
            footprints.append(read_footprints(register, table, city, communities))
    buildings = gpd.GeoDataFrame(pd.concat(footprints, ignore_index=True))
    if not tables:
        kinds = {"x": float, "y": float, "count": np.int64, "population": np.int64}
        return (
            pd.DataFrame({name: pd.Series([], dtype=kinds.get(name, object)) for name in COLUMNS}),
            buildings,
            findings,
        )
    registers = pd.concat(tables, ignore_index=True)
    return registers, buildings, findings + register_duplicates(registers)
