"""Settings from the environment: one frozen object, built once at an entry point and passed on.

Every field can be given as ``GRIDGEO_<NAME>``: ``GRIDGEO_STORE=postgresql://localhost/luohe``.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gridgeo.errors import InputError

__all__ = ["Settings"]


class Settings(BaseSettings):
    """What a site sets once for every command.

    Raises
    ------
    InputError
        If a variable has an impossible value; the message names every such variable.
    """

    model_config = SettingsConfigDict(env_prefix="GRIDGEO_", frozen=True, extra="ignore")

    store: str = "gridgeo.gpkg"
    """Store URL: ``gpkg:///path/file.gpkg``, ``postgresql://…``, or the path of a GeoPackage."""
    user: str = ""
    """Who acts, as the audit names them; empty means the name of the operating system's user."""
    host: str = "127.0.0.1"
    """Address on which ``gridgeo serve`` listens."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port on which ``gridgeo serve`` listens; 0 takes any free one."""

    workers: int = Field(default=1, ge=1, le=64)
    """Processes of ``gridgeo serve``."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            faults = [
                f"GRIDGEO_{'_'.join(map(str, fault['loc'])).upper()}={fault['input']}: {fault['msg']}"
                for fault in error.errors()
            ]
            raise InputError("; ".join(faults)) from None
