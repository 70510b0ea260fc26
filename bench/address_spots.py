"""Questions about places: beside, between, crossings, road sections, names, other cities, nonsense."""

from __future__ import annotations

import address_ways as ways
import address_words as words
import shapely
from address_asking import Asker, kind
from address_places import Place, short_area
from address_rows import Row
from address_truth import Answer
from shapely.ops import substring

BESIDE = ("挨着{}", "紧挨着{}", "{}跟前", "{}边儿上", "{}紧邻", "{}大门外", "{}那里", "靠近{}", "{}一带", "{}院墙外")
ACROSS = ("{}对过", "{}斜对过", "{}马路对面", "{}往前走几十米", "{}正对面")
BETWEEN = ("{a}和{b}中间", "{a}与{b}之间", "{a}、{b}中间", "在{a}跟{b}当中")
TEE = ("{a}{b}丁字路口", "{a}与{b}丁字路口", "{a}和{b}的三岔路口", "{a}到{b}的岔口", "{a}转{b}的路口")
CROSS = (
    "{a}{b}路口西北角",
    "{a}×{b}",
    "{a}与{b}路口东南角",
    "{a}和{b}的红绿灯",
    "{a}、{b}交叉路口的西南侧",
    "{a}拐{b}的路口",
    "{a}{b}十字口",
    "{a} {b} 交口",
)


def named_spots(asker: Asker) -> list[Row | Place]:
    """Return the gates of estates and the places."""
    found = asker.memory.get("spots")
    if not isinstance(found, list):
        gates = [r for r in asker.truth.by_level["gate"] if r.est]
        found = asker.memory["spots"] = [*gates, *asker.truth.city.places]
    return found


def name_of(spot: Row | Place) -> str:
    """Return the name by which people call a spot."""
    return spot.est if isinstance(spot, Row) else spot.name


def namesakes(asker: Asker, spot: Row | Place) -> list[Row | Place]:
    """Return all spots that a spot's name may mean."""
    if isinstance(spot, Row):
        return list(asker.truth.consistent("gate", {"est": spot.est}))
    return list(asker.truth.known_as[spot.name])


# ---------------------------------------------------------------------------- beside ----


@kind
def ask_opposite(asker: Asker) -> Answer | None:
    """Opposite or beside an estate or shop."""
    rng = asker.rng
    gates = asker.truth.by_level["gate"]
    spot = rng.choice(gates) if rng.random() < 0.6 else rng.choice(named_spots(asker))
    if not name_of(spot):
        return None
    across = rng.random() < 0.45
    same, before = namesakes(asker, spot), ""
    if rng.random() < 0.35:
        before = rng.choice((spot.area, short_area(spot.area)))
        same = [s for s in same if s.area == spot.area]
    text = rng.choice(ACROSS if across else BESIDE).format(before + name_of(spot))
    return asker.truth.place_answer(text, same, spot, 110.0 if across else 60.0)


@kind
def ask_between(asker: Asker) -> Answer | None:
    """Between two spots that are near each other."""
    pairs = asker.memory.get("between")
    if pairs is None:
        spots = [s for s in named_spots(asker) if len(namesakes(asker, s)) == 1]
        first, second = asker.truth.near_rows(spots, 40, 260)
        pairs = asker.memory["between"] = [(spots[a], spots[b]) for a, b in zip(first, second, strict=True)]
    assert isinstance(pairs, list)
    if not pairs:
        return None
    a, b = asker.rng.choice(pairs)
    line = shapely.LineString([(a.x, a.y), (b.x, b.y)])
    grids = asker.truth.grids_near(line, 30)
    middle = line.interpolate(0.5, normalized=True)
    own, many = asker.truth.grids_near(middle, 0), len(grids) > 1
    if not own:
        return None  # between them the city ends
    return {
        "query": asker.rng.choice(BETWEEN).format(a=name_of(a), b=name_of(b)), "rows": [], "grids": grids,
        "source_grid": own[0], "ambiguous": False, "doubt": many,
        "status": ["sure", "interpolated", "parent"] + ["ambiguous"] * many,
        "points": [asker.truth.degrees(middle.x, middle.y)],
    }  # fmt: skip


