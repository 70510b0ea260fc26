"""Kernels: how well every stem of a library explains a text.

In: for every name how much its best spot explains, the numbers of the text, all stems. Out: a first score of every stem
(`rough`), then for the best of them the exact one (`settle`): spots that do not share a character, contradictions, the
number, building, unit, room or house. Used by `gridgeo.locate.address.match`.

The unit of all scores is one character explained; an edit costs two.
"""

from __future__ import annotations

import numpy as np

from gridgeo.kernels import njit

__all__ = ["EQUAL", "NEAR", "NO_NUMBER", "OTHER", "RELATED", "UNASKED", "rough", "settle"]

ROAD, ESTATE, PLACE, HAMLET, COMMUNITY, STREET, AREA = 4, 5, 6, 3, 2, 1, 0
"""Places of the levels in a stem, see `gridgeo.locate.address.library.LEVELS`."""

UNASKED, EQUAL, RELATED, NEAR, OTHER, NO_NUMBER = range(6)
"""What the text's number is to the stem's: equal, of the same house (12 and 12-3), another one of the same road,
contradicting, or the stem has none."""

NUMBER = np.float32(2.5)
"""A house number that agrees. Chosen: nearly as much as a road's name."""
RELATED_NUMBER = np.float32(1.2)
OTHER_NUMBER = np.float32(0.4)
"""What it costs that a road has another number, so far away as the next house; see `STEP`."""
STEP = np.float32(0.04)
"""The same for every number that lies between, up to fifty."""
GROUP = np.float32(2.0)
BUILDING = np.float32(1.5)
PART = np.float32(0.8)
"""A unit, floor or room that agrees."""
AREA_OTHER = np.float32(2.0)
"""What a district that contradicts costs. Chosen: with the district's own characters more than a house number tells, so that
a number which a road lacks is not looked for in another district; less than number and community tell together."""
ADMIN = np.float32(0.6)
"""The same for a street: callers are often wrong about these."""
HOME = np.float32(1.2)
"""The same for a community."""

UNSAID = np.float32(0.6)
"""What it costs that a place stands at an address whose text does not name it: the plain address goes before its shops.
Chosen: more than what is taken for equal."""

_ONE = np.uint64(1)


@njit(cache=True)
def rough(touched, best, name_stems, name_begins, stem_names, stem_words, stem_number, asked, stems, scores):
    """Score the stems that a name of the text speaks for, overlaps not regarded; return their number.

    Parameters
    ----------
    touched : ndarray of int32
        Names that stand in the text.
    best : ndarray of float32, (names + 1,)
        What each name explains at best; the last one, 0, stands for no name.
    name_stems, name_begins : ndarray of int32
        Stems by name, but those of districts and streets.
    stem_names, stem_words, stem_number : ndarray
        See `gridgeo.locate.address.library.Library`.
    asked : ndarray of int32
        Of the text: road number, its sub-number, group (words; -1: none, -2: a word that no row has), the road number
        as a number; the last one tells whether a building is named.
    stems : ndarray of int32, (most,)
        Gets the stems.
    scores : ndarray of float32, (most,)
        Gets their scores.
    """
    number, sub, group, value = asked[0], asked[1], asked[2], asked[3]
    seen = np.zeros(len(stem_names), np.bool_)
    many = 0
    for touch in touched:
        for at in range(name_begins[touch], name_begins[touch + 1]):
            stem = name_stems[at]
            if seen[stem]:
                continue
            seen[stem] = True
            names = stem_names[stem]
            special = best[names[ROAD]] + best[names[ESTATE]] + best[names[PLACE]] + best[names[HAMLET]]
            rural = names[ROAD] < 0 and names[ESTATE] < 0 and names[PLACE] < 0
            within = rural or (asked[7] and names[ESTATE] >= 0)  # 友爱社区3号楼
            if within:
                special += best[names[COMMUNITY]]
            if special <= 0.0:
                continue
            score = special + best[names[AREA]] + best[names[STREET]]
            if not within:
                score += best[names[COMMUNITY]]
            if names[PLACE] >= 0 and best[names[PLACE]] == 0.0:
                score -= UNSAID
            if number != -1 and best[names[ROAD]] > 0.0:
                own = stem_words[stem, 0]
                if own == number and stem_words[stem, 1] == sub:
                    score += NUMBER
                elif own == number or (value > 0 and stem_number[stem] == value):
                    score += RELATED_NUMBER
                elif stem_number[stem] > 0 and value > 0:
                    score -= OTHER_NUMBER + STEP * min(abs(stem_number[stem] - value), 50)
                else:
                    score -= 2.0
            if group != -1:
                score += GROUP if stem_words[stem, 2] == group and rural else -GROUP
            if many < len(stems):
                stems[many] = stem
                scores[many] = score
                many += 1
    return many


