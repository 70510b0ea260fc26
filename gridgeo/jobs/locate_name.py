"""Job: the name of a grid or community → its grid, or all grids that bear it.

In: a text that `gridgeo.locate.grid_names` knows as a name, and a `Lookup`. Out: an answer in the form of all answers.
Called by `gridgeo.jobs.locate`.
"""

from __future__ import annotations

import re
from typing import Any

from gridgeo.jobs.answers import MOST_LISTED, Describe, grid_candidates, put_together
from gridgeo.jobs.lookup import Lookup
from gridgeo.locate.address.normalise import fold
from gridgeo.locate.grid_names import Named

__all__ = ["is_row", "name_answer"]

_OFFICE = re.compile("(?:社区|村)?(?:居民|村民|居|村)?委(?:员?会)?$")
"""The office of a community or village, as long or short as people call it: 村民委员会, 村委, 社区居委会."""


def name_answer(named: Named, lookup: Lookup, describe: Describe) -> dict[str, Any]:
    """Answer a name: one grid is sure, several are ambiguous and listed, the first `MOST_LISTED` of them.

    Parameters
    ----------
    named : Named
    lookup : Lookup
    describe : callable
        Gives the `gridgeo.jobs.answers.Description` of a code.
    """
    codes, count = named.codes, len(named.codes)
    if named.kind != "absent" and count == 1:
        return put_together(lookup, "sure", about=describe(codes[0]), confidence=1.0)
    question = "请问是哪一个网格，或补充路名和门牌号？"
    if named.kind == "absent":
        fault = ("no_such_grid", f"没有“{named.name}”；该社区现有 {count} 个网格")
    elif named.kind == "community":
        fault = ("several_grids", f"“{named.name}”有 {count} 个网格")
    else:
        fault, question = ("same_name", f"名为“{named.name}”的网格有 {count} 个"), "请问是哪个社区的？"
    faults = [fault]
    if count > MOST_LISTED:
        faults.append(("not_all_listed", f"只列出前 {MOST_LISTED} 个"))
    listed = grid_candidates(codes, describe)
    answer = put_together(lookup, "ambiguous", confidence=1 / count, faults=faults, candidates=listed)
    return {**answer, "question": question}


def is_row(named: Named, answer: dict[str, Any]) -> bool:
    """Tell whether a community or village, or its office, is a row of the library that an answer found.

    Parameters
    ----------
    named : Named
    answer : dict
        What the library says to the same text. Its place tells where the middle of a village is, or its office.
    """
    place = answer["place"] or {}
    if answer["status"] != "sure" or place.get("id") is None or answer["code"] not in named.codes:
        return False
    if fold(place["text"]).endswith(named.name):
        return True
    called = fold(place.get("name") or "")
    bare, office = _OFFICE.sub("", named.name), _OFFICE.search(called)
    return bare != named.name and office is not None and called[: office.start()].endswith(bare)
