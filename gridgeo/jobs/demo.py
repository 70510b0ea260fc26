"""Job: the whole line on the sample city, into one folder.

In: a folder to fill. Out: the sample city's files, the merged layer with its findings and certificate, a store with the
published version, registers with codes, maps, and a `DemoReport` of what came out. Nothing here knows what was planted:
the layers are read from their files like any city's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from gridgeo.city import City, read_city
from gridgeo.crs import from_city
from gridgeo.jobs.assign import AssignReport, RegisterFile, assign_file
from gridgeo.jobs.draw import draw_map
from gridgeo.jobs.folders import replaced_folder
from gridgeo.jobs.inspect import write_findings
from gridgeo.jobs.locate import locate
from gridgeo.jobs.lookup import Lookup, open_lookup
from gridgeo.jobs.merge import MergeResult, merge, write_result
from gridgeo.jobs.publish import publish_merged
from gridgeo.jobs.sample_files import write_sample
from gridgeo.partition.merge import Progress
from gridgeo.render.before_after import before_after
from gridgeo.sample import SampleCity, make_city

__all__ = ["DemoReport", "run_demo"]

MARK = ".gridgeo-demo"
"""The file by which the demo knows its own folder."""

STORE = "gridgeo.gpkg"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """What the demo made."""

    folder: Path
    city_name: str
    result: MergeResult
    households: int
    """Households in the register."""
    enterprises: int
    """Rows in the enterprise register."""
    planted: int
    """Faults that were planted into the files."""
    assigned: dict[str, AssignReport]
    """File name → what became of the register's points."""
    question: str
    """The coordinate that was looked up, "lon,lat" in GCJ-02."""
    answer: dict[str, Any]
    """As `gridgeo.jobs.locate.locate`."""
    seconds: dict[str, float]
    """Stage → wall time."""


def run_demo(out: Path, *, progress: Progress | None = None) -> DemoReport:
    """Make the sample city and run the whole job on it.

    Parameters
    ----------
    out : Path
        Missing, empty, or the folder of an earlier demo, which is replaced when everything is done.
    progress : callable, keyword-only, optional

    Returns
    -------
    DemoReport

    Raises
    ------
    InputError
        If the folder holds anything else or cannot be written.
    """
    clock = _Clock(progress or _silent)
    with replaced_folder(out, MARK) as folder:
        with clock.measured("sample city"):
            sample = make_city()
            city = _city_files(sample, folder)
        with clock.measured("merge"):
            result = merge(city, progress=progress)
            if result.interrupted:  # what follows needs a published version
                raise KeyboardInterrupt
            write_result(result, folder)
            outline = shapely.coverage_union_all(result.communities.geometry.to_numpy())
            names = {agency.key: agency.name for agency in city.agencies}
            write_findings(result.findings, folder, title=city.name, outline=outline, names=names)
        with clock.measured("publish"):
            publish_merged(result, str(folder / STORE))
        with clock.measured("assign"):
            lookup = open_lookup(store=str(folder / STORE))
            assigned = _assign(city, lookup, folder)
            question = _question(sample)
            answer = locate(question, lookup, datum="GCJ-02")
        with clock.measured("maps"):
            _draw(result, folder)
    return DemoReport(
        folder=out,
        city_name=city.name,
        result=result,
        households=int(sample.households["N"].sum()),
        enterprises=len(sample.enterprises),
        planted=len(sample.faults),
        assigned=assigned,
        question=question,
        answer=answer,
        seconds=clock.seconds,
    )


def _silent(stage: str, done: int, of: int) -> None:
    """Stand in for a progress bar."""


class _Clock:
    """Wall time per stage, and word of each to the progress bar."""

    def __init__(self, tell: Progress) -> None:
        self.tell = tell
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        """Announce and measure one stage."""
        self.tell(stage, 0, 1)
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 1)


def _city_files(sample: SampleCity, folder: Path) -> City:
    """Write the agencies' files and read the city file like anybody's."""
    (folder / "city").mkdir()
    return read_city(write_sample(sample, folder / "city"))


def _assign(city: City, lookup: Lookup, folder: Path) -> dict[str, AssignReport]:
    """Give the registers' rows their codes, as the command ``gridgeo assign`` does."""
    reports = {}
    for register in city.registers:
        source = RegisterFile(
            file=str(register.source.path), id=register.id, x=register.x, y=register.y, crs=register.source.crs
        )
        name = f"{register.kind}_codes.csv"
        reports[name] = assign_file(source, lookup, folder / name)
    return reports


def _question(sample: SampleCity) -> str:
    """Return a place as a dispatcher's phone gives it: the middle of a true grid, in GCJ-02."""
    middle = shapely.point_on_surface(sample.truth.geometry.iloc[len(sample.truth) // 2])
    lon, lat = from_city([middle.x], [middle.y], "GCJ-02", sample.crs)
    return f"{lon[0]:.6f},{lat[0]:.6f}"


def _draw(result: MergeResult, folder: Path) -> None:
    """Draw the coverage map for screen and paper, and the sheet that compares before and after."""
    maps = folder / "maps"
    maps.mkdir()
    for ending in ("html", "png"):
        draw_map("coverage", maps / f"coverage.{ending}", store=str(folder / STORE))
    compared = before_after(result.inputs.agencies, result.grids, result.communities, findings=result.findings)
    (maps / "before_after.png").write_bytes(compared)
