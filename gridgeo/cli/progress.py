"""A progress bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

__all__ = ["stages"]

Tell = Callable[[str, int, int], None]
"""Is told (stage, done, of); from `gridgeo.partition.merge` it would load all of the merge."""

_NAMES = {
    "read": "读取", "repair": "检查修复", "arrange": "叠合", "divide": "切分", "resolve": "归并", "assemble": "成形",
    "number": "编码", "write": "写出", "publish": "入库", "draw": "出图", "compare": "比较",
    "assign": "归入网格", "locate": "查询",
}  # fmt: skip

SLOWEST_RATE = 20
"""Stages with fewer steps a second show no rate. Chosen."""


class _Rate(ProgressColumn):
    """How many a second, where there are enough for it to mean something."""

    def render(self, task: Task) -> Text:
        """Write the rate."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed and speed >= SLOWEST_RATE else "")


@contextmanager
def stages() -> Iterator[Tell]:
    """Yield a callback (stage, done, of) that moves one bar per stage."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    tasks: dict[str, int] = {}

    def tell(stage: str, done: int, of: int) -> None:
        if stage not in tasks:
            for name, task in tasks.items():
                total = bar.tasks[bar.task_ids.index(task)].total  # type: ignore[arg-type]
                bar.update(task, completed=total, description=_NAMES.get(name, name))  # type: ignore[arg-type]
            tasks[stage] = bar.add_task(_NAMES.get(stage, stage), total=of)
        bar.update(tasks[stage], completed=done, total=of)  # type: ignore[arg-type]

    if not bar.console.is_terminal:
        yield lambda *_: None
        return
    with bar:
        yield tell
