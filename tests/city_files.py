"""A sound city of two communities as files in a folder, for tests to spoil one thing at a time.

::

    400 +---------+---------+
        |  …001   |  …002   |     communities of 400 x 400 m; party (base) and urban draw two grids in each,
        |  north  |  north  |     a park of 60 x 60 m lies in the west, a river in the middle between both
        | - - - - + - - - - |
        |  south  |  south  |     300 households in each quarter, in four rows; one enterprise in each community
      0 +---------+---------+
        0        400       800 m east of X, Y
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from typer.testing import CliRunner

from gridgeo.cli.main import app

CRS = "EPSG:4547"
X, Y = 500_000.0, 3_700_000.0
WEST, EAST = "411102001001", "411102001002"
HALVES = ((0, 0, 400, 200), (0, 200, 400, 400), (400, 0, 800, 200), (400, 200, 800, 400))


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a rectangle in metres from the south-west corner of the city."""
    return shapely.box(X + west, Y + south, X + east, Y + north)


def layer(shapes: Sequence[Any], crs: str | None = CRS, **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    """Return a table of shapes."""
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


@dataclass
class CityFiles:
    """The files of a city and what its city file says; `write` puts the city file down."""

    folder: Path
    tables: dict[str, Any] = field(default_factory=dict)
    """What stands in ``city.toml``."""
    tail: str = ""
    """More text at its end."""

    def write(self) -> Path:
        """Write the city file."""
        path = self.folder / "city.toml"
        path.write_text("\n".join(_lines(self.tables)) + "\n" + self.tail, encoding="utf-8")
        return path

    def save(self, table: Any, name: str, **options: Any) -> str:
        """Write a layer or a CSV into the folder, in place of one of the same name."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        if path.suffix == ".csv":
            pd.DataFrame(table).to_csv(path, index=False, **options)
        else:
            table.to_file(path, **options)
        return name

    def read(self, name: str) -> gpd.GeoDataFrame:
        """Return a layer of the folder."""
        return gpd.read_file(self.folder / name)

    def households(self, **changed: Sequence[Any]) -> None:
        """Replace columns of the household register."""
        table = pd.read_csv(self.folder / "households.csv", dtype=str, keep_default_na=False)
        self.save(table.assign(**changed), "households.csv")


def _lines(tables: dict[str, Any]) -> list[str]:
    """Return TOML."""
    lines: list[str] = []
    for name, value in tables.items():
        listed = isinstance(value, list)
        for table in value if listed else [value]:
            lines.append(f"[[{name}]]" if listed else f"[{name}]")
            lines += [f"{key} = {json.dumps(entry, ensure_ascii=False)}" for key, entry in table.items()]
    return lines


def make_city(folder: Path) -> CityFiles:
    """Write a sound city into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    city = CityFiles(folder)
    homes = [(X + east, Y + north) for east in (100, 300, 500, 700) for north in (100, 300)]
    degrees = gpd.GeoSeries([shapely.Point(home) for home in homes], crs=CRS).to_crs("EPSG:4490")
    register = {"HID": [f"H{row}" for row in range(8)], "lon": degrees.x, "lat": degrees.y, "N": "150", "POP": "400"}
    firms = {"EID": ["E1", "E2"], "x": [X + 50, X + 450], "y": [Y + 50, Y + 50], "ADDR": ["第一社区1号", "第二社区2号"]}
    squares = layer([box(0, 0, 400, 400), box(400, 0, 800, 400)], CODE=[WEST, EAST], NAME=["第一社区", "第二社区"])
    city.save(squares, "communities.gpkg")
    for key in ("party", "urban"):
        city.save(layer([box(*half) for half in HALVES], ID=[f"{key}{row}" for row in range(4)]), f"{key}.gpkg")
    city.save(layer([box(20, 20, 80, 80)], ID=["P1"], NAME=["人民公园"]), "parks.gpkg")
    river = shapely.LineString([(X - 10, Y + 200), (X + 810, Y + 200)])
    city.save(layer([river], NAME=["沙河"]), "river.gpkg")
    city.save(register, "households.csv")
    city.save(firms, "enterprises.csv")
    city.tables = {
        "city": {"name": "小城", "crs": CRS},
        "community": {"file": "communities.gpkg", "code": "CODE", "name": "NAME"},
        "agency": [_agency("party", base=True), _agency("urban")],
        "barrier": [{"file": "river.gpkg", "class": "river"}],
        "exclusive": [{"file": "parks.gpkg", "id": "ID", "name": "NAME"}],
        "register": [
            {"kind": "household", "file": "households.csv", "id": "HID", "x": "lon", "y": "lat", "crs": "EPSG:4490",
             "count": "N", "population": "POP"},
            {"kind": "enterprise", "file": "enterprises.csv", "id": "EID", "x": "x", "y": "y", "crs": CRS,
             "address": "ADDR"},
        ],
        "rules": {"households": [200, 700]},
    }  # fmt: skip
    return city


def _agency(key: str, **more: Any) -> dict[str, Any]:
    """Return an agency's entry."""
    return {"key": key, "name": f"{key}网格", "file": f"{key}.gpkg", "id": "ID", "accuracy_m": 5, **more}


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str
    error: BaseException | None = None

    def assert_one_sentence(self) -> None:
        """Check that a refusal is one sentence for people."""
        assert self.err.startswith("gridgeo: ")
        assert self.err.count("\n") == 1, self.err
        assert self.out == ""


def gridgeo(*arguments: object) -> Answer:
    """Run a command in this process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    ended = isinstance(result.exception, SystemExit)
    return Answer(result.exit_code, result.stdout, result.stderr, None if ended else result.exception)
