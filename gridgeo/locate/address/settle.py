"""Kernels: exactly how well a stem of the library explains a text, and which of its rows answer.

In: stems that may explain the text, the spots of names in it, its numbers. Out: a score, and rows. Per stem: the spots
that do not share a character and explain most; what of the text contradicts them; the number of the house; then the
building, unit, floor and room among its rows. Before: `gridgeo.locate.address.score`; used by ``match``.

The unit of all scores is one character explained; an edit costs two.
"""

from __future__ import annotations

import numpy as np

from gridgeo.kernels import njit
from gridgeo.locate.address.score import (
    AREA,
    BUILDING_AT,
    COMMUNITY,
    ESTATE,
    GROUP,
    GROUP_NO,
    HAMLET,
    MAY_BE_BUILDING,
    NO,
    NO_AT,
    NO_VALUE,
    NUMBER,
    PLACE,
    RELATED_NUMBER,
    ROAD,
    STOREY,
    STREET,
    SUB_NO,
    UNSAID,
    apart_cost,
)

__all__ = ["EQUAL", "NEAR", "OTHER", "RELATED", "UNASKED", "settle"]

UNASKED, EQUAL, RELATED, NEAR, OTHER = range(5)
"""What the text's number is to the stem's: equal, of the same house (12 and 12-3), another one of the same road, or one
that cannot be compared."""

BUILDING = np.float32(1.5)
"""A building that is there as asked, or what it costs that nothing of what is asked is there. Chosen."""
PART = np.float32(0.8)
"""A unit, floor or room that agrees."""
NO_PART = np.float32(0.4)
"""What it costs that one does not."""
WHOLE = np.float32(0.1)
"""A row with all that is asked for and nothing beyond it goes before one that has a unit, too. Chosen: less than what
is taken for equal."""
HOUSE, NO_HOUSE = np.float32(2.0), np.float32(1.0)
"""The same for the house of a village."""
AREA_OTHER = np.float32(2.3)
"""What a district that contradicts costs. Chosen: with the district's own characters more than a house number tells, so
that a number which a road lacks is not looked for in another district; less than number and community tell together."""
ADMIN = np.float32(0.6)
"""The same for a street: callers are often wrong about these."""
CLASH_AREA, CLASH_STREET = np.float32(0.5), np.float32(0.9)
"""The same for both where the text names a street that is not in the district it names: either may be wrong, the wider
one rather. Chosen: with the characters of both they are within what is taken for equal."""
HOME = np.float32(1.2)
"""The same for a community."""
APART = np.float32(0.6)
"""Share that a number tells which does not stand right behind its road. Chosen."""
OTHER_SIDE = np.float32(0.02)
"""What it costs that a neighbour stands on the other side of the road: the nearer one goes first. Chosen."""
NO_NAME = np.float32(4.0)
"""What it costs that only a district or street is left of a text's names: its numbers alone tell nothing."""
ORDER = (ROAD, ESTATE, PLACE, HAMLET, COMMUNITY, STREET, AREA)
"""In which levels choose their spots: of choices that explain alike the first counts."""
SPOTS_TRIED = 2
"""Spots of one name that are tried, the best first. Chosen."""
ELSEWHERE = -8
"""Weighs more than all parts that agree: a row in another unit or room is not the one asked for."""


