"""Job: draw a map of the layer from a recipe.

In: a recipe, and a store or a ``layer.gpkg``. Out: one HTML, PNG, PDF or SVG file, written whole or not at all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Any

import pyogrio

from gridgeo.errors import InputError, NotFoundError, ReadError
from gridgeo.jobs.files import read_layer, written_whole
from gridgeo.jobs.moment import At, version_at
from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.recipe import Recipe, parse_recipe
from gridgeo.render.ruled import ruled
from gridgeo.render.sheet import FORMATS, map_sheet
from gridgeo.render.web import web_map
from gridgeo.store.base import open_store

__all__ = ["DrawnMap", "draw_map", "edition_from_layer", "edition_from_store", "read_recipe", "render_map"]

_TURNS = Lock()
"""matplotlib keeps its settings per process: one sheet is drawn at a time."""

UNSTORED = "未入库"
"""Stands for the version of a layer that lies in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMap:
    """What was drawn."""

    file: Path
    title: str
    version: str
    grids: int
    size_bytes: int


def draw_map(
    recipe: str | Path,
    out: str | Path,
    *,
    store: str | None = None,
    layer: str | Path | None = None,
    at: At | None = None,
) -> DrawnMap:
    """Draw a map and write it.

    Parameters
    ----------
    recipe : str or Path
        Name of a recipe in ``maps/``, or the path of one.
    out : str or Path
        Its ending says what it becomes: html, png, pdf or svg.
    store : str, keyword-only
        Store URL; exactly one of ``store`` and ``layer``.
    layer : str or Path, keyword-only
        A ``layer.gpkg`` with the layers ``grid`` and ``community``.
    at : str, int or date, optional
        Draws the version of this day or number, see `gridgeo.jobs.moment.version_at`; needs a store. By default the
        one that holds today.

    Returns
    -------
    DrawnMap

    Raises
    ------
    InputError
        If the ending is unknown, the recipe is faulty, or the layer cannot be drawn.
    NotFoundError
        If there is no such recipe or version.
    """
    out = Path(out)
    kind = _kind_of(out)
    planned = read_recipe(str(recipe))
    if planned.measure == "change":
        raise InputError(f"{recipe} compares two versions: draw it with gridgeo diff V1 V2 -o {out}")
    if (store is None) == (layer is None):
        raise InputError("a map is drawn from a store or from a layer file; name one of the two")
    if layer is not None and at is not None:
        raise InputError(f"{layer} holds one state only; a map of another day needs a store")
    edition = edition_from_layer(Path(layer)) if layer is not None else edition_from_store(str(store), at)
    drawn = render_map(edition, planned, kind)
    with written_whole(out) as part:
        part.write_bytes(drawn)
    return DrawnMap(
        file=out,
        title=edition.titled(planned.title),
        version=edition.version,
        grids=len(edition.grids),
        size_bytes=len(drawn),
    )


def render_map(edition: Edition, recipe: Recipe, kind: str) -> bytes:
    """Return a map as the bytes of a file.

    Parameters
    ----------
    edition : Edition
    recipe : Recipe
        ``{city}`` in its title becomes the city's name.
    kind : str
        html, png, pdf or svg.
    """
    planned = ruled(recipe, edition.rules, edition.grids)
    titled = replace(planned, title=edition.titled(recipe.title))
    if kind == "html":
        return web_map(edition, titled).encode()
    with _TURNS:
        return map_sheet(edition, titled, kind)


def edition_from_layer(file: Path) -> Edition:
    """Read what a map shows from a ``layer.gpkg``."""
    grids, communities = read_layer(file, "grid"), read_layer(file, "community")
    edition = new_edition(grids, communities, version=f"{file.name}（{UNSTORED}）")
    about = _about(file)
    return replace(edition, city=about.get("city", ""), rules=_rules_of(about))


def _about(file: Path) -> dict[str, str]:
    """Return what a layer file says about itself; nothing if another program wrote it."""
    if "about" not in pyogrio.list_layers(file)[:, 0]:
        return {}
    table = pyogrio.read_dataframe(file, layer="about")
    if not {"key", "value"} <= set(table.columns):
        return {}
    return {str(key): str(value) for key, value in zip(table["key"], table["value"], strict=True)}


def _rules_of(about: dict[str, str]) -> dict[str, Any]:
    """Return the size rules of a layer file; none if they cannot be read."""
    try:
        rules = json.loads(about.get("rules", "{}"))
    except ValueError:
        return {}
    return rules if isinstance(rules, dict) else {}


def edition_from_store(url: str, at: At | None = None) -> Edition:
    """Read what a map shows from a store, as it holds today, held on another day, or as one version has it."""
    with open_store(url) as store:
        layers = store.layers()
        if not layers:
            raise NotFoundError(
                f"the store {store.url} holds no published layer yet; run gridgeo merge or import first"
            )
        version = version_at(store.versions(), at)
        seq = version.seq
        edition = new_edition(
            store.grids(seq),
            store.communities(seq),
            version=f"V{seq}（{version.published.astimezone().date()} 发布）",
            as_of=version.effective.isoformat(),
        )
    return replace(edition, city=layers[0].city_name, rules=version.stats.get("rules", {}))


def read_recipe(name: str) -> Recipe:
    """Read a recipe by name or path.

    Raises
    ------
    NotFoundError
        If there is no such recipe; the message lists the known ones.
    """
    path = Path(name)
    if path.suffix != ".toml":
        found = [folder / f"{name}.toml" for folder in _folders() if (folder / f"{name}.toml").is_file()]
        if not found:
            known = sorted(recipe.stem for folder in _folders() for recipe in folder.glob("*.toml"))
            raise NotFoundError(
                f"there is no map recipe {name!r}; known: {', '.join(known)}, or the path of a .toml file"
            )
        path = found[0]
    try:
        return parse_recipe(path.read_text("utf-8"), path.name)
    except FileNotFoundError:
        raise ReadError(f"map recipe {path} cannot be read: there is no such file") from None
    except OSError as error:
        raise ReadError(f"map recipe {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ReadError(f"map recipe {path} cannot be read: it is not UTF-8 text") from None


def _folders() -> tuple[Path, ...]:
    """Return where recipes lie: inside an installed package, beside it in a checkout."""
    package = Path(str(resources.files("gridgeo")))
    return package / "maps", package.parent / "maps"


def _kind_of(out: Path) -> str:
    """Return the format that a file name asks for."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("html", *FORMATS):
        raise InputError(f"{out}: the ending must be one of html, {', '.join(FORMATS)}")
    return kind
