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
import shapely

from gridgeo.errors import InputError, NotFoundError, ReadError
from gridgeo.jobs.accounts import Pieces, Row, account_of_grid
from gridgeo.jobs.fate import BEND_M, no_such_grid
from gridgeo.jobs.foreign import layer_names
from gridgeo.jobs.moment import At, version_at
from gridgeo.store.base import Store, Version, open_store

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The account of one grid."""

    account: dict[str, Any]
    """See `gridgeo.jobs.accounts.account_of_grid`."""
    agencies: dict[str, str]
    """Agency key → name."""


def explain(
    code: str, *, layer: str | Path | None = None, store: str | None = None, at: At | None = None
) -> Explanation:
    """Tell what a grid was made from and why its borders are where they are.

    Parameters
    ----------
    code : str
        Code of a current grid; blanks in it do not matter.
    layer : str or Path, keyword-only, optional
        A ``layer.gpkg`` of a merge; wins over the store.
    store : str, keyword-only, optional
        Store URL.
    at : str, int or date, keyword-only, optional
        The version of a day or of a number, see `gridgeo.jobs.moment.version_at`; by default the one that holds today.
        Stores only.

    Raises
    ------
    InputError
        If neither is named, or a file is asked for another day.
    NotFoundError
        If there is no such grid; of a retired code the message says what there is in its place.
    ReadError, StoreError
        If the file or store cannot be read.
    """
    code = "".join(code.split())
    if layer is not None and at is not None:
        raise InputError(f"{layer} is a file without history: ask a store for {at}")
    if layer is not None:
        pieces = _from_file(Path(layer), code)
    elif store is not None:
        return _from_store(store, code, at)
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


def _from_store(url: str, code: str, at: At | None) -> Explanation:
    """Read what a store says about one grid of a version."""
    with open_store(url) as store:
        versions = store.versions()
        version = version_at(versions, at, where=f"store {store.url}")
        every = store.grids(version.seq).drop(columns="geometry").set_index("code", drop=False)
        if code not in every.index:
            with store.snapshot() as reader:
                raise no_such_grid(reader, code, version.seq, advice="look the code up with gridgeo locate")
        drawn_in = _drawn_in(store, code, version.seq)
        if drawn_in > 1:
            return _of_redrawn(store, every.loc[code].to_dict(), versions[drawn_in - 1])
        pieces = _of_merged(store, every, code, version)
    return Explanation(account_of_grid(pieces), dict(pieces.agencies))


def _of_merged(store: Store, every: pd.DataFrame, code: str, version: Version) -> Pieces:
    """Read what the merge of version 1 said about a grid whose borders are still those."""
    grid = every.loc[code].to_dict()
    outcome = next(iter(_records(store.outcomes(code, seq=1))), None)
    crosswalk, reasons = store.crosswalk(seq=1), _records(store.reasons(code, seq=1))
    heirs = []
    if outcome and outcome["source_id"]:
        heirs = _records(store.crosswalk(outcome["agency"], outcome["source_id"], seq=1))
    own = every[every["community_code"] == grid["community_code"]]
    near = store.grids(1, codes=_others(reasons))  # neighbours by the names that they had
    return Pieces(
        grid=grid, outcome=outcome, sources=_records(store.provenance(code, seq=1)),
        fates=_records(crosswalk[crosswalk["code"] == code]), heirs=heirs, reasons=reasons,
        names=dict(zip(near["code"], near["full_name"], strict=True)), siblings=set(own["code"]),
        agencies=dict(version.stats.get("agencies", [])),
    )  # fmt: skip


def _drawn_in(store: Store, code: str, seq: int) -> int:
    """Return the version since which a grid has the borders that it has, vertices on straight borders aside."""
    with store.snapshot() as reader:
        begins = [begin for begin, _ in reader.lives(code) if begin <= seq]
        shapes = [reader.grids(begin, codes=[code]).geometry.iloc[0] for begin in begins]
        ends = [end for begin, end in reader.lives(code) if begin <= seq]
    at = len(begins) - 1
    while at and ends[at - 1] == begins[at] and shapely.hausdorff_distance(shapes[at - 1], shapes[-1]) <= BEND_M:
        at -= 1
    return begins[at]


def _of_redrawn(store: Store, grid: Row, version: Version) -> Explanation:
    """Tell who drew a grid that no merge made."""
    limits = next(iter(_records(store.outcomes(str(grid["code"]), seq=version.seq))), None)
    bare = Pieces(grid=grid, outcome=None, sources=(), fates=(), heirs=(), reasons=())
    made = {
        "version": version.seq, "effective": version.effective.isoformat(), "title": version.title,
        "by": version.published_by,
    }  # fmt: skip
    rules = limits and {"households": [limits["low"], limits["high"]], "population_max": limits["population_max"]}
    agencies = dict(version.stats.get("agencies", []))
    return Explanation({**account_of_grid(bare), "rules": rules, "redrawn": made}, agencies)


def _records(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows."""
    return [dict(row) for row in table.to_dict("records")]
