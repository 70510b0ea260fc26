"""Questions about addresses as callers, couriers and forms put them, and of roads and estates that are nowhere."""

from __future__ import annotations

import re

import address_ways as ways
import address_words as words
from address_asking import Asker, head, joined, kind, rng_row, slots
from address_rows import Part, Row
from address_truth import Answer

SENTENCES = (
    "我住{}，楼上一直漏水没人管",
    "麻烦问下{}归哪个社区",
    "{}的水管爆了好几天了",
    "来电人反映其居住于{}，该处夜间施工扰民",
    "工单号2024060117，事发地点：{}，诉求：停电两天",
    "2024年6月1日21时许，在{}发生纠纷",
    "诉求内容：{}；诉求人：李女士",
    "想反映一下{}门口的井盖没了",
)
BESIDE = (
    "{}，统一社会信用代码：91430100MA4L1A2B3C",
    "经营者李明 经营场所：{} 注册号430100000012345",
    "{}（经度112.93412，纬度28.22871）",
    "{} 112.934120,28.228710",
    "410000 {}",
    "{}，邮编410000",
    "{}[0731]李**[13800001234]",
    "<p>{}</p>",
)


def whole(asker: Asker, row: Row) -> tuple[str, set[str]]:
    """Return the address of a row with some divisions left out, and what it tells."""
    parts = asker.thinned(row, 0)
    return joined(parts), slots(parts)


def in_estate(asker: Asker) -> Row | None:
    """Return a row with building, unit and room in an estate with a name."""
    row = asker.pick(room=100)
    plain = row.est and row.bld.isdigit() and row.unit.isdigit() and row.room.isdigit()
    return row if plain else None


# ---------------------------------------------------------------------------- spoken ----


@kind
def ask_read_out(asker: Asker) -> Answer | None:
    """Building, unit and room read out, with strokes, pauses or nothing but blanks between them."""
    row, rng = in_estate(asker), asker.rng
    if row is None or len(row.room) < 3:
        return None
    before, told = head(asker, row)
    numbers = [ways.chinese(int(n), rng) for n in (row.bld, row.unit)] + [ways.chinese(int(row.room), rng, True)]
    text = rng.choice(("杠", "、", " ", "-", "，")).join(numbers)
    return asker.answer(before + row.est + text, row, told | {"est", "bld", "unit", "room"})


@kind
def ask_put_right(asker: Asker) -> Answer | None:
    """A number said wrong, and then right."""
    row, rng = asker.pick(number=60, bld=40), asker.rng
    number = row.no if row.level == "number" else row.bld
    if not number.isdigit() or (row.level == "bld" and not row.est):
        return None
    before, told = head(asker, row)
    wrong, word = str(int(number) + rng.choice((1, 2, 4))), "号" if row.level == "number" else "号楼"
    said = rng.choice(("，不对，是", "，哦不，", "，说错了，是", "，不是，应该是"))
    text = before + (row.road or "") * (row.level == "number") + row.est * (row.level == "bld")
    kept = told | ({"road", "no"} if row.level == "number" else {"est", "bld"})
    return asker.answer(f"{text}{wrong}{word}{said}{number}{word}", row, kept)


@kind
def ask_pauses(asker: Asker) -> Answer | None:
    """Particles and breaks between the parts."""
    row, rng = asker.pick(), asker.rng
    parts = asker.thinned(row)
    between = ("", "", "，嗯，", "啊", "，就是", "，那个", " ")
    text = "".join(v + (rng.choice(between) if i + 1 < len(parts) else "") for i, (_, v) in enumerate(parts))
    return asker.answer(rng.choice(("", "呃，", "喂你好，")) + text, row, slots(parts))


@kind
def ask_units_heard(asker: Asker) -> Answer | None:
    """A unit word misheard."""
    row, rng = in_estate(asker), asker.rng
    if row is None:
        return None
    before, told = head(asker, row)
    building, unit = rng.choice((("栋", "单员"), ("动", "单元"), ("洞", "单园"), ("号楼", "丹元"), ("冻", "单元")))
    text = f"{before}{row.est}{row.bld}{building}{row.unit}{unit}{row.room}"
    return asker.answer(text, row, told | {"est", "bld", "unit", "room"})


@kind
def ask_sentence(asker: Asker) -> Answer | None:
    """An address in what somebody says, or in the form of a call."""
    row = asker.pick()
    text, kept = whole(asker, row)
    return asker.answer(asker.rng.choice(SENTENCES).format(text), row, kept)


# ---------------------------------------------------------------------------- written ----


