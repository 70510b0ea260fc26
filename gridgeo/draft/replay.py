"""A list of changes laid over a version, one after the other.

In: changes and a `Ground`. Out: the layer after them and what each did; the same list on the same version always gives
the same, bit for bit, which is how drafts are opened, published and proven.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gridgeo.draft.change import Change
from gridgeo.draft.ground import Ground
from gridgeo.draft.perform import perform
from gridgeo.draft.state import Delta, State
from gridgeo.errors import Refusal

__all__ = ["replay"]


def replay(
    changes: Iterable[Change], ground: Ground, *, named: Mapping[str, str] | None = None
) -> tuple[State, list[Delta]]:
    """Do changes in order.

    Parameters
    ----------
    changes : iterable of Change
    ground : Ground
        The version that they begin with.
    named : mapping of str to str, keyword-only, optional
        Provisional code → the code that is given instead.

    Returns
    -------
    State, list of Delta
        The layer after all of them, and what each did.

    Raises
    ------
    Refusal
        If one of them cannot be done (any more); the text says which.
    """
    state, deltas = State(ground=ground, named=named or {}), []
    for nth, change in enumerate(changes, 1):
        try:
            delta = perform(change, state)
        except Refusal as refusal:
            text = f"第 {nth} 项操作（{change.op}）无法进行：{refusal.text}"
            raise Refusal(
                refusal.kind, text, refusal.at, absorb=refusal.absorb, codes=refusal.codes
            ) from refusal  # fmt: skip
        state = state.after(delta)
        deltas.append(delta)
    return state, deltas
