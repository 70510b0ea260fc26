"""Job: a question → the responsible grid.

In: a coordinate, a grid code or an address, and a `Lookup`. Out: the answer that ``locate --json`` and the
API give: ``status, code, grid, chain, place, confidence, faults, candidates, as_of, datum``.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from gridgeo.jobs.fate import Fate
from gridgeo.jobs.locate_address import address_facts
from gridgeo.jobs.lookup import Lookup
from gridgeo.locate.coordinate import Candidate, NumberPair, PointAnswer, locate_pair, parse_pair
from gridgeo.locate.one_point import point_from_city

__all__ = ["Description", "description", "grid_facts", "locate", "locate_point"]

LONGEST_CODE = 64

NOT_FOUND = (
    "not_found",
    "未找到该编码的现行网格,也不是坐标;尚无地址库,地址不能查询。请输入现行网格编码,或“经度,纬度”,"
    "或先用 gridgeo address load 载入地址",
)


class Description(NamedTuple):
    """What answers tell of a grid."""

    code: str
    grid: Any
    """Its columns without the geometry, see `grid_facts`; or the same already written as JSON."""
    chain: Any
    """County, street, community and grid by name; or the same already written as JSON."""
    full_name: str


Describe: TypeAlias = Callable[[str], Description]


def locate(query: str, lookup: Lookup, *, datum: str | None = None) -> dict[str, Any]:
    """Answer one question.

    Parameters
    ----------
    query : str
        Two numbers in any common writing, or the code of a current grid (blanks between its parts do not matter).
    lookup : Lookup
        From `gridgeo.jobs.lookup.open_lookup`.
    datum : str, optional
        Datum of a coordinate: "CGCS2000", "GCJ-02", "BD-09", "EPSG:…".

    Returns
    -------
    dict
        ``status`` is sure, ambiguous, outside or unknown; ``code, grid, chain`` are filled only if sure. ``faults``
        are ``{"kind", "text"}`` with an English slug and a Chinese sentence; ``candidates`` are the answers compared.
        A code that this version does not have, but another has, is unknown with the fault ``retired`` or ``not_yet``,
        and ``candidates`` are the grids that have its ground (`gridgeo.jobs.fate.Fate.successors`);
        ``place`` holds the point in CGCS2000 degrees (EPSG:4490) where the datum is not in doubt.

    Raises
    ------
    CRSError
        If the datum is unknown or cannot be converted.
    """
    text = unicodedata.normalize("NFKC", query).strip()
    for code in (query.strip(), text, "".join(text.split())):
        if code in lookup.grids.index:
            return _answer(lookup, "sure", about=description(lookup, code), confidence=1.0)
    joined = "".join(text.split())
    # a code of another time may be written in groups, as two numbers are: it goes first, as current codes do
    fate = _fate(lookup, joined)
    if fate is not None:
        faults, candidates = [(fate.kind, fate.text)], list(fate.successors)
        return _answer(lookup, "unknown", faults=faults, candidates=candidates)
    pair = parse_pair(text)
    if pair is None:
        return _address_answer(query, lookup)
    found = locate_pair(pair, lookup.index, datum=datum)
    return _point_answer(lookup, query, found, partial(description, lookup))


def _address_answer(query: str, lookup: Lookup) -> dict[str, Any]:
    """Answer what is neither code nor coordinate."""
    book = lookup.book() if lookup.book is not None else None
    if book is None:
        return _answer(lookup, "unknown", faults=[NOT_FOUND])
    facts = address_facts(book.ask(query), book, partial(description, lookup))
    question = facts.pop("question")
    answer = _answer(lookup, facts.pop("status"), **facts)
    return {**answer, "question": question} if question else answer


def _fate(lookup: Lookup, code: str) -> Fate | None:
    """Return what became of a code of another version; pairs with a comma and Chinese text are not looked up."""
    looks_so = 0 < len(code) <= LONGEST_CODE and code.isascii() and code.replace("-", "").isalnum()
    return lookup.fate(code) if looks_so and lookup.fate is not None else None


def locate_point(
    x: float, y: float, lookup: Lookup, *, datum: str | None = None, describe: Describe | None = None
) -> dict[str, Any]:
    """Answer for two numbers, as `locate` does for their text.

    Parameters
    ----------
    x, y : float
        Finite: longitude and latitude, or metres.
    lookup : Lookup
    datum : str, optional
        See `locate`.
    describe : callable, optional
        Gives the `Description` of a code; one that remembers spares writing the same grids again and again.

    Raises
    ------
    CRSError
        If the datum is unknown or cannot be converted.
    """
    first, second = f"{x:.12f}", f"{y:.12f}"
    found = locate_pair(NumberPair(float(first), float(second)), lookup.index, datum=datum)
    return _point_answer(lookup, f"{first},{second}", found, describe or partial(description, lookup))


def description(lookup: Lookup, code: str) -> Description:
    """Say what answers tell of a grid."""
    grid = grid_facts(lookup, code)
    return Description(code, grid, _chain(lookup, grid), grid.get("full_name", ""))


def _point_answer(lookup: Lookup, query: str, found: PointAnswer, describe: Describe) -> dict[str, Any]:
    """Write the answer to a coordinate; a place is only claimed where the datum is not in doubt."""
    place = None if found.datum is None else _place(lookup, query, found.candidates[0])
    distinct = {candidate.code for candidate in found.candidates}
    candidates = [_candidate(candidate, describe) for candidate in found.candidates]
    return _answer(
        lookup,
        found.status,
        about=None if found.code is None else describe(found.code),
        confidence={"sure": 1.0, "ambiguous": 1 / len(distinct)}.get(found.status, 0.0),
        faults=list(found.faults),
        place=place,
        candidates=candidates,
        datum=found.datum,
    )


def _place(lookup: Lookup, query: str, at: Candidate) -> dict[str, Any] | None:
    """Return the point in CGCS2000 degrees, or None if it has no position on the earth."""
    lon, lat = point_from_city(at.x, at.y, "EPSG:4490", lookup.index.crs)
    return {"id": None, "text": query, "x": round(lon, 9), "y": round(lat, 9)} if math.isfinite(lon + lat) else None


def _candidate(candidate: Candidate, describe: Describe) -> dict[str, Any]:
    """Describe the answer under one datum."""
    facts: dict[str, Any] = {"datum": candidate.datum, "code": candidate.code}
    if candidate.sharing:
        facts["border_of"] = list(candidate.sharing)
    if candidate.code is not None:
        facts["full_name"] = describe(candidate.code).full_name
    return facts


def grid_facts(lookup: Lookup, code: str) -> dict[str, Any]:
    """Return a grid's columns without its geometry, as plain values; what is missing is None."""
    row = lookup.grids.index.get_loc(code)
    found = {name: column[row] for name, column in lookup.columns.items()}
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in found.items()}
    return {"code": code} | {name: None if pd.isna(value) else value for name, value in plain.items()}


def _chain(lookup: Lookup, grid: dict[str, Any]) -> list[str]:
    """Return county, street, community and grid by name; levels that the layer does not know are left out."""
    names = [
        *lookup.parents.get(grid.get("community_code", ""), []),
        grid.get("community_name"),
        grid.get("short_name"),
    ]
    return [name for name in names if isinstance(name, str) and name]


def _answer(
    lookup: Lookup,
    status: str,
    *,
    about: Description | None = None,
    confidence: float = 0.0,
    faults: list[tuple[str, str]] | None = None,
    place: dict[str, Any] | None = None,
    candidates: list[dict[str, Any]] | None = None,
    datum: str | None = None,
) -> dict[str, Any]:
    """Put an answer together; every key is always there."""
    return {
        "status": status,
        "code": None if about is None else about.code,
        "grid": None if about is None else about.grid,
        "chain": [] if about is None else about.chain,
        "place": place,
        "confidence": confidence,
        "faults": [{"kind": kind, "text": text} for kind, text in faults or []],
        "candidates": candidates or [],
        "as_of": lookup.as_of,
        "version": lookup.version,
        "datum": datum,
    }
