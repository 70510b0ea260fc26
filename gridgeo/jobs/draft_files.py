"""Job: a draft out into a GeoPackage that QGIS edits, and what was edited back in as changes of the draft.

In: a `Desk`, a draft, a file. Out: the file; or the changes made, with every repair, everything ignored and every
refusal. The file says in its table ``draft`` what was exported, so that an import compares with exactly that, even when
the draft has moved on since.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridgeo import __version__
from gridgeo.crs import parse_crs
from gridgeo.draft.change import Change, change_from
from gridgeo.draft.compare import TOLERANCE_M, compare
from gridgeo.draft.conflict import collisions
from gridgeo.draft.edited import Comparison, Feature, Told
from gridgeo.draft.effect import effect_of
from gridgeo.draft.ground import GridRow
from gridgeo.draft.replay import replay
from gridgeo.draft.state import State
from gridgeo.errors import CRSError, GridgeoError, InputError, ReadError, SchemaError
from gridgeo.jobs.draft_style import styles
from gridgeo.jobs.drafts import Check, Desk
from gridgeo.jobs.files import read_layer, reprojected, written_whole
from gridgeo.jobs.foreign import layer_names, layer_table
from gridgeo.jobs.output import save_layers
from gridgeo.store.digest import layer_digest
from gridgeo.store.drafts import Draft
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader
from gridgeo.tables import GRID

__all__ = ["DraftExport", "DraftImport", "export_draft", "import_draft"]

TEXTS = ("code", "kind", "short_name", "full_name", "community_code", "community_name")
FIGURES = ("households", "enterprises", "population")
COLUMNS = (*TEXTS, *FIGURES, "area_m2", "locked")
"""Columns of layer ``grid``; ``locked`` is the reason, empty = not locked."""
TABLE = "draft"
FORMAT = 1
AGAIN = "export the draft again with gridgeo draft export and repeat the edit in that file"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftExport:
    """What was written."""

    file: Path
    draft: Draft
    grids: int
    communities: int
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftImport:
    """What became of an edited file."""

    draft: dict[str, Any]
    """The draft after it, as `gridgeo.store.drafts.Draft`."""
    changes: list[dict[str, Any]] = field(default_factory=list)
    """Changes made, or that would be made, in order."""
    repairs: list[Told] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    """What was read otherwise than written, ignored, or changed in the draft since the export."""
    refusals: list[Told] = field(default_factory=list)
    """If there are any, nothing was changed."""
    effect: dict[str, Any] | None = None
    """See `gridgeo.draft.effect.effect_of`."""
    written: bool = False


# ------------------------------------------------------------------------- export ----


def export_draft(
    desk: Desk, number: int, file: str | Path, *, area: str = "", places: bool = False, overwrite: bool = False
) -> DraftExport:
    """Write a draft's layer into a GeoPackage for QGIS.

    Parameters
    ----------
    desk : Desk
    number : int
        The draft.
    file : str or Path
        ``….gpkg``; appears only when it is complete.
    area : str, keyword-only
        Only grids whose community's code, or own code, begins with this.
    places : bool, keyword-only
        Also households, enterprises and buildings as points: kind, number and grid, nothing personal.
    overwrite : bool, keyword-only
        Replace a file of this name; otherwise it is refused, for somebody may have edited it.

    Raises
    ------
    InputError
        If the file exists, has another ending or cannot be written, or no grid is in the area.
    NotFoundError
        If there is no such draft.
    """
    file = Path(file)
    if file.suffix.lower() != ".gpkg":
        raise InputError(f"{file}: write to a name that ends in .gpkg")
    if file.exists() and not overwrite:
        raise InputError(f"{file} exists and may hold somebody's edits; choose another name, or add --overwrite")
    with desk.looking_at(number) as (reader, draft, said, state):
        grids = _layer(reader, draft.base_seq, state, area)
        if grids.empty:
            raise InputError(f"draft {number} has no grid in the area {area}; it is the beginning of a community code")
        communities = _communities(reader, draft.base_seq, state, set(grids["community_code"]))
        points = _places(state, grids) if places else None
        about = _about(reader, draft, said, grids, area)
    layers: dict[str, tuple[pd.DataFrame, str | None]] = {
        "grid": (grids, "Polygon"), "community": (communities, "MultiPolygon"),
    }  # fmt: skip
    if points is not None:
        layers["place"] = (points, "Point")
    layers |= {TABLE: (about, None), "layer_styles": (styles(), None)}
    with written_whole(file) as part:
        save_layers(part, layers)
    count = 0 if points is None else len(points)
    return DraftExport(file=file, draft=draft, grids=len(grids), communities=len(communities), places=count)


def _layer(reader: Reader, base_seq: int, state: State, area: str) -> gpd.GeoDataFrame:
    """Return the draft's grids with the columns of the file, in order of code."""
    base = reader.grids(base_seq)
    base = base[~base["code"].isin(list(state.rows))]
    own = [row for row in state.rows.values() if row is not None]
    columns = [name for name in GRID if name != "geometry"]
    drawn = gpd.GeoDataFrame(
        {name: [getattr(row, name) for row in own] for name in columns},
        geometry=np.array([*(row.geometry for row in own), None], object)[:-1],
        crs=base.crs,
    )
    grids = base if drawn.empty else drawn if base.empty else pd.concat([base, drawn], ignore_index=True)
    mine = grids["community_code"].str.startswith(area) | grids["code"].str.startswith(area)
    grids = grids[mine].sort_values("code", ignore_index=True)
    locks = state.locks(grids["code"].tolist())
    grids["locked"] = [locks.get(code, "") for code in grids["code"]]
    return gpd.GeoDataFrame(grids[list(COLUMNS)], geometry=grids.geometry.to_numpy(), crs=base.crs)


