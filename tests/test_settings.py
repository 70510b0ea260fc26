"""Settings come from the environment, are checked, and cannot be changed afterwards."""

import pytest
from pydantic import ValidationError

from gridgeo.errors import InputError
from gridgeo.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"GRIDGEO_{name.upper()}", raising=False)


def test_defaults_serve_one_office_pc():
    assert (Settings().store, Settings().host, Settings().port) == ("gridgeo.gpkg", "127.0.0.1", 8000)


def test_the_environment_overrides(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDGEO_STORE", "postgresql://localhost/luohe")
    monkeypatch.setenv("GRIDGEO_PORT", "9000")
    assert (Settings().store, Settings().port) == ("postgresql://localhost/luohe", 9000)


def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDGEO_PORT", "70000")
    with pytest.raises(InputError, match="GRIDGEO_PORT=70000: Input should be less than or equal to 65535"):
        Settings()


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().store = "other.gpkg"
