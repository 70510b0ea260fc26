"""Roads of the invented city: curves with numbers along them that run on across borders, and where they meet."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import address_words as words
import numpy as np
import shapely

if TYPE_CHECKING:
    from address_city import City

STEP_M = 90.0
ROADS_PER_COMMUNITY = 0.62
SAME_NAME = 0.16
"""Share of the roads that bear the name of a road in another district."""

Point = tuple[float, float]


@dataclass
class Road:
    """A named road as a curve in metres; `stem` and `end` make its name, `kind` says what it is."""

    name: str
    stem: str
    end: str
    kind: str
    line: shapely.LineString


@dataclass
class Crossing:
    """Where two roads meet; `kind` is `cross`, or `tee` where one of them ends."""

    a: str
    b: str
    x: float
    y: float
    kind: str
    area: str
    lon: float = 0.0
    lat: float = 0.0
    grid: str = ""


def _curve(rng: random.Random, start: Point, heading: float, length: float) -> list[Point]:
    """Walk from a point in steps whose direction drifts, but never far from the first heading."""
    x, y = start
    points, turn, drift = [start], 0.0, 0.0
    while length > 0:
        drift = 0.7 * drift + rng.gauss(0, 0.05)
        turn = max(-0.6, min(0.6, turn + drift))
        if rng.random() < 0.06:  # a bend
            turn = max(-0.6, min(0.6, turn + rng.choice((-0.4, 0.4))))
        step = min(length, STEP_M * rng.uniform(0.7, 1.4))
        x, y = x + step * math.cos(heading + turn), y + step * math.sin(heading + turn)
        points.append((round(x, 2), round(y, 2)))
        length -= step
    return points


def _through(rng: random.Random, spot: Point, heading: float, length: float) -> shapely.LineString:
    """Return a curve on both sides of a spot, from the west or south."""
    part = rng.uniform(0.2, 0.8) * length
    there = _curve(rng, spot, heading + math.pi, part)
    return shapely.LineString(there[::-1] + _curve(rng, spot, heading, length - part)[1:])


def _stems(rng: random.Random, count: int) -> list[str]:
    """Return road stems, the well-known ones first."""
    stems = rng.sample(words.ROAD_STEMS, len(words.ROAD_STEMS))
    cities = rng.sample(words.CITY_STEMS, 4)
    made = [a + b for a in words.STEM_HEADS for b in words.STEM_TAILS if a + b not in stems]
    rng.shuffle(made)
    pool = ["人民", *cities, *[s for s in stems if s != "人民"], *made]
    while len(pool) < count:
        pool.append(rng.choice(made) + rng.choice(words.THIRD))
    return pool[:count]


def _named_parts(stem: str, upright: bool, rng: random.Random, line: shapely.LineString) -> list[Road]:
    """Cut a road into its 东, 中, 西 or 南, 中, 北 parts."""
    names = ["南", "北"] if upright else ["西", "东"]
    if rng.random() < 0.35:
        names.insert(1, "中")
    end = rng.choice(("路", "路", "街", "大街"))
    cuts = np.linspace(0, line.length, len(names) + 1)
    pieces = [shapely.ops.substring(line, a, b) for a, b in pairwise(cuts)]
    return [Road(stem + n + end, stem + n, end, "part", p) for n, p in zip(names, pieces, strict=True)]


def _off(rng: random.Random, road: Road, name: str, stem: str, end: str, kind: str) -> Road:
    """Return a short road that starts on another one."""
    at = rng.uniform(0.1, 0.9) * road.line.length
    a, b = road.line.interpolate(at), road.line.interpolate(min(at + 5, road.line.length))
    heading = math.atan2(b.y - a.y, b.x - a.x) + rng.choice((-1, 1)) * math.pi / 2
    points = _curve(rng, (a.x, a.y), heading, rng.uniform(160, 450))
    return Road(name, stem, end, kind, shapely.LineString(points))


def _side_roads(rng: random.Random, road: Road) -> list[Road]:
    """Return the 支路 and numbered lanes of a road, if it has any."""
    draw = rng.random()
    if draw < 0.12:
        return [_off(rng, road, f"{road.stem}支路", road.stem + "支", "路", "branch")]
    if draw < 0.28 and road.end in ("路", "街"):
        count = rng.randint(2, 4)
        return [
            _off(rng, road, f"{road.name}{n}巷", road.name + n, "巷", "numbered lane") for n in words.SERIES[:count]
        ]
    return []


def _series(rng: random.Random, stem: str, spot: Point, heading: float, length: float) -> list[Road]:
    """Return 一路, 二路, 三路 beside each other."""
    end, roads = rng.choice(("路", "路", "街")), []
    across = heading + math.pi / 2
    for k in range(rng.randint(2, 4)):
        far = k * rng.uniform(170, 260)
        beside = (spot[0] + far * math.cos(across), spot[1] + far * math.sin(across))
        name = stem + words.SERIES[k]
        roads.append(Road(name + end, name, end, "series", _through(rng, beside, heading, length)))
    return roads


def _main_roads(city: City, stem: str, axes: float, urban: list[int]) -> list[Road]:
    """Return the road or roads of one stem."""
    rng = city.rng
    upright = rng.random() < 0.5
    heading = axes + rng.gauss(0, 0.1) + (math.pi / 2 if upright else 0)
    spot, length = _spot(city, urban), rng.uniform(700, 4200)
    draw = rng.random()
    if draw < 0.2:
        return _named_parts(stem, upright, rng, _through(rng, spot, heading, max(length, 1800)))
    if draw < 0.3 and stem not in words.CITY_STEMS:
        return _series(rng, stem, spot, heading, length)
    end = rng.choice(words.ROAD_ENDS)
    road = Road(stem + end, stem, end, "road", _through(rng, spot, heading, length))
    return [road, *_side_roads(rng, road)]


def _spot(city: City, urban: list[int]) -> Point:
    """Return a point in an urban community."""
    c = city.communities[city.rng.choice(urban)]
    x0, x1, y0, y1 = c.cells
    return city.middle_of_cell(city.rng.randrange(x0, x1), city.rng.randrange(y0, y1))


def make_roads(city: City) -> None:
    """Add roads to a city, some with a name that another district has too, and find where they meet."""
    rng = city.rng
    urban = [n for n, c in enumerate(city.communities) if c.urban]
    count = max(18, round(len(urban) * ROADS_PER_COMMUNITY))
    axes = rng.uniform(-0.25, 0.25)
    for stem in _stems(rng, count):
        made = _main_roads(city, stem, axes, urban)
        if any(r.name == m.name for r in city.roads for m in made):
            continue
        city.roads += made
    lanes = [s + rng.choice(words.LANE_ENDS) for s in rng.sample(words.LANE_STEMS, min(len(words.LANE_STEMS), count))]
    for name in lanes:
        end = next(e for e in words.LANE_ENDS if name.endswith(e))
        line = shapely.LineString(_curve(rng, _spot(city, urban), axes + rng.uniform(0, 6), rng.uniform(150, 500)))
        city.roads.append(Road(name, name.removesuffix(end), end, "lane", line))
    _repeat_names(city, axes, urban)
    _find_crossings(city)


def _repeat_names(city: City, axes: float, urban: list[int]) -> None:
    """Give some names to a second road in another district."""
    rng = city.rng
    plain = [r for r in city.roads if r.kind in ("road", "part")]
    for road in rng.sample(plain, round(SAME_NAME * len(plain))):
        middle = road.line.interpolate(0.5, normalized=True)
        home = city.community_of(np.array([middle.x]), np.array([middle.y]))[0]
        others = [n for n in urban if home < 0 or city.communities[n].area != city.communities[home].area]
        heading = axes + rng.choice((0, math.pi / 2)) + rng.gauss(0, 0.1)
        line = _through(rng, _spot(city, others), heading, rng.uniform(700, 2500))
        if line.distance(road.line) > 800:
            city.roads.append(Road(road.name, road.stem, road.end, road.kind, line))


def _find_crossings(city: City) -> None:
    """Find where roads meet inside urban communities; points nearer than 60 m of the same two roads are one."""
    lines = [r.line for r in city.roads]
    first, second = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=1.0)
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a >= b or city.roads[a].name == city.roads[b].name:
            continue
        met: list[Point] = []
        for x, y in _meetings(lines[a], lines[b]):
            home = city.community_of(np.array([x]), np.array([y]))[0]
            if home < 0 or any(math.hypot(x - p, y - q) < 60 for p, q in met):
                continue
            met.append((x, y))
            ends = sum(_at_end(lines[k], x, y) for k in (a, b))
            if ends < 2:  # where both end, one goes over into the other
                area = city.communities[home].area
                kind = ("cross", "tee")[ends]
                city.crossings.append(Crossing(city.roads[a].name, city.roads[b].name, x, y, kind, area))


def _at_end(line: shapely.LineString, x: float, y: float) -> bool:
    """Say whether a line ends at a point."""
    return any(math.hypot(x - p, y - q) < 12 for p, q in (line.coords[0], line.coords[-1]))


def _meetings(a: shapely.LineString, b: shapely.LineString) -> list[Point]:
    """Return the points where two lines cross or one ends on the other."""
    if a.intersects(b):
        shared = a.intersection(b)
        return [(p.x, p.y) for p in shapely.points(shapely.get_coordinates(shared))]
    p, _ = shapely.ops.nearest_points(a, b)
    return [(p.x, p.y)]


# -------------------------------------------------------------------------- fronts ----


@dataclass
class Front:
    """A place for a house number: metres, and the direction away from the road."""

    road: Road
    number: int
    x: float
    y: float
    away: Point
    community: int = -1


def fronts(city: City) -> list[Front]:
    """Return the fronts with a number of all roads: odd on the left, even on the right, with gaps."""
    rng, made = city.rng, []
    for road in city.roads:
        short = road.kind in ("lane", "branch", "numbered lane")
        for side in (1, -1):
            number, at = (1 if side == 1 else 2), rng.uniform(5, 20)
            while at < road.line.length - 3:
                made.append(_front(rng, road, number, at, side))
                at += rng.uniform(9, 20) if short else rng.uniform(14, 48)
                number += 2 * rng.choice((1, 1, 1, 1, 2, 2, 3, 5))
    xs, ys = np.array([f.x for f in made]), np.array([f.y for f in made])
    for front, home in zip(made, city.community_of(xs, ys).tolist(), strict=True):
        front.community = home
    return [f for f in made if f.community >= 0 and city.communities[f.community].urban]


def _front(rng: random.Random, road: Road, number: int, at: float, side: int) -> Front:
    """Return one front beside a road."""
    a, b = road.line.interpolate(at), road.line.interpolate(min(at + 4, road.line.length))
    long = math.hypot(b.x - a.x, b.y - a.y) or 1.0
    away = (-side * (b.y - a.y) / long, side * (b.x - a.x) / long)
    off = rng.uniform(9, 13) if road.kind in ("lane", "numbered lane") else rng.uniform(13, 24)
    return Front(road, number, round(a.x + off * away[0], 2), round(a.y + off * away[1], 2), away)


__all__ = ["Crossing", "Front", "Road", "fronts", "make_roads"]
