"""Logged models on the wire."""

from typing import Any

import pytest

from tests.mlflow_api.asking import Asking


@pytest.fixture
def model(server: Asking) -> str:
    """The id of a new logged model."""
    said = {"experiment_id": "0", "name": "n", "params": [{"key": "p", "value": "1"}]}
    model_id: str = server.post("logged-models", **said)["model"]["info"]["model_id"]
    return model_id


def test_a_model_begins_pending_and_becomes_ready(server: Asking, model: str) -> None:
    """Its artifacts lie beside those of the experiment's runs."""
    before = server.get(f"logged-models/{model}")["model"]
    after = server.ask("PATCH", f"logged-models/{model}", model_id=model, status=2).json()["model"]

    assert "LOGGED_MODEL_PENDING" == before["info"]["status"]
    assert f"mlflow-artifacts:/0/models/{model}/artifacts" == before["info"]["artifact_uri"]
    assert "LOGGED_MODEL_READY" == after["info"]["status"]
    assert 400 == server.fail("PATCH", f"logged-models/{model}", model_id=model, status=0)[0]


def test_params_are_logged_once(server: Asking, model: str) -> None:
    """The same again is fine, as a request may be repeated; another value is refused."""
    for _ in range(2):
        server.post(f"logged-models/{model}/params", params=[{"key": "q", "value": "2"}])
    status, code, message = server.fail("POST", f"logged-models/{model}/params", params=[{"key": "q", "value": "3"}])

    assert (400, "INVALID_PARAMETER_VALUE") == (status, code)
    assert "Changing param values is not allowed" in message
    params = server.get(f"logged-models/{model}")["model"]["data"]["params"]
    assert [{"key": "p", "value": "1"}, {"key": "q", "value": "2"}] == params


def test_tags_are_set_and_deleted(server: Asking, model: str) -> None:
    """Deleting one that is not there is a 404."""
    server.ask("PATCH", f"logged-models/{model}/tags", tags=[{"key": "a/b", "value": "1"}, {"key": "c", "value": "2"}])
    server.ask("DELETE", f"logged-models/{model}/tags/c")

    assert [{"key": "a/b", "value": "1"}] == server.get(f"logged-models/{model}")["model"]["info"]["tags"]
    assert 404 == server.fail("DELETE", f"logged-models/{model}/tags/c")[0]


def test_params_and_tags_have_any_key(server: Asking, model: str) -> None:
    """As in MLflow, whose rule for keys is one for runs; but not none at all."""
    pairs = [{"key": "steps[0]", "value": "pca"}, {"key": "x@y", "value": "z"}]
    server.post(f"logged-models/{model}/params", params=pairs)
    server.ask("PATCH", f"logged-models/{model}/tags", tags=pairs)
    made = server.post("logged-models", experiment_id="0", params=pairs, tags=pairs)["model"]
    read = server.get(f"logged-models/{model}")["model"]
    found = server.post("logged-models/search", experiment_ids=["0"], filter="params.`steps[0]` = 'pca'")
    status, _, message = server.fail("PATCH", f"logged-models/{model}/tags", tags=[{"key": "x" * 251, "value": ""}])

    assert (pairs, pairs) == (made["data"]["params"], made["info"]["tags"])
    assert ([{"key": "p", "value": "1"}, *pairs], pairs) == (read["data"]["params"], read["info"]["tags"])
    assert 2 == len(found["models"])
    assert (400, True) == (status, "tags[0].key" in message)


def test_a_deleted_model_is_found_only_on_request(server: Asking, model: str) -> None:
    """Deleting twice is fine."""
    for _ in range(2):
        assert 200 == server.ask("DELETE", f"logged-models/{model}").status_code

    assert (404, "RESOURCE_DOES_NOT_EXIST") == server.fail("GET", f"logged-models/{model}")[:2]
    assert model == server.get(f"logged-models/{model}", allow_deleted="true")["model"]["info"]["model_id"]


def test_metrics_for_a_model_are_the_runs_too(server: Asking, model: str) -> None:
    """The latest of each dataset; an unknown model stores nothing anywhere."""
    run_id = server.new_run()
    for step, value in ((2, 0.5), (1, 0.9)):
        server.post(
            "runs/log-metric",
            run_id=run_id,
            key="acc",
            value=value,
            timestamp=1,
            step=step,
            model_id=model,
            dataset_name="d",
            dataset_digest="1",
        )
    (metric,) = server.get(f"logged-models/{model}")["model"]["data"]["metrics"]
    status = server.fail(
        "POST", "runs/log-metric", run_id=run_id, key="new", value=1, timestamp=1, model_id="m-unknown"
    )[0]

    assert (0.5, 2, "d", "1", run_id) == tuple(
        metric[name] for name in ("value", "step", "dataset_name", "dataset_digest", "run_id")
    )
    assert 404 == status
    assert ["acc"] == [m["key"] for m in server.get("runs/get", run_id=run_id)["run"]["data"]["metrics"]]


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_some_characters_cannot_be_in_a_name(server: Asking, name: str) -> None:
    """They would not survive in a model's address."""
    status, code, message = server.fail("POST", "logged-models", experiment_id="0", name=name)

    assert (400, "INVALID_PARAMETER_VALUE") == (status, code)
    assert "Invalid model name" in message


def test_models_are_ordered_on_a_dataset_by_its_digest_alone(server: Asking) -> None:
    """As by its name alone, and by both; and a page is as long as it is asked for."""
    run_id = server.new_run()
    for name, values in (("one", {"d1": 0.9, "d2": 0.1}), ("two", {"d1": 0.2, "d2": 0.8})):
        model_id = server.post("logged-models", experiment_id="0", name=name)["model"]["info"]["model_id"]
        for digest, value in values.items():
            on = {"dataset_name": f"name of {digest}", "dataset_digest": digest}
            server.post("runs/log-metric", run_id=run_id, key="a", value=value, timestamp=1, model_id=model_id, **on)

    def ordered(**on: str) -> list[str]:
        by = {"field_name": "metrics.a", "ascending": True, **on}
        found = server.post("logged-models/search", experiment_ids=["0"], order_by=[by], max_results=50_000)
        return [each["info"]["name"] for each in found["models"]]

    assert ["two", "one"] == ordered(dataset_digest="d1") == ordered(dataset_name="name of d1")
    assert ["one", "two"] == ordered(dataset_digest="d2") == ordered(dataset_name="name of d2", dataset_digest="d2")
    assert 400 == server.fail("POST", "logged-models/search", experiment_ids=["0"], max_results=50_001)[0]


def test_a_model_without_a_type_differs_from_every_type(server: Asking) -> None:
    """As with MLflow's server, where it is empty: it is found as unlike another, and comes first in order."""
    for name, more in (("typed", {"model_type": "agent"}), ("plain", {})):
        server.post("logged-models", experiment_id="0", name=name, **more)

    def found(**asked: Any) -> list[str]:
        models = server.post("logged-models/search", experiment_ids=["0"], **asked)["models"]
        return [each["info"]["name"] for each in models]

    assert ["plain"] == found(filter="model_type != 'agent'")
    assert ["plain", "typed"] == sorted(found(filter="source_run_id != 'another'"))
    assert ["plain", "typed"] == found(order_by=[{"field_name": "model_type", "ascending": True}])
