"""``gridgeo inspect``: what is wrong with a city's inputs, nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import shapely
import typer
from rich.console import Console

from gridgeo.city import read_city
from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.intake.read import read_inputs
from gridgeo.jobs.inspect import inspect_inputs, write_findings
from gridgeo.jobs.output import require_writable
from gridgeo.model import SEVERITIES
from gridgeo.render.kinds import LAYER_NAMES, SEVERITY_NAMES, case_counts, kind_name

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("inspect")(fails_plainly(inspect))


def inspect(
    city_file: Annotated[Path, typer.Argument(metavar="CITY.toml", help="The city file.")],
    out: Annotated[Path, typer.Option(help="Folder for findings.gpkg, findings.json and findings.html.")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts for machines.")] = False,
) -> None:
    """Tell what is wrong with the inputs of a city; nothing is changed."""
    city = read_city(city_file)
    require_writable(out)
    with Console(stderr=True).status(f"reading {city_file} …") as status:
        inputs = read_inputs(city)
        inspection = inspect_inputs(inputs, progress=lambda layer: status.update(f"inspecting {layer} …"))
        outline = shapely.multilinestrings(
            shapely.get_parts(shapely.boundary(shapely.get_parts(inspection.communities.geometry.to_numpy())))
        )
        names = {agency.key: agency.name for agency in city.agencies}
        paths = write_findings(inspection.findings, out, title=city.name, outline=outline, names=names)
    severity = inspection.findings["severity"].value_counts()
    counts = {name: int(severity.get(name, 0)) for name in SEVERITIES}
    if as_json:
        kinds = inspection.findings.groupby(["agency", "kind"]).size()
        by_layer = [{"agency": agency, "kind": kind, "count": int(n)} for (agency, kind), n in kinds.items()]
        print_json({"findings": len(inspection.findings), **counts, "kinds": by_layer, "files": list(map(str, paths))})
        return
    cases = case_counts(inspection.findings).groupby(inspection.findings["severity"]).sum()
    shares = ", ".join(f"{SEVERITY_NAMES[name][1]} {name}s {cases.get(name, 0)}" for name in SEVERITIES)
    print(f"{cases.sum()} findings: {shares}")
    names = LAYER_NAMES | names
    for agency, rows in inspection.findings.groupby("agency", sort=True):
        kinds = case_counts(rows).groupby(rows["kind"]).sum()
        told = ", ".join(f"{kind_name(str(kind))} {kind} {count}" for kind, count in kinds.items())
        print(f"  {names.get(agency, agency)} {agency}: {told}")
    print(f"written: {', '.join(map(str, paths))}")
