"""What an answer promises about the ledger, and that the promise holds."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import nanoarrow as na
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from modelwright.serving.model import Durability, Logging, Segment
from modelwright.serving.node.large.aside import LARGE_VALUES
from modelwright.serving.node.ledger import Entry, Origin, Ring, ScoredBatch
from modelwright.serving.node.segments import Segments
from modelwright.serving.node.signature import Column, Kind, Signature
from modelwright.serving.node.tables import Schema
from modelwright.serving.streams import read_batches
from tests.serving.node.kept import Kept
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import ROWS, double_columns, write_onnx
from tests.waiting import eventually

PROGRAM = "tests.serving.node.programs.logging_node"
BODY = {"inputs": ROWS[:2].tolist()}
ORIGIN = Origin(
    deployment="api", workspace="w", route="r1", model="m", version=1, manifest="", engine="onnx", logging=Logging()
)
PROMISED = Logging(durability=Durability.LOGGED)


class Sluggish:
    """A sink that takes batches once it is let, or has no room."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.may_write = threading.Event()
        self.full = False
        self.predictions: list[str] = []

    def write(self, batch: ScoredBatch) -> None:
        self.asked.set()
        self.may_write.wait()
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.predictions += batch.predictions

    def close(self) -> None:
        """Nothing is open."""


def test_an_answer_that_promises_waits_for_the_disk(tmp_path: Path, shelf: Shelf, onnx_folder: Path) -> None:
    """While the sink has not written, nobody is told `logged`; then everybody who waited is, by one write."""
    sink = Sluggish()
    node = LiveNode(tmp_path / "home", shelf, sinks=[sink])
    node.serve(shelf.route(onnx_folder), logging=PROMISED)
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(httpx.post(f"{node.url}/invocations", json=BODY, timeout=60))

    callers = [threading.Thread(target=ask) for _ in range(4)]
    for caller in callers:
        caller.start()
    assert sink.asked.wait(60)
    before = len(answers)
    sink.may_write.set()
    for caller in callers:
        caller.join()
    node.close()

    assert 0 == before
    assert ["logged"] * 4 == [answer.headers["modelwright-ledger"] for answer in answers]
    assert {answer.headers["modelwright-prediction"] for answer in answers} == set(sink.predictions)


def test_a_row_is_of_the_moment_that_its_id_tells(tmp_path: Path, shelf: Shelf, onnx_folder: Path) -> None:
    """By which it is found: also where writing a large answer took another process a while."""
    rows = np.ones((LARGE_VALUES + 1, 30)).tolist()
    sink = Kept()
    node = LiveNode(tmp_path / "node", shelf, sinks=[sink])
    node.serve(shelf.route(onnx_folder))
    for body in (BODY, {"inputs": rows}):
        answer = node.http.post("/deployments/api/invocations", json=body)
        assert 200 == answer.status_code, answer.text
    node.node.ring.flush()
    node.close()

    assert 2 == len({one for batch in sink.batches for one in batch.predictions})
    for batch in sink.batches:
        assert batch.at_ms.tolist() == [int(one[:12], 16) for one in batch.predictions]


def test_a_full_disk_under_the_ledger_leaves_the_answers_and_is_said(
    tmp_path: Path, shelf: Shelf, onnx_folder: Path
) -> None:
    """Callers get predictions and are told that they are not kept; readiness, metrics and reports say why."""
    sink = Sluggish()
    sink.may_write.set()
    sink.full = True
    node = LiveNode(tmp_path / "home", shelf, sinks=[sink])
    node.serve(shelf.route(onnx_folder), logging=PROMISED)
    failed = node.http.post("/invocations", json=BODY)
    ready, metrics = node.http.get("/v2/health/ready"), node.http.get("/metrics").text
    report = node.node.report().ledger
    sink.full = False
    kept = node.http.post("/invocations", json=BODY)
    after = node.http.get("/v2/health/ready")
    node.close()

    assert (200, "failed") == (failed.status_code, failed.headers["modelwright-ledger"])
    assert 200 == ready.status_code
    assert "No space left on device" in ready.json()["ledger"]
    assert "modelwright_node_ledger_failing 1.0" in metrics
    assert "modelwright_node_ledger_dropped_rows_total 2.0" in metrics
    assert (2, True) == (report.dropped_rows, "No space left" in report.trouble)
    assert ("logged", "ok") == (kept.headers["modelwright-ledger"], after.json()["ledger"])


