"""Code layouts: how a grid's code is built, taken apart and judged.

In: a community code and a sequence number. Out: the grid's code, always text. Before: `gridgeo.partition`;
next: `gridgeo.codes.number` gives the numbers, the store keeps the codes for ever.

=========== ========================================= ====== ================ =========================================
layout      digits                                    length number runs over known from
=========== ========================================= ====== ================ =========================================
gb15        county 6, street 3, community 3, number 3 15     the community    Beijing DB11 unit grids, 5.2 (excerpt)
mgmt12      county 6, street 3, number 3              12     the street       management grids of city operation systems
cjt14       county 6, street 3, community 3, number 2 14     the community    CJ/T 213-2005 (not seen, by hearsay)
cjt349-20   object 6, county 6, street 3, community   20     the community    CJ/T 349-2010, 5.3 to 5.7 (excerpt)
            3, number 2
plain       any text                                         the community    authorities without 12-digit codes
=========== ========================================= ====== ================ =========================================

A code whose structure is impossible is malformed (severity error). A segment outside the ranges of GB/T 2260 or
GB/T 10114 is only a warning: real cities carry development zones and historic numbers that no range foresees.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from gridgeo.errors import CodeError

__all__ = [
    "LAYOUTS",
    "DigitLayout",
    "Layout",
    "PlainLayout",
    "Segment",
    "SegmentFault",
    "check_character",
    "get_layout",
]

LAYOUTS = ("gb15", "mgmt12", "cjt14", "cjt349-20", "plain")

PLAIN = re.compile(r"[^\s\x00-\x1f]{1,64}")

PROVINCES = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 66), (71, 71), (81, 82))
"""GB/T 2260; 66 is the Xinjiang corps in the family-planning code rules."""

PREFECTURES = ((1, 70), (90, 90))
"""GB/T 2260: 01-20 and 51-70 cities, 21-50 regions, prefectures and leagues, 90 counties directly under a province.
Counties are not judged: 01-99 are all given, and 00 stands in cities without counties (东莞 4419, 中山 4420)."""

STREETS = ((1, 599), (999, 999))
"""GB/T 10114-2003: 001-099 streets, 100-199 towns, 200-399 townships, 400-599 enterprise-run areas; 999 is special."""

VILLAGES = ((1, 599),)
"""Statistics bureau: 001-199 residents', 200-399 villagers' committees, 400-499 and 500-599 what resembles them."""

MERGED_COMMUNITIES = 601
"""CJ/T 349-2010, 5.6: from 601 upward the community segment names a grid over two or more communities."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a code."""

    name: str
    digits: int


@dataclass(frozen=True, slots=True)
class SegmentFault:
    """What is wrong with one part of a code."""

    severity: str
    """error: the structure is impossible; warning: the value is outside its standard's range."""
    segment: str
    """Name of the segment, or "code" for the whole."""
    text: str


