"""Questions about addresses: in other figures and words, misheard, contradictory, and of what is not there."""

from __future__ import annotations

import address_ways as ways
from address_asking import TAIL, Asker, head, joined, kind, rng_row, slots
from address_rows import SLOTS, Part, Row
from address_truth import Answer

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


__all__ = ["misheard"]
