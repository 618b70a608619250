"""Tables of runs: any stretch of what a search finds, with chosen columns, and which columns there are."""

from typing import Final, NamedTuple

import msgspec

from modelwright.core import limits
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.runs import USER_TAG
from modelwright.tracking.model.shown import SOURCE_TAG, RunRow, row
from modelwright.tracking.service.run_search import RunSearch, count_runs, search_runs
from modelwright.tracking.store import columns as column_store

_MOST_COLUMNS: Final = 1000
_KINDS: Final = ("params", "metrics", "tags")
_SHOWN: Final = 5
_COUNTED: Final = 500
"""Runs that are looked at to tell which columns are worth showing: with all of them, the question would take longer
with each run that is made."""


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


class ShownColumns(msgspec.Struct, frozen=True, kw_only=True):
    """What a table shows before anybody has chosen: metrics, and the params that tell runs apart."""

    params: list[str]
    metrics: list[str]


class RunColumns(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that a table of some runs can have; those that vary most and are filled most come first.

    `runs`, `distinct`, `min` and `max` are those of the latest `counted` runs that match. Keys that none of these has,
    but other runs of the experiments do, stand at the end, on 0 runs.
    """

    counted: int
    params: list[KeyColumn]
    metrics: list[MetricColumn]
    tags: list[KeyColumn]
    shown: ShownColumns


class Stretch(NamedTuple):
    """Where in the order to read: after `token`, if there is one, skip `offset` runs and take `limit`."""

    offset: int = 0
    limit: int = 100
    token: str | None = None


class RunRows(NamedTuple):
    """`total` counts all runs that match; `token` is there when there are more behind these."""

    rows: list[RunRow]
    total: int
    token: str | None


def rows(tx: ReadTx, wanted: RunSearch, where: Stretch, *, keys: tuple[list[str], list[str], list[str]]) -> RunRows:
    """Some of the runs as rows with the params, metrics and tags of `keys`.

    Far behind the beginning, whole pages are walked over, so that a request never holds more than one of them.
    """
    offset, token = where.offset, where.token
    while offset + where.limit > limits.PAGE_RUNS:
        step = min(offset, limits.PAGE_RUNS)
        token = search_runs(tx, wanted, limit=step, token=token).token
        if token is None:
            return RunRows([], count_runs(tx, wanted), None)
        offset -= step
    found = search_runs(tx, wanted, limit=offset + where.limit, token=token)
    pks = [pk for pk, _ in found.runs[offset:]]
    is_all = token is None and found.token is None
    total = len(found.runs) if is_all else count_runs(tx, wanted)
    return RunRows(_rows(tx, pks, keys), total, found.token)


def columns(tx: ReadTx, wanted: RunSearch, *, words: str = "") -> RunColumns:
    """What can stand in a table of the runs that a search finds, told by the first of them.

    Only keys with the words in them: where there are more keys than one answer has room for, one finds them so.
    """
    pks = [pk for pk, _ in search_runs(tx, wanted, limit=_COUNTED).runs]
    found = {kind: column_store.columns(tx, kind, pks=pks, words=words, limit=_MOST_COLUMNS) for kind in _KINDS}
    others = {kind: _others(tx, wanted, kind, {row[0] for row in found[kind]}, words) for kind in _KINDS}
    key_columns = {
        kind: _by_use([KeyColumn(key=key, runs=runs, distinct=n) for key, runs, n in found[kind]])
        + [KeyColumn(key=key, runs=0, distinct=0) for key in others[kind]]
        for kind in ("params", "tags")
    }
    metrics = sorted(
        (MetricColumn(key=key, runs=runs, min=least, max=most) for key, runs, least, most in found["metrics"]),
        key=lambda column: (column.min == column.max, -column.runs, column.key),
    )
    unused = [MetricColumn(key=key, runs=0, min=None, max=None) for key in others["metrics"]]
    shown = ShownColumns(
        metrics=[column.key for column in metrics][:_SHOWN],
        params=[column.key for column in key_columns["params"] if column.distinct > 1][:_SHOWN],
    )
    return RunColumns(counted=len(pks), metrics=metrics + unused, shown=shown, **key_columns)


def _others(tx: ReadTx, wanted: RunSearch, kind: str, known: set[str], words: str) -> list[str]:
    """Keys of the experiments that are not `known`, as many as there is room for."""
    found: dict[str, None] = {}
    for experiment in wanted.experiments:
        found |= dict.fromkeys(column_store.keys(tx, kind, experiment=experiment, words=words, limit=_MOST_COLUMNS))
    return [key for key in found if key not in known][: _MOST_COLUMNS - len(known)]


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
