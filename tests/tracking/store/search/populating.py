"""Put plain runs into a database, past the services: a search asks only what the tables say."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete

from modelwright.core.db.database import Database
from modelwright.core.db.sql import Insert, Sql
from modelwright.core.db.tx import WriteTx
from modelwright.tracking.store import tables
from modelwright.tracking.store.search.run_conditions import CONTEXT_TAG
from tests.tracking.store.search.naive import Run

_FILLED = (
    tables.logged_model_params,
    tables.logged_model_tags,
    tables.logged_model_metrics,
    tables.logged_models,
    tables.run_dataset_tags,
    tables.run_datasets,
    tables.datasets,
    tables.series,
    tables.params,
    tables.tags,
    tables.runs,
    tables.experiment_tags,
    tables.experiments,
)
_DELETES = [Sql(delete(table)) for table in _FILLED]


def populate(db: Database, runs: Iterable[Run], experiments: Iterable[int] = (1, 2, 3)) -> None:
    """Empty the tables, then fill them with `experiments` and `runs`."""
    kept = list(runs)
    db.write_now(lambda tx: _populate(tx, kept, list(experiments)))


def insert(tx: WriteTx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        names = list(rows[0])

        def build(insert: Insert) -> Any:
            return insert(table).values({name: bindparam(name) for name in names})

        tx.run_many(Sql(build), rows)


def _populate(tx: WriteTx, runs: list[Run], experiments: list[int]) -> None:
    for statement in _DELETES:
        tx.run(statement)
    insert(tx, tables.experiments, [_experiment(one) for one in experiments])
    insert(tx, tables.runs, [_run(run) for run in runs])
    for table, kept in ((tables.params, "params"), (tables.tags, "tags")):
        rows = [
            {"run_pk": run.pk, "experiment_id": run.experiment, "key": key, "value": value}
            for run in runs
            for key, value in getattr(run, kept).items()
        ]
        insert(tx, table, rows)
    insert(tx, tables.series, [_metric(run, key, value) for run in runs for key, value in run.metrics.items()])
    _datasets(tx, runs)


def _experiment(number: int) -> Mapping[str, Any]:
    times = {"created_ms": number, "updated_ms": number}
    return {"id": number, "name": f"e{number}", "artifact_location": "", "lifecycle": "active", **times}


def _run(run: Run) -> Mapping[str, Any]:
    return {
        "pk": run.pk,
        "id": run.id,
        "experiment_id": run.experiment,
        "name": run.name,
        "status": run.status,
        "user_id": run.user_id,
        "lifecycle": run.lifecycle,
        "start_ms": run.start_time,
        "end_ms": run.end_time,
        "deleted_ms": None,
        "deleted_with_experiment": 0,
        "artifact_uri": run.artifact_uri,
        "revision": run.pk + 100,
    }


def _metric(run: Run, key: str, value: float) -> Mapping[str, Any]:
    is_nan = math.isnan(value)
    bounds = {"min_value": None, "max_value": None} if is_nan else {"min_value": value, "max_value": value}
    return {
        "run_pk": run.pk,
        "experiment_id": run.experiment,
        "key": key,
        "last_step": 0,
        "last_ms": 0,
        "last_value": 0.0 if is_nan else value,
        "last_is_nan": int(is_nan),
        "points": 1,
        **bounds,
    }


def _datasets(tx: WriteTx, runs: list[Run]) -> None:
    used = [(run, *dataset) for run in runs for dataset in run.datasets]
    identities = dict.fromkeys((run.experiment, name, digest) for run, name, digest, _ in used)
    pks = {identity: pk for pk, identity in enumerate(identities, start=1)}
    rows = [
        {"pk": pk, "id": f"d-{pk}", "experiment_id": experiment, "name": name, "digest": digest}
        for (experiment, name, digest), pk in pks.items()
    ]
    insert(tx, tables.datasets, [{**row, "source_type": "", "source": ""} for row in rows])
    for run, name, digest, context in used:
        place = {"run_pk": run.pk, "dataset_pk": pks[run.experiment, name, digest]}
        insert(tx, tables.run_datasets, [place])
        if context is not None:
            insert(tx, tables.run_dataset_tags, [{**place, "key": CONTEXT_TAG, "value": context}])
