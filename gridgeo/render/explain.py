"""A grid's account in words that planners read.

In: what `gridgeo.jobs.accounts` tells of one grid. Out: Chinese text. `gridgeo.render.conflicts` uses the same
sentences for the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gridgeo.render.kinds import GRID_KINDS

__all__ = ["border_sentence", "explain_text", "metres", "proof_sentence", "short_agency"]

CHANGE_WORDS = {"U": "未变", "S": "被拆分", "M": "被合并", "X": "与多格交错"}
BARRIER_WORDS = {"river": "河流", "rail": "铁路", "arterial": "主干道", "street": "街道", "wall": "围墙"}
MIXED = 0.2
"""From this share on, an agency that wants only part of a stretch is told with its metres; chosen."""


def explain_text(account: Mapping[str, Any], agencies: Mapping[str, str]) -> str:
    """Tell a planner what a grid was made from and why its borders are where they are.

    Parameters
    ----------
    account : mapping
        From `gridgeo.jobs.accounts.account_of_grid`; ``redrawn`` (``version, effective, title, by``) if the grid's
        borders are not those of the merge.
    agencies : mapping of str to str
        Agency key → name.

    Returns
    -------
    str
        Some paragraphs; lines are not wrapped.
    """
    lines = [f"{account['code']}　{account['full_name']}（{GRID_KINDS.get(account['kind'], account['kind'])}）"]
    lines.append(f"规模：{_size(account)}")
    if account["base"]:
        lines.append(f"沿革：{_base(account, agencies)}")
    if account.get("redrawn"):
        return "\n".join([*lines, _redrawn(account)])
    lines += ["来源：", *(f"  · {text}" for text in _sources(account, agencies))]
    if account["kept"]:
        lines += ["边界：", *(f"  · {text}" for text in _neighbours(account, agencies))]
    if account["dropped"]:
        gone = (border_sentence(row, agencies, account["rules"], kept=False) for row in account["dropped"])
        lines += ["取消的界线：", *(f"  · {text}" for text in gone)]
    if account["solved"]:
        lines.append(f"证明：{proof_sentence(account['solved'])}")
    else:
        lines.append("此网格并非由本程序合并而成（导入的图层），没有边界理由可查。")
    return "\n".join(lines)


def _redrawn(account: Mapping[str, Any]) -> str:
    """Say when and by whom the borders were drawn that are no merge's."""
    made = account["redrawn"]
    return (
        f"边界：自第 {made['version']} 版（{made['effective']} 起）按“{made['title']}”划定，由{made['by']}发布；"
        f"合并时的来源与理由不再适用，沿革见 gridgeo history {account['code']}"
    )


def metres(length_m: float) -> str:
    """Write a length, with decimals only where it is short."""
    return f"{length_m:,.0f} 米" if length_m >= 10 else f"{length_m:.1f} 米"


def _size(account: Mapping[str, Any]) -> str:
    """Return the size against the rules."""
    parts = [f"{account['households']:,} 户"]
    parts += [f"{account['population']:,} 人"] if account["population"] else []
    parts += [f"{account['enterprises']:,} 家企业"] if account["enterprises"] else []
    text = "、".join(parts) + f"，{account['area_m2'] / 1e6:.3f} 平方千米"
    if not account["rules"] or account["kind"] == "exclusive":
        return text + ("；专属网格不受户数规则约束" if account["kind"] == "exclusive" else "")
    low, high = account["rules"]["households"]
    if account["solved"] and account["solved"]["violation"]:
        return f"{text}；规则 {low}–{high} 户，不合规（{account['solved']['violation']}）"
    return f"{text}；规则 {low}–{high} 户，合规" if high < 10**6 else f"{text}；未设户数规则"


