"""What speaks for the best explanation of a text and what against it, in figures; and how sure that makes us.

In: a parsed text, its matches. Out: `Evidence` and a confidence between 0 and 1. The weights are a logistic regression
over answers whose truth is known (bench/address_confidence.py). Used by `gridgeo.locate.address.answer`.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from gridgeo.locate.address.forms import Level
from gridgeo.locate.address.match import Match
from gridgeo.locate.address.parse import SLOTS, Parsed
from gridgeo.locate.address.settle import EQUAL

__all__ = ["BIAS", "WEIGHTS", "Evidence", "confidence", "leftover", "weigh"]


class Evidence(NamedTuple):
    """Figures about the best match."""

    margin: float
    """How far the best match in another grid is behind, in characters; at most 6."""
    edits: float
    """Cost of the spellings of road, estate, place, hamlet and community."""
    short: float
    """Cost of the forms in which names are said."""
    explained: float
    """What names explain, in characters; at most 12."""
    number: float
    """1: the house number, building or house is there as asked."""
    contradictions: float
    """Districts, streets and communities that are named and are others."""
    strange: float
    """Characters that nothing explains and that look like a part of an address."""
    foreign: float
    """1: the text begins with a province, city or county that nobody knows."""
    loose: float
    """Other characters that nothing explains, as a share of the text."""


_NAMELIKE = re.compile(
    "[一-龥]{1,8}?(?:路|街|大道|巷|胡同|弄|村|镇|乡|区|县|市|小区|花园|花苑|家园|新村|公寓|大厦|广场|社区|苑|院|庄|厂|学校|医院|公司|酒店|店|楼|里|城|府)(?=[^一-龥]|$|[东南西北]|与|和)"
)
_FOREIGN = re.compile(
    "[一-龥]{2,5}(?:省|自治区)|[一-龥]{2,4}(?<![超菜都城门门花夜集股])市(?=[一-龥]{2})|[一-龥]{2,4}(?<![小社园校厂街片景牧灾业老贸居住地])[县区](?=[一-龥]{2,6}(?:街道|镇|乡|路|街|村))"
)
"""With this begin addresses of other cities."""
_PROVINCE = re.compile("[一-龥]{2,6}?(?:省|自治区)")
"""Before the city's own name it needs no explanation, though the library may not write it."""
_QUIET = re.compile("的|在|是|这里|那里|那边|这边|那|这|和|与|跟|、|口|位于|坐落|地址")
_NUMBERS = {"road_no", "sub_no", "group", "building", "unit", "floor", "room", "house_no"}
"""Slots whose words explain themselves; names must be known."""


def leftover(parsed: Parsed, match: Match, cuts: tuple[int, ...] = ()) -> list[str]:
    """Return the parts of a text that neither the names nor the numbers of a match explain.

    Parameters
    ----------
    parsed : Parsed
    match : Match
    cuts : tuple of int, optional
        Where the text had a comma or a blank: parts end there.
    """
    covered = [False] * len(parsed.text)
    for spot in match.spots:
        covered[spot.begin : spot.end] = [True] * (spot.end - spot.begin)  # may reach into the hints
    for begin, end in match.against:
        covered[begin:end] = [True] * (end - begin)
    for name in SLOTS:
        slot = getattr(parsed, name)
        if slot is not None and name in _NUMBERS:
            covered[slot.start : slot.end] = [True] * (slot.end - slot.start)
    runs, run = [], ""
    for at, sign in enumerate(parsed.text):
        if covered[at] or at in cuts:
            runs.append(run)
            run = ""
        if not covered[at]:
            run += sign
    return [part for part in (*runs, run) if part]


def weigh(parsed: Parsed, match: Match, rival: float | None, cuts: tuple[int, ...], own: tuple[str, ...]) -> Evidence:
    """Return the evidence for a match.

    Parameters
    ----------
    parsed : Parsed
    match : Match
        The best one.
    rival : float or None
        Score of the best match in another grid.
    cuts : tuple of int
        Where the text had a comma or a blank.
    own : tuple of str
        Names of the city and its province: they need no explanation.
    """
    narrow = [spot for spot in match.spots if spot.level >= Level.COMMUNITY]
    strange, loose, foreign = 0.0, 0.0, 0.0
    for run in leftover(parsed, match, cuts):
        rest = run
        province = _PROVINCE.match(run)
        if province and run.startswith(own, province.end()):
            rest = run[province.end() :]
        for name in own:
            rest = rest.replace(name, "")
        rest = _QUIET.sub("", rest)
        if len(rest) >= 3 and parsed.text.startswith(run):
            foreign = max(foreign, float(_FOREIGN.match(rest + parsed.text[len(run) : len(run) + 8]) is not None))
        named = _NAMELIKE.match(rest)
        if named and len(named[0]) >= 2:
            strange += len(named[0])
        loose += len(rest)
    return Evidence(
        margin=min(match.score - rival, 6.0) if rival is not None else 6.0,
        edits=sum(spot.cost for spot in narrow),
        short=sum(spot.form_cost for spot in narrow),
        explained=min(match.explained, 12.0),
        number=float(match.number == EQUAL or 0 < match.asked == match.found),
        contradictions=float(len(match.against)),
        strange=min(strange, 8.0),
        foreign=foreign,
        loose=loose / max(len(parsed.text), 1),
    )


WEIGHTS = Evidence(0.45, -0.2, -1.7, 0.48, 0.3, -0.3, -0.22, -4.6, -5.4)
BIAS = 1.0
"""Fitted on 8,300 answers in nine invented cities, rounded, none against its sense: bench/address_confidence.py."""


def confidence(evidence: Evidence) -> float:
    """Return how likely the answer is right.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    float
        0 to 1, by `WEIGHTS` and `BIAS`.
    """
    total = BIAS + sum(weight * figure for weight, figure in zip(WEIGHTS, evidence, strict=True))
    return 1 / (1 + math.exp(-total))
