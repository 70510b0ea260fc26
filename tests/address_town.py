"""A town small enough to draw, with addresses, a housing estate and enterprises.

::

      3700300 +-------+-------+-------+
              | 1·001 | 2·001 | 3·001 |     1 友爱街社区, 2 老街社区: three grids each
      3700200 +-------+-------+       |     3 泰山社区: one grid
              | 1·002 | 2·002 |       |
      3700100 +-------+-------+       |     人民东路 1号…57号 runs from west to east through the northern grids
              | 1·003 | 2·003 |       |     泰山路 1号…29号 runs from north to south through community 2
      3700000 +-------+-------+-------+     泰山小区 lies in 2·002, at 秦岭路8号
            500000  500100  500200  500300
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
import small_city

from gridgeo.city import Source
from gridgeo.intake.address_file import AddressForm
from gridgeo.intake.entries import Form
from gridgeo.jobs.addresses import load_addresses
from gridgeo.jobs.registers import load_register
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.library import Library, build_library
from gridgeo.locate.index import build_index
from gridgeo.store.base import Store

COMMUNITIES = ("友爱街社区", "老街社区", "泰山社区")
HEAD = "漯河市源汇区老街街道"
USCC, SHOP = "91411100MA40A1B28X", "漯河市大风车幼儿园"
ENTERPRISE = "漯河市宏源机械有限公司"
"""Only in the register, under `USCC`."""
NORTH = small_city.BOTTOM + 250
"""Through the northern grids."""


def grids() -> gpd.GeoDataFrame:
    """Return seven grids in three communities."""
    table = small_city.grids_of(3, 3)
    at = table["community_code"].str[-1].astype(int) - 1
    table["community_name"] = [COMMUNITIES[one] for one in at]
    table["full_name"] = table["community_name"] + table["short_name"]
    whole = shapely.union_all(table.geometry[at == 2])
    table = table[(at < 2) | table["code"].str.endswith("001")].reset_index(drop=True)
    table.loc[6, "geometry"] = whole
    return table


def publication(**changes: object) -> small_city.Publication:
    """Return the town, ready to publish."""
    own = grids()
    parts = small_city.publication_of(3, 3)
    homes = parts.assignments["code"].isna() | parts.assignments["code"].isin(own["code"])
    keep = {
        "grids": own,
        "communities": small_city.communities_of(own).assign(street="老街街道", county="源汇区"),
        "provenance": parts.provenance[parts.provenance["code"].isin(own["code"])],
        "crosswalk": parts.crosswalk[parts.crosswalk["code"].isin(own["code"])],
        "assignments": parts.assignments[homes],
        "places": parts.places[homes.to_numpy()],
        "certificate": {"seamless": True, "grids": len(own)},
    }
    return small_city.publication_of(3, 3, **{**keep, **changes})


def rows() -> pd.DataFrame:
    """Return the library: ``id, name, text, x, y`` in the city's CRS."""
    left, bottom = small_city.LEFT, small_city.BOTTOM
    table = []
    for number in range(1, 58):
        x = left + 5 * number
        table.append(("", f"{HEAD}{COMMUNITIES[int((x - left) // 100)]}人民东路{number}号", x, bottom + 250))
    for number in range(1, 30):
        table.append(("", f"{HEAD}老街社区泰山路{number}号", left + 150, bottom + 295 - 10 * number))
    for building in range(1, 13):
        for unit, room in ((1, 101), (1, 201), (2, 101), (2, 502)):
            text = f"{HEAD}老街社区秦岭路8号泰山小区{building}号楼{unit}单元{room}室"
            table.append(("", text, left + 110 + 5 * building, bottom + 150))
    places = [
        (SHOP, "友爱街社区人民东路3号", 15, 250),
        ("人民医院", "泰山社区人民东路50号", 250, 250),
        ("漯河市第二中学", "老街社区泰山路25号", 150, 45),
    ]
    table += [(name, HEAD + text, left + x, bottom + y) for name, text, x, y in places]
    frame = pd.DataFrame(table, columns=["name", "text", "x", "y"])
    frame.insert(0, "id", [f"R{at:04d}" for at in range(1, len(frame) + 1)])
    return frame


def library_of(*given: tuple[object, ...], **options: object) -> Library:
    """Return a library of rows (address, x, y) or (address, x, y, name), in metres from the town's corner.

    Their ids are A1, A2, …
    """
    table = pd.DataFrame([(*row, "")[:4] for row in given], columns=["text", "x", "y", "name"])
    table["x"], table["y"] = table["x"] + float(small_city.LEFT), table["y"] + float(small_city.BOTTOM)
    table["id"] = [f"A{at}" for at in range(1, len(table) + 1)]
    return build_library(table.assign(source="a"), **options)


def book_of(*given: tuple[object, ...], **options: object) -> AddressBook:
    """Return the book of such a library in the town's grids."""
    return AddressBook(library_of(*given, **options), build_index(grids()))


def book() -> AddressBook:
    """Return the town's address book, without a store."""
    library = build_library(rows().assign(source="a"), communities=list(COMMUNITIES))
    return AddressBook(library, build_index(grids()))


def register(store: Store, folder: Path) -> None:
    """Load a register with one enterprise, which the library does not know."""
    path = folder / "enterprises.csv"
    row = {"id": USCC, "name": ENTERPRISE, "phone": "13812345678", "addr": "人民东路55号"}
    pd.DataFrame([{**row, "x": small_city.LEFT + 260, "y": small_city.BOTTOM + 240}]).to_csv(path, index=False)
    source = Source(file=path.name, path=path, crs=small_city.CRS)
    form = Form(source=source, kind="enterprise", id="id", x="x", y="y", address="addr", name="name", phone="phone")
    load_register(store, form, by="test")


def fill(store: Store, folder: Path) -> None:
    """Publish the town in an empty store, and load its library."""
    store.publish_first(publication(), by="test")
    table = rows()
    _load(store, folder / "addresses.csv", table[table["name"] == ""].drop(columns="name"))
    _load(store, folder / "places.csv", table[table["name"] != ""])


def add_places(store: Store, folder: Path, *given: tuple[str, str, float]) -> None:
    """Load places (name, address behind the street, x from the town's left) in the northern grids."""
    table = pd.DataFrame(given, columns=["name", "text", "x"])
    table.insert(0, "id", [f"M{at}" for at in range(1, len(table) + 1)])
    _load(store, folder / "more.csv", table.assign(text=HEAD + table["text"], x=table["x"] + small_city.LEFT, y=NORTH))


def _load(store: Store, path: Path, table: pd.DataFrame) -> None:
    """Load rows into a library."""
    table.to_csv(path, index=False)
    source = Source(file=path.name, path=path, crs=small_city.CRS)
    named = "name" if "name" in table else None
    load_addresses(store, AddressForm(source=source, address="text", name=named, x="x", y="y"), by="test")
