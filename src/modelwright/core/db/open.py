"""Open the database that a URL names, with its schema up to date."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from modelwright.core.db import schema_version
from modelwright.core.db.database import Database, SqliteDatabase
from modelwright.core.errors import BadInput, Conflict


def open_database(url: str, *, upgrade: bool = True) -> Database:
    """The database at `url`: `sqlite:///path` or `postgresql://user@host/name`.

    An empty database gets the schema; an older one is brought up to date; a newer one is refused (Conflict). For
    those who come to look, `upgrade` is False: then an empty or older one is refused too, and stays as it is.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        database: Database = SqliteDatabase(sqlite_path(url))
    elif scheme in ("postgresql", "postgres"):
        database = _postgresql().open_postgresql(url)
    else:
        raise BadInput(
            f"database {url.rsplit('@', maxsplit=1)[-1]!r} is of no kind we know; give sqlite:///path or postgresql://user@host/name"
        )
    try:
        _bring_up_to_date(database, url, upgrade=upgrade)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up_to_date(database: Database, url: str, *, upgrade: bool) -> None:
    have, want = schema_version.current(database), schema_version.newest()
    if have is not None and have > want:
        raise Conflict(
            f"the database has schema {have}, this release knows {want}; start the newer release that wrote it"
        )
    if have != want and not upgrade:
        raise Conflict(
            f"the database has schema {have or 'none'}, this release reads {want}; look at it with the release that "
            "wrote it, or bring it up to date: modelwright migrate"
        )
    if have != want:
        # Alembic takes 0.3 s to import and is needed once in a database's life: a server whose schema is
        # up to date starts without it.
        importlib.import_module("modelwright.core.db.migrate").upgrade(url)


def sqlite_path(url: str) -> Path:
    """The file that a `sqlite:///` URL names."""
    return Path(url.removeprefix("sqlite:///"))


def _postgresql() -> ModuleType:
    # psycopg is an extra: a laptop needs neither it nor libpq.
    if importlib.util.find_spec("psycopg") is None:
        raise BadInput("PostgreSQL needs psycopg: pip install 'modelwright[postgres]'")
    return importlib.import_module("modelwright.core.db.postgresql")
