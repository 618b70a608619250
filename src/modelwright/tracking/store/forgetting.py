"""SQL that removes runs for good, with everything on them."""

from typing import Final

from sqlalchemy import bindparam, delete, select

from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.tracking.store.tables import (
    chunks,
    datasets,
    params,
    run_dataset_tags,
    run_datasets,
    run_models,
    runs,
    series,
    tags,
)

_CHUNKS = Sql(
    delete(chunks).where(chunks.c.series_pk.in_(select(series.c.pk).where(series.c.run_pk == bindparam("run_pk"))))
)
_ON_RUN: Final = tuple(
    Sql(delete(table).where(table.c.run_pk == bindparam("run_pk")))
    for table in (series, params, tags, run_dataset_tags, run_datasets, run_models)
)
_RUN = Sql(delete(runs).where(runs.c.pk == bindparam("run_pk")))
_DATASETS = Sql(
    delete(datasets).where(
        datasets.c.experiment_id == bindparam("experiment_id"),
        datasets.c.pk.not_in(select(run_datasets.c.dataset_pk)),
    )
)
_RUNS_LEFT = Sql(select(runs.c.id).where(runs.c.experiment_id == bindparam("experiment_id")).limit(1))


def forget_run(tx: WriteTx, run_pk: int) -> None:
    tx.run(_CHUNKS, run_pk=run_pk)
    for statement in _ON_RUN:
        tx.run(statement, run_pk=run_pk)
    tx.run(_RUN, run_pk=run_pk)


def forget_unused_datasets(tx: WriteTx, experiment_id: int) -> int:
    """The number of datasets that no run of the experiment uses any more; they are gone then."""
    return tx.run(_DATASETS, experiment_id=experiment_id)


def has_runs(tx: ReadTx, experiment_id: int) -> bool:
    return tx.one(_RUNS_LEFT, experiment_id=experiment_id) is not None
