"""Bring a database to the tables this version knows (Alembic), or say how it differs."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

import store_server.db.tables  # noqa: F401  (fills the metadata)

SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(engine: Engine) -> None:
    """Apply every migration that is missing, in one transaction."""
    with engine.execution_options(aislecue_begin="IMMEDIATE").begin() as connection:
        command.upgrade(_config(connection), "head")


def faults(engine: Engine) -> list[str]:
    """Return in words what keeps this version from running on the database; nothing when it fits."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
        current = context.get_current_revision()
        if current != head:
            return [
                f"expected migration {head}, got {current or 'an empty database'}: run aislecue db upgrade"
            ]
        found = [
            f"expected the tables of migration {head}, got a difference: {one}" for one in _drift(context)
        ]
        for (verdict,) in connection.exec_driver_sql("PRAGMA quick_check"):
            if verdict != "ok":
                found.append(f"expected a sound file, got {verdict}")
    return found


def _drift(context: MigrationContext) -> list[object]:
    return list(compare_metadata(context, SQLModel.metadata))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config
