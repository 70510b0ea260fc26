"""Bring a store's tables to the state this program knows; one script serves both databases.

In: a connection inside a transaction. Out: the tables, and the revision noted in ``alembic_version``. Alembic is run
from here, without an ini file and without a command line.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gridgeo.errors import StoreError
from gridgeo.store.schema import metadata

__all__ = ["check_revision", "newest_revision", "refuse_newer", "stored_revision", "upgrade"]


def _scripts() -> tuple[Config, ScriptDirectory]:
    """Return the migrations that come with this program."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


@cache
def newest_revision() -> str:
    """Return the schema version this program works with."""
    return str(_scripts()[1].get_current_head())


@cache
def _known_revisions() -> frozenset[str]:
    """Return all schema versions that this program knows; a store is opened for single questions, too."""
    return frozenset(str(script.revision) for script in _scripts()[1].walk_revisions())


def stored_revision(connection: Connection) -> str:
    """Return the schema version of an open store."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def upgrade(connection: Connection) -> None:
    """Run every migration that the store has not seen, in the caller's transaction."""
    config, scripts = _scripts()

    def steps(revision: Any, _: Any) -> Any:
        return scripts._upgrade_revs("head", revision)

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        # The caller's transaction is kept: DDL is transactional in both databases.
        environment.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
        environment.run_migrations()


def check_revision(connection: Connection, url: str) -> None:
    """Refuse a store that this program cannot work with.

    Raises
    ------
    StoreError
        If the store's tables are newer or older than this program's.
    """
    refuse_newer(connection, url)
    stored = stored_revision(connection)
    if stored != newest_revision():
        raise StoreError(
            f"store {url} has schema {stored}, this program needs {newest_revision()}; run: gridgeo store upgrade {url}"
        )


def refuse_newer(connection: Connection, url: str) -> None:
    """Refuse a store whose tables come from a newer program.

    Raises
    ------
    StoreError
        If this program does not know the store's schema version.
    """
    stored = stored_revision(connection)
    if stored not in _known_revisions():
        raise StoreError(
            f"store {url} has schema {stored}, which is newer than this program (schema {newest_revision()}); "
            "install the newer gridgeo"
        )
