"""Counting what a route does: cheap on the request path, summed up by window for reports and for /metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from modelwright.serving.model import LATENCY_EDGES_MS, WindowCounts
from modelwright.serving.node import clock

_BUCKETS = len(LATENCY_EDGES_MS) + 1


class Counts:
    """Sums since a beginning; addition is all that ever happens to them."""

    __slots__ = (
        "callers",
        "compared",
        "difference_sum",
        "differing",
        "errors",
        "latency_counts",
        "latency_sum_ms",
        "refused",
        "requests",
        "rows",
        "share",
        "slow",
        "slow_ms",
    )

    def __init__(self, slow_ms: tuple[float, ...] = (), share: float | None = None) -> None:
        self.share = share
        self.slow_ms = slow_ms
        self.slow = [0] * len(slow_ms)
        self.callers = 0
        self.requests = 0
        self.rows = 0
        self.errors = 0
        self.refused = 0
        self.latency_counts = [0] * _BUCKETS
        self.latency_sum_ms = 0.0
        self.compared = 0
        self.differing = 0
        self.difference_sum = 0.0

    def add_requests(self, rows: int, latencies_ms: Sequence[float], *, errors: int, refused: int) -> None:
        self.requests += len(latencies_ms)
        self.rows += rows
        self.errors += errors
        self.refused += refused
        self.latency_sum_ms += sum(latencies_ms)
        counts = self.latency_counts
        for latency_ms in latencies_ms:
            counts[bisect_left(LATENCY_EDGES_MS, latency_ms)] += 1
        for place, threshold in enumerate(self.slow_ms):
            self.slow[place] += sum([latency_ms >= threshold for latency_ms in latencies_ms])

    def add(self, other: Counts) -> None:
        """Count what `other` has counted, too; thresholds of slowness stay with each."""
        self.requests += other.requests
        self.rows += other.rows
        self.errors += other.errors
        self.refused += other.refused
        self.latency_sum_ms += other.latency_sum_ms
        self.latency_counts = [
            mine + more for mine, more in zip(self.latency_counts, other.latency_counts, strict=True)
        ]
        self.compared += other.compared
        self.differing += other.differing
        self.difference_sum += other.difference_sum
        self.callers += other.callers

    def comparison(self, rows: int, differing: int, difference: float) -> None:
        self.compared += rows
        self.differing += differing
        self.difference_sum += difference


class Tally:
    """One route's counts: `total()` since the route began, and closed windows that wait to be reported.

    A window in which the thresholds of `slow_ms` changed counts by the old ones. `pinned`: as in `WindowCounts`.
    """

    def __init__(self, deployment: str, route: str, slow_ms: tuple[float, ...] = (), *, pinned: bool = False) -> None:
        self.deployment = deployment
        self.route = route
        self.pinned = pinned
        self.slow_ms = slow_ms
        self._share: float | None = None
        self._before = Counts()
        self._window_ms = 0
        self._open = Counts(slow_ms)
        self._closed: list[WindowCounts] = []

    def set_share(self, share: float | None) -> None:
        """The part of live traffic that the route gets from now on; a window that sees it change knows none."""
        if share != self._share:
            self._share = share
            self._open.share = None

    def request(self, at_ms: int, rows: int, latency_ms: float, *, error: bool = False, refused: bool = False) -> None:
        self.requests(at_ms, rows, [latency_ms], errors=int(error), refused=int(refused))

    def requests(
        self, at_ms: int, rows: int, latencies_ms: Sequence[float], *, errors: int = 0, refused: int = 0
    ) -> None:
        """Requests that ended together, with `rows` rows in all; `errors` and `refused` of them did not end well."""
        window_ms = clock.window_ms(at_ms)
        if window_ms != self._window_ms:
            self._turn(window_ms)
        self._open.add_requests(rows, latencies_ms, errors=errors, refused=refused)

    def comparison(self, at_ms: int, rows: int, differing: int, difference: float) -> None:
        window_ms = clock.window_ms(at_ms)
        if window_ms != self._window_ms:
            self._turn(window_ms)
        self._open.comparison(rows, differing, difference)

    def total(self) -> Counts:
        """All that was counted since the route began."""
        found = Counts()
        found.add(self._before)
        found.add(self._open)
        return found

    def caller(self, at_ms: int) -> None:
        """A sticky key was seen for the first time."""
        window_ms = clock.window_ms(at_ms)
        if window_ms != self._window_ms:
            self._turn(window_ms)
        self._open.callers += 1

    def closed(self, now_ms: int) -> tuple[WindowCounts, ...]:
        """Windows that are over. They stay until `acknowledged`, so that a report that fails loses nothing."""
        if self._window_ms and clock.window_ms(now_ms) != self._window_ms:
            self._turn(0)
        return tuple(self._closed)

    def acknowledged(self, windows: int) -> None:
        """The first so many closed windows have arrived."""
        del self._closed[:windows]

    def _turn(self, window_ms: int) -> None:
        counts = self._open
        self._before.add(counts)
        if counts.requests or counts.compared or counts.callers:
            self._closed.append(
                WindowCounts(
                    deployment=self.deployment,
                    route=self.route,
                    window_ms=self._window_ms,
                    pinned=self.pinned,
                    requests=counts.requests,
                    rows=counts.rows,
                    errors=counts.errors,
                    refused=counts.refused,
                    latency_counts=tuple(counts.latency_counts),
                    latency_sum_ms=counts.latency_sum_ms,
                    compared=counts.compared,
                    differing=counts.differing,
                    difference_sum=counts.difference_sum,
                    share=counts.share,
                    callers=counts.callers,
                    slow=tuple(zip(counts.slow_ms, counts.slow, strict=True)),
                )
            )
        self._window_ms = window_ms
        self._open = Counts(self.slow_ms, self._share)
