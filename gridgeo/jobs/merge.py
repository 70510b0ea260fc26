"""Job: a city file becomes one seamless, numbered layer: read → merge → number → assign → certify.

In: a `City`. Out: a `MergeResult`, and on demand its files. Publishing is `gridgeo.jobs.publish`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo.city import City
from gridgeo.intake.read import read_inputs
from gridgeo.intake.registers import OUTSIDE_M
from gridgeo.jobs.accounts import coded_outcomes, coded_reasons, write_reasons
from gridgeo.jobs.agency_grids import agency_grids
from gridgeo.jobs.border_places import border_findings
from gridgeo.jobs.crew import crew
from gridgeo.jobs.numbering import numbered_atoms, numbered_grids
from gridgeo.jobs.output import gathered, save_layers
from gridgeo.jobs.verify import verify_layer
from gridgeo.locate.assign import assign_points
from gridgeo.model import Certificate, CommunityReport, Finding, Inputs, findings_table
from gridgeo.partition.merge import Merged, Progress, merge_layers
from gridgeo.render.merge_report import MergeFacts, merge_report_html
from gridgeo.tables import (
    AGENCY_GRID,
    ATOM,
    COMMUNITY,
    CROSSWALK,
    FINDING,
    GRID,
    OUTCOME,
    PROVENANCE,
    REASON,
    check_table,
)

__all__ = ["FILES", "MergeResult", "merge", "merge_inputs", "write_result"]

FILES = ("layer.gpkg", "certificate.json", "report.json", "report.html", "reasons.json")
"""What `write_result` writes."""

_POOL_VERTICES = 200_000
"""From here on a second process earns more than the three seconds that it takes to start (measured)."""
_POOL_COMMUNITIES = 30
"""The same; a community is settled in a third of a second (measured)."""
_POOL_FEATURES = 1_000
"""The same, for few but large communities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """A merged layer with everything known about it; tables as in `gridgeo.tables`, in the city CRS."""

    inputs: Inputs
    grids: gpd.GeoDataFrame
    communities: gpd.GeoDataFrame
    provenance: pd.DataFrame
    crosswalk: pd.DataFrame
    findings: gpd.GeoDataFrame
    reasons: gpd.GeoDataFrame
    outcomes: pd.DataFrame
    atoms: gpd.GeoDataFrame
    assignments: pd.DataFrame
    """``id, code, method, distance_m`` of every row of ``inputs.registers``, in their order."""
    certificate: Certificate
    reports: tuple[CommunityReport, ...]
    figures: dict[str, int]
    seconds: float
    interrupted: bool = False
    """Ctrl+C ended the optimisation: seamless all the same, but not what the inputs give when it is left to end."""

    @property
    def city(self) -> City:
        """The city file's content."""
        return self.inputs.city

    @property
    def agencies(self) -> dict[str, str]:
        """Key of every agency → the name that planners read."""
        return {agency.key: agency.name for agency in self.inputs.agencies}

    @property
    def agency_grids(self) -> gpd.GeoDataFrame:
        """The agencies' own grids as they were read, as `gridgeo.tables.AGENCY_GRID`."""
        return agency_grids(self.inputs)

    @property
    def rules(self) -> dict[str, Any]:
        """The size rules, as maps and the store keep them."""
        rules = self.city.rules
        return {"households": list(rules.households), "population_max": rules.population_max}


def merge(city: City, *, progress: Progress | None = None, workers: int = 1) -> MergeResult:
    """Merge a city's agency layers.

    Parameters
    ----------
    city : City
        From `gridgeo.read_city`.
    progress : callable, keyword-only, optional
        Called with (stage, done, of).
    workers : int, keyword-only
        Processes that repair large layers side by side. The result does not depend on it. A program that asks for
        more than one must be importable without running (``if __name__ == "__main__"``), as for any process pool.

    Returns
    -------
    MergeResult

    Raises
    ------
    InputError
        If an input cannot be used; the message names file, layer, feature and remedy.
    CodeError
        If a community has more grids than its layout can number.
    KeyboardInterrupt
        If Ctrl+C comes before the optimisation; while it goes on, the best so far is kept, see
        `MergeResult.interrupted`.
    """
    start = time.perf_counter()
    if progress:
        progress("read", 0, 1)
    result = merge_inputs(read_inputs(city), progress=progress, workers=workers)
    return replace(result, seconds=round(time.perf_counter() - start, 3))


