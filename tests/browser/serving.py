"""What is served while browsers look: a real node, versions that answer, rollouts that happen."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from modelwright.serving.model import WINDOW_MS, NodeReport, WindowCounts
from tests.waiting import eventually

MODEL = "score"
DEPLOYMENT = "score-api"
GOING_ON = "weights by search"
FAILED = "weight not a number"
"""Runs of MODEL's experiment beside those of its versions: one that goes on, one that failed."""
COLUMNS = ("amount", "age", "visits")
ROW = {"amount": 1.5, "age": 40.0, "visits": 2.0}
WEIGHTS = (1.0, 2.0, 3.0)
"""Version n answers with the sum of the row times the n-th weight."""

_PAST_WINDOWS = 300
_FAST = (0,) * 12 + (80, 15, 4, 1)
_NODE = (sys.executable, "-m", "modelwright", "node")


class Served(msgspec.Struct, frozen=True):
    """`rolled_back` and `rolling` are rollouts of DEPLOYMENT, `prediction` an answer that the ledger has."""

    rolled_back: int
    rolling: int
    prediction: str


class Serving:
    """The serving side of a server's API, for tests that need a thing of their own to change."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=60)

    def close(self) -> None:
        self._http.close()

    def ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self._http.request(method, path, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def deploy(self, name: str, number: int = 1, *, ready: bool = True) -> dict[str, Any]:
        """A deployment of a version; by default once the node answers for it."""
        made: dict[str, Any] = self.ask("POST", "/deployments", json={"name": name, "version": f"{MODEL}:{number}"})
        return eventually(lambda: self._ready(name)) if ready else made

    def divide(self, name: str, **shares: float) -> dict[str, Any]:
        """Routes by version: `divide("a", v1=0.5, v2=0.5)`."""
        routes = [{"version": f"{MODEL}:{key[1:]}", "share": share} for key, share in shares.items()]
        made: dict[str, Any] = self.ask("PUT", f"/deployments/{name}/routes", json={"routes": routes})
        return made

    def shares(self, name: str) -> dict[int, float]:
        """What each version answers now, by number."""
        found = self.ask("GET", f"/deployments/{name}")
        return {route["version"]["number"]: route["share"] for route in found["routes"]}

    def roll_out(self, name: str, number: int, **more: Any) -> dict[str, Any]:
        asked = {"version": f"{MODEL}:{number}", "dwell": "1h", **more}
        made: dict[str, Any] = self.ask("POST", f"/deployments/{name}/rollouts", json=asked)
        return made

    def phase(self, rollout: int) -> str:
        found: str = self.ask("GET", f"/rollouts/{rollout}")["phase"]
        return found

    def report(self, windows: list[WindowCounts], node: str = "edge-1") -> None:
        """What a node far away, which answers nobody here, says it has counted."""
        now = int(time.time() * 1000)
        said = NodeReport(
            node=node,
            sent_ms=now,
            started_ms=now,
            software="0.1.0",
            revision=1,
            windows=tuple(windows),
            memory_bytes=88_000_000,
            cpu_share=0.21,
        )
        body = msgspec.json.encode(said)
        self.ask("POST", f"/nodes/{node}/reports", content=body)

    def _ready(self, name: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.ask("GET", f"/deployments/{name}")
        states = [report["report"]["status"] for route in found["routes"] for report in route["reports"]]
        return found if "ready" in states else None

    def explained(self, prediction: str) -> bool:
        """Whether the ledger has it yet."""
        return self._http.get(f"/predictions/{prediction}").is_success


@contextlib.contextmanager
def running_node(url: str, home: Path) -> Iterator[Serving]:
    """A node of the server at `url` on a free port, which ends with the block."""
    home.mkdir(parents=True, exist_ok=True)
    options = ("--server", url, "--name", "here", "--home", str(home), "--port", "0")
    with (home / "node.log").open("wb") as log:
        node = subprocess.Popen([*_NODE, *options], stdout=log, stderr=subprocess.STDOUT)
        asking = Serving(url)
        try:
            yield asking
        finally:
            asking.close()
            node.terminate()
            node.wait(60)


def serve(url: str, serving: Serving) -> Served:
    """Register the versions, deploy, and let two rollouts happen."""
    _register(url)
    serving.deploy(DEPLOYMENT)
    _past(serving)
    bad = serving.roll_out(DEPLOYMENT, 3)
    serving.report(_counted(bad, errors=40))
    eventually(lambda: serving.phase(bad["id"]) == "rolled_back")
    good = serving.roll_out(DEPLOYMENT, 2, steps="25%,100%", guards=["error_rate not worse", "p99 < 30ms"])
    serving.report(_counted(good, errors=0), node="edge-2")
    tried = serving.ask("POST", f"/deployments/{DEPLOYMENT}/try", json={"rows": [ROW]})
    eventually(lambda: serving.explained(tried["prediction"]))
    truth = [{"prediction": tried["prediction"], "name": "value", "value": 83.5}]
    serving.ask("POST", f"/deployments/{DEPLOYMENT}/outcomes", json={"outcomes": truth})
    return Served(rolled_back=bad["id"], rolling=good["id"], prediction=tried["prediction"])


def _register(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as http:

        def post(path: str, **body: Any) -> Any:
            answer = http.post(f"/api/2.0/mlflow/{path}", json=body)
            assert answer.is_success, answer.text
            return answer.json()

        experiment = post("experiments/create", name=MODEL)["experiment_id"]
        post("registered-models/create", name=MODEL, description="Sums a row, for looking at.")
        for weight in WEIGHTS:
            tags = [{"key": "mlflow.source.git.commit", "value": "4f2c9a7be0" * 4}]
            run = post("runs/create", experiment_id=experiment, run_name=f"weight {weight:g}", tags=tags, **_now())
            run_id = run["run"]["info"]["run_id"]
            for path, body in _files(weight).items():
                put = http.put(f"/api/v1/artifacts/runs/{run_id}/file", params={"path": f"model/{path}"}, content=body)
                assert put.is_success, put.text
            post("model-versions/create", name=MODEL, source=f"runs:/{run_id}/model", run_id=run_id)
            post("runs/update", run_id=run_id, status="FINISHED", end_time=_now()["start_time"])
        post("runs/create", experiment_id=experiment, run_name=GOING_ON, **_now())
        failed = post("runs/create", experiment_id=experiment, run_name=FAILED, **_now())["run"]["info"]["run_id"]
        post("runs/update", run_id=failed, status="FAILED", end_time=_now()["start_time"])


def _now() -> dict[str, int]:
    return {"start_time": int(time.time() * 1000)}


def _files(weight: float) -> dict[str, bytes]:
    """A version as any client would have left it: MLmodel with a signature, an example, and an ONNX graph."""
    weights = numpy_helper.from_array(np.full((len(COLUMNS),), weight), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["predict"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, len(COLUMNS)])],
        [helper.make_tensor_value_info("predict", TensorProto.DOUBLE, [None])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    inputs = [{"type": "double", "name": name, "required": True} for name in COLUMNS]
    mlmodel = {
        "flavors": {"onnx": {"data": "model.onnx"}, "python_function": {"loader_module": "mlflow.onnx"}},
        "signature": {"inputs": json.dumps(inputs), "outputs": json.dumps([{"type": "double"}])},
        "saved_input_example_info": {"artifact_path": "input_example.json"},
    }
    example = {"columns": list(ROW), "data": [list(ROW.values())]}
    return {
        "MLmodel": json.dumps(mlmodel).encode(),
        "model.onnx": bytes(model.SerializeToString()),
        "input_example.json": json.dumps(example).encode(),
    }


def _window(route: str, at_ms: int, requests: int, errors: int = 0) -> WindowCounts:
    return WindowCounts(
        deployment=DEPLOYMENT,
        route=route,
        window_ms=at_ms - at_ms % WINDOW_MS,
        requests=requests,
        rows=requests,
        errors=errors,
        latency_counts=tuple(count * requests // 100 for count in _FAST),
        latency_sum_ms=requests * 0.9,
        slow=((30.0, 0),),
    )


def _past(serving: Serving) -> None:
    """Traffic of the last hour, so that charts have something to show."""
    [route] = serving.ask("GET", f"/deployments/{DEPLOYMENT}")["routes"]
    now = int(time.time() * 1000)
    windows = [
        _window(route["id"], now - at * WINDOW_MS, 300 + (at * 37) % 120, at % 11 // 10)
        for at in range(1, _PAST_WINDOWS)
    ]
    serving.report(windows)


def _counted(rollout: dict[str, Any], errors: int) -> list[WindowCounts]:
    """Ten seconds of a rollout: enough to take a failing candidate back, too little to promote one."""
    plan = rollout["state"]["plan"]
    now = int(time.time() * 1000)
    return [_window(plan["control"], now, 300, 1), _window(plan["candidate"], now, 100, errors)]
