"""Triggers that keep history as it was written, on both databases.

In: the tables whose rows are kept for ever. Out: a database that refuses to delete their rows or to change
those that are closed. They stop faulty programs, not somebody who owns the database.
"""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["create_guards"]

POSTGRES_REFUSAL = """
CREATE OR REPLACE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history of % is never rewritten', TG_TABLE_NAME;
END $$
"""


def create_guards(connection: Connection, tables: dict[str, str | None]) -> None:
    """Create the triggers.

    Parameters
    ----------
    connection : Connection
        In the transaction that made the tables.
    tables : dict of str to str or None
        Table → the column that closes a row; None where a row is closed from the start.
    """
    lite = connection.dialect.name == "sqlite"
    if not lite:
        connection.exec_driver_sql(POSTGRES_REFUSAL.replace("%", "%%"))
    for table, closing in tables.items():
        closed = "" if closing is None else f"WHEN (OLD.{closing} IS NOT NULL)"
        for event, when in (("UPDATE", closed), ("DELETE", "")):
            name = f"guard_{table}_{event.lower()}"
            if lite:
                refusal = f"BEGIN SELECT RAISE(ABORT, 'history of {table} is never rewritten'); END"
                connection.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when} {refusal}")
            else:
                action = f"FOR EACH ROW {when} EXECUTE FUNCTION refuse_rewrite()"
                connection.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE {event} ON {table} {action}")
