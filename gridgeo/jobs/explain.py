"""Job: the code of a grid → what it was made from and why its borders are where they are.

In: a code, and a ``layer.gpkg`` or a store. Out: the account of that grid, read from the tables that the merge wrote;
nothing is computed anew. Words: `gridgeo.render.explain`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from gridgeo.errors import InputError, NotFoundError, ReadError
from gridgeo.jobs.accounts import Pieces, Row, account_of_grid
from gridgeo.jobs.foreign import layer_names
from gridgeo.store.base import open_store

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The account of one grid."""

    account: dict[str, Any]
    """See `gridgeo.jobs.accounts.account_of_grid`."""
    agencies: dict[str, str]
    """Agency key → name."""


def explain(code: str, *, layer: str | Path | None = None, store: str | None = None) -> Explanation:
    """Tell what a grid was made from and why its borders are where they are.

    Parameters
    ----------
    code : str
        Code of a current grid; blanks in it do not matter.
    layer : str or Path, keyword-only, optional
        A ``layer.gpkg`` of a merge; wins over the store.
    store : str, keyword-only, optional
        Store URL.

    Raises
    ------
    InputError
        If neither is named.
    NotFoundError
        If there is no such grid.
    ReadError, StoreError
        If the file or store cannot be read.
    """
    code = "".join(code.split())
    if layer is not None:
        pieces = _from_file(Path(layer), code)
    elif store is not None:
        pieces = _from_store(store, code)
    else:
        raise InputError("say where the grid is: a layer file or a store URL")
    return Explanation(account_of_grid(pieces), dict(pieces.agencies))


def _from_file(path: Path, code: str) -> Pieces:
    """Read what a merge's file says about one grid."""
    there = layer_names(path)
    if not {"grid", "provenance", "crosswalk"} <= set(there):
        raise ReadError(f"{path} holds no grid with its origin; name the layer.gpkg that `gridgeo merge` wrote")

    def rows(name: str, **wanted: str) -> list[Row]:
        if name not in there:
            return []
        table = pyogrio.read_dataframe(path, layer=name, where=_clause(wanted), read_geometry=False)
        return table.to_dict("records")

    grid = next(iter(rows("grid", code=code)), None)
    if grid is None:
        raise NotFoundError(f"{path} has no grid {code}; look the code up with gridgeo locate, or on the map")
    about = {row["key"]: row["value"] for row in rows("about")}
    outcome = next(iter(rows("outcome", code=code)), None)
    heir = outcome["source_id"] if outcome else ""
    reasons = [*rows("reason", code=code), *rows("reason", other=code)]
    own = rows("grid", community_code=grid["community_code"])
    names = {row["code"]: row["full_name"] for row in own}
    for other in sorted(_others(reasons) - set(names)):
        names |= {row["code"]: row["full_name"] for row in rows("grid", code=other)}
    return Pieces(
        grid=grid, outcome=outcome, sources=rows("provenance", code=code), fates=rows("crosswalk", code=code),
        heirs=rows("crosswalk", agency=outcome["agency"], source_id=heir) if outcome and heir else [],
        reasons=reasons, names=names, siblings={row["code"] for row in own},
        agencies=json.loads(about.get("agencies", "{}")),
    )  # fmt: skip


def _clause(wanted: Mapping[str, str]) -> str | None:
    """Return the clause for rows with these values."""
    return " AND ".join(f"{name} = '{value.replace(chr(39), 2 * chr(39))}'" for name, value in wanted.items()) or None


def _others(reasons: list[Row]) -> set[str]:
    """Return the codes on both sides of borders."""
    return {row[side] for row in reasons for side in ("code", "other")} - {""}


def _from_store(url: str, code: str) -> Pieces:
    """Read what a store says about one grid of the current version."""
    with open_store(url) as store:
        versions = store.versions()
        if not versions:
            raise NotFoundError(f"store {store.url} holds no published version yet; merge or import a layer")
        version = versions[-1]
        every = store.grids(version.seq).drop(columns="geometry").set_index("code", drop=False)
        if code not in every.index:
            raise NotFoundError(f"store {store.url} has no grid {code}; look the code up with gridgeo locate")
        grid = every.loc[code].to_dict()
        outcome = next(iter(_records(store.outcomes(code, seq=version.seq))), None)
        crosswalk = store.crosswalk(seq=version.seq)
        reasons = _records(store.reasons(code, seq=version.seq))
        sources = _records(store.provenance(code, seq=version.seq))
        heirs = []
        if outcome and outcome["source_id"]:
            heirs = _records(store.crosswalk(outcome["agency"], outcome["source_id"], seq=version.seq))
    own = every[every["community_code"] == grid["community_code"]]
    near = every.loc[sorted(_others(reasons))]
    return Pieces(
        grid=grid, outcome=outcome, sources=sources, fates=_records(crosswalk[crosswalk["code"] == code]),
        heirs=heirs,
        reasons=reasons, names=dict(zip(near["code"], near["full_name"], strict=True)), siblings=set(own["code"]),
        agencies=dict(version.stats.get("agencies", [])),
    )  # fmt: skip


def _records(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows."""
    return [dict(row) for row in table.to_dict("records")]
