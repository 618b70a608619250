"""SQL of runs themselves, and of the params and tags on them."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, case, delete, insert, select, update

from modelwright.core.db.sql import NewRow, Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.tracking.model.runs import RunInfo
from modelwright.tracking.store.tables import params, runs, tags
from modelwright.tracking.store.upsert import upsert

_INFO: Final = tuple(runs.c[name] for name in RunInfo.__struct_fields__)
_BY_ID = Sql(select(*_INFO).where(runs.c.id == bindparam("id")))
_BY_PKS = Sql(select(*_INFO).where(in_list(runs.c.pk, "pks")))
_REVISION = Sql(select(runs.c.pk, runs.c.revision).where(runs.c.id == bindparam("id")))
_LIFECYCLE = Sql(select(runs.c.lifecycle).where(runs.c.id == bindparam("id")))
_PKS = Sql(select(runs.c.id, runs.c.pk).where(in_list(runs.c.id, "ids")))
_TOUCH = Sql(
    update(runs)
    .where(runs.c.id == bindparam("of"), runs.c.lifecycle == "active")
    .values(revision=runs.c.revision + 1)
    .returning(runs.c.pk, runs.c.experiment_id)
)
_BUMP = Sql(update(runs).where(runs.c.pk == bindparam("of")).values(revision=runs.c.revision + 1))
_LOCK = Sql(select(*_INFO).where(runs.c.id == bindparam("id")).with_for_update())
_INSERT = NewRow(
    insert(runs).values(
        deleted_with_experiment=0,
        lifecycle="active",
        status="RUNNING",
        **{
            name: bindparam(name)
            for name in ("id", "experiment_id", "name", "user_id", "start_ms", "artifact_uri", "revision")
        },
    ),
    runs.c.pk,
)
_CHANGE = Sql(
    update(runs)
    .where(runs.c.pk == bindparam("of"))
    .values(
        status=bindparam("to_status"),
        end_ms=bindparam("to_end_ms"),
        name=bindparam("to_name"),
        revision=runs.c.revision + 1,
    )
)
_MOVE = Sql(
    update(runs)
    .where(runs.c.pk == bindparam("of"))
    .values(
        lifecycle=bindparam("to"),
        deleted_ms=bindparam("at_ms"),
        deleted_with_experiment=0,
        revision=runs.c.revision + 1,
    )
)
_DELETE_WITH_EXPERIMENT = Sql(
    update(runs)
    .where(runs.c.experiment_id == bindparam("of"), runs.c.lifecycle == "active")
    .values(lifecycle="deleted", deleted_ms=bindparam("at_ms"), deleted_with_experiment=1, revision=runs.c.revision + 1)
)
_RESTORE_WITH_EXPERIMENT = Sql(
    update(runs)
    .where(runs.c.experiment_id == bindparam("of"), runs.c.deleted_with_experiment == 1)
    .values(lifecycle="active", deleted_ms=None, deleted_with_experiment=0, revision=runs.c.revision + 1)
)
_IDS_IN_EXPERIMENT = Sql(
    select(runs.c.id).where(
        runs.c.experiment_id == bindparam("experiment_id"),
        case((bindparam("active_only") == 1, runs.c.lifecycle == "active"), else_=True),
    )
)
_DELETED = Sql(select(runs.c.id).where(runs.c.lifecycle == "deleted", runs.c.deleted_ms <= bindparam("before_ms")))

_PARAMS_AT = Sql(
    select(params.c.key, params.c.value).where(params.c.run_pk == bindparam("run_pk"), in_list(params.c.key, "keys"))
)
_INSERT_PARAM = Sql(
    lambda insert: (
        insert(params)
        .values({name: bindparam(name) for name in ("run_pk", "key", "value", "experiment_id")})
        .on_conflict_do_nothing(index_elements=["run_pk", "key"])
    )
)
_TAGS_AT = Sql(
    select(tags.c.key, tags.c.value).where(tags.c.run_pk == bindparam("run_pk"), in_list(tags.c.key, "keys"))
)
_SET_TAG = Sql(
    lambda insert: upsert(
        insert(tags).values({name: bindparam(name) for name in ("run_pk", "key", "value", "experiment_id")})
    )
)
_DELETE_TAG = Sql(delete(tags).where(tags.c.run_pk == bindparam("run_pk"), tags.c.key == bindparam("key")))
_RENAME = Sql(update(runs).where(runs.c.pk == bindparam("of")).values(name=bindparam("to_name")))


def get(tx: ReadTx, run_id: str) -> RunInfo | None:
    return _info(tx.one(_BY_ID, id=run_id))


def get_many(tx: ReadTx, pks: list[int]) -> dict[int, RunInfo]:
    return {
        row[0]: RunInfo(**dict(zip(RunInfo.__struct_fields__, row, strict=True))) for row in tx.all(_BY_PKS, pks=pks)
    }


def lock(tx: WriteTx, run_id: str) -> RunInfo | None:
    """As `get`; until the transaction ends, nobody else writes to the run."""
    return _info(tx.one(_LOCK, id=run_id))


def revision(tx: ReadTx, run_id: str) -> tuple[int, int] | None:
    """(pk, revision) of a run: what an encoded copy of it is kept by."""
    row = tx.one(_REVISION, id=run_id)
    return None if row is None else (row[0], row[1])


def lifecycle(tx: ReadTx, run_id: str) -> str | None:
    """None when there is no such run."""
    found: str | None = tx.value(_LIFECYCLE, id=run_id)
    return found


def pks(tx: ReadTx, run_ids: list[str]) -> dict[str, int]:
    """The numbers of those runs that there are, by id."""
    return dict(tx.all(_PKS, ids=run_ids))


def touch(tx: WriteTx, run_id: str) -> tuple[int, int] | None:
    """(pk, experiment id) of an active run, with its revision moved on; None when it is missing or deleted.

    The first statement of every write to a run: it checks, it tells readers' caches, and on PostgreSQL it holds the
    run's row until the end of the transaction, so that writes to one run follow each other.
    """
    row = tx.one(_TOUCH, of=run_id)
    return None if row is None else (row[0], row[1])


def bump(tx: WriteTx, run_pk: int) -> None:
    tx.run(_BUMP, of=run_pk)


def add(tx: WriteTx, **values: Any) -> int:
    """The new run's number."""
    return tx.add(_INSERT, **values)