def test_rows_that_are_not_sampled_are_not_promised(tmp_path: Path, shelf: Shelf, onnx_folder: Path) -> None:
    """The caller learns that this answer is not in the ledger."""
    sink = Sluggish()
    sink.may_write.set()
    node = LiveNode(tmp_path / "home", shelf, sinks=[sink])
    node.serve(shelf.route(onnx_folder), logging=Logging(durability=Durability.LOGGED, share=0.0))
    answer = node.http.post("/invocations", json=BODY)
    node.close()

    assert "not-sampled" == answer.headers["modelwright-ledger"]
    assert [] == sink.predictions


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_nothing_acknowledged_as_logged_is_lost_or_doubled_by_kill_9(
    tmp_path: Path, onnx_folder: Path, kills: int
) -> None:
    """A node killed at random moments under eight callers: acknowledged rows are there once, others at most once."""
    chance = random.Random(kills)
    home = tmp_path / "home"
    acknowledged: list[str] = []
    for _ in range(kills):
        acknowledged += ask_until_killed(home, onnx_folder, answers=chance.randrange(5, 150))
    held: list[tuple[Segment, bytes]] = []
    Segments(home / "ledger", node="one", key=b"k").ship(lambda about, body: held.append((about, body)))
    rows = Counter(name for about, body in held for name in ids(about, body))

    assert len(acknowledged) >= 5 * kills
    assert {(one, position) for one in acknowledged for position in range(2)} <= rows.keys()
    assert {1} == set(rows.values())


