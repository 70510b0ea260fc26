"""Where agencies disagree most, and what was decided: the part of the report that planners discuss.

In: the tables reason and outcome, the grids and the agencies' layers. Out: HTML. Part of
`gridgeo.render.merge_report`.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridgeo.model import AgencyLayer
from gridgeo.render.conflict_picture import agency_key, conflict_picture
from gridgeo.render.explain import border_sentence, short_agency
from gridgeo.render.report_page import Cell, section, table

__all__ = ["ConflictFacts", "conflicts_section"]

PICTURES, ROWS = 12, 150
"""Conflicts with a picture, and further ones in a table; chosen."""
CONTESTED = 0.3
"""Share of the agencies, by weight, that must be overruled to call a border contested; chosen."""
SETTLED = ("frame", "community", "exclusive", "hard")
"""Reasons that no agency can argue with."""
WHY_WORDS = {
    "frame": "全域外边界",
    "community": "社区界",
    "exclusive": "专属网格",
    "hard": "硬边界",
    "barrier": "道路水系占优",
    "agreement": "多数部门一致",
    "tie": "赞成与反对相当",
    "size": "户数规则",
    "wish": "锁定或指定",
    "base": "少变动住户",
    "contiguity": "网格连片",
    "whole": "整条界线更一致",
    "open": "未查出必须的原因",
}
DECISION_WORDS = {"kept": "保留", "dropped": "取消"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFacts:
    """What the section is written from; tables as in `gridgeo.tables`."""

    reasons: gpd.GeoDataFrame
    outcomes: pd.DataFrame
    grids: gpd.GeoDataFrame
    agencies: Sequence[AgencyLayer]


def conflicts_section(facts: ConflictFacts) -> str:
    """Write why borders were kept or dropped: sums, the largest conflicts with pictures, more in a table.

    Parameters
    ----------
    facts : ConflictFacts

    Returns
    -------
    str
        HTML; empty without any reason.
    """
    if not len(facts.reasons):
        return ""
    lost = facts.reasons["overruled_m"] >= np.maximum(1.0, CONTESTED * facts.reasons["length_m"])
    argued = facts.reasons[~facts.reasons["why"].isin(SETTLED) & lost]
    argued = argued.sort_values(["overruled_m", "code", "other"], ascending=[False, True, True], kind="stable")
    cases = "".join(_case(at, row, facts) for at, row in enumerate(argued.head(PICTURES).to_dict("records"), start=1))
    shown, rest = argued.iloc[PICTURES : PICTURES + ROWS], max(len(argued) - PICTURES - ROWS, 0)
    more = ""
    if len(shown):
        heads = ("网格", "相邻网格", "处理", "原因", "长度（米）", "未采纳（米）", "各部门")
        left = f"其余 {rest:,} 处见 layer.gpkg 的 reason 图层" if rest else ""
        more = section(f"其他分歧（{len(shown)} 处）", table(heads, _rows(shown, facts)), note=left, folded=True)
    note = (
        "未采纳：与决定相反的部门意见，按部门权重折算的界线长度。原因只在查明时才写：例如“户数规则”是指，"
        "按多数部门的意见划界会使某个网格的户数不合规。任一网格可用 gridgeo explain 编码 查询。"
    )
    pictures = section(
        f"分歧最大的 {min(len(argued), PICTURES)} 处",
        agency_key(facts.agencies) + cases,
        note=f"至少 {CONTESTED:.0%} 的部门意见未被采纳的界线，按未采纳的长度排列。",
    )
    return section("界线为何在此", _sums(facts.reasons), note=note) + (pictures if cases else "") + more


def _sums(reasons: gpd.GeoDataFrame) -> str:
    """Return how much border was kept and dropped for what."""
    sums = reasons.groupby(["decision", "why"])[["length_m", "overruled_m"]].agg(["size", "sum"])
    rows: list[tuple[Cell, ...]] = []
    for decision, decided in DECISION_WORDS.items():
        for why, word in WHY_WORDS.items():
            if (decision, why) in sums.index:
                line = sums.loc[(decision, why)]
                rows.append((
                    decided, word, int(line["length_m", "size"]),
                    float(line["length_m", "sum"]) / 1000, float(line["overruled_m", "sum"]) / 1000,
                ))  # fmt: skip
    return table(("处理", "原因", "处数", "长度（千米）", "未采纳（千米）"), rows)


def _case(number: int, row: Mapping[str, Any], facts: ConflictFacts) -> str:
    """Return one conflict: a picture beside a paragraph."""
    kept = row["decision"] == "kept"
    grids = facts.grids.set_index("code")
    codes = [code for code in (row["code"], row["other"]) if code]
    names = [_named(grids, code) for code in codes]
    head = f"{number}. {' 与 '.join(names)}{'之间' if len(names) > 1 else '之内'}：{DECISION_WORDS[row['decision']]}"
    text = border_sentence(_plain(row), _names(facts), _rules(row["code"], facts), kept=kept)
    picture = conflict_picture(row["geometry"], facts.grids, facts.agencies, kept=kept, codes=codes)
    return (
        f'<div class="case">{picture}<div><h3>{html.escape(head)}</h3><p>{html.escape(text)}</p>'
        f'<p class="note">原因：{WHY_WORDS[row["why"]]}。</p></div></div>'
    )


def _named(grids: gpd.GeoDataFrame, code: str) -> str:
    """Return a grid's name, code and size."""
    row = grids.loc[code]
    return f"{row['full_name']}（{code}，{row['households']:,} 户）"


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as `border_sentence` wants it."""
    return {**row, "agencies": json.loads(row["agencies"])}


def _names(facts: ConflictFacts) -> dict[str, str]:
    """Return agency key → name."""
    return {layer.key: layer.name for layer in facts.agencies}


def _rules(code: str, facts: ConflictFacts) -> dict[str, Any]:
    """Return the sizes that a grid had to keep."""
    row = facts.outcomes[facts.outcomes["code"] == code].iloc[0]
    return {"households": [int(row["low"]), int(row["high"])]}


def _rows(shown: gpd.GeoDataFrame, facts: ConflictFacts) -> Iterator[tuple[Cell, ...]]:
    """Yield further conflicts as rows of a table."""
    names = _names(facts)
    for row in shown.to_dict("records"):
        found = json.loads(row["agencies"])
        votes = [(key, found[key]) for key in names if key in found]
        text = "；".join(f"{short_agency(names[key])} {yes:.0f}／{yes + no:.0f} 米划界" for key, (yes, no) in votes)
        yield (
            row["code"], row["other"] or "格内", DECISION_WORDS[row["decision"]], WHY_WORDS[row["why"]],
            round(float(row["length_m"]), 1), round(float(row["overruled_m"]), 1), text,
        )  # fmt: skip
