"""A text → the grid that is responsible, or an honest list, or an honest no.

In: a text, a `Matcher`. Out: `Answer`. Several rows in one grid are sure; several grids that explain the text alike are
ambiguous; a number that the road lacks is interpolated, a room that its building lacks leads to the building; what lies
in another city is outside. Before: `gridgeo.locate.address.match`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gridgeo.locate.address.crossroads import crossroads
from gridgeo.locate.address.doubts import contradiction, district_fault, misread, own_part, unknown_name
from gridgeo.locate.address.evidence import confidence, weigh
from gridgeo.locate.address.forms import SAID, SHORT, Level
from gridgeo.locate.address.lexicon import Spots
from gridgeo.locate.address.library import LEVELS, leading_number
from gridgeo.locate.address.match import Match, Matcher
from gridgeo.locate.address.normalise import Clean
from gridgeo.locate.address.parse import Parsed
from gridgeo.locate.address.relation import crossing_words, relation, section_words
from gridgeo.locate.address.road_answers import crossing_answer, stretch_answer
from gridgeo.locate.address.score import UNSAID
from gridgeo.locate.address.section import section
from gridgeo.locate.address.settle import EQUAL, NEAR, OTHER, RELATED
from gridgeo.locate.address.told import LISTED, SURE, Answer, Around, Candidate, Ground

__all__ = ["Answer", "Candidate", "answer"]

DELTA = 0.5
"""Explanations so near to the best are as good as it, in characters. Chosen: below the least difference in spelling."""
KNOWN = 0.25
"""Confidence below which nothing is known."""
CONTRADICTED = 2.0
"""The same where the best one contradicts the text in a district or street. Chosen: less than a community tells."""
PLAINER = 4.0
"""The same where the best one is said in another form, and the other one as it stands: 人民街12号 in the district that
is named, 人民路12号 in another. Chosen: as much as a wrong district costs."""
WORDLESS = 1.0
"""The same where both lack the word for their road: 光明12号 is on 光明路 or 光明大道. Chosen: more than that tells."""
MORE, UNEXPLAINED = 2, 1.5
"""The same where another one explains so many characters more: 库勒 of 哈巴克库勒6队 is a village in 哈巴克乡, of which
哈巴克村 explains nothing. Chosen: a name has two characters, of which each tells less than one."""
LEVEL_OF_PLACE = list(LEVELS.values()).index(Level.PLACE)
LISTABLE = 0.1
"""The same for a list of candidates: a list costs a look, a wrong grid a journey. Chosen."""
FAR = 60
"""Numbers so far from the nearest one of their road lie nowhere near it. Chosen: some thirty houses of one side."""
ONE_ROAD_M = 900.0
"""So near are houses of one road that lie in two districts. Chosen: as far as roads are drawn on towards a crossing."""
TOGETHER_M = 300.0
"""So near to a place may be what a text names besides: the road round the corner. Chosen."""


def answer(clean: Clean, parsed: Parsed, matcher: Matcher, ground: Ground, own: tuple[str, ...] = ()) -> Answer:
    """Answer a text that names a place of this city.

    Parameters
    ----------
    clean, parsed
        The text, normalised and taken apart.
    matcher : Matcher
    ground : Ground
    own : tuple of str
        Names of city and province.
    """
    matches, spots = matcher.match(parsed, "".join(clean.hints))
    stretch = section(parsed.text + "".join(clean.hints), matcher, spots)
    if stretch is not None:
        return stretch_answer(stretch, ground)
    crossed = crossroads(parsed, matcher, spots)
    if crossed:
        return crossing_answer(crossed, ground.around)
    if not matches or matches[0].score <= 0 or not _tells(matches[0]):
        return _nothing(spots, matcher)
    matches = _behind_neighbour(parsed, matches)
    best = matches[0]
    rivals = _rivals(best, matches, matcher)
    other = next(
        (
            match.score
            for match in matches[1:]
            if set(match.grids) - set(best.grids) and not _neighbour(best, match, matcher)
        ),
        None,
    )
    evidence = weigh(parsed, best, other, clean.breaks, own)
    told = _status(parsed, best, rivals, matcher)
    told = replace(told, evidence=evidence, confidence=confidence(evidence))
    told = _doubted(_contradicted(told, parsed, matches, matcher, spots), parsed, best, matcher)
    told = _astray(_beside(_held_back(told), parsed, best, ground.around), matcher)
    words = crossing_words(parsed.text)
    named = words and any(  # 老街口饭店 is no crossing
        spot.begin <= words[0] and words[1] <= spot.end for spot in best.spots if spot.level != Level.ROAD
    )
    if words is None or named or section_words(parsed.text) or told.status not in ("sure", "ambiguous"):
        return told
    fault = ("no_crossing", "库中没有找到这一交叉口：两条路不相交，或其中一条没有地址；以下只按其中一处列出")
    return replace(told, status="ambiguous", faults=(fault,), question="")


def _tells(best: Match) -> bool:
    """Tell whether a match is more than a name of two characters that is written otherwise: 下塝 for 下班."""
    numbered = best.found > 0 or best.number in (EQUAL, RELATED)
    return numbered or any(
        spot.level >= Level.COMMUNITY and (spot.cost == 0 or len(spot.name) > 2) for spot in best.spots
    )


def _candidate(match: Match, matcher: Matcher, grid: int | None = None) -> Candidate:
    """Return a match as a candidate, by its best row or by that of one of its grids."""
    library, row = matcher.library, match.rows[0 if grid is None else match.grids.index(grid)]
    where = int(matcher.row_grid[row])
    return Candidate(where, row, float(library.x[row]), float(library.y[row]), match.score, match.spots)


def _neighbour(best: Match, other: Match, matcher: Matcher) -> bool:
    """Tell whether two matches are houses of one road neither of which has the number asked for.

    Roads of one name in two districts are two, unless their houses are so near that the road may cross the border.
    """
    if not best.number == NEAR == other.number or _roads(best) != _roads(other):
        return False
    library, rows = matcher.library, [best.rows[0], other.rows[0]]
    one, two = library.stem_names[[best.stem, other.stem], 0].tolist()
    apart_m = float(np.hypot(np.diff(library.x[rows]), np.diff(library.y[rows]))[0])
    return one == two or -1 in (one, two) or apart_m <= ONE_ROAD_M


def _roads(match: Match) -> list[str]:
    """Return the road by which a match explains a text."""
    return [spot.name for spot in match.spots if spot.level == Level.ROAD]


def _rivals(best: Match, matches: list[Match], matcher: Matcher) -> list[Match]:
    """Return the matches that explain a text as well as the best one does, itself first."""
    return [
        match
        for match in matches
        if (match.score >= best.score - _within(best, match, matcher))
        and (match is best or not (_neighbour(best, match, matcher) or _is_around(best, match)))
    ]


def _is_around(best: Match, other: Match) -> bool:
    """Tell whether another match explains only what the best one takes for a place: 黄铺村 in 黄铺村委会."""
    place = next((spot for spot in best.spots if spot.level == Level.PLACE), None)
    spots = [spot for spot in other.spots if spot not in best.spots]
    if place is None or not spots:
        return False
    return all(spot.level <= Level.COMMUNITY and place.begin <= spot.begin and spot.end <= place.end for spot in spots)


def _within(best: Match, other: Match, matcher: Matcher) -> float:
    """Return how far behind the best match another one may be to count as good.

    A place at the same address far away shows that one of both lies wrong; where the text contradicts the best one in a
    district or street, what contradicts it in another of these counts as well.
    """
    if best.against and best.number == EQUAL == other.number and _roads(best) == _roads(other):
        return CONTRADICTED
    if best.number == EQUAL == other.number and _is_plainer(best, other):
        return PLAINER
    if best.number == EQUAL == other.number and _lack_one_word(best, other):
        return WORDLESS
    if _covered(other) >= _covered(best) + MORE:
        return UNEXPLAINED
    place = LEVEL_OF_PLACE
    unsaid = matcher.library.stem_names[other.stem, place] >= 0 and all(one.level != Level.PLACE for one in other.spots)
    if unsaid and best.number == EQUAL == other.number and not set(best.grids) & set(other.grids):
        x, y = matcher.library.x, matcher.library.y
        rows = best.rows[0], other.rows[0]
        if np.hypot(x[rows[0]] - x[rows[1]], y[rows[0]] - y[rows[1]]) > TOGETHER_M:
            return DELTA + float(UNSAID)
    return DELTA


def _is_plainer(best: Match, other: Match) -> bool:
    """Tell whether another match has, as it stands in the text, the road that the best one takes for another's name."""
    taken = [spot for spot in best.spots if spot.level == Level.ROAD and spot.cost + spot.form_cost >= SHORT]
    there = [spot for spot in other.spots if spot.level == Level.ROAD and not spot.cost + spot.form_cost]
    return any(one.begin <= two.begin and one.end >= two.end for one in there for two in taken)


