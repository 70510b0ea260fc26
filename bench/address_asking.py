"""Questions about addresses: turned round, with levels left out, misheard, written otherwise, contradictory."""

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
    """A community and a building that only one estate of it has."""
    row, rng = asker.pick(bld=100), asker.rng
    known = {"comm": row.comm, "bld": row.bld}
    bare = re.sub("(社区|居委会)$", "", row.comm)
    tangled = any(n.startswith(bare) for n in asker.truth.names["est"])
    if len(asker.truth.consistent("bld", known)) != 1 or not row.bld.isdigit() or tangled:
        return None
    homes = [c for c in asker.truth.city.communities if row.grid.startswith(c.code)]
    if homes[0].name != row.comm or sum(c.name == row.comm for c in asker.truth.city.communities) > 1:
        return None  # the building stands across the border, or another community has the name
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


# ---------------------------------------------------------------------------- figures, words ----


@kind
def ask_figures(asker: Asker) -> Answer | None:
    """Digits with spaces, in full width, in Chinese, and mixed."""
    row = asker.pick(room=45, bld=15, number=20, house=20)
    parts = asker.thinned(row)
    plain = ("no", "lane", "house", "bld", "unit", "room", "group", "num")
    text = joined(
        [(k, ways.other_figures(v, asker.rng, k == "room") if k in plain and "-" not in v else v) for k, v in parts]
    )
    return asker.answer(text, row, slots(parts))


@kind
def ask_subnumber(asker: Asker) -> Answer | None:
    """12-3号, 12号附3 and 甲12号 as people write them."""
    rows = asker.memory.setdefault("sub", [r for r in asker.truth.by_level["number"] if not r.no.isdigit()])
    if not rows:
        return None
    row, rng = rng_row(asker, rows), asker.rng
    before, told = head(asker, row)
    if "附" in row.no:
        plain, _, more = row.no.partition("附")
        number = rng.choice(
            (f"{plain}号附{more}号", f"{plain}附{more}号", f"{plain}号附{more}", f"{plain}号之附{more}")
        )
    elif "-" in row.no:
        plain, _, more = row.no.partition("-")
        number = rng.choice(
            (f"{plain}—{more}号", f"{plain}之{more}号", f"{plain}－{more}号", f"{plain}号-{more}", f"{plain}-{more}")
        )
    else:
        number = rng.choice(
            (f"{row.no}号", f"{row.no[0]} {row.no[1:]}号", f"{row.no[0]}{ways.chinese(int(row.no[1:]), rng)}号")
        )
    return asker.answer(before + row.road + number, row, told | {"road", "no"})


@kind
def ask_lane(asker: Asker) -> Answer | None:
    """A house or room in a 弄."""
    rows = asker.memory.setdefault(
        "lane", [r for k in ("lanehouse", "room") for r in asker.truth.by_level[k] if r.lane]
    )
    if not rows:
        return None
    row, rng = rng_row(asker, rows), asker.rng
    before, told = head(asker, row)
    text = before + row.road + rng.choice((f"{row.lane}弄", f"{row.lane}弄堂", f"{ways.chinese(int(row.lane), rng)}弄"))
    text += ways.tail(row, rng) if row.room else rng.choice((f"{row.house}号", f"{row.house}", f"{row.house}号内"))
    return asker.answer(text, row, told | {"road", "lane", "house", "room"})


@kind
def ask_stall(asker: Asker) -> Answer | None:
    """A stall of a market."""
    row, rng = asker.pick(stall=100), asker.rng
    if row.level != "stall":
        return None
    before, told = head(asker, row)
    zone, bare = row.bld, row.bld[:-1]
    spot = rng.choice(
        (
            f"{zone}{row.room}号",
            f"{zone}{row.room}号摊",
            f"{zone}{row.room}",
            f"{bare}{'' if bare.isalpha() else '-'}{row.room}摊位",
            f"{zone}第{row.room}摊",
        )
    )
    return asker.answer(before + row.est + spot, row, told | {"est", "bld", "room"})


