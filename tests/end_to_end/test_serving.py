"""A server and its own node as processes: deploy, predict, explain, roll out, be killed."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from modelwright.cli.server_process import ServerProcess, free_port, modelwright_server
from modelwright.sdk import ledger, predictions, serving
from modelwright.sdk.http import Api as Modelwright
from modelwright.serving.node.lock import holder
from modelwright.serving.replaying import Replayed
from modelwright.serving.shown import RolloutShown
from tests.end_to_end.api import Api, files_of, must
from tests.serving.node.models import write_onnx
from tests.waiting import PATIENCE_S, eventually

NAME = "grades"
COLUMNS = [{"type": "long", "name": "grade", "required": True}]


def table_onnx(size: int) -> bytes:
    """A graph that looks a grade up in a table of `size` entries, and fails on grades beyond it."""
    table = numpy_helper.from_array(np.arange(size, dtype=np.float64) * 10, "table")
    graph = helper.make_graph(
        [
            helper.make_node("Squeeze", ["grade", "axis"], ["place"]),
            helper.make_node("Gather", ["table", "place"], ["predict"]),
        ],
        "lookup",
        [helper.make_tensor_value_info("grade", TensorProto.INT64, [None, 1])],
        [helper.make_tensor_value_info("predict", TensorProto.DOUBLE, [None])],
        [table, numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def register(url: str, folder: Path) -> None:
    """grades:1 knows ten grades, grades:2 only seven: it fails on three of ten callers."""
    api = Api(url)
    with api.http:
        _register(api, folder)


def _register(api: Api, folder: Path) -> None:
    experiment = api.new_experiment("serving")
    must(api.post("registered-models/create", name=NAME))
    for number, size in ((1, 10), (2, 7)):
        model = write_onnx(folder / str(number), table_onnx(size), COLUMNS)
        api.new_version(NAME, experiment, files_of(model))


class Callers:
    """Ask for one grade after another until stopped; count what came back."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/deployments/{NAME}/predict"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seen: Counter[str] = Counter()
        self.last = ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=30) as client:
            asked = 0
            while not self._stop.wait(0.01):
                asked += 1
                answer = client.post(self._url, json={"row": {"grade": asked % 10}})
                self.seen[f"{answer.headers.get('modelwright-version', 'failed')}"] += 1
                self.last = answer.headers.get("modelwright-prediction", self.last)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, Path, str]]:
    """A server with grades:1 deployed, its home, and the address of its node."""
    folder = tmp_path_factory.mktemp("serving")
    home = folder / "home"
    port, node_port = free_port(), free_port()
    with modelwright_server(home, "--node-port", str(node_port), port=port) as server:
        register(server.url, folder)
        with Modelwright(server.url) as api:
            made = serving.deploy(f"{NAME}:1", wait_s=PATIENCE_S, api=api)
        yield server, home, made.endpoints[0]


def replayed(api: Modelwright, prediction: str) -> Replayed:
    return eventually(lambda: predictions.replay(prediction, api=api))


def ask(url: str, grade: int) -> httpx.Response:
    return httpx.post(f"{url}/deployments/{NAME}/predict", json={"row": {"grade": grade}}, timeout=30)


@pytest.mark.slow
def test_an_answer_is_explained_and_replayed(served: tuple[ServerProcess, Path, str]) -> None:
    """The id in an answer leads to its row in the ledger, and asking again gives the same."""
    server, _, node = served
    answer = ask(node, 4)
    prediction = answer.headers["modelwright-prediction"]

    with Modelwright(server.url) as api:
        again = eventually(lambda: predictions.replay(prediction, api=api))

    assert [{"predict": 40.0}] == answer.json()["predictions"]
    assert {"grade": 4} == again.prediction.inputs
    assert {"predict": 40.0} == again.prediction.outputs
    assert f"{NAME}:1" == str(again.prediction.version)
    assert again.equal


@pytest.mark.slow
def test_an_answer_is_due_to_its_features(served: tuple[ServerProcess, Path, str]) -> None:
    """One feature, so all of what lies between the answers before it and its own; found again when asked again."""
    server, _, node = served
    for grade in (0, 2):
        ask(node, grade)
    prediction = ask(node, 9).headers["modelwright-prediction"]

    with Modelwright(server.url) as api:
        made = eventually(lambda: predictions.attribution(prediction, api=api))
        again = predictions.attribution(prediction, api=api)

    [due] = made.features
    assert ("grade", 9, 90.0) == (due.feature, due.value, made.answer)
    assert pytest.approx(made.answer - made.base) == due.attribution
    assert made == again


@pytest.mark.slow
def test_the_ledger_is_read_with_sql(served: tuple[ServerProcess, Path, str]) -> None:
    """What was asked over HTTP is counted in the table, once it has arrived."""
    server, _, node = served
    asked = ", ".join(f"'{ask(node, 3).headers['modelwright-prediction']}'" for _ in range(5))

    with Modelwright(server.url) as api:

        def counted() -> list[tuple[Any, ...]] | None:
            sql = f"SELECT count(*) FROM predictions WHERE inputs.grade = 3 AND prediction IN ({asked})"
            _, rows = ledger.query(NAME, f"{sql} AND outputs.predict = 30", api=api)
            return rows if rows == [(5,)] else None

        assert [(5,)] == eventually(counted)


