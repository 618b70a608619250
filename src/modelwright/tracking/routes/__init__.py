"""`/api/v1/experiments` and `/api/v1/runs`."""

from typing import Any

from modelwright.tracking.routes import experiments, runs, series

ROUTES: list[Any] = [*experiments.ROUTES, *runs.ROUTES, *series.ROUTES]
