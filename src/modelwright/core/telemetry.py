"""Log lines and metrics about the server itself."""

import logging
import sys
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from modelwright.core.deferred import without
from modelwright.core.http.request_id import current_request_id

with without("rich"):  # a tenth of the server's start, for tracebacks that we print plainly
    import structlog

_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def set_up_logging(*, level: str, style: str) -> None:
    """Send log lines to standard error. `style` is text, json, or auto: text on a terminal, else json."""
    as_text = style == "text" or (style == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        structlog.processors.format_exc_info,
    ]
    last = structlog.dev.ConsoleRenderer() if as_text else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("alembic", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _add_request_id(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    request_id = current_request_id()
    if request_id is not None:
        event["request_id"] = request_id
    return event


class HttpMetrics(Collector):
    """What Prometheus reads about requests: counts and durations by method, route and status.

    The event loop alone counts, and it is asked in the event loop: the library's own histogram and gauge, which any
    thread may use, take as long as all else that the edge does for a request.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.in_flight = 0
        self.refused = Counter(
            "modelwright_http_requests_refused_total",
            "Requests refused at the edge, by reason.",
            ("reason",),
            registry=registry,
        )
        self._durations: dict[tuple[str, str, int], _Durations] = {}
        registry.register(self)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method, route, status)
        durations = self._durations.get(key)
        if durations is None:
            durations = self._durations[key] = _Durations()
        durations.counts[bisect_left(_BUCKETS_S, seconds)] += 1
        durations.sum_s += seconds

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "modelwright_http_requests_in_flight", "Requests being served now.", value=self.in_flight
        )
        family = HistogramMetricFamily(
            "modelwright_http_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            labels=("method", "route", "status"),
        )
        for (method, route, status), durations in self._durations.items():
            bounds = zip((*map(str, _BUCKETS_S), "+Inf"), accumulate(durations.counts), strict=True)
            family.add_metric((method, route, str(status)), list(bounds), durations.sum_s)
        yield family


class _Durations:
    """How many took up to each bound and no less than the one before, the last up to any, and all together."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BUCKETS_S) + 1)
        self.sum_s = 0.0