def _lack_one_word(best: Match, other: Match) -> bool:
    """Tell whether two matches take the same characters for the own part of their roads' names."""
    one, two = ([spot for spot in match.spots if spot.level == Level.ROAD] for match in (best, other))
    if not one or not two or (one[0].begin, one[0].end) != (two[0].begin, two[0].end):
        return False
    own = own_part(one[0].name)
    return own == own_part(two[0].name) and len(own) == one[0].end - one[0].begin


def _covered(match: Match) -> int:
    """Return how many characters of a text the names of a match explain."""
    return sum(spot.end - spot.begin for spot in match.spots)


def _status(parsed: Parsed, best: Match, rivals: list[Match], matcher: Matcher) -> Answer:
    """Return the answer as if the best explanation were surely right."""
    candidates: dict[int, Candidate] = {}
    for match in rivals:
        for grid in match.grids:
            candidates.setdefault(grid, _candidate(match, matcher, grid))
    listed = tuple(list(candidates.values())[:LISTED])
    first = listed[0]
    if len(candidates) > 1 and not (best.number == NEAR and len(best.grids) == len(candidates)):
        faults: tuple[tuple[str, str], ...] = (("ambiguous", f"这段文字与 {len(candidates)} 个网格内的地址同样相符"),)
        if best.number == NEAR:
            faults = (*faults, *_interpolated(parsed, best, matcher, listed).faults)
        return Answer("ambiguous", first, faults=faults, candidates=listed, question=_question(rivals, matcher))
    if first.grid < 0:
        return Answer(
            "outside", first, faults=(("outside", "地址库中有这一地址，但其坐标不在任何网格内"),), candidates=listed
        )
    if best.number in (NEAR, OTHER, RELATED) and _only_beside(parsed, best):
        return Answer("sure", first, candidates=listed, faults=(("beside", "门牌号只说明在其旁边"),))
    if best.number == NEAR:
        return _interpolated(parsed, best, matcher, listed)
    if best.number in (OTHER, RELATED) or best.asked > best.found:
        return Answer("parent", first, faults=(_absent(parsed, best),), candidates=listed)
    return Answer("sure", first, candidates=listed)


