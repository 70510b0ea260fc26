"""Bad input through the front door: one sentence with file, feature and remedy, exit code 2, nothing written.

Every case takes the sound city of `city_files` and spoils one thing. Most end while a file is read.
"""

from __future__ import annotations

import re
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from city_files import CRS, EAST, WEST, CityFiles, X, Y, box, gridgeo, layer, make_city

Spoil = Callable[[CityFiles], Any]


@pytest.fixture
def city(tmp_path: Path) -> CityFiles:
    return make_city(tmp_path / "小城 one")


def refused(city: CityFiles, *, command: str = "merge") -> str:
    """Run a command that has to refuse, and return its sentence."""
    out = city.folder / "out"
    before = sorted(path.name for path in city.folder.iterdir())
    answer = gridgeo(command, city.write(), "--out", out)
    assert answer.error is None, repr(answer.error)
    assert answer.code == 2, answer
    answer.assert_one_sentence()
    after = sorted(path.name for path in city.folder.iterdir())
    assert set(after) - {"city.toml"} == set(before) - {"city.toml"}
    return answer.err


def told(city: CityFiles, command: str = "inspect") -> gpd.GeoDataFrame:
    """Run a command that has to succeed, and return its findings."""
    out = city.folder / "out"
    answer = gridgeo(command, city.write(), "--out", out)
    assert (answer.code, answer.err) == (0, ""), answer
    name = "findings.gpkg" if command == "inspect" else "layer.gpkg"
    return gpd.read_file(out / name, layer="finding")


# ------------------------------------------------------------ ways to spoil ----


def entry(table: str, number: int | None = None, **changed: Any) -> Spoil:
    """Change what the city file says; None takes an entry away."""

    def spoil(city: CityFiles) -> None:
        place = city.tables[table] if number is None else city.tables[table][number]
        place.update(changed)
        for key in [key for key, value in place.items() if value is None]:
            del place[key]

    return spoil


def shapes(name: str, change: Callable[[list[Any]], list[Any]]) -> Spoil:
    """Change the shapes of a layer."""

    def spoil(city: CityFiles) -> None:
        table = city.read(name)
        city.save(table.set_geometry(gpd.GeoSeries(change(list(table.geometry)), crs=table.crs)), name)

    return spoil


def column(name: str, **values: list[Any]) -> Spoil:
    """Change columns of a layer."""
    return lambda city: city.save(city.read(name).assign(**values), name)


def second(shape: Any) -> Callable[[list[Any]], list[Any]]:
    """Put another shape in the second row."""
    return lambda given: [given[0], shape, *given[2:]]


def emptied(name: str) -> Spoil:
    return lambda city: city.save(city.read(name).iloc[:0], name)


def replaced(name: str, content: bytes) -> Spoil:
    return lambda city: (city.folder / name).write_bytes(content)


def removed(name: str) -> Spoil:
    return lambda city: (city.folder / name).unlink()


def foldered(name: str) -> Spoil:
    def spoil(city: CityFiles) -> None:
        (city.folder / name).unlink()
        (city.folder / name).mkdir()

    return spoil


def shapefile(ending: str, damage: Callable[[bytes], bytes] | None) -> Spoil:
    """Hand in the second agency as a shapefile with one damaged or missing part."""

    def spoil(city: CityFiles) -> None:
        city.save(city.read("urban.gpkg"), "urban.shp")
        entry("agency", 1, file="urban.shp")(city)
        part = city.folder / f"urban.{ending}"
        if damage is None:
            part.unlink()
        else:
            part.write_bytes(damage(part.read_bytes()))

    return spoil


def one_nan(raw: bytes) -> bytes:
    """Turn the first coordinate after the header of a .shp that is X + 400 into NaN."""
    at = raw.index(struct.pack("<d", X + 400.0), 200)
    return raw[:at] + struct.pack("<d", float("nan")) + raw[at + 8 :]


def zipped(*names: str, layer: str | None = None) -> Spoil:
    def spoil(city: CityFiles) -> None:
        with zipfile.ZipFile(city.folder / "urban.zip", "w") as archive:
            archive.writestr("readme.md", "nothing")
            for name in names:
                city.save(city.read(f"{name}.gpkg"), f"{name}.shp")
                for ending in ("shp", "shx", "dbf", "prj"):
                    archive.write(city.folder / f"{name}.{ending}", f"{name}.{ending}")
        entry("agency", 1, file="urban.zip", layer=layer)(city)

    return spoil


