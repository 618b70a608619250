"""Large gRPC requests: read off the event loop, and no more of them here at a time than there is room for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2

from modelwright.serving.node import answering
from modelwright.serving.node.rpc.room import LARGEST
from modelwright.serving.node.rpc.server import SERVICE, listen
from tests.serving.node.live import LiveNode, Shelf

MEGABYTE = 1024 * 1024
INFER = f"/{SERVICE}/ModelInfer"
ROWS = np.random.default_rng(0).normal(size=(3000, 30))


@pytest.fixture
def node(tmp_path: Path, shelf: Shelf, onnx_folder: Path) -> Iterator[LiveNode]:
    found = LiveNode(tmp_path / "node", shelf, body_bytes=MEGABYTE)
    found.serve(shelf.route(onnx_folder))
    yield found
    found.close()


@pytest.fixture
def channel(node: LiveNode) -> Iterator[grpc.Channel]:
    server, port = node.do(listen(node.node.front, "test", "127.0.0.1", 0))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as found:
        yield found
    node.do(server.stop(0))


def asked(rows: np.ndarray, *, typed: bool = False) -> bytes:
    request = service_pb2.ModelInferRequest(model_name="api")
    tensor = request.inputs.add(name="x", datatype="FP64", shape=rows.shape)
    if typed:
        tensor.contents.fp64_contents.extend(rows.ravel().tolist())
    else:
        request.raw_input_contents.append(rows.tobytes())
    return bytes(request.SerializeToString())


def infer(channel: grpc.Channel, body: bytes) -> list[float]:
    answer = channel.unary_unary(INFER, response_deserializer=service_pb2.ModelInferResponse.FromString)(
        body, timeout=60
    )
    raw = answer.raw_output_contents
    return list(np.frombuffer(raw[0])) if raw else list(answer.outputs[0].contents.fp64_contents)


def silent(channel: grpc.Channel) -> Any:
    """A call that has begun and sends nothing."""

    def never() -> Iterator[bytes]:
        time.sleep(60)
        yield b""

    return channel.stream_unary(INFER).future(never(), timeout=60)


@pytest.mark.parametrize("typed", [False, True])
def test_large_requests_are_answered(channel: grpc.Channel, typed: bool) -> None:  # noqa: FBT001  # a parameter
    """Raw or typed, what was read on a thread is answered like a direct sum."""
    np.testing.assert_allclose(ROWS.sum(axis=1), infer(channel, asked(ROWS, typed=typed)))


@pytest.mark.parametrize(("typed", "aside"), [(True, True), (False, False)])
def test_large_typed_answers_are_written_elsewhere(
    node: LiveNode, channel: grpc.Channel, monkeypatch: pytest.MonkeyPatch, *, typed: bool, aside: bool
) -> None:
    """A million numbers took the loop a tenth of a second to write one by one, and none in bytes."""
    monkeypatch.setattr(answering, "LARGE_VALUES", 1000)
    found = infer(channel, asked(ROWS, typed=typed))

    np.testing.assert_allclose(ROWS.sum(axis=1), found)
    assert aside == bool(node.node._aside.pid)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (asked(ROWS[:, :29].copy()), grpc.StatusCode.INVALID_ARGUMENT, "expected"),
        (b"\xff" * 500_000, grpc.StatusCode.INVALID_ARGUMENT, "no ModelInferRequest"),
        (asked(np.zeros((5000, 30))), grpc.StatusCode.RESOURCE_EXHAUSTED, ""),
    ],
)
def test_faults_of_large_requests_have_their_codes(
    channel: grpc.Channel, body: bytes, code: grpc.StatusCode, said: str
) -> None:
    """A wrong shape, bytes that are no message, and more than the limit."""
    with pytest.raises(grpc.RpcError) as caught:
        infer(channel, body)

    assert code is caught.value.code()
    assert said in caught.value.details()


def test_call_without_a_request_is_refused(channel: grpc.Channel) -> None:
    """A client that ends its call before it has asked anything is told so."""
    with pytest.raises(grpc.RpcError) as caught:
        channel.stream_unary(INFER)(iter(()), timeout=60)

    assert grpc.StatusCode.INVALID_ARGUMENT is caught.value.code()


def test_who_sends_nothing_gives_way(channel: grpc.Channel) -> None:
    """With all room taken by calls that do not go on, others are answered within seconds, and those end with words."""
    idle = [silent(channel) for _ in range(LARGEST)]
    time.sleep(0.5)
    began = time.monotonic()
    answers = [infer(channel, asked(ROWS[:1])) for _ in range(20)]

    assert time.monotonic() - began < 10
    np.testing.assert_allclose([ROWS[0].sum()] * 20, [one[0] for one in answers])
    ended = [one for one in idle if one.done()]
    assert ended
    assert {grpc.StatusCode.UNAVAILABLE} == {one.code() for one in ended}
    for one in idle:
        one.cancel()


def test_room_is_given_back(channel: grpc.Channel) -> None:
    """After answers, refusals and calls that were given up, there is as much as before."""
    for _ in range(LARGEST):
        with pytest.raises(grpc.RpcError):
            infer(channel, asked(ROWS[:, :29].copy()))
        given_up = silent(channel)
        time.sleep(0.05)
        given_up.cancel()
        infer(channel, asked(ROWS))
    began = time.monotonic()
    # All of them together fit the model's queue: what is asked here is room.
    calls = [channel.unary_unary(INFER).future(asked(ROWS[:1500]), timeout=60) for _ in range(LARGEST)]
    for one in calls:
        one.result()

    assert time.monotonic() - began < 5


def test_triton_client_asks_for_much(channel: grpc.Channel) -> None:
    """The unmodified client, whose call is of one request, knows no difference."""
    address = channel._channel.target().decode()  # where the fixture listens
    tensor = triton.InferInput("x", list(ROWS.shape), "FP64")
    tensor.set_data_from_numpy(ROWS)
    with triton.InferenceServerClient(address.removeprefix("dns:///").removeprefix("ipv4:")) as client:
        np.testing.assert_allclose(ROWS.sum(axis=1), client.infer("api", [tensor]).as_numpy("predict"))
