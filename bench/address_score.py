"""Count which answers of an address search are right, with the rules of `address_queries`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

NEAR_M = 100.0

Truth = dict[str, Any]
Said = dict[str, dict[str, str]]


@dataclass
class Shares:
    """Right rows, right grids and near points of one class, each as (hits, of how many)."""

    row: tuple[int, int]
    grid: tuple[int, int]
    near: tuple[int, int]

    @property
    def answerable(self) -> bool:
        """Whether there was a clear question at all."""
        return bool(self.grid[1] or self.near[1])

    def text(self) -> str:
        """Return row R@1 / grid@1, or what lies near."""
        if self.near[1] and not self.row[1]:
            return f"{percent(self.near):.1f} near"
        return f"{percent(self.row):.1f} / {percent(self.grid):.1f}" if self.row[1] else f"– / {percent(self.grid):.1f}"

    def value(self) -> float:
        """Return the share that counts first: near points of spots on roads, right rows of the rest."""
        if self.near[1] and not self.row[1]:
            return percent(self.near)
        return percent(self.row if self.row[1] else self.grid)


def percent(share: tuple[int, int]) -> float:
    """Return a share in per cent."""
    return 100 * share[0] / share[1] if share[1] else math.nan


def clear(truth: Truth) -> bool:
    """Say whether a question has one answer."""
    return bool(truth["grids"]) and not truth["ambiguous"] and not truth["doubt"]


def _count(truths: Iterable[Truth], among: Callable[[Truth], bool], right: Callable[[Truth], bool]) -> tuple[int, int]:
    chosen = [t for t in truths if among(t)]
    return sum(right(t) for t in chosen), len(chosen)


def shares(truths: list[Truth], said: Said) -> Shares:
    """Return the shares of one class."""

    def of(truth: Truth) -> dict[str, str]:
        return said.get(truth["id"], {})

    return Shares(
        _count(truths, lambda t: clear(t) and bool(t["rows"]), lambda t: of(t).get("place_id") in t["rows"]),
        _count(truths, clear, lambda t: of(t).get("code") in t["grids"]),
        _count(
            truths,
            lambda t: bool(t.get("points")) and not t["ambiguous"],
            lambda t: distance_m(of(t), t["points"]) <= NEAR_M,
        ),
    )


def distance_m(answer: dict[str, str], points: list[list[float]]) -> float:
    """Return the metres from an answer to the nearest of some points in degrees."""
    try:
        x, y = float(answer["x"]), float(answer["y"])
    except (KeyError, ValueError):
        return math.inf
    return min(
        math.hypot((x - lon) * 111_320 * math.cos(math.radians(lat)), (y - lat) * 110_900) for lon, lat in points
    )


def lead(all_shares: list[Shares]) -> str:
    """Return by how many points the first is better than the best of the others."""
    if len(all_shares) < 2:
        return ""
    first, *others = [s.value() for s in all_shares]
    return f"{first - max(others):+.1f}"


def guessed(truths: list[Truth], said: Said) -> float:
    """Return the share that was answered `sure`, in per cent."""
    return percent(_count(truths, lambda _: True, lambda t: said.get(t["id"], {}).get("status") == "sure"))


def honesty(truths: list[Truth], said: Said) -> dict[str, str]:
    """Return the shares of right statuses: what is sure, how much of it is right, what is flagged."""

    def status(truth: Truth) -> str:
        return said.get(truth["id"], {}).get("status", "")

    def right(truth: Truth) -> bool:
        return said[truth["id"]].get("code") in truth["grids"] and not truth["ambiguous"]

    figures = {
        "status as wanted": _count(truths, lambda _: True, lambda t: status(t) in t["status"]),
        "`sure` where it is right": _count(truths, lambda t: "sure" in t["status"], lambda t: status(t) == "sure"),
        "right of the `sure`": _count(truths, lambda t: status(t) == "sure", right),
        "ambiguous flagged": _count(truths, lambda t: t["status"] == ["ambiguous"], lambda t: status(t) == "ambiguous"),
        "flagged in vain": _count(
            truths, lambda t: clear(t) and "ambiguous" not in t["status"], lambda t: status(t) == "ambiguous"
        ),
    }
    return {name: f"{percent(share):.1f} % of {share[1]}" for name, share in figures.items() if share[1]}


__all__ = ["Shares", "clear", "distance_m", "guessed", "honesty", "lead", "percent", "shares"]
