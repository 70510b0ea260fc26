"""Job: variants of a city side by side: read and laid out once, grouped into grids once per variant.

In: a `City` and its `gridgeo.variants.Variant` records. Out: a `Comparison`, and on demand its files. Nothing is
numbered or published: the variant that pleases is written into the city file and merged.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from gridgeo.city import City
from gridgeo.intake.read import read_inputs
from gridgeo.jobs.crew import Crew, crew
from gridgeo.jobs.output import gathered
from gridgeo.partition.figures import figures_of
from gridgeo.partition.lay import Laid, lay_out
from gridgeo.partition.merge import Progress, ballot_of, resolve_laid, steering_of_laid
from gridgeo.partition.steer import pull_of
from gridgeo.render.comparison import Row, comparison_html
from gridgeo.variants import Variant

__all__ = ["FILES", "Comparison", "compare", "write_comparison"]

FILES = ("compare.json", "compare.html")
"""What `write_comparison` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Variants and what became of each."""

    city: City
    communities: int
    atoms: int
    rows: tuple[Row, ...]
    seconds: float
    missing: tuple[str, ...] = ()
    """Variants that Ctrl+C left out: none is tabled that was not left to end."""

    @property
    def interrupted(self) -> bool:
        """Tell whether Ctrl+C left variants out."""
        return bool(self.missing)

    def as_dict(self) -> dict[str, object]:
        """Return what ``compare.json`` holds."""
        rows = [{"name": row.name, **asdict(row.figures), "refusals": list(row.refusals)} for row in self.rows]
        return {
            "city": self.city.name,
            "communities": self.communities,
            "atoms": self.atoms,
            "seconds": self.seconds,
            "interrupted": self.interrupted,
            "missing": list(self.missing),
            "variants": rows,
        }


def compare(
    city: City, variants: tuple[Variant, ...], *, progress: Progress | None = None, workers: int = 1
) -> Comparison:
    """Merge a city in several ways and measure each.

    Parameters
    ----------
    city : City
    variants : tuple of Variant
        From `gridgeo.variants`.
    progress : callable, keyword-only, optional
        Called with (stage, done, of).
    workers : int, keyword-only
        Processes; the result does not depend on it.

    Returns
    -------
    Comparison
        In the order of the variants.

    Raises
    ------
    InputError
        If an input cannot be used.
    KeyboardInterrupt
        If Ctrl+C comes before the first variant is done; afterwards it leaves the others out.
    """
    start = time.perf_counter()
    tell = progress or (lambda *_: None)
    tell("read", 0, 1)
    inputs = read_inputs(city)
    rows = list[Row]()
    try:
        with crew(workers) as hands:
            laid = lay_out(inputs, progress=tell, each=hands.each)
            tell("compare", 0, len(variants))
            for variant in variants:
                rows.append(_row(laid, variant, hands))
                tell("compare", len(rows), len(variants))
    except KeyboardInterrupt:  # half a variant beside whole ones would be compared with them
        if not rows:
            raise
    return Comparison(
        city=city, communities=len(laid.names), atoms=len(laid.atoms.community), rows=tuple(rows),
        seconds=round(time.perf_counter() - start, 2), missing=tuple(v.name for v in variants[len(rows) :]),
    )  # fmt: skip


def _row(laid: Laid, variant: Variant, hands: Crew) -> Row:
    """Group a city that is laid out as a variant says, and measure it."""
    steering, _ = steering_of_laid(laid, variant.city)
    resolution = resolve_laid(
        laid, steering, weight=variant.weight, rules=variant.city.rules, progress=lambda *_: None,
        clock=time.perf_counter, each=hands.each, stop=hands.stop,
    )  # fmt: skip
    figures = figures_of(laid, resolution, ballot_of(laid, {}), pull_of(laid.inputs.city.objective))
    return Row(variant.name, figures, tuple(wish.text for wish in resolution.refused))


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write compare.json and compare.html, both or none.

    Parameters
    ----------
    comparison : Comparison
    folder : Path
        Made where missing; other files stay.

    Raises
    ------
    InputError
        If the folder cannot be written; it is then as before.
    """
    with gathered(folder) as work:
        text = json.dumps(comparison.as_dict(), ensure_ascii=False, indent=1) + "\n"
        (work / "compare.json").write_text(text, encoding="utf-8")
        html = comparison_html(
            comparison.city.name, comparison.communities, comparison.rows, missing=comparison.missing
        )
        (work / "compare.html").write_text(html, encoding="utf-8")
