"""How much the agencies want a border between two atoms.

In: atoms and the agencies' weights. Out: for every border between atoms the price of keeping it minus the price of
dropping it, in metres. Part of `gridgeo.partition.resolve`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.atoms import Atoms

__all__ = ["BARRIER_PULL", "border_share", "cut_cost_m"]

BARRIER_PULL = {"river": 0.3, "rail": 0.3, "arterial": 0.2, "wall": 0.2, "street": 0.05}
"""How much a barrier raises the share of agencies that want a border: chosen, rivers and arterials as in
design/partition.md; streets only break ties, since most blocks are bounded by them."""


def border_share(atoms: Atoms, weight: NDArray[np.float64], layer_pull: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted share of agencies that see a border between the atoms of each pair.

    Parameters
    ----------
    atoms : Atoms
    weight : array of float64, (agencies,)
    layer_pull : array of float64, (layers,)
        `BARRIER_PULL` of barrier layers, 0 for others.

    Returns
    -------
    array of float64, (p,)
        In [0, 1]; 1/2 where no agency has an opinion on both sides and no barrier runs.
    """
    one, two = atoms.label[atoms.borders.pair[:, 0]], atoms.label[atoms.borders.pair[:, 1]]
    speaks = (one >= 0) & (two >= 0)
    heard = (speaks * weight).sum(axis=1)
    wants = ((speaks & (one != two)) * weight).sum(axis=1)
    share = np.divide(wants, heard, out=np.full(len(heard), 0.5), where=heard > 0)
    pull = atoms.borders.layer_m @ layer_pull / np.maximum(atoms.borders.length_m, 1e-9)
    return np.clip(share + pull, 0.0, 1.0)


def cut_cost_m(atoms: Atoms, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the disagreement in metres that a border between two atoms adds: length x (1 - 2 x share).

    Positive where most agencies see none, negative where most want one. Summed over a partition's borders this is,
    up to a constant, the length-weighted disagreement with all agencies' partitions (correlation clustering).
    """
    return atoms.borders.length_m * (1.0 - 2.0 * share)
