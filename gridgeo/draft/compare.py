"""A layer that somebody edited by hand, compared with what was exported: which changes make the one out of the other.

In: grids as exported, features as a program such as QGIS wrote them, and the draft as it is now. Out: a `Comparison`:
changes in an order in which each can be done, what was repaired, what was read and ignored, and what is refused with
its place. Before: `gridgeo.jobs.draft_files`; inside: `gridgeo.draft.identify` → `gridgeo.partition.overlaid` →
`gridgeo.draft.ordered`.

Nothing is taken over silently: whatever differs is a change, a repair, told as ignored, or refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridgeo.draft.conflict import collisions, really_changed
from gridgeo.draft.edited import Comparison, Feature, Told, inside
from gridgeo.draft.ground import GridRow
from gridgeo.draft.identify import Identity, identified
from gridgeo.draft.ordered import Site, Work
from gridgeo.draft.state import State
from gridgeo.errors import InputError, TopologyError
from gridgeo.partition.overlaid import Misfit, laid_over
from gridgeo.partition.put_back import Borders

__all__ = ["TOLERANCE_M", "compare"]

TOLERANCE_M = 0.05
"""Chosen: what a hand draws on a screen is no truer, as `gridgeo.partition.snapped.SNAP_M`."""
NOISE_M = 1e-6
"""Vertices that moved by less only went through a calculation."""


def compare(
    before: Mapping[str, GridRow], features: Sequence[Feature], state: State, *, tolerance_m: float = TOLERANCE_M
) -> Comparison:
    """Return the changes that turn a draft into what somebody made of its export.

    Parameters
    ----------
    before : mapping of str to GridRow
        Everything that was exported, by code.
    features : sequence of Feature
        Everything that came back, in the same CRS.
    state : State
        The draft as it is now; it may have changed since.
    tolerance_m : float, keyword-only
        Differences narrower than this are slips of the hand: they are repaired and told.

    Returns
    -------
    Comparison
        With no changes if anything is refused.
    """
    done = Comparison(state=state)
    kept = identified(before, features, state, done)
    if done.refusals:
        return done
    sites = _sites(before, features, kept, tolerance_m, done)
    if done.refusals:
        return done
    _require_current(before, kept, sites, done)
    if not done.refusals:
        Work(done, before, features, kept, sites).run()
    if done.refusals:
        done.changes.clear()
        done.state, done.touched = state, set()
    return done


# ------------------------------------------------------------------------ geometry ----


def _sites(
    before: Mapping[str, GridRow], features: Sequence[Feature], kept: Identity, tolerance_m: float, done: Comparison
) -> list[Site]:
    """Lay what was edited over what was exported, group by group of edits that have to do with each other."""
    old = sorted(code for code in before if kept.row_of.get(code) not in kept.untouched)
    new = [row for row in range(len(features)) if row not in kept.untouched]
    if not old and not new:
        return []
    codes = np.array([*sorted(before), None], object)[:-1]
    tree = shapely.STRtree([before[code].geometry for code in codes])
    boxes = shapely.box(
        *shapely.bounds([*(before[code].geometry for code in old), *(features[row].geometry for row in new)]).T
    )
    boxes = shapely.buffer(boxes, 2 * tolerance_m, cap_style="square", join_style="mitre")
    sites: list[Site] = []
    moved: list[tuple[int, NDArray[np.float64]]] = []
    far = [row for row, box in zip(new, boxes[len(old) :], strict=True) if not len(tree.query(box))]
    for row in far:
        text = f"{features[row].name}不在导出的图层范围内；请检查位置与坐标系，或删去它"
        done.refusals.append(Told("outside", text, inside(features[row].geometry), codes=features[row].codes))
    if far:
        return []
    bonds = [(k, len(old) + new.index(kept.row_of[code])) for k, code in enumerate(old) if code in kept.row_of]
    for group in _groups(boxes, bonds):
        members = [old[k] for k in group if k < len(old)]
        rows = [new[k - len(old)] for k in group if k >= len(old)]
        near = {str(code) for code in codes[np.unique(tree.query(boxes[group])[1])]}
        members += sorted(near - set(members) - set(old))
        rows += [kept.row_of[code] for code in members if kept.row_of.get(code) in kept.untouched]
        site = _site(members, rows, before, features, kept, tolerance_m, done, moved)
        if site is not None:
            sites.append(site)
    _tell_moved(moved, features, done)
    return sites


def _groups(boxes: NDArray[Any], bonds: Sequence[tuple[int, int]]) -> list[NDArray[np.int64]]:
    """Return the rows of boxes that meet, or are bound together."""
    bound = np.array(bonds, np.int64).reshape(-1, 2).T
    one, two = np.hstack([shapely.STRtree(boxes).query(boxes, predicate="intersects"), bound])
    count, label = connected_components(coo_array((np.ones(len(one), bool), (one, two)), shape=(len(boxes),) * 2))
    return [np.flatnonzero(label == k) for k in range(count)]


def _site(  # noqa: PLR0917
    codes: list[str],
    rows: list[int],
    before: Mapping[str, GridRow],
    features: Sequence[Feature],
    kept: Identity,
    tolerance_m: float,
    done: Comparison,
    moved: list[tuple[int, NDArray[np.float64]]],
) -> Site | None:
    """Repair one group of edits and lay it over what was exported; None if it is refused."""
    shapes = [before[code].geometry for code in codes]
    borders, after = Borders(shapes), []
    for row in rows:
        shape = features[row].geometry
        if row not in kept.untouched:
            shape, told = borders.put_back(shape, tolerance_m)
            moved.append((row, told))
        after.append(shape)
    heir = [rows.index(kept.row_of[code]) if code in kept.row_of else -1 for code in codes]
    try:
        overlay = laid_over(shapes, after, heir, tolerance_m)
    except (TopologyError, InputError) as error:
        done.refusals.append(Told("layer", f"此处无法比较：{error}", inside(shapes[0])))
        return None
    site = Site(overlay, codes, rows)
    done.repairs += [_closed(one, site, features) for one in overlay.closed]
    faults = [_fault(one, site, features, kept) for one in overlay.faults]
    done.refusals += faults
    return None if faults else site


def _tell_moved(
    moved: Sequence[tuple[int, NDArray[np.float64]]], features: Sequence[Feature], done: Comparison
) -> None:
    """Tell which vertices were put back; those that a calculation moved together."""
    fine: list[NDArray[np.float64]] = []
    for row, points in moved:
        far = points[points[:, 2] >= 0.001]
        fine.append(points[(points[:, 2] < 0.001) & (points[:, 2] >= NOISE_M)])
        if len(far):
            x, y, most_m = map(float, far[np.argmax(far[:, 2])])
            text = f"{features[row].name}：{len(far)} 处顶点偏离原边界，最远 {most_m:.3f} 米，已归位"
            done.repairs.append(Told("vertex", text, (x, y), most_m, features[row].codes))
    small = np.concatenate([np.empty((0, 3)), *fine])
    if len(small):
        x, y, most_m = map(float, small[np.argmax(small[:, 2])])
        text = f"共 {len(small)} 处顶点偏差不足 1 毫米（最大 {most_m * 1000:.3f} 毫米），已归位"
        done.repairs.append(Told("vertex", text, (x, y), most_m))


def _names(rows: Sequence[int], site: Site, features: Sequence[Feature]) -> str:
    return "、".join(features[site.rows[row]].name for row in rows if row >= 0)


def _codes(fit: Misfit, site: Site) -> tuple[str, ...]:
    return tuple(site.codes[row] for row in fit.before)


def _closed(fit: Misfit, site: Site, features: Sequence[Feature]) -> Told:
    """Say which narrow strip was closed."""
    size = f"宽 {fit.width_m:.3f} 米、{fit.shape.area:.3f} 平方米"
    names = _names(fit.after, site, features)
    text = {
        "gap": f"{names}之间的窄缝（{size}）已闭合",
        "overlap": f"{names}之间的窄重叠（{size}）已消除",
        "outside": f"{names}伸出图层的窄条（{size}）已裁去",
        "moved": f"{names}的边界只移动了不到容差（{size}），已恢复原边界",
    }[fit.kind]
    return Told(fit.kind, text, inside(fit.shape), fit.width_m, _codes(fit, site))


def _fault(fit: Misfit, site: Site, features: Sequence[Feature], kept: Identity) -> Told:
    """Say what does not fit together."""
    size = f"{fit.shape.area:.2f} 平方米，最宽 {fit.width_m:.2f} 米"
    names, codes = _names(fit.after, site, features), _codes(fit, site)
    gone = [code for code in codes if code not in kept.row_of]
    kind = fit.kind
    if kind == "gap" and gone:
        kind = "vanished"
        text = (
            f"网格 {'、'.join(gone)} 被删除，但它的地块（{size}）没有划给任何网格；请恢复它，或用“合并选中要素”并入邻格"
        )
    elif kind == "gap" and len(fit.after) == 1 and -1 not in fit.after:
        kind, text = "hole", f"{names}内有空洞（{size}），原属网格 {'、'.join(codes)}；请填满"
    elif kind == "gap":
        text = f"{names}旁有空隙（{size}），原属网格 {'、'.join(codes)}；请打开捕捉与拓扑编辑，两侧一起改"
    elif kind == "overlap":
        text = f"{names}互相重叠（{size}）；请打开捕捉与拓扑编辑，两侧一起改"
    else:
        text = f"{names}伸出导出的图层范围（{size}）；请改回图层之内"
    return Told(kind, text, inside(fit.shape), fit.width_m, codes)


# --------------------------------------------------------------------- older revision ----


def _require_current(
    before: Mapping[str, GridRow], kept: Identity, sites: Sequence[Site], done: Comparison
) -> None:  # fmt: skip
    """Refuse edits of grids that are not in the draft any more as they were exported."""
    wanted = set(kept.renamed) | set(kept.retyped)
    for site in sites:
        cells = site.cells
        heir = np.array([kept.row_of.get(code, -1) for code in site.codes])[cells.before]
        for cell in np.flatnonzero(heir != np.array(site.rows)[cells.after]).tolist():
            wanted.add(site.codes[cells.before[cell]])
            wanted |= {code for code, row in kept.row_of.items() if row == site.rows[cells.after[cell]]}
    now = done.state.grids(wanted)
    pairs = {code: (before[code], now.get(code)) for code in wanted if really_changed(before[code], now.get(code))}
    for found in collisions(pairs, pairs):
        text = f"{found.text}（导出之后草案中已有此变动），与文件中的修改冲突；请重新导出后再改这一处"
        done.refusals.append(Told("stale", text, found.at, codes=(found.code,)))
