"""Job: where the store's register of enterprises says that one is, by its 统一社会信用代码 or its whole name.

In: an open store. Out: `EnterprisePlace`s: id, address and point, without name and telephone number. Used by
`gridgeo.jobs.locate_enterprise`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from gridgeo.store.base import Store
from gridgeo.store.registers import RegisterBook

__all__ = ["REGISTER", "EnterprisePlace", "enterprises_in"]

REGISTER = "企业登记"
"""The source that such places name."""


class EnterprisePlace(NamedTuple):
    """One place of an enterprise."""

    id: str
    text: str
    """Its address."""
    x: float
    """In the layer's CRS; NaN where it has no coordinates."""
    y: float
    located_by: str
    """operating or registered."""
    source: str


def enterprises_in(store: Store, *, id: str = "", name: str = "") -> list[EnterprisePlace]:  # noqa: A002 - as columns
    """Return the places that an enterprise has now, in the order of the register.

    Parameters
    ----------
    store : Store
    id : str, keyword-only
        Its 统一社会信用代码, or another id that the register has.
    name : str, keyword-only
        Instead: its whole name.
    """
    with store.snapshot() as reader:
        book = RegisterBook(reader)
        found = book.known("enterprise", [id] if id else book.named("enterprise", name))
    places = []
    for row in found.to_dict("records"):
        registered = row["located_by"] == "registered" or not math.isfinite(row["x"])
        x, y = (row["registered_x"], row["registered_y"]) if registered else (row["x"], row["y"])
        text = row["registered_address"] if registered and row["registered_address"] else row["address"]
        if not math.isfinite(x):  # what was merged with version 1 has one point only
            x, y = row["x"], row["y"]
        by = "registered" if registered else "operating"
        places.append(EnterprisePlace(str(row["id"]), str(text), float(x), float(y), by, REGISTER))
    return places
