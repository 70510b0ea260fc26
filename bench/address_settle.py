"""Settle the invented city: numbers, estates with buildings and rooms, lanes, stalls and village houses."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import address_words as words
import numpy as np
from address_roads import Front, fronts
from address_rows import Row, Style, parts_of

if TYPE_CHECKING:
    from address_city import City, Community

RURAL_SHARE = 0.27
PLAIN_SHARE = 0.35
"""Most plain numbers among the rows of the towns. Chosen."""
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
UNITS = {"number": "1234567", "stem": "甲乙丙丁", "side": "东西", "three": "东中西", "none": ("",)}
HAMLETS = [a + b for a in words.HAMLET_HEADS for b in words.HAMLET_TAILS if b != "家湾"]
HAMLETS += [a + "家湾" for a in words.FAMILIES]


@dataclass
class Maker:
    """What is needed while rows are made."""

    city: City
    rows: list[Row] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Estate names that are taken, with the district."""
    wanted: list[float] = field(default_factory=lambda: [0.3, 0.3, 0.09, 0.05, 0.05])
    """Draws that come first, so that a small city has phases, a market and lanes, too."""

    @property
    def rng(self) -> random.Random:
        """The city's random numbers."""
        return self.city.rng

    def base(self, community: Community, x: float, y: float, level: str, style: Style | None = None) -> Row:
        """Return a row with nothing but its divisions and place."""
        c = community
        place = (round(x, 2), round(y, 2))
        return Row(level, c.area, c.street, c.name, *place, c.urban, style or Style())


def _special_number(rng: random.Random, number: int) -> str:
    """Return a number, now and then 12-3, 12附3 or 甲12."""
    draw = rng.random()
    if draw < 0.03:
        return f"{number}-{rng.randint(1, 6)}"
    if draw < 0.06:
        return f"{number}附{rng.randint(1, 12)}"
    if draw < 0.075:
        return rng.choice("甲乙") + str(number)
    return str(number)


def _estate_name(maker: Maker, area: str, alone: bool = False) -> tuple[str, str, str]:
    """Return base name, core and tail of an estate; a district has a name once, the city now and then twice.

    A name that is to stand `alone`, as that of an estate of several phases, the city has once.
    """
    rng = maker.rng
    for _ in range(200):
        if rng.random() < 0.06:
            core, tail = rng.choice(words.WORKS), rng.choice(words.YARDS)
        else:
            core = rng.choice(words.ESTATE_HEADS)
            core = core if rng.random() < 0.6 else rng.choice(words.STEM_HEADS) + rng.choice(words.STEM_TAILS)
            tail = rng.choice(words.ESTATE_TAILS)
        name = core + tail
        other = maker.names.get(name)
        if other is None or (not alone and other not in (area, "*") and rng.random() < 0.25):
            maker.names[name] = "*" if alone else area
            return name, core, tail
    return rng.choice(words.ESTATE_HEADS) + rng.choice(words.STEM_HEADS) + "苑", "", ""


def _styles(rng: random.Random) -> tuple[Style, str, str]:
    """Return how an estate writes its parts, its kind of units and of building names."""
    bld = rng.choice(("{}号楼", "{}号楼", "{}栋", "{}幢", "{}座"))
    units = rng.choices(list(UNITS), [60, 8, 8, 4, 20])[0]
    letters = "letter" if bld == "{}座" or rng.random() < 0.08 else "number"
    room = rng.choice(("{}室", "{}", "{}号", "{}户")) if bld != "{}号楼" else rng.choice(("{}室", "{}"))
    no = rng.choice(("{}号", "{}号", "{}号院", "{}号大院"))
    return Style(no=no, bld=bld, room=room), units, letters


