"""Job: a question → the responsible grid. The one box: whatever somebody types comes here.

In: a coordinate, a code, a name or an address, and a `Lookup`. Out: the answer that ``locate --json`` and the API give,
see `gridgeo.jobs.answers`. What a text is, is decided in this order: code of a grid, now or once; coordinate;
统一社会信用代码; name of a grid or community; several addresses; one address or place; enterprise of the register.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import partial
from threading import Lock
from typing import Any

from gridgeo.errors import CRSError, InputError
from gridgeo.jobs.answers import Describe, Description, description, grid_facts, put_together
from gridgeo.jobs.fate import Fate
from gridgeo.jobs.locate_address import address_facts
from gridgeo.jobs.locate_enterprise import code_answer, enterprise_of_name, read_uscc
from gridgeo.jobs.locate_name import is_row, name_answer
from gridgeo.jobs.locate_several import several_answer
from gridgeo.jobs.lookup import Lookup
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.noise import is_phone
from gridgeo.locate.coordinate import Candidate, NumberPair, PointAnswer, locate_pair, parse_pair
from gridgeo.locate.one_point import point_from_city
from gridgeo.locate.said_datum import said_datum

__all__ = ["Describe", "Description", "description", "grid_facts", "locate", "locate_point"]

LONGEST_CODE = 64
LONGEST_PAIR = 200
"""Characters of a text that is read as a coordinate."""

NO_LIBRARY = (
    "not_found",
    "未找到该编码的现行网格，也不是坐标；尚无地址库，地址不能查询。请输入现行网格编码，或“经度，纬度”，"
    "或先用 gridgeo address load 载入地址",
)
NO_DATUM = "文字写明的坐标系“{}”无法换算到本市坐标系；请改用 CGCS2000、GCJ-02 或 BD-09 的坐标"
OLD_DATUMS = {"Xian 80": "西安80", "Beijing 54": "北京54"}
_DIGITS = re.compile(r"(?<![0-9A-Za-z.])[0-9]{6,}(?![0-9A-Za-z.]|[号栋室])")
_ONE_AT_A_TIME = Lock()
"""A book has room for one question: what it works with is made once. Threads of a server take turns."""


def locate(query: str, lookup: Lookup, *, datum: str | None = None) -> dict[str, Any]:
    """Answer one question.

    Parameters
    ----------
    query : str
        An address or the name of a place; two numbers in any common writing, with or without the words for their datum;
        the code of a grid (blanks between its parts do not matter); the name of a grid or community; the name of an
        enterprise or its 统一社会信用代码; or several addresses, line by line or joined by 和, 到, ；.
    lookup : Lookup
        From `gridgeo.jobs.lookup.open_lookup`.
    datum : str, optional
        Datum of a coordinate: "CGCS2000", "GCJ-02", "BD-09", "EPSG:…".

    Returns
    -------
    dict
        ``status`` is sure, ambiguous, interpolated, parent, outside or unknown. ``code, grid, chain`` are filled where
        one grid is the likeliest; only sure says that it is the one. ``faults`` are ``{"kind", "text"}`` with an
        English slug and a Chinese sentence; ``candidates`` are the answers compared. A code that this version does not
        have, but another has, is unknown with the fault ``retired`` or ``not_yet``, and ``candidates`` are the grids
        that have its ground (`gridgeo.jobs.fate.Fate.successors`); ``place`` holds the point in CGCS2000 degrees
        (EPSG:4490) where the datum is not in doubt. ``question`` says what would tell candidates apart; ``answers``
        are there for several addresses, each with its ``query``.

    Raises
    ------
    CRSError
        If the datum is unknown or cannot be converted.
    InputError
        If the text says another datum than `datum`.
    """
    text = unicodedata.normalize("NFKC", query).strip()
    describe = partial(description, lookup)
    joined = "".join(text.split())
    for code in (query.strip(), text, joined):
        if code in lookup.grids.index:
            return put_together(lookup, "sure", about=describe(code), confidence=1.0)
    within = _code_within(text, lookup)
    if within is not None:
        return put_together(lookup, "sure", about=describe(within), confidence=1.0)
    # a code of another time may be written in groups, as two numbers are: it goes first, as current codes do
    fate = _fate(lookup, joined)
    if fate is not None:
        faults, candidates = [(fate.kind, fate.text)], list(fate.successors)
        return put_together(lookup, "unknown", faults=faults, candidates=candidates)
    pair, said = _pair(text)
    if pair is not None:
        if said is not None and datum is not None and said != datum:
            raise InputError(f"the datum is said twice, {said} in the text and {datum} beside it; say it once")
        try:
            found = locate_pair(pair, lookup.index, datum=datum or said)
        except CRSError:
            if datum is not None:
                raise
            return put_together(
                lookup, "unknown", faults=[("datum", NO_DATUM.format(OLD_DATUMS.get(said or "", said)))]
            )
        return _point_answer(lookup, query, found, describe)
    return _text_answer(query, lookup, describe)


def _code_within(text: str, lookup: Lookup) -> str | None:
    """Return the only code of a grid in a text with other words: 网格411102001001001, 411102001001001。"""
    if len(text) > LONGEST_PAIR:
        return None
    codes = {run for run in _DIGITS.findall(text) if len(run) in lookup.code_lengths and run in lookup.grids.index}
    return codes.pop() if len(codes) == 1 else None


def _pair(text: str) -> tuple[NumberPair | None, str | None]:
    """Return the two numbers of a text and the datum that it says."""
    if len(text) > LONGEST_PAIR or not any(one.isdecimal() for one in text):
        return None, None
    pair = parse_pair(text)
    if pair is not None:
        return pair, None
    plain, said = said_datum(text)
    return parse_pair(plain), said


def _text_answer(query: str, lookup: Lookup, describe: Describe) -> dict[str, Any]:
    """Answer what is neither code nor coordinate."""
    book = lookup.book() if lookup.book is not None else None
    uscc = read_uscc(query)
    if uscc is not None:
        return code_answer(uscc, book, lookup, describe)
    named = lookup.names().find(query) if len(query) <= LONGEST_PAIR else None
    if named is not None and named.kind != "community":
        return name_answer(named, lookup, describe)
    if book is not None:
        several = several_answer(query, book, lookup, partial(_one_address, book=book, lookup=lookup))
        if several is not None:
            return several
    # a village or its office may be a row of the library with a place of its own, which says more than its grids
    found = None if book is None else _one_address(query, book=book, lookup=lookup)
    if named is not None and not (found and is_row(named, found)):
        return name_answer(named, lookup, describe)
    if found is not None and found["status"] != "unknown":
        return found
    registered = enterprise_of_name(query, lookup, describe)
    return registered or found or put_together(lookup, "unknown", faults=[NO_LIBRARY])


def _one_address(query: str, *, book: AddressBook, lookup: Lookup) -> dict[str, Any]:
    """Answer one address by the library."""
    with _ONE_AT_A_TIME:
        told = book.ask(query)
    facts = address_facts(query, told, book, partial(description, lookup))
    question = facts.pop("question")
    answer = put_together(lookup, facts.pop("status"), **facts)
    return {**answer, "question": question} if question else answer


def _fate(lookup: Lookup, code: str) -> Fate | None:
    """Return what became of a code of another version; Chinese text, pairs and telephone numbers are not looked up."""
    looks_so = 0 < len(code) <= LONGEST_CODE and code.isascii() and code.replace("-", "").isalnum()
    if lookup.fate is None or not looks_so or (is_phone(code) and len(code) not in lookup.code_lengths):
        return None
    return lookup.fate(code)


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


def _point_answer(lookup: Lookup, query: str, found: PointAnswer, describe: Describe) -> dict[str, Any]:
    """Write the answer to a coordinate; a place is only claimed where the datum is not in doubt."""
    place = None if found.datum is None else _place(lookup, query, found.candidates[0])
    distinct = {candidate.code for candidate in found.candidates}
    candidates = [_candidate(candidate, describe) for candidate in found.candidates]
    return put_together(
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
