"""A community settled as planners ask, as far as the rules allow.

In: a `Task` with wishes. Out: a `Settled`, and what could not be granted and why. Called by
`gridgeo.partition.resolve`; the work is done by `gridgeo.partition.settle`.

The size rules come first: a wish that would break one that can be kept is not granted, and said so. So is one that no
grouping in connected grids grants. All others are.
"""

from __future__ import annotations

from collections.abc import Callable

from gridgeo.partition.kernel import Task
from gridgeo.partition.problem import Grouping
from gridgeo.partition.settle import Settled, never, settle
from gridgeo.partition.wishes import Asked, Refusal, counts_of, with_wishes

__all__ = ["settle_as_asked"]


def settle_as_asked(
    task: Task, *, seconds: float, seed: int, stop: Callable[[], bool] = never
) -> tuple[Settled, tuple[Refusal, ...]]:
    """Group one community's atoms into grids, granting its wishes where that is possible.

    Parameters
    ----------
    task : Task
    seconds, seed, stop : keyword-only
        See `gridgeo.partition.settle.settle`. Where not all wishes can be granted, each is tried by itself, and takes
        as long again.
    """
    possible, refusals = _possible(task)
    granted = with_wishes(task, possible)
    settled = settle(granted, seconds=seconds, seed=seed, stop=stop)
    if not possible or (_granted(granted, settled) and settled.worth.breach <= task.problem.unavoidable):
        return settled, refusals
    free = settle(with_wishes(task, ()), seconds=seconds, seed=seed, stop=stop)
    if _granted(granted, settled) and settled.worth.breach <= free.worth.breach:
        return settled, refusals
    kept, best, told = list[Asked](), free, list(refusals)
    for wish in possible:
        granted = with_wishes(task, [*kept, wish])
        settled = settle(granted, seconds=seconds, seed=seed, stop=stop)
        if _granted(granted, settled) and settled.worth.breach <= free.worth.breach:
            kept.append(wish)
            best = settled
        else:
            told.append(Refusal(wish.agency, wish.ids, f"{wish.text}：{_why(granted, settled, free)}"))
    return best, tuple(told)


def _possible(task: Task) -> tuple[list[Asked], tuple[Refusal, ...]]:
    """Return the wishes that sums do not rule out."""
    possible, refusals = [], []
    for wish in task.asked:
        least, most = counts_of(task.problem) if wish.kind == "count" else (0, 0)
        if wish.kind != "count" or least <= wish.count <= most:
            possible.append(wish)
            continue
        limits, total = task.problem.limits, int(task.problem.households.sum())
        interval = f"{least}–{most}" if least < most else f"{least}"
        sizes = f"（共 {total} 户，每格 {limits.low}–{limits.high} 户）" if task.problem.households.any() else ""
        why = f"按规模和地形只能分成 {interval} 个网格{sizes}"
        refusals.append(Refusal(wish.agency, wish.ids, f"{wish.text}：{why}"))
    return possible, tuple(refusals)


def _granted(task: Task, settled: Settled) -> bool:
    """Tell whether a grouping grants the wishes of a task's problem."""
    one = all(len(set(settled.group[list(w.grounds[0])].tolist())) == 1 for w in task.asked if w.kind == "together")
    return one and task.problem.unmet(Grouping(settled.group, settled.heir)) == 0


def _why(task: Task, settled: Settled, free: Settled) -> str:
    """Say why a wish was not granted."""
    if not _granted(task, settled):
        return "没有找到既连通又满足此要求的分法（也可能与前面的要求矛盾）"
    return f"照办则有 {settled.worth.broken} 个网格规模不合规，不照办只有 {free.worth.broken} 个；规模优先"