def _buildings(maker: Maker, gate: Row, away: tuple[float, float]) -> None:
    """Add the buildings and rooms behind a gate; buildings may stand across a border."""
    rng = maker.rng
    style, units, letters = _styles(rng)
    style = style._replace(no=gate.style.no)
    count = rng.choice((1, 2, 3, 4, 5, 6, 8, 9, 12, 16, 20, 24))
    tall, keep = rng.random() < 0.3, rng.uniform(0.06, 0.26)
    along = (away[1], -away[0])
    spots = [
        (gate.x + (40 + k % 4 * 36) * away[0] + (k // 4) * 42 * along[0],
         gate.y + (40 + k % 4 * 36) * away[1] + (k // 4) * 42 * along[1])
        for k in range(count)
    ]  # fmt: skip
    inside = maker.city.community_of(np.array([s[0] for s in spots]), np.array([s[1] for s in spots])) >= 0
    for k, (x, y) in enumerate(spots):
        if not inside[k]:
            continue
        bld = LETTERS[k] if letters == "letter" else str(k + 1)
        row = replace(gate, level="bld", bld=bld, x=round(x, 2), y=round(y, 2), style=style)
        maker.rows.append(row)
        _rooms(maker, row, units, tall, keep)


def _rooms(maker: Maker, building: Row, units: str, tall: bool, keep: float) -> None:
    """Add the rooms of a building, and shops on its ground floor."""
    rng = maker.rng
    names = UNITS[units]
    names = names[: rng.randint(1, min(4, len(names)))] if units in ("number", "stem") else names
    floors = rng.choice((11, 18, 26)) if tall else rng.choice((5, 6, 7))
    for unit in names:
        for floor in range(1, floors + 1):
            for door in range(1, (4 if tall or units == "none" else 2) + 1):
                if rng.random() < keep:
                    maker.rows.append(replace(building, level="room", unit=unit, room=f"{floor}{door:02d}"))
    if rng.random() < 0.1:
        shops = ["1层商铺"] if rng.random() < 0.4 else [f"1层{n}号商铺" for n in range(1, rng.randint(3, 8))]
        maker.rows += [replace(building, level="room", unit="", room=s) for s in shops]
    if rng.random() < 0.02:
        maker.rows.append(replace(building, level="room", unit="", room="负1层停车场"))


def _estate(maker: Maker, front: Front, name: tuple[str, str, str] | None, phase: str) -> None:
    """Turn a front into the gate of an estate or yard."""
    rng, community = maker.rng, maker.city.communities[front.community]
    style = Style(no=rng.choice(("{}号", "{}号", "{}号", "{}号院", "{}号大院")))
    gate = maker.base(community, front.x, front.y, "gate", style)
    gate.road, gate.no = front.road.name, str(front.number)
    if name:
        gate.est, gate.est_base, gate.est_core, gate.phase = name[0] + phase, name[0], name[1] or name[0], phase
    else:
        gate.style = style._replace(no="{}号院")
    maker.rows.append(gate)
    _buildings(maker, gate, front.away)


def _inner_estate(maker: Maker, community: Community) -> None:
    """Add an estate that has no road in its address."""
    rng = maker.rng
    x0, x1, y0, y1 = community.cells
    x, y = maker.city.middle_of_cell(rng.randrange(x0, x1), rng.randrange(y0, y1))
    gate = maker.base(community, x, y, "gate")
    gate.est_base, gate.est_core, _ = _estate_name(maker, community.area)
    gate.est, gate.est_core = gate.est_base, gate.est_core or gate.est_base
    maker.rows.append(gate)
    turn = rng.uniform(0, 2 * math.pi)
    _buildings(maker, gate, (math.cos(turn), math.sin(turn)))


def _lane(maker: Maker, front: Front) -> None:
    """Turn a front into a 弄 with numbered houses, some with rooms."""
    rng, community = maker.rng, maker.city.communities[front.community]
    mouth = maker.base(community, front.x, front.y, "lane", Style(room=rng.choice(("{}室", "{}"))))
    mouth.road, mouth.lane = front.road.name, str(front.number)
    maker.rows.append(mouth)
    rooms = rng.random() < 0.5
    for k in range(rng.randint(4, 30)):
        far = 15 + 9 * k
        x, y = front.x + far * front.away[0], front.y + far * front.away[1]
        if maker.city.community_of(np.array([x]), np.array([y]))[0] < 0:
            break
        house = replace(mouth, level="lanehouse", house=str(k + 1), x=round(x, 2), y=round(y, 2))
        maker.rows.append(house)
        for floor in range(1, 7) if rooms else ():
            maker.rows += [replace(house, level="room", room=f"{floor}{d:02d}") for d in (1, 2) if rng.random() < 0.35]


def _market(maker: Maker, front: Front) -> None:
    """Turn a front into a market with stalls in zones."""
    rng, community = maker.rng, maker.city.communities[front.community]
    style = Style(bld="{}", room=rng.choice(("{}号摊位", "{}号", "{}号铺")))
    gate = maker.base(community, front.x, front.y, "gate", style)
    gate.road, gate.no = front.road.name, str(front.number)
    name, core, _ = _estate_name(maker, "market")
    gate.est = gate.est_base = (core or name) + rng.choice(words.MARKETS)
    gate.est_core = gate.est
    maker.rows.append(gate)
    for z in range(rng.randint(1, 4)):
        zone = f"{LETTERS[z]}区" if style.room != "{}号" else f"{z + 1}排"
        x, y = front.x + (20 + 25 * z) * front.away[0], front.y + (20 + 25 * z) * front.away[1]
        for stall in range(1, rng.randint(8, 40)):
            row = replace(gate, level="stall", bld=zone, room=str(stall), x=round(x, 2), y=round(y, 2))
            maker.rows.append(row)


def _plain(maker: Maker, front: Front) -> None:
    """Turn a front into a plain number."""
    row = maker.base(maker.city.communities[front.community], front.x, front.y, "number")
    row.road, row.no = front.road.name, _special_number(maker.rng, front.number)
    maker.rows.append(row)


def _special_front(maker: Maker, at: int, all_fronts: list[Front], used: set[int]) -> None:
    """Turn a front, and with phases also its neighbours, into something with many rows."""
    rng, front = maker.rng, all_fronts[at]
    used.add(at)
    if front.road.kind in ("lane", "numbered lane"):
        _plain(maker, front)
        return
    draw = maker.wanted.pop() if maker.wanted else rng.random()
    if draw < 0.08:
        _lane(maker, front)
    elif draw < 0.1:
        _market(maker, front)
    elif draw < 0.18:
        _estate(maker, front, None, "")
    elif draw < 0.34:
        name = _estate_name(maker, maker.city.communities[front.community].area, alone=True)
        for step, phase in enumerate(rng.choice(words.PHASES)):
            k = at + 3 * step
            if k < len(all_fronts) and all_fronts[k].road is front.road and (k not in used or not step):
                used.add(k)
                _estate(maker, all_fronts[k], name, phase)
    else:
        _estate(maker, front, _estate_name(maker, maker.city.communities[front.community].area), "")


def _towns(maker: Maker, target: int) -> None:
    """Add numbers, estates, lanes and markets until there are `target` rows."""
    rng, city = maker.rng, maker.city
    places, used = fronts(city), set[int]()
    order = rng.sample(range(len(places)), len(places))
    urban = [c for c in city.communities if c.urban]
    spare = min(len(places), round(PLAIN_SHARE * target))
    for at in order:
        if len(maker.rows) + spare >= target or len(used) > 0.45 * len(places):
            break
        if at in used:
            continue
        if rng.random() < 0.22:
            _inner_estate(maker, rng.choice(urban))
        _special_front(maker, at, places, used)
    while len(maker.rows) + spare < target:
        _inner_estate(maker, rng.choice(urban))
    rest = [at for at in range(len(places)) if at not in used]
    for at in sorted(rng.sample(rest, min(len(rest), spare))):
        _plain(maker, places[at])


# --------------------------------------------------------------------------- villages ----


def _village(maker: Maker, c: Community, houses: int) -> None:
    """Add a village: its seat and its houses in groups, some with hamlets instead of or beside groups."""
    rng, city = maker.rng, maker.city
    x0, x1, y0, y1 = c.cells
    kind = rng.choices(("groups", "hamlets", "both"), [60, 15, 25])[0]
    count = rng.randint(3, 14)
    style = Style(group="第{}" + c.group_word if rng.random() < 0.15 else "{}" + c.group_word)
    seat = maker.base(c, *city.middle_of_cell((x0 + x1) // 2, (y0 + y1) // 2), "village", style)
    maker.rows.append(seat)
    pool = rng.sample(HAMLETS, count)
    for g in range(count):
        mx, my = city.middle_of_cell(rng.randrange(x0, x1), rng.randrange(y0, y1))
        hamlet = "" if kind == "groups" else pool[g if kind == "hamlets" else g // 2]
        group = "" if kind == "hamlets" else str(g + 1)
        far = 42.0
        for n in range(1, max(3, round(houses / count * rng.uniform(0.5, 1.5)))):
            x, y = mx + rng.uniform(-far, far), my + rng.uniform(-far, far)
            if n % 10 == 9 and rng.random() < 0.5:
                continue
            row = replace(seat, level="house", x=round(x, 2), y=round(y, 2), hamlet=hamlet, group=group, num=str(n))
            maker.rows.append(row)


def make_rows(city: City, target: int) -> None:
    """Add the rows of the library to a city that has roads."""
    maker = Maker(city)
    _towns(maker, round(target * (1 - RURAL_SHARE)))
    villages = [c for c in city.communities if not c.urban]
    for c in villages:
        _village(maker, c, max(12, round(target * RURAL_SHARE / len(villages))))
    _unique_rows(maker, lambda row: "".join(text for _, text in parts_of(row, city.chain)))
    city.rows = maker.rows


def _unique_rows(maker: Maker, write: Callable[[Row], str]) -> None:
    """Write the text of every row inside the city; of rows with the same text the first stays."""
    seen: set[str] = set()
    kept = []
    homes = maker.city.community_of(np.array([r.x for r in maker.rows]), np.array([r.y for r in maker.rows]))
    for row, home in zip(maker.rows, homes.tolist(), strict=True):
        if home < 0:
            continue
        row.text = write(row)
        if row.text not in seen:
            seen.add(row.text)
            kept.append(row)
    maker.rows = kept


__all__ = ["make_rows"]