@kind
def ask_extra_words(asker: Asker) -> Answer | None:
    """Words between the parts that say nothing."""
    row, rng = asker.pick(room=70, bld=20, gate=10), asker.rng
    parts = asker.thinned(row)
    kept = slots(parts)
    if not kept & {"est", "no"}:
        return None
    more = {
        "est": ("里面", "院内", "的", "小区内", "里头"),
        "no": ("院内", "里面", "", " "),
        "bld": ("楼房", "楼内", "楼上", "那一栋", "这栋楼的"),
        "unit": ("楼道", "门洞", "里的", "上楼"),
        "room": ("房间", "屋内", "住户", "业主家", "门口"),
    }
    text = "".join(v + (rng.choice(more[k]) if k in more and rng.random() < 0.6 else "") for k, v in parts)
    return asker.answer(text + rng.choice(("", "", "，麻烦快点", "的住户反映", "有人求助", "，谢谢")), row, kept)


@kind
def ask_traditional(asker: Asker) -> Answer | None:
    """In traditional characters."""
    row = asker.pick()
    parts = asker.thinned(row, 0)
    text = ways.traditional(joined(parts))
    return asker.answer(text, row, slots(parts)) if text != joined(parts) else None


# ---------------------------------------------------------------------------- misheard, wrong ----


def misheard(asker: Asker, row: Row, parts: list[Part], tables: dict[str, str], count: int) -> Answer | None:
    """Return the answer for parts of which `count` names are misheard."""
    names = [i for i, p in enumerate(parts) if p[0] in ("road", "est", "comm", "hamlet")]
    told = [i for i in names if any(c in tables for c in parts[i][1][:-1])]
    if len(told) < count:
        return None
    spoilt = {}
    for i in asker.rng.sample(told, count):
        slot, name = parts[i]
        heard = ways.misheard(name, asker.rng, tables)
        if heard == name:
            return None
        parts[i], spoilt[slot] = (slot, heard), heard
    return asker.answer(joined(parts), row, slots(parts), spoilt)


@kind
def ask_voice(asker: Asker) -> Answer | None:
    """Two names as a machine hears them."""
    row = asker.pick(room=50, bld=20, number=20, gate=10)
    parts = asker.parts(row) if asker.rng.random() < 0.5 else asker.thinned(row)
    return misheard(asker, row, parts, ways.sounds(), 2)


@kind
def ask_dialect(asker: Asker) -> Answer | None:
    """A name as a speaker without l/n, h/f or zh/z says it."""
    row = asker.pick()
    return misheard(asker, row, asker.thinned(row, 0), ways.accents(), 1)


@kind
def ask_road_suffix(asker: Asker) -> Answer | None:
    """路, 街 and 大道 mixed up."""
    row, rng, truth = asker.pick(number=50, room=30, gate=20), asker.rng, asker.truth
    ends = asker.memory.setdefault(
        "ends", {r.name: r.stem for r in truth.city.roads if r.end in ("路", "街", "大道", "大街")}
    )
    assert isinstance(ends, dict)
    if row.road not in ends:
        return None
    stem = ends[row.road]
    wrong = ways.wrong_end(row.road, stem, rng)
    if wrong in truth.names["road"]:
        return None
    parts = [(k, wrong if k == "road" else v) for k, v in asker.thinned(row, 0)]
    kept = slots(parts)
    known = {k: getattr(row, k) for k in SLOTS if k in kept}
    others = [n for n, s in ends.items() if s == stem and n != row.road]
    rivals = [r for n in others for r in truth.consistent(row.level, {**known, "road": n})]
    return truth.answer(joined(parts), truth.consistent(row.level, known), row, rivals)


@kind
def ask_contradiction(asker: Asker) -> Answer | None:
    """A road and number of one district with an estate of another: `sure` would be a guess."""
    truth, rng = asker.truth, asker.rng
    front, inside = asker.pick(number=100), asker.pick(room=60, bld=40)
    if not inside.est or front.area == inside.area or inside.road == front.road:
        return None
    rows = truth.consistent("number", {"road": front.road, "no": front.no})
    more = truth.consistent(inside.level, {"est": inside.est, **{k: getattr(inside, k) for k in TAIL}})
    if len(rows) > 1 or any(r.area == front.area for r in more) or inside.est_core in front.road:
        return None
    if any(r.road == front.road for r in truth.consistent("gate", {"est": inside.est})):
        return None
    text = rng.choice(("", truth.city.name)) + front.road + front.no + "号" + inside.est + ways.tail(inside, rng)
    answer = truth.answer(text, [*rows, *more], front)
    return {**answer, "ambiguous": True, "doubt": False, "status": ["ambiguous", "unknown", "parent"]}


