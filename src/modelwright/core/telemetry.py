"""Log lines and metrics about the server itself."""

import logging
import sys
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

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


class HttpMetrics:
    """What Prometheus reads about requests: counts and durations by method, route and status class."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "modelwright_http_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("method", "route", "status"),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.in_flight = Gauge("modelwright_http_requests_in_flight", "Requests being served now.", registry=registry)
        self.refused = Counter(
            "modelwright_http_requests_refused_total",
            "Requests refused at the edge, by reason.",
            ("reason",),
            registry=registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        # labels() formats and locks on every call; requests repeat a few hundred combinations.
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._seconds.labels(method, route, str(status))
        child.observe(seconds)
