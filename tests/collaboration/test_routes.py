"""Comments as clients write and read them, with what every room knows of the words in them."""

from pathlib import Path
from typing import Any

from tests.asking import Ask, application

MLFLOW = "/api/2.0/mlflow"


def _fill(ask: Ask) -> str:
    """A run of ann's, a model with a version and an alias, and a deployment; answers the run's id."""

    def say(path: str, **body: Any) -> dict[str, Any]:
        answer = ask("POST", f"{MLFLOW}/{path}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    run: str = say("runs/create", experiment_id="0", user_id="ann")["run"]["info"]["run_id"]
    for path, content in {
        "model/model.onnx": b"bytes",
        "model/MLmodel": b"flavors: {onnx: {data: model.onnx}}",
    }.items():
        ask("PUT", f"/api/v1/artifacts/runs/{run}/file", params={"path": path}, content=content)
    say("registered-models/create", name="fraud")
    say("model-versions/create", name="fraud", source=f"runs:/{run}/model", run_id=run)
    say("registered-models/alias", name="fraud", alias="champion", version="1")
    deployed = ask("POST", "/api/v1/deployments", json={"name": "fraud-live", "version": "fraud:1"})
    assert deployed.is_success, deployed.text
    return run


def test_every_kind_of_thing_is_mentioned_when_it_exists(tmp_path: Path) -> None:
    """By the notation of the command line or by its reference; what does not exist stays text."""
    with application(tmp_path) as (ask, _):
        run = _fill(ask)
        words = {
            "fraud:1": "models/fraud/versions/1",
            "models/fraud/versions/1": "models/fraud/versions/1",
            "fraud@champion": "models/fraud",
            "models/fraud": "models/fraud",
            f"runs/{run}": f"runs/{run}",
            "experiments/0": "experiments/0",
            "deployments/fraud-live": "deployments/fraud-live",
            "@ann": "people/ann",
            "fraud:2": None,
            "fraud:01": None,
            "fraud@nobody": None,
            "models/other": None,
            "fraud/versions/1": None,
            f"runs/{'0' * 32}": None,
            "experiments/999999999999999999999": None,
            "deployments/none": None,
            "12:30": None,
        }
        body = " and ".join(words)
        written = ask("POST", "/api/v1/comments", json={"about": "experiments/0", "body": body}).json()
        found = {mention["text"]: mention["ref"] for mention in written["mentions"]}
        of_version = ask("GET", "/api/v1/comments", params={"mentions": "models/fraud/versions/1"}).json()
        about = ask("GET", "/api/v1/comments", params={"about": "experiments/0"}).json()
        latest = ask("GET", "/api/v1/comments").json()
        people = ask("GET", "/api/v1/people", params={"q": "An"}).json()
        both = ask("GET", "/api/v1/comments", params={"mentions": "people/ann", "about": "runs/1"})

    assert {word: ref for word, ref in words.items() if ref} == found
    assert [written["id"]] == [item["id"] for item in of_version["items"]]
    assert 1 == of_version["total"] == about["total"]
    assert about["items"] == latest["items"] == of_version["items"]
    assert [{"name": "ann"}] == people["items"]
    assert 400 == both.status_code
