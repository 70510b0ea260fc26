"""Kernel: how well every stem of a library explains a text, at first sight.

In: for every name how much its best spot explains, the numbers of the text, all stems. Out: a first score of the stems
that a name speaks for; the best of them get the exact one from `gridgeo.locate.address.settle`. Used by ``match``.

The unit of all scores is one character explained; an edit costs two.
"""

from __future__ import annotations

import numpy as np

from gridgeo.kernels import njit

__all__ = [
    "AREA", "BUILDING_AT", "COMMUNITY", "ESTATE", "GROUP", "GROUP_NO", "HAMLET", "HAS_BUILDING", "MAY_BE_BUILDING",
    "NO", "NO_AT", "NO_VALUE", "NUMBER", "PLACE", "RELATED_NUMBER", "ROAD", "STOREY", "STREET", "SUB_NO", "UNSAID",
    "apart_cost", "rough",
]  # fmt: skip

AREA, STREET, COMMUNITY, HAMLET, ROAD, ESTATE, PLACE = range(7)
"""Places of the levels in a stem, see `gridgeo.locate.address.library.LEVELS`."""

NO, SUB_NO, GROUP_NO, NO_VALUE, NO_AT, MAY_BE_BUILDING, STOREY, HAS_BUILDING, BUILDING_AT = range(9)
"""Places in what a text asks: the words of its road number, sub-number and group (-1: none, -2: a word that no row
has); the road number as a number and where it begins; whether it may be a building's; the word of the floor if no
building is named, for 9楼 may be the ninth building; whether a building is named, and where it begins."""

NUMBER = np.float32(2.5)
"""A house number that agrees. Chosen: nearly as much as a road's name."""
RELATED_NUMBER = np.float32(1.2)
OTHER_NUMBER = np.float32(0.4)
"""What it costs that a road has another number, so far away as the next house; see `STEP`."""
STEP = np.float32(0.04)
"""The same for every number that lies between, up to fifty."""
FARTHER = np.float32(1e-5)
"""The same up to five thousand, so that of far numbers the nearest goes first. Chosen: far below `STEP`."""
GROUP = np.float32(2.0)
UNSAID = np.float32(0.6)
"""What it costs that a place stands at an address whose text does not name it: the plain address goes before its shops.
Chosen: more than what is taken for equal."""


@njit(cache=True)
def apart_cost(own, value):  # type: ignore[no-untyped-def]
    """Return what it costs that a road has one number and not the other."""
    apart = abs(own - value)
    return OTHER_NUMBER + STEP * min(apart, 50) + FARTHER * min(apart, 5000)


@njit(cache=True)
def rough(  # type: ignore[no-untyped-def]
    touched, best, mask, name_stems, name_begins, stem_names, stem_words, stem_number, housed, asked, stems, scores,
):  # fmt: skip
    """Score the stems that a name of the text speaks for; return their number.

    Overlaps are regarded between a place and the levels above it alone: names of companies and offices hold those of
    districts, towns and villages.


    Parameters
    ----------
    touched : ndarray of int32
        Names that stand in the text.
    best : ndarray of float32, (names + 1,)
        What each name explains at best; the last one, 0, stands for no name.
    mask : ndarray of uint64, (names + 1,)
        Characters of the text that stand for it.
    name_stems, name_begins : ndarray of int32
        Stems by name, but those of districts and streets.
    stem_names, stem_words, stem_number : ndarray
        See `gridgeo.locate.address.library.Library`.
    housed : ndarray of bool, (s,)
        Whether rows of a stem name a building.
    asked : ndarray of int32, (9,)
        What the text asks, see `NO`.
    stems : ndarray of int32, (most,)
        Gets the stems.
    scores : ndarray of float32, (most,)
        Gets their scores.
    """
    number, sub, group, value = asked[NO], asked[SUB_NO], asked[GROUP_NO], asked[NO_VALUE]
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
            place, rest = names[PLACE], np.float32(0.0)  # what the levels above explain of what the place explains, too
            if best[place] > 0.0:
                for level in range(PLACE):
                    if mask[names[level]] & mask[place]:
                        rest += best[names[level]]
            rural = names[ROAD] < 0 and names[ESTATE] < 0 and names[PLACE] < 0
            within = rural or (asked[HAS_BUILDING] and housed[stem])  # 友爱社区3号楼
            if within:
                special += best[names[COMMUNITY]]
            if special <= 0.0:
                continue
            score = special + best[names[AREA]] + best[names[STREET]]
            if not within:
                score += best[names[COMMUNITY]]
            if rest > 0.0:  # with the place alone, or without it
                score -= min(rest, best[place] + UNSAID)
            elif place >= 0 and best[place] == 0.0:
                score -= UNSAID
            if number != -1 and best[names[ROAD]] > 0.0:
                own = stem_words[stem, 0]
                if own == number and stem_words[stem, 1] == sub:
                    score += NUMBER
                elif own == number or (value > 0 and stem_number[stem] == value):
                    score += RELATED_NUMBER
                elif stem_number[stem] > 0 and value > 0:
                    score -= apart_cost(stem_number[stem], value)
                else:
                    score -= 2.0
            if group != -1:
                score += GROUP if stem_words[stem, 2] == group and rural else -GROUP
            if many < len(stems):
                stems[many] = stem
                scores[many] = score
                many += 1
    return many
