"""What has been found in a text while it is read from left to right.

`gridgeo.locate.address.levels`, ``tail`` and ``names`` add to it one after the other; `gridgeo.locate.address.parse`
hands the slots on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from gridgeo.locate.address.tokens import Token

__all__ = ["Gap", "Slot", "Tail"]


class Slot(NamedTuple):
    """What a text says at one level."""

    value: str
    """Canonical: "12", "12-3", "A", "501"; names as they are written."""
    start: int
    """Where it begins in the parsed text."""
    end: int
    """Where it ends, its unit word included."""


class Gap(NamedTuple):
    """Words between numbers."""

    start: int
    end: int
    before: str
    """Slot that the number after them fills; empty at the end of the text."""


@dataclass(slots=True)
class Tail:
    """What the numbers of one text say."""

    text: str
    slots: dict[str, Slot] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    in_village: bool = False
    """A community or village stands before the numbers."""
    rural: bool = False
    """It is a village, or there is none in a 镇 or 乡."""
    near: str = ""
    """Kind of the token just read, empty if words follow it."""
    lanes: bool = False
    """A lane is numbered like a house on its road, see `gridgeo.locate.address.areas.SHANGHAI`."""
    breaks: Collection[int] = ()
    """Where a blank, a comma or the like stood: a number before one ends there."""
    loose: bool = False
    """The building is a number with 号 that followed no road: it may yet be the house on a road."""
    guessed: bool = False
    """The house on a road followed no word for a road: it may yet be part of a name."""
    by_value: bool = False
    """A decision depended on a number's value, not only on its length."""

    def fill(self, name: str, value: str, start: int, end: int) -> None:
        """Set a slot, unless something stands there already."""
        self.slots.setdefault(name, Slot(value, start, end))

    def free(self) -> list[str]:
        """Return what may stand before a room and is not known yet."""
        if "floor" in self.slots:
            return []
        return [name for name in ("building", "unit") if name not in self.slots or (name == "building" and self.loose)]

    def spread(self, token: Token, names: tuple[str, ...]) -> None:
        """Set several slots from the pieces of one token, the last of them with its unit word."""
        at = token.at
        for name, part in zip(names, token.parts, strict=True):
            last = name == names[-1]
            self.fill(name, part, at, token.end if last else at + len(part))
            at += len(part) + 1