def merge_inputs(inputs: Inputs, *, progress: Progress | None = None, workers: int = 1) -> MergeResult:
    """Merge layers that are in memory already, see `merge`."""
    start = time.perf_counter()
    merged, interrupted = _merged(inputs, progress or (lambda *_: None), _worth_starting(inputs, workers))
    if progress:
        progress("number", 0, 1)
    numbered, told = numbered_grids(merged, inputs)
    code = numbered["code"].to_numpy(object)
    assignments = assign_points(
        inputs.registers["id"],
        inputs.registers["x"],
        inputs.registers["y"],
        numbered[["code", "geometry"]],
        nearest_m=OUTSIDE_M,  # places this near are not told as outside, so they must not be lost
    )
    grids = _counted(numbered, inputs.registers, assignments)
    certificate = verify_layer(
        grids,
        shapely.coverage_union_all(merged.communities.geometry.values),
        communities=merged.communities,
        layout=inputs.city.layout,
    )
    near = border_findings(inputs.registers, assignments, grids, accuracy_m=[a.accuracy_m for a in inputs.agencies])
    found = [*merged.findings, *told, *near, *_broken_rules(merged, numbered)]
    result = MergeResult(
        inputs=inputs,
        grids=grids,
        communities=merged.communities,
        provenance=_coded(merged.provenance, code, list(PROVENANCE)),
        crosswalk=_coded(merged.crosswalk, code, list(CROSSWALK)),
        findings=findings_table(found, inputs.city.crs),
        reasons=coded_reasons(merged.reasons, code),
        outcomes=coded_outcomes(merged.outcomes, code),
        atoms=numbered_atoms(merged),
        assignments=assignments,
        certificate=certificate,
        reports=_with_violations(merged, numbered),
        figures=merged.figures,
        interrupted=interrupted,
        seconds=round(time.perf_counter() - start, 3),
    )
    _check(result)
    return result


def _merged(inputs: Inputs, progress: Progress, workers: int) -> tuple[Merged, bool]:
    """Merge layers; tell also whether Ctrl+C ended the optimisation."""
    interrupted = False
    with crew(workers) as hands:

        def follow(stage: str, done: int, of: int) -> None:
            nonlocal interrupted
            if (stage, done) == ("resolve", 0):
                hands.keep()
            elif (stage, done) == ("assemble", 0):
                interrupted = hands.stop()
            progress(stage, done, of)

        clock = time.perf_counter
        merged = merge_layers(inputs, progress=follow, clock=clock, each=hands.each, stop=hands.stop)
    return merged, interrupted


def _worth_starting(inputs: Inputs, workers: int) -> int:
    """Return how many processes pay for being started."""
    vertices = sum(int(shapely.get_num_coordinates(a.features.geometry.values).sum()) for a in inputs.agencies)
    communities, features = len(inputs.communities), sum(len(agency.features) for agency in inputs.agencies)
    many = communities >= _POOL_COMMUNITIES or (communities > 1 and features >= _POOL_FEATURES)
    return workers if vertices >= _POOL_VERTICES or many else 1


def _counted(numbered: gpd.GeoDataFrame, registers: pd.DataFrame, assignments: pd.DataFrame) -> gpd.GeoDataFrame:
    """Count households, people and enterprises per grid, and put the columns in the contract's order."""
    kind, code = registers["kind"].to_numpy(object), assignments["code"].to_numpy(object)

    def total(rows: np.ndarray, values: pd.Series) -> np.ndarray:
        sums = values[rows].groupby(code[rows]).sum()
        return sums.reindex(numbered["code"]).fillna(0).astype(np.int64).to_numpy()

    table = registers.reset_index(drop=True)
    known = np.array([isinstance(c, str) for c in code], bool)
    households, enterprises = known & (kind == "household"), known & (kind == "enterprise")
    counted = numbered.assign(
        households=total(households, table["count"]),
        population=total(households, table["population"]),
        enterprises=total(enterprises, table["count"]),
    )
    return counted[list(GRID)].sort_values("code", kind="stable").reset_index(drop=True)


def _coded(table: pd.DataFrame, code: np.ndarray, columns: list[str]) -> pd.DataFrame:
    """Replace grid rows by codes and put the rows into a fixed order."""
    coded = table.assign(code=code[table["grid"].to_numpy()])
    coded = coded[columns].groupby([c for c in columns if not c.endswith("share")], as_index=False, sort=True).sum()
    shares = {
        "area_share": coded["area_share"].clip(upper=1.0),
        "household_share": coded["household_share"].clip(upper=1.0),
    }
    return coded.assign(**shares)[columns]


def _with_violations(merged: Merged, numbered: gpd.GeoDataFrame) -> tuple[CommunityReport, ...]:
    """Name the grids that break a rule in their community's report."""
    told: dict[str, list[str]] = {}
    for row, why in merged.broken:
        told.setdefault(numbered["community_code"].iat[row], []).append(f"{numbered['code'].iat[row]} {why}")
    return tuple(replace(report, violations=tuple(sorted(told.get(report.code, ())))) for report in merged.reports)


