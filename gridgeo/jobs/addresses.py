"""Job: the city's addresses and places into the store's library; other names; what dispatchers found out.

In: an open store and an `AddressForm`, or single entries. Out: an `AddressReport` and, in the store, rows for the
matching engine. A row that says the same as before costs nothing; rows of other sources are not touched. Before:
``gridgeo merge`` or ``import``, which say the city's CRS and extent; next: the index is built from
`gridgeo.store.addresses.AddressShelf`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from gridgeo.crs import to_city
from gridgeo.errors import CRSError, InputError, NotFoundError
from gridgeo.intake.address_entries import MOST_TOLD, AddressEntries, checked_addresses
from gridgeo.intake.address_file import AddressFile, AddressForm, read_address_file
from gridgeo.intake.address_renewal import address_renewal
from gridgeo.intake.entries import Refused
from gridgeo.jobs.address_private import without_phones
from gridgeo.locate.plausible import MARGIN_M, beyond_m, unfit
from gridgeo.store.addresses import AddressShelf, Change
from gridgeo.store.base import Store
from gridgeo.store.registers import RegisterBook

__all__ = ["ENTERPRISES", "AddressReport", "load_addresses", "load_enterprises", "remove_addresses"]

ENTERPRISES = "企业登记"
"""The source of rows that come from the store's own register of enterprises."""
LONGEST_SOURCE = 100
FEW = 20_000
"""Of more ids than this all rows of the source are read: one pass is quicker than twenty questions."""