@njit(cache=True)
def settle(  # type: ignore[no-untyped-def]
    stems, stem_names, stem_words, stem_number, stem_begins, row_words, row_grid, name_spots, spot_mask, spot_end,
    gains, strong_level, strong_mask, strong_name, clash, asked, tail, out, chosen, answering,
):  # fmt: skip
    """Score some stems exactly.

    Parameters
    ----------
    stems : ndarray of int32, (k,)
    stem_names, stem_words, stem_number, stem_begins, row_words : ndarray
        See `gridgeo.locate.address.library.Library`.
    row_grid : ndarray of int32, (n,)
        Grid of every row, -1: outside all.
    name_spots : ndarray of int32, (names + 1, 2)
        First and last + 1 of each name's spots, the best first; the last name has none.
    spot_mask, spot_end, gains : ndarray
        Characters that a spot covers, where it ends and what it explains.
    strong_level, strong_mask, strong_name : ndarray
        Spots of districts, streets and communities that stand in the text beyond doubt.
    clash : bool
        Whether they name a street that is in none of the districts they name.
    asked : ndarray of int32, (9,)
        See `gridgeo.locate.address.score`.
    tail : ndarray of int32, (5,)
        Words of building, unit, floor, room, house number; -1: not said, -2: a word that no row has.
    out : ndarray of float64, (k, 5)
        Gets: score, what the number is to the stem's, parts of the tail asked, parts found, what the names explain.
    chosen : ndarray of int32, (k, 7)
        Gets the spot of each level, -1 for none.
    answering : ndarray of int32, (k, most)
        Gets one row of every grid in which rows answer, the first row first; then -1.
    """
    wanted = np.empty(5, np.int32)
    for at in range(len(stems)):
        stem = stems[at]
        names, number = stem_names[stem], stem_number[stem]
        first, end = stem_begins[stem], stem_begins[stem + 1]
        rural = names[ROAD] < 0 and names[ESTATE] < 0 and names[PLACE] < 0
        gain, mask = _choose(names, name_spots, spot_mask, gains, chosen[at])
        score = gain - _against(names, chosen[at], mask, strong_level, strong_mask, strong_name, clash)
        state, told, is_building = _number(names, stem_words[stem], number, chosen[at], spot_end, asked)
        is_house = _is_house(stem_words[stem, 0], chosen[at, ROAD], spot_end, asked, tail, row_words[first:end])
        if is_house:
            state, told = EQUAL, 0.0 + NUMBER
        score += told
        if names[PLACE] >= 0 and chosen[at, PLACE] < 0:
            score -= UNSAID
        if max(chosen[at, COMMUNITY], chosen[at, HAMLET], chosen[at, ROAD], chosen[at, ESTATE], chosen[at, PLACE]) < 0:
            score -= NO_NAME
        if asked[GROUP_NO] != -1:
            score += GROUP if stem_words[stem, 2] == asked[GROUP_NO] and rural else -GROUP
        if asked[NO] != -1 and names[ROAD] < 0 and not rural and not is_building:
            score -= np.float32(0.5)
        parts = _want(wanted, tail, asked, is_building, rural, row_words[first:end])
        if is_house:
            wanted[0] = -1
            parts -= 1
        found, plain = _rows(first, end, row_words, row_grid, wanted, parts, answering[at])
        score += _tail(wanted, parts, found)
        if plain and found == parts > 0:
            score += WHOLE
        out[at, 0] = score
        out[at, 1] = state
        out[at, 2] = parts
        out[at, 3] = found
        out[at, 4] = gain


@njit(cache=True)
def _choose(names, name_spots, spot_mask, gains, chosen):  # type: ignore[no-untyped-def]
    """Choose at most one spot per level, none of which share a character, that explain most.

    Returns what they explain and which characters; ``chosen`` gets the spots.
    """
    options, pick = np.ones(7, np.int32), np.empty(7, np.int32)
    total = 1
    for level in range(7):
        many = name_spots[names[level], 1] - name_spots[names[level], 0]
        options[level] = min(many, SPOTS_TRIED) + 1
        total *= options[level]
    best_gain, best_mask = np.float32(-1.0), np.uint64(0)
    for choice in range(total):
        rest, mask, gain, fits = choice, np.uint64(0), np.float32(0.0), True
        for k in range(7):
            level = ORDER[k]
            which = rest % options[level] - 1
            rest //= options[level]
            pick[level] = -1
            if which >= 0:
                spot = name_spots[names[level], 0] + which
                if mask & spot_mask[spot]:
                    fits = False
                    break
                mask |= spot_mask[spot]
                gain += gains[spot]
                pick[level] = spot
        if fits and gain > best_gain:
            best_gain, best_mask = gain, mask
            chosen[:] = pick
    return best_gain, best_mask


@njit(cache=True)
def _against(names, chosen, mask, strong_level, strong_mask, strong_name, clash):  # type: ignore[no-untyped-def]
    """Return what it costs that the text says other districts, streets and communities than the stem's."""
    cost = np.float64(0.0)
    area_cost, street_cost = (CLASH_AREA, CLASH_STREET) if clash else (AREA_OTHER, ADMIN)
    for k in range(len(strong_level)):
        level = strong_level[k]
        other = names[level] >= 0 and names[level] != strong_name[k]
        if other and chosen[level] < 0 and strong_mask[k] & mask == 0:
            cost += HOME if level == COMMUNITY else area_cost if level == AREA else street_cost
    return cost