def _broken_rules(merged: Merged, numbered: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Tell every broken size rule as a finding with the grid as its place."""
    for row, why in merged.broken:
        grid = numbered.iloc[row]
        text = f"{grid['full_name']}（{grid['code']}）规模不合规：{why}"
        yield Finding("warning", "size", "grid", text, str(grid["code"]), float(grid["area_m2"]), grid.geometry)


def _check(result: MergeResult) -> None:
    """Hold the tables to their contracts before anybody sees them."""
    check_table(result.grids, GRID, "grid")
    check_table(result.communities, COMMUNITY, "community")
    check_table(result.provenance, PROVENANCE, "provenance")
    check_table(result.crosswalk, CROSSWALK, "crosswalk")
    check_table(result.findings, FINDING, "finding")
    check_table(result.reasons, REASON, "reason")
    check_table(result.outcomes, OUTCOME, "outcome")
    check_table(result.atoms, ATOM, "atom")
    check_table(result.agency_grids, AGENCY_GRID, "agency_grid")


# ------------------------------------------------------------------- files ----


def write_result(result: MergeResult, folder: Path, *, then: Callable[[], None] | None = None) -> None:
    """Write layer.gpkg, certificate.json, report.json, reasons.json and report.html, all or none.

    Parameters
    ----------
    result : MergeResult
    folder : Path
        Made where missing; files of the same names are replaced, others stay.
    then : callable, keyword-only, optional
        Called when the files are written and before they take their names: if it fails, none does.

    Raises
    ------
    InputError
        If the folder cannot be written; it is then as before.
    """
    with gathered(folder) as work:
        write_layer(result, work / "layer.gpkg")
        _write_json(work / "certificate.json", result.certificate.as_dict())
        _write_json(work / "report.json", report_of(result))
        write_reasons(result, work / "reasons.json")
        facts = MergeFacts(
            inputs=result.inputs, grids=result.grids, communities=result.communities, provenance=result.provenance,
            crosswalk=result.crosswalk, findings=result.findings, certificate=result.certificate,
            reports=result.reports, seconds=result.seconds, reasons=result.reasons,
            outcomes=result.outcomes, interrupted=result.interrupted,
        )  # fmt: skip
        (work / "report.html").write_text(merge_report_html(facts), encoding="utf-8")
        if then:
            then()


def write_layer(result: MergeResult, path: Path) -> None:
    """Write the layers of the contract into one GeoPackage, and whose they are by which rules: table ``about``."""
    layers: dict[str, tuple[pd.DataFrame, str | None]] = {
        "grid": (result.grids, "Polygon"),
        "community": (result.communities, "MultiPolygon"),
        "finding": (result.findings, "Unknown"),
        "provenance": (result.provenance, None),
        "crosswalk": (result.crosswalk, None),
        "reason": (result.reasons, "MultiLineString"),
        "outcome": (result.outcomes, None),
        "atom": (result.atoms, "Polygon"),
        "agency_grid": (result.agency_grids, "Unknown"),
        "about": (_about(result), None),
    }
    save_layers(path, layers)


def _about(result: MergeResult) -> pd.DataFrame:
    """Return what a reader of the layer alone must know: city, CRS, layout, and the rules as JSON."""
    city = result.city
    facts = {
        "city": city.name, "crs": city.crs, "layout": city.layout, "rules": json.dumps(result.rules),
        "agencies": json.dumps(result.agencies, ensure_ascii=False),
    }  # fmt: skip
    return pd.DataFrame({"key": list(facts), "value": list(facts.values())})


def report_of(result: MergeResult) -> dict[str, object]:
    """Return what ``report.json`` holds."""
    return {
        "city": result.city.name,
        "crs": result.city.crs,
        "layout": result.city.layout,
        "seconds": result.seconds,
        "interrupted": result.interrupted,
        **result.figures,
        "grids": len(result.grids),
        "households": int(result.grids["households"].sum()),
        "households_register": _registered(result.inputs, "household"),
        "enterprises": int(result.grids["enterprises"].sum()),
        "enterprises_register": _registered(result.inputs, "enterprise"),
        "population": int(result.grids["population"].sum()) or None,  # none: no register tells people
        "violations": sum(len(report.violations) for report in result.reports),
        "moved_households": sum(report.moved_households for report in result.reports),
        "findings": result.findings.groupby(["severity", "kind"])
        .size()
        .rename("count")
        .reset_index()
        .to_dict("records"),
        "communities": [asdict(report) for report in result.reports],
    }


def _registered(inputs: Inputs, kind: str) -> int:
    """Return how many there are in the whole register, with a place in a grid or without."""
    return int(inputs.registers["count"][inputs.registers["kind"] == kind].sum())


def _write_json(path: Path, value: dict[str, object]) -> None:
    """Write one JSON value, readable by people too."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
