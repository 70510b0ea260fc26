"""Job: what is different between two versions of a store.

In: an open store and two versions. Out: a `Difference`: every grid that changed, with its figures before and after,
where its ground and its households came from and went to; the pieces of ground and the places that changed their grid.
Next: `gridgeo.jobs.diff_files` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select

from gridgeo.draft.ground import GridRow
from gridgeo.jobs.history import changes_between
from gridgeo.jobs.moment import At, version_at
from gridgeo.partition.common import common_ground
from gridgeo.store import schema
from gridgeo.store.base import Store, Version
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader, alive, there

__all__ = ["Difference", "diff_versions"]

FIGURES = ("households", "enterprises", "population", "area_m2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is different between two versions; geometry in the layer's CRS."""

    before: Version
    after: Version
    grids: pd.DataFrame
    """One row per grid that changed, in order of code: ``code, became`` (Chinese words, by "；"), ``name_before,
    name_after``, four figures ``…_before`` and ``…_after`` (missing where there is no grid), ``came_households,
    left_households``, ``came_from, went_to`` (codes by "|")."""
    outlines: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
    """The same grids as they were and as they are."""
    ground: gpd.GeoDataFrame
    """Ground that changed its grid: ``code_before, code_after, area_m2``."""
    places: gpd.GeoDataFrame
    """Places that changed their grid: ``kind, id, nth, address, count, population, code_before, code_after``."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values without geometry."""
        grids = self.grids.astype(object).where(self.grids.notna(), None).to_dict("records")
        for row in grids:
            row["came_from"], row["went_to"] = (row[name].split("|") if row[name] else [] for name in _CODES)
            row["became"] = row["became"].split("；")
        homes = self.places[self.places["kind"] == "household"]
        return {
            "before": _told(self.before),
            "after": _told(self.after),
            "grids": grids,
            "ground": self.ground.drop(columns="geometry").to_dict("records"),
            "moved": {
                "places": len(self.places),
                "households": int(homes["count"].sum()),
                "population": int(homes["population"].sum()),
                "area_m2": round(float(self.ground["area_m2"].sum()), 3),
            },
        }


_CODES = ("came_from", "went_to")


def _told(version: Version) -> dict[str, Any]:
    return {"seq": version.seq, "title": version.title, "effective": version.effective.isoformat()}


def diff_versions(store: Store, before: At, after: At) -> Difference:
    """Compare two versions; the first need not be the older one.

    Parameters
    ----------
    store : Store
    before, after : str, int or date
        See `gridgeo.jobs.moment.version_at`.

    Raises
    ------
    InputError, NotFoundError
        If one of them is no version.
    """
    with store.snapshot() as reader:
        versions = reader.versions()
        one, two = (version_at(versions, at, where=f"store {store.url}") for at in (before, after))
        older, newer = sorted((one.seq, two.seq))
        codes = StoreGround(reader, newer).changed_since(older)[0]
        grounds = StoreGround(reader, one.seq), StoreGround(reader, two.seq)
        old, new = (ground.grids(codes) for ground in grounds)
        crs = reader.layer().crs
        places = _moved_places(reader, one.seq, two.seq)
        locks = grounds[0].locks(codes), grounds[1].locks(codes)
    ground = _moved_ground(old, new, crs)
    grids = _grid_table((old, new), locks, ground, places)
    outlines = tuple(_outlines(rows, set(grids["code"]), crs) for rows in (old, new))
    return Difference(
        before=one, after=two, grids=grids, outlines=(outlines[0], outlines[1]), ground=ground, places=places
    )  # fmt: skip