@kind
def ask_labelled(asker: Asker) -> Answer | None:
    """Numbers behind their labels, in Chinese and English, and with a hash for every word."""
    row, rng = in_estate(asker), asker.rng
    if row is None:
        return None
    before, told = head(asker, row)
    b, u, r = row.bld, row.unit, row.room
    tail = rng.choice(
        (
            f"楼号：{b}，单元：{u}，房间：{r}", f"楼栋{b}单元{u}房号{r}", f"{b}号楼{u}单元门牌号{r}", f"{b}#{u}#{r}",
            f" Building {b} Unit {u} Room {r}", f"Bldg.{b},Unit{u},Rm{r}", f"{b}#·{u}·{r}", f"第{b}栋第{u}单元第{r}室",
        )
    )  # fmt: skip
    return asker.answer(before + row.est + tail, row, told | {"est", "bld", "unit", "room"})


@kind
def ask_filled(asker: Asker) -> Answer | None:
    """Numbers filled up with zeros, as exports have them."""
    row, rng = asker.pick(room=60, number=25, house=15), asker.rng
    if row.lane or "-" in row.no or "附" in row.no:
        return None
    parts = [
        (k, re.sub("[0-9]+", lambda found: found[0].zfill(rng.choice((2, 3, 4))), v) if k in NUMBERED else v)
        for k, v in asker.thinned(row)
    ]
    return asker.answer(joined(parts), row, slots(parts))


NUMBERED = ("no", "bld", "unit", "room", "num")


@kind
def ask_written_twice(asker: Asker) -> Answer | None:
    """The whole address again, or in full and then shorter."""
    row, rng = asker.pick(), asker.rng
    text, kept = whole(asker, row)
    if rng.random() < 0.5:
        return asker.answer(text + rng.choice((" ", "，", "", " / ")) + text, row, kept)
    parts: list[Part] = asker.parts(row)
    shorter = [p for p in parts if p[0] not in ("province", "city", "street")]
    return asker.answer(joined(parts) + rng.choice((" ", "，", " / ")) + joined(shorter), row, slots(parts))


@kind
def ask_beside_numbers(asker: Asker) -> Answer | None:
    """Beside codes of registers, coordinates, postcodes, extensions and tags."""
    row = asker.pick()
    text, kept = whole(asker, row)
    return asker.answer(asker.rng.choice(BESIDE).format(text), row, kept)


@kind
def ask_two(asker: Asker) -> Answer | None:
    """Two addresses: which one is meant, nobody knows."""
    first, second = asker.pick(), asker.pick()
    if first.grid == second.grid:
        return None
    joint = asker.rng.choice(("{}搬到{}", "{}；{}", "从{}到{}", "注册地址：{}，经营地址：{}", "{}和{}"))
    text = joint.format(*(joined(asker.parts(row)) for row in (first, second)))
    answer = asker.truth.answer(text, [first, second], first)
    return {**answer, "ambiguous": True, "doubt": False, "status": ["ambiguous", "unknown"]}


# ---------------------------------------------------------------------------- nowhere ----


def unheard(asker: Asker, slot: str, names: list[str]) -> str | None:
    """Return a name of which no name in a slot, and none of a road, estate or village, has any character."""
    letters = asker.memory.setdefault(
        "letters", set("".join(n for k in ("road", "est", "comm", "hamlet") for n in asker.truth.names[k]))
    )
    assert isinstance(letters, set)
    free = [name for name in names if not set(name) & letters]
    return asker.rng.choice(free) if free and slot else None


def nowhere(asker: Asker, text: str, row: Row) -> Answer:
    """Return the answer for a text that names what is not there: anything but `sure`."""
    answer = asker.truth.answer(text, [], row)
    return {**answer, "doubt": False, "status": ["unknown", "ambiguous", "outside", "parent", "interpolated"]}


@kind
def ask_unknown_road(asker: Asker) -> Answer | None:
    """A road that the city lacks, in its district, street and community, with a number that others have."""
    row = asker.pick(number=100)
    stem = unheard(asker, "road", words.ROAD_STEMS + words.LANE_STEMS)
    if stem is None or not row.no.isdigit():
        return None
    before = asker.rng.choice((row.area, row.area + row.street, row.area + row.street + row.comm))
    return nowhere(asker, f"{before}{stem}路{row.no}号", row)


@kind
def ask_unknown_estate(asker: Asker) -> Answer | None:
    """An estate that the city lacks, with a building that another one of its community has."""
    row = rng_row(asker, asker.truth.by_level["room"])
    stem = unheard(asker, "est", words.ESTATE_HEADS + words.MARKETS)
    if stem is None or not row.est:
        return None
    before = asker.rng.choice((row.area, row.area + row.street, row.area + row.street + row.comm))
    return nowhere(asker, f"{before}{stem}小区{ways.tail(row, asker.rng)}", row)


@kind
def ask_unknown_village(asker: Asker) -> Answer | None:
    """A village that its town lacks, with a group and a house that others have."""
    row, rng = asker.pick(house=100), asker.rng
    stem = unheard(asker, "comm", words.VILLAGE_HEADS)
    if stem is None or not row.group:
        return None
    before = rng.choice((row.area + row.street, row.street))
    return nowhere(asker, f"{before}{stem}{stem[-1]}村{row.group}组{row.num}号", row)


__all__ = ["in_estate", "unheard", "whole"]
