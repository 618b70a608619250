"""More than a node can do: it says so at once and in every protocol, forgets whom it is too late to answer, and
nobody else notices.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import tritonclient.grpc as triton

from modelwright.serving.model import Batching, DesiredDeployment, Limits
from modelwright.serving.node.rpc.server import listen
from tests.serving.node.held import Held, batcher_of, hold, one_row
from tests.serving.node.live import LiveNode, Shelf
from tests.waiting import eventually

QUEUE_ROWS = 4
PATIENT = Limits(deadline_ms=600_000)
Full = tuple[LiveNode, Held, list[Future[httpx.Response]]]


@pytest.fixture
def full(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> Iterator[Full]:
    """A node whose model is busy and whose queue is full; the futures are the callers who wait."""
    node.serve(shelf.route(onnx_folder, batching=Batching(queue_rows=QUEUE_ROWS), limits=PATIENT))
    held = hold(node)
    with ThreadPoolExecutor(QUEUE_ROWS) as callers:
        waiting = [callers.submit(node.http.post, "/invocations", json=one_row())]
        eventually(lambda: [1] == held.batches)  # alone with the model: no other may have come along
        waiting += [callers.submit(node.http.post, "/invocations", json=one_row()) for _ in range(QUEUE_ROWS - 1)]
        eventually(lambda: batcher_of(node).load_rows == QUEUE_ROWS)
        yield node, held, waiting
        node.do(held.release())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/invocations", one_row()),
        ("/deployments/api/predict", {"rows": [{}]}),
        ("/v2/models/api/infer", {"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64", "data": [0.0] * 30}]}),
    ],
)
def test_full_queue_is_told_at_once_with_when_to_ask_again(full: Full, path: str, body: dict[str, object]) -> None:
    """Beyond the bounded queue every protocol answers 429 with Retry-After, and those who wait get their answers."""
    node, held, waiting = full
    if "rows" in body:
        body = {"columns": {name: [0.0] for name in node.node.front.endpoints["api"].first.schema.names}}

    refused = node.http.post(path, json=body)
    node.do(held.release())

    assert 429 == refused.status_code, refused.text
    assert "1" == refused.headers["retry-after"]
    assert [200] * QUEUE_ROWS == [one.result().status_code for one in waiting]


def test_full_queue_is_resource_exhausted_over_grpc(full: Full) -> None:
    """The same over gRPC, in its own words."""
    node, _, _ = full
    server, port = node.do(listen(node.node.front, "test", "127.0.0.1", 0))
    tensor = triton.InferInput("inputs", [1, 30], "FP64")
    tensor.set_data_from_numpy(np.zeros((1, 30)))
    with (
        triton.InferenceServerClient(f"127.0.0.1:{port}") as client,
        pytest.raises(triton.InferenceServerException) as caught,
    ):
        client.infer("api", [tensor])
    node.do(server.stop(0))

    assert "StatusCode.RESOURCE_EXHAUSTED" == caught.value.status()


def test_taken_routes_queue_is_unavailable_with_when_to_ask_again(
    full: Full,
) -> None:
    """Callers who wait for a route that is taken away are told 503, and when to ask again."""
    node, _, waiting = full

    async def close() -> None:
        batcher_of(node).close()

    node.do(close())
    # The first of them is with the model already; the others were in the queue.
    eventually(lambda: sum(one.done() for one in waiting) >= QUEUE_ROWS - 1)
    told = [one.result() for one in waiting if one.done()]

    assert {503} == {one.status_code for one in told}
    assert {"1"} == {one.headers["retry-after"] for one in told}


def test_whom_it_is_too_late_to_answer_is_not_computed(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """A request whose own deadline passes in the queue is told 504, and its row never reaches the model."""
    node.serve(shelf.route(onnx_folder))
    held = hold(node)
    with ThreadPoolExecutor(2) as callers:
        first = callers.submit(node.http.post, "/invocations", json=one_row())
        eventually(lambda: [1] == held.batches)
        hurried = {"Modelwright-Deadline-Ms": "1"}
        second = callers.submit(node.http.post, "/invocations", json=one_row(2.0), headers=hurried)
        batcher = batcher_of(node)
        eventually(lambda: len(batcher._queue) == 1 and batcher._queue[0].deadline < time.perf_counter())
        node.do(held.release())

        assert (200, 504) == (first.result().status_code, second.result().status_code)
    assert [1] == held.batches


@pytest.mark.parametrize("said", ["", "soon", "-1", "0", "nan", "1e400"])
def test_deadline_that_is_none_is_refused(node: LiveNode, shelf: Shelf, onnx_folder: Path, said: str) -> None:
    """A header that names no time is the caller's mistake, and is named."""
    node.serve(shelf.route(onnx_folder))
    answer = node.http.post("/invocations", json=one_row(), headers={"Modelwright-Deadline-Ms": said})

    assert 400 == answer.status_code
    assert "Modelwright-Deadline-Ms" in answer.json()["message"]


def test_one_stuck_model_of_twenty_keeps_nobody_waiting(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """While one model holds its callers for good, the nineteen others answer every request."""
    route = shelf.route(onnx_folder)
    names = [f"good-{number}" for number in range(19)]
    node.apply(*[DesiredDeployment(name=name, routes=(route,)) for name in [*names, "stuck"]])
    held = hold(node, "stuck")
    with ThreadPoolExecutor(4) as callers:
        stuck = [callers.submit(node.http.post, "/deployments/stuck/invocations", json=one_row()) for _ in range(4)]
        eventually(lambda: batcher_of(node, "stuck").load_rows == 4)
        answers = [node.http.post(f"/deployments/{name}/invocations", json=one_row()) for name in names * 3]
        waited = [one.done() for one in stuck]
        node.do(held.release())

        assert {200} == {one.status_code for one in (*answers, *[one.result() for one in stuck])}
    assert [False] * 4 == waited
