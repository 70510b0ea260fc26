"""A row of the invented library: the slots that it truly has, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

SLOTS = (
    "area", "street", "comm", "road", "no", "lane", "house", "est", "est_base", "est_core", "phase", "bld", "unit",
    "room", "hamlet", "group", "num",
)  # fmt: skip


class Chain(NamedTuple):
    """How the library writes the divisions: with the province, with the community."""

    province: str
    city: str
    with_province: bool
    with_community: bool


class Style(NamedTuple):
    """How the parts below the road are written; `{}` is the value."""

    no: str = "{}号"
    bld: str = "{}号楼"
    unit: str = "{}单元"
    room: str = "{}室"
    group: str = "{}组"


@dataclass(slots=True)
class Row:
    """A row with the slots that it truly has; empty where it has none."""

    level: str
    area: str
    street: str
    comm: str
    x: float
    y: float
    urban: bool
    style: Style
    road: str = ""
    no: str = ""
    lane: str = ""
    house: str = ""
    est: str = ""
    est_base: str = ""
    est_core: str = ""
    phase: str = ""
    bld: str = ""
    unit: str = ""
    room: str = ""
    hamlet: str = ""
    group: str = ""
    num: str = ""
    text: str = ""
    id: str = ""
    grid: str = ""
    lon: float = 0.0
    lat: float = 0.0


Part = tuple[str, str]
"""A slot and the text that stands for it."""


def number_text(no: str, form: str = "{}号") -> str:
    """Write a house number: 12号, 12-3号, 甲12号, 12号附3."""
    plain, attached, rest = no.partition("附")
    return form.format(plain) + attached + rest


def parts_of(row: Row, chain: Chain) -> list[Part]:
    """Return the standard address of a row as (slot, text) in writing order."""
    style = row.style
    parts = [("province", chain.province if chain.with_province else ""), ("city", chain.city)]
    parts += [("area", row.area), ("street", row.street)]
    parts.append(("comm", row.comm if chain.with_community or not row.urban else ""))
    parts += [("road", row.road), ("no", number_text(row.no, style.no) if row.no else "")]
    parts += [("lane", row.lane and f"{row.lane}弄"), ("house", row.house and f"{row.house}号"), ("est", row.est)]
    bld = style.bld if not row.bld.isalpha() or "区" in row.bld else "{}座" if style.bld == "{}座" else "{}栋"
    parts += [("bld", row.bld and bld.format(row.bld)), ("unit", row.unit and style.unit.format(row.unit))]
    room = "{}" if row.room.endswith(("铺", "场")) else style.room
    parts += [("room", row.room and room.format(row.room)), ("hamlet", row.hamlet)]
    parts += [("group", row.group and style.group.format(row.group)), ("num", row.num and f"{row.num}号")]
    return [(slot, text) for slot, text in parts if text]


__all__ = ["SLOTS", "Chain", "Part", "Row", "Style", "number_text", "parts_of"]
