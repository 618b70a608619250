"""Which schema a database has, and which one this release wants; known without loading Alembic."""

from pathlib import Path
from typing import Final

from sqlalchemy import column, select, table, text

from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx

VERSIONS: Final = Path(__file__).with_name("versions")

_EXISTS = {
    "sqlite": Sql(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")),
    "postgresql": Sql(
        text("SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version' AND schemaname = current_schema()")
    ),
}
_CURRENT = Sql(select(column("version_num")).select_from(table("alembic_version")))


def newest() -> str:
    """The last revision; files are named `NNNN_what.py` and are one line of descent."""
    return max(path.name[:4] for path in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


def current(database: Database) -> str | None:
    """The revision that `database` is at; None when it is empty."""

    def read(tx: ReadTx) -> str | None:
        if tx.value(_EXISTS[tx.database]) is None:
            return None
        revision: str | None = tx.value(_CURRENT)
        return revision

    return database.read_now(read)
