"""Everything by its name, as the palette asks for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import Ask, application

MLFLOW = "/api/2.0/mlflow"
MLMODEL = b"flavors: {onnx: {data: model.onnx}, python_function: {loader_module: mlflow.onnx}}"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """An application with two runs (one of them deleted), a model with a version, an alias, and a deployment."""
    with application(Path(tmp_path_factory.mktemp("home"))) as (ask, _):

        def say(path: str, **body: Any) -> dict[str, Any]:
            answer = ask("POST", f"{MLFLOW}/{path}", json=body)
            assert answer.is_success, answer.text
            found: dict[str, Any] = answer.json()
            return found

        experiment = say("experiments/create", name="Churn 100%")["experiment_id"]
        run = say("runs/create", experiment_id=experiment, run_name="Bold-fox-7")["run"]["info"]["run_id"]
        gone = say("runs/create", experiment_id=experiment, run_name="bold-fox-8")["run"]["info"]["run_id"]
        say("runs/delete", run_id=gone)
        for path, body in {"model/model.onnx": b"bytes", "model/MLmodel": MLMODEL}.items():
            ask("PUT", f"/api/v1/artifacts/runs/{run}/file", params={"path": path}, content=body)
        say("registered-models/create", name="churn-eu")
        say("model-versions/create", name="churn-eu", source=f"runs:/{run}/model", run_id=run)
        say("registered-models/alias", name="churn-eu", alias="Champion", version="1")
        deployed = ask("POST", "/api/v1/deployments", json={"name": "churn_api", "version": "churn-eu:1"})
        assert deployed.is_success, deployed.text
        yield ask


def _found(ask: Ask, words: str) -> list[tuple[str, str]]:
    answer = ask("GET", "/api/v1/search", params={"q": words})
    assert answer.is_success, answer.text
    return [(item["kind"], item["title"]) for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("urn", [("model", "churn-eu"), ("deployment", "churn_api"), ("experiment", "Churn 100%")]),
        ("N_A", [("deployment", "churn_api")]),
        ("_", [("deployment", "churn_api")]),
        ("%", [("experiment", "Churn 100%")]),
        ("100%", [("experiment", "Churn 100%")]),
        ("bold", [("run", "Bold-fox-7")]),
        ("BOLD-FOX", [("run", "Bold-fox-7")]),
        ("fox", []),
        ("Champ", [("alias", "churn-eu@Champion")]),
        ("@Champion", [("alias", "churn-eu@Champion")]),
        ("' OR 1=1 --", []),
        ("\N{GRINNING FACE}", []),
    ],
)
def test_things_are_found_by_what_is_typed(ask: Ask, words: str, expected: list[tuple[str, str]]) -> None:
    """What has a page by part of its name, runs and aliases by their beginning; deleted runs are not found."""
    assert expected == _found(ask, words)


def test_a_run_is_found_by_the_beginning_of_its_id_and_a_version_by_that_of_its_digest(ask: Ask) -> None:
    """With what leads to them, and enough beside it to tell one from another."""
    (run,) = ask("GET", "/api/v1/search", params={"q": "bold"}).json()["items"]
    run_id = run["ref"].removeprefix("runs/")
    version = ask("GET", "/api/v1/models/churn-eu/versions/1").json()
    digits = version["digest"].removeprefix("sha256:")

    assert ("run", "Bold-fox-7") in _found(ask, run_id[:6].upper())
    assert ("version", "churn-eu version 1") in _found(ask, digits[:8])
    assert [("version", "churn-eu version 1")] == _found(ask, version["digest"])


def test_each_kind_has_a_limit(ask: Ask) -> None:
    too_many = ask("GET", "/api/v1/search", params={"q": "a", "limit": 21})
    nothing = ask("GET", "/api/v1/search", params={"q": ""})

    assert (400, 400) == (too_many.status_code, nothing.status_code)
