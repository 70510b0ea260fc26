"""Drafts and effects as a planner reads them on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["draft_line", "draft_lines", "effect_lines"]

PLACES = 10
"""Moved places that are listed one by one."""
STATES = {
    "draft": "草拟", "submitted": "已提交", "returned": "已退回", "approved": "已批准", "published": "已发布",
    "dropped": "已放弃",
}  # fmt: skip
BECAME = {"new": "新设", "gone": "停用", "changed": "变更", "corner": "仅边界加点"}
OPS = {
    "split": "拆分", "merge": "合并", "reshape": "调整界线", "transfer": "划转", "carve": "划出专属网格",
    "dissolve": "撤销专属网格", "rename": "改名", "retype": "改类型", "lock": "锁定", "explain": "说明",
    "recode": "社区改码", "revert": "恢复旧版", "number": "编码",
}  # fmt: skip
RULES = {
    "kept": "合规",
    "broken": "不合规（原已如此）",
    "explained": "不合规（已说明）",
    "to_explain": "不合规，须说明",
}


def draft_line(draft: Mapping[str, Any]) -> str:
    """Return one draft in one line."""
    number, state = draft["number"], STATES[draft["state"]]
    version = f"第 {draft['seq']} 版" if draft["seq"] else f"基于第 {draft['base_seq']} 版"
    when = f"{draft['changed']:%Y-%m-%d %H:%M} UTC"
    return f"草案 {number}  {state}  {version}  {draft['title']}（{draft['author']}，{when}）"


def draft_lines(shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield a whole draft: its changes, remarks, collisions and effect."""
    yield draft_line(shown["draft"])
    for one in shown["changes"]:
        mark = "（已撤销）" if one["undone"] else ""
        yield f"  {one['nth']}. {change_text(one['change'])}{mark}  {one['actor']}"
    for note in shown["notes"]:
        where = note["code"] or "整个草案"
        settled = "，已处理" if note["settled"] else ""
        yield f"  意见 {note['number']}  {where}：{note['text']}（{note['actor']}{settled}）"
    for clash in shown["collisions"]:
        yield f"  冲突：{clash['text']}（x={clash['at'][0]:.1f}, y={clash['at'][1]:.1f}）"
    yield from _effect(shown["effect"])


def change_text(change: Mapping[str, Any]) -> str:
    """Return one change in words."""
    codes = [change.get("code"), change.get("source"), change.get("target"), change.get("community"), change.get("to")]
    said = [*(str(code) for code in codes if code), *change.get("codes", ()), change.get("name") or ""]
    if change["op"] == "number":
        said = [f"{old} → {new}" for old, new in change["codes"].items()]
    return f"{OPS.get(change['op'], change['op'])} {' '.join(filter(None, said))}".strip()


def effect_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what one change did."""
    if "draft" in answer:
        yield f"{draft_line(answer['draft'])}，第 {answer['nth']} 项"
    yield from _effect(answer["effect"])
    if answer["absorbed_m2"]:
        yield f"  零碎 {answer['absorbed_m2']:.1f} 平方米并入公共边最长的网格"
    if answer["estimated"]:
        yield f"  其中 {answer['estimated']} 户（家、人）没有点位，按面积分摊，为估算"


def _effect(effect: Mapping[str, Any]) -> Iterator[str]:
    """Yield grids, moved places and rules."""
    for grid in effect["grids"]:
        if grid["became"] == "corner":
            continue
        before, after = grid["before"], grid["after"]
        facts = "，".join(
            f"{name} {_pair(before, after, key)}{unit}"
            for name, key, unit in (("户", "households", ""), ("企业", "enterprises", ""), ("人口", "population", ""))
        )
        area = f"面积 {_pair(before, after, 'area_m2', '.0f')} 平方米"
        yield f"  {BECAME[grid['became']]}  {grid['code']}  {(after or before)['name']}：{facts}，{area}"
    moved = effect["moved"]
    if moved["count"]:
        yield (
            f"  换网格的地点 {moved['count']} 个：{moved['households']} 户、{moved['population']} 人、"
            f"{moved['enterprises']} 家企业"
        )
        for place in moved["places"][:PLACES]:
            yield f"    {place['kind']} {place['id']}  {place['address']}  {place['before']} → {place['after']}"
        if moved["count"] > PLACES:
            yield f"    另有 {moved['count'] - PLACES} 个，全部见 --json"
    for rule in effect["rules"]:
        if rule["status"] != "kept":
            yield f"  规则 {rule['rule']}：{rule['text']}（x={rule['x']:.1f}, y={rule['y']:.1f}）"


def _pair(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, key: str, form: str = ",") -> str:
    """Write a figure before and after."""
    old, new = (format(facts[key], form) if facts else "—" for facts in (before, after))
    return old if old == new else f"{old} → {new}"