@njit(cache=True)
def settle(
    stems, stem_names, stem_words, stem_number, stem_begins, row_words, row_grid,
    name_spots, spot_mask, spot_begin, spot_end, gains, strong_level, strong_mask, strong_name, asked, tail, out, chosen, grids,
):  # fmt: skip
    """Score some stems exactly.

    Parameters
    ----------
    stems : ndarray of int, (k,)
    name_spots : ndarray of int32, (names + 1, 2)
        First and last + 1 of each name's spots, the best first; the last name has none.
    spot_mask, spot_begin, spot_end, gains : ndarray
        Characters that a spot covers, and what it explains.
    strong_level, strong_mask, strong_name : ndarray
        Spots of districts, streets and communities that stand in the text beyond doubt.
    asked : ndarray of int32, (8,)
        As for `rough`; before its last one: begin of the number, whether it may be a building's, and the floor if no
        building is named: 9楼 may be the ninth building.
    tail : ndarray of int32, (5,)
        Words of building, unit, floor, room, house number.
    out : ndarray of float64, (k, 8)
        Gets: score, number state, parts of the tail asked, found, first row, rows that answer, gain of the names,
        contradictions.
    chosen : ndarray of int32, (k, 7)
        Gets the spot of each level, -1 for none.
    grids : ndarray of int32, (k, 16)
        Gets the grids of the rows that answer, that of the first row first (-1: outside all), then -2.
    """
    order = np.array([ROAD, ESTATE, PLACE, HAMLET, COMMUNITY, STREET, AREA])
    pick = np.empty(7, np.int32)
    for at in range(len(stems)):
        stem = stems[at]
        names = stem_names[stem]
        # the choice of at most one spot per level, none of which share a character, that explains most
        options = np.ones(7, np.int32)
        total = 1
        for level in range(7):
            many = name_spots[names[level], 1] - name_spots[names[level], 0]
            options[level] = min(many, 2) + 1
            total *= options[level]
        best_gain, best_mask = np.float32(-1.0), np.uint64(0)
        for choice in range(total):
            rest, mask, gain, fits = choice, np.uint64(0), np.float32(0.0), True
            for k in range(7):
                level = order[k]
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
                chosen[at] = pick
        score = best_gain
        # what the text says of the levels above and this stem is not
        against = 0
        for k in range(len(strong_level)):
            level = strong_level[k]
            if names[level] != strong_name[k] and chosen[at, level] < 0 and names[level] >= 0:
                if strong_mask[k] & best_mask == 0:
                    against += 1
                    score -= HOME if level == COMMUNITY else AREA_OTHER if level == AREA else ADMIN
        # the number
        state = UNASKED
        number, sub, value, begin = asked[0], asked[1], asked[3], asked[4]
        road = chosen[at, ROAD]
        as_building = False
        if number != -1 and names[ROAD] >= 0:
            own = stem_words[stem, 0]
            beside = np.float32(1.0)
            if road >= 0 and not 0 <= begin - spot_end[road] <= 2:
                beside = np.float32(0.6)
            if own == number and stem_words[stem, 1] == sub:
                state = EQUAL
                score += (NUMBER if road >= 0 else np.float32(1.0)) * beside
            elif value > 0 and stem_number[stem] == value:
                state = RELATED
                score += (RELATED_NUMBER if road >= 0 else np.float32(0.3)) * beside
            elif road < 0 and asked[5] and chosen[at, ESTATE] >= 0 and 0 <= begin - spot_end[chosen[at, ESTATE]] <= 1:
                as_building = True
            elif road >= 0 and stem_number[stem] > 0 and value > 0:
                state = NEAR
                score -= OTHER_NUMBER + STEP * min(abs(stem_number[stem] - value), 50)
                if (stem_number[stem] - value) % 2:
                    score -= np.float32(0.02)
            else:
                state = OTHER
                score -= np.float32(1.5)
        if names[PLACE] >= 0 and chosen[at, PLACE] < 0:
            score -= UNSAID
        rural = names[ROAD] < 0 and names[ESTATE] < 0 and names[PLACE] < 0
        if asked[2] != -1:
            score += GROUP if stem_words[stem, 2] == asked[2] and rural else -GROUP
        if number != -1 and names[ROAD] < 0 and not rural:
            score -= np.float32(0.5)
        # the rows
        first, end = stem_begins[stem], stem_begins[stem + 1]
        wanted = np.zeros(5, np.int32)
        for k in range(5):
            wanted[k] = tail[k]
        if as_building and wanted[0] == -1:
            wanted[0] = number
            wanted[4] = -1
        elif not rural:
            wanted[4] = -1
        if asked[6] != -1 and not as_building:
            for r in range(first, end):
                if row_words[r, 0] == asked[6]:
                    wanted[0], wanted[2] = asked[6], -1
                    break
        parts = 0
        for k in range(5):
            parts += wanted[k] != -1
        found, row, many = _rows(first, end, row_words, row_grid, wanted, grids[at])
        if parts:
            if wanted[4] != -1:
                score += np.float32(2.0) if found else np.float32(-1.0)
            elif found == 0:
                score -= BUILDING
            else:
                score += BUILDING if wanted[0] != -1 else np.float32(0.0)
                inner = parts - (wanted[0] != -1)
                got = found - (wanted[0] != -1)
                score += PART * got - np.float32(0.4) * (inner - got)
        out[at, 0] = score
        out[at, 1] = state
        out[at, 2] = parts
        out[at, 3] = found
        out[at, 4] = row
        out[at, 5] = many
        out[at, 6] = best_gain
        out[at, 7] = against


