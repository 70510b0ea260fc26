"""The small city with five versions, the last of which holds only from 2099.

::

    1 from 2026-01-01    2 from 2026-03-01    3 from 2026-05-01    4 from 2026-07-01    5 from 2099-01-01
    +-----+-----+        +--+--+-----+        +--+--+-----+        +--+--+-----+        C is called 河畔网格,
    |  A  |  C  |        |A | E|  C  |        |A |  |  C  |        |A | F|  C  |        D is locked
    +-----+-----+        +--+--+-----+        +--+  +-----+        +--+--+-----+
    |  B  |  D  |        |  B  |  D  |        |  B  |  D  |        |  B  |  D  |
    +-----+-----+        +-----+-----+        +-----+-----+        +-----+-----+

The household of A's old ground lies in E. In version 3 E was retired; since version 4 F has its ground.
"""

from datetime import date
from typing import Any

import small_city

from gridgeo.jobs.drafts import Desk
from gridgeo.store.base import Store

A, B, C, D = "411102001001001", "411102001001002", "411102001002001", "411102001002002"
E, F = "411102001001003", "411102001001004"

STEPS: list[tuple[str, date, list[dict[str, Any]]]] = [
    (
        "拆分第1网格",
        date(2026, 3, 1),
        [{"op": "split", "code": A, "line": "LINESTRING (500040 3700300, 500040 3700050)", "keep": [500020, 3700150]}],
    ),
    ("合并", date(2026, 5, 1), [{"op": "merge", "codes": [B, E], "survivor": B}]),
    (
        "再拆分",
        date(2026, 7, 1),
        [{"op": "split", "code": B, "line": "LINESTRING (499900 3700100, 500110 3700100)", "keep": [500050, 3700050]}],
    ),
    (
        "更名与锁定",
        date(2099, 1, 1),
        [{"op": "rename", "code": C, "name": "河畔网格"}, {"op": "lock", "code": D, "reason": "迁建中"}],
    ),
]


def publish_first(store: Store) -> None:
    """Publish version 1."""
    store.publish_first(small_city.publication_of(), by="张三", effective=date(2026, 1, 1))


def publish_later(store: Store, steps: range = range(4)) -> None:
    """Publish the versions after it through drafts."""
    desk = Desk(store)
    for title, effective, changes in (STEPS[step] for step in steps):
        draft = desk.open(title, by="张三")
        for change in changes:
            desk.change(draft.number, change, by="张三")
        desk.step(draft.number, "submit", by="张三")
        desk.step(draft.number, "approve", by="李四")
        desk.publish(draft.number, by="李四", effective=effective)


def publish(store: Store, steps: int = 4) -> Store:
    """Publish version 1 and the ones after it."""
    publish_first(store)
    publish_later(store, range(steps))
    return store
