"""Who serves whom: gridgeo beside what people use to draw districts, on the same atoms under the same rules.

    python bench/partition.py                                 # the sample city
    python bench/partition.py CITY.toml [FOLDER …] --json OUT  # cities; a folder must hold a city.toml
    python bench/partition.py CITY.toml --communities 40       # so many, evenly spaced by code, for every method
    pip install -e '.[bench]'                                  # the peers; those not installed are told and left out

All methods get the atoms that gridgeo has just before it resolves: exclusive sites cut out, slivers dropped, contacts
shorter than ``min_border_m`` or behind a hard barrier not counted as touching. The rules are those of ``[rules]``;
bands, wishes and other steering, which no peer knows, are left out for gridgeo too. A community's connected parts are
handed over one by one, since none of the peers knows more than one; a part of one grid needs no method, and a part
without households keeps its base grids. Every method is asked for as many grids in every part as gridgeo made there,
except those marked *, which choose themselves (max-p) or follow the base layer (base, maup). Where a method raises or
needs more than ``--limit`` CPU seconds for a part, the part keeps its base grids, and the column "failed" counts it.

What each can be told, it is told: spopt reads every agency's grids as attributes; GerryChain draws spanning trees that
avoid the agencies' borders, balanced as the size band allows, and ReCom walks in short bursts towards the objective of
gridgeo; METIS cuts where agreement is least; maup repairs the base layer inside every community, and atoms go to the
grid that holds most of them. None takes two-sided sizes except GerryChain, none the largest population.

small, large: grids that break the size rules, of which "at least" that many are unavoidable by arithmetic alone.
apart: grids in several pieces. moved: households outside the grid that succeeds their base grid, successors matched so
that most stay. border: length on which grids and agencies disagree, by weight, as in gridgeo's objective; both: border
and a metre for each moved household, what gridgeo minimises within the size rules and what its bound is about. A
method that breaks the rules may well have less of it. cpu: seconds of all threads.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import partition_peers as peers
import shapely
from partition_count import MOVED_M, Community, Tally, chosen, communities_of, drawn_by_base, tally, unavoidable

from gridgeo.city import Rules, read_city
from gridgeo.intake.read import read_inputs
from gridgeo.jobs.sample_files import write_sample
from gridgeo.partition.atoms import Atoms
from gridgeo.partition.lay import lay_out
from gridgeo.partition.merge import ballot_of
from gridgeo.partition.resolve import Ballot, Resolution, resolve
from gridgeo.sample import make_city

PACKAGES = ("spopt", "libpysal", "gerrychain", "pymetis", "maup", "ortools")


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A city just before it is resolved."""

    name: str
    atoms: Atoms
    ballot: Ballot
    rules: Rules
    names: list[tuple[str, str]]
    shapes: gpd.GeoSeries
    """Atoms' polygons."""
    drawn: gpd.GeoSeries
    """The base agency's polygons as handed in."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a method made of a city."""

    method: str
    tally: Tally
    cpu_s: float
    wall_s: float
    failed: int = 0
    proof: str = ""


def ground_of(path: Path) -> Ground:
    """Run the merge of a city file up to its atoms."""
    inputs = read_inputs(read_city(path))
    laid = lay_out(inputs, progress=lambda *_: None)
    shapes = gpd.GeoSeries(laid.plane.shapes(laid.atom)[1], crs=inputs.city.crs)
    drawn = [agency.features.geometry for agency in inputs.agencies if agency.base]
    base = drawn[0].reset_index(drop=True) if drawn else shapes[:0]
    rules = inputs.city.rules
    return Ground(inputs.city.name, laid.atoms, ballot_of(laid, {}), rules, laid.names, shapes, base[base.notna()])


def fewer(ground: Ground, count: int | None) -> Ground:
    """Return the ground of so many communities."""
    if count is None or count >= len(ground.names):
        return ground
    names = np.array([code for code, _ in ground.names], object)
    atoms, left = chosen(ground.atoms, ground.names, count)
    inside = np.isin(names[ground.atoms.community], [code for code, _ in left])
    shapes = ground.shapes[inside].reset_index(drop=True)
    return Ground(ground.name, atoms, ground.ballot, ground.rules, left, shapes, ground.drawn)


# ----------------------------------------------------------------- methods ----


