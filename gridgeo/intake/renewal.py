"""A register handed in again: what is new, what changed, what stays and costs nothing, what is gone.

In: the places of one kind that are known, and `gridgeo.intake.entries.Entries`. Out: a `Renewal`, which ends and begins
rows and rewrites none. Called by `gridgeo.jobs.registers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridgeo.intake.entries import CONTENT, Entries

__all__ = ["SAME_M", "Renewal", "renewal"]

SAME_M = 0.001
"""A place that moved by less is where it was: the precision of the layer."""

DISTANCES = ("x", "y", "registered_x", "registered_y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What a register changes."""

    came: pd.DataFrame
    """New rows: ``id, nth`` and the columns of `CONTENT`; what the file says nothing about is as it was."""
    went: NDArray[np.int64]
    """Numbers (``fid``) of the rows that end, in order."""
    added: int
    changed: int
    unchanged: int
    gone: int
    """Ids that the register no longer has and that were taken out."""


def renewal(known: pd.DataFrame, last: Mapping[str, int], entries: Entries, *, complete: bool = False) -> Renewal:
    """Compare a register with what is known.

    Parameters
    ----------
    known : DataFrame
        ``fid, id`` and the columns of `CONTENT`, one row or more per id: what is there now. Without `complete`, only
        ids that the register names matter.
    last : mapping of str to int
        Id → the highest ``nth`` it ever had.
    entries : Entries
    complete : bool, keyword-only
        The register is whole: what it does not name, not even in a refused row, is gone.

    Notes
    -----
    Of several known rows of one id (a register that repeated it was merged) one remains.
    """
    new = entries.table
    pairs = known.merge(new, on="id", suffixes=("", "_new"))
    same = _same(pairs, entries.given)
    stays = pairs[same].drop_duplicates("id")
    fids = set(stays["fid"].tolist())
    others = [fid for fid in pairs["fid"].tolist() if fid not in fids] if len(fids) < len(pairs) else []
    unchanged = set(stays["id"].tolist())
    before = pairs[~pairs["id"].isin(unchanged)].drop_duplicates("id").set_index("id")
    came = new[~new["id"].isin(unchanged)].drop(columns="record").reset_index(drop=True)
    changed = came["id"].isin(before.index).to_numpy()
    _inherit(came, changed, before, entries.given)
    came["nth"] = [last.get(name, 0) + 1 for name in came["id"].tolist()]
    lost = known[~known["id"].isin(entries.spoken_of)] if complete else known.iloc[:0]
    return Renewal(
        came=came,
        went=np.array(sorted([*others, *lost["fid"].tolist()]), np.int64),
        added=int((~changed).sum()),
        changed=int(changed.sum()),
        unchanged=len(unchanged),
        gone=int(lost["id"].nunique()),
    )


def _same(pairs: pd.DataFrame, given: frozenset[str]) -> NDArray[np.bool_]:
    """Tell which pairs say the same in everything that the register speaks of."""
    same = np.ones(len(pairs), bool)
    for name in (one for one in CONTENT if one in given):
        old, new = pairs[name].to_numpy(), pairs[f"{name}_new"].to_numpy()
        if name in DISTANCES:
            old, new = old.astype(float), new.astype(float)
            same &= (np.abs(old - new) <= SAME_M) | (np.isnan(old) & np.isnan(new))
        elif name == "located_by":  # rows that were never located do not say by what
            same &= (old == new) | np.isnan(pairs["x"].to_numpy(float))
        else:
            same &= old == new
    return same


def _inherit(came: pd.DataFrame, changed: NDArray[np.bool_], before: pd.DataFrame, given: frozenset[str]) -> None:
    """Let rows that change keep what the register says nothing about."""
    if not changed.any():
        return
    names = came.loc[changed, "id"]
    for name in (one for one in CONTENT if one not in given):
        came.loc[changed, name] = before.loc[names, name].to_numpy()