@njit(cache=True)
def _number(names, words, own, chosen, spot_end, asked):  # type: ignore[no-untyped-def]
    """Compare the text's number with the stem's; ``own`` is the stem's as a number.

    Returns what it is to the stem's, what that tells, and whether it is rather that of a building: 泰山小区3号.
    """
    road, estate, value = chosen[ROAD], chosen[ESTATE], asked[NO_VALUE]
    if asked[NO] == -1:
        return UNASKED, 0.0, False
    behind = asked[MAY_BE_BUILDING] and estate >= 0 and asked[NO_AT] == spot_end[estate]
    if names[ROAD] < 0:
        return UNASKED, 0.0, behind
    beside = np.float32(1.0)
    if road >= 0 and not 0 <= asked[NO_AT] - spot_end[road] <= 2:
        beside = APART
    if words[0] == asked[NO] and words[1] == asked[SUB_NO]:
        return EQUAL, 0.0 + (NUMBER if road >= 0 else np.float32(1.0)) * beside, False
    if value > 0 and own == value:
        return RELATED, 0.0 + (RELATED_NUMBER if road >= 0 else np.float32(0.3)) * beside, False
    if road < 0 and behind:
        return UNASKED, 0.0, True
    if road >= 0 and own > 0 and value > 0:
        cost = apart_cost(own, value)
        if (own - value) % 2:
            cost += OTHER_SIDE
        return NEAR, -cost, False
    return OTHER, -1.5, False


@njit(cache=True)
def _is_house(own, road, spot_end, asked, tail, rows):  # type: ignore[no-untyped-def]
    """Tell whether the building that the text asks for is the house on a road: 和平里12号楼 for 和平里12号."""
    if asked[NO] != -1 or road < 0 or own < 0 or tail[0] != own or asked[BUILDING_AT] != spot_end[road]:
        return False
    return not np.any(rows[:, 0] == own)


@njit(cache=True)
def _want(wanted, tail, asked, is_building, rural, rows):  # type: ignore[no-untyped-def]
    """Write down which words of building, unit, floor, room and house the rows of a stem must have; return how many."""
    wanted[:] = tail
    if is_building and wanted[0] == -1:
        wanted[0] = asked[NO]
        wanted[4] = -1
    elif not rural:
        wanted[4] = -1
    if asked[STOREY] != -1 and not is_building:
        for r in range(len(rows)):
            if rows[r, 0] == asked[STOREY]:
                wanted[0], wanted[2] = asked[STOREY], -1
                break
    if wanted[0] != -1 and wanted[3] == -1:  # 28号 may be the stall or shop 28 where there is no such building
        house, shop = False, False
        for r in range(len(rows)):
            house |= rows[r, 0] == wanted[0]
            shop |= rows[r, 0] == -1 and rows[r, 3] == wanted[0]
        if shop and not house:
            wanted[0], wanted[3] = -1, wanted[0]
    parts = 0
    for k in range(5):
        parts += wanted[k] != -1
    return parts


@njit(cache=True)
def _tail(wanted, parts, found):  # type: ignore[no-untyped-def]
    """Return what it tells that so many of the wanted parts were found."""
    if parts == 0:
        return 0.0
    if wanted[4] != -1:
        return 0.0 + (HOUSE if found else -NO_HOUSE)
    if found == 0:
        return 0.0 - BUILDING
    housed = int(wanted[0] != -1)
    got, inner = found - housed, parts - housed
    return BUILDING * housed + PART * got - NO_PART * (inner - got)


@njit(cache=True)
def _rows(first, end, row_words, row_grid, wanted, parts, answering):  # type: ignore[no-untyped-def]
    """Find the rows that have what is wanted, or as much of it as any has.

    Returns how many of the wanted parts they have, and whether they have nothing beyond these. A building or house that
    is wanted must be there. Rows that have nothing beyond what is wanted go first. Where nothing is there, all rows
    answer.
    """
    best, plain = -1, False
    for r in range(first, end):
        has, extra = _has(row_words[r], wanted)
        if has < 0:
            continue
        if has > best or (has == best and not extra and not plain):
            best, plain = has, not extra
            answering[:] = -1
        if has == best and plain != extra:
            _keep(r, row_grid, answering)
    if best > 0 or parts == 0:
        return best, plain
    answering[:] = -1
    for r in range(first, end):
        _keep(r, row_grid, answering)
    return 0, False


@njit(cache=True)
def _has(row, wanted):  # type: ignore[no-untyped-def]
    """Return how many of the wanted parts a row has, -1 if it is another building or house; and whether it has more."""
    has, extra = 0, False
    for k in range(5):
        if wanted[k] == -1:
            extra |= row[k] != -1
        elif row[k] == wanted[k]:
            has += 1
        elif k in (0, 4):
            return -1, False
        elif row[k] != -1:
            has += ELSEWHERE
    if has < 0:  # in the same building all the same
        return int(wanted[0] != -1), True
    return has, extra


@njit(cache=True)
def _keep(row, row_grid, answering):  # type: ignore[no-untyped-def]
    """Keep a row if no other one of its grid is kept and there is room."""
    for k in range(len(answering)):
        if answering[k] == -1:
            answering[k] = row
            return
        if row_grid[answering[k]] == row_grid[row]:
            return
