"""Fixtures that more than one folder of tests needs: stores of both kinds, empty, gone with the test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gridgeo.store.base import Store, init_store

sys.path.insert(0, str(Path(__file__).parent / "store"))  # private_pg and small_city, also for child processes
sys.path.append(str(Path(__file__).parent))  # drawn_city, plans, sameness

import private_pg
import small_city

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgis() -> Iterator[private_pg.Databases]:
    """PostGIS for this run; a test that needs it fails where there is none."""
    try:
        running = private_pg.databases()
        found = running.__enter__()
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)
    yield found
    running.__exit__(None, None, None)


@pytest.fixture
def postgis_url(postgis: private_pg.Databases) -> Iterator[str]:
    """The URL of an empty database with PostGIS."""
    url = postgis.make()
    yield url
    postgis.drop(url)


@pytest.fixture
def gpkg_url(tmp_path: Path) -> str:
    """The URL of a GeoPackage that does not exist yet."""
    return f"gpkg://{tmp_path / '网格 store.gpkg'}"


@pytest.fixture(params=["gpkg", pytest.param("postgis", marks=pytest.mark.postgis)])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a store that does not exist yet, once of each kind."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def gpkg_store(gpkg_url: str) -> Iterator[Store]:
    """An empty embedded store."""
    with init_store(gpkg_url) as opened:
        yield opened


@pytest.fixture
def postgis_store(postgis_url: str) -> Iterator[Store]:
    """An empty store on a server."""
    with init_store(postgis_url) as opened:
        yield opened


@pytest.fixture(params=["gpkg", pytest.param("postgis", marks=pytest.mark.postgis)])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store, once of each kind."""
    return request.getfixturevalue(f"{request.param}_store")


@pytest.fixture
def small_publication() -> small_city.Publication:
    """Four square grids in two communities, ready to publish."""
    return small_city.publication_of()
