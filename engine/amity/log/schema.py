"""Whether the tables are those that this version knows, and how older ones become so."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from amity.log.errors import refused

__all__ = ["REVISIONS", "migrate", "revision_of"]

# Every revision, oldest first; the last one is what this version of Amity reads and writes.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
# Not Alembic's usual name, which another program in the same database may use for its own.
VERSIONS = "amity_log_version"


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables behind *connection*; None if there are none of the log.

    Raises LogRefused for tables that are newer than this version of Amity, or not of a log.
    """
    tables = set(inspect(connection).get_table_names())
    if VERSIONS not in tables:
        if connection.dialect.name == "sqlite" and tables:
            raise refused(
                "G104", "the file is another database, not a decision log", fix="give another name"
            )
        return None
    found = connection.execute(
        text(f"SELECT version_num FROM {VERSIONS}")  # noqa: S608 - our own name
    ).scalar()
    if found not in REVISIONS:
        raise refused(
            "G103",
            f"its tables are of revision {found}, and this version of Amity knows {REVISIONS[-1]}",
            fix="a newer version of Amity has opened it; use that version or a later one",
        )
    return str(found)


def migrate(connection: Connection, target: str = REVISIONS[-1]) -> None:
    """Bring the tables to *target*, in the transaction of *connection*: whole, or not at all."""
    if revision_of(connection) == target:
        return
    # Imported only when there is something to do: a server that starts need not wait for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSIONS
    command.upgrade(config, target)
