"""SQL that finds a dataset by its name and digest, and what refers to it.

The same dataset has a row in each experiment whose runs used it. Rows are found along the key of names in an
experiment, one experiment after the other: those are few, and names alone have no index.
"""

from typing import Any, Final

from sqlalchemy import bindparam, func, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.dataset_pages import DatasetUse, MeasuredOn
from modelwright.tracking.model.shown import CONTEXT_TAG
from modelwright.tracking.store.tables import (
    datasets,
    experiments,
    logged_model_metrics,
    logged_models,
    run_dataset_tags,
    run_datasets,
    runs,
)

_MOST_LOOKED_AT: Final = 10_000

_NAMED: Final = Sql(
    select(
        datasets.c.pk,
        datasets.c.experiment_id,
        datasets.c.source_type,
        datasets.c.source,
        datasets.c.schema,
        datasets.c.profile,
    )
    .where(
        datasets.c.experiment_id.in_(select(experiments.c.id)),
        datasets.c.name == bindparam("name"),
        datasets.c.digest == bindparam("digest"),
    )
    .order_by(datasets.c.pk.desc())
)
# Which runs are on the page is decided before anything is read of them.
_SOME = (
    select(run_datasets.c.run_pk, run_datasets.c.dataset_pk)
    .where(in_list(run_datasets.c.dataset_pk, "pks"), run_datasets.c.run_pk < bindparam("before_pk"))
    .order_by(run_datasets.c.run_pk.desc())
    .limit(bindparam("limit"))
    .subquery()
)
_USES: Final = Sql(
    select(
        runs.c.pk,
        runs.c.id,
        runs.c.name,
        runs.c.experiment_id,
        experiments.c.name,
        runs.c.status,
        runs.c.lifecycle,
        runs.c.start_ms,
        run_dataset_tags.c.value,
    )
    .select_from(
        _SOME.join(runs, runs.c.pk == _SOME.c.run_pk)
        .join(experiments, experiments.c.id == runs.c.experiment_id)
        .outerjoin(
            run_dataset_tags,
            (run_dataset_tags.c.run_pk == _SOME.c.run_pk)
            & (run_dataset_tags.c.dataset_pk == _SOME.c.dataset_pk)
            & (run_dataset_tags.c.key == CONTEXT_TAG),
        )
    )
    .order_by(runs.c.pk.desc())
)
_MEASURED: Final = Sql(
    select(
        logged_models.c.id,
        logged_model_metrics.c.key,
        logged_model_metrics.c.value,
        logged_model_metrics.c.is_nan,
    )
    .join_from(logged_models, logged_model_metrics, logged_model_metrics.c.model_pk == logged_models.c.pk)
    .where(
        in_list(logged_models.c.id, "ids"),
        logged_model_metrics.c.dataset_name == bindparam("name"),
        logged_model_metrics.c.dataset_digest == bindparam("digest"),
    )
    .order_by(logged_models.c.id, logged_model_metrics.c.key, logged_model_metrics.c.ms)
)
_LATEST = (
    select(datasets.c.pk, datasets.c.name, datasets.c.digest)
    .order_by(datasets.c.pk.desc())
    .limit(_MOST_LOOKED_AT)
    .subquery()
)
_MATCHING: Final = Sql(
    select(_LATEST.c.name, _LATEST.c.digest)
    .where(func.lower(_LATEST.c.name).contains(bindparam("words"), escape="/"))
    .group_by(_LATEST.c.name, _LATEST.c.digest)
    .order_by(func.max(_LATEST.c.pk).desc())
    .limit(bindparam("limit"))
)


def named(tx: ReadTx, name: str, digest: str) -> list[tuple[Any, ...]]:
    """Primary key, experiment, source type, source, schema and profile in each experiment, the newest first."""
    return tx.all(_NAMED, name=name, digest=digest)


def uses(tx: ReadTx, pks: list[int], *, before_pk: int, limit: int) -> list[tuple[int, DatasetUse]]:
    """Runs that used any of the rows, the newest first, each with its primary key."""
    return [
        (
            pk,
            DatasetUse(
                run_id=run_id,
                run_name=name,
                experiment_id=str(experiment_id),
                experiment=experiment,
                status=status,
                deleted=lifecycle != "active",
                started_ms=start_ms,
                context=context or "",
            ),
        )
        for pk, run_id, name, experiment_id, experiment, status, lifecycle, start_ms, context in tx.all(
            _USES, pks=pks, before_pk=before_pk, limit=limit
        )
    ]


def measured(tx: ReadTx, name: str, digest: str, model_ids: list[str]) -> list[MeasuredOn]:
    """Metrics of these logged models on the dataset."""
    rows = tx.all(_MEASURED, ids=model_ids, name=name, digest=digest)
    return [MeasuredOn(model_id=id_, key=key, value=None if is_nan else value) for id_, key, value, is_nan in rows]


def matching(tx: ReadTx, words: str, *, limit: int) -> list[tuple[str, str]]:
    """Name and digest of those of the latest datasets whose name contains the words."""
    literally = words.lower().replace("/", "//").replace("%", "/%").replace("_", "/_")
    return [(name, digest) for name, digest in tx.all(_MATCHING, words=literally, limit=limit)]