def _only_beside(parsed: Parsed, best: Match) -> bool:
    """Tell whether the text's number is that of a neighbour: 人民路12号旁边的鑫源超市."""
    number, end = parsed.road_no or parsed.house_no, _number_end(parsed)
    place = next((spot for spot in best.spots if spot.level in (Level.ESTATE, Level.PLACE)), None)
    if number is None or place is None or place.begin < end:
        return False
    return relation(parsed.text[: place.begin], end) is not None


def _number_end(parsed: Parsed) -> int:
    """Return where the house number of a text ends, with what is attached to it: 12号附3号."""
    return max((slot.end for slot in (parsed.road_no, parsed.house_no, parsed.sub_no) if slot is not None), default=0)


def _behind_neighbour(parsed: Parsed, matches: list[Match]) -> list[Match]:
    """Return the matches that have what is named behind a neighbour's number, if any: 人民路12号旁边的鑫源超市."""
    number, end = parsed.road_no or parsed.house_no, _number_end(parsed)
    said = relation(parsed.text, end) if number is not None else None
    if number is None or said is None or said.begin != end:
        return matches

    def named(match: Match) -> bool:
        road = any(spot.level == Level.ROAD and spot.end <= number.start for spot in match.spots)
        behind = (spot for spot in match.spots if spot.begin >= end and spot.level >= Level.ESTATE)
        return road and any(spot.cost == 0 and spot.form_cost <= SAID for spot in behind)

    return [match for match in matches if named(match)] or matches


def _contradicted(told: Answer, parsed: Parsed, matches: list[Match], matcher: Matcher, spots: Spots) -> Answer:
    """Return an answer that is not sure where the text names a road, estate or place besides that lies elsewhere."""
    if told.status != "sure" or told.best is None or _only_beside(parsed, matches[0]):
        return told
    name = contradiction(parsed, matches, matcher, spots, TOGETHER_M)
    if not name:
        return told
    fault = ("contradiction", f"文字里的“{name}”不在这一地点附近，请核对")
    other = next((match for match in matches if any(spot.name == name for spot in match.spots)), None)
    also = () if other is None else (_candidate(other, matcher),)
    return replace(told, status="ambiguous", faults=(*told.faults, fault), candidates=(*told.candidates, *also))


def _nothing(spots: Spots, matcher: Matcher) -> Answer:
    """Answer for a text that names nothing, or nothing narrower than a district or street."""
    level = matcher.library.lexicon.level[spots.name]
    if np.any((spots.cost == 0) & ((level == Level.AREA) | (level == Level.STREET)) & (spots.end - spots.begin > 2)):
        return Answer("unknown", faults=(("too_wide", "只写到区县或街道，请补充社区、路名和门牌，或小区名"),))
    return Answer("unknown", faults=(("no_match", "库中没有与这段文字相符的地址或地名"),))


def _doubted(told: Answer, parsed: Parsed, best: Match, matcher: Matcher) -> Answer:
    """Return an answer that is not sure where a name may be another one; say what the text says of the levels above."""
    other = district_fault(parsed, best, matcher)
    if other is not None and told.status != "unknown":
        told = replace(told, faults=(*told.faults, other))
    doubtful = told.status in ("sure", "interpolated", "parent")
    misspelt = (misread(parsed, best) or unknown_name(parsed, best)) if doubtful else None
    return told if misspelt is None else replace(told, status="ambiguous", faults=(*told.faults, misspelt))