@kind
def ask_combined(asker: Asker) -> Answer | None:
    """Shortened, misheard, in other figures and with a few words around."""
    row = asker.pick(room=60, bld=20, number=20)
    parts = [p for p in asker.thinned(row) if p[0] not in (*TAIL, "house")]
    kept = slots(parts)
    if not kept & {"est", "no"}:
        return None
    return _with_tail(asker, row, parts, kept)


def _with_tail(asker: Asker, row: Row, parts: list[Part], kept: set[str]) -> Answer | None:
    """Add the tail to parts, mishear one name, and put words around it."""
    rng = asker.rng
    end = ways.tail(row, rng) if row.bld else ""
    tailed = [*parts, ("tail", end)]
    told = [i for i, p in enumerate(parts) if p[0] in ("road", "est", "comm")]
    spoilt = {}
    if told:
        i = rng.choice(told)
        heard = ways.misheard(parts[i][1], rng, ways.sounds())
        if heard != parts[i][1]:
            tailed[i] = (parts[i][0], heard)
            spoilt[parts[i][0]] = heard
    text = (
        rng.choice(("", "你好，我住", "麻烦来一下，", "就在"))
        + joined(tailed)
        + rng.choice(("", "这边", "，停水了", "，电梯坏了"))
    )
    return asker.answer(text, row, kept | ({*TAIL, "house"} if end else set()), spoilt)


# ---------------------------------------------------------------------------- not there ----


@kind
def ask_beyond_last(asker: Asker) -> Answer | None:
    """A number just beyond the last of its road: interpolated or unknown, not sure."""
    rng = asker.rng
    road = rng.choice(sorted(asker.truth.numbers))
    rows = asker.truth.numbers[road]
    last = int(rows[-1].no)
    if len(rows) < 6 or last < asker.truth.last_numbers[road]:
        return None
    number = last + 2 * rng.randint(1, 4)
    near = [r for r in rows if last - int(r.no) <= 8]
    before, _ = head(asker, rows[-1])
    answer = asker.truth.answer(f"{before}{road}{number}号", near, rows[-1])
    return {**answer, "ambiguous": False, "doubt": False, "status": ["interpolated", "unknown", "parent"]}


@kind
def ask_absent_room(asker: Asker) -> Answer | None:
    """A room that its building does not have."""
    row, rng = asker.pick(bld=100), asker.rng
    if not row.est:
        return None
    before, told = head(asker, row)
    known = {k: getattr(row, k) for k in SLOTS if k in told | {"est", "bld"}}
    rooms = asker.truth.consistent("room", known)
    rows = asker.truth.consistent("bld", known)
    if not rooms or len({r.grid for r in rows}) > 1:
        return None
    taken = {(r.unit, r.room) for r in rooms}
    unit = rng.choice(sorted({r.unit for r in rooms}))
    room = f"{rng.randint(1, 6)}{rng.randint(1, 9):02d}"
    if any(r == room for _, r in taken):
        return None
    text = (
        before
        + row.est
        + row.style.bld.format(row.bld)
        + (f"{unit}单元" if unit else "")
        + room
        + rng.choice(("", "室"))
    )
    return {**asker.truth.answer(text, rows, row), "status": ["parent"]}


@kind
def ask_absent_building(asker: Asker) -> Answer | None:
    """A building that a known estate does not have: the estate is the answer."""
    row, rng, truth = asker.pick(gate=100), asker.rng, asker.truth
    before, told = head(asker, row)
    known = {k: getattr(row, k) for k in SLOTS if k in told | {"est"}}
    gates, own = truth.consistent("gate", known), truth.consistent("bld", known)
    if not row.est or len(gates) != 1 or not own or not own[0].bld.isdigit():
        return None
    number = max((int(r.bld) for r in own if r.bld.isdigit()), default=0) + rng.randint(2, 9)
    answer = truth.answer(f"{before}{row.est}{number}{rng.choice(('号楼', '栋', '幢'))}", [*gates, *own], row)
    return {
        **answer,
        "ambiguous": False,
        "doubt": False,
        "status": ["parent"] + ["ambiguous"] * (len(answer["grids"]) > 1),
    }


__all__ = ["KINDS", "Asker", "head", "joined", "kind", "slots"]