def _base(account: Mapping[str, Any], agencies: Mapping[str, str]) -> str:
    """Return which base grid it succeeds and which households moved."""
    base = account["base"]
    name = agencies.get(base["agency"], base["agency"])
    came = "、".join(f"{row['source_id']} {row['households']:,} 户" for row in base["came_from"])
    cut_off = sum(row["households"] for row in base["came_from"]) - base["came_households"]
    # Corners that a community's border cut off their base grid count as nobody's move.
    beside = f"；含不计换格的跨社区边角 {cut_off:,} 户" if cut_off > 0 and base["came_households"] else ""
    came = f"（来自 {came}{beside}）" if came else ""
    if cut_off > 0 and not base["came_households"]:
        came = f"，另有跨社区的边角 {cut_off:,} 户{came}，不计换格"
    if base["source_id"] is None:
        arrived = f"，户籍来自{name}其他网格的 {base['came_households']:,} 户{came}" if base["came_households"] else ""
        return f"新设网格，不承接{name}的任何一格{arrived}。"
    went = "、".join(f"{row['code']} {row['households']:,} 户" for row in base["went_to"])
    went = f"（去往 {went}）" if went else ""
    return (
        f"承接{name} {base['source_id']}：{base['kept_households']:,} 户留下，"
        f"划出 {base['left_households']:,} 户{went}，划入 {base['came_households']:,} 户{came}。"
    )


def _sources(account: Mapping[str, Any], agencies: Mapping[str, str]) -> Iterator[str]:
    """Yield one line per agency: the grids of it that this one was made from."""
    by_agency: dict[str, list[Mapping[str, Any]]] = {}
    for row in account["sources"]:
        by_agency.setdefault(row["agency"], []).append(row)
    for key in account["crumbs"]:
        by_agency.setdefault(key, [])
    for key, rows in by_agency.items():
        name, count = agencies.get(key, key), account["crumbs"].get(key, 0)
        told = "；".join(
            f"{row['source_id']} 占面积 {row['area_share']:.0%}、户数 {row['household_share']:.0%}"
            + (f"（该格{CHANGE_WORDS[row['change']]}）" if row["change"] in CHANGE_WORDS else "")
            for row in rows
        )
        small = f"；另有 {count} 格的零星边角" if count else ""
        yield f"{name}：{told}{small}" if told else f"{name}：只有零星边角"


def _neighbours(account: Mapping[str, Any], agencies: Mapping[str, str]) -> Iterator[str]:
    """Yield the borders of one grid, those with one neighbour together."""
    by_other: dict[str, list[Mapping[str, Any]]] = {}
    for row in account["kept"]:
        by_other.setdefault(row["other"] or "", []).append(row)
    for other, own in by_other.items():
        name = next((row["other_name"] for row in own if row["other_name"]), "")
        head = f"与 {other} {name}：" if other else ""
        yield head + " ".join(border_sentence(row, agencies, account["rules"], kept=True) for row in own)


def border_sentence(
    row: Mapping[str, Any], agencies: Mapping[str, str], rules: Mapping[str, Any] | None, *, kept: bool
) -> str:
    """Say how long a stretch of border is, who wants it, and why it was kept or dropped.

    Parameters
    ----------
    row : mapping
        ``why, length_m, overruled_m, agencies, barrier, barrier_m, instead_households``.
    agencies : mapping of str to str
        Agency key → name.
    rules : mapping or None
        ``households``: smallest and largest grid.
    kept : bool, keyword-only
        False: the border was dropped.
    """
    wants, against = _sides(row, agencies)
    phrase = (_KEPT if kept else _DROPPED).get(row["why"], "原因：{why}")
    if not kept and row["why"] in _OVERRULED and row["overruled_m"] < 0.5 * row["length_m"]:
        # Few agencies want it; only with the barrier's weight would it be kept.
        phrase = phrase.replace("{wants}在此划界", "{wants}在此划界，加上{barrier}的权重本应保留")
    text = phrase.format(
        wants=wants or "没有部门", against=against or "没有部门", why=row["why"],
        barrier=BARRIER_WORDS.get(row["barrier"] or "", "道路水系"), instead=_instead(row, rules),
        silent="" if wants or against else "（无部门表态）",
    )  # fmt: skip
    if row["why"] == "agreement":
        other = against if kept else ""
        phrase_other = f"，{other}未划" if other else ""
        text += phrase_other
    lost = row["overruled_m"]
    overruled = f"；未采纳的意见折合 {metres(lost)}" if lost >= 1 and row["why"] not in ("frame", "community") else ""
    along = ""
    if row["barrier"] and row["barrier_m"] >= 0.5 * row["length_m"] and row["why"] not in ("barrier", "hard"):
        along = f"，沿{BARRIER_WORDS.get(row['barrier'], row['barrier'])}"
    return f"{metres(row['length_m'])}{along}，{text}{overruled}。"


