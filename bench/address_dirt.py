"""Make an invented library as dirty as real ones: levels missing, parts spelled otherwise, places entered twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from address_places import short_area
from address_rows import Part, Row, parts_of

if TYPE_CHECKING:
    from address_city import City

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
FIGURES = str.maketrans("一二三", "123")
TWIN_M = 3.0
"""How far a second entry of a place may lie from the first in x and y. Chosen."""


def _phase(text: str) -> str:
    """Write 一期 as (1期)."""
    return f"{text[:-2]}({text[-2:].translate(FIGURES)})" if text.endswith("期") else text + " "


RESPELT: dict[str, Callable[[str], str]] = {
    "area": short_area,
    "street": lambda text: text.removesuffix("街道").removesuffix("镇"),
    "comm": lambda text: text.replace("居委会", "社区") if text.endswith("居委会") else text.replace("社区", "居委会"),
    "no": lambda text: text.translate(FULL_WIDTH),
    "est": _phase,
    "bld": lambda text: text.replace("号楼", "#楼") if text.endswith("号楼") else text[:-1] + "号楼",
    "unit": lambda text: text.replace("单元", "门"),
    "room": lambda text: text.removesuffix("室") if text.endswith("室") else text.translate(FULL_WIDTH),
    "group": lambda text: "第" + text.removeprefix("第"),
    "num": lambda text: text.removesuffix("号"),
}


def _respelt(parts: list[Part], rng: random.Random) -> str:
    """Return an address with one or two of its parts in another spelling; the zone of a market stays."""
    told = [
        i
        for i, (slot, text) in enumerate(parts)
        if (slot in RESPELT and not text.endswith(("区", "排"))) or slot == "area"
    ]
    for i in rng.sample(told, min(len(told), rng.choice((1, 1, 2)))):
        slot, text = parts[i]
        parts[i] = slot, RESPELT[slot](text)
    return "".join(text for _, text in parts)


def _thinned(row: Row, parts: list[Part], rng: random.Random) -> str:
    """Return an address without one or two of its divisions; a village house keeps its village."""
    drop = rng.sample(("city", "area", "street", *(("comm",) if row.urban else ())), rng.randint(1, 2))
    return "".join(text for slot, text in parts if slot not in (*drop, "province"))


def soil(city: City, share: float) -> None:
    """Make a share of a city's rows dirty; what they mean stays in their slots.

    Of the dirty rows 35 % miss divisions, 35 % are spelled otherwise, and 30 % get a second entry that is. No two rows
    have the same text.
    """
    rng = random.Random(f"dirt {city.seed}")
    taken, twins = {row.text for row in city.rows}, []
    for row in city.rows:
        if rng.random() >= share:
            continue
        parts, draw = parts_of(row, city.chain), rng.random()
        text = _thinned(row, parts, rng) if draw < 0.35 else _respelt(parts, rng)
        if text in taken:
            continue
        taken.add(text)
        if draw < 0.7:
            row.text = text
        else:
            x, y = row.x + rng.uniform(-TWIN_M, TWIN_M), row.y + rng.uniform(-TWIN_M, TWIN_M)
            twins.append(replace(row, text=text, x=round(x, 2), y=round(y, 2)))
    if twins:
        homes = city.community_of(np.array([t.x for t in twins]), np.array([t.y for t in twins]))
        city.rows += [twin for twin, home in zip(twins, homes.tolist(), strict=True) if home >= 0]


__all__ = ["soil"]
