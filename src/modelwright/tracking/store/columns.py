"""SQL of tables of runs: chosen columns of chosen runs, and which columns there are."""

from typing import Any, Final

from sqlalchemy import bindparam, func, select

from modelwright.core.db.clauses import Holds, fold
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.runs import RunInfo
from modelwright.tracking.store import runs as run_store
from modelwright.tracking.store.tables import params, series, tags

_NAN: Final = float("nan")


def _some_of(table: Any, *values: Any) -> Sql:
    """Rows of some keys of some runs."""
    return Sql(
        select(table.c.run_pk, table.c.key, *values).where(in_list(table.c.run_pk, "pks"), in_list(table.c.key, "keys"))
    )


def _columns_in(table: Any, *facts: Any, named: bool = False) -> Sql:
    """Every key on some runs (with words in it), on how many of them it is, and facts about its values."""
    return Sql(
        select(table.c.key, func.count(), *facts)
        .where(in_list(table.c.run_pk, "pks"), *_named(table.c.key, named=named))
        .group_by(table.c.key)
        .order_by(table.c.key)
        .limit(bindparam("limit"))
    )


def _named(key: Any, *, named: bool) -> list[Any]:
    return [Holds(key, "words")] if named else []


def _keys_of(table: Any, *, named: bool = False) -> Sql:
    """The keys of an experiment (with words in them) in their order.

    Each is found behind the one before, past all rows that have that one.
    """
    first = select(func.min(table.c.key).label("key")).where(table.c.experiment_id == bindparam("experiment"))
    found = first.cte("found", recursive=True)
    behind = select(func.min(table.c.key)).where(
        table.c.experiment_id == bindparam("experiment"), table.c.key > found.c.key
    )
    found = found.union_all(select(behind.scalar_subquery()).where(found.c.key.is_not(None)))
    wanted = select(found.c.key).where(found.c.key.is_not(None), *_named(found.c.key, named=named))
    return Sql(wanted.limit(bindparam("limit")))


_PARAMS = _some_of(params, params.c.value)
_TAGS = _some_of(tags, tags.c.value)
_METRICS = _some_of(series, series.c.last_value, series.c.last_is_nan)

_RANGE: Final = (func.min(series.c.min_value), func.max(series.c.max_value))
_TABLES: Final[dict[str, tuple[Any, ...]]] = {
    "params": (params, func.count(params.c.value.distinct())),
    "tags": (tags, func.count(tags.c.value.distinct())),
    "metrics": (series, *_RANGE),
}
_COLUMNS: Final = {
    (kind, named): _columns_in(*table, named=named) for kind, table in _TABLES.items() for named in (False, True)
}
_KEYS: Final = {
    (kind, named): _keys_of(table[0], named=named) for kind, table in _TABLES.items() for named in (False, True)
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


def columns(tx: ReadTx, kind: str, *, pks: list[int], words: str, limit: int) -> list[tuple[Any, ...]]:
    """(key, runs, facts...) of every key of `kind` (params, tags, metrics) on the runs with these numbers, by key.

    Only of keys that contain the words, in any case.

    The facts are the number of distinct values for params and tags, the least and the greatest value for metrics.
    """
    return tx.all(_COLUMNS[kind, words != ""], pks=pks, limit=limit, **_folded(words))


def keys(tx: ReadTx, kind: str, *, experiment: int, words: str, limit: int) -> list[str]:
    """The keys of `kind` with the words in them on any run of the experiment, in their order.

    What it costs grows with the keys alone.
    """
    rows = tx.all(_KEYS[kind, words != ""], experiment=experiment, limit=limit, **_folded(words))
    return [row[0] for row in rows]


def _folded(words: str) -> dict[str, str]:
    return {"words": fold(words)} if words else {}


def _by_run(rows: list[tuple[Any, ...]]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for run_pk, key, value in rows:
        found.setdefault(run_pk, {})[key] = value
    return found
