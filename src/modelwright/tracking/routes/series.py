"""`/api/v1/runs/.../series`: series as a screen shows them."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.deferred import Deferred
from modelwright.core.errors import BadInput
from modelwright.core.http.given import Db
from modelwright.tracking.model.points import Points, pack_raw
from modelwright.tracking.service.histories import Axis, Sampled, Window, sampled, sampled_of_runs

if TYPE_CHECKING:
    import numpy as np
else:
    np = Deferred("numpy")

_MOST_RUNS = 50
_MOST_SERIES = 500
_MOST_COLUMNS = 10_000

Width = Annotated[int, QueryParameter(ge=1, le=_MOST_COLUMNS, description="Columns of pixels; four points each.")]
From = Annotated[int | None, QueryParameter(name="from", description="The least step.")]
To = Annotated[int | None, QueryParameter(name="to", description="The greatest step.")]
Key = Annotated[str, QueryParameter(description="The metric.")]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The first, least, greatest and last point of each column of pixels, in the order of the axis.

    `total` counts the points in the window; `sampled` says that fewer are shown. A value is null where it is NaN.
    """

    run_id: str
    total: int
    sampled: bool
    steps: list[int]
    times_ms: list[int]
    values: list[float | None]


class SeriesAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Metrics of several runs, at most 500 series in all; runs that lack a metric are left out of it."""

    run_ids: Annotated[list[str], msgspec.Meta(max_length=_MOST_RUNS)]
    keys: Annotated[list[str], msgspec.Meta(min_length=1, max_length=_MOST_SERIES)]
    width: Annotated[int, msgspec.Meta(ge=1, le=_MOST_COLUMNS)] = 800
    from_step: int | None = None
    to_step: int | None = None
    axis: Axis = "step"


class MetricSeries(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    series: list[Series]


class SeriesSet(msgspec.Struct, frozen=True, kw_only=True):
    """Each metric once, in the order they were asked for."""

    metrics: list[MetricSeries]


@post("/api/v1/runs/series", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def show_series_of_runs(db: Db, data: JSONBody[SeriesAsk]) -> SeriesSet:
    """What several charts of the same runs need, in one request."""
    asked = len(data.run_ids) * len(data.keys)
    if asked > _MOST_SERIES:
        raise BadInput(
            f"{len(data.keys)} metrics of {len(data.run_ids)} runs are {asked} series; at most {_MOST_SERIES} can be "
            "asked for at once",
            asked=asked,
            limit=_MOST_SERIES,
        )
    window = _window(data.from_step, data.to_step, data.width, data.axis)
    found = await db.read(lambda tx: sampled_of_runs(tx, data.run_ids, data.keys, window))
    metrics = [MetricSeries(key=key, series=[_shown(*each) for each in runs]) for key, runs in found.items()]
    return SeriesSet(metrics=metrics)


@get("/api/v1/runs/{run_id:str}/series", opt={"needs": Permission.READ}, tags=["track"])
async def show_series(
    db: Db,
    run_id: FromPath[str],
    key: Key,
    width: Width = 800,
    low: From = None,
    high: To = None,
    axis: FromQuery[Axis] = "step",
) -> Series:
    window = _window(low, high, width, axis)
    return _shown(run_id, await db.read(lambda tx: sampled(tx, run_id, key, window)))


@get("/api/v1/runs/{run_id:str}/series.bin", opt={"needs": Permission.READ}, tags=["track"])
async def show_series_as_bytes(
    db: Db,
    run_id: FromPath[str],
    key: Key,
    width: Width = 800,
    low: From = None,
    high: To = None,
    axis: FromQuery[Axis] = "step",
) -> Response[bytes]:
    """As `series`, in records of 24 bytes, little-endian: step (int64), time in ms (int64), value (float64)."""
    window = _window(low, high, width, axis)
    found = await db.read(lambda tx: sampled(tx, run_id, key, window))
    headers = {"x-series-total": str(found.total), "x-series-sampled": str(found.sampled).lower()}
    return Response(pack_raw(found.points), media_type="application/octet-stream", headers=headers)


def _window(low: int | None, high: int | None, width: int, axis: Axis) -> Window:
    return Window(
        low=limits.INT64_MIN if low is None else low,
        high=limits.INT64_MAX if high is None else high,
        columns=width,
        axis=axis,
    )


def _shown(run_id: str, found: Sampled) -> Series:
    points: Points = found.points
    values: list[float | None] = points.values.tolist()
    for index in np.flatnonzero(np.isnan(points.values)).tolist():
        values[index] = None
    return Series(
        run_id=run_id,
        total=found.total,
        sampled=found.sampled,
        steps=points.steps.tolist(),
        times_ms=points.times.tolist(),
        values=values,
    )


ROUTES: list[Any] = [show_series_of_runs, show_series, show_series_as_bytes]
