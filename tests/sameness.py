"""Two merges compared bit for bit, and a city handed in in another order."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import Polygon

from gridgeo.jobs.merge import MergeResult
from gridgeo.model import Inputs


def same_layer(one: gpd.GeoDataFrame, two: gpd.GeoDataFrame) -> None:
    """Two layers are the same bit for bit."""
    pd.testing.assert_frame_equal(
        pd.DataFrame(one).drop(columns="geometry"), pd.DataFrame(two).drop(columns="geometry")
    )
    assert shapely.to_wkb(one.geometry.values).tolist() == shapely.to_wkb(two.geometry.values).tolist()


def same_merge(one: MergeResult, two: MergeResult) -> None:
    """Two merges made the same layer and told the same of it."""
    same_layer(one.grids, two.grids)
    same_layer(one.communities, two.communities)
    pd.testing.assert_frame_equal(one.provenance, two.provenance)
    pd.testing.assert_frame_equal(one.crosswalk, two.crosswalk)
    assert told(one) == told(two)


def told(result: MergeResult) -> set[tuple[object, ...]]:
    """Return the findings as a set."""
    table = result.findings
    return set(zip(table.severity, table.kind, table.agency, table.source_id, table.text, strict=True))


def came_back(first: MergeResult, second: MergeResult) -> None:
    """A layer was merged again: the same grids, bit for bit, with the same codes and households, from one grid each."""
    unruled = ["kind", "short_name", "full_name"]  # sites are unknown to a merge without them
    same_layer(first.grids.drop(columns=unruled), second.grids.drop(columns=unruled))
    same_layer(first.communities, second.communities)
    assert second.crosswalk.source_id.tolist() == second.crosswalk.code.tolist()
    assert set(second.crosswalk.change) <= {"U"}


def turned(shape: shapely.Geometry, by: int) -> shapely.Geometry:
    """Return a polygon whose ring starts elsewhere and runs the other way round."""
    if shape.geom_type != "Polygon":
        return shapely.MultiPolygon([turned(part, by) for part in shape.geoms][::-1])
    ring = np.array(shape.exterior.coords)[:-1]
    holes = [list(hole.coords)[::-1] for hole in shape.interiors]
    return Polygon(np.roll(ring, by, axis=0)[::-1], holes)


def shuffled(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """Return the same city in another order: layers, rows, ring starts and directions."""

    def rows(table: pd.DataFrame) -> pd.DataFrame:
        mixed = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
        if isinstance(mixed, gpd.GeoDataFrame) and set(mixed.geom_type) <= {"Polygon", "MultiPolygon"}:
            mixed = mixed.set_geometry([turned(shape, int(rng.integers(4))) for shape in mixed.geometry], crs=mixed.crs)
        return mixed

    layers = [replace(layer, features=rows(layer.features)) for layer in inputs.agencies]
    return replace(
        inputs,
        communities=rows(inputs.communities),
        agencies=tuple(layers[i] for i in rng.permutation(len(layers))),
        barriers=rows(inputs.barriers),
        exclusives=rows(inputs.exclusives),
        registers=rows(inputs.registers),
    )


def recoded(grids: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return a layer whose codes planners gave in their own order: the codes of each community are dealt anew."""
    code = grids["code"].to_numpy(object).copy()
    for rows in grids.groupby("community_code").indices.values():
        code[rows] = code[rng.permutation(rows)]
    return grids.assign(code=code)


def kept_codes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> None:
    """Every grid came back with its shape and its code."""
    ours, theirs = before.set_index("code").sort_index().geometry, after.set_index("code").sort_index().geometry
    assert ours.index.tolist() == theirs.index.tolist()
    assert shapely.to_wkb(ours.values).tolist() == shapely.to_wkb(theirs.values).tolist()
