"""What became of a community: its disagreement with all agencies, what moved, which rules are broken and why.

In: a `Task` and how it was settled. Out: figures and Chinese sentences for the report. Part of
`gridgeo.partition.resolve`.
"""

from __future__ import annotations

import numpy as np

from gridgeo.model import CommunityReport
from gridgeo.partition.kernel import Task
from gridgeo.partition.plan import Limits
from gridgeo.partition.problem import DM, Grouping, connected
from gridgeo.partition.settle import Settled

__all__ = ["report_on", "violations"]


def report_on(task: Task, settled: Settled, *, code: str, name: str, grids: int, seconds: float) -> CommunityReport:
    """Return a community's figures.

    Parameters
    ----------
    task : Task
    settled : Settled
    code, name : str, keyword-only
    grids : int, keyword-only
        Also exclusive ones.
    seconds : float, keyword-only
    """
    problem = task.problem
    objective = problem.floor_m + settled.worth.disagreement_dm / DM
    bound = None if settled.bound_dm is None else min(objective, problem.floor_m + settled.bound_dm / DM)
    if settled.status == "optimal":
        bound = objective
    gap = None if bound is None else (objective - bound) / objective if objective > 0 else 0.0
    grouping = Grouping(settled.group, settled.heir)
    return CommunityReport(
        code=code, name=name, atoms=problem.size + sum(len(members) for members, _ in task.sites), grids=grids,
        status=settled.status, objective=round(objective, 3), bound=None if bound is None else round(bound, 3),
        gap=None if gap is None else round(gap, 6), seconds=seconds,
        moved_households=problem.moved(grouping) if problem.bases else 0, kept_grids=_kept(task, grouping),
    )  # fmt: skip


def _kept(task: Task, grouping: Grouping) -> int:
    """Count the base grids whose ground is exactly that of their successor."""
    kept = 0
    for g, b in enumerate(grouping.heir.tolist()):
        kept += b >= 0 and bool(np.array_equal(grouping.group == g, task.problem.own[:, b]))
    return kept


def violations(task: Task, settled: Settled) -> list[tuple[int, str]]:
    """Say which general grids break the size rules, and what is proven about it.

    Returns
    -------
    list of (group, Chinese sentence)
    """
    problem = task.problem
    limits = problem.limits
    grouping = Grouping(settled.group, settled.heir)
    excess = problem.excesses(grouping)
    peopled = bool(problem.population.any())  # else no register tells people: 0 would not be a fact
    total = int(problem.households.sum())
    found = []
    for g in np.flatnonzero(excess).tolist():
        inside = settled.group == g
        households, people = int(problem.households[inside].sum()), int(problem.population[inside].sum())
        size = f"{households} 户 {people} 人" if peopled else f"{households} 户"
        part = connected(problem.size, problem.pair[problem.walk])
        around = int(problem.households[np.isin(part, part[inside])].sum())
        if not limits.counts(total):
            reason = f"全社区（专属网格除外）{total} 户{_interval(limits, total)}，不可避免"
        elif not limits.counts(around):
            reason = f"被河流等硬边界隔开的这一片共 {around} 户，{_interval(limits, around)}，不可避免"
        elif int(problem.households[inside].max()) > limits.high:
            reason = "其中一个地块（同一地点或不可分割的楼院）已超过上限，不可避免"
        elif settled.feasible is False and settled.status == "optimal":
            reason = "求解器已证明：沿现有界线的任何连通分法都有不合规的网格，这里是偏差最小的一种"
        elif settled.feasible is False:
            reason = "求解器已证明：沿现有界线的任何连通分法都有不合规的网格；这里是限时内找到的最好的一种"
        else:
            reason = "限时内没有找到合规的分法，未能证明是否存在；可增大 seconds_per_community"
        found.append((g, f"{size}：{reason}"))
    return found


def _interval(limits: Limits, households: int) -> str:
    """Say why so many households cannot be divided: the least and the largest number of grids contradict each other."""
    least, most = -(-households // limits.high), households // limits.low
    either = f"最多只能分 {most} 个" if most else "不够一个网格"
    return f"无法分成 {limits.low}–{limits.high} 户的网格（按上限至少要分 {least} 个，按下限{either}）"