def communities(*given: Any, codes: list[str] | None = None, names: list[str] | None = None) -> Spoil:
    def spoil(city: CityFiles) -> None:
        known = codes or [f"411102001{row + 1:03d}" for row in range(len(given))]
        city.save(
            layer(given, CODE=known, NAME=names or [f"社区{row}" for row in range(len(given))]), "communities.gpkg"
        )

    return spoil


def far_away(name: str, **columns: list[str]) -> Spoil:
    """Put a layer to New York."""
    boxes = [shapely.box(-74 + 0.001 * row, 40, -73.999 + 0.001 * row, 40.001) for row in range(2)]
    return lambda city: city.save(layer(boxes, "EPSG:4326", **columns), name)


def moved(name: str, east: float, north: float) -> Spoil:
    return shapes(
        name, lambda given: [shapely.transform(shape, lambda xy: xy + np.array([east, north])) for shape in given]
    )


def as_csv(wkt: str) -> Spoil:
    """Hand in the second agency as a CSV with WKT."""

    def spoil(city: CityFiles) -> None:
        table = city.read("urban.gpkg")
        rows = {"ID": table["ID"], "wkt": [wkt, *(other.wkt for other in table.geometry[1:])]}
        city.save(rows, "urban.csv")
        entry("agency", 1, file="urban.csv", crs=CRS)(city)

    return spoil


def ring(x: float) -> shapely.Polygon:
    with np.errstate(invalid="ignore"):
        return shapely.Polygon([(X, Y), (x, Y), (X + 1, Y + 1), (X, Y)])


# ------------------------------------------------------------------ refused ----

CITY_FILE: dict[str, tuple[Spoil, str]] = {
    "missing file": (removed("urban.gpkg"), r"city\.toml: line 18, agency 2, file: 'urban\.gpkg' not found in .*; "),
    "name too long": (entry("agency", 1, file="x" * 5000 + ".gpkg"), r"agency 2, file: '.*' not found in"),
    "no such folder": (entry("agency", 1, file="nowhere/u.gpkg"), r"there is no folder .*nowhere; correct the path"),
    "two bases": (entry("agency", 1, base=True), r"agency 2, base: a second base layer; keep base = true at one"),
    "repeated key": (entry("agency", 1, key="party"), r"agency 2, key: 'party' is used twice; give every agency"),
    "reserved key": (entry("agency", 1, key="grid"), r"agency 2, key: 'grid' is reserved"),
    "unknown entry": (entry("agency", 1, acuracy_m=3), r"acuracy_m: unknown entry, did you mean 'accuracy_m'\?"),
    "negative weight": (entry("agency", 1, weight=-1), r"weight: -1 is negative; give 0 or more"),
    "unknown EPSG": (entry("agency", 1, crs="EPSG:999999"), r"agency 2, crs: 'EPSG:999999' is not a coordinate"),
    "Xian 80": (entry("agency", 1, crs="EPSG:2383"), r"agency 2, crs: EPSG:2383: .*西安80.*; ask the surveying office"),
    "geographic city": (
        entry("city", crs="EPSG:4490"),
        r"line 3, city, crs: .* is not projected, lengths would be deg",
    ),
    "city in feet": (entry("city", crs="EPSG:2263"), r"city, crs: .*US survey foot; name the projected CRS"),
    "web Mercator": (entry("city", crs="EPSG:3857"), r"city, crs: .*stretches areas .*take the local 3-degree"),
    "unknown city CRS": (entry("city", crs="EPSG:1"), r"city, crs: 'EPSG:1' is not a coordinate reference system"),
    "no precision": (entry("city", precision_m=0), r"precision_m: 0 must be greater than 0"),
    "precision below 0": (entry("city", precision_m=-1), r"precision_m: -1 must be greater than 0"),
    "coarse precision": (entry("city", precision_m=300), r"precision_m: 300 m would move borders .*give 1 or less"),
    "unknown layout": (entry("city", layout="gb16"), r"layout: 'gb16' is unknown, did you mean 'gb15'\?"),
    "rules upside down": (entry("rules", households=[500, 300]), r"households: the smallest grid \(500\) is larger"),
    "no households": (entry("rules", households=[0, 0]), r"households: no grid could have a household"),
    "half a household": (entry("rules", households=[300.5, 500]), r"must be two whole numbers such as \[300, 500\]"),
    "too few people": (entry("rules", population_max=199), r"199 people are fewer than the 200 households of a grid;"),
    "endless seconds": (lambda city: setattr(city, "tail", "seed = inf"), r"rules, seed: inf must be a whole number"),
    "x without y": (entry("register", 0, y=None), r"register 1, x: x without y; name both coordinate columns"),
}


