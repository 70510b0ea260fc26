"""The index of a layer, kept beside it from one command to the next.

In: the grids of a layer, and where its index is kept. Out: `Indexed`: the file is opened if it is that of these grids,
renewed where some of them have changed since, else built anew; what was made is kept. All processes that open the file
share one copy. A file that cannot be read or written costs the time of building and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from gridgeo.errors import ReadError, TopologyError
from gridgeo.locate.index import GridIndex, build_index, code_column
from gridgeo.locate.index_file import open_saved, save_index
from gridgeo.locate.prints import Prints, prints_of
from gridgeo.store.base import Version, parse_url

__all__ = ["Indexed", "index_place", "indexed", "no_overlap"]

ENDING = ".index"
LEAST_KEPT = 8_000_000
"""Bytes; a smaller index is built in a tenth of a second (bench/assign.py)."""
MOST_RENEWED = 0.25
"""Share of grids up to which an index is renewed: each of them costs its blocks, and ended ones keep a row in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Indexed:
    """A layer's index, or why it can have none."""

    prints: Prints
    """What tells the layer from others."""
    found: GridIndex | TopologyError

    @property
    def answers(self) -> bool:
        """Tell whether there is an index."""
        return not isinstance(self.found, TopologyError)

    @property
    def index(self) -> GridIndex:
        """Return the index.

        Raises
        ------
        TopologyError
            If grids overlap: the layer was published with its faults, and can be looked at but not asked.
        """
        if isinstance(self.found, TopologyError):
            raise self.found
        return self.found


def indexed(
    grids: gpd.GeoDataFrame, *, place: Path | None = None, certified: bool = False, before: Indexed | None = None
) -> Indexed:
    """Return the index of a layer with as little work as can be.

    Parameters
    ----------
    grids : GeoDataFrame
        ``code`` and polygons.
    place : Path, optional
        Where the index is kept; see `index_place`.
    certified : bool, keyword-only
        True: the layer is known to be a coverage.
    before : Indexed, optional
        Of another version of the layer.

    Raises
    ------
    SchemaError
        If grids lack codes or geometry.
    """
    codes = code_column(grids)
    crs = grids.crs.to_string() if grids.crs else ""
    prints = prints_of(codes, grids.geometry.to_numpy(), crs)
    kept = _opened(place)
    if kept is not None and kept.prints.digest() == prints.digest():
        return kept
    for old in (before, kept) if certified else ():
        found = None if old is None else _renewed(old, prints, grids)
        if found is not None:
            return _kept(Indexed(prints, found), place)
    try:
        return _kept(Indexed(prints, build_index(grids, certified=certified, threads=os.cpu_count() or 1)), place)
    except TopologyError as error:
        return Indexed(prints, error)


def _renewed(old: Indexed, prints: Prints, grids: gpd.GeoDataFrame) -> GridIndex | None:
    """Return the index of another version from the one at hand; None where building it anew is less work."""
    if isinstance(old.found, TopologyError) or old.prints.crs != prints.crs or not len(grids):
        return None
    new, gone = prints.changed_since(old.prints)
    ended = len(old.found.codes) - len(old.prints.codes) + len(gone)
    if max(ended, int(new.sum())) > MOST_RENEWED * len(grids):
        return None
    return old.found.renewed(sorted(gone), grids[grids["code"].isin(prints.codes[new])])


def _opened(place: Path | None) -> Indexed | None:
    """Open what is kept, if anything is."""
    if place is None:
        return None
    try:
        saved = open_saved(place)
    except ReadError:
        return None
    rows = np.array([row for row, code in enumerate(saved.index.codes) if code is not None], np.int64)
    rows = rows[np.argsort(saved.index.codes[rows], kind="stable")]
    return Indexed(Prints(saved.index.codes[rows], saved.marks[rows], saved.index.crs), saved.index)


def _kept(made: Indexed, place: Path | None) -> Indexed:
    """Keep an index that is worth it; return it as it is kept, so that all processes share one copy."""
    index = made.index
    if place is None or index.nbytes < LEAST_KEPT:
        return made
    row = {code: at for at, code in enumerate(index.codes) if code is not None}
    marks = np.zeros(len(index.codes), np.uint64)
    marks[[row[code] for code in made.prints.codes]] = made.prints.marks
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        save_index(index, place, digest=made.prints.digest(), marks=marks)
        return _opened(place) or made
    return made


def no_overlap(version: Version) -> bool:
    """Tell whether a version is known to be a coverage: somebody may have published a layer with its faults."""
    return version.certificate.get("overlap_count") == 0 and version.certificate.get("invalid") == 0


def index_place(where: str | Path) -> Path | None:
    """Return where the index of a layer is kept.

    Parameters
    ----------
    where : str or Path
        ``FILE``, ``FILE::LAYER`` or store URL.

    Returns
    -------
    Path or None
        Beside a file; for a database, in the folder that the system gives programs for such things. None if there is no
        such folder.
    """
    text = str(where)
    if not text.startswith("postgresql:"):
        file = parse_url(text)[1] if text.startswith("gpkg:") else text
        path, _, layer = file.partition("::")
        return Path(f"{path}{f'.{layer}' if layer else ''}{ENDING}")
    folder = _cache_folder()
    mark = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return None if folder is None else folder / f"{mark}{ENDING}"


def _cache_folder() -> Path | None:
    """Return the user's folder for what programs can make again."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local, "gridgeo", "Cache") if local else None
    named = os.environ.get("XDG_CACHE_HOME")
    try:
        home = Path.home()
    except RuntimeError:
        return None
    usual = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return Path(named) / "gridgeo" if named else usual / "gridgeo"
