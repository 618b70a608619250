"""SQL of logged models, their params, tags and metrics."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, case, delete, insert, select, tuple_, update

from modelwright.core.db.sql import NewRow, Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.tracking.model.logged_models import LoggedModel, ModelMetric, ModelPoint
from modelwright.tracking.store.tables import (
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
)
from modelwright.tracking.store.upsert import upsert

_FIELDS: Final = tuple(name for name in LoggedModel.__struct_fields__ if name not in {"params", "tags", "metrics"})
_COLUMNS: Final = tuple(logged_models.c[name] for name in _FIELDS)
_BY_ID = Sql(select(*_COLUMNS).where(logged_models.c.id == bindparam("id")))
_LOCK = Sql(select(*_COLUMNS).where(logged_models.c.id == bindparam("id")).with_for_update())
_NAMED = Sql(
    select(logged_models.c.id)
    .where(
        logged_models.c.source_run_id == bindparam("run_id"),
        logged_models.c.name == bindparam("name"),
        logged_models.c.lifecycle == "active",
    )
    .order_by(logged_models.c.pk.desc())
    .limit(1)
)
_BY_PKS = Sql(select(*_COLUMNS).where(in_list(logged_models.c.pk, "pks")))
_PKS = Sql(
    select(logged_models.c.id, logged_models.c.pk).where(
        in_list(logged_models.c.id, "ids"), logged_models.c.lifecycle == "active"
    )
)
_INSERT = NewRow(
    insert(logged_models).values({name: bindparam(name) for name in _FIELDS if name != "pk"}), logged_models.c.pk
)
_CHANGE = Sql(
    update(logged_models)
    .where(logged_models.c.pk == bindparam("of"))
    .values(status=bindparam("to_status"), lifecycle=bindparam("to_lifecycle"), updated_ms=bindparam("now_ms"))
)
_PARAMS = Sql(
    select(logged_model_params.c.model_pk, logged_model_params.c.key, logged_model_params.c.value)
    .where(in_list(logged_model_params.c.model_pk, "pks"))
    .order_by(logged_model_params.c.model_pk, logged_model_params.c.key)
)
_TAGS = Sql(
    select(logged_model_tags.c.model_pk, logged_model_tags.c.key, logged_model_tags.c.value)
    .where(in_list(logged_model_tags.c.model_pk, "pks"))
    .order_by(logged_model_tags.c.model_pk, logged_model_tags.c.key)
)
_METRICS = Sql(
    select(
        logged_model_metrics.c.model_pk,
        logged_model_metrics.c.key,
        logged_model_metrics.c.value,
        logged_model_metrics.c.is_nan,
        logged_model_metrics.c.ms,
        logged_model_metrics.c.step,
        logged_model_metrics.c.run_id,
        logged_model_metrics.c.dataset_name,
        logged_model_metrics.c.dataset_digest,
    )
    .where(in_list(logged_model_metrics.c.model_pk, "pks"))
    .order_by(*logged_model_metrics.primary_key.columns)
)
_INSERT_PARAM = Sql(
    lambda insert: insert(logged_model_params).values({name: bindparam(name) for name in ("model_pk", "key", "value")})
)
_SET_TAG = Sql(
    lambda insert: upsert(
        insert(logged_model_tags).values({name: bindparam(name) for name in ("model_pk", "key", "value")})
    )
)
_DELETE_TAG = Sql(
    delete(logged_model_tags).where(
        logged_model_tags.c.model_pk == bindparam("model_pk"), logged_model_tags.c.key == bindparam("key")
    )
)
_POINT: Final = ("step", "ms", "value", "is_nan")


def _latest(insert: Any) -> Any:
    """Insert a metric, or move it on to a later point by (step, time, value)."""
    names = ("model_pk", "key", "run_id", "dataset_name", "dataset_digest", *_POINT)
    statement = insert(logged_model_metrics).values({name: bindparam(name) for name in names})
    new, old = statement.excluded, logged_model_metrics.c
    later = tuple_(*(new[name] for name in _POINT)) > tuple_(*(old[name] for name in _POINT))
    return statement.on_conflict_do_update(
        index_elements=["model_pk", "key", "run_id", "dataset_name", "dataset_digest"],
        set_={name: case((later, new[name]), else_=old[name]) for name in _POINT},
    )


_PUT_METRIC = Sql(_latest)
_DELETED = Sql(
    select(logged_models.c.id).where(
        logged_models.c.lifecycle == "deleted", logged_models.c.updated_ms <= bindparam("before_ms")
    )
)
_OF_EXPERIMENT = Sql(select(logged_models.c.id).where(logged_models.c.experiment_id == bindparam("experiment_id")))
_FORGET: Final = tuple(
    Sql(delete(table).where(table.c.model_pk == bindparam("pk")))
    for table in (logged_model_params, logged_model_tags, logged_model_metrics)
)
_FORGET_MODEL = Sql(delete(logged_models).where(logged_models.c.pk == bindparam("pk")))


def get(tx: ReadTx, model_id: str) -> LoggedModel | None:
    """Whole."""
    model = tx.struct(LoggedModel, _BY_ID, id=model_id)
    return None if model is None else load(tx, [model.pk])[model.pk]


def newest_named(tx: ReadTx, run_id: str, name: str) -> str | None:
    """The id of the newest one of this name that came from the run and is not deleted."""
    found: str | None = tx.value(_NAMED, run_id=run_id, name=name)
    return found


def lock(tx: WriteTx, model_id: str) -> LoggedModel | None:
    """Without params, tags and metrics; until the transaction ends, nobody else changes it."""
    return tx.struct(LoggedModel, _LOCK, id=model_id)


def pks(tx: ReadTx, ids: Sequence[str]) -> dict[str, int]:
    """The numbers of those models that there are, by id."""
    return dict(tx.all(_PKS, ids=list(ids)))


def number(tx: ReadTx, model_id: str) -> int | None:
    """Also of a deleted one."""
    row = tx.one(_BY_ID, id=model_id)
    return None if row is None else row[0]


def load(tx: ReadTx, numbers: list[int]) -> dict[int, LoggedModel]:
    """The models with these numbers, whole, by number."""
    found = {
        model.pk: msgspec.structs.replace(model, params={}, tags={}, metrics=[])
        for model in tx.structs(LoggedModel, _BY_PKS, pks=numbers)
    }
    for pk, key, value in tx.all(_PARAMS, pks=numbers):
        found[pk].params[key] = value
    for pk, key, value in tx.all(_TAGS, pks=numbers):
        found[pk].tags[key] = value
    for row in tx.all(_METRICS, pks=numbers):
        found[row[0]].metrics.append(_metric(row))
    return found


def add(tx: WriteTx, **values: Any) -> int:
    """The new model's number."""
    return tx.add(_INSERT, **values)


