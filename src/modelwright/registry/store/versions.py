"""Versions and their tags."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from modelwright.core.db.sql import NewRow, Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import NotFound
from modelwright.registry.model.things import Stage, Version, version_reference
from modelwright.registry.store.aliases import aliases_of_versions
from modelwright.registry.store.tables import models, version_tags, versions


class VersionRow(NamedTuple):
    """A version's own row, and its model's name at the end."""

    pk: int
    model_pk: int
    number: int
    stage: str
    description: str | None
    source: str
    location: str
    run_id: str
    run_link: str | None
    logged_model_id: str | None
    digest: str | None
    owner: str | None
    root: str | None
    size: int | None
    created_by: str
    created_ms: int
    updated_ms: int
    model: str


VERSION_COLUMNS: Final = (*(versions.c[name] for name in VersionRow._fields[:-1]), models.c.name.label("model"))
_OF_MODEL: Final = select(*VERSION_COLUMNS).where(models.c.pk == versions.c.model_pk)

_ONE: Final = Sql(_OF_MODEL.where(models.c.name == bindparam("name"), versions.c.number == bindparam("number")))
_ALL: Final = Sql(_OF_MODEL.where(versions.c.model_pk == bindparam("model_pk")).order_by(versions.c.number))
_rivals = versions.alias("rivals")
_NEWEST: Final = Sql(
    _OF_MODEL.where(
        in_list(versions.c.model_pk, "model_pks"),
        versions.c.number
        == select(func.max(_rivals.c.number))
        .where(_rivals.c.model_pk == versions.c.model_pk, _rivals.c.stage == versions.c.stage)
        .scalar_subquery(),
    ).order_by(versions.c.model_pk, versions.c.number)
)
_LAST: Final = Sql(
    _OF_MODEL.where(models.c.name == bindparam("name")).order_by(versions.c.number.desc()).limit(bindparam("limit"))
)
_IN_STAGE: Final = Sql(
    _OF_MODEL.where(versions.c.model_pk == bindparam("model_pk"), versions.c.stage == bindparam("stage")).order_by(
        versions.c.number
    )
)
_COUNTS: Final = Sql(
    select(versions.c.model_pk, func.count(), func.max(versions.c.number))
    .where(in_list(versions.c.model_pk, "model_pks"))
    .group_by(versions.c.model_pk)
)
_NAMED: Final = select(models.c.name, versions.c.number).where(models.c.pk == versions.c.model_pk)
_FROM_RUNS: Final = Sql(
    _NAMED.where(in_list(versions.c.run_id, "ids")).order_by(models.c.name, versions.c.number).limit(bindparam("limit"))
)
_FROM_LOGGED_MODELS: Final = Sql(
    _NAMED.where(in_list(versions.c.logged_model_id, "ids"))
    .order_by(models.c.name, versions.c.number)
    .limit(bindparam("limit"))
)
_SHOWN: Final = 100
_NEW_COLUMNS: Final = tuple(name for name in VersionRow._fields[1:-1])
_INSERT: Final = NewRow(insert(versions).values({name: bindparam(name) for name in _NEW_COLUMNS}), versions.c.pk)
_DESCRIBE: Final = Sql(
    update(versions)
    .where(versions.c.pk == bindparam("pk_is"))
    .values(description=bindparam("description"), updated_ms=bindparam("now_ms"))
)
_STAGE: Final = Sql(
    update(versions)
    .where(versions.c.pk == bindparam("pk_is"))
    .values(stage=bindparam("stage"), updated_ms=bindparam("now_ms"))
)
_TOUCH: Final = Sql(
    update(versions).where(versions.c.model_pk == bindparam("model_pk_is")).values(updated_ms=bindparam("now_ms"))
)
_TAGS: Final = Sql(
    select(version_tags.c.version_pk, version_tags.c.key, version_tags.c.value)
    .where(in_list(version_tags.c.version_pk, "pks"))
    .order_by(version_tags.c.version_pk, version_tags.c.key)
)
_TAG: Final = Sql(
    select(version_tags.c.value).where(
        version_tags.c.version_pk == bindparam("version_pk"), version_tags.c.key == bindparam("key")
    )
)
_PUT_TAG: Final = Sql(
    lambda insert: (
        insert(version_tags)
        .values(version_pk=bindparam("version_pk"), key=bindparam("key"), value=bindparam("value"))
        .on_conflict_do_update(index_elements=["version_pk", "key"], set_={"value": bindparam("value")})
    )
)
_DROP_TAG: Final = Sql(
    delete(version_tags).where(
        version_tags.c.version_pk == bindparam("version_pk"), version_tags.c.key == bindparam("key")
    )
)
_DROP: Final = (
    Sql(delete(version_tags).where(version_tags.c.version_pk == bindparam("pk_is"))),
    Sql(delete(versions).where(versions.c.pk == bindparam("pk_is"))),
)


def get_version(tx: ReadTx, name: str, number: int) -> VersionRow:
    """Raises NotFound."""
    row = tx.one(_ONE, name=name, number=number)
    return _missing(name, number) if row is None else VersionRow(*row)


def versions_of(tx: ReadTx, model_pk: int) -> list[VersionRow]:
    """All of a model, oldest first."""
    return [VersionRow(*row) for row in tx.all(_ALL, model_pk=model_pk)]


def last_version(tx: ReadTx, name: str) -> VersionRow | None:
    """The one with the greatest number."""
    row = tx.one(_LAST, name=name, limit=1)
    return None if row is None else VersionRow(*row)


def newest_in_stages(tx: ReadTx, model_pks: list[int]) -> dict[int, list[Version]]:
    """By model, the newest version of each stage that has one, by number."""
    rows = [VersionRow(*row) for row in tx.all(_NEWEST, model_pks=model_pks)]
    found: dict[int, list[Version]] = {}
    for row, version in zip(rows, as_versions(tx, rows), strict=True):
        found.setdefault(row.model_pk, []).append(version)
    return found


def counts(tx: ReadTx, model_pks: list[int]) -> dict[int, tuple[int, int]]:
    """By model, only for those that have versions: how many, and the greatest number."""
    return {row[0]: (row[1], row[2]) for row in tx.all(_COUNTS, model_pks=model_pks)}


def versions_in_stage(tx: ReadTx, model_pk: int, stage: Stage) -> list[VersionRow]:
    return [VersionRow(*row) for row in tx.all(_IN_STAGE, model_pk=model_pk, stage=stage.value)]


def references_from_runs(tx: ReadTx, run_ids: list[str]) -> list[str]:
    """Versions that came from any of the runs, by name and number; at most a hundred."""
    return [version_reference(*row) for row in tx.all(_FROM_RUNS, ids=run_ids, limit=_SHOWN)]


def references_from_logged_models(tx: ReadTx, model_ids: list[str]) -> list[str]:
    """As `references_from_runs`."""
    return [version_reference(*row) for row in tx.all(_FROM_LOGGED_MODELS, ids=model_ids, limit=_SHOWN)]


def add_version(tx: WriteTx, model_pk: int, version: Version) -> int:
    """Its number in our tables."""
    values = {name: getattr(version, name) for name in _NEW_COLUMNS if name != "model_pk"}
    values |= {"stage": version.stage.value, "run_id": version.run_id or ""}
    return tx.add(_INSERT, model_pk=model_pk, **values)


def describe_version(tx: WriteTx, pk: int, description: str, now_ms: int) -> None:
    tx.run(_DESCRIBE, pk_is=pk, description=description, now_ms=now_ms)


def stage_version(tx: WriteTx, pk: int, stage: Stage, now_ms: int) -> None:
    tx.run(_STAGE, pk_is=pk, stage=stage.value, now_ms=now_ms)


def touch_versions(tx: WriteTx, model_pk: int, now_ms: int) -> None:
    tx.run(_TOUCH, model_pk_is=model_pk, now_ms=now_ms)


def drop_version(tx: WriteTx, pk: int) -> None:
    for each in _DROP:
        tx.run(each, pk_is=pk)


def version_tag(tx: ReadTx, pk: int, key: str) -> str | None:
    value: str | None = tx.value(_TAG, version_pk=pk, key=key)
    return value


def put_version_tags(tx: WriteTx, pk: int, tags: Mapping[str, str]) -> None:
    tx.run_many(_PUT_TAG, [{"version_pk": pk, "key": key, "value": value} for key, value in tags.items()])


def drop_version_tag(tx: WriteTx, pk: int, key: str) -> None:
    tx.run(_DROP_TAG, version_pk=pk, key=key)


def as_versions(tx: ReadTx, rows: Iterable[VersionRow]) -> list[Version]:
    """The rows as versions, with their tags and aliases."""
    rows = list(rows)
    if not rows:
        return []
    tags: dict[int, dict[str, str]] = {}
    for pk, key, value in tx.all(_TAGS, pks=[row.pk for row in rows]):
        tags.setdefault(pk, {})[key] = value
    called = aliases_of_versions(tx, sorted({row.model_pk for row in rows}))
    return [
        Version(
            model=row.model,
            number=row.number,
            stage=Stage(row.stage),
            description=row.description or "",
            source=row.source,
            location=row.location,
            run_id=row.run_id or None,
            run_link=row.run_link,
            logged_model_id=row.logged_model_id,
            digest=row.digest,
            owner=row.owner,
            root=row.root,
            size=row.size,
            created_by=row.created_by,
            created_ms=row.created_ms,
            updated_ms=row.updated_ms,
            tags=tags.get(row.pk, {}),
            aliases=tuple(called.get((row.model_pk, row.number), ())),
        )
        for row in rows
    ]


def _missing(name: str, number: int) -> Any:
    raise NotFound(f"Model Version (name={name}, version={number}) not found", model=name, number=number)
