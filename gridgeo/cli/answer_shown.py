"""Answers of ``gridgeo locate`` for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["STATUSES", "answer_lines"]

STATUSES = {
    "sure": "确定", "ambiguous": "有几种可能", "interpolated": "按相邻门牌推定", "parent": "只能确定到上一级",
    "outside": "不在本市，或不在任何网格内", "unknown": "没有找到",
}  # fmt: skip
OF_ANOTHER_TIME = {"retired", "not_yet"}
MOST_SHOWN = 10
"""Candidates that are shown; --json has all."""
FIGURES = ("households", "enterprises", "population")


def answer_lines(answer: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of an answer: status, grid, place, doubts, candidates, and what to ask.

    Parameters
    ----------
    answer : dict
        From `gridgeo.jobs.locate.locate`.
    """
    status = answer["status"]
    head = f"{status}  {answer['code'] or ''}  {' / '.join(answer['chain'])}".rstrip()
    sure = "" if status == "sure" and answer["confidence"] == 1 else f"，把握 {answer['confidence']:.0%}"
    yield head
    if not OF_ANOTHER_TIME & {fault["kind"] for fault in answer["faults"]}:  # the fault says it better
        yield f"  {STATUSES[status]}{sure if answer['confidence'] else ''}"
    grid = answer["grid"] or {}
    counts = [f"{name} {grid[name]}" for name in FIGURES if name in grid]
    if counts:
        yield "  " + ", ".join(counts)
    if answer["place"] and (answer["place"]["id"] or answer["place"]["text"] is None):
        yield f"  地点：{_place(answer['place'])}"
    for fault in answer["faults"]:
        yield f"  {fault['text']}"
    for one in answer["candidates"][:MOST_SHOWN]:
        yield from _candidate(one)
    if len(answer["candidates"]) > MOST_SHOWN:
        yield f"  其余 {len(answer['candidates']) - MOST_SHOWN} 个见 --json"
    if answer.get("question"):
        yield f"  {answer['question']}"
    for one in answer.get("answers", []):
        yield f"{one['query']}："
        yield from (f"  {line}" for line in answer_lines(one))


def _candidate(one: dict[str, Any]) -> Iterator[str]:
    """Yield the line of a candidate; those of a coordinate are told by the faults."""
    if "since" in one:
        shares = f"面积 {one['area_share']:.0%}，户数 {one['household_share']:.0%}"
        yield f"  {one['code']}  {one['full_name']}  {shares}，{one['since']} 起"
    elif "datum" not in one:
        place = f"  {_place(one['place'])}" if one.get("place") else ""
        yield f"  {one['code'] or '网格之外'}  {one['full_name'] or ''}{place}".rstrip()


def _place(place: dict[str, Any]) -> str:
    """Return a place in words: its name and address, and where it is."""
    words = [place.get("name"), place.get("text"), f"({place['x']:.6f}, {place['y']:.6f})"]
    return " ".join(word for word in words if word)
