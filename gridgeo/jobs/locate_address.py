"""Job: an address as somebody wrote it → the responsible grid, in the form of all answers.

In: a text, an `AddressBook` and a `Lookup`. Out: what ``locate --json`` and the API give. Called by
`gridgeo.jobs.locate` for what is neither code nor coordinate, and by `gridgeo.jobs.locate_batch`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from gridgeo.locate.address.answer import Answer, Candidate
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.marked import marked
from gridgeo.locate.address.normalise import normalise
from gridgeo.locate.one_point import point_from_city

__all__ = ["PLACED", "address_facts", "candidate_facts", "degrees", "place_facts"]

PLACED = ("sure", "ambiguous", "interpolated", "parent")
"""Statuses whose best candidate is told as code and place; only ``sure`` says that it is the one."""

Describe = Callable[[str], Any]


def address_facts(query: str, told: Answer, book: AddressBook, describe: Describe) -> dict[str, Any]:
    """Return an answer's ``status, about, confidence, faults, place, candidates, question`` as plain values.

    Parameters
    ----------
    query : str
    told : Answer
    book : AddressBook
        That gave it.
    describe : callable
        Gives the `gridgeo.jobs.locate.Description` of a code.
    """
    placed = told.best is not None and told.status in PLACED and told.best.grid >= 0
    about = describe(str(book.index.codes[told.best.grid])) if placed and told.best else None
    return {
        "status": told.status,
        "about": about,
        "confidence": round(told.confidence, 4),
        "faults": [*told.faults, *_spellings(query, told)],
        "place": place_facts(told.best, book) if told.best is not None and told.status != "unknown" else None,
        "candidates": [candidate_facts(one, book, describe) for one in told.candidates]
        if len(told.candidates) > 1
        else [],
        "question": told.question,
    }


def _spellings(query: str, told: Answer) -> Iterator[tuple[str, str]]:
    """Yield how the names that were found differ from what was written."""
    spoilt = [spot for spot in (told.best.spots if told.best is not None else ()) if spot.cost > 0]
    if not spoilt or told.status not in PLACED:
        return
    clean = normalise(query)
    text = clean.text + "".join(clean.hints)
    for spot in spoilt:
        name, written = marked(spot.name, text[spot.begin : spot.end])
        if name != written:
            yield "spelling", f"您要找的是不是：{name}（您写的是{written}）"


def degrees(x: float, y: float, book: AddressBook) -> tuple[float, float]:
    """Return a point of the city's CRS in CGCS2000 degrees (EPSG:4490).

    Parameters
    ----------
    x, y : float
    book : AddressBook
        Whose CRS it is.
    """
    lon, lat = point_from_city(x, y, "EPSG:4490", book.index.crs)
    return round(float(lon), 9), round(float(lat), 9)


def place_facts(one: Candidate, book: AddressBook) -> dict[str, Any] | None:
    """Return the place of a candidate: ``id, source, name, text, x, y``; id is None for a crossing.

    Parameters
    ----------
    one : Candidate
    book : AddressBook
        That gave it.
    """
    lon, lat = degrees(one.x, one.y, book)
    if not math.isfinite(lon + lat):
        return None
    library = book.library
    facts: dict[str, Any] = {"id": None, "text": None, "x": lon, "y": lat}
    if one.row >= 0:
        facts |= {"id": library.ids.of(one.row), "text": library.texts.of(one.row)}
        facts |= {"source": library.sources.of(one.row), "name": library.names.of(one.row) or None}
    return facts


def candidate_facts(one: Candidate, book: AddressBook, describe: Describe) -> dict[str, Any]:
    """Describe one of several places that a text may mean."""
    code = str(book.index.codes[one.grid]) if one.grid >= 0 else None
    facts: dict[str, Any] = {"code": code, "full_name": describe(code).full_name if code else None}
    return facts | {"place": place_facts(one, book), "score": round(one.score, 2)}
