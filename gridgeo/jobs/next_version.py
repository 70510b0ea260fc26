"""Job: changes become the next version of a store, in one transaction.

In: an open writing transaction, changes, and what is said about them. Out: the version's number, codes, lineage and
certificate. The whole layer is certified as the store then has it; whatever fails undoes everything. Before:
`gridgeo.jobs.drafts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import shapely

from gridgeo.codes.layout import get_layout
from gridgeo.draft.change import Change
from gridgeo.draft.effect import unexplained
from gridgeo.draft.finish import finished
from gridgeo.draft.state import State
from gridgeo.errors import InputError, Refusal, TopologyError
from gridgeo.model import Certificate
from gridgeo.partition.check import certify
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader
from gridgeo.store.succeed import Imprint, NextVersion

__all__ = ["COUNTED", "certified", "first_day", "publish_changes", "require_explained"]

BEND_M = 0.001
"""A border that gains a vertex bends by less than this, and so may the outline of the whole layer."""
COUNTED = (
    "gap_count", "overlap_count", "outside_count", "invalid", "empty", "multipart", "not_polygon", "unmatched_edges",
    "uncancelled_edges", "crossing_communities", "communities_without_grid", "duplicate_codes", "malformed_codes",
)  # fmt: skip
"""The faults of a certificate that are compared one by one where a layer was imported with some."""


def publish_changes(
    reader: Reader, changes: Sequence[Change], imprint: Imprint, drafted: State | None = None
) -> dict[str, Any]:
    """Make the next version in an open writing transaction; `drafted` as in `finished`, else see `Desk.publish`."""
    current = reader.resolve(None)
    ground = StoreGround(reader, current)
    done = finished(changes, ground, drafted=drafted)
    if not (done.grids or done.communities or done.locks or done.explanations):
        raise Refusal("unchanged", "这些操作合在一起不会改变任何内容")
    if not any(change.op == "revert" for change in changes):
        require_explained(State(ground=ground), done.state)
    before = reader.grids(current)
    following = NextVersion(reader)
    following.write(done)
    grids = following.grids()
    certificate = certified(before, grids, following.communities(), ground.layout)
    _require_seamless(certificate, reader, current)
    ledger = [change.to_json() for change in changes]
    if done.codes:
        ledger.append({"op": "number", "codes": done.codes})
    digest = following.enter(grids, imprint, certificate=certificate.as_dict(), changes=ledger)
    return {
        "seq": following.seq,
        "digest": digest,
        "effective": imprint.effective,
        "codes": done.codes,
        "lineage": [asdict(row) for row in done.lineage],
        "certificate": certificate.as_dict(),
    }


def certified(
    before: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, layout: str
) -> Certificate:
    """Certify the whole layer against the outline of the version before."""
    shapes = before.geometry.to_numpy()
    frame = shapely.coverage_union_all(shapes) if shapely.coverage_is_valid(shapes) else shapely.union_all(shapes)
    return certify(
        grids, frame, communities=communities, code_fault=get_layout(layout).fault, frame_tolerance_m=BEND_M
    )  # fmt: skip


def _require_seamless(certificate: Certificate, reader: Reader, current: int) -> None:
    """Refuse a layer with faults, or (a layer that was imported with faults) with more than it had."""
    if certificate.seamless:
        return
    earlier = next(one for one in reader.versions() if one.seq == current).certificate
    now = certificate.as_dict()
    if not earlier.get("seamless") and all((now[name] or 0) <= (earlier.get(name) or 0) for name in COUNTED):
        return
    place = next(iter(certificate.places), {})
    raise TopologyError(
        f"the layer would not be seamless: {place.get('kind', 'fault')} at {place.get('code', '')} "
        f"x={place.get('x')}, y={place.get('y')}; nothing was published; please report the draft"
    )


def first_day(reader: Reader, wanted: date | None, at: datetime) -> date:
    """Return the first day of the next version.

    Raises
    ------
    InputError
        If the version before takes effect later.
    """
    last = reader.versions()[-1]
    day = wanted or max(at.astimezone().date(), last.effective)
    if day < last.effective:
        raise InputError(f"version {last.seq} holds from {last.effective}; the next cannot hold from {day}")
    return day


def require_explained(before: State, after: State) -> None:
    """Refuse rules that are newly broken without an explanation."""
    codes = [code for code, row in after.rows.items() if row is not None]
    broken = unexplained(before, after, codes)
    if broken:
        told = "；".join(f"{rule['code']} {rule['rule']}：{rule['text']}" for rule in broken[:5])
        more = f"（共 {len(broken)} 项）" if len(broken) > 5 else ""
        more += "；请在草案中逐项说明（redraw explain 网格 规则 原因）"
        at = (broken[0]["x"], broken[0]["y"])
        raise Refusal("unexplained", f"{told}{more}", at, codes=tuple(rule["code"] for rule in broken))
