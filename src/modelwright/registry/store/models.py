"""Models and their tags."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from modelwright.core.db.failures import Duplicate
from modelwright.core.db.sql import NewRow, Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import AlreadyExists, NotFound
from modelwright.registry.store.tables import alias_moves, aliases, model_tags, models, version_tags, versions


class ModelRow(NamedTuple):
    """A model's own row."""

    pk: int
    name: str
    description: str | None
    created_ms: int
    updated_ms: int


MODEL_COLUMNS: Final = tuple(models.c[name] for name in ModelRow._fields)

_BY_NAME: Final = Sql(select(*MODEL_COLUMNS).where(models.c.name == bindparam("name")))
_LOCK: Final = Sql(select(*MODEL_COLUMNS).where(models.c.name == bindparam("name")).with_for_update())
_TOUCH: Final = Sql(update(models).where(models.c.pk == bindparam("pk_is")).values(updated_ms=bindparam("now_ms")))
_INSERT: Final = NewRow(
    insert(models).values(
        name=bindparam("name"),
        description=bindparam("description"),
        created_ms=bindparam("now_ms"),
        updated_ms=bindparam("now_ms"),
        last_number=0,
    ),
    models.c.pk,
)
_NEXT_NUMBER: Final = Sql(
    update(models)
    .where(models.c.name == bindparam("name_is"))
    .values(last_number=models.c.last_number + 1, updated_ms=bindparam("now_ms"))
    .returning(models.c.pk, models.c.last_number)
)
_DESCRIBE: Final = Sql(
    update(models)
    .where(models.c.pk == bindparam("pk_is"))
    .values(description=bindparam("description"), updated_ms=bindparam("now_ms"))
)
_RENAME: Final = Sql(
    update(models)
    .where(models.c.pk == bindparam("pk_is"))
    .values(name=bindparam("name"), updated_ms=bindparam("now_ms"))
)
_TAGS: Final = Sql(
    select(model_tags.c.model_pk, model_tags.c.key, model_tags.c.value)
    .where(in_list(model_tags.c.model_pk, "pks"))
    .order_by(model_tags.c.model_pk, model_tags.c.key)
)
_TAG: Final = Sql(
    select(model_tags.c.value).where(
        model_tags.c.model_pk == bindparam("model_pk"), model_tags.c.key == bindparam("key")
    )
)
_PUT_TAG: Final = Sql(
    lambda insert: (
        insert(model_tags)
        .values(model_pk=bindparam("model_pk"), key=bindparam("key"), value=bindparam("value"))
        .on_conflict_do_update(index_elements=["model_pk", "key"], set_={"value": bindparam("value")})
    )
)
_DROP_TAG: Final = Sql(
    delete(model_tags).where(model_tags.c.model_pk == bindparam("model_pk"), model_tags.c.key == bindparam("key"))
)
_THEIR_VERSIONS: Final = select(versions.c.pk).where(versions.c.model_pk == bindparam("pk_is"))
_DROP_ALL: Final = (
    Sql(delete(version_tags).where(version_tags.c.version_pk.in_(_THEIR_VERSIONS))),
    Sql(delete(versions).where(versions.c.model_pk == bindparam("pk_is"))),
    *(Sql(delete(table).where(table.c.model_pk == bindparam("pk_is"))) for table in (aliases, alias_moves, model_tags)),
    Sql(delete(models).where(models.c.pk == bindparam("pk_is"))),
)


def find_model(tx: ReadTx, name: str) -> ModelRow | None:
    row = tx.one(_BY_NAME, name=name)
    return None if row is None else ModelRow(*row)


def get_model(tx: ReadTx, name: str) -> ModelRow:
    """Raises NotFound."""
    return find_model(tx, name) or _missing(name)


def lock_model(tx: WriteTx, name: str) -> ModelRow:
    """The model, which nobody else changes until the transaction ends, nor its versions or aliases.

    Raises NotFound.
    """
    row = tx.one(_LOCK, name=name)
    return _missing(name) if row is None else ModelRow(*row)


def add_model(tx: WriteTx, name: str, description: str, now_ms: int) -> int:
    """The new model's number in our tables. Raises AlreadyExists when another server was quicker."""
    try:
        return tx.add(_INSERT, name=name, description=description, now_ms=now_ms)
    except Duplicate:
        raise _taken(name) from None


def next_number(tx: WriteTx, name: str, now_ms: int) -> tuple[int, int]:
    """The model's number in our tables, and the number of its next version; locks as `lock_model` does.

    Raises NotFound.
    """
    row = tx.one(_NEXT_NUMBER, name_is=name, now_ms=now_ms)
    return _missing(name) if row is None else (row[0], row[1])


def touch_model(tx: WriteTx, pk: int, now_ms: int) -> None:
    """Something about the model is new."""
    tx.run(_TOUCH, pk_is=pk, now_ms=now_ms)


def describe_model(tx: WriteTx, pk: int, description: str, now_ms: int) -> None:
    tx.run(_DESCRIBE, pk_is=pk, description=description, now_ms=now_ms)


def rename_model(tx: WriteTx, pk: int, name: str, now_ms: int) -> None:
    """Raises AlreadyExists."""
    if find_model(tx, name) is not None:
        raise _taken(name)
    try:
        tx.run(_RENAME, pk_is=pk, name=name, now_ms=now_ms)
    except Duplicate:
        raise _taken(name) from None


def drop_model(tx: WriteTx, pk: int) -> None:
    """Everything of the model goes."""
    for each in _DROP_ALL:
        tx.run(each, pk_is=pk)


def tags_of_models(tx: ReadTx, pks: list[int]) -> dict[int, dict[str, str]]:
    """By model, only for those that have tags."""
    found: dict[int, dict[str, str]] = {}
    for pk, key, value in tx.all(_TAGS, pks=pks):
        found.setdefault(pk, {})[key] = value
    return found


def model_tag(tx: ReadTx, pk: int, key: str) -> str | None:
    value: str | None = tx.value(_TAG, model_pk=pk, key=key)
    return value


def put_model_tags(tx: WriteTx, pk: int, tags: Mapping[str, str]) -> None:
    tx.run_many(_PUT_TAG, [{"model_pk": pk, "key": key, "value": value} for key, value in tags.items()])


def drop_model_tag(tx: WriteTx, pk: int, key: str) -> None:
    tx.run(_DROP_TAG, model_pk=pk, key=key)


def _missing(name: str) -> Any:
    raise NotFound(f"Registered Model with name={name} not found", model=name)


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f"Registered Model (name={name}) already exists.", model=name)