@kind
def ask_next_to_number(asker: Asker) -> Answer | None:
    """A shop beside a number of its road."""
    pairs = asker.memory.get("beside")
    if pairs is None:
        rows = [p for p in asker.truth.city.places if p.row.level == "number"]
        everything = [*rows, *asker.truth.by_level["number"]]
        first, second = asker.truth.near_rows(everything, 8, 60)
        joint = [(everything[a], everything[b]) for a, b in zip(first, second, strict=True)]
        pairs = [(p, r) for p, r in joint if isinstance(p, Place) and isinstance(r, Row) and p.road == r.road]
        asker.memory["beside"] = pairs
    assert isinstance(pairs, list)
    if not pairs:
        return None
    place, row = asker.rng.choice(pairs)
    same = [p for p in asker.truth.known_as[place.name] if p.road == row.road]
    numbers = asker.truth.consistent("number", {"road": row.road, "no": row.no})
    if len(same) != 1 or len(numbers) != 1:
        return None
    word = asker.rng.choice(("旁边的", "边上的", "隔壁那家", "附近的", "跟前的"))
    answer = asker.truth.place_answer(f"{row.road}{row.no}号{word}{place.name}", same, place)
    many = len({row.grid, place.grid}) > 1
    return {**answer, "status": ["sure"] + ["ambiguous"] * many, "doubt": many}


# ---------------------------------------------------------------------------- roads ----


@kind
def ask_junction(asker: Asker) -> Answer | None:
    """Where two roads meet, a T or a corner of a crossing."""
    rng, truth = asker.rng, asker.truth
    tees = [c for c in truth.crossings if c.kind == "tee"]
    spot = rng.choice(tees if tees and rng.random() < 0.5 else truth.crossings)
    same = truth.pairs[frozenset((spot.a, spot.b))]
    before, names = "", [spot.a, spot.b]
    if rng.random() < 0.4:
        before = rng.choice((spot.area, short_area(spot.area)))
        same = [c for c in same if c.area == spot.area]
    rng.shuffle(names)
    text = before + rng.choice(TEE if spot.kind == "tee" else CROSS).format(a=names[0], b=names[1])
    grids = sorted({g for c in same for g in truth.grids_near(shapely.Point(c.x, c.y), 100)})
    ambiguous = len(same) > 1
    return {
        "query": text, "rows": [], "grids": grids, "source_grid": truth.grids_near(shapely.Point(spot.x, spot.y), 0)[0],
        "ambiguous": ambiguous, "doubt": False,
        "status": ["ambiguous"] if ambiguous else ["sure", "ambiguous", "interpolated"],
        "points": [truth.degrees(c.x, c.y) for c in same],
    }  # fmt: skip


@kind
def ask_between_roads(asker: Asker) -> Answer | None:
    """A road between two others: a section, so a list, unless it lies in one grid."""
    rng, truth = asker.rng, asker.truth
    road = rng.choice(
        [r for r in truth.city.roads if r.name in truth.single_roads and r.kind in ("road", "part", "series")]
    )
    met: dict[str, float] = {}
    for c in truth.crossings:
        if road.name in (c.a, c.b):
            other = c.b if c.a == road.name else c.a
            if other in truth.single_roads and len(truth.pairs[frozenset((c.a, c.b))]) == 1:
                met[other] = road.line.project(shapely.Point(c.x, c.y))
    if len(met) < 2:
        return None
    a, b = rng.sample(sorted(met), 2)
    low, high = sorted((met[a], met[b]))
    if not 120 <= high - low <= 1200:
        return None
    grids = truth.grids_near(substring(road.line, low, high), 25)
    middle = road.line.interpolate((low + high) / 2)
    shape = rng.choice(("从{a}到{b}之间的{c}", "{c}（{a}至{b}段）", "{c}上{a}到{b}那一段", "{c}{a}与{b}之间"))
    many = len(grids) > 1
    return {
        "query": shape.format(a=a, b=b, c=road.name), "rows": [], "grids": grids,
        "source_grid": truth.grids_near(middle, 0)[0], "ambiguous": many, "doubt": False,
        "status": ["ambiguous", "parent"] if many else ["sure", "parent", "interpolated", "ambiguous"],
        "points": [truth.degrees(middle.x, middle.y)],
    }  # fmt: skip


# ---------------------------------------------------------------------------- names ----


@kind
def ask_branch(asker: Asker) -> Answer | None:
    """A chain's branch by its road or district; without one it is every branch."""
    rng = asker.rng
    place = rng.choice([p for p in asker.truth.city.places if p.kind == "branch"])
    if rng.random() < 0.75:
        text = rng.choice(place.known_as)
        return asker.truth.place_answer(text, asker.truth.known_as[text], place)
    before = rng.choice((place.area, short_area(place.area)))
    same = [p for p in asker.truth.city.places if p.core == place.core and p.area == place.area]
    return asker.truth.place_answer(before + place.core, same, place)


