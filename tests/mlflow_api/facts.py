"""What the real MLflow 3.17.2 does, as recorded by tests/assets/mlflow/record_wire.py."""

import json
from pathlib import Path
from typing import Any

from modelwright.mlflow_api.wire import artifacts, experiments, logged_models, registry, runs, values
from modelwright.mlflow_api.wire.values import Request, Response, WireEnum

FACTS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "assets/mlflow/wire.json").read_text())
_MODULES = (artifacts, experiments, logged_models, registry, runs, values)
_EVERY = {name: thing for module in _MODULES for name, thing in vars(module).items() if isinstance(thing, type)}

REQUESTS: dict[str, type[Request]] = {
    name: thing for name, thing in _EVERY.items() if issubclass(thing, Request) and thing is not Request
}
RESPONSES: dict[str, type[Response]] = {
    name: thing for name, thing in _EVERY.items() if issubclass(thing, Response) and thing is not Response
}
ENUMS: dict[str, type[WireEnum]] = {
    name: thing for name, thing in _EVERY.items() if issubclass(thing, WireEnum) and thing is not WireEnum
}
