"""Data for the browser tests, put in through the protocol that the mlflow client speaks."""

import math
from typing import Any

import httpx
import msgspec

POINTS = 2000
SPIKE_STEP = 1234
SPIKE = 9.5
RUNS = 260
HOSTILE = "<img src=x onerror=alert(1)> \u05e9\u05dc\u05d5\u05dd"
DATASET = "lake/churn.csv"
DATASET_DIGEST = "8d3fa1b2"
START_MS = 1_790_000_000_000


class Seeded(msgspec.Struct, frozen=True):
    """Names and ids of what there is."""

    experiment: str
    runs: list[str]
    spiky: str
    hostile: str
    model: str


class _Client:
    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self._http.post(f"/api/2.0/mlflow/{path}", json=body)
        assert answer.is_success, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def put_file(self, run_id: str, path: str, body: bytes) -> None:
        answer = self._http.put(f"/api/v1/artifacts/runs/{run_id}/file", params={"path": path}, content=body)
        assert answer.is_success, answer.text


def seed(url: str) -> Seeded:
    with httpx.Client(base_url=url, timeout=60) as http:
        return _fill(_Client(http))


def _fill(client: _Client) -> Seeded:
    experiment = client.post("experiments/create", name="churn")["experiment_id"]
    client.post("experiments/create", name="empty")
    runs = [_run(client, experiment, number) for number in range(RUNS)]
    spiky = runs[-1]
    _series(client, spiky)
    _files(client, spiky)
    _data(client, spiky)
    hostile = _run(client, experiment, RUNS, name=HOSTILE)
    _model(client, spiky)
    return Seeded(experiment=experiment, runs=runs, spiky=spiky, hostile=hostile, model="churn")


def _data(client: _Client, run_id: str) -> None:
    """What the run learned from: a name with a slash and a dot, as files have."""
    columns = [{"type": "double", "name": "income", "required": True}, {"type": "long", "name": "age"}]
    dataset = {
        "name": DATASET,
        "digest": DATASET_DIGEST,
        "source_type": "local",
        "source": '{"uri": "lake/churn.csv"}',
        "schema": msgspec.json.encode({"mlflow_colspec": columns}).decode(),
        "profile": '{"num_rows": 12000, "num_elements": 24000}',
    }
    use = {"dataset": dataset, "tags": [{"key": "mlflow.data.context", "value": "training"}]}
    client.post("runs/log-inputs", run_id=run_id, datasets=[use])


def _run(client: _Client, experiment: str, number: int, name: str | None = None) -> str:
    start = START_MS + number * 60_000
    created = client.post(
        "runs/create", experiment_id=experiment, start_time=start, run_name=name or f"run-{number:03}"
    )
    run_id: str = created["run"]["info"]["run_id"]
    rate = 10 ** -(1 + number % 4)
    client.post(
        "runs/log-batch",
        run_id=run_id,
        params=[
            {"key": "learning_rate", "value": str(rate)},
            {"key": "model", "value": ("forest", "boosting", "linear")[number % 3]},
            {"key": "seed", "value": "7"},
        ],
        metrics=[
            {"key": "val/auc", "value": 0.6 + (number % 37) / 100, "timestamp": start, "step": 0},
            {"key": "val/loss", "value": 0.5 - (number % 41) / 100, "timestamp": start, "step": 0},
        ],
        tags=[{"key": "team", "value": "risk"}],
    )
    client.post("runs/update", run_id=run_id, status="FINISHED", end_time=start + 45_000)
    return run_id


def _series(client: _Client, run_id: str) -> None:
    points = [
        {
            "key": "train/loss",
            "value": SPIKE if step == SPIKE_STEP else math.exp(-step / 400),
            "timestamp": START_MS + step * 1000,
            "step": step,
        }
        for step in range(POINTS)
    ]
    for first in range(0, POINTS, 1000):
        client.post("runs/log-batch", run_id=run_id, metrics=points[first : first + 1000])


def _files(client: _Client, run_id: str) -> None:
    client.put_file(run_id, "scores.csv", b'name,score\nada,0.9\n"a, b",0.4\n')
    client.put_file(run_id, "report.html", b"<h1>Report</h1><script>document.title = 'owned'</script>")
    mlmodel = (
        "signature:\n"
        """  inputs: '[{"type": "double", "name": "age", "required": true}]'\n"""
        """  outputs: '[{"type": "double", "required": true}]'\n"""
    )
    client.put_file(run_id, "model/MLmodel", mlmodel.encode())
    client.put_file(run_id, "model/model.bin", bytes(1000))


def _model(client: _Client, run_id: str) -> None:
    client.post("registered-models/create", name="churn", description="Who leaves **within 30 days**.")
    for _ in range(3):
        client.post("model-versions/create", name="churn", source=f"runs:/{run_id}/model", run_id=run_id)
    client.post("registered-models/alias", name="churn", alias="champion", version="1")