@dataclass(frozen=True, slots=True)
class Layout(ABC):
    """How the grid codes of one city are built."""

    name: str
    capacity: int
    """Most grids that one community (mgmt12: one street) can number."""

    @abstractmethod
    def scope(self, community_code: str) -> str:
        """Return the part of a community's code within which numbers are unique.

        Raises
        ------
        CodeError
            If the layout cannot carry the community's code.
        """

    @abstractmethod
    def _cut(self, code: str) -> dict[str, str]:
        """Cut a well-formed code into its named segments."""

    @abstractmethod
    def _join(self, scope: str, number: int) -> str:
        """Write the code of a number that fits."""

    @abstractmethod
    def validate(self, code: str) -> list[SegmentFault]:
        """List what is wrong with a code, segment by segment; empty if nothing is."""

    @abstractmethod
    def belongs(self, code: str, community_code: str) -> bool:
        """Tell whether a well-formed code names this community."""

    def parse(self, code: str) -> dict[str, str]:
        """Take a code apart into its named segments.

        Raises
        ------
        CodeError
            If the code is malformed.

        Examples
        --------
        >>> get_layout("mgmt12").parse("411102001007")
        {'county': '411102', 'street': '001', 'number': '007'}
        """
        fault = self.fault(code)
        if fault:
            raise CodeError(fault)
        return self._cut(code)

    def scope_and_number(self, code: str) -> tuple[str, int] | None:
        """Return the scope and the number for which `format` writes this code; None for any other text.

        Examples
        --------
        >>> get_layout("gb15").scope_and_number("411102001001007")
        ('411102001001', 7)
        >>> [get_layout("plain").scope_and_number(one) for one in ("W1-007", "W1-7", "007")]
        [('W1', 7), None, None]
        """
        if self.fault(code):
            return None
        parts = self._cut(code)
        parts.pop("object", None)
        digits = parts.pop("number")
        if not re.fullmatch(rf"[0-9]{{{len(str(self.capacity))}}}", digits) or not int(digits):
            return None
        scope = "".join(parts.values())
        return (scope, int(digits)) if scope else None

    def format(self, community_code: str, number: int) -> str:
        """Write the code of a community's grid.

        Parameters
        ----------
        community_code : str
        number : int
            Sequence number, from 1.

        Raises
        ------
        CodeError
            If the number is out of range or the layout cannot carry the community's code.

        Examples
        --------
        >>> get_layout("gb15").format("411102001001", 7)
        '411102001001007'
        """
        if not 1 <= number <= self.capacity:
            raise CodeError(
                f"grid number {number} of community {community_code} does not fit layout {self.name}, which numbers "
                f"1 to {self.capacity}; make fewer grids or choose another layout"
            )
        return self._join(self.scope(community_code), number)

    def fault(self, code: str, community_code: str = "") -> str | None:
        """Return why a code is malformed, or None; ranges are not judged.

        Parameters
        ----------
        code : str
        community_code : str
            The grid's community, which the code must name; empty if unknown.
        """
        hard = next((fault.text for fault in self.validate(code) if fault.severity == "error"), None)
        if hard is None and community_code and not self.belongs(code, community_code):
            return f"code {code} does not name its community {community_code}"
        return hard


@dataclass(frozen=True, slots=True)
class DigitLayout(Layout):
    """Digits only: the community's (or street's) national code and a sequence number."""

    segments: tuple[Segment, ...]
    scope_digits: int
    """Leading digits of the 12-digit community code that a grid code repeats."""
    object_code: str = ""
    """CJ/T 348 code of the managed object, which leads the grid code; only in cjt349-20."""

    @property
    def length(self) -> int:
        """Digits of a code."""
        return sum(segment.digits for segment in self.segments)

    def scope(self, community_code: str) -> str:  # noqa: D102 - as in Layout
        if not re.fullmatch(r"[0-9]{12}", community_code):
            raise CodeError(
                f"community code {community_code!r} is not 12 digits, which layout {self.name} needs; "
                f'correct it or write layout = "plain" in the city file'
            )
        return community_code[: self.scope_digits]

    def _cut(self, code: str) -> dict[str, str]:
        parts, start = {}, 0
        for segment in self.segments:
            parts[segment.name] = code[start : start + segment.digits]
            start += segment.digits
        return parts

    def _join(self, scope: str, number: int) -> str:
        if self.segments[0].name == "object" and not self.object_code:
            raise CodeError(
                f"layout {self.name} begins with the six digits of the managed object (CJ/T 348); "
                f'write it as layout = "{self.name}:010200"'
            )
        return f"{self.object_code}{scope}{number:0{self.segments[-1].digits}d}"

    def validate(self, code: str) -> list[SegmentFault]:  # noqa: D102
        if not re.fullmatch(rf"[0-9]{{{self.length}}}", code):
            return [SegmentFault("error", "code", f"code {code!r} is not {self.length} digits (layout {self.name})")]
        parts = self._cut(code)
        faults = _number_faults(code, parts, self.name) + _place_faults(code, parts)
        if self.object_code and parts["object"] != self.object_code:
            faults.insert(0, SegmentFault("error", "object", f"code {code} is not of object {self.object_code}"))
        return faults

    def belongs(self, code: str, community_code: str) -> bool:  # noqa: D102
        parts = self._cut(code)
        place = parts["county"] + parts["street"] + parts.get("community", "")
        if "object" in parts and int(parts["community"]) >= MERGED_COMMUNITIES:
            return place[:9] == community_code[:9]
        return place == community_code[: self.scope_digits]


