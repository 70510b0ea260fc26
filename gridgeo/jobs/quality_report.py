"""What `gridgeo.jobs.quality` found in a register, and the same as JSON.

In: counts. Out: a `QualityReport`. Next: `gridgeo.jobs.quality_page` for people.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from gridgeo.crs import Crs
from gridgeo.locate.datum import Verdict, label_of
from gridgeo.locate.datum_text import chinese, english
from gridgeo.locate.plausible import Misfit
from gridgeo.locate.quality import Far, Positions, Rows
from gridgeo.locate.repeats import Repeated, unpacked

__all__ = ["REMEDY", "QualityReport"]

REMEDY = (
    "ask whoever made the file and say it with --crs: "
    "EPSG:4490 (CGCS2000, GPS, 天地图), GCJ-02 (高德, 腾讯) or BD-09 (百度)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """What was found in a register."""

    file: str
    exchange: str
    """What to do where x and y are exchanged."""
    crs: Crs | None
    """The system under which positions were judged; None: it is neither declared nor shown."""
    crs_from: str
    """declared, file, shown or unknown."""
    rows: Rows
    positions: Positions | None
    """None without a system."""
    has_addresses: bool
    further_than_m: float
    repeated_ids: tuple[tuple[str, int], ...]
    """The ids that occur most often, with their rows."""
    misfit: Misfit | None
    """Why the coordinates cannot be what was declared, or, undeclared, cannot be at the layer."""

    @property
    def contradicted(self) -> bool:
        """True where the addresses show another system than the one that was declared."""
        shown = self.rows.verdict.crs
        return self.crs is not None and shown is not None and label_of(shown) != label_of(self.crs)

    @property
    def usable(self) -> bool:
        """True where the coordinates may be used as they stand: their system is known and nothing speaks against it."""
        return self.crs is not None and self.misfit is None and not self.contradicted and not self.placeless

    @property
    def placeless(self) -> bool:
        """True where there are rows and none has coordinates."""
        rows = self.rows
        return 0 < rows.rows == rows.without_coordinate + rows.at_zero

    @property
    def largest_places(self) -> list[tuple[tuple[float, float], int]]:
        """The coordinates that most rows share, with their rows."""
        return [(unpacked(key), rows) for key, rows in self.rows.identical.largest]

    @property
    def remedy(self) -> str:
        """What is wrong with coordinates or their system and what to do, as an English sentence; empty for nothing."""
        if self.misfit is not None:
            return f"{self.misfit.sentence}; {self.exchange}" if self.misfit.kind == "swapped" else self.misfit.sentence
        if self.placeless:
            return "no row has coordinates: are the right columns, the right layer of the file named?"
        if self.contradicted and self.crs is not None:
            return f"{english(self.rows.verdict)}, and not {label_of(self.crs)}: ask whoever made the file"
        if self.crs is not None:
            return ""
        if not self.has_addresses:
            return f"nothing says the datum of its coordinates; {REMEDY}, or name its addresses with --address"
        swapped = self.rows.verdict.reason == "swapped"
        return f"{english(self.rows.verdict)}; {self.exchange if swapped else REMEDY}"

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON holds it; fields are only ever added."""
        rows, found = self.rows, self.positions
        return {
            "file": self.file, "rows": rows.rows, "usable": self.usable,
            "crs": self.crs.name if self.crs else None, "crs_from": self.crs_from,
            "contradicted": self.contradicted, "misfit": _misfit(self.misfit),
            "without_coordinate": rows.without_coordinate, "at_zero": rows.at_zero, "impossible": rows.impossible,
            "inside": found.inside if found else None, "outside_within_1km": found.nearby if found else None,
            "outside_further": found.away if found else None,
            "outside_examples": [_example(row) for row in found.away_examples] if found else [],
            "identical": _repeated(rows.identical, self.largest_places, ("x", "y")),
            "ids": {"missing": rows.without_id}
            | _repeated(rows.repeated_ids, [((name,), n) for name, n in self.repeated_ids], ("id",)),
            "addresses": self._addresses() if self.has_addresses else None,
            "datum": _datum(rows.verdict) if self.has_addresses else None,
        }  # fmt: skip

    def _addresses(self) -> dict[str, Any]:
        found = self.positions
        return {
            "given": self.rows.with_address, "naming_a_place": self.rows.verdict.named,
            "agreeing": found.agree if found else None, "further_than_m": self.further_than_m,
            "further": found.far if found else None,
            "examples": [_example(row) for row in found.far_examples] if found else [],
        }  # fmt: skip


def _misfit(found: Misfit | None) -> dict[str, Any] | None:
    return None if found is None else {"kind": found.kind, "sentence": found.sentence, "crs": found.crs}


def _example(row: Far) -> dict[str, Any]:
    named = {"place": row.place} if row.place else {}
    return {"id": row.id, "x": row.x, "y": row.y, **named, "distance_m": round(row.distance_m, 1)}


def _repeated(found: Repeated, largest: list[tuple[Any, int]], names: tuple[str, ...]) -> dict[str, Any]:
    listed = [{**dict(zip(names, value, strict=True)), "rows": rows} for value, rows in largest]
    return {"groups": found.groups, "rows": found.rows, "counted_share": found.share, "largest": listed}


def _datum(verdict: Verdict) -> dict[str, Any]:
    return {
        "shown": verdict.shown, "reason": verdict.reason, "best": verdict.best, "named": verdict.named,
        "witnesses": verdict.witnesses, "places": verdict.places, "off_m": verdict.off_m,
        "readings": [asdict(fit) for fit in verdict.fits], "sentence": english(verdict), "text": chinese(verdict),
    }  # fmt: skip
