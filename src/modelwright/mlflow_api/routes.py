"""Every route of the MLflow protocol that is served."""

from modelwright.mlflow_api import (
    artifacts,
    experiments,
    logged_models,
    metrics,
    model_versions,
    registered_models,
    run_inputs,
    runs,
    server_info,
)
from modelwright.mlflow_api.house import House
from modelwright.mlflow_api.routing import Endpoint, Served, protocol

TABLES: tuple[tuple[Endpoint, ...], ...] = (
    server_info.ENDPOINTS,
    artifacts.ENDPOINTS,
    experiments.ENDPOINTS,
    runs.ENDPOINTS,
    metrics.ENDPOINTS,
    run_inputs.ENDPOINTS,
    logged_models.ENDPOINTS,
    registered_models.ENDPOINTS,
    model_versions.ENDPOINTS,
)


def mlflow_protocol(house: House) -> Served:
    return protocol(house, [each for table in TABLES for each in table])