def counting_onnx() -> bytes:
    """A graph that counts up to the first value of its first row, one by one: as long in native code as one likes."""
    real, whole, truth = TensorProto.DOUBLE, TensorProto.INT64, TensorProto.BOOL
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["goes"]), helper.make_node("Add", ["sum", "one"], ["more"])],
        "count",
        [
            helper.make_tensor_value_info("turn", whole, []),
            helper.make_tensor_value_info("go", truth, []),
            helper.make_tensor_value_info("sum", real, []),
        ],
        [helper.make_tensor_value_info("goes", truth, []), helper.make_tensor_value_info("more", real, [])],
        [numpy_helper.from_array(np.array(1.0), "one")],
    )
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["top"], keepdims=0),
        helper.make_node("Cast", ["top"], ["turns"], to=whole),
        helper.make_node("Loop", ["turns", "", "none"], ["counted"], body=body),
        helper.make_node("ReduceSum", ["x", "axes"], ["sums"], keepdims=0),
        helper.make_node("Mul", ["sums", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "counted"], ["predict"]),
    ]
    graph = helper.make_graph(
        nodes,
        "counting",
        [helper.make_tensor_value_info("x", real, [None, 1])],
        [helper.make_tensor_value_info("predict", real, [None])],
        [
            numpy_helper.from_array(np.array(0.0), "none"),
            numpy_helper.from_array(np.array(0.0), "zero"),
            numpy_helper.from_array(np.array([1]), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def test_a_node_leaves_in_order_though_a_model_computes_on(tmp_path: Path) -> None:
    """What runs in native code cannot be ended; the node ends beside it after its grace, with status 0, and what it
    has answered is in the ledger.
    """
    folder = write_onnx(tmp_path / "model", counting_onnx(), double_columns(["turns"]))
    home = tmp_path / "home"
    command = [sys.executable, "-m", "tests.serving.node.programs.draining_node", str(home), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, httpx.Client(timeout=120) as client:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        while client.get(f"{url}/v2/health/ready").status_code != 200 or not client.get(f"{url}/deployments").json():
            pass
        answered = [client.post(f"{url}/invocations", json={"inputs": [[turns]]}) for turns in (3.0, 2e5, 4.0)]

        def hang() -> None:
            with contextlib.suppress(httpx.TransportError), httpx.Client(timeout=3600) as other:
                other.post(f"{url}/invocations", json={"inputs": [[1e15]]})

        hanging = threading.Thread(target=hang)
        before = computed(process.pid)
        hanging.start()
        eventually(lambda: any(ticks - before.get(name, 0) > 20 for name, ticks in computed(process.pid).items()))
        process.send_signal(signal.SIGTERM)
        status = process.wait()
        hanging.join()
    held: list[tuple[Segment, bytes]] = []
    Segments(home / "ledger", node="one", key=b"k").ship(lambda about, body: held.append((about, body)))
    rows = {name for about, body in held for name, _ in ids(about, body)}

    assert [[3.0], [2e5], [4.0]] == [one.json()["predictions"] for one in answered]
    assert 0 == status
    assert {one.headers["modelwright-prediction"] for one in answered} <= rows


def computed(pid: int) -> dict[str, int]:
    """Processor time, in the system's ticks, of all threads of a process but its first, by their numbers."""
    found = {}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found[thread.name] = int((thread / "stat").read_text().rpartition(")")[2].split()[11])
    return {name: ticks for name, ticks in found.items() if name != str(pid)}


def ask_until_killed(home: Path, folder: Path, *, answers: int) -> list[str]:
    """The ids of answers that said `logged` before the node was killed, which was after `answers` of them."""
    command = [sys.executable, "-m", PROGRAM, str(home), str(folder)]
    found: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()

        def ask() -> None:
            with httpx.Client(timeout=60) as client:
                while True:
                    try:
                        answer = client.post(f"{url}/invocations", json=BODY)
                    except httpx.TransportError:
                        return
                    if answer.headers.get("modelwright-ledger") == "logged":
                        found.append(answer.headers["modelwright-prediction"])

        callers = [threading.Thread(target=ask) for _ in range(8)]
        for caller in callers:
            caller.start()
        while len(found) < answers:
            time.sleep(0.001)
        process.kill()
        for caller in callers:
            caller.join()
    return found


def ids(about: Segment, body: bytes) -> list[tuple[str, int]]:
    found: list[dict[str, Any]] = [row for one in read_batches(body) for row in as_rows(one)]
    assert about.rows == len(found)
    return [(row["prediction"], row["position"]) for row in found]


def as_rows(batch: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = na.Array(batch).to_pylist()
    return rows


class Picky:
    """A sink that cannot write what is infinite."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def write(self, batch: ScoredBatch) -> None:
        if np.isinf(batch.inputs["a"]).any():
            raise ValueError("this cannot be written")
        self.batches.append(batch.predictions)

    def close(self) -> None:
        """Nothing is open."""


def test_rows_that_cannot_be_written_cost_their_own_caller_the_ledger() -> None:
    """Of seven requests that would be written together, the one that spoils it is dropped and the others are kept."""
    sink = Picky()
    ring = Ring([sink], period_s=600)
    schema = Schema(Signature(inputs=(Column(name="a", kind=Kind.FP64),)))
    values = [0.0, 1.0, 2.0, np.inf, 4.0, 5.0, 6.0]
    for place, value in enumerate(values):
        table, outputs = [np.array([[value]])], [np.array([value])]
        ring.append(Entry(ORIGIN, schema, 1, [str(place)], [1.0], [""], [1], 1, table, ("y",), outputs))
    ring.flush()
    ring.close()

    assert ["0", "1", "2", "4", "5", "6"] == [one for batch in sink.batches for one in batch]
    assert 1 == ring.dropped_rows
