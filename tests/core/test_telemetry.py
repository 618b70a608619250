"""What Prometheus reads about requests."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from modelwright.core.telemetry import HttpMetrics


def test_durations_are_counted_in_every_bucket_that_they_fit_in() -> None:
    """A bound belongs to its bucket; the last bucket holds all."""
    registry = CollectorRegistry()
    metrics = HttpMetrics(registry)
    for seconds in (0.0005, 0.001, 0.3, 60.0):
        metrics.observe("GET", "/runs", 200, seconds)
    metrics.in_flight += 2
    families = {one.name: one for one in text_string_to_metric_families(generate_latest(registry).decode())}
    samples = families["modelwright_http_request_seconds"].samples
    buckets = {one.labels["le"]: one.value for one in samples if one.name.endswith("_bucket")}
    sums = {one.name.rpartition("_")[2]: one.value for one in samples if not one.name.endswith("_bucket")}

    assert (2, 2, 3, 3, 4) == tuple(buckets[bound] for bound in ("0.001", "0.25", "0.5", "10.0", "+Inf"))
    assert {"count": 4, "sum": pytest.approx(60.3015)} == sums
    assert 2 == families["modelwright_http_requests_in_flight"].samples[0].value