def change(tx: WriteTx, model_pk: int, *, status: str, lifecycle: str, now_ms: int) -> None:
    tx.run(_CHANGE, of=model_pk, to_status=status, to_lifecycle=lifecycle, now_ms=now_ms)


def add_params(tx: WriteTx, model_pk: int, values: Mapping[str, str]) -> None:
    """Raises Duplicate for a key that is there."""
    tx.run_many(_INSERT_PARAM, [{"model_pk": model_pk, "key": key, "value": value} for key, value in values.items()])


def params_of(tx: ReadTx, model_pk: int) -> dict[str, str]:
    return {key: value for _, key, value in tx.all(_PARAMS, pks=[model_pk])}


def tags_of(tx: ReadTx, model_pk: int) -> dict[str, str]:
    return {key: value for _, key, value in tx.all(_TAGS, pks=[model_pk])}


def set_tags(tx: WriteTx, model_pk: int, values: Mapping[str, str]) -> None:
    tx.run_many(_SET_TAG, [{"model_pk": model_pk, "key": key, "value": value} for key, value in values.items()])


def delete_tag(tx: WriteTx, model_pk: int, key: str) -> bool:
    """False when there was no such tag."""
    return tx.run(_DELETE_TAG, model_pk=model_pk, key=key) > 0


def put_points(tx: WriteTx, run_id: str, points: Sequence[tuple[int, ModelPoint]]) -> None:
    """Points with the numbers of their models."""
    tx.run_many(
        _PUT_METRIC,
        [
            {
                "model_pk": pk,
                "run_id": run_id,
                **{name: getattr(point, name) for name in ("key", "dataset_name", "dataset_digest", *_POINT)},
            }
            for pk, point in points
        ],
    )


def deleted_before(tx: ReadTx, before_ms: int) -> list[str]:
    return [row[0] for row in tx.all(_DELETED, before_ms=before_ms)]


def ids_in_experiment(tx: ReadTx, experiment_id: int) -> list[str]:
    return [row[0] for row in tx.all(_OF_EXPERIMENT, experiment_id=experiment_id)]


def forget(tx: WriteTx, model_pk: int) -> None:
    """Remove it for good."""
    for statement in _FORGET:
        tx.run(statement, pk=model_pk)
    tx.run(_FORGET_MODEL, pk=model_pk)


def _metric(row: tuple[Any, ...]) -> ModelMetric:
    _, key, value, is_nan, ms, step, run_id, dataset_name, dataset_digest = row
    return ModelMetric(
        key=key,
        value=float("nan") if is_nan else value,
        ms=ms,
        step=step,
        run_id=run_id,
        dataset_name=dataset_name,
        dataset_digest=dataset_digest,
    )