def _absent(parsed: Parsed, best: Match) -> tuple[str, str]:
    """Return what of an address is not in the library."""
    number = parsed.road_no or parsed.house_no
    if best.number == RELATED and number is not None:
        said = parsed.text[number.start : _number_end(parsed)]
        return "number_other", f"库中有这一门牌的其他分号，没有“{said}”"
    if best.number in (OTHER, RELATED):
        return "number_other", f"库中这一地点的门牌号不是“{number.value if number else ''}”"
    if best.found == 0 and parsed.building is not None:
        return "building_absent", f"库中没有这里的 {parsed.building.value} 号楼"
    return "room_absent", "库中有这栋楼(这一组),没有所写的单元、房间或门牌"


def _interpolated(parsed: Parsed, best: Match, matcher: Matcher, listed: tuple[Candidate, ...]) -> Answer:
    """Answer for a number that a road lacks: by the nearest numbers of the road."""
    number = parsed.road_no or parsed.house_no
    nearest = int(matcher.library.stem_number[best.stem])
    said = number.value if number else ""
    estate = any(spot.level in (Level.ESTATE, Level.PLACE) for spot in best.spots)
    if estate:
        return Answer(
            "parent",
            listed[0],
            faults=(("number_other", f"库中这一地点的门牌号是 {nearest} 号，不是“{said}”"),),
            candidates=listed,
        )
    far = abs(nearest - leading_number(said)) > FAR
    if far:
        fault = ("number_far", f"库中没有这条路的“{said}”号，最近的是 {nearest} 号，相差太远，只能确定到路")
        return Answer("parent", listed[0], faults=(fault,), candidates=listed)
    fault = ("number_absent", f"库中没有这条路的“{said}”号，按最近的 {nearest} 号推定")
    return Answer("interpolated", listed[0], faults=(fault,), candidates=listed)


def _held_back(told: Answer) -> Answer:
    """Return an answer as weak as its confidence is."""
    if told.status == "ambiguous" and told.confidence >= LISTABLE:
        return replace(told, confidence=told.confidence / len(told.candidates))
    if told.confidence < KNOWN:
        fault = ("too_little", "只有部分文字与库中地址相符，不足以判定")
        return replace(told, status="unknown", faults=(*told.faults, fault))
    if told.status == "sure" and told.confidence < SURE:
        fault = ("unsure", "有相近的地址，但把握不足，请核对")
        return replace(told, status="ambiguous", faults=(*told.faults, fault))
    return told


def _astray(told: Answer, matcher: Matcher) -> Answer:
    """Say of a row whose own point is far from all others of its place that it answers by these."""
    rows = matcher.library.astray
    if told.best is None or told.best.row < 0 or not len(rows):
        return told
    at = int(np.searchsorted(rows, told.best.row))
    if at == len(rows) or rows[at] != told.best.row:
        return told
    return replace(
        told, faults=(*told.faults, ("astray", "库中这一条的坐标远离同处的其他地址，按其他地址推定，请核对"))
    )


def _beside(told: Answer, parsed: Parsed, best: Match, around: Around) -> Answer:
    """Widen an answer to what lies beside the place, where the text says so."""
    said = relation(parsed.text, max((spot.end for spot in best.spots if spot.level >= Level.COMMUNITY), default=0))
    if said is None or told.best is None or told.status not in ("sure", "parent", "interpolated"):
        return told
    fault = ("relation", f"“{said.text}”：按所说地点推定")
    if said.within_m <= 0:
        return replace(told, faults=(*told.faults, fault))
    grids = around(told.best.x, told.best.y, said.within_m)
    near = tuple(told.best if grid == told.best.grid else told.best._replace(grid=grid, row=-1) for grid in grids)
    if len(near) > 1 and told.status == "sure":
        fault = ("relation", f"“{said.text}”：{said.within_m:.0f} 米内有 {len(near)} 个网格")
        return replace(told, status="ambiguous", faults=(*told.faults, fault), candidates=near[:LISTED])
    return replace(told, faults=(*told.faults, fault))


def _question(rivals: list[Match], matcher: Matcher) -> str:
    """Return what would tell rivals apart: the widest level at which they differ."""
    library = matcher.library
    stems = np.array([match.stem for match in rivals])
    for place, level in enumerate(LEVELS.values()):
        names = list(dict.fromkeys(library.stem_names[stems, place].tolist()))
        told = [library.lexicon.names[name] for name in names if name >= 0][:4]
        if len(told) > 1 and level != Level.PLACE:
            return f"请问是{'、'.join(told)}中的哪一个？"
    return "请问楼栋号、门牌号或组号是多少？"
