"""Job: a text with several addresses → an answer to each, and to the whole that it is not one place.

In: a text and what answers one address. Out: an answer in the form of all answers with ``answers``; None for a text
that is one address. Called by `gridgeo.jobs.locate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gridgeo.jobs.answers import put_together
from gridgeo.jobs.lookup import Lookup
from gridgeo.locate.address.book import LONGEST_TEXT, AddressBook
from gridgeo.locate.address.normalise import fold
from gridgeo.locate.address.several import parts_of

__all__ = ["several_answer"]

NEAR = 10
"""Characters on each side of a word in which names are looked for that it may be a part of."""
SPELLED = 0.5
"""Cost of a spelling up to which a name is taken to stand there: a homophone. In edits. Chosen."""
EXACT = 0.45
"""The same of a form: those that are said for a name."""


def several_answer(
    query: str, book: AddressBook, lookup: Lookup, one: Callable[[str], dict[str, Any]]
) -> dict[str, Any] | None:
    """Answer every address of a text.

    Parameters
    ----------
    query : str
    book : AddressBook
        Whose names are not taken apart.
    lookup : Lookup
    one : callable
        Answers one address.

    Returns
    -------
    dict or None
        ``status`` ambiguous, ``candidates`` the grids of all, ``answers`` with the ``query`` of each; None where the
        text is one address, or one of its parts is none that the library knows.
    """
    if len(query) > LONGEST_TEXT:
        return None

    def joins(first: str, word: str, second: str) -> bool:
        before, behind = fold(first[-NEAR:]), fold(_without_city(second, book))[:NEAR]
        return _begins(book, behind) and not _covered(book, before, fold(word), behind)

    parts = parts_of(query, joins)
    if len(parts) < 2:
        return None
    answers = [{"query": part, **one(part)} for part in parts]
    if any(answer["status"] == "unknown" for answer in answers):
        return None
    if len({(answer["status"], answer["code"]) for answer in answers}) == 1 and answers[0]["status"] == "sure":
        return one(parts[0])  # one place, written twice
    candidates: dict[str, dict[str, Any]] = {}
    for answer in answers:
        own = answer["candidates"] or [_candidate(answer)]
        for candidate in own:
            if candidate["code"] is not None:
                candidates.setdefault(candidate["code"], candidate)
    fault = ("several_addresses", f"文字里有 {len(parts)} 个地址，已分别回答")
    listed = list(candidates.values())
    whole = put_together(lookup, "ambiguous", confidence=1 / len(parts), faults=[fault], candidates=listed)
    return {**whole, "question": f"请问要查的是哪一个：{'、'.join(parts)}？", "answers": answers}


def _without_city(text: str, book: AddressBook) -> str:
    """Return a text without the province and the city with which it begins."""
    for name in (*book.library.province, "省", *book.library.city):  # 湖南 and 湖南省
        text = text.removeprefix(name)
    return text


def _begins(book: AddressBook, text: str) -> bool:
    """Tell whether a text begins with a name of the city, spelled right or nearly so."""
    spots = book.library.lexicon.spots(text)
    return bool(np.any((spots.begin == 0) & (spots.cost <= SPELLED)))


def _covered(book: AddressBook, before: str, word: str, behind: str) -> bool:
    """Tell whether a word is a part of a name of the city."""
    spots, at = book.library.lexicon.spots(before + word + behind), len(before)
    over = (spots.begin < at + len(word)) & (spots.end > at) & (spots.cost <= SPELLED) & (spots.form_cost <= EXACT)
    return bool(np.any(over & (spots.end - spots.begin > len(word))))


def _candidate(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer's own grid as a candidate."""
    grid = answer["grid"] or {}
    return {"code": answer["code"], "full_name": grid.get("full_name"), "place": answer["place"]}
