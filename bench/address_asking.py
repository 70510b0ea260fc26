"""Questions about addresses: as they are, in another order, with levels left out or shortened."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import address_ways as ways
from address_places import short_area
from address_rows import SLOTS, Part, Row, parts_of
from address_truth import Answer, Truth

ADMIN = ("province", "city", "area", "street", "comm")
TAIL = ("bld", "unit", "room")
LEVELS = {"room": 42, "bld": 14, "number": 18, "house": 20, "gate": 6}


@dataclass
class Asker:
    """What a question is made from."""

    truth: Truth
    rng: random.Random
    memory: dict[str, object] = field(default_factory=dict)
    """What a class found once for all its questions."""

    def pick(self, **weights: int) -> Row:
        """Return a random row; keyword arguments weigh the levels."""
        weights = {k: w for k, w in (weights or LEVELS).items() if self.truth.by_level[k]} or LEVELS
        level = self.rng.choices(list(weights), list(weights.values()))[0]
        return self.rng.choice(self.truth.by_level[level])

    def parts(self, row: Row) -> list[Part]:
        """Return the parts of a row as the library writes them."""
        return parts_of(row, self.truth.city.chain)

    def thinned(self, row: Row, low: int = 1) -> list[Part]:
        """Return the parts of a row with some divisions left out; a village house keeps its village."""
        drop = set(self.rng.sample(ADMIN, self.rng.randint(low, 4))) | {"province"}
        drop -= {"comm"} if row.level in ("house", "village") else set()
        return [p for p in self.parts(row) if p[0] not in drop]

    def answer(self, text: str, row: Row, kept: set[str], spoilt: dict[str, str] | None = None) -> Answer | None:
        """Return the answer for a text that tells these slots of a row, some of them misheard."""
        known = {k: getattr(row, k) for k in SLOTS if k in kept}
        rivals: list[Row] = []
        if spoilt:
            if any(spoilt[k] in self.truth.names[k] for k in spoilt):
                return None  # that is another place by now
            rivals = self.truth.sound_rivals(row.level, known, spoilt)
        return self.truth.answer(text, self.truth.consistent(row.level, known), row, rivals)


Kind = Callable[[Asker], Answer | None]
KINDS: dict[str, Kind] = {}


def kind(function: Kind) -> Kind:
    """Enter a class of questions under its name."""
    KINDS[function.__name__.removeprefix("ask_")] = function
    return function


def joined(parts: list[Part], between: str = "") -> str:
    """Return the texts of parts as one."""
    return between.join(text for _, text in parts)


def slots(parts: list[Part]) -> set[str]:
    """Return the slots of parts."""
    return {slot for slot, _ in parts}


def head(asker: Asker, row: Row) -> tuple[str, set[str]]:
    """Return a few words of division before a road or estate, and what they tell."""
    city, rng = asker.truth.city.name, asker.rng
    street = row.street
    return rng.choice((
        ("", set()), ("", set()), (city, set()), (city[:-1] + short_area(row.area), {"area"}), (row.area, {"area"}),
        (short_area(row.area), {"area"}), (row.area + street, {"area", "street"}), (street, {"street"}),
    ))  # fmt: skip


# ---------------------------------------------------------------------------- as they are ----


@kind
def ask_plain(asker: Asker) -> Answer | None:
    """The row as it stands."""
    row = asker.pick()
    parts = asker.parts(row)
    return asker.answer(joined(parts), row, slots(parts))


@kind
def ask_city_road(asker: Asker) -> Answer | None:
    """A number in a road that bears another city's name."""
    names = ("苏州", "重庆", "大连", "青岛", "西宁", "长沙", "武汉", "桂林")
    rows = [r for r in asker.truth.by_level["number"] if r.road.startswith(names)]
    if not rows:
        return None
    row = asker.rng.choice(rows)
    before, told = head(asker, row)
    return asker.answer(
        before + joined([p for p in asker.parts(row) if p[0] in ("road", "no")]), row, told | {"road", "no"}
    )


@kind
def ask_two_districts(asker: Asker) -> Answer | None:
    """Only road and number, which two districts have."""
    row = asker.rng.choice(asker.truth.by_level["number"])
    answer = asker.answer(row.road + row.no + "号", row, {"road", "no"})
    rows = asker.truth.consistent("number", {"road": row.road, "no": row.no})
    return answer if answer and answer["ambiguous"] and len({r.area for r in rows}) > 1 else None


# ---------------------------------------------------------------------------- order ----


@kind
def ask_reversed(asker: Asker) -> Answer | None:
    """From small to large, between commas."""
    row = asker.pick(room=50, bld=20, number=15, gate=15)
    parts = asker.thinned(row, 0) if asker.rng.random() < 0.6 else asker.parts(row)
    text = joined(parts[::-1], asker.rng.choice(("，", ", ", ",", " ")))
    return asker.answer(text, row, slots(parts))


@kind
def ask_repeated(asker: Asker) -> Answer | None:
    """Province and city, or the district, written twice."""
    row, city = asker.pick(), asker.truth.city
    parts = asker.parts(row)
    rest = joined([p for p in parts if p[0] not in ("province", "city")])
    twice = city.province + city.name + rng_space(asker) + city.province + city.name
    other = city.name + row.area + rng_space(asker) + city.name
    third = city.province[:-1] + city.name + row.area + rng_space(asker) + city.province + city.name
    return asker.answer(asker.rng.choice((twice, other, third)) + rest, row, slots(parts))


def rng_space(asker: Asker) -> str:
    """Return a space, or none."""
    return asker.rng.choice(("", "", " "))


# ---------------------------------------------------------------------------- left out ----


