"""Every flow of the unmodified mlflow client, against our server on each database.

The flows are functions in `programs/`, run in the client's own environment. They are proven honest by running them
against MLflow's own server: MODELWRIGHT_E2E_TARGET=mlflow.
"""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.end_to_end.mlflow_client.conftest import OutcomesOf

PROGRAMS = Path(__file__).parent / "programs"
KINDS = ["mlflow"] if os.environ.get("MODELWRIGHT_E2E_TARGET") == "mlflow" else ["sqlite", "postgresql"]


def checks() -> Iterator[tuple[str, dict[str, object]]]:
    """The name and the marks of every check, read from the source: mlflow cannot be imported here."""
    for file in sorted(PROGRAMS.glob("*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name):
                        marks = {str(k.arg): ast.literal_eval(k.value) for k in decorator.keywords}
                        if decorator.func.id == "check":
                            yield f"{file.stem}.{node.name}", marks


def cases() -> list[ParameterSet]:
    return [
        pytest.param(kind, name, id=f"{kind}-{name}", marks=[pytest.mark.slow] if marks.get("slow") else [])
        for kind in KINDS
        for name, marks in checks()
        if not (kind == "mlflow" and marks.get("unlike_mlflow"))
    ]


@pytest.mark.mlflow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("kind", "name"), cases())
def test_flow(outcomes_of: OutcomesOf, kind: str, name: str) -> None:
    """The flow of this name does with the mlflow client what its own sentence says."""
    error = outcomes_of(kind)[name].error
    if error is not None:
        pytest.fail(error, pytrace=False)