@njit(cache=True)
def _rows(first, end, row_words, row_grid, wanted, grids):
    """Find the rows that have what is wanted, or as much of it as any has.

    Returns how many of the wanted parts they have, the first row, and how many there are; ``grids`` gets their grids. A
    building that is wanted must be there. Rows that have nothing beyond what is wanted go first.
    """
    parts = 0
    for k in range(5):
        parts += wanted[k] != -1
    best, plain, row, many = -1, False, first, 0
    for r in range(first, end):
        has, extra, fits = 0, False, True
        for k in range(5):
            own = row_words[r, k]
            if wanted[k] == -1:
                extra |= own != -1
            elif own == wanted[k]:
                has += 1
            elif k == 0 or k == 4:
                fits = False
                break
            elif own != -1:
                has -= 8  # another unit or room
        if not fits:
            continue
        if has < 0:  # in the same building all the same
            has, extra = int(wanted[0] != -1), True
        clean = not extra
        if has > best or (has == best and clean and not plain):
            best, plain, row, many = has, clean, r, 1
            grids[:] = -2
            grids[0] = row_grid[r]
        elif has == best and clean == plain:
            many += 1
            for g in range(len(grids)):
                if grids[g] == row_grid[r]:
                    break
                if grids[g] == -2:
                    grids[g] = row_grid[r]
                    break
    if best <= 0 and parts:  # nothing of it is there: the stem as a whole
        best, row, many = 0, first, end - first
        grids[:] = -2
        grids[0] = row_grid[first]
        for r in range(first, end):
            for g in range(len(grids)):
                if grids[g] == row_grid[r]:
                    break
                if grids[g] == -2:
                    grids[g] = row_grid[r]
                    break
    return max(best, 0), row, many