@dataclass(frozen=True, slots=True)
class PlainLayout(Layout):
    """Any text without blanks; new grids are named community code, hyphen, three digits."""

    def scope(self, community_code: str) -> str:  # noqa: D102
        scope = "_".join(community_code.split())
        if not PLAIN.fullmatch(f"{scope}-999") or not scope:
            raise CodeError(f"community code {community_code!r} is empty or too long: a grid code has 64 signs at most")
        return scope

    def _cut(self, code: str) -> dict[str, str]:
        community, _, number = code.rpartition("-")
        return {"community": community, "number": number}

    def _join(self, scope: str, number: int) -> str:
        return f"{scope}-{number:03d}"

    def validate(self, code: str) -> list[SegmentFault]:  # noqa: D102
        if PLAIN.fullmatch(code):
            return []
        return [SegmentFault("error", "code", f"code {code!r} is empty, longer than 64 signs or holds blanks")]

    def belongs(self, code: str, community_code: str) -> bool:  # noqa: ARG002, D102 - any text may stand for any place
        return True


def _within(text: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Tell whether digits lie in one of the ranges."""
    return any(low <= int(text) <= high for low, high in ranges)


def _number_faults(code: str, parts: dict[str, str], layout: str) -> list[SegmentFault]:
    """Refuse number zero, except where CJ/T 349 means a community that is not subdivided."""
    number = parts["number"]
    if int(number) or layout == "cjt349-20":
        return []
    return [SegmentFault("error", "number", f"code {code} ends in {number}; numbers start at 1")]


def _place_faults(code: str, parts: dict[str, str]) -> list[SegmentFault]:
    """Compare the administrative segments with the ranges of their standards."""
    county = parts["county"]
    known = {
        "province": (county[:2], _within(county[:2], PROVINCES), "GB/T 2260"),
        "prefecture": (county[2:4], _within(county[2:4], PREFECTURES), "GB/T 2260"),
        "street": (parts["street"], _within(parts["street"], STREETS), "GB/T 10114"),
    }
    if "community" in parts:
        merged = "object" in parts and int(parts["community"]) >= MERGED_COMMUNITIES
        known["community"] = (parts["community"], merged or _within(parts["community"], VILLAGES), "statistics bureau")
    return [
        SegmentFault("warning", name, f"code {code}: {name} {text} is outside the ranges of {source}")
        for name, (text, fits, source) in known.items()
        if not fits
    ]


_PLACE = (Segment("county", 6), Segment("street", 3))
_COMMUNITY = (*_PLACE, Segment("community", 3))


def get_layout(name: str) -> Layout:
    """Return a code layout by its name.

    Parameters
    ----------
    name : str
        One of `LAYOUTS`; "cjt349-20:010200" also says the six digits of the managed object (CJ/T 348), which are
        needed to write codes, not to read them.

    Raises
    ------
    CodeError
        If there is no such layout.
    """
    base, _, managed = name.partition(":")
    if base == "plain" and not managed:
        return PlainLayout("plain", 999)
    if base == "cjt349-20" and re.fullmatch(r"([0-9]{6})?", managed):
        return DigitLayout(base, 99, (Segment("object", 6), *_COMMUNITY, Segment("number", 2)), 12, managed)
    found = {
        "gb15": DigitLayout("gb15", 999, (*_COMMUNITY, Segment("number", 3)), 12),
        "mgmt12": DigitLayout("mgmt12", 999, (*_PLACE, Segment("number", 3)), 9),
        "cjt14": DigitLayout("cjt14", 99, (*_COMMUNITY, Segment("number", 2)), 12),
    }
    if name not in found:
        raise CodeError(f"there is no code layout {name!r}; choose one of {', '.join(LAYOUTS)}")
    return found[name]


def check_character(code: str) -> str:
    """Return the check character (0-9 or X) that may be printed after a code; it is never part of the code.

    ISO 7064 MOD 11-2 (GB/T 17710): it catches every wrong digit and every exchange of two neighbours.

    Raises
    ------
    CodeError
        If the code holds anything but digits.

    Examples
    --------
    >>> check_character("411102001001001")
    '5'
    """
    if not re.fullmatch(r"[0-9]+", code):
        raise CodeError(f"code {code!r} holds more than digits; a check character exists for digits only")
    rest = 0
    for digit in code:
        rest = (rest + int(digit)) * 2 % 11
    return "0123456789X"[(1 - rest) % 11]
