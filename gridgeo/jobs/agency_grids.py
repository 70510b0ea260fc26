"""The agencies' own grids, kept beside the layer that was made from them.

In: the inputs of a merge. Out: one table of all agencies' features as they were read. Next: ``layer.gpkg``, the store,
and the map of one agency's grids over the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import and_, exists, func, select

from gridgeo.model import Inputs
from gridgeo.store import schema
from gridgeo.store.read import Reader
from gridgeo.tables import AGENCY_GRID

__all__ = ["agency_faults", "agency_grids", "kept_agencies"]


def agency_grids(inputs: Inputs) -> gpd.GeoDataFrame:
    """Return the agencies' features, in the order of the city file and of their own layers.

    Parameters
    ----------
    inputs : Inputs

    Returns
    -------
    GeoDataFrame
        `gridgeo.tables.AGENCY_GRID`, in the city CRS; shapes flat, else as they were read: invalid, multipart, missing.
    """
    parts = [
        pd.DataFrame(layer.features[["source_id", "label"]]).assign(agency=layer.key, agency_name=layer.name)
        for layer in inputs.agencies
    ]
    shapes = [shapely.force_2d(layer.features.geometry.to_numpy()) for layer in inputs.agencies]
    told = {name: _texts([part[name] for part in parts]) for name in AGENCY_GRID if name != "geometry"}
    drawn = np.concatenate(shapes) if shapes else np.empty(0, dtype=object)
    return gpd.GeoDataFrame(told, geometry=drawn, crs=inputs.city.crs)


def agency_faults(reader: Reader) -> Iterator[str]:
    """Yield agencies' grids that the crosswalk speaks of and the store has lost.

    A store whose merge kept none lacks all of them, which is no fault.
    """
    went, kept = schema.crosswalk, schema.agency_grid
    if not reader.rows(kept):
        return
    there = exists().where(and_(kept.c.agency == went.c.agency, kept.c.source_id == went.c.source_id))
    lost = select(went.c.agency, went.c.source_id).where(went.c.seq == 1, ~there).distinct()
    for row in reader.connection.execute(lost.order_by(went.c.agency, went.c.source_id)):
        yield f"agency grid {row.agency} {row.source_id}: the crosswalk tells where it went, but it is not there"


def kept_agencies(reader: Reader) -> dict[str, str]:
    """Return key and name of the agencies whose grids a store holds, in their order; no shape is read."""
    kept = schema.agency_grid
    found = select(kept.c.agency, kept.c.agency_name).group_by(kept.c.agency, kept.c.agency_name)
    return {row.agency: row.agency_name for row in reader.connection.execute(found.order_by(func.min(kept.c.fid)))}


def _texts(columns: list[pd.Series]) -> pd.Series:
    """Return columns under one another, text in every row."""
    values = [column.fillna("").astype(str).to_numpy(object) for column in columns]
    return pd.Series(np.concatenate(values) if values else [], dtype=object)
