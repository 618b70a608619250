"""What routes answered lately, summed up for people: rates, shares and quantiles. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, zip_longest

import msgspec

from modelwright.serving.model import LATENCY_EDGES_MS, WINDOW_MS, Mode, RouteReport, RouteStatus, VersionRef
from modelwright.serving.rollouts.machine import Phase
from modelwright.serving.shown import RouteWindow

LATE_MS = WINDOW_MS
"""Nodes report a window some seconds after it has closed: the newest one is left out until it can be there."""

_MEDIAN, _ALMOST_ALL = 0.5, 0.99


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered in `seconds`. `errors` are the route's own failures, `refused` the callers'.

    The quantiles are upper bounds, at most 26 % above the true ones; None when nothing was answered. `compared` and
    `differing` count rows that a shadow answered too.
    """

    seconds: float
    requests: int = 0
    rows: int = 0
    errors: int = 0
    refused: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    compared: int = 0
    differing: int = 0


class RouteTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """One route's traffic, in all and along the moments of its `TrafficShown`; None where nothing was answered.

    `error_share` is errors over requests, `differing_share` is differing over compared rows.
    """

    route: str
    total: Traffic
    requests_per_s: list[float]
    error_share: list[float | None]
    p50_ms: list[float | None]
    p99_ms: list[float | None]
    differing_share: list[float | None]


class TrafficShown(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment's traffic between two moments in steps of `step_ms`; `at_ms` is when each step begins."""

    since_ms: int
    until_ms: int
    step_ms: int
    at_ms: list[int]
    routes: list[RouteTraffic]


class RouteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A route in a list of deployments."""

    id: str
    version: VersionRef
    mode: Mode
    share: float
    state: str


class DeploymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment in a list: who answers, how it is, and what all its live routes did in the last minutes.

    `rollout` is the one that is under way, and `rollout_phase` where that stands; a held one waits for a person.
    """

    name: str
    state: str
    stopped: bool
    updated_ms: int
    routes: tuple[RouteRow, ...]
    traffic: Traffic
    rollout: int | None = None
    rollout_phase: Phase | None = None


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The upper edge of the bucket (LATENCY_EDGES_MS) that holds the quantile; None for no counts.

    Above the last edge the last edge is said: there is no better bound.
    """
    total = sum(counts)
    if not total:
        return None
    for index, reached in enumerate(accumulate(counts)):
        if reached >= share * total:
            return LATENCY_EDGES_MS[min(index, len(LATENCY_EDGES_MS) - 1)]
    raise AssertionError("the running sum ends at the total")


def summed(windows: Iterable[RouteWindow], seconds: float) -> Traffic:
    """The windows as one, whatever their routes."""
    found = list(windows)
    counts = _merged(found)
    return Traffic(
        seconds=seconds,
        requests=sum(one.requests for one in found),
        rows=sum(one.rows for one in found),
        errors=sum(one.errors for one in found),
        refused=sum(one.refused for one in found),
        p50_ms=quantile(counts, _MEDIAN),
        p99_ms=quantile(counts, _ALMOST_ALL),
        compared=sum(one.compared for one in found),
        differing=sum(one.differing for one in found),
    )


def _merged(windows: Sequence[RouteWindow]) -> list[int]:
    return [sum(column) for column in zip_longest(*(one.latency_counts for one in windows), fillvalue=0)]


def recent(windows: Sequence[RouteWindow], *, since_ms: int, until_ms: int) -> Traffic:
    """The windows as one, over the time since the first of them, so that a young deployment has its true rate."""
    first_ms = min((one.window_ms for one in windows), default=since_ms)
    return summed(windows, max(until_ms - max(first_ms, since_ms), WINDOW_MS) / 1000)


def along(windows: Iterable[RouteWindow], *, since_ms: int, until_ms: int, points: int) -> TrafficShown:
    """The windows in at most `points` equal steps of whole windows, route by route in the order of their names."""
    since_ms -= since_ms % WINDOW_MS
    step_ms = WINDOW_MS * max(1, -(-(until_ms - since_ms) // (points * WINDOW_MS)))
    at_ms = list(range(since_ms, max(until_ms, since_ms + step_ms), step_ms))
    of_route: dict[str, list[list[RouteWindow]]] = {}
    for one in windows:
        place = (one.window_ms - since_ms) // step_ms
        if 0 <= place < len(at_ms):
            of_route.setdefault(one.route, [[] for _ in at_ms])[place].append(one)
    return TrafficShown(
        since_ms=since_ms,
        until_ms=until_ms,
        step_ms=step_ms,
        at_ms=at_ms,
        routes=[_route(name, steps, at_ms, until_ms, step_ms) for name, steps in sorted(of_route.items())],
    )


def _route(name: str, steps: list[list[RouteWindow]], at_ms: list[int], until_ms: int, step_ms: int) -> RouteTraffic:
    parts = [
        summed(step, max(WINDOW_MS, min(step_ms, until_ms - begun)) / 1000)
        for step, begun in zip(steps, at_ms, strict=True)
    ]
    whole = summed((one for step in steps for one in step), (until_ms - at_ms[0]) / 1000)
    return RouteTraffic(
        route=name,
        total=whole,
        requests_per_s=[part.requests / part.seconds for part in parts],
        error_share=[_share(part.errors, part.requests) for part in parts],
        p50_ms=[part.p50_ms for part in parts],
        p99_ms=[part.p99_ms for part in parts],
        differing_share=[_share(part.differing, part.compared) for part in parts],
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def route_state(reports: Iterable[RouteReport]) -> str:
    """A route's state over the nodes that are heard of: the worst is what a person must know first."""
    states = {report.status for report in reports}
    for status in (RouteStatus.FAILED, RouteStatus.LOADING, RouteStatus.DRAINING, RouteStatus.READY):
        if status in states:
            return status.value
    return "no node"


def deployment_state(routes: Iterable[RouteRow], *, stopped: bool) -> str:
    """A deployment's state: that of its worst route that has a part in the traffic."""
    if stopped:
        return "stopped"
    states = {route.state for route in routes if route.share > 0 and route.mode is Mode.LIVE}
    return next((state for state in ("failed", "no node", "loading", "draining") if state in states), "ready")
