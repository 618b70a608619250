"""`/metrics` in Prometheus' text format, made from the tallies when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.ledger import Ring
from modelwright.serving.node.live_route import LiveRoute
from modelwright.serving.node.messages import Response
from modelwright.serving.node.resident import resident_bytes

METRICS_TYPE = CONTENT_TYPE_LATEST.encode()
_LABELS = ["deployment", "route", "version"]
_COUNTERS: dict[str, tuple[str, Callable[[LiveRoute], float]]] = {
    "requests": ("Requests answered, well or not.", lambda one: one.total().requests),
    "rows": ("Rows asked about.", lambda one: one.total().rows),
    "errors": ("Requests that the model or the node failed on.", lambda one: one.total().errors),
    "refused": ("Requests that were at fault themselves.", lambda one: one.total().refused),
    "shadow_compared_rows": ("Rows that a shadow answered too.", lambda one: one.total().compared),
    "shadow_differing_rows": ("Rows on which a shadow disagreed.", lambda one: one.total().differing),
    "shadow_missed_rows": ("Rows a busy shadow was not shown.", lambda one: one.shadow_missed),
    "worker_restarts": ("Times a model's process was started again.", lambda one: one.runner.restarts),
}
_GAUGES: dict[str, tuple[str, Callable[[LiveRoute], float]]] = {
    "queued_rows": ("Rows waiting or being computed.", lambda one: one.batcher.load_rows),
    "share": ("Share of the deployment's traffic.", lambda one: one.route.share),
    "model_memory_bytes": ("Memory of the model's process.", lambda one: one.runner.memory_bytes()),
}


class _Collector:
    def __init__(self, endpoints: Mapping[str, Endpoint], ring: Ring) -> None:
        self._endpoints = endpoints
        self._ring = ring

    def collect(self) -> Iterable[Metric]:
        routes = [(name, one) for name, endpoint in self._endpoints.items() for one in endpoint.routes]
        for key, (said, count) in _COUNTERS.items():
            counter = CounterMetricFamily(f"modelwright_node_{key}", said, labels=_LABELS)
            for name, one in routes:
                counter.add_metric([name, one.route.id, one.version], count(one))
            yield counter
        for key, (said, value) in _GAUGES.items():
            gauge = GaugeMetricFamily(f"modelwright_node_{key}", said, labels=_LABELS)
            for name, one in routes:
                gauge.add_metric([name, one.route.id, one.version], value(one))
            yield gauge
        yield _latency(routes)
        dropped = CounterMetricFamily("modelwright_node_ledger_dropped_rows", "Rows that no ledger sink took.")
        dropped.add_metric([], self._ring.dropped_rows)
        yield dropped
        failing = GaugeMetricFamily("modelwright_node_ledger_failing", "1 while the ledger takes no rows, else 0.")
        failing.add_metric([], float(bool(self._ring.trouble)))
        yield failing
        memory = GaugeMetricFamily("modelwright_node_memory_bytes", "Resident memory of the node's own process.")
        memory.add_metric([], resident_bytes(os.getpid()))
        yield memory


def _latency(routes: list[tuple[str, LiveRoute]]) -> Metric:
    said = "Seconds from the decoded request to its answer."
    histogram = HistogramMetricFamily("modelwright_node_latency_seconds", said, labels=_LABELS)
    for name, one in routes:
        counts = one.total()
        reached = 0
        buckets = []
        for edge, count in zip(LATENCY_EDGES_MS, counts.latency_counts, strict=False):
            reached += count
            buckets.append((f"{edge / 1000:.9g}", reached))
        buckets.append(("+Inf", counts.requests))
        histogram.add_metric([name, one.route.id, one.version], buckets, counts.latency_sum_ms / 1000)
    return histogram


def exposition(endpoints: Mapping[str, Endpoint], ring: Ring) -> Response:
    """The present figures."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(endpoints, ring))
    return Response(200, generate_latest(registry), METRICS_TYPE)
