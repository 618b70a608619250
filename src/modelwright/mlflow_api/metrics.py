"""Points of series, in MLflow's words: log one, read a history, read those of many runs."""

from collections.abc import Iterator, Sequence
from typing import Final

from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput
from modelwright.core.pages import fingerprint, page_token, position
from modelwright.mlflow_api.encode import number
from modelwright.mlflow_api.routing import API, PAGE_ONLY, Call, Endpoint, endpoint
from modelwright.mlflow_api.wire import runs as wire
from modelwright.mlflow_api.wire.values import Empty, Metric
from modelwright.tracking.model.batches import one_point
from modelwright.tracking.model.logged_models import model_points
from modelwright.tracking.model.points import Points
from modelwright.tracking.service import histories, logged_models, runs

_EMPTY: Final = Empty()
_PER_RUN: Final = 2500  # MLflow's default, and its most, for interval histories


async def log(call: Call, request: wire.LogMetric) -> Empty:
    run_id = request.run_id
    writes = (one_point(request.key, request.value, request.timestamp, request.step),)
    if request.model_id:
        for_model = model_points((request,))

        def write(tx: WriteTx) -> None:
            runs.log_points(tx, run_id, writes)
            logged_models.log_points(tx, run_id, for_model)

        await call.house.db.write(write)
    else:
        await call.house.db.write(lambda tx: runs.log_points(tx, run_id, writes))
    return _EMPTY


async def history(call: Call, request: wire.GetMetricHistory) -> wire.GetMetricHistoryResponse:
    run_id, key, size = request.run_id, request.metric_key, request.max_results
    if size is not None and size <= 0:
        raise BadInput(
            f"Invalid value {size} for parameter 'max_results' supplied. It must be a positive integer",
            parameter="max_results",
        )
    query = fingerprint("history", run_id, key)
    start = _offset(request.page_token, query)
    points = await call.house.db.read(lambda tx: histories.history(tx, run_id, key))
    end = points.size if size is None else start + size
    token = page_token(query, [end]) if end < points.size else None
    page = points.at(slice(start, end))
    return wire.GetMetricHistoryResponse(metrics=tuple(_metrics(key, page)), next_page_token=token)


async def bulk(call: Call, request: wire.GetMetricHistoryBulk) -> wire.GetMetricHistoryBulkResponse:
    key = request.metric_key
    run_ids = _run_ids(request.run_id, "GetMetricHistoryBulk", "run_id")
    if request.max_results <= 0:
        raise BadInput("Invalid value for parameter 'max_results' supplied: it must be positive")
    left = min(request.max_results, limits.PAGE_HISTORY)
    found = await call.house.db.read(lambda tx: histories.histories(tx, run_ids, key))
    metrics: list[wire.MetricWithRunId] = []
    for run_id in sorted(found):
        metrics.extend(_with_run(run_id, key, found[run_id].at(slice(0, left - len(metrics)))))
    return wire.GetMetricHistoryBulkResponse(metrics=tuple(metrics))


async def interval(call: Call, request: wire.GetMetricHistoryBulkInterval) -> wire.GetMetricHistoryBulkIntervalResponse:
    key = request.metric_key
    run_ids = _run_ids(request.run_ids, "GetMetricHistoryBulkInterval", "run_ids")
    low, high = _steps(request)
    size = _PER_RUN if request.max_results is None else request.max_results
    if not 1 <= size <= _PER_RUN:
        raise BadInput(f"max_results must be between 1 and {_PER_RUN}. Found {size}.", parameter="max_results")
    found = await call.house.db.read(lambda tx: histories.thinned(tx, run_ids, key, low=low, high=high, most=size))
    metrics: list[wire.MetricWithRunId] = []
    for run_id in run_ids:
        if run_id in found:
            metrics.extend(_with_run(run_id, key, found[run_id]))
    return wire.GetMetricHistoryBulkIntervalResponse(metrics=tuple(metrics))


def _run_ids(given: Sequence[str], what: str, name: str) -> list[str]:
    """Each once, in the order given."""
    if not given:
        raise BadInput(f"{what} request must specify at least one {name}.", parameter=name)
    if len(given) > limits.RUNS_PER_BULK_HISTORY:
        raise BadInput(
            f"{what} request cannot specify more than {limits.RUNS_PER_BULK_HISTORY} run_ids. Received {len(given)} "
            "run_ids.",
            parameter=name,
        )
    return list(dict.fromkeys(given))


def _steps(request: wire.GetMetricHistoryBulkInterval) -> tuple[int, int]:
    start, end = request.start_step, request.end_step
    if start is None and end is None:
        return limits.INT64_MIN, limits.INT64_MAX
    if start is None or end is None:
        raise BadInput("If either start step or end step are specified, both must be specified.")
    if start > end:
        raise BadInput(
            f"end_step must be greater than start_step. Found start_step={start} and end_step={end}.",
        )
    return start, end


def _offset(token: str | None, query: bytes) -> int:
    if not token:
        return 0
    (offset,) = position(token, query, (int,))
    if offset < 0:
        raise BadInput("Invalid page token: it begins before the first point; take it as it came, or leave it out")
    return int(offset)


def _metrics(key: str, points: Points) -> Iterator[Metric]:
    for step, ms, value in zip(points.steps.tolist(), points.times.tolist(), points.values.tolist(), strict=True):
        yield Metric(key=key, value=number(value), timestamp=ms, step=step)


def _with_run(run_id: str, key: str, points: Points) -> Iterator[wire.MetricWithRunId]:
    for step, ms, value in zip(points.steps.tolist(), points.times.tolist(), points.values.tolist(), strict=True):
        yield wire.MetricWithRunId(key=key, value=number(value), timestamp=ms, step=step, run_id=run_id)


ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint("POST", "runs/log-metric", wire.LogMetric, log, needs=Permission.TRACK),
    endpoint("GET", "metrics/get-history", wire.GetMetricHistory, history, needs=Permission.READ),
    endpoint(
        "GET",
        "metrics/get-history-bulk",
        wire.GetMetricHistoryBulk,
        bulk,
        needs=Permission.READ,
        prefixes=PAGE_ONLY,
    ),
    endpoint(
        "GET",
        "metrics/get-history-bulk-interval",
        wire.GetMetricHistoryBulkInterval,
        interval,
        needs=Permission.READ,
        prefixes=API,
    ),
)
