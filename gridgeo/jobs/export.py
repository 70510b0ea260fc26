"""Job: a selection of the layer as a table or as a file for GIS.

In: a store or a ``layer.gpkg``, and what to take of it. Out: one file, written whole or not at all; its ending says
what it becomes. `save_content` is also how a map recipe becomes a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridgeo.errors import InputError
from gridgeo.jobs.contents import Wanted, gathered
from gridgeo.jobs.file_name import file_name
from gridgeo.jobs.files import written_whole
from gridgeo.jobs.moment import At
from gridgeo.jobs.recipes import read_recipe
from gridgeo.jobs.source import opened_source
from gridgeo.jobs.spatial_files import SPATIAL, spatial_file
from gridgeo.render.content import Content
from gridgeo.render.recipe import Recipe, changed
from gridgeo.render.table_file import TABLES, table_file
from gridgeo.workplace import beside

__all__ = ["FILES", "Exported", "export_layer", "save_content"]

FILES = (*SPATIAL, *TABLES)
"""Endings of files that a selection can become."""
PLAIN = Recipe(title="{city}城市管理网格", theme="workload")
"""Classes the grids by their households against the layer's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    file: Path
    title: str
    version: str
    grids: int
    communities: int
    size_bytes: int


def export_layer(
    out: str | Path,
    *,
    recipe: str | Path | Recipe = PLAIN,
    store: str | None = None,
    layer: str | Path | None = None,
    at: At | None = None,
    **changes: Any,
) -> Exported:
    """Write the grids of a layer, or some of them, into a file.

    Parameters
    ----------
    out : str or Path
        Its ending says what it becomes: one of `FILES`; ``zip`` holds shapefiles. ``{name}`` in it stands for title,
        version and day, see `gridgeo.jobs.file_name`.
    recipe : str, Path or Recipe, keyword-only
        Where classes, title, maker and 审图号 come from; by default households against the layer's rules.
    store : str, keyword-only
        Store URL; exactly one of ``store`` and ``layer``.
    layer : str or Path, keyword-only
        A ``layer.gpkg`` with the layers ``grid`` and ``community``.
    at : str, int or date, optional
        The version of this day or number, see `gridgeo.jobs.moment.version_at`; needs a store. By default the one that
        holds today.
    **changes
        What to select: ``county``, ``street``, ``community``, ``kind``, ``code``, one text or several; and other
        values that replace the recipe's, see `gridgeo.render.recipe.changed`.

    Returns
    -------
    Exported

    Raises
    ------
    InputError
        If the ending is unknown, nothing is selected, the format cannot hold a text, or the file cannot be written.
    NotFoundError
        If there is no such version, recipe or place.
    """
    out = Path(out)
    _kind_of(out)
    planned = recipe if isinstance(recipe, Recipe) else read_recipe(str(recipe))
    with opened_source(store, layer, at) as source:
        content, titled = gathered(source, changed(planned, changes), Wanted())
    out = out.with_name(out.name.replace("{name}", file_name(titled, content.edition)))
    size_bytes = save_content(content, titled, out)
    return Exported(
        file=out,
        title=titled.title,
        version=content.edition.version,
        grids=len(content.edition.grids),
        communities=len(content.edition.communities),
        size_bytes=size_bytes,
    )


def save_content(content: Content, recipe: Recipe, out: Path) -> int:
    """Write what a map shows as a table or as a file for GIS.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        As `gridgeo.jobs.contents.gathered` returns it.
    out : Path
        With an ending of `FILES`.

    Returns
    -------
    int
        Size of the file in bytes.

    Raises
    ------
    InputError
        If the ending is unknown, the format cannot hold a text, or the file cannot be written.
    """
    kind = _kind_of(out)
    with written_whole(out) as part:
        if kind in TABLES:
            contents = table_file(content, recipe, kind)
        else:
            folder = beside(part, ".parts")  # goes with the place of work, also when this process is killed
            folder.mkdir()
            contents = spatial_file(content, recipe, kind, folder)
        part.write_bytes(contents)
    return len(contents)


def _kind_of(out: Path) -> str:
    """Return the format that a file name asks for."""
    kind = out.suffix.lower().removeprefix(".")
    if kind == "shp":
        raise InputError(
            f"{out}: a shapefile is several files; write {out.with_suffix('.zip').name}, an archive that holds them all"
        )
    if kind not in FILES:
        raise InputError(f"{out}: the ending must be one of {', '.join(FILES)}")
    return kind