@kind
def ask_institution(asker: Asker) -> Answer | None:
    """A school, hospital, police station or village committee as people call it."""
    place = asker.rng.choice([p for p in asker.truth.city.places if p.kind == "institution"])
    text = asker.rng.choice((place.name, *place.known_as))
    return asker.truth.place_answer(text, asker.truth.known_as[text], place)


@kind
def ask_company_loose(asker: Asker) -> Answer | None:
    """A company without its city, with a wrong ending, or by its core."""
    rng, truth = asker.rng, asker.truth
    if "trade" not in asker.memory:
        asker.memory["trade"] = truth.companies(lambda p: p.core + p.trade)
        asker.memory["core"] = truth.companies(lambda p: p.core)
    by_trade, by_core = asker.memory["trade"], asker.memory["core"]
    assert isinstance(by_trade, dict)
    assert isinstance(by_core, dict)
    core = rng.choice(sorted(by_core))
    place = rng.choice(by_core[core])
    if rng.random() < 0.15:
        if any(c != core and core in c for c in by_core):
            return None
        return truth.place_answer(core + "公司", by_core[core], place)
    end = rng.choice(
        ("有限公司", "有限责任公司", "公司", "股份公司", "有限公司分部" if rng.random() < 0.1 else "", "集团")
    )
    title = core + place.trade
    wrong = rng.random() < 0.25
    same = by_trade[title]
    if wrong and len(same) == 1:
        return truth.place_answer(rng.choice((truth.city.name, short_area(place.area))) + title + end, same, place)
    return truth.place_answer(title + end, same, place)


# ---------------------------------------------------------------------------- not here ----


def _nothing(text: str) -> Answer:
    """Return the answer for a text that means nothing here."""
    return {
        "query": text,
        "rows": [],
        "grids": [],
        "source_grid": "",
        "ambiguous": False,
        "doubt": False,
        "status": ["outside", "unknown"],
    }


@kind
def ask_foreign(asker: Asker) -> Answer | None:
    """Another city's address, real or invented, with a road, estate or village that this city has too."""
    rng, city = asker.rng, asker.truth.city
    row = asker.pick(number=40, room=25, bld=15, house=20)
    if rng.random() < 0.65:
        place = rng.choice(words.REAL_PLACES)
    else:
        away = rng.choice([c for c in words.CITIES if c != city.name])
        areas = [a for a in words.DISTRICTS + words.COUNTIES if a not in city.areas]
        place = (
            rng.choice(("", rng.choice([p for p in words.PROVINCES if p != city.province]))) + away + rng.choice(areas)
        )
    if row.level == "house":
        rest = f"{rng.choice(words.TOWNS)}镇{row.comm}{row.group or '3'}组{row.num}号"
    elif row.est and rng.random() < 0.5:
        rest = row.est + (ways.tail(row, rng) if row.bld else "")
    else:
        rest = f"{row.road or '人民路'}{row.no if row.no.isdigit() else '12'}号" + (
            ways.tail(row, rng) if row.bld else ""
        )
    return _nothing(place + rest)


@kind
def ask_nonsense(asker: Asker) -> Answer | None:
    """No address at all: talk, telephone numbers, single characters, signs."""
    rng = asker.rng
    phone = f"1{rng.choice('3579')}{rng.randint(0, 10**9 - 1):09d}"
    talk = (
        "喂喂能听到吗",
        "我也说不清在哪",
        "你们几点下班",
        "谢谢不用了",
        "就是上次那个地方",
        "测试测试",
        "人工服务",
        "怎么还没来人",
        "刚才打过电话的",
        "家里没人",
        "他说一会儿就到",
        "投诉噪音",
        "不知道",
        "再见",
        "在外地呢",
        "快递放门口",
        "稍等我问一下",
        "我不是本地人",
    )
    signs = (
        "。。。",
        "——",
        "？？？",
        "😀😀",
        "asdfgh",
        "null",
        "N/A",
        "<br>",
        "'; DROP TABLE grid;--",
        "#####",
        "()",
        "%%%",
        "0",
        "http://a.b/c",
    )
    single = (rng.choice("路街楼号村我他的啊嗯区市组"),)
    return _nothing(
        rng.choice(
            (
                rng.choice(talk),
                rng.choice(signs),
                phone,
                f"0{rng.randint(300, 999)}-{rng.randint(2000000, 8999999)}",
                *single,
            )
        )
    )


__all__ = ["named_spots", "namesakes"]
