"""Shops, chains, companies and institutions of the invented city, each at a row of its library."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import address_words as words
from address_rows import Row

if TYPE_CHECKING:
    from address_city import City

SHARE = 0.16
"""Places per plain number. Chosen."""


@dataclass
class Place:
    """A named place; `known_as` are other names that people use for it."""

    name: str
    row: Row
    kind: str
    x: float
    y: float
    known_as: tuple[str, ...] = ()
    core: str = ""
    trade: str = ""
    id: str = ""
    grid: str = ""
    lon: float = 0.0
    lat: float = 0.0

    @property
    def area(self) -> str:
        """The district."""
        return self.row.area

    @property
    def road(self) -> str:
        """The road of its address, empty if that has none."""
        return self.row.road


def short_area(area: str) -> str:
    """Return a district's name without 区, 县, 市."""
    return area[:-1] if len(area) > 2 else area


def _company(city: City, rng: random.Random, row: Row) -> Place:
    head = rng.choice((city.name, city.name[:-1], city.province[:-1], short_area(row.area)))
    core = rng.choice(words.FIRM_FIRST) + rng.choice(words.FIRM_SECOND)
    core += rng.choice(words.FIRM_SECOND) if rng.random() < 0.3 else ""
    trade = rng.choice(words.TRADES)
    name = head + core + trade + rng.choice(words.FIRM_ENDS)
    return Place(name, row, "company", row.x, row.y, core=core, trade=trade)


def _branch(rng: random.Random, row: Row) -> Place:
    chain = rng.choice(words.CHAINS)
    spot = row.road or row.comm
    name = f"{chain}（{spot}店）"
    known_as = (f"{chain}{spot}店", f"{spot}{chain}", f"{chain}({spot}分店)")
    return Place(name, row, "branch", row.x, row.y, known_as, core=chain)


def _shop(rng: random.Random, row: Row) -> Place:
    return Place(rng.choice(words.SHOP_HEADS) + rng.choice(words.SHOP_TAILS), row, "shop", row.x, row.y)


def _institutions(city: City, numbers: dict[str, list[Row]], villages: list[Row]) -> list[Place]:
    """Return schools, hospitals, police stations and village committees."""
    rng, made = city.rng, []
    short = city.name[:-1]

    def add(name: str, row: Row, *known_as: str) -> None:
        made.append(Place(name, row, "institution", row.x, row.y, known_as))

    ordinals = "一二三四五六七八九"
    rows = [row for rows in numbers.values() for row in rows]
    for n, row in zip(ordinals, rng.sample(rows, min(9, len(rows))), strict=False):
        add(f"{city.name}第{n}中学", row, f"{short}{n}中", f"{city.name}{n}中", f"市{n}中")
    for area, own in numbers.items():
        row = rng.choice(own)
        add(f"{area}人民医院", row, f"{short_area(area)}人民医院", f"{short_area(area)}医院")
        row = rng.choice(own)
        add(f"{area}实验小学", row, f"{short_area(area)}实验小学", f"{short_area(area)}实小")
    by_street: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_street[row.street].append(row)
    for street, own in by_street.items():
        row, bare = rng.choice(own), street.removesuffix("街道").removesuffix("镇").removesuffix("乡")
        area = short_area(row.area)
        add(f"{city.name}公安局{area}分局{bare}派出所", row, f"{bare}派出所", f"{area}{bare}派出所")
        row = rng.choice(own)
        name = f"{bare}社区卫生服务中心" if street.endswith("街道") else f"{bare}中心卫生院"
        add(name, row, f"{row.area}{name}", name.replace("服务中心", "中心").replace("中心卫生院", "卫生院"))
    for row in rng.sample(villages, len(villages) * 2 // 3):
        bare = row.comm.removesuffix("村")
        add(
            f"{row.area}{row.street}{row.comm}村民委员会",
            row,
            f"{bare}村委会",
            f"{row.comm}村委会",
            f"{row.street}{bare}村委",
        )
    return made


def make_places(city: City) -> None:
    """Add places to a city that has rows; a row has at most one, and names of shops may repeat."""
    rng = city.rng
    numbers: dict[str, list[Row]] = defaultdict(list)
    offices, villages = [], []
    for row in city.rows:
        if row.level == "number":
            numbers[row.area].append(row)
        elif row.level == "room" and row.est_base.endswith(("大厦", "国际", "广场", "天地")):
            offices.append(row)
        elif row.level == "village":
            villages.append(row)
    made = _institutions(city, numbers, villages)
    taken = {id(p.row) for p in made}
    plain = [row for rows in numbers.values() for row in rows if id(row) not in taken]
    for row in rng.sample(plain, round(SHARE * len(plain))):
        draw = rng.random()
        made.append(_company(city, rng, row) if draw < 0.35 else _branch(rng, row) if draw < 0.6 else _shop(rng, row))
    made += [_company(city, rng, row) for row in rng.sample(offices, min(len(offices), len(plain) // 20))]
    made.sort(key=lambda p: (p.name, p.row.text))
    for number, place in enumerate(made, 1):
        place.id = f"P{number:06d}"
    city.places = made


__all__ = ["Place", "make_places", "short_area"]