_OVERRULED = ("size", "wish", "base", "contiguity", "whole", "open")
_KEPT = {
    "frame": "是全域的外边界",
    "community": "是社区界，网格不得跨越",
    "exclusive": "是专属网格的边线，专属区域单独成格",
    "hard": "沿{barrier}，硬边界，网格不得跨越",
    "barrier": "沿{barrier}：{wants}在此划界，{against}未划，道路水系的权重使划界占优",
    "agreement": "{wants}在此划界",
    "tie": "赞成与反对相当{silent}，沿用此线",
    "size": "{against}并不在此划界，为户数规则而保留{instead}",
    "wish": "按城市文件的锁定或指定要求保留",
    "base": "{against}并不在此划界，为少变动住户而保留：取消后会有更多住户离开原网格",
    "contiguity": "{against}并不在此划界，为使网格连成一片而保留",
    "whole": "{against}未划这一段，但整条界线连同此段才与各部门最一致",
    "open": "{against}并不在此划界，未查出必须保留的原因；本社区未证明最优，请复核或延长求解时间",
}
_DROPPED = {
    "exclusive": "{wants}的界线在专属区域之内，不再分格",
    "hard": "{wants}在此划界，取消",
    "barrier": "{wants}在此划界，取消",
    "agreement": "只有{wants}在此划界，{against}不划",
    "tie": "赞成（{wants}）与反对（{against}）相当，取消",
    "size": "{wants}在此划界，为户数规则而取消{instead}",
    "wish": "{wants}在此划界，按城市文件的锁定或指定要求取消",
    "base": "{wants}在此划界，为少变动住户而取消：保留会使更多住户离开原网格",
    "contiguity": "{wants}在此划界，为使网格连成一片而取消",
    "whole": "{wants}在此划界，但单独保留这一段，网格的整条界线与各部门更不一致",
    "open": "{wants}在此划界，未查出必须取消的原因；本社区未证明最优，请复核或延长求解时间",
}


def short_agency(name: str) -> str:
    """Return an agency layer's name without the word that all of them end with."""
    return name.removesuffix("网格") or name


def _instead(row: Mapping[str, Any], rules: Mapping[str, Any] | None) -> str:
    """Say which size would else break the rule."""
    homes = row["instead_households"]
    if not homes or not rules:
        return "（否则会有网格不合规）"
    low, high = rules["households"]
    return f"（否则会有网格为 {homes:,} 户，规则 {low}–{high} 户）"


def _sides(row: Mapping[str, Any], agencies: Mapping[str, str]) -> tuple[str, str]:
    """Return the agencies that want a border and those that do not; with metres where both is true."""
    wants: list[str] = []
    against: list[str] = []
    order: Sequence[str] = [*agencies, *sorted(set(row["agencies"]) - set(agencies))]
    for key in order:
        if key not in row["agencies"]:
            continue
        for_m, not_m = row["agencies"][key]
        name, share = short_agency(agencies.get(key, key)), for_m / max(for_m + not_m, 1e-9)
        if MIXED <= share <= 1 - MIXED:
            name += f"（{metres(for_m)}划、{metres(not_m)}不划）"
        (wants if share >= 0.5 else against).append(name)
    return "、".join(wants), "、".join(against)


def proof_sentence(solved: Mapping[str, Any]) -> str:
    """Say whether a community's partition is proven best."""
    if solved["status"] == "optimal":
        return "本社区的划分已证明最优：在同样的规则和界线下，没有更好的分法。"
    if solved["gap"] is not None:
        return f"本社区的划分未证明最优，但离可能的最优至多差 {solved['gap']:.1%}。"
    return "本社区的划分由逐步改进得到，未证明最优。"
