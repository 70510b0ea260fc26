"""What the lean page knows, as two packed texts: the borders as a topology, and everything that is words or figures.

In: a `Content` whose borders are thinned. Out: `Packed`, read by ``lean_page/model.js``. Before: `content`; after:
`lean`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridgeo.place_names import short_community
from gridgeo.render.content import Content, Listing, Mark
from gridgeo.render.edition import grid_number
from gridgeo.render.lean_labels import Level, grid_spots, levels_of
from gridgeo.render.packing import deflated, number_bytes, topology_numbers, word_bytes
from gridgeo.render.recipe import MEASURES, Recipe
from gridgeo.render.table import CLASS, COLUMNS, additive, equal_table
from gridgeo.render.topology import topology_of

__all__ = ["Packed", "packed"]

STEP_M, FINE_STEP_M = 0.1, 0.001
"""Coordinates on the page; the fine step is for layers with a grid of less than `SMALL_M` across."""
SMALL_M = 5.0
PX_PER_PT = 4 / 3
DASHES = {"dashed": (3.7, 1.6), "dashdot": (6.4, 1.6, 1.0, 1.6), "dotted": (1.0, 1.65)}
"""As matplotlib draws them, in line widths."""
NAME_PX = {"community": 13, "street": 15, "county": 17}
_KINDS = {0: "point", 1: "line", 2: "area"}


@dataclass(frozen=True, slots=True)
class Packed:
    """One packed text."""

    text: str
    """base64"""
    size: int
    """Bytes when inflated."""


def packed(content: Content, recipe: Recipe) -> dict[str, Packed]:
    """Return the data of the page.

    Parameters
    ----------
    content : Content
        With thinned borders.
    recipe : Recipe

    Returns
    -------
    dict of str to Packed
        ``shapes`` and ``words``.
    """
    grids = content.edition.grids
    shapes = grids.geometry.to_numpy()
    step_m = STEP_M if np.sqrt(shapely.area(shapes)).min() >= SMALL_M else FINE_STEP_M
    topology = topology_of(np.concatenate([shapes, _polygons(content.neighbours)]), step_m)
    spots = grid_spots(shapes)
    at = np.round(spots.points / step_m).astype(np.int64) - np.array(topology.origin)
    left, bottom, right, top = shapely.total_bounds(shapes)
    communities, homes = _communities(content)
    words: dict[str, Any] = {
        "step": step_m,
        "origin": list(topology.origin),
        "extent": [float(edge) for edge in (left, bottom, right, top)],
        "place": content.edition.version,
        "labels": recipe.labels,
        "codes": grids["code"].tolist(),
        "names": grids["full_name"].tolist(),
        "numbers": [grid_number(*pair) for pair in zip(grids["code"], grids["community_code"], strict=True)],
        "homes": homes.tolist(),
        "keys": content.key.tolist(),
        "spots": [np.diff(axis, prepend=0).tolist() for axis in at.T],
        "rooms": np.floor(spots.room_m / step_m).astype(np.int64).tolist(),
        "communities": communities,
        "classes": [{"key": row.key, "fill": row.fill, "hatch": row.hatch} for row in content.rows],
        "columns": list(_columns(content, recipe)),
        "listings": [_listing(listing) for listing in content.listings],
        "levels": [_level(level, communities) for level in levels_of(content.edition)],
        "marks": [_mark(mark, topology.origin, step_m) for mark in content.marks],
    }
    data = {"shapes": number_bytes(topology_numbers(topology)), "words": word_bytes(words)}
    return {name: Packed(deflated(bare), len(bare)) for name, bare in data.items()}


def _polygons(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the polygons among shapes."""
    return np.array([shape for shape in shapes if shapely.area(shape) > 0], dtype=object)


