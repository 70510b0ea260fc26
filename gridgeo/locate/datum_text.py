"""What a `Verdict` says: English for errors and programs, Chinese for planners, always with the figures.

In: a verdict. Out: sentences. Nothing is decided here.
"""

from __future__ import annotations

from gridgeo.locate.datum import Verdict

__all__ = ["chinese", "english"]


def english(verdict: Verdict) -> str:
    """Say in one sentence what was shown, or why nothing can be."""
    best, names, off = verdict.best, verdict.named, verdict.off_m or 0
    told = {
        "shown": f"the addresses show {best}",
        "no_names": "no address names a community or street of the layer",
        "nowhere": "no common reading puts the points near the layer",
        "swapped": "x and y are exchanged",
        "disagree": f"most addresses agree with no reading, not even {best}",
        "alike": f"too few rows lie near borders to tell {best} from another reading",
        "mixed": f"some rows speak for {best} and some for another reading: the register mixes datums, or its "
        "addresses are those of neighbours",
        "few_places": f"the rows that speak for {best} are of {verdict.places} places only, which is no proof",
        "loose": f"{best} agrees best, but hardly better than points shifted by 300 m would",
        "shifted": f"{best} agrees best, but points shifted by {off:.0f} m agree better: the register is in a system "
        "that is none of these",
    }[verdict.reason]
    sentence = f"{told} ({names:,} rows name a place{_counts(verdict)})"
    return sentence if verdict.shown else f"the datum cannot be shown: {sentence}"


def _counts(verdict: Verdict) -> str:
    """Give the figures of every reading."""
    if not verdict.fits:
        return ""
    listed = "; ".join(
        f"{fit.name} {fit.agree:,}" + (f", against the best {fit.best_only:,} to {fit.this_only:,}" if at else "")
        for at, fit in enumerate(verdict.fits)
    )
    return f"; of {verdict.witnesses:,} without repetition agree: {listed}"


def chinese(verdict: Verdict) -> str:
    """Say the same to planners."""
    best, off = _spelled(verdict.best), verdict.off_m or 0
    told = {
        "shown": f"地址与网格的吻合情况表明坐标为 {best}",
        "no_names": "没有地址写明本图层的社区或街道，无法据此判断坐标系",
        "nowhere": "按任何常见坐标系读取，坐标都不在图层附近",
        "swapped": "横纵坐标颠倒：请以经度（或东坐标）为 x、纬度（或北坐标）为 y",
        "disagree": f"按任何坐标系读取，多数地址与所在网格都不吻合（最好的是 {best}），请核对地址与坐标是否对应",
        "alike": f"社区边界附近写明社区的记录太少，无法把 {best} 与其他坐标系区分开",
        "mixed": f"一部分记录支持 {best}，另一部分支持其他坐标系：疑为多种坐标系混在一个文件里，或地址写的是邻近社区",
        "few_places": f"支持 {best} 的记录只来自 {verdict.places} 个社区或街道，不足为证",
        "loose": f"{best} 吻合最好，但整体平移 300 米也几乎同样吻合，不足为证",
        "shifted": f"{best} 吻合最好，但再平移约 {off:.0f} 米更为吻合：坐标很可能属于其他（如地方独立）坐标系",
    }[verdict.reason]
    figures = f"{verdict.named} 条地址写明地点"
    if verdict.fits:
        listed = "，".join(
            f"{fit.name.replace(' with x and y exchanged', '（两轴对调）')} {fit.agree}" for fit in verdict.fits
        )
        figures += f"；去重后 {verdict.witnesses} 条，各坐标系下吻合：{listed}"
    return f"{told}（{figures}）。"


def _spelled(name: str) -> str:
    """Name a reading to planners."""
    return name.replace(" with x and y exchanged", "（两轴对调）")
