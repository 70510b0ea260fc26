"""The life of a draft: which step follows on which, and what must be there first.

draft → submitted → (returned → submitted …) → approved → published, or dropped on the way. Changes are only made while
it is a draft or returned.
"""

from __future__ import annotations

from gridgeo.errors import VersionConflict

__all__ = ["EDITABLE", "STEPS", "step"]

EDITABLE = ("draft", "returned")
STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "submit": (("draft", "returned"), "submitted"),
    "return": (("submitted", "approved"), "returned"),
    "approve": (("submitted",), "approved"),
    "publish": (("approved",), "published"),
    "drop": (("draft", "submitted", "returned", "approved"), "dropped"),
}
"""Step → the states that it may follow on, the state that it leads to."""


def step(act: str, state: str, number: int) -> str:
    """Return the state that a step leads to.

    Raises
    ------
    VersionConflict
        If the draft is in no state for it; the message says which steps are open.
    """
    allowed, after = STEPS[act]
    if state in allowed:
        return after
    way = [name for name, (states, _) in STEPS.items() if state in states]
    open_now = f"possible now: {', '.join(way)}" if way else "nothing can be done with it any more"
    raise VersionConflict(f"draft {number} is in state {state}, in which {act} is not possible; {open_now}")
