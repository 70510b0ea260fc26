"""Fit how sure the evidence of an answer makes us: WEIGHTS and BIAS of `gridgeo.locate.address.evidence`.

    python bench/address_confidence.py [--rows 20000] [--seeds 1 2 3 4] [--held 5 6] [--per-class 60] [--dirty 0.1]

Makes cities with `address_city`, asks their questions, and keeps those that would be answered `sure` if nothing held
them back. A logistic regression over their evidence, in which a wrong answer weighs as much as three right ones and no
figure may count against its sense, gives the weights. Then, for cities fitted on and cities held out, for the weights
as they are and as they were fitted: the share that is answered from a confidence on, and how much of that is right.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.optimize import minimize
from scipy.special import expit

sys.path.insert(0, str(Path(__file__).parent))

from address_city import City, make_city
from address_queries import make_queries

from gridgeo.locate.address.answer import Answer
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.address.evidence import BIAS, WEIGHTS, Evidence
from gridgeo.locate.address.library import build_library
from gridgeo.locate.index import build_index

WRONG = 3.0
"""What a wrong answer weighs beside a right one. Chosen: a wrong grid costs a journey, a question a minute."""
RIDGE = 0.5
"""Pull of the weights towards 0, per standard deviation of their figures. Chosen: little beside many answers."""
SENSE = Evidence(
    margin=1, edits=-1, short=-1, explained=1, number=1, contradictions=-1, strange=-1, foreign=-1, loose=-1
)
"""Whether a figure speaks for an answer or against it."""
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
HELD_BACK = {"unsure", "too_little"}

Floats = NDArray[np.float64]
Cases = tuple[Floats, Floats]
"""Evidence, (n, figures), and whether the answer is right, (n,)."""


def book_of(city: City) -> AddressBook:
    """Return the address book of an invented city."""
    rows = [("a", row.id, "", row.text, row.lon, row.lat) for row in city.rows]
    rows += [("e", place.id, place.name, place.row.text, place.lon, place.lat) for place in city.places]
    table = pd.DataFrame(rows, columns=["source", "id", "name", "text", "x", "y"])
    metres = Transformer.from_crs(4490, city.grids.crs, always_xy=True)
    table["x"], table["y"] = metres.transform(table["x"].to_numpy(), table["y"].to_numpy())
    named = {community.code: community.name for community in city.communities}
    homes = {code: named[code[:-3]] for code in city.grids["code"]}
    return AddressBook(build_library(table, communities=list(named.values())), build_index(city.grids), homes)


def nearly_sure(told: Answer) -> bool:
    """Say whether an answer is sure, or would be if its confidence had not held it back."""
    kinds = {kind for kind, _ in told.faults}
    sure = told.status == "sure" or (kinds & HELD_BACK and kinds <= HELD_BACK | {"beside"})
    return bool(sure) and told.evidence is not None


def cases_of(rows: int, seed: int, per_class: int, dirty: float) -> Cases:
    """Return the evidence of a city's answers, and which of them are right."""
    city = make_city(rows, seed, dirty)
    book = book_of(city)
    figures, right = [], []
    for truth in make_queries(city, seed, per_class):
        told = book.ask(truth["query"])
        if nearly_sure(told) and told.best is not None and told.evidence is not None:
            figures.append(told.evidence)
            right.append(not truth["ambiguous"] and book.index.codes[told.best.grid] in truth["grids"])
    print(f"seed {seed}: {len(book):,} rows, {len(right):,} answers, {right.count(False)} of them wrong", flush=True)
    return np.array(figures, float), np.array(right, float)


def fitted(figures: Floats, right: Floats) -> tuple[float, Floats]:
    """Return bias and weights."""
    spread = figures.std(axis=0) + 1e-9
    weight, sign = np.where(right == 1, 1.0, WRONG), 2 * right - 1
    scaled = figures / spread

    def loss(values: Floats) -> tuple[float, Floats]:
        total = sign * (values[0] + scaled @ values[1:])
        slope = -sign * weight * expit(-total)
        cost = (np.logaddexp(0, -total) * weight).sum() + RIDGE * (values[1:] ** 2).sum()
        return cost, np.r_[slope.sum(), scaled.T @ slope + 2 * RIDGE * values[1:]]

    bounds = [(None, None), *((0, None) if sense > 0 else (None, 0) for sense in SENSE)]
    best = minimize(loss, np.zeros(len(bounds)), jac=True, bounds=bounds, method="L-BFGS-B").x
    return float(best[0]), best[1:] / spread


def print_table(cases: Cases, bias: float, weights: Floats, name: str) -> None:
    """Print what is answered from each confidence on, and how much of it is right."""
    figures, right = cases
    confidence = expit(bias + figures @ weights)
    print(f"\n{name}: {len(right):,} answers\nfrom | answered % | right % | wrong")
    for threshold in THRESHOLDS:
        chosen = confidence >= threshold
        share = 100 * right[chosen].mean() if chosen.any() else np.nan
        print(f"{threshold:.2f} | {100 * chosen.mean():.1f} | {share:.2f} | {int((1 - right[chosen]).sum())}")


def main() -> None:
    """Fit and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--held", type=int, nargs="+", default=[5, 6])
    parser.add_argument("--per-class", type=int, default=60)
    parser.add_argument("--dirty", type=float, default=0.1, help="share of dirty rows")
    args = parser.parse_args()
    own, held = (
        tuple(
            map(np.concatenate, zip(*(cases_of(args.rows, s, args.per_class, args.dirty) for s in seeds), strict=True))
        )
        for seeds in (args.seeds, args.held)
    )
    bias, weights = fitted(*own)
    print(f"\nBIAS = {bias:.2f}")
    for name, weight, before in zip(Evidence._fields, weights, WEIGHTS, strict=True):
        print(f"{name} = {weight:.2f} (is {before})")
    for name, cases in (("fitted on", own), ("held out", held)):
        print_table(cases, bias, weights, f"{name}, as fitted")
        print_table(cases, BIAS, np.array(WEIGHTS), f"{name}, as it is")


if __name__ == "__main__":
    main()
