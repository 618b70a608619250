"""Rates and quantiles from windows: what people are told of a route must follow from what it counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.serving.model import LATENCY_EDGES_MS, WINDOW_MS, Mode, RouteReport, RouteStatus, VersionRef
from modelwright.serving.shown import RouteWindow
from modelwright.serving.traffic import RouteRow, along, deployment_state, quantile, recent, route_state

COUNTS = st.lists(st.integers(0, 50), max_size=len(LATENCY_EDGES_MS) + 1)
V17 = VersionRef(model="fraud", number=17)


def window(at: int, route: str = "a", **changes: object) -> RouteWindow:
    values: dict[str, object] = {
        "route": route,
        "window_ms": at * WINDOW_MS,
        "requests": 20,
        "rows": 20,
        "errors": 5,
        "latency_sum_ms": 20.0,
        "latency_counts": (0, 20),
    }
    return RouteWindow(**{**values, **changes})  # type: ignore[arg-type]  # tests pass what they mean


@given(COUNTS, st.floats(0.01, 0.99))
def test_a_quantile_is_an_edge_with_its_share_at_or_below_it(counts: list[int], share: float) -> None:
    """At the edge that is told, at least that share has been answered; one bucket before it, less."""
    told = quantile(counts, share)
    if not sum(counts):
        assert told is None
        return
    assert told is not None
    index = LATENCY_EDGES_MS.index(told)
    if index < len(LATENCY_EDGES_MS) - 1:
        assert sum(counts[: index + 1]) >= share * sum(counts)
    assert sum(counts[:index]) < share * sum(counts)


def test_rates_are_per_second_of_their_step_and_nothing_is_nothing() -> None:
    """Twenty requests in ten seconds are two a second; a step without answers has a rate of 0 and no error share."""
    shown = along([window(1), window(3)], since_ms=WINDOW_MS, until_ms=4 * WINDOW_MS, points=100)

    [route] = shown.routes
    assert [10_000, 20_000, 30_000] == shown.at_ms
    assert [2.0, 0.0, 2.0] == route.requests_per_s
    assert [0.25, None, 0.25] == route.error_share
    assert [LATENCY_EDGES_MS[1], None, LATENCY_EDGES_MS[1]] == route.p99_ms
    assert (40, 10, 30.0) == (route.total.requests, route.total.errors, route.total.seconds)


@given(st.integers(1, 400), st.integers(1, 50), st.lists(st.integers(0, 399), unique=True))
def test_no_request_is_lost_however_few_points_there_are(windows: int, points: int, at: list[int]) -> None:
    """The steps of a timeline are at most so many, and what they count adds up to what was counted."""
    inside = [window(place) for place in at if place < windows]
    shown = along(inside, since_ms=0, until_ms=windows * WINDOW_MS, points=points)

    assert len(shown.at_ms) <= points
    assert sum(one.total.requests for one in shown.routes) == 20 * len(inside)
    for route in shown.routes:
        seconds = [min(shown.step_ms, shown.until_ms - at_ms) / 1000 for at_ms in shown.at_ms]
        counted = sum(rate * long for rate, long in zip(route.requests_per_s, seconds, strict=True))
        assert counted == pytest.approx(20 * len(inside))


def test_a_young_deployment_has_the_rate_of_its_short_life() -> None:
    """One window of five minutes is twenty requests in ten seconds, not in three hundred."""
    traffic = recent([window(29)], since_ms=0, until_ms=30 * WINDOW_MS)

    assert (20, 10.0) == (traffic.requests, traffic.seconds)


def test_copies_that_differ_are_a_share_of_the_copies() -> None:
    """A shadow's disagreement counts rows that both answered."""
    shadow = window(0, compared=40, differing=10)
    [route] = along([shadow, window(0)], since_ms=0, until_ms=WINDOW_MS, points=1).routes

    assert [0.25] == route.differing_share
    assert (40, 10) == (route.total.compared, route.total.differing)


def report(status: RouteStatus) -> RouteReport:
    return RouteReport(deployment="d", route="a", version=V17, manifest="m", status=status)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], "no node"),
        ([RouteStatus.READY], "ready"),
        ([RouteStatus.READY, RouteStatus.LOADING], "loading"),
        ([RouteStatus.LOADING, RouteStatus.FAILED, RouteStatus.READY], "failed"),
    ],
)
def test_the_worst_state_on_any_node_is_told(states: list[RouteStatus], expected: str) -> None:
    assert expected == route_state([report(state) for state in states])


@pytest.mark.parametrize(
    ("state", "mode", "share", "stopped", "expected"),
    [
        ("ready", Mode.LIVE, 1.0, False, "ready"),
        ("failed", Mode.LIVE, 1.0, False, "failed"),
        ("failed", Mode.LIVE, 0.0, False, "ready"),
        ("failed", Mode.SHADOW, 1.0, False, "ready"),
        ("failed", Mode.LIVE, 1.0, True, "stopped"),
    ],
)
def test_a_deployment_is_as_well_as_the_routes_that_answer(
    state: str,
    mode: Mode,
    share: float,
    *,
    stopped: bool,
    expected: str,
) -> None:
    """What answers nobody makes no deployment ill."""
    route = RouteRow(id="a", version=V17, mode=mode, share=share, state=state)

    assert expected == deployment_state([route], stopped=stopped)
