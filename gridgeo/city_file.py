"""Faults of a city file with their lines: TOML text against the tables of `gridgeo.city_schema`.

In: the text of ``city.toml``. Out: its plain values, and one `Fault` per mistake with line and place. Next:
`gridgeo.city.read_city` builds the frozen `City`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gridgeo.city_schema import KINDS, LISTS, REQUIRED, TABLES, Entry, nearest

__all__ = ["Fault", "Place", "check_tables", "find_lines", "line_of", "parse", "well_formed"]

Place = tuple[str | int, ...]
"""Path of an entry: ("agency", 1, "id") is ``id`` in the second ``[[agency]]``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a city file."""

    line: int
    place: Place
    text: str
    """What is wrong and what to do."""

    def __str__(self) -> str:
        """Return ``line 12, agency 2, id: …``."""
        words: list[str] = []
        for step in self.place:
            if isinstance(step, int):
                words[-1] += f" {step + 1}"
            else:
                words.append(step)
        where = f"line {self.line}, " if self.line else ""
        return f"{where}{', '.join(words)}: {self.text}" if words else f"{where}{self.text}"


# ------------------------------------------------------------------- lines ----

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*\]")
_ENTRY = re.compile(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=")


def find_lines(text: str) -> dict[Place, int]:
    """Return the line (from 1) on which each table and entry of a TOML text stands.

    Text between triple quotes is skipped; entries of inline tables are found at the line of their table.
    """
    lines: dict[Place, int] = {}
    table: Place = ()
    counts: dict[Place, int] = {}
    quoted = False
    for number, line in enumerate(text.splitlines(), 1):
        toggles = len(re.findall(r'"""|\'\'\'', line)) % 2 == 1
        header, entry = _HEADER.match(line), _ENTRY.match(line)
        if not quoted and header:
            table = _steps(header[2])
            if header[1] == "[[":
                lines.setdefault(table, number)
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif not quoted and entry:
            lines.setdefault((*table, *_steps(entry[1])), number)
        quoted ^= toggles
    return lines


def _steps(dotted: str) -> Place:
    """Split a dotted key into its parts."""
    return tuple(part.strip("\"'") for part in re.findall(_KEY, dotted))


def line_of(lines: Mapping[Place, int], place: Place) -> int:
    """Return the line of an entry, or of the nearest table around it; 0 if none is known."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 0)


def parse(text: str) -> dict[str, Any] | Fault:
    """Parse TOML, or tell where its syntax breaks."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        reason = re.sub(r"\s*\(at .*\)", "", str(error))
        return Fault(line, (), f"not valid TOML here: {reason}; compare with the README's example")


# ------------------------------------------------------------------ tables ----


def well_formed(values: Mapping[str, Any], name: str) -> list[tuple[Place, dict[str, Any]]]:
    """Return the tables of one name that are tables, with their places."""
    found = values.get(name, [])
    if isinstance(found, dict):
        return [((name,), found)]
    rows = found if isinstance(found, list) else []
    return [((name, at), table) for at, table in enumerate(rows) if isinstance(table, dict)]


def check_tables(
    values: Mapping[str, Any],
    lines: Mapping[Place, int],
    tables: Mapping[str, Mapping[str, Entry]] = TABLES,
    required: Iterable[str] = REQUIRED,
) -> list[Fault]:
    """Return every unknown, missing and wrong entry, in the order of the file.

    Parameters
    ----------
    values : mapping
        From `parse`.
    lines : mapping
        From `find_lines`.
    tables : mapping
        Every table that the file may hold; those of a city file by default.
    required : iterable of str
        Tables that must be there.
    """
    faults = [_unknown((name,), tables, lines) for name in values if name not in tables]
    for name, entries in tables.items():
        if name in values:
            for place, table in _tables_at(name, values[name]):
                faults += _check_table(place, table, entries, lines)
        elif name in required:
            faults.append(Fault(0, (name,), f"the table is missing; add [{name}]"))
    return faults


def _tables_at(name: str, value: Any) -> list[tuple[Place, Any]]:
    """Return the tables of one name with their places."""
    if name in LISTS and isinstance(value, list):
        return [((name, at), table) for at, table in enumerate(value)]
    return [((name,), value)]


def _check_table(place: Place, table: Any, entries: Mapping[str, Entry], lines: Mapping[Place, int]) -> list[Fault]:
    """Return the faults of one table."""
    name = str(place[0])
    if not isinstance(table, dict) or (name in LISTS) != (len(place) > 1):
        header = f"[[{name}]]" if name in LISTS else f"[{name}]"
        return [Fault(line_of(lines, place), place, f"must be written as a table {header}")]
    faults = [_unknown((*place, key), entries, lines) for key in table if key not in entries]
    for key, entry in entries.items():
        at = (*place, key)
        missing = f"missing; add {key} = …" if entry.required else ""
        fault = _wrong(table[key], entry) if key in table else missing
        if fault:
            faults.append(Fault(line_of(lines, at), at, fault))
    return faults


def _wrong(value: Any, entry: Entry) -> str:
    """Return what is wrong with one value, or an empty text."""
    words, is_right = KINDS[entry.kind]
    return entry.check(value) if is_right(value) else f"{value!r} must be {words}"


def _unknown(place: Place, known: Iterable[str], lines: Mapping[Place, int]) -> Fault:
    """Return the fault of a key that nobody knows."""
    hint = nearest(str(place[-1]), known)
    return Fault(line_of(lines, place), place, f"unknown entry{hint or '; remove it'}")