@kind
def ask_gaps(asker: Asker) -> Answer | None:
    """Levels in the middle left out: no number, no road, no building or no unit."""
    row = asker.pick(room=75, bld=25)
    ways_out = [
        {"road", "no"},
        {"no"},
        {"unit"},
        {"street", "comm", "road", "no"},
        {"bld"},
        {"est"},
        {"road", "no", "unit"},
    ]
    drop = asker.rng.choice(ways_out) | set(asker.rng.sample(ADMIN, asker.rng.randint(1, 4)))
    drop |= {"province"}
    parts = [p for p in asker.parts(row) if p[0] not in drop]
    kept = slots(parts)
    if not kept & {"est", "road"} or not kept & {"bld", "room"} or ("no" in kept) != ("road" in kept):
        return None
    if "est" not in kept and "no" not in kept:
        return None
    answer = asker.answer(joined(parts), row, kept)
    return answer if answer and len(answer["grids"]) < 30 else None


@kind
def ask_tail(asker: Asker) -> Answer | None:
    """Building, unit and room in a short or a long form."""
    row = asker.pick(room=80, bld=20)
    if not row.bld and not row.lane:
        return None
    parts = [p for p in asker.thinned(row) if p[0] not in (*TAIL, "house")]
    kept = slots(parts)
    if not kept & {"est", "no", "lane"}:
        return None
    text = joined(parts)
    text += " " if text[-1].isdigit() or asker.rng.random() < 0.15 else ""
    return asker.answer(text + ways.tail(row, asker.rng), row, kept | {*TAIL, "house"})


@kind
def ask_core_name(asker: Asker) -> Answer | None:
    """An estate by the core of its name, with a building and perhaps a room."""
    row, rng = asker.pick(room=60, bld=40), asker.rng
    core = row.est_core
    tangled = any(n.startswith(core) for n in asker.truth.names["comm"]) or any(
        core in r.stem for r in asker.truth.city.roads
    )
    if not core or core == row.est or row.phase or tangled:
        return None
    before, told = head(asker, row)
    if rng.random() < 0.3 and row.road:
        before, told = before + row.road, told | {"road"}
    return asker.answer(before + core + ways.tail(row, rng), row, told | {"est_core", *TAIL})


@kind
def ask_phase(asker: Asker) -> Answer | None:
    """An estate of several phases: the phase in other figures, in brackets, or missing."""
    rows = asker.memory.setdefault(
        "phase", [r for r in asker.truth.by_level["bld"] + asker.truth.by_level["room"] if r.phase]
    )
    if not rows:
        return None
    row, rng = rng_row(asker, rows), asker.rng
    figures = row.phase.translate(str.maketrans("一二三", "123"))
    again = f"第{row.phase}" if "期" in row.phase else row.phase
    phase = rng.choice((figures, f"({row.phase})", row.phase.lower(), again, ""))
    told = {"phase"} if phase else set()
    before, more = head(asker, row)
    return asker.answer(before + row.est_base + phase + ways.tail(row, rng), row, told | more | {"est_base", *TAIL})


def rng_row(asker: Asker, rows: object) -> Row:
    """Return a random row of a list that was kept."""
    assert isinstance(rows, list)
    row = asker.rng.choice(rows)
    assert isinstance(row, Row)
    return row


@kind
def ask_comm_building(asker: Asker) -> Answer | None:
    """A community and a building that only one estate of it has, by what is written and by where it stands."""
    row, rng = asker.pick(bld=100), asker.rng
    known = {"comm": row.comm, "bld": row.bld}
    bare = re.sub("(社区|居委会)$", "", row.comm)
    tangled = any(n.startswith(bare) for n in asker.truth.names["est"])
    if len(asker.truth.consistent("bld", known)) != 1 or not row.bld.isdigit() or tangled:
        return None
    homes = [c for c in asker.truth.city.communities if row.grid.startswith(c.code)]
    if homes[0].name != row.comm or sum(c.name == row.comm for c in asker.truth.city.communities) > 1:
        return None  # the building stands across the border, or another community has the name
    if sum(r.bld == row.bld and r.grid.startswith(homes[0].code) for r in asker.truth.by_level["bld"]) > 1:
        return None  # one of another community's estate stands across the border here
    text = row.comm + row.bld + rng.choice(("号楼", "栋", "幢"))
    return asker.answer(rng.choice(("", row.area)) + text, row, {"comm", "bld"})


@kind
def ask_village_bare(asker: Asker) -> Answer | None:
    """A village without 村, a group without 组."""
    row, rng = asker.pick(house=100), asker.rng
    bare = row.comm.removesuffix("村")
    before, told = head(asker, row)
    if "street" in told and rng.random() < 0.5:
        before = before[:-1]
    kept = told | {"comm", "num"}
    if row.group and not row.hamlet:
        word = row.style.group[-1]
        group = rng.choice((f"{row.group}{word}", f"{ways.chinese(int(row.group), rng)}{word}", f"第{row.group}{word}"))
        text = rng.choice(
            (
                f"{bare}{group}{row.num}号",
                f"{bare} {group}{row.num}",
                f"{row.comm}{row.group}-{row.num}号",
                f"{bare}{group}{row.num}户",
            )
        )
        return asker.answer(before + text, row, kept | {"group"})
    inner, more = (row.hamlet, {"hamlet"}) if row.hamlet and rng.random() < 0.7 else ("", set())
    if row.group and (not inner or rng.random() < 0.5):
        inner, more = inner + row.group + row.style.group[-1], more | {"group"}
    if not inner:
        return None
    return asker.answer(f"{before}{bare}{inner}{row.num}号", row, kept | more)


__all__ = ["ADMIN", "KINDS", "TAIL", "Asker", "head", "joined", "kind", "rng_row", "slots"]
