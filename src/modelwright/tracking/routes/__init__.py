"""`/api/v1/experiments` and `/api/v1/runs`."""

from typing import Any

from modelwright.tracking.routes import experiments, packed, run_tables, runs, series

ROUTES: list[Any] = [*experiments.ROUTES, *runs.ROUTES, *run_tables.ROUTES, *packed.ROUTES, *series.ROUTES]