@pytest.mark.parametrize("case", CITY_FILE)
def test_a_city_file_that_cannot_be_meant_is_refused_with_its_line(city: CityFiles, case: str) -> None:
    spoil, said = CITY_FILE[case]
    spoil(city)
    assert re.search(said, refused(city)), refused(city)


LAYERS: dict[str, tuple[Spoil, str]] = {
    "folder": (foldered("urban.gpkg"), r"urban\.gpkg: is a folder that holds no readable layer; give a GeoPackage"),
    "garbage": (replaced("urban.gpkg", b"SQLite format 3\0" + b"x" * 4000), r"urban\.gpkg: cannot be read .*; give a"),
    "0 bytes": (replaced("urban.gpkg", b""), r"urban\.gpkg: the file is empty \(0 bytes\); copy or export it again"),
    "layer": (entry("agency", 1, layer="urbn"), r"urban\.gpkg: no layer 'urbn', did you mean 'urban'\?"),
    "column": (entry("agency", 1, id="Id"), r"urban\.gpkg: no column 'Id', did you mean 'ID'; the columns are: ID"),
    "empty": (emptied("urban.gpkg"), r"urban\.gpkg: the layer is empty; export it again"),
    "filter": (entry("agency", 1, where="ID = 'x'"), r"urban\.gpkg: .*where = .* selects nothing; correct the filter"),
    "points": (shapes("urban.gpkg", shapely.centroid), r"urban\.gpkg: only points where polygons are needed; name"),
    "lines": (shapes("urban.gpkg", shapely.boundary), r"urban\.gpkg: only lines where polygons are needed; name the"),
    "NaN": (shapes("urban.gpkg", second(ring(np.nan))), r"urban\.gpkg: .*'urban1' \(record 2\) are not numbers.*redra"),
    "NaN in .shp": (shapefile("shp", one_nan), r"urban\.shp: coordinates of feature 'urban0' \(record 1\) are not num"),
    "infinite": (as_csv(ring(np.inf).wkt), r"urban\.csv: coordinates of feature 'urban0' \(record 1\) are not numbers"),
    "beyond Earth": (shapes("urban.gpkg", second(ring(1e300))), r"'urban1' \(record 2\) are not numbers or lie beyond"),
    "broken WKT": (as_csv("POLYGON ((0 0, 1 1"), r"urban\.csv, record 1: no valid WKT .*; correct this geometry"),
    "no .dbf": (shapefile("dbf", None), r"urban\.shp: the \.dbf with the attributes is missing; copy all files"),
    "empty .dbf": (shapefile("dbf", lambda _: b""), r"urban\.shp: the \.dbf .* is empty \(0 bytes\); copy all files"),
    "cut .dbf": (shapefile("dbf", lambda raw: raw[:200]), r"urban\.shp: the \.dbf is cut off \(200 of \d+ bytes\); co"),
    "empty .shp": (shapefile("shp", lambda _: b""), r"urban\.shp: the file is empty \(0 bytes\); copy or export"),
    "cut .shp": (shapefile("shp", lambda raw: raw[:300]), r"urban\.shp: the \.shp is cut off \(300 of \d+ bytes\); co"),
    "damaged .prj": (shapefile("prj", lambda raw: raw[:40]), r"urban\.shp.* its coordinate system is damaged .*; dele"),
    "zip of two": (zipped("party", "urban"), r'urban\.zip: holds 2 datasets \(party, urban\); name one with layer = "'),
    "zip, wrong name": (zipped("party", "urban", layer="urbn"), r"\(party, urban\), none of them 'urbn'; name one"),
    "empty zip": (zipped(), r"urban\.zip: is an archive that holds no readable layer; give a GeoPackage"),
    "no zip": (lambda city: (entry("agency", 1, file="u.zip")(city), replaced("u.zip", b"PK\3\4x")(city)),
               r"u\.zip: the archive cannot be unpacked .*; pack or copy it again"),
    "damaged ids": (column("urban.gpkg", ID=["4.1E+14", "4.2E+14", "1", "2"]),
                    r"urban\.gpkg: 2 values of column 'ID' are codes that a spreadsheet .*format the column as text"),
    "ids as floats": (column("urban.gpkg", ID=[4.1e17, 4.2e17, 1.0, 2.0]), r"urban\.gpkg: 2 values of column 'ID'"),
    "outside": (moved("urban.gpkg", 20_000, 0), r"urban\.gpkg \(urban\): .* under no reading .*; name the right file,"),
    "elsewhere": (far_away("urban.gpkg", ID=["a", "b"]), r"urban\.gpkg \(urban\): .*EPSG:4326: 0%.*state the layer's"),
    "wrong EPSG": (entry("agency", 1, crs="EPSG:4326"), r"read as EPSG:4326, .* only 0% .*it would fit as EPSG:4547:"),
    "empty sites": (emptied("parks.gpkg"), r"parks\.gpkg: the layer is empty; export it again"),
    "sites elsewhere": (moved("parks.gpkg", 5000, 0), r"parks\.gpkg \(exclusive\): .* under no reading"),
    "endless river": (shapes("river.gpkg", lambda _: [shapely.LineString([(X, Y), (np.inf, Y)])]),
                      r"river\.gpkg: coordinates of feature '1' \(record 1\) are not numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_that_cannot_be_used_is_refused(city: CityFiles, case: str) -> None:
    spoil, said = LAYERS[case]
    spoil(city)
    del city.tables["agency"][0]
    assert re.search(said, refused(city))


AUTHORITY: dict[str, tuple[Spoil, str]] = {
    "short codes": (column("communities.gpkg", CODE=["1", "2"]), r"must hold 12 digits \(layout gb15\) .* record 1 ha"),
    "Arabic digits": (column("communities.gpkg", CODE=["٤١١١٠٢٠٠١٠٠١", EAST]), r"12 digits .*record 1 has '٤١١"),
    "no code": (column("communities.gpkg", CODE=[WEST, None]), r"column 'CODE' .* record 2 has none; correct the code"),
    "damaged codes": (column("communities.gpkg", CODE=["4.11102E+11"] * 2), r"'CODE' are codes that a spreadsheet tur"),
    "shared code": (column("communities.gpkg", CODE=[WEST, WEST]), r"stands in records 1 and 2 with different names"),
    "one twice": (communities(box(0, 0, 400, 400), box(400, 0, 800, 400), box(0, 0, 400, 400)),
                  r"411102001001 and 411102001003 have the same polygon at .*; remove one of them"),
    "one upon itself": (communities(box(0, 0, 400, 400), box(100, 0, 500, 400), codes=[WEST] * 2, names=["甲"] * 2),
                        r"code '411102001001' stands in records 1 and 2, which overlap by 120000 m2; delete one"),
    "empty": (emptied("communities.gpkg"), r"communities\.gpkg: the layer is empty"),
    "points": (shapes("communities.gpkg", shapely.centroid), r"communities\.gpkg: only points where polygons are"),
    "NaN": (shapes("communities.gpkg", second(ring(np.nan))), r"feature '411102001002' \(record 2\) are not numbers"),
    "elsewhere": (far_away("communities.gpkg", CODE=[WEST, EAST], NAME=["甲", "乙"]), r"communities.* under no readin"),
    "city of another zone": (entry("city", crs="EPSG:4549"),
                             r"communities\.gpkg .*declares EPSG:4547 .*outside the area .*EPSG:4549; correct crs und"),
}  # fmt: skip


@pytest.mark.parametrize("case", AUTHORITY)
def test_communities_that_are_no_authority_are_refused(city: CityFiles, case: str) -> None:
    spoil, said = AUTHORITY[case]
    spoil(city)
    city.tables = {name: table for name, table in city.tables.items() if name in ("city", "community")}
    assert re.search(said, refused(city))


REGISTERS: dict[str, tuple[Spoil, str]] = {
    "empty": (replaced("households.csv", b"HID,lon,lat,N,POP\n"), r"households\.csv: the layer is empty"),
    "blank": (replaced("households.csv", b"\n\n"), r"households\.csv: no valid CSV"),
    "negative": (
        lambda city: city.households(N=["-1"] + ["150"] * 7),
        r"record 1: N = '-1' must be a whole number, 0 or",
    ),
    "fraction": (
        lambda city: city.households(N=["1", "2.5"] + ["1"] * 6),
        r"households\.csv, record 2: N = '2\.5' must",
    ),
    "huge": (lambda city: city.households(N="1e300"), r"N = '1e300' must be a whole number.*\(8 such records\)"),
    "no place": (entry("register", 0, x=None, y=None), r"households\.csv: no row has a location; name its coordinate"),
    "outside": (
        lambda city: city.households(lon="116.0"),
        r"\(household\): read as EPSG:4490, .* only 0% of it lies in",
    ),
    "wrong EPSG": (entry("register", 0, crs=CRS), r"only 0% of it lies in the city; it would fit as EPSG:4490: 100%"),
    "damaged ids": (lambda city: city.households(HID="4.1E+14"), r"8 values of column 'HID' are codes that a spread"),
    "wrong column": (entry("register", 0, address="ADDR"), r"households\.csv: no column 'ADDR'"),
}


@pytest.mark.parametrize("case", REGISTERS)
def test_a_register_that_cannot_be_used_is_refused(city: CityFiles, case: str) -> None:
    spoil, said = REGISTERS[case]
    for table in ("agency", "barrier", "exclusive"):
        del city.tables[table]
    spoil(city)
    assert re.search(said, refused(city))


# ------------------------------------------------------- accepted, and told ----


def mixed(given: list[Any]) -> list[Any]:
    return [shapely.GeometryCollection([given[0], given[0].centroid]), given[1].boundary, None, given[3]]


TOLD: dict[str, tuple[Spoil, dict[tuple[str, str], int]]] = {
    "0-byte .shx": (shapefile("shx", lambda _: b""), {("urban", "shx_rebuilt"): 1}),
    "no .prj": (shapefile("prj", None), {("urban", "no_crs"): 1}),
    "3-D": (shapes("urban.gpkg", lambda given: list(shapely.force_3d(given, 5.0))), {("urban", "dropped_z"): 1}),
    "mixed": (shapes("urban.gpkg", mixed),
              {("urban", "geometry_collection"): 1, ("urban", "other_geometry"): 1, ("urban", "null_geometry"): 1}),
    "full-width codes": (column("communities.gpkg", CODE=["４１１１０２００１００１", EAST + " "]),
                         {("community", "twisted_ids"): 2}),
    "overlap": (communities(box(0, 0, 450, 400), box(350, 0, 800, 400)), {("community", "overlap"): 1}),
    "one inside another": (communities(box(0, 0, 400, 400), box(400, 0, 800, 400), box(100, 100, 200, 200)),
                           {("community", "overlap"): 1}),
    "enclosed gap": (communities(box(0, 0, 400, 400).difference(box(100, 100, 200, 200)), box(400, 0, 800, 400)),
                     {("community", "hole"): 1}),
    "sites": (lambda city: city.save(layer([box(300, 100, 450, 200), box(400, 150, 500, 250), box(780, 0, 830, 50)],
                                           ID=["a", "b", "b"], NAME=["x"] * 3), "parks.gpkg"),
              {("exclusive", "crossing"): 1, ("exclusive", "overlap"): 1, ("exclusive", "outside"): 1,
               ("exclusive", "duplicate_id"): 1}),
    "places": (lambda city: city.households(lon=["0", "", "116.0"] + ["114.002"] * 5, lat=["0"] + ["33.428"] * 7),
               {("household", "point_zero"): 1, ("household", "point_null"): 1, ("household", "point_outside"): 1}),
    "blank counts": (lambda city: city.households(N=["", "150"] * 4), {("household", "blank_count"): 1}),
    "endless place": (lambda city: city.households(lon=["1e308"] + ["114.002"] * 7, lat="33.428"),
                      {("household", "point_null"): 1}),
    "exchanged axes": (entry("register", 0, x="lat", y="lon"), {("household", "axis_swapped"): 1}),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_what_can_be_mended_or_kept_is_told(city: CityFiles, case: str) -> None:
    spoil, expected = TOLD[case]
    spoil(city)
    city.tables.pop("barrier")
    if case != "sites":
        city.tables.pop("exclusive")
    counts = told(city).groupby(["agency", "kind"]).size().to_dict()
    assert {key: counts.get(key, 0) for key in expected} == expected


def test_a_round_site_drawn_as_a_curve_becomes_a_grid(city: CityFiles) -> None:
    """A CURVEPOLYGON of one CIRCULARSTRING: a circle of 30 m in radius, which no simple feature can hold."""
    points = [(X + 50 + east, Y + 50 + north) for east, north in ((-30, 0), (0, 30), (30, 0), (0, -30), (-30, 0))]
    arc = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *point) for point in points)
    city.save(layer([box(20, 20, 80, 80)], ID=["P1"], NAME=["人民公园"]), "parks.gpkg", SPATIAL_INDEX="NO")
    with closing(sqlite3.connect(city.folder / "parks.gpkg")) as base, base:
        blob = b"GP\x00\x01" + struct.pack("<i", 4547) + struct.pack("<BII", 1, 10, 1) + arc
        base.execute("UPDATE parks SET geom = ?", (blob,))
    told(city, "merge")
    grids = gpd.read_file(city.folder / "out" / "layer.gpkg", layer="grid")
    assert grids[grids["kind"] == "exclusive"].area.tolist() == pytest.approx([np.pi * 30**2], rel=0.01)
    assert grids.area.sum() == pytest.approx(800 * 400)


def test_a_curve_in_a_table_is_refused_by_its_record(city: CityFiles) -> None:
    wkt = "CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))"
    city.save({"ID": ["P1"], "NAME": ["人民公园"], "WKT": [wkt]}, "parks.csv")
    city.tables["exclusive"][0].update(file="parks.csv", crs=CRS)
    assert "parks.csv, record 1: a curve (CURVEPOLYGON) in WKT" in refused(city)


def test_codes_read_as_floats_are_codes_again(city: CityFiles) -> None:
    column("communities.gpkg", CODE=[float(WEST), float(EAST)])(city)
    told(city, "merge")
    assert gpd.read_file(city.folder / "out" / "layer.gpkg", layer="community")["code"].tolist() == [WEST, EAST]


HARD: dict[str, Spoil] = {
    "no agency": lambda city: city.tables.pop("agency"),
    "no register": lambda city: city.tables.pop("register"),
    "communities only": lambda city: [city.tables.pop(name) for name in ("agency", "register", "barrier", "exclusive")],
    "polygons as hard barriers": lambda city: [
        city.save(layer([box(390, -10, 410, 410), box(0, 190, 800, 210)], NAME=["a", "b"]), "river.gpkg"),
        city.tables["barrier"][0].update(hard=True),
    ],
    "a site over everything": lambda city: city.save(
        layer([box(-10, -10, 900, 900)], ID=["P"], NAME=["全"]), "parks.gpkg"
    ),
    "coarse precision": entry("city", precision_m=1.0),
    "rules that nothing can meet": entry("rules", households=[5000, 5001], population_max=6000),
    "strange ids": column("urban.gpkg", ID=["x" * 5000, "a\nb\r\n\tc", "o'\"; DROP TABLE grid; --", "😀<script>"]),
    "strange names": column("communities.gpkg", NAME=["<b>第一</b>\n'\"</script>", "😀" * 300]),
}  # fmt: skip


@pytest.mark.parametrize("case", HARD)
def test_hard_cities_are_merged_seamlessly_and_keep_all_households(city: CityFiles, case: str) -> None:
    HARD[case](city)
    found = told(city, "merge")
    grids = gpd.read_file(city.folder / "out" / "layer.gpkg", layer="grid")
    assert grids.area.sum() == pytest.approx(800 * 400)
    assert grids["households"].sum() == (0 if "register" not in city.tables else 1200)
    assert ("size" in set(found["kind"])) == (case == "rules that nothing can meet")
    page = (city.folder / "out" / "report.html").read_text("utf-8")
    assert "<b>第一</b>" not in page
    assert "😀<script>" not in page


def test_chinese_file_names_and_blanks_in_paths_are_fine(city: CityFiles) -> None:
    (city.folder / "党建 网格.gpkg").write_bytes((city.folder / "party.gpkg").read_bytes())
    entry("agency", 0, file="党建 网格.gpkg")(city)
    assert "error" not in set(told(city)["severity"])
