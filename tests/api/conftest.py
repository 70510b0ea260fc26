"""The small city of the store's tests behind the API, with a park and grids of different size.

::

      +---------+---------+
      | A   280 | C   510 |     A, B: 411102001001     C, D: 411102001002     households in each grid
      +---------+---------+
      | B   420 | D  park |     D is an exclusive grid
      +---------+---------+
"""

import warnings

import geopandas as gpd
import pytest
import small_city

from gridgeo.api.app import create_app

with warnings.catch_warnings():  # Starlette recommends another HTTP client, which nothing else here needs
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

A, B, C, D = "411102001001001", "411102001001002", "411102001002001", "411102001002002"


def city_grids(households=(280, 420, 510, 0)) -> gpd.GeoDataFrame:
    grids = small_city.grids_of().assign(households=households)
    grids.loc[3, ["kind", "short_name"]] = "exclusive", "人民公园"
    return grids


@pytest.fixture
def served(store):
    """A store of each kind with version 1 published."""
    store.publish_first(small_city.publication_of(grids=city_grids()), by="tester")
    return store


@pytest.fixture
def app(served):
    return create_app(served)


@pytest.fixture
def client(app):
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def ask(client):
    """Ask and return the JSON of an answer that must be good."""

    def get(path: str, **params):
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get
