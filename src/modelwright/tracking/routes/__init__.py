"""`/api/v1/experiments`, `/api/v1/runs` and `/api/v1/datasets`."""

from typing import Any

from modelwright.tracking.routes import datasets, experiments, packed, run_tables, runs, series

ROUTES: list[Any] = [
    *experiments.ROUTES,
    *runs.ROUTES,
    *run_tables.ROUTES,
    *packed.ROUTES,
    *series.ROUTES,
    *datasets.ROUTES,
]
