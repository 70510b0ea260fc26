"""Exclusive sites that cut their host ground apart.

In: a city laid out, and the grid of every atom. Out: a finding for every site without which the ground around it would
hang together, and with which it lies in several grids. After `gridgeo.partition.resolve`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgeo.model import Finding
from gridgeo.partition.lay import Laid
from gridgeo.partition.problem import connected

__all__ = ["hosts_divided"]

Ints = NDArray[np.int64]


def hosts_divided(laid: Laid, grid: Ints) -> Iterator[Finding]:
    """Tell the sites that divide their host: the base grids they were cut out of, or their community without a base.

    Parameters
    ----------
    laid : Laid
    grid : array of int64, (n,)
        Grid of each atom.
    """
    atoms, sites = laid.atoms, laid.inputs.exclusives
    host = atoms.community if laid.base < 0 else atoms.label[:, laid.base]
    pair = atoms.borders.pair[atoms.borders.open_m >= laid.inputs.city.rules.min_border_m]
    shapes = np.asarray(sites.geometry.values, object)
    for site in np.unique(atoms.exclusive[(atoms.exclusive >= 0) & (atoms.exclusive < laid.first_lock)]).tolist():
        own = atoms.exclusive == site
        for number in np.unique(host[own & (host >= 0)]).tolist():
            ground = (host == number) & ((atoms.exclusive < 0) | own)
            parted = _parted(pair, ground, own)
            grids = np.unique(grid[parted])
            if len(grids) < 2:
                continue
            name = sites["name"].iat[site]
            text = f"专属网格{name}把{_host_name(laid, number)}隔开，剩下的地面分在 {len(grids)} 个网格中"
            shape = shapely.make_valid(shapes[site])
            area_m2 = float(atoms.area_m2[own].sum())
            yield Finding("note", "host_divided", "exclusive", text, str(sites["id"].iat[site]), area_m2, shape)


def _parted(pair: Ints, ground: NDArray[np.bool_], site: NDArray[np.bool_]) -> Ints:
    """Return the atoms of a ground that hangs together only through a site; empty if it does not, or does without."""
    size = len(ground)
    whole = connected(size, pair[ground[pair].all(axis=1)])
    rest = ground & ~site
    left = connected(size, pair[rest[pair].all(axis=1)])
    around = rest & np.isin(whole, whole[site])
    cut = len(np.unique(left[around])) > len(np.unique(whole[around]))
    return np.flatnonzero(around) if cut else np.empty(0, np.int64)


def _host_name(laid: Laid, number: int) -> str:
    """Return what planners call a host."""
    if laid.base < 0:
        return str(laid.communities["name"].iat[number])
    source_id = laid.stack.features[laid.base]["source_id"].iat[number]
    return f"{laid.stack.agencies[laid.base].name} {source_id}"
