"""Who wants which border.

In: atoms with every agency's grid and all borders between them. Out: the agencies' votes on every border. Part of
`gridgeo.partition.account`, before `gridgeo.partition.reasons`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridgeo.partition.atoms import Borders

__all__ = ["Opinions", "Votes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """Who wants which border, for all borders between atoms, also those between communities."""

    keys: tuple[str, ...]
    """(agencies,)"""
    label: NDArray[np.int64]
    """(n, agencies) grid of each agency, -1 = no opinion."""
    weight: NDArray[np.float64]
    """(agencies,)"""
    kind: tuple[str, ...]
    """(layers,) barrier class of each layer of the arrangement, "" for others."""
    pull: NDArray[np.float64]
    """(layers,) how much a layer raises the share of agencies that want a border."""
    borders: Borders
    community: NDArray[np.int64]
    """(n,)"""
    proven: NDArray[np.bool_]
    """(communities,) whether no better partition exists."""
    min_border_m: float

    @property
    def sides(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(p, agencies) labels on both sides of every border."""
        return self.label[self.borders.pair[:, 0]], self.label[self.borders.pair[:, 1]]


class Votes:
    """The agencies' votes on every border.

    Parameters
    ----------
    opinions : Opinions

    Attributes
    ----------
    want, against : array of bool, (p, agencies)
        Whether an agency sees a border between two atoms, and whether it sees none; neither where it is silent.
    heard : array of bool, (p,)
        Whether any agency speaks.
    agreed : array of float64, (p,)
        Weighted share of the agencies that speak and want the border; 1/2 where none speaks.
    share : array of float64, (p,)
        The same with the pull of barriers, which is what the partition was made by.
    """

    def __init__(self, opinions: Opinions) -> None:
        one, two = opinions.sides
        speaks = (one >= 0) & (two >= 0)
        self.want = speaks & (one != two)
        self.against = speaks & (one == two)
        heard = (speaks * opinions.weight).sum(axis=1)
        wants = (self.want * opinions.weight).sum(axis=1)
        self.agreed = np.divide(wants, heard, out=np.full(len(heard), 0.5), where=heard > 0)
        self.heard = heard > 0
        length_m = np.maximum(opinions.borders.length_m, 1e-9)
        self.share = np.clip(self.agreed + opinions.borders.layer_m @ opinions.pull / length_m, 0.0, 1.0)