def _communities(content: Content) -> tuple[list[dict[str, Any]], NDArray[np.int64]]:
    """Return the communities that have grids, with the units above, and the community of each grid."""
    grids, table = content.edition.grids, content.edition.communities.set_index("code")
    codes, first, homes = np.unique(
        grids["community_code"].to_numpy(dtype=object).astype(str), return_index=True, return_inverse=True
    )
    found = []
    for code, row in zip(codes.tolist(), first.tolist(), strict=True):
        name = str(table.at[code, "name"] if code in table.index else grids["community_name"].iat[row])
        parents = {
            level: str(table.at[code, level]) if level in table and code in table.index else ""
            for level in ("county", "street")
        }
        found.append({"code": code, "name": name, "short": short_community(name), **parents})
    return found, homes


def _columns(content: Content, recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Yield the columns of the equal table, figures after the name; what the page knows says only from where."""
    known = {
        COLUMNS["code"]: "code", COLUMNS["full_name"]: "name", COLUMNS["community_code"]: "community_code",
        COLUMNS["community_name"]: "community", COLUMNS["street"]: "street", COLUMNS["county"]: "county",
    }  # fmt: skip
    table = equal_table(content.edition, content.key, content.rows)
    measured = COLUMNS.get(recipe.measure, MEASURES.get(recipe.measure, ("",))[0])
    first = [COLUMNS["code"], COLUMNS["full_name"], *additive(table), CLASS]
    for title in sorted(table, key=lambda one: first.index(one) if one in first else len(first)):
        figure = pd.api.types.is_numeric_dtype(table[title])
        column: dict[str, Any] = {"name": title, "figure": figure, "measure": title == measured}
        if title in known:
            yield column | {"from": known[title]}
        else:
            yield column | {"values": [_plain(value) for value in table[title].tolist()]}


def _listing(listing: Listing) -> dict[str, Any]:
    """Return one of the lists that belong to the map."""
    columns = [
        {
            "name": str(title),
            "figure": pd.api.types.is_numeric_dtype(listing.table[title]),
            "values": [_plain(value) for value in listing.table[title].tolist()],
        }
        for title in listing.table
    ]
    return {"title": listing.title, "columns": columns}


def _plain(value: Any) -> Any:
    """Return a figure or text as JSON has it; a whole number without a point, a missing one as nothing."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _level(level: Level, communities: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one level of names, in metres to the decimetre."""
    index = {community["code"]: n for n, community in enumerate(communities)}
    units = []
    for n, (name, spots) in enumerate(zip(level.names, level.spots, strict=True)):
        places = np.column_stack([spots.points, np.floor(spots.room_m * 10) / 10]).round(1)
        unit: dict[str, Any] = {"name": name, "spots": places.tolist()}
        units.append(unit | ({"community": index[level.codes[n]]} if level.codes else {}))
    return {"key": level.key, "side": level.side_m, "size": NAME_PX[level.key], "units": units}


def _mark(mark: Mark, origin: tuple[int, int], step_m: float) -> dict[str, Any]:
    """Return one mark: how it looks, and its shapes as steps."""
    width_px = mark.width_pt * PX_PER_PT
    dashes = mark.dashes[1] if isinstance(mark.dashes, tuple) else DASHES.get(mark.dashes, ())
    return {
        "colour": mark.colour,
        "width": round(width_px, 2),
        "dashes": [round(length * width_px, 2) for length in dashes],
        "casing": mark.casing,
        "hatch": bool(mark.hatch),
        "shapes": [_shape(part, origin, step_m) for part in shapely.get_parts(mark.shapes) if not part.is_empty],
    }


def _shape(part: shapely.Geometry, origin: tuple[int, int], step_m: float) -> list[Any]:
    """Return a point, line or polygon as its kind and the steps along its rings."""
    dimension = int(shapely.get_dimensions(part))
    lines = shapely.get_rings(part) if dimension == 2 else [part]
    rings = []
    for line in lines:
        places = np.round(shapely.get_coordinates(line) / step_m).astype(np.int64) - np.array(origin)
        rings.append(np.diff(places, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist())
    return [_KINDS[dimension], rings]