Tell = Callable[[str, int, int], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressReport:
    """What became of a file."""

    change: int | None
    """Its number in the journal; None: nothing changed, and nothing was written."""
    source: str
    rows: int
    places: int
    """Of the rows taken: those with a name of their own."""
    added: int
    changed: int
    unchanged: int
    gone: int
    repeated: int
    """Rows that said the same as another one of their id."""
    far: int
    """Rows taken that lie far outside the layer."""
    refused_rows: int
    refused: list[Refused] = field(default_factory=list)
    """In order; of very many for one reason the first `MOST_TOLD`."""
    settled: list[Refused] = field(default_factory=list)
    """Rows put aside for a later one of their id."""
    doubts: list[Refused] = field(default_factory=list)
    """Rows taken that should be looked at."""
    notes: list[str] = field(default_factory=list)
    """Chinese sentences on the file as a whole."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @property
    def counts(self) -> dict[str, int]:
        """Return what the store keeps of it: numbers and no ids."""
        names = ("rows", "places", "added", "changed", "unchanged", "gone", "repeated", "far")
        return {**{name: int(getattr(self, name)) for name in names}, "refused": self.refused_rows}


def load_addresses(
    store: Store,
    form: AddressForm,
    *,
    by: str,
    source: str = "",
    complete: bool = False,
    last_wins: bool = False,
    at: datetime | None = None,
    tell: Tell = lambda *_: None,
) -> AddressReport:
    """Load addresses or places into the library.

    Parameters
    ----------
    store : Store
        With a published layer.
    form : AddressForm
    by : str, keyword-only
        Who loads it, for the audit.
    source : str, keyword-only
        Under which the rows are kept; by default the name of the file without its ending. The same source again adds
        rows and changes those whose ids it has.
    complete : bool, keyword-only
        The file is the whole source: rows that it does not name are removed.
    last_wins : bool, keyword-only
        Of rows with one id that contradict each other the last is taken; else none of them is.
    at : datetime, keyword-only, optional
        By default now.
    tell : callable, keyword-only
        Told stage, done and of how many.

    Returns
    -------
    AddressReport

    Raises
    ------
    NotFoundError
        If nothing is published in the store.
    InputError, CRSError
        If the file cannot be read or used, its columns are exchanged, or its coordinates cannot be in the system that
        was named.
    StoreError
        If the database refuses; nothing is changed then.
    """
    source = _source_name(source or PurePath(form.source.file).stem)
    with store.snapshot() as reader:
        crs, bounds = str(reader.layer().crs), reader.extent(reader.resolve(None))
    file = without_phones(read_address_file(form, tell=lambda done, of: tell("read", done, of)))
    tell("compare", 0, 1)
    misfit = unfit(file.x, file.y, file.stated, layer_crs=crs, bounds=bounds)
    if misfit is not None and misfit.kind != "far":
        sentence = f"{form.source.file}, record {file.records[misfit.row]}: {misfit.sentence}"
        if misfit.kind == "swapped":
            raise InputError(f"{sentence}; name --x and --y the other way round")
        raise CRSError(sentence)
    entries = checked_addresses(file, form, crs, last_wins=last_wins)
    far, doubts = _far(entries, file, crs, bounds)
    if misfit is not None and far and far == len(entries.table):
        raise InputError(f"{form.source.file}: {misfit.sentence}")
    del file
    change = Change(
        act="load", by=by, at=at or datetime.now(UTC), source=source, file=form.source.file, complete=complete
    )
    return _load(store, change, entries, far=far, doubts=doubts, tell=tell)


def load_enterprises(
    store: Store, *, by: str, at: datetime | None = None, tell: Tell = lambda *_: None
) -> AddressReport:
    """Take the enterprises of the store's own register as places, under the source `ENTERPRISES`.

    Those without a name or a place are left out, and rows of enterprises that are gone are removed. Households are
    never taken: their names are personal.

    Parameters
    ----------
    store : Store
    by : str, keyword-only
    at : datetime, keyword-only, optional
    tell : callable, keyword-only
        As `load_addresses`.

    Raises
    ------
    NotFoundError
        If nothing is published in the store.
    """
    with store.snapshot() as reader:
        reader.layer()
        known = RegisterBook(reader).known("enterprise").drop_duplicates("id").reset_index(drop=True)
    good = (known["name"].str.strip() != "") & np.isfinite(known["x"].astype(float))
    taken = known[good].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "record": np.arange(1, len(taken) + 1), "id": _text(taken["id"]), "kind": _text(["place"] * len(taken)),
            "name": _text(taken["name"]), "text": _text(taken["address"]), "x": taken["x"].astype(float),
            "y": taken["y"].astype(float),
        }
    )  # fmt: skip
    entries = AddressEntries(table, pa.array(table["id"], pa.large_string()), len(known))
    if left := int((~good).sum()):
        entries.notes.append(f"企业登记中有 {left:,} 家没有名称或坐标，未列入。")
    change = Change(act="load", by=by, at=at or datetime.now(UTC), source=ENTERPRISES, complete=True)
    return _load(store, change, entries, far=0, doubts=[], tell=tell)


def remove_addresses(
    store: Store, ids: Collection[str], *, by: str, source: str | None = None, at: datetime | None = None
) -> dict[str, Any]:
    """Remove rows from the library.

    Parameters
    ----------
    store : Store
    ids : collection of str
    by : str, keyword-only
    source : str, keyword-only, optional
        By default rows of any source.
    at : datetime, keyword-only, optional

    Returns
    -------
    dict
        ``removed``: rows per source; ``unknown``: ids that no row has.

    Raises
    ------
    NotFoundError
        If no row has any of these ids.
    """
    with store.transaction() as reader:
        shelf = AddressShelf(reader)
        found = shelf.find(ids, source)
        if not len(found):
            where = "" if source is None else f" of source {source}"
            raise NotFoundError(f"the address library of {store.url} has no row{where} with id {', '.join(ids)}")
        removed = {str(name): rows["fid"].to_numpy(np.int64) for name, rows in found.groupby("source", sort=True)}
        for name, fids in removed.items():
            change = Change(act="remove", by=by, at=at or datetime.now(UTC), source=name)
            shelf.write(change, pd.DataFrame(), fids)
    there = set(found["id"].tolist())
    return {
        "removed": {name: len(fids) for name, fids in removed.items()},
        "unknown": [one for one in dict.fromkeys(ids) if one not in there],
    }


# ----------------------------------------------------------------------------- parts ----


def _load(
    store: Store, change: Change, entries: AddressEntries, *, far: int, doubts: list[Refused], tell: Tell
) -> AddressReport:
    """Compare with what is known of the source, write what is new, in one transaction."""
    table = entries.table.drop(columns="record")
    with store.transaction() as reader:
        shelf = AddressShelf(reader)
        few = table["id"].tolist() if not change.complete and len(table) <= FEW else None
        known, contents = shelf.ids(change.source, few), shelf.contents(change.source, few)
        done = address_renewal(known, contents, table, entries.spoken_of, complete=change.complete)
        tell("compare", 1, 1)
        report = AddressReport(
            change=None, source=change.source, rows=entries.rows, places=int((table["kind"] == "place").sum()),
            added=done.added, changed=done.changed, unchanged=done.unchanged, gone=done.gone,
            repeated=entries.repeated, far=far, refused_rows=entries.refused_rows, refused=entries.refused,
            settled=entries.settled, doubts=doubts, notes=entries.notes,
        )  # fmt: skip
        if not len(done.came) and not len(done.went):
            return report
        nth = shelf.write(change, done.came, done.went, report.counts, tell=lambda rows, of: tell("publish", rows, of))
    return AddressReport(
        **{**{name: getattr(report, name) for name in AddressReport.__dataclass_fields__}, "change": nth}
    )


def _source_name(name: str) -> str:
    """Return the name of a source."""
    name = name.strip()
    if not name or len(name) > LONGEST_SOURCE or not name.isprintable():
        raise InputError(f"{name[:LONGEST_SOURCE]!r} is no name of a source; take 1 to {LONGEST_SOURCE} characters")
    return name


def _text(values: Any) -> pd.Series:
    """Return text as the library holds it."""
    return pd.Series(pd.array(pa.array(list(values), pa.large_string()), dtype="str"))


def _far(entries: AddressEntries, file: AddressFile, crs: str, bounds: Any) -> tuple[int, list[Refused]]:
    """Tell rows far outside the layer; refuse those that lie in it once x and y are exchanged."""
    away_m = beyond_m(entries.table["x"].to_numpy(), entries.table["y"].to_numpy(), bounds)
    rows = np.flatnonzero(away_m > MARGIN_M)
    if not len(rows):
        return 0, []
    stored = np.searchsorted(file.records, entries.table["record"].to_numpy()[rows])
    turned = to_city(file.y[stored], file.x[stored], file.stated, crs)
    swapped = beyond_m(*turned, bounds) <= MARGIN_M
    entries.refused += list(_told(entries, rows[swapped], lambda _: "x、y 填反，对调后才在本市，未载入"))
    entries.refused.sort(key=lambda one: one.record)
    entries.refused_rows += int(swapped.sum())
    left = rows[~swapped]
    doubts = list(_told(entries, left, lambda row: f"坐标在网格范围外 {away_m[row] / 1000:,.1f} 公里，已载入，请核对"))
    entries.table = entries.table.drop(index=rows[swapped]).reset_index(drop=True)
    return len(left), doubts


def _told(entries: AddressEntries, rows: NDArray[np.int64], why: Callable[[int], str]) -> Iterator[Refused]:
    """Yield a sentence on rows; of very many on the first."""
    for row in rows[:MOST_TOLD].tolist():
        record = int(entries.table["record"].iloc[row])
        name = str(entries.table["id"].iloc[row])
        yield Refused(record, name, f"第 {record} 条（{name}）：{why(row)}。")