def gridgeo_row(ground: Ground, communities: list[Community]) -> tuple[Row, Resolution]:
    """Let gridgeo resolve the city in this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = resolve(ground.atoms, ground.ballot, ground.rules, ground.names)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    bounded = [r for r in found.reports if r.bound is not None]
    total = sum(r.objective for r in bounded)
    gap = (total - sum(r.bound or 0.0 for r in bounded)) / total if total else 0.0
    optimal = sum(r.status == "optimal" for r in found.reports)
    proof = f"{optimal}/{len(found.reports)} optimal, {len(found.reports) - len(bounded)} without bound, gap {gap:.2%}"
    counted = [tally(c, found.grid[c.atoms]) for c in communities]
    return Row("gridgeo", sum(counted, Tally()), cpu, wall, proof=proof), found


def methods(ground: Ground, steps: int) -> dict[str, tuple[str, Callable[..., np.ndarray]]]:
    """Return (package, method for a connected part and a number of grids) by name."""
    weight = np.asarray(ground.ballot.weight, float)
    xy = shapely.get_coordinates(shapely.centroid(ground.shapes.to_numpy()))

    def with_attributes(method: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
        return lambda part, count: method(part, count, peers.attributes(part, weight, xy[part.atoms]))

    return {
        "METIS contiguous": ("pymetis", peers.metis),
        "GerryChain tree part": ("gerrychain", partial(peers.tree_part, weight=weight)),
        f"GerryChain ReCom {steps}": ("gerrychain", partial(peers.recom, weight=weight, steps=steps)),
        "spopt region-k-means": ("spopt", with_attributes(peers.region_k_means)),
        "spopt skater": ("spopt", with_attributes(peers.skater)),
        "spopt max-p *": ("spopt", with_attributes(peers.max_p)),
    }


def by_parts(
    name: str, method: Callable[..., np.ndarray], communities: list[Community], grid: np.ndarray, limit: int
) -> Row:
    """Let a method divide every connected part of every community into as many grids as ``grid`` has there."""
    total, failed = Tally(), 0
    cpu, wall = time.process_time(), time.perf_counter()
    for community in communities:
        group, parts = np.zeros(len(community.atoms), int), community.part
        for number in range(parts.max(initial=-1) + 1):
            members = np.flatnonzero(parts == number)
            part = community.piece(members)
            own, broke = _divided(part, len(np.unique(grid[part.atoms])), method, limit)
            group[members] = group.max() + 1 + np.unique(own, return_inverse=True)[1]
            failed += broke
        total += tally(community, group)
    return Row(name, total, time.process_time() - cpu, time.perf_counter() - wall, failed)


def _divided(part: Community, count: int, method: Callable[..., np.ndarray], limit: int) -> tuple[np.ndarray, bool]:
    """Return a part's groups and whether the method failed."""
    if not part.households.any():
        return drawn_by_base(part), False
    if count == 1:
        return np.zeros(len(part.atoms), int), False
    try:
        with _limited(limit), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return method(part, count), False
    except Exception:  # whatever a peer raises, it has no answer
        return drawn_by_base(part), True


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Raise TimeoutError after so many CPU seconds, so that other programs do not matter."""

    def ring(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def by_communities(name: str, method: Callable[[Community], np.ndarray], communities: list[Community]) -> Row:
    """Count what a method makes of whole communities."""
    cpu, wall = time.process_time(), time.perf_counter()
    total = sum((tally(c, method(c)) for c in communities), Tally())
    return Row(name, total, time.process_time() - cpu, time.perf_counter() - wall)


def rows_of(ground: Ground, communities: list[Community], options: argparse.Namespace) -> Iterator[Row]:
    """Yield what every installed method makes of a city."""
    own, found = gridgeo_row(ground, communities)
    yield own
    yield by_communities("base as drawn *", drawn_by_base, communities)
    if installed("maup") and len(ground.drawn):
        shapes, drawn = ground.shapes, ground.drawn
        yield by_communities(
            "maup repair + assign *",
            lambda c: peers.maup(c, drawn, shapes.iloc[c.atoms].reset_index(drop=True)),
            communities,
        )
    for name, (package, method) in methods(ground, options.steps).items():
        if installed(package):
            yield by_parts(name, method, communities, found.grid, options.limit)


# ------------------------------------------------------------------- table ----


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def line_of(row: Row, households: int) -> str:
    t = row.tally
    border_km, both_km = t.disagreement_m / 1000, (t.disagreement_m + MOVED_M * t.moved) / 1000
    return (
        f"{row.method:24}{t.grids:7}{t.too_small:7}{t.too_large:7}{t.disconnected:7}{t.moved:9,}"
        f"{t.moved / max(households, 1):8.2%}{border_km:11.2f}{both_km:9.2f}{row.cpu_s:9.1f}{row.failed:8}  {row.proof}"
    )


def report(path: Path, options: argparse.Namespace) -> dict[str, object]:
    """Measure one city, print its table and return it."""
    whole = ground_of(path)
    ground = fewer(whole, options.communities)
    communities = communities_of(ground.atoms, ground.ballot, ground.rules)
    households = int(sum(c.households.sum() for c in communities))
    least = sum(unavoidable(c) for c in communities)
    facts = {
        "city": ground.name, "communities": len(communities), "of_communities": len(whole.names),
        "atoms": sum(len(c.atoms) for c in communities), "largest": max(len(c.atoms) for c in communities),
        "households": households, "band": list(ground.rules.households), "unavoidable": least,
    }  # fmt: skip
    print(
        f"\n{ground.name}: {facts['communities']} of {facts['of_communities']} communities, {facts['atoms']:,} atoms "
        f"(largest community {facts['largest']}), {households:,} households, {facts['band']} a grid; "
        f"at least {least} violations"
    )
    print(
        f"{'method':24}{'grids':>7}{'small':>7}{'large':>7}{'apart':>7}{'moved':>9}{'':8}"
        f"{'border km':>11}{'both km':>9}{'cpu s':>9}{'failed':>8}  proof",
        flush=True,
    )
    rows = []
    for row in rows_of(ground, communities, options):
        print(line_of(row, households), flush=True)
        rows.append(asdict(row))
    return {**facts, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("city", type=Path, nargs="*", help="city files, or folders with a city.toml")
    parser.add_argument("--communities", type=int, help="so many of each city, evenly spaced")
    parser.add_argument("--steps", type=int, default=500, help="steps of ReCom in every part")
    parser.add_argument("--limit", type=int, default=60, help="CPU seconds that a peer may need for a part")
    parser.add_argument("--json", type=Path, help="where to write everything")
    options = parser.parse_args()
    versions = {p: importlib.metadata.version(p) for p in PACKAGES if installed(p)}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    for package in PACKAGES:
        if package not in versions:
            print(f"{package} is not installed: left out (pip install -e '.[bench]')")
    with tempfile.TemporaryDirectory() as folder:
        cities = [c / "city.toml" if c.is_dir() else c for c in options.city]
        found = [report(c, options) for c in cities or [write_sample(make_city(), Path(folder))]]
    if options.json:
        text = json.dumps({"versions": versions, "cities": found}, ensure_ascii=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
