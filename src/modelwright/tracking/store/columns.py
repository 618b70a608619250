"""SQL of tables of runs: chosen columns of chosen runs, and which columns there are."""

from typing import Any, Final

from sqlalchemy import bindparam, func, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.runs import RunInfo
from modelwright.tracking.store import runs as run_store
from modelwright.tracking.store.tables import params, runs, series, tags

_NAN: Final = float("nan")


def _some_of(table: Any, *values: Any) -> Sql:
    """Rows of some keys of some runs."""
    return Sql(
        select(table.c.run_pk, table.c.key, *values).where(in_list(table.c.run_pk, "pks"), in_list(table.c.key, "keys"))
    )


def _columns_of(table: Any, *facts: Any) -> Sql:
    """Every key on active runs of some experiments, on how many runs it is, and facts about its values."""
    deleted = select(runs.c.pk).where(in_list(runs.c.experiment_id, "experiments"), runs.c.lifecycle == "deleted")
    return Sql(
        select(table.c.key, func.count(), *facts)
        .where(in_list(table.c.experiment_id, "experiments"), table.c.run_pk.not_in(deleted))
        .group_by(table.c.key)
        .order_by(table.c.key)
        .limit(bindparam("limit"))
    )


def _columns_in(table: Any, *facts: Any) -> Sql:
    """As `_columns_of`, of the runs with these numbers."""
    return Sql(
        select(table.c.key, func.count(), *facts)
        .where(in_list(table.c.run_pk, "pks"))
        .group_by(table.c.key)
        .order_by(table.c.key)
        .limit(bindparam("limit"))
    )


_PARAMS = _some_of(params, params.c.value)
_TAGS = _some_of(tags, tags.c.value)
_METRICS = _some_of(series, series.c.last_value, series.c.last_is_nan)

_RANGE: Final = (func.min(series.c.min_value), func.max(series.c.max_value))
_COLUMNS: Final = {
    "params": (
        _columns_of(params, func.count(params.c.value.distinct())),
        _columns_in(params, func.count(params.c.value.distinct())),
    ),
    "tags": (
        _columns_of(tags, func.count(tags.c.value.distinct())),
        _columns_in(tags, func.count(tags.c.value.distinct())),
    ),
    "metrics": (_columns_of(series, *_RANGE), _columns_in(series, *_RANGE)),
}


def infos(tx: ReadTx, pks: list[int]) -> dict[int, RunInfo]:
    return run_store.get_many(tx, pks)


def some_params(tx: ReadTx, pks: list[int], keys: list[str]) -> dict[int, dict[str, str]]:
    """By run and key."""
    return _by_run(tx.all(_PARAMS, pks=pks, keys=keys) if keys else [])


def some_tags(tx: ReadTx, pks: list[int], keys: list[str]) -> dict[int, dict[str, str]]:
    """By run and key."""
    return _by_run(tx.all(_TAGS, pks=pks, keys=keys) if keys else [])


def some_metrics(tx: ReadTx, pks: list[int], keys: list[str]) -> dict[int, dict[str, float | None]]:
    """The latest values, by run and key."""
    rows = tx.all(_METRICS, pks=pks, keys=keys) if keys else []
    return _by_run([(pk, key, _NAN if is_nan else value) for pk, key, value, is_nan in rows])


def columns(
    tx: ReadTx, kind: str, *, experiments: list[int], pks: list[int] | None, limit: int
) -> list[tuple[Any, ...]]:
    """(key, runs, facts...) of every key of `kind` (params, tags, metrics), by key.

    Of the runs with the numbers `pks`, or of all active runs of the experiments when that is None. The facts are the
    number of distinct values for params and tags, the least and the greatest value for metrics.
    """
    of_experiments, of_runs = _COLUMNS[kind]
    if pks is None:
        return tx.all(of_experiments, experiments=experiments, limit=limit)
    return tx.all(of_runs, pks=pks, limit=limit)


def _by_run(rows: list[tuple[Any, ...]]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for run_pk, key, value in rows:
        found.setdefault(run_pk, {})[key] = value
    return found
