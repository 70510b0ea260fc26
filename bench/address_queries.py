"""Questions about an invented city, with every row that is consistent with what the text still tells.

The answers have the form that a scorer of `gridgeo locate --batch` reads: one JSON object per line with `id`, `class`,
`query`, `rows`, `grids`, `source_grid`, `ambiguous`, `doubt` (a name as near to another one: `sure` and `ambiguous` are
both fine), `status` (all that are right) and, for spots on roads, `points` in degrees.
"""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import address_said
import address_spoilt
import address_spots
from address_asking import KINDS, Asker
from address_truth import Answer, Truth

if TYPE_CHECKING:
    from address_city import City

TRIES = 150
"""Draws per wanted question of a class before it is left with fewer."""


def make_queries(city: City, seed: int, per_class: int = 40, kinds: list[str] | None = None) -> list[Answer]:
    """Return questions of every class with distinct texts, shuffled and numbered.

    Parameters
    ----------
    city : City
        From `address_city.make_city`.
    seed : int
        The same seed gives the same questions.
    per_class : int
        How many of each class, as far as the city allows.
    kinds : list of str, optional
        The classes; all of them if not given.
    """
    truth, answers = Truth(city), []
    for name in kinds or list(KINDS):
        asker = Asker(truth, random.Random(f"{name} {seed}"))
        texts: set[str] = set()
        for _ in range(per_class * TRIES):
            if len(texts) == per_class:
                break
            answer = KINDS[name](asker)
            if answer and answer["query"] not in texts:
                texts.add(answer["query"])
                answers.append({"class": name, **answer})
    random.Random(seed).shuffle(answers)
    return [{"id": f"T{number:05d}", **answer} for number, answer in enumerate(answers, 1)]


def write_queries(answers: list[Answer], out: Path) -> None:
    """Write `queries.csv` and `answers.jsonl`."""
    with (out / "queries.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "query"])
        writer.writerows((a["id"], a["query"]) for a in answers)
    with (out / "answers.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in answers)


__all__ = ["address_said", "address_spoilt", "address_spots", "make_queries", "write_queries"]
