"""Fixtures for the store's own tests."""

from collections.abc import Callable

import pytest

from gridgeo.store.base import Store


@pytest.fixture
def store_url_of() -> Callable[[Store], str]:
    """The address under which an open store can be opened again."""
    return lambda store: (
        str(store.backend.engine.url.set(drivername="postgresql")) if store.url[0] == "p" else store.url
    )
