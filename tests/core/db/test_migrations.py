"""Migrations: the schema they make is the one the code expects, on both databases."""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import modelwright
import modelwright.core.events
import modelwright.core.jobs
from modelwright.core.db import schema_version
from modelwright.core.db.migrate import upgrade
from modelwright.core.db.open import open_database
from modelwright.core.db.schema import metadata
from modelwright.core.errors import BadInput, Conflict

for room in Path(modelwright.__path__[0]).glob("*/store*"):
    name = f"modelwright.{room.parent.name}.store"
    for module in [name, *(m.name for m in pkgutil.iter_modules([str(room)], f"{name}."))]:
        importlib.import_module(module)  # defines the room's tables


def belongs_to(dialect: str) -> Callable[..., bool]:
    """Alembic asks this of each object; it does not itself look at `ddl_if`."""

    def belongs(thing: Any, *_: object) -> bool:
        condition = getattr(thing, "_ddl_if", None)
        return condition is None or condition.dialect == dialect

    return belongs


REVISIONS = sorted(schema_version.VERSIONS.glob("[0-9]*_*.py"))


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_migrations_make_the_schema_that_the_code_expects(database_url: str) -> None:
    """Alembic finds nothing to add, drop or change between the migrated database and the tables in the code."""
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        options = {"include_object": belongs_to(connection.dialect.name)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()

    assert [] == differences


def test_revisions_are_one_line() -> None:
    """Each revision follows the one numbered before it."""
    numbers = [path.name[:4] for path in REVISIONS]

    assert [f"{n:04d}" for n in range(1, len(REVISIONS) + 1)] == numbers
    for number, path in zip(numbers, REVISIONS, strict=True):
        before = f'"{int(number) - 1:04d}"' if number != "0001" else "None"
        assert f'revision = "{number}"\ndown_revision = {before}\n' in path.read_text()


def test_a_database_of_a_newer_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older program does not touch a schema that it does not know."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_database(url).close()
    monkeypatch.setattr(schema_version, "newest", lambda: "0001")

    with pytest.raises(Conflict, match="start the newer release"):
        open_database(url)


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    """A database at any earlier revision opens at the newest one."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    upgrade(url, "0001")

    db = open_database(url)

    assert schema_version.newest() == schema_version.current(db)
    db.close()


def test_an_address_of_another_kind_of_database_is_refused() -> None:
    """The error says which kinds there are."""
    with pytest.raises(BadInput, match="postgresql://user@host/name"):
        open_database("mysql://root@localhost/x")