def _communities(reader: Reader, base_seq: int, state: State, codes: set[str]) -> gpd.GeoDataFrame:
    """Return the communities of some grids."""
    rows = [row for _, row in sorted(state.communities(codes).items())]
    table = {"code": [row.code for row in rows], "name": [row.name for row in rows]}
    shapes = np.array([*(row.geometry for row in rows), None], object)[:-1]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=reader.grids(base_seq, limit=1).crs)


def _places(state: State, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places of some grids without ids, addresses and heads: where, what, how many households."""
    held = state.places(grids["code"].tolist())
    tables = [
        pd.DataFrame({"kind": one.kind, "count": one.count, "code": one.code}).assign(x=one.xy[:, 0], y=one.xy[:, 1])
        for one in held.values()
        if len(one)
    ]
    empty = pd.DataFrame({"kind": pd.Series(dtype=str), "count": pd.Series(dtype=int), "code": "", "x": 0.0, "y": 0.0})
    whole = pd.concat(tables, ignore_index=True) if tables else empty
    return gpd.GeoDataFrame(
        whole[["kind", "count", "code"]], geometry=shapely.points(whole[["x", "y"]].to_numpy(float)), crs=grids.crs
    )


def _about(
    reader: Reader, draft: Draft, said: list[dict[str, Any]], grids: gpd.GeoDataFrame, area: str
) -> pd.DataFrame:  # fmt: skip
    """Return the one row that says what was exported."""
    row = {
        "format": FORMAT, "store": _identity(reader), "draft": draft.number, "title": draft.title,
        "revision": draft.revision, "base_version": draft.base_seq, "area": area, "digest": _digest(grids),
        "changes": json.dumps(said, ensure_ascii=False), "exported": datetime.now(UTC).isoformat(timespec="seconds"),
        "gridgeo": __version__,
    }  # fmt: skip
    return pd.DataFrame([row])


def _identity(reader: Reader) -> str:
    """Return what a store and its copies have in common: its first version."""
    first = reader.versions()[0]
    return f"{reader.layer().city_name} {first.digest[:16]} {first.published:%Y-%m-%dT%H:%M:%S}"


def _digest(grids: gpd.GeoDataFrame) -> str:
    """Return the digest of what was exported."""
    return layer_digest(grids)


# ------------------------------------------------------------------------- import ----


def import_draft(
    desk: Desk,
    number: int,
    file: str | Path,
    *,
    by: str,
    tolerance_m: float = TOLERANCE_M,
    dry_run: bool = False,
    check: Check | None = None,
) -> DraftImport:
    """Turn what was edited in an exported file into changes of its draft: all of them or none.

    Parameters
    ----------
    desk : Desk
    number : int
        The draft; the file must be its.
    file : str or Path
        What `export_draft` wrote, edited.
    by : str
        Who does it.
    tolerance_m : float, keyword-only
        See `gridgeo.draft.compare.compare`; 0 to 1.
    dry_run : bool, keyword-only
        Change nothing, only tell.
    check : callable, keyword-only, optional
        Whether they may, see `gridgeo.jobs.drafts.Check`.

    Returns
    -------
    DraftImport
        If it has refusals, nothing was changed.

    Raises
    ------
    ReadError, SchemaError
        If the file is missing or damaged, has no table ``draft``, or lacks columns.
    CRSError
        If the layer does not say its CRS, or it cannot be converted.
    InputError
        If it is the file of another draft or store.
    VersionConflict
        If the draft changes in between, or is not open for changes.
    """
    path = Path(file)
    if not 0 <= tolerance_m <= 1:
        raise InputError(f"a tolerance of {tolerance_m} m: it must be from 0 to 1 m")
    about = _read_about(path)
    with desk.looking_at(number) as (reader, draft, _, state):
        _require_same_draft(path, about, reader, draft)
        exported, then = _exported(path, about, reader)
        before = then.grids(exported["code"].tolist())
        notes: list[Told] = []
        features = _features(path, exported, notes)
        notes += _moved_on(about, draft, before, state)
        found = compare(before, features, state, tolerance_m=tolerance_m)
        found.notes[:0] = notes
        if found.refusals or dry_run or not found.changes:
            return _answer(found, asdict(draft), effect_of(state, found.state, found.touched))
    answer = desk.change_all(number, found.changes, by=by, revision=draft.revision, check=check)
    return _answer(found, answer["draft"], answer["effect"], written=True)


def _answer(found: Comparison, draft: dict[str, Any], effect: dict[str, Any], *, written: bool = False) -> DraftImport:
    return DraftImport(
        draft=draft,
        changes=[change.to_json() for change in found.changes],
        repairs=found.repairs,
        notes=found.notes,
        refusals=found.refusals,
        effect=effect,
        written=written,
    )


# ------------------------------------------------------------------ reading a file ----


def _read_about(path: Path) -> Mapping[str, Any]:
    """Return what a file says of its export."""
    names = layer_names(path)
    for name in (TABLE, "grid"):
        if name not in names:
            raise ReadError(
                f"{path} has no {'table' if name == TABLE else 'layer'} {name!r} (it holds {', '.join(names)}), so it "
                f"cannot be compared with what was exported; {AGAIN}"
            )
    table = layer_table(path, TABLE)
    missing = [
        name
        for name in ("store", "draft", "revision", "base_version", "area", "digest", "changes")
        if name not in table
    ]
    if missing or len(table) != 1:
        raise SchemaError(
            f"table draft of {path} has {len(table)} rows and lacks {', '.join(missing) or 'none'}; {AGAIN}"
        )
    row: dict[str, Any] = table.iloc[0].to_dict()
    if row.get("format") != FORMAT:
        raise SchemaError(f"{path} was exported by another release of gridgeo ({row.get('gridgeo')}); {AGAIN}")
    return row


def _require_same_draft(path: Path, about: Mapping[str, Any], reader: Reader, draft: Draft) -> None:
    """Refuse the file of another draft or store."""
    if about["store"] != _identity(reader):
        raise InputError(f"{path} was exported from another store ({about['store']}), not from {reader.backend.url}")
    if int(about["draft"]) != draft.number:
        raise InputError(
            f"{path} was exported from draft {int(about['draft'])} ({about.get('title')}), not from draft "
            f"{draft.number}; import it there, or {AGAIN}"
        )


def _exported(path: Path, about: Mapping[str, Any], reader: Reader) -> tuple[gpd.GeoDataFrame, State]:
    """Return what was exported, by doing the changes of then again."""
    try:
        base_seq = reader.resolve(int(about["base_version"]))
        changes: list[Change] = [change_from(one) for one in json.loads(_text(about["changes"]) or "[]")]
        state, _ = replay(changes, StoreGround(reader, base_seq))
        grids = _layer(reader, base_seq, state, _text(about["area"]))
    except (GridgeoError, ValueError, TypeError, AttributeError):
        raise InputError(f"what {path} was exported from cannot be found any more; {AGAIN}") from None
    if _digest(grids) != about["digest"]:
        raise InputError(f"table draft of {path} does not fit this store (its digest is another one); {AGAIN}")
    return grids, state


def _features(path: Path, exported: gpd.GeoDataFrame, notes: list[Told]) -> list[Feature]:
    """Read the edited features into the layer's CRS."""
    table = read_layer(path, "grid")
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise SchemaError(
            f"layer grid of {path} lacks the columns {', '.join(missing)} (it has "
            f"{', '.join(name for name in table.columns if name != table.geometry.name)}); give them their names back, "
            "or export the draft again"
        )
    more = [name for name in table.columns if name not in (*COLUMNS, table.geometry.name)]
    if more:
        notes.append(Told("columns", f"多出的列未读取：{'、'.join(map(str, more))}"))
    table = _in_layer_crs(path, table, exported.crs, notes)
    shapes = table.geometry.to_numpy()
    if shapely.has_z(shapes).any():
        notes.append(Told("height", "要素带有高程，已忽略"))
    shapes = shapely.force_2d(shapes)
    locked = dict(zip(exported["code"], exported["locked"], strict=True))
    found = []
    for nth, (row, shape) in enumerate(zip(table[list(COLUMNS)].to_dict("records"), shapes, strict=True), 1):
        single = shape is not None and shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1
        code = _text(row["code"])
        others = {name: _text(row[name]) for name in TEXTS[3:]} | {name: _number(row[name]) for name in FIGURES}
        others["area_m2"] = _number(row["area_m2"])
        if _text(row["locked"]) != locked.get(code, ""):
            others["locked"] = _text(row["locked"])
        found.append(
            Feature(
                nth=nth, code=code, kind=_text(row["kind"]), short_name=_text(row["short_name"]),
                geometry=shape.geoms[0] if single else shape, others=others,
            )
        )  # fmt: skip
    return found


def _in_layer_crs(path: Path, table: gpd.GeoDataFrame, crs: Any, notes: list[Told]) -> gpd.GeoDataFrame:
    """Bring a layer back into the CRS that it was exported in."""
    if table.crs is None or table.crs.is_engineering:
        raise CRSError(
            f"layer grid of {path} does not say its coordinate reference system; set it in QGIS with Assign Projection "
            "to the one that the coordinates are in"
        )
    if table.crs == crs:
        return table
    parse_crs(table.crs)
    moved = reprojected(table, crs, f"layer grid of {path}")
    if moved is not table:
        notes.append(Told("crs", f"文件的坐标系是 {table.crs.name}，已换算到图层的 {crs.name}"))
    return moved


def _text(value: Any) -> str:
    """Return a cell as text; numbers that stand for codes are written out."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _number(value: Any) -> Any:
    """Return a cell as a plain number; None where there is none."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _moved_on(
    about: Mapping[str, Any], draft: Draft, before: Mapping[str, GridRow], state: State
) -> list[Told]:  # fmt: skip
    """Tell what changed in the draft since the export."""
    if int(about["revision"]) == draft.revision and int(about["base_version"]) == draft.base_seq:
        return []
    when = f"文件是草案第 {int(about['revision'])} 次修订时导出的，草案现为第 {draft.revision} 次修订"
    now = state.grids(list(before))
    pairs = {code: (row, now.get(code)) for code, row in before.items() if now.get(code) != row}
    changed = collisions(pairs, pairs)
    since = [Told("since", one.text, one.at, codes=(one.code,)) for one in changed]
    return [Told("older", f"{when}，{'以下是其间的变动' if since else '其间网格没有变动'}"), *since]
