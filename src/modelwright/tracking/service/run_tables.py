"""Tables of runs: any stretch of what a search finds, with chosen columns, and which columns there are."""

from typing import Final

import msgspec

from modelwright.core import limits
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.runs import USER_TAG
from modelwright.tracking.model.shown import SOURCE_TAG, RunRow, row
from modelwright.tracking.service.run_search import RunSearch, count_runs, search_runs
from modelwright.tracking.store import columns as column_store

_MOST_COLUMNS: Final = 1000


class KeyColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A param or a tag: on how many runs it is, and with how many different values."""

    key: str
    runs: int
    distinct: int


class MetricColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A metric: on how many runs it is, and the least and the greatest value of any point."""

    key: str
    runs: int
    min: float | None
    max: float | None


class RunColumns(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that a table of some runs can have; those that vary most and are filled most come first."""

    params: list[KeyColumn]
    metrics: list[MetricColumn]
    tags: list[KeyColumn]


def rows(
    tx: ReadTx,
    wanted: RunSearch,
    *,
    offset: int,
    limit: int,
    keys: tuple[list[str], list[str], list[str]],
) -> tuple[list[RunRow], int]:
    """Some of the runs as rows with the params, metrics and tags of `keys`; and how many there are in all."""
    found = search_runs(tx, wanted, limit=offset + limit)
    pks = [pk for pk, _ in found.runs[offset:]]
    total = len(found.runs) if found.token is None else count_runs(tx, wanted)
    return _rows(tx, pks, keys), total


def columns(tx: ReadTx, wanted: RunSearch) -> RunColumns:
    """Of the active runs of its experiments, or of the runs that its filter finds, up to the longest page of them."""
    pks = None
    if wanted.filter_.strip():
        pks = [pk for pk, _ in search_runs(tx, wanted, limit=limits.PAGE_RUNS).runs]
    found = {
        kind: column_store.columns(tx, kind, experiments=list(wanted.experiments), pks=pks, limit=_MOST_COLUMNS)
        for kind in ("params", "metrics", "tags")
    }
    return RunColumns(
        params=_by_use([KeyColumn(key=key, runs=runs, distinct=n) for key, runs, n in found["params"]]),
        metrics=sorted(
            (MetricColumn(key=key, runs=runs, min=least, max=most) for key, runs, least, most in found["metrics"]),
            key=lambda column: (column.min == column.max, -column.runs, column.key),
        ),
        tags=_by_use([KeyColumn(key=key, runs=runs, distinct=n) for key, runs, n in found["tags"]]),
    )


def _by_use(found: list[KeyColumn]) -> list[KeyColumn]:
    return sorted(found, key=lambda column: (column.distinct == 1, -column.runs, column.key))


def _rows(tx: ReadTx, pks: list[int], keys: tuple[list[str], list[str], list[str]]) -> list[RunRow]:
    param_keys, metric_keys, tag_keys = keys
    infos = column_store.infos(tx, pks)
    params = column_store.some_params(tx, pks, param_keys)
    metrics = column_store.some_metrics(tx, pks, metric_keys)
    tags = column_store.some_tags(tx, pks, [*tag_keys, USER_TAG, SOURCE_TAG])
    return [
        row(infos[pk], params.get(pk, {}), metrics.get(pk, {}), tags.get(pk, {}), tag_keys) for pk in pks if pk in infos
    ]