@pytest.mark.slow
def test_a_worse_candidate_rolls_itself_back_under_traffic(served: tuple[ServerProcess, Path, str]) -> None:
    """Three of ten callers of the candidate fail; the guard notices, and all answers come from the control again."""
    server, _, node = served
    with Modelwright(server.url) as api, Callers(node) as callers:
        begun = serving.start_rollout(NAME, f"{NAME}:2", steps="20%,100%", dwell="10s", api=api)

        def finished() -> RolloutShown | None:
            found = serving.rollout(begun.id, api=api)
            return found if found.state.finished else None

        ended = eventually(finished)
        at_end = Counter(callers.seen)
        eventually(lambda: sum(callers.seen.values()) > sum(at_end.values()) + 300)

        told = [one.name for one in serving.history(NAME, api=api)]

    late = callers.seen - at_end
    assert ["serving.routes.changed", "serving.rollout.moved"] == told[:2]
    assert "serving.deployment.created" == told[-1]
    assert "rolled_back" == ended.phase.value, ended.state.reason
    assert f"{NAME}:2 violates 'error_rate not worse'" in ended.state.reason
    assert at_end[f"{NAME}:2"] > 0
    assert late[f"{NAME}:1"] >= 250
    assert late["failed"] <= 30


@pytest.mark.slow
def test_the_node_answers_on_while_the_server_is_dead_and_is_adopted_by_the_next(
    served: tuple[ServerProcess, Path, str],
) -> None:
    """Kill -9 of the server: no caller notices. The next server finds the node, and does not start another."""
    server, home, node = served
    before = holder(home / "node")
    assert before is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    answers = [ask(node, grade).status_code for grade in range(10)]
    node_port = node.rpartition(":")[2]
    port = int(server.url.rpartition(":")[2])

    with modelwright_server(home, "--node-port", node_port, port=port) as next_server:
        with Modelwright(next_server.url) as api:
            nodes: list[Any] = eventually(lambda: [one for one in serving.nodes(api=api) if one.fresh])
        during = holder(home / "node")
    after = holder(home / "node")

    assert [200] * 10 == answers
    assert ["local"] == [one.name for one in nodes]
    assert before == during
    assert after is None


@pytest.mark.slow
def test_a_replay_outlives_server_and_node_and_exposes_nobody(tmp_path: Path) -> None:
    """Both are killed in the middle; the next ones go on, and roll the candidate back before it answered anybody."""
    home, port = tmp_path / "home", free_port()
    with modelwright_server(home, "--node-port", str(free_port()), port=port) as server:
        register(server.url, tmp_path)
        with Modelwright(server.url) as api:
            node = serving.deploy(f"{NAME}:1", wait_s=PATIENCE_S, api=api).endpoints[0]
            rows = [{"grade": grade % 10} for grade in range(2000)]
            assert httpx.post(f"{node}/deployments/{NAME}/predict", json={"rows": rows}, timeout=60).is_success
            # Three of ten fail, hardly more than the guard lets pass: both are killed long before it is decided.
            begun = eventually(
                lambda: serving.start_rollout(
                    NAME, f"{NAME}:2", replay=2000, guards=("disagreement < 29%",), deadline="1h", api=api
                )
            )
            eventually(lambda: serving.rollout(begun.id, api=api).state.replayed.rows or None)
        holding = holder(home / "node")
        assert holding is not None
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        os.kill(holding, signal.SIGKILL)
    with modelwright_server(home, "--node-port", str(free_port()), port=port) as server, Modelwright(server.url) as api:

        def over() -> RolloutShown | None:
            found = serving.rollout(begun.id, api=api)
            return found if found.state.replayed.done or found.state.finished else None

        ended = eventually(over)

    replayed = ended.state.replayed
    assert not ended.state.shares
    assert 0 < replayed.rows <= 2000
    assert replayed.failed == pytest.approx(0.3 * replayed.rows, abs=3)


@pytest.mark.slow
def test_local_nodes_share_a_port_and_every_one_is_asked_by_itself(tmp_path: Path) -> None:
    """Callers are divided among all; what the server asks for itself reaches the very node it means."""
    home, node_port = tmp_path / "home", free_port()
    nodes = ("--local-nodes", "2", "--node-port", str(node_port))
    with modelwright_server(home, *nodes, port=free_port()) as server:
        register(server.url, tmp_path)
        with Modelwright(server.url) as api:
            made = serving.deploy(f"{NAME}:1", wait_s=PATIENCE_S, api=api)
            [address] = made.endpoints
            by_process: dict[str, str] = {}

            def both_answer() -> bool:
                answer = ask(address, 3)
                if answer.status_code == 200:
                    prediction = answer.headers["modelwright-prediction"]
                    by_process[prediction[12:20]] = prediction
                return 2 == len(by_process)

            eventually(both_answer)
            replays = [replayed(api, one) for one in by_process.values()]

    assert f"http://127.0.0.1:{node_port}" == address
    assert all(one.equal for one in replays)
