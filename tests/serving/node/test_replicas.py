"""Copies of a model beside each other: all of them compute, none is lost on the way to more or fewer of them."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import msgspec
import pytest

from modelwright.serving.model import Engine
from modelwright.serving.node.replicas import Replicated
from modelwright.serving.node.worker.remote import RemoteRunner
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import ROWS
from tests.serving.node.test_worker import order, temper


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """A model that sleeps for good on one order: whoever answers meanwhile is another copy."""
    return temper(tmp_path / "temper")


def runners(node: LiveNode) -> tuple[RemoteRunner, ...]:
    runner = node.node.front.endpoints["api"].first.runner
    assert isinstance(runner, Replicated)
    return tuple(one for one in runner.runners if isinstance(one, RemoteRunner))


@pytest.mark.slow
def test_a_second_process_answers_while_the_first_is_busy(node: LiveNode, shelf: Shelf, patient: Path) -> None:
    """Two replicas are two processes; a batch that takes for ever holds up only its own."""
    node.serve(shelf.route(patient, engine=Engine.NATIVE, replicas=2))
    first, second = runners(node)
    processes = {first.pid, second.pid}
    busy = threading.Thread(target=lambda: order(node, -2), daemon=True)
    busy.start()
    while not node.node.front.endpoints["api"].first.batcher.load_rows:
        busy.join(0.01)
    answers = [order(node, 5).json()["predictions"] for _ in range(3)]
    node.do(_killed(first, second))
    busy.join()

    assert 2 == len(processes - {0})
    assert [[34.0]] * 3 == answers


async def _killed(*runners: RemoteRunner) -> None:
    for one in runners:
        one.close()


def test_scaling_fails_no_request(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """From one to three and back under callers: every answer is right."""
    route = shelf.route(onnx_folder)
    node.serve(route)
    stop, answers = threading.Event(), []
    body = {"inputs": ROWS[:1].tolist()}

    def ask() -> None:
        with httpx.Client(timeout=60) as client:
            while not stop.is_set():
                answers.append(client.post(f"{node.url}/invocations", json=body).status_code)

    callers = [threading.Thread(target=ask) for _ in range(4)]
    for caller in callers:
        caller.start()
    for replicas in (3, 1, 2):
        node.serve(msgspec.structs.replace(route, replicas=replicas))
        reached = len(answers) + 20
        while len(answers) < reached:
            stop.wait(0.01)
    stop.set()
    for caller in callers:
        caller.join()
    runner = node.node.front.endpoints["api"].first.runner

    assert {200} == set(answers)
    assert isinstance(runner, Replicated)
    assert 2 == len(runner.runners)


def test_copies_that_cannot_all_be_loaded_are_none(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, tmp_path: Path
) -> None:
    """What was served before goes on; nothing half loaded is left behind."""
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors:\n  onnx:\n    data: model.onnx\n")
    (folder / "model.onnx").write_bytes(b"no graph")
    node.serve(shelf.route(onnx_folder))
    node.serve(shelf.route(folder, number=2, replicas=3))
    answer = node.http.post("/invocations", json={"inputs": ROWS[:1].tolist()})
    node.apply()
    node.serve(shelf.route(folder, number=2, replicas=3))

    assert [float(ROWS[0].sum())] == pytest.approx(answer.json()["predictions"])
    assert "cancer:1" == answer.headers["modelwright-version"]
    assert {} == dict(node.node.front.endpoints)