def _moved_ground(old: Mapping[str, GridRow], new: Mapping[str, GridRow], crs: str) -> gpd.GeoDataFrame:
    """Return the pieces of ground whose grid is another."""
    codes = list(old), list(new)
    shapes = [[row.geometry for row in rows.values()] for rows in (old, new)]
    pieces = [
        (codes[0][i], codes[1][k], round(area_m2, 3), shape)
        for i, k, area_m2, shape in common_ground(*shapes)
        if codes[0][i] != codes[1][k]
    ]
    columns = ["code_before", "code_after", "area_m2", "geometry"]
    table = pd.DataFrame(pieces, columns=columns).astype({"area_m2": float})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def _moved_places(reader: Reader, one: int, two: int) -> gpd.GeoDataFrame:
    """Return the places whose grid is another."""
    place, link = schema.place, schema.assignment
    was, now = link.alias("was"), link.alias("now")
    older, newer = sorted((one, two))
    renewed = select(link.c.place_fid).where(link.c.v_from > older, link.c.v_from <= newer)
    names = ("kind", "id", "nth", "address", "count", "population")
    query = (
        select(*(place.c[name] for name in names), was.c.code.label("code_before"), now.c.code.label("code_after"))
        .add_columns(place.c.geom)
        .join_from(place, was, was.c.place_fid == place.c.fid)
        .join(now, now.c.place_fid == place.c.fid)
        .where(place.c.fid.in_(renewed), alive(was, one), alive(now, two), was.c.code != now.c.code)
        .where(there(place, reader.load_at(one)), there(place, reader.load_at(two)))
        .order_by(place.c.fid)
    )
    columns = [*names, "code_before", "code_after", "geometry"]
    table = pd.DataFrame([tuple(row) for row in reader.connection.execute(query)], columns=columns)
    shapes = reader.backend.decode(table.pop("geometry").tolist())
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=reader.layer().crs)


def _grid_table(
    layers: tuple[Mapping[str, GridRow], Mapping[str, GridRow]],
    locks: tuple[Mapping[str, str], Mapping[str, str]],
    ground: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """Return one row per grid that changed."""
    old, new = layers
    homes = places[places["kind"] == "household"]
    came, left = (homes.groupby(side)["count"].sum().to_dict() for side in ("code_after", "code_before"))
    sides = ground[["code_before", "code_after"]], homes[["code_before", "code_after"]]
    pairs = set(pd.concat(sides).itertuples(index=False, name=None))
    rows = []
    for code in sorted({*old, *new}):
        was, now = old.get(code), new.get(code)
        became = [*changes_between(was, now), *_locking(*(told.get(code, "") for told in locks))]
        if not became:
            continue
        row: dict[str, Any] = {"code": code, "became": "；".join(became)}
        row |= {"name_before": was and was.full_name, "name_after": now and now.full_name}
        for name in FIGURES:
            row |= {f"{name}_before": was and getattr(was, name), f"{name}_after": now and getattr(now, name)}
        row |= {"came_households": int(came.get(code, 0)), "left_households": int(left.get(code, 0))}
        row["came_from"] = "|".join(sorted(one for one, two in pairs if two == code))
        row["went_to"] = "|".join(sorted(two for one, two in pairs if one == code))
        rows.append(row)
    return pd.DataFrame(rows, columns=_TABLE).astype({name: "Int64" for name in _TABLE if name in _WHOLE})


def _locking(was: str, now: str) -> list[str]:
    """Say whether a grid was locked or unlocked."""
    return [] if was == now else [f"锁定（{now}）" if now else "解除锁定"]


_WHOLE = {f"{name}_{when}" for name in FIGURES[:3] for when in ("before", "after")}
_TABLE = [
    "code", "became", "name_before", "name_after", *(f"{name}_{when}" for name in FIGURES for when in
    ("before", "after")), "came_households", "left_households", *_CODES,
]  # fmt: skip


def _outlines(rows: Mapping[str, GridRow], codes: set[str], crs: str) -> gpd.GeoDataFrame:
    """Return grids as a table."""
    names = [name for name in GridRow.__dataclass_fields__ if name != "limits"]
    kept = [[getattr(row, name) for name in names] for code, row in rows.items() if code in codes]
    return gpd.GeoDataFrame(pd.DataFrame(kept, columns=names), geometry="geometry", crs=crs)
