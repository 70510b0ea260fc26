"""Job: a register into the store, in one transaction; what its ids ever were; what there is in each grid.

In: an open store and a `Form`. Out: a `LoadReport` and, in the store, places with their grids. A row that says the same
as before costs nothing; one that says something else ends the old row and begins a new one, so earlier versions keep
their places and figures. Before: ``gridgeo merge`` or ``import``; next: the reverse question, `gridgeo.jobs.places`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from gridgeo.errors import CRSError, InputError
from gridgeo.intake.entries import Entries, Form, Refused, read_entries
from gridgeo.intake.renewal import renewal
from gridgeo.locate.assign import METHODS, assign_points
from gridgeo.locate.index import GridIndex, build_index
from gridgeo.locate.plausible import unfit
from gridgeo.store.base import Store
from gridgeo.store.registers import Load, RegisterBook

__all__ = ["LoadReport", "load_register", "register_counts"]

FIGURES = {"household": ("households", "population"), "enterprise": ("enterprises", None)}
"""Kind → the figures of a published grid that count it: how many, how many people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What became of a register."""

    load: int | None
    """Its number; None: nothing changed, and nothing was written."""
    rows: int
    added: int
    changed: int
    unchanged: int
    gone: int
    repeated: int
    """Rows that said the same as another one of their id."""
    by_registered: int
    """Of those added or changed: located by the registered address, because there is no operating one."""
    methods: dict[str, int]
    """Of those added or changed: how they found their grid, see `gridgeo.locate.assign.METHODS`."""
    refused: list[Refused] = field(default_factory=list)
    settled: list[Refused] = field(default_factory=list)
    """Rows put aside for a later one of their id."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @property
    def counts(self) -> dict[str, Any]:
        """Return what the store keeps of it: numbers and no ids."""
        told = asdict(self)
        del told["load"]
        return {**told, "refused": len(self.refused), "settled": len(self.settled)}


def load_register(
    store: Store,
    form: Form,
    *,
    by: str,
    complete: bool = False,
    fallback: bool = False,
    last_wins: bool = False,
    nearest_m: float = 0.0,
    at: datetime | None = None,
) -> LoadReport:
    """Load a register into a store.

    Parameters
    ----------
    store : Store
        With a published layer.
    form : Form
    by : str, keyword-only
        Who loads it, for the audit.
    complete : bool, keyword-only
        The file is the whole register: ids that it does not name are gone.
    fallback, last_wins : bool, keyword-only
        See `gridgeo.intake.entries.read_entries`.
    nearest_m : float, keyword-only
        Points outside the layer go to the nearest grid within this distance.
    at : datetime, keyword-only, optional
        By default now.

    Returns
    -------
    LoadReport

    Raises
    ------
    NotFoundError
        If nothing is published in the store.
    InputError, CRSError
        If the file cannot be read or used, see `gridgeo.intake.entries.read_entries`; if its axes are exchanged, or its
        coordinates cannot be in the system that was named.
    StoreError
        If the database refuses; nothing is changed then.
    """
    with store.snapshot() as reader:
        crs = str(reader.layer().crs)
    entries = read_entries(form, crs, fallback=fallback, last_wins=last_wins)
    with store.transaction() as reader:
        book, seq = RegisterBook(reader), reader.resolve(None)
        ids = None if complete else entries.table["id"].tolist()
        done = renewal(book.known(form.kind, ids), book.last(form.kind, ids), entries, complete=complete)
        came = done.came
        if len(came):
            index = build_index(reader.grids(seq))
            _require_fit(form.source.file, entries, index)
            found = assign_points(came["id"], came["x"], came["y"], index, nearest_m=nearest_m)
            came = pd.concat([came, found[["code", "method", "distance_m"]]], axis=1)
        methods = came["method"].value_counts() if len(came) else {}
        report = LoadReport(
            load=None,
            rows=entries.rows,
            added=done.added,
            changed=done.changed,
            unchanged=done.unchanged,
            gone=done.gone,
            repeated=entries.repeated,
            by_registered=int(np.sum(came["located_by"] == "registered")),
            methods={name: int(methods.get(name, 0)) for name in METHODS},
            refused=entries.refused,
            settled=entries.settled,
        )
        if not len(came) and not len(done.went):
            return report
        load = Load(kind=form.kind, file=form.source.file, by=by, at=at or datetime.now(UTC), complete=complete)
        number = book.write(load, came, done.went, report.counts)
    return LoadReport(**{**{name: getattr(report, name) for name in LoadReport.__dataclass_fields__}, "load": number})


def _require_fit(file: str, entries: Entries, index: GridIndex) -> None:
    """Refuse exchanged axes and coordinates that cannot be in the system that was named, as an assignment does."""
    misfit = unfit(*entries.stored, entries.stated, layer_crs=index.crs, bounds=index.bounds)
    if misfit is None or misfit.kind == "far":
        return
    sentence = f"{file}, record {misfit.row + 1}: {misfit.sentence}"
    if misfit.kind == "swapped":
        raise InputError(f"{sentence}; name --x and --y the other way round")
    raise CRSError(sentence)


def register_counts(store: Store, prefix: str = "") -> list[dict[str, Any]]:
    """Return what there is in each grid now, beside what was published.

    Returns
    -------
    list of dict
        ``code, kind, places, count, population``, ``published`` and ``published_population`` (None where the layer has
        no such figure), in order of code and kind; ``code`` "" is what no grid is responsible for.
    """
    with store.snapshot() as reader:
        all_rows = RegisterBook(reader).counts().to_dict("records")
        grids = reader.grids(reader.resolve(None)).drop(columns="geometry").set_index("code")
    rows = [row for row in all_rows if str(row["code"]).startswith(prefix)]
    told = grids[grids.index.str.startswith(prefix)].to_dict("index")
    here = {(row["code"], row["kind"]) for row in rows}
    for kind in {str(row["kind"]) for row in all_rows} & set(
        FIGURES
    ):  # a grid that has lost all of a kind is told, too
        lost = [code for code, own in told.items() if own.get(FIGURES[kind][0]) and (code, kind) not in here]
        rows += [{"code": code, "kind": kind, "places": 0, "count": 0, "population": 0} for code in lost]
    rows.sort(key=lambda row: (row["code"], row["kind"]))
    for row in rows:
        count, people = FIGURES.get(str(row["kind"]), (None, None))
        own = told.get(row["code"], {})
        row["published"] = own.get(count) if count else None
        row["published_population"] = own.get(people) if people else None
    return [{str(name): value for name, value in row.items()} for row in rows]
