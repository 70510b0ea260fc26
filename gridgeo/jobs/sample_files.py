"""Write the sample city as the files that agencies would send.

In: a `gridgeo.sample.SampleCity` and an empty folder. Out: ``city.toml`` and the files it names, with the encodings,
missing side files and wrong labels that make intake hard. ``planted.csv`` lists what was planted; it is never read.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from gridgeo.sample import SampleCity
from gridgeo.sample.layers import Profile, SampleLayer

__all__ = ["write_sample"]

DBF_LANGUAGE_BYTE = 29
"""Offset of the language driver in a dBASE header; old exporters leave it zero."""

SHEET = "企业名录"


def write_sample(city: SampleCity, folder: Path) -> Path:
    """Write all files of a sample city.

    Parameters
    ----------
    city : SampleCity
    folder : Path
        Must exist.

    Returns
    -------
    Path
        The city file.
    """
    _write(city.communities, folder / "communities.gpkg")
    for layer in city.layers:
        _write_layer(layer, folder)
    for kind, lines in city.barriers.groupby("kind", sort=False):
        _write(gpd.GeoDataFrame(lines), folder / "barriers.gpkg", layer=str(kind))
    _write(city.exclusives, folder / "exclusives.gpkg")
    city.households.to_csv(folder / "households.csv", index=False, encoding="utf-8-sig")
    city.enterprises.to_excel(folder / "enterprises.xlsx", index=False, sheet_name=SHEET)
    _planted(city).to_csv(folder / "planted.csv", index=False, encoding="utf-8-sig")
    path = folder / "city.toml"
    path.write_text(_city_file(city), encoding="utf-8")
    return path


def _write(table: gpd.GeoDataFrame, path: Path, **options: str) -> None:
    """Write a layer with its CRS, if it has one."""
    pyogrio.write_dataframe(table, path, promote_to_multi=False, geometry_type="Unknown", **options)


def _write_layer(layer: SampleLayer, folder: Path) -> None:
    """Write one agency's layer the way that agency does."""
    path = folder / layer.profile.file
    if path.suffix == ".geojson":
        pyogrio.write_dataframe(layer.features, path, COORDINATE_PRECISION="8", RFC7946="NO")
    elif path.suffix == ".shp":
        features = layer.features.set_crs(layer.profile.stored, allow_override=True)
        pyogrio.write_dataframe(features, path, geometry_type="Polygon", encoding=layer.profile.encoding)
        _forget(path, crs=layer.profile.declared is None, encoding=layer.profile.encoding != "UTF-8")
    else:
        _write(layer.features, path)


def _forget(shapefile: Path, *, crs: bool, encoding: bool) -> None:
    """Remove what says in which system a shapefile is, or how its attributes are encoded."""
    if crs:
        shapefile.with_suffix(".prj").unlink()
    if encoding:
        shapefile.with_suffix(".cpg").unlink(missing_ok=True)
        with shapefile.with_suffix(".dbf").open("r+b") as table:
            table.seek(DBF_LANGUAGE_BYTE)
            table.write(b"\0")


def _planted(city: SampleCity) -> pd.DataFrame:
    """Return the planted faults with a place in the city CRS instead of a shape."""
    place = city.faults.geometry.representative_point()
    columns = {name: city.faults[name] for name in ("kind", "agency", "source_id")}
    return pd.DataFrame({**columns, "x": place.x.round(1), "y": place.y.round(1)})


def _city_file(city: SampleCity) -> str:
    """Return the text of ``city.toml``."""
    parts = [
        "# The sample city of gridgeo: invented, apart from the names and codes of its streets and communities.",
        f'[city]\nname = "{city.name}"\ncrs = "{city.crs}"\nlayout = "gb15"\nprecision_m = 0.001',
        '[community]\nfile = "communities.gpkg"\ncode = "CODE"\nname = "NAME"\n'
        'parents = { street = "STREET", county = "COUNTY" }',
        *(_agency(layer.profile) for layer in city.layers),
        *(_barrier(kind) for kind in ("river", "arterial", "street")),
        '[[exclusive]]\nfile = "exclusives.gpkg"\nid = "ID"\nname = "NAME"\ndepartment = "DEPT"',
        '[[register]]\nkind = "household"\nfile = "households.csv"\nid = "HID"\nx = "lon"\ny = "lat"\ncrs = "GCJ-02"\n'
        'count = "N"\npopulation = "POP"\naddress = "ADDR"',
        f'[[register]]\nkind = "enterprise"\nfile = "enterprises.xlsx"\nid = "USCC"\nx = "X"\ny = "Y"\n'
        f'crs = "{city.crs}"\naddress = "ADDR"',
        "[rules]\nhouseholds = [300, 500]\npopulation_max = 2500",
    ]
    return "\n\n".join(parts) + "\n"


def _agency(profile: Profile) -> str:
    """Return one ``[[agency]]`` entry."""
    base = "\nbase = true" if profile.base else ""
    return (
        f'[[agency]]\nkey = "{profile.key}"\nname = "{profile.name}"\nfile = "{profile.file}"\nid = "{profile.id}"\n'
        f'label = "{profile.label}"\nweight = {profile.weight}\naccuracy_m = {profile.accuracy_m:g}{base}'
    )


def _barrier(kind: str) -> str:
    """Return one ``[[barrier]]`` entry; only the river must never lie inside a grid."""
    hard = "\nhard = true" if kind == "river" else ""
    return f'[[barrier]]\nfile = "barriers.gpkg"\nlayer = "{kind}"\nclass = "{kind}"{hard}'
