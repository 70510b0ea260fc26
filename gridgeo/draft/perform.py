"""One change of a draft, done: checked against the layer as the draft has it, and turned into a delta.

In: a `Change` and a `State`. Out: a `Delta`, or a `Refusal` with the reason, the place and what to do. Geometry is
`gridgeo.partition.redraw`'s business, figures that of `gridgeo.draft.recount`; here stand the rules of the field: what
is locked, which grids belong to one community, who goes on bearing which code.

New grids bear provisional codes (prefix, tilde, number); they get real ones when the draft is published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from gridgeo.codes.layout import get_layout
from gridgeo.draft import change as kinds
from gridgeo.draft.ground import CommunityRow, GridRow, Places
from gridgeo.draft.recount import delta_of, restored
from gridgeo.draft.state import Delta, State
from gridgeo.errors import CodeError, Refusal
from gridgeo.partition import redraw
from gridgeo.partition.leftovers import MIN_BORDER_M, SLIVER_M, Homes

__all__ = ["is_makeshift", "is_provisional", "last_number", "perform", "provisional"]

RULES = ("households_low", "households_high", "population_max")
_PROVISIONAL, _MAKESHIFT = re.compile(r".+~\d{4,}"), re.compile(r"新网格\d+")
NAMES = {"general": "普通网格", "exclusive": "专属网格", "micro": "微网格"}


def provisional(state: State, community: str, number: int) -> str:
    """Return the code of a new grid: provisional, or the one that a publication gives it."""
    scope, mark = get_layout(state.ground.layout).scope(community), "~"
    while state.ground.is_issued(f"{scope}{mark}{number:04d}"):  # layout plain takes any code
        mark += "~"
    code = f"{scope}{mark}{number:04d}"
    return state.named.get(code, code)


def is_provisional(state: State, code: str) -> bool:
    """Tell whether a code is one of `provisional` that has no real one yet."""
    return bool(_PROVISIONAL.fullmatch(code)) and not state.ground.is_issued(code)


def is_makeshift(short_name: str) -> bool:
    """Tell whether a grid is called as new ones are until they have a number."""
    return bool(_MAKESHIFT.fullmatch(short_name))


def last_number(state: State, scope: str, codes: Collection[str]) -> int:
    """Return the highest number under a prefix that was ever issued, or that some codes of the draft bear."""
    rules, made = get_layout(state.ground.layout), set(state.named.values())
    found = filter(None, (rules.scope_and_number(code) for code in codes if code not in made))
    return max([state.ground.last_number(scope), *(number for one, number in found if one == scope)])


def perform(change: kinds.Change, state: State) -> Delta:
    """Do one change.

    Parameters
    ----------
    change : Change
    state : State
        The layer before it.

    Returns
    -------
    Delta

    Raises
    ------
    Refusal
        If it cannot be done: kinds as in `gridgeo.partition.redraw`, and unknown_code, unknown_community, locked,
        crosses_community, kinds_differ, exclusive, unknown_place, unknown_atom, not_in_source,
        unknown_rule, code_taken, unchanged.
    """
    delta = _DO[type(change)](change, state)
    if not (delta.grids or delta.communities or delta.locks or delta.explanations):
        raise Refusal("unchanged", "这项操作不会改变任何内容")
    return delta


# ------------------------------------------------------------------------ checks ----


def _rows(state: State, codes: Sequence[str], *, change: bool = True) -> list[GridRow]:
    """Return grids that are there and, if they are to be changed, not locked."""
    codes = [state.named.get(code, code) for code in codes]
    found = state.grids(codes)
    for code in codes:
        if code not in found:
            fate = state.ground.fate(code)
            raise Refusal(
                "unknown_code", f"没有现行网格 {code}{f'：{fate}' if fate else '，请核对编码'}", codes=(code,)
            )
    locked = state.locks(codes) if change else {}
    for code in codes:
        if code in locked:
            at = _inside(found[code].geometry)
            raise Refusal("locked", f"网格 {code} 已锁定（{locked[code]}）；请先解锁", at, codes=(code,))
    return [found[code] for code in codes]


def _require_one_community(rows: Sequence[GridRow]) -> None:
    """Refuse grids of different communities."""
    first = rows[0]
    for row in rows[1:]:
        if row.community_code != first.community_code:
            text = (
                f"{first.code} 属于{first.community_name}，{row.code} 属于{row.community_name}；"
                "网格不能跨社区，请在一个社区内调整"
            )
            raise Refusal("crosses_community", text, _inside(row.geometry), codes=(first.code, row.code))


def _inside(shape: Any) -> tuple[float, float]:
    x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    return float(x), float(y)


def _homes(state: State, rows: Sequence[GridRow]) -> Homes:
    """Return the households of some grids."""
    places = Places.joined(state.places([row.code for row in rows]).values())
    homes = places.take(np.flatnonzero(places.kind == "household"))
    return Homes(homes.xy, homes.count)


def _child(state: State, of: GridRow, nth: int, **said: Any) -> GridRow:
    """Return what a new grid is called until it has a number of its own."""
    number = state.fresh + nth
    name = said.pop("name", f"新网格{number}")
    return replace(of, code=provisional(state, of.community_code, number), **said).renamed(name)


# -------------------------------------------------------------------- operations ----


def _split(change: kinds.Split, state: State) -> Delta:
    (row,) = _rows(state, [change.code])
    homes = _homes(state, [row])
    redrawn = redraw.split(row.geometry, change.line, homes, absorb=change.absorb, exact=change.exact)
    if change.keep is not None:
        redrawn = _kept_first(redrawn, change.keep, row)
    heirs = [row, *(_child(state, row, k) for k in range(1, len(redrawn.shapes)))]
    return replace(delta_of(state, [row], redrawn, heirs), fresh=len(heirs) - 1)


def _kept_first(redrawn: redraw.Redrawn, keep: tuple[float, float], row: GridRow) -> redraw.Redrawn:
    """Bring the part around a point to the front."""
    hits = [k for k, shape in enumerate(redrawn.shapes) if shapely.intersects_xy(shape, *keep)]
    if not hits:
        raise Refusal("missed", f"指定保留编码的点不在网格 {row.code} 内", keep, codes=(row.code,))
    order = [hits[0], *(k for k in range(len(redrawn.shapes)) if k != hits[0])]
    shapes = tuple(redrawn.shapes[k] for k in order)
    return replace(redrawn, shapes=shapes, flow_m2=redrawn.flow_m2[:, order])


def _merge(change: kinds.Merge, state: State) -> Delta:
    rows = _rows(state, list(dict.fromkeys(change.codes)))
    _require_one_community(rows)
    for row in rows[1:]:
        if row.kind != rows[0].kind:
            text = (
                f"{rows[0].code} 是{NAMES[rows[0].kind]}，{row.code} 是{NAMES[row.kind]}，不能直接合并；"
                "请先改类型，或用“撤销专属网格”"
            )
            raise Refusal("kinds_differ", text, _inside(row.geometry), codes=(rows[0].code, row.code))
    told = state.named.get(change.survivor or "", change.survivor)
    rows.sort(key=lambda row: (row.code != told, -row.households, -row.area_m2, row.code))
    redrawn = redraw.merge([row.geometry for row in rows])
    return delta_of(state, rows, redrawn, [rows[0], *[None] * (len(rows) - 1)])


def _reshape(change: kinds.Reshape, state: State) -> Delta:
    rows = _rows(state, change.codes)
    _require_one_community(rows)
    first, second = rows
    redrawn = redraw.reshape(
        first.geometry, second.geometry, change.line, _homes(state, rows), absorb=change.absorb
    )  # fmt: skip
    return delta_of(state, rows, redrawn, rows)


def _transfer(change: kinds.Transfer, state: State) -> Delta:
    rows = _rows(state, [change.source, change.target])
    _require_one_community(rows)
    source, target = rows
    if change.area is not None:
        area = change.area
    elif change.places:
        area = _around(state, source, change.places)
    else:
        area = _blocks(state, source, change.atoms)
    homes = _homes(state, [source])
    redrawn = redraw.transfer(
        source.geometry, target.geometry, area, homes, absorb=change.absorb, exact=change.exact
    )  # fmt: skip
    delta = delta_of(state, rows, redrawn, rows)
    if change.places:
        _require_parted(delta, source, change.places, strict=not redrawn.absorbed_m2)
    return delta


def _require_parted(delta: Delta, source: GridRow, wanted: Sequence[tuple[str, str]], *, strict: bool) -> None:
    """Refuse a transfer of places that leaves one of them behind, or (strict) takes another one along."""
    chosen = set(wanted)
    before = delta.places[source.code][0] or Places.none()
    stays = np.isin(before.fid, (delta.places[source.code][1] or Places.none()).fid)
    own = np.array([key in chosen for key in zip(before.kind.tolist(), before.id.tolist(), strict=True)], bool)
    wrong = np.flatnonzero(own & stays if not strict else own == stays)
    if len(wrong):
        row = int(wrong[0])
        x, y = before.xy[row].tolist()
        text = f"{before.kind[row]} {before.id[row]} 与所选（或未选）的对象相距太近，边界分不开；请一并选上，或改画范围"
        raise Refusal("same_spot", text, (x, y), codes=(source.code,))


def _around(state: State, source: GridRow, wanted: Sequence[tuple[str, str]]) -> Any:
    """Return the ground of some places: what is nearer to them than to any other place of the grid."""
    places = state.places([source.code])[source.code]
    keys = list(zip(places.kind.tolist(), places.id.tolist(), strict=True))
    missing = sorted(set(wanted) - set(keys))
    if missing:
        kind, name = missing[0]
        text = f"网格 {source.code} 内没有 {kind} {name}（共 {len(missing)} 个找不到）；请核对编号"
        raise Refusal("unknown_place", text, _inside(source.geometry), codes=(source.code,))
    chosen_keys = set(wanted)
    chosen = np.array([key in chosen_keys for key in keys])
    spots, spot = np.unique(places.xy, axis=0, return_inverse=True)
    spot = spot.ravel()
    taken, left = np.zeros(len(spots), bool), np.zeros(len(spots), bool)
    taken[spot[chosen]], left[spot[~chosen]] = True, True
    if (taken & left).any():
        x, y = spots[np.flatnonzero(taken & left)[0]]
        text = "所选与未选的对象在同一个点上，无法用边界分开；请一并选上"
        raise Refusal("same_spot", text, (float(x), float(y)), codes=(source.code,))
    if not left.any():
        raise Refusal("nothing_left", "所选对象是该网格的全部；要整体并入邻格，请用合并", _inside(source.geometry))
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(spots), extend_to=source.geometry, ordered=True)
    return shapely.union_all(shapely.get_parts(diagram)[taken])


def _blocks(state: State, source: GridRow, wanted: Sequence[str]) -> Any:
    """Return the ground of some atoms of a grid."""
    wanted = sorted(set(wanted))
    found = state.ground.atoms(wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        text = f"没有街块 {missing[0]}（共 {len(missing)} 个找不到）；请核对街块编号"
        raise Refusal("unknown_atom", text, codes=(source.code,))
    shapes = np.array([*(found[name] for name in wanted), None], object)[:-1]
    own_m2 = shapely.area(shapely.intersection(shapes, source.geometry))
    strange = np.flatnonzero(own_m2 < 0.5 * shapely.area(shapes))
    if len(strange):
        at = _inside(shapes[strange[0]])
        text = (
            f"街块 {wanted[strange[0]]} 大部分不在网格 {source.code} 内（共 {len(strange)} 个）；请从它所在的网格划出"
        )
        raise Refusal("not_in_source", text, at, codes=(source.code,))
    return shapely.union_all(shapes)


def _carve(change: kinds.Carve, state: State) -> Delta:
    outline = change.area
    redraw.require_valid(outline)
    beneath = state.near(shapely.bounds(outline)[None])
    parts = {code: shapely.intersection(row.geometry, outline) for code, row in sorted(beneath.items())}
    real = {code: part for code, part in parts.items() if _width_m(part) >= SLIVER_M}
    if not real and any(part.area > 0 for part in parts.values()):
        raise Refusal("sliver", f"所画范围在网格内的部分过窄（不足 {SLIVER_M:g} 米）；请画大些", _inside(outline))
    if not real:
        raise Refusal("missed", "所画范围没有覆盖任何网格；请检查位置与坐标系", _inside(outline))
    rows = _rows(state, list(real))
    _require_inside(outline, rows, real)
    for row in rows:
        if row.kind == "exclusive":
            text = f"所画范围内已有专属网格 {row.code}（{row.full_name}）；请避开，或先撤销它"
            raise Refusal("exclusive", text, _inside(real[row.code]), codes=(row.code,))
    shapes, homes = [row.geometry for row in rows], _homes(state, rows)
    redrawn = redraw.carve(shapes, outline, homes, absorb=change.absorb, exact=change.exact)
    child = _child(state, rows[0], 1, kind="exclusive", name=change.name)
    heirs = [row if shape is not None else None for row, shape in zip(rows, redrawn.shapes, strict=False)]
    left_m2 = sum(float(part.area) for code, part in parts.items() if code not in real)  # too thin to be taken
    delta = delta_of(state, rows, redrawn, [*heirs, child])
    return replace(delta, fresh=1, absorbed_m2=delta.absorbed_m2 + left_m2)


def _width_m(shape: Any) -> float:
    """Return the mean width of an area."""
    return float(2 * shape.area / max(shape.length, 1e-9))


def _require_inside(outline: Any, rows: Sequence[GridRow], parts: dict[str, Any]) -> None:
    """Refuse an outline that reaches into another community, or out of the layer."""
    area_m2: dict[str, float] = {}
    for row in rows:
        area_m2[row.community_code] = area_m2.get(row.community_code, 0.0) + parts[row.code].area
    main = max(sorted(area_m2), key=area_m2.__getitem__)
    for row in rows:
        if row.community_code != main:
            text = (
                f"所画范围伸入{row.community_name}（{parts[row.code].area:.0f} 平方米）；网格不能跨社区，"
                "请按社区分别划定"
            )
            raise Refusal("crosses_community", text, _inside(parts[row.code]), codes=(row.code,))
    rest = shapely.difference(outline, shapely.union_all([row.geometry for row in rows]))
    beyond = [part for part in shapely.get_parts(rest) if _width_m(part) >= SLIVER_M]
    if beyond:
        worst = max(beyond, key=lambda part: part.area)
        raise Refusal("outside", f"所画范围超出图层 {worst.area:.0f} 平方米；请画在图层之内", _inside(worst))


def _dissolve(change: kinds.Dissolve, state: State) -> Delta:
    (row,) = _rows(state, [change.code])
    if row.kind != "exclusive":
        raise Refusal("not_exclusive", f"网格 {row.code} 不是专属网格；要并入邻格，请用合并", _inside(row.geometry))
    near = state.near(np.array([row.geometry.bounds]))
    takers = _rows(state, list(dict.fromkeys(change.into))) if change.into else [
        other for code, other in sorted(near.items())
        if code != row.code and other.community_code == row.community_code and other.kind != "exclusive"
        and shapely.length(shapely.intersection(other.geometry, row.geometry)) >= MIN_BORDER_M
        and code not in state.locks([code])
    ]  # fmt: skip
    for taker in takers:
        if taker.kind == "exclusive":
            text = f"{taker.code} 是专属网格，不能接收；请指定普通网格"
            raise Refusal("kinds_differ", text, _inside(taker.geometry), codes=(row.code, taker.code))
    if not takers:
        text = f"专属网格 {row.code} 四周没有同社区、未锁定的普通网格可以并入；请先解锁，或指定并入哪个网格"
        raise Refusal("not_neighbours", text, _inside(row.geometry), codes=(row.code,))
    _require_one_community([row, *takers])
    before = state.ground.origins(row.code)
    redrawn = redraw.dissolve(
        row.geometry, [taker.geometry for taker in takers], [before.get(taker.code) for taker in takers]
    )
    gained = [k for k, taker in enumerate(takers) if _differs(redrawn.shapes[k + 1], taker.geometry)]
    whole = replace(
        redrawn,
        shapes=(None, *(redrawn.shapes[k + 1] for k in gained)),
        flow_m2=redrawn.flow_m2[np.ix_([0, *(k + 1 for k in gained)], [0, *(k + 1 for k in gained)])],
    )
    rows = [row, *(takers[k] for k in gained)]
    return delta_of(state, rows, whole, [None, *rows[1:]])


def _differs(shape: Any, before: Any) -> bool:
    """Tell whether a grid gained ground, or a vertex where two others now meet on its border."""
    one, two = (np.unique(shapely.get_coordinates(each), axis=0) for each in (shape, before))
    return not np.array_equal(one, two)


def _rename(change: kinds.Rename, state: State) -> Delta:
    (row,) = _rows(state, [change.code])
    after = row.renamed(change.name)
    return Delta(grids={} if after == row else {row.code: (row, after)})


def _retype(change: kinds.Retype, state: State) -> Delta:
    (row,) = _rows(state, [change.code])
    return Delta(grids={} if row.kind == change.kind else {row.code: (row, replace(row, kind=change.kind))})


def _lock(change: kinds.Lock, state: State) -> Delta:
    (row,) = _rows(state, [change.code], change=False)
    before = state.locks([row.code]).get(row.code)
    return Delta(locks={} if (before or "") == change.reason else {row.code: (before, change.reason or None)})


def _explain(change: kinds.Explain, state: State) -> Delta:
    (row,) = _rows(state, [change.code], change=False)
    if change.rule not in RULES:
        raise Refusal("unknown_rule", f"没有规则 {change.rule}；规则有 {'、'.join(RULES)}", codes=(row.code,))
    key = (row.code, change.rule)
    before = state.explanations([row.code]).get(key)
    return Delta(explanations={} if (before or "") == change.text else {key: (before, change.text or None)})


# --------------------------------------------------------- community, earlier version ----


def _recode(change: kinds.Recode, state: State) -> Delta:
    old = state.communities([change.community]).get(change.community)
    if old is None:
        raise Refusal("unknown_community", f"没有社区 {change.community}；请核对社区编码")
    if change.to == old.code or state.communities([change.to]):
        raise Refusal("code_taken", f"社区编码 {change.to} 已在使用；请换一个编码")
    layout = get_layout(state.ground.layout)
    try:
        scope, same = layout.scope(change.to), layout.scope(change.to) == layout.scope(old.code)
    except CodeError as error:
        raise Refusal("code_taken", f"社区编码 {change.to} 不符合编码规则 {state.ground.layout}（{error}）") from None
    rows = _rows(state, sorted(state.grids_of(old.code)))
    name = change.name or old.name
    there = [code for code, row in state.rows.items() if row is not None]
    used = bool(last_number(state, scope, there))
    moved = [_recoded(row, change.to, name, state, keep=same, used=used) for row in rows]
    fresh, heirs = 0, []
    for new in moved:
        fresh += not new.code
        heirs.append(new if new.code else replace(new, code=provisional(state, change.to, state.fresh + fresh)))
    delta = delta_of(state, rows, redraw.unchanged([row.geometry for row in rows]), heirs)  # codes decide on borders
    renamed = {row.code: heir.code for row, heir in zip(rows, heirs, strict=True) if row.code != heir.code}
    told: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    for (code, rule), text in state.explanations(list(renamed)).items():  # the grid is the same, and so is the reason
        told |= {(code, rule): (text, None), (renamed[code], rule): (None, text)}
    community = CommunityRow(code=change.to, name=name, parents=old.parents, geometry=old.geometry)
    communities = {old.code: (old, None), change.to: (None, community)}
    return replace(delta, communities=communities, explanations=told, fresh=fresh, estimated=0)


def _recoded(row: GridRow, community: str, name: str, state: State, *, keep: bool, used: bool) -> GridRow:
    """Return a grid under another community: with its number where the new prefix was never used, else without code."""
    layout = get_layout(state.ground.layout)
    is_new = is_provisional(state, row.code) or row.code in state.named.values()
    code = row.code if keep or is_new else ""
    found = None if code or used else layout.scope_and_number(row.code)
    if found and found[0] == layout.scope(row.community_code):  # else two grids could bear the same number
        code = layout.format(community, found[1])
        code = "" if state.ground.is_issued(code) else code
    return replace(row, code=code, community_code=community, community_name=name).renamed(row.short_name)


def _revert(change: kinds.Revert, state: State) -> Delta:
    codes, names = list(state.rows), list(state.community_rows)  # some may be as they were: undone
    if state.grids(codes) != state.ground.grids(codes) or state.communities(names) != state.ground.communities(names):
        raise Refusal("not_alone", "恢复到旧版本须是草案中唯一的操作；请另建草案")
    then = state.ground.version(change.to)
    grids, communities = state.ground.changed_since(change.to)
    now_rows, then_rows = state.grids(grids), then.grids(grids)
    pairs, places = restored(state, now_rows, then_rows)
    was, is_now = then.communities(communities), state.communities(communities)
    codes = sorted({*now_rows, *then_rows})
    locks, before = then.locks(codes), state.locks(codes)
    told, telling = then.explanations(codes), state.explanations(codes)
    return Delta(
        grids=pairs,
        places=places,
        communities={code: (is_now.get(code), was.get(code)) for code in sorted(communities)},
        locks={code: (before.get(code), locks.get(code)) for code in codes if before.get(code) != locks.get(code)},
        explanations={
            key: (telling.get(key), told.get(key))
            for key in sorted({*told, *telling})
            if telling.get(key) != told.get(key)
        },
    )


_DO: dict[type[Any], Callable[[Any, State], Delta]] = {
    kinds.Split: _split, kinds.Merge: _merge, kinds.Reshape: _reshape, kinds.Transfer: _transfer, kinds.Carve: _carve,
    kinds.Dissolve: _dissolve, kinds.Rename: _rename, kinds.Retype: _retype, kinds.Lock: _lock,
    kinds.Explain: _explain, kinds.Recode: _recode, kinds.Revert: _revert,
}  # fmt: skip