def change(tx: WriteTx, run_pk: int, *, status: str, end_ms: int | None, name: str) -> None:
    tx.run(_CHANGE, of=run_pk, to_status=status, to_end_ms=end_ms, to_name=name)


def rename(tx: WriteTx, run_pk: int, name: str) -> None:
    tx.run(_RENAME, of=run_pk, to_name=name)


def move(tx: WriteTx, run_pk: int, lifecycle_: str, deleted_ms: int | None) -> None:
    tx.run(_MOVE, of=run_pk, to=lifecycle_, at_ms=deleted_ms)


def delete_with_experiment(tx: WriteTx, experiment_id: int, now_ms: int) -> int:
    """The number of runs that were active."""
    return tx.run(_DELETE_WITH_EXPERIMENT, of=experiment_id, at_ms=now_ms)


def restore_with_experiment(tx: WriteTx, experiment_id: int) -> int:
    """The number of runs that had been deleted with their experiment."""
    return tx.run(_RESTORE_WITH_EXPERIMENT, of=experiment_id)


def ids_in_experiment(tx: ReadTx, experiment_id: int, *, active_only: bool) -> list[str]:
    return [row[0] for row in tx.all(_IDS_IN_EXPERIMENT, experiment_id=experiment_id, active_only=int(active_only))]


def deleted_before(tx: ReadTx, before_ms: int) -> list[str]:
    return [row[0] for row in tx.all(_DELETED, before_ms=before_ms)]


def params_at(tx: ReadTx, run_pk: int, keys: list[str]) -> dict[str, str]:
    return dict(tx.all(_PARAMS_AT, run_pk=run_pk, keys=keys))


def add_params(tx: WriteTx, run_pk: int, experiment_id: int, values: Mapping[str, str]) -> None:
    """Keys that are there already keep their value."""
    tx.run_many(_INSERT_PARAM, _rows(run_pk, experiment_id, values))


def add_param(tx: WriteTx, run_pk: int, experiment_id: int, key: str, value: str) -> bool:
    """False when the key has a value already, which stays."""
    return tx.run(_INSERT_PARAM, run_pk=run_pk, experiment_id=experiment_id, key=key, value=value) > 0


def tags_at(tx: ReadTx, run_pk: int, keys: list[str]) -> dict[str, str]:
    return dict(tx.all(_TAGS_AT, run_pk=run_pk, keys=keys))


def set_tags(tx: WriteTx, run_pk: int, experiment_id: int, values: Mapping[str, str]) -> None:
    tx.run_many(_SET_TAG, _rows(run_pk, experiment_id, values))


def delete_tag(tx: WriteTx, run_pk: int, key: str) -> bool:
    """False when there was no such tag."""
    return tx.run(_DELETE_TAG, run_pk=run_pk, key=key) > 0


def _rows(run_pk: int, experiment_id: int, values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"run_pk": run_pk, "experiment_id": experiment_id, "key": key, "value": value} for key, value in values.items()
    ]


def _info(row: tuple[Any, ...] | None) -> RunInfo | None:
    return None if row is None else RunInfo(**dict(zip(RunInfo.__struct_fields__, row, strict=True)))
