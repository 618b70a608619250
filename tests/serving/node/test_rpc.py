"""The open inference protocol over gRPC, asked by Triton's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.http as triton_http
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException

from modelwright.serving.node.rpc.messages import MESSAGES
from modelwright.serving.node.rpc.server import listen
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import ROWS


@pytest.fixture
def client(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> Iterator[triton.InferenceServerClient]:
    node.serve(shelf.route(onnx_folder))
    server, port = node.do(listen(node.node.front, "test", "127.0.0.1", 0))
    with triton.InferenceServerClient(f"127.0.0.1:{port}") as found:
        yield found
    node.do(server.stop(0))


def asked(rows: np.ndarray) -> triton.InferInput:
    tensor = triton.InferInput("inputs", list(rows.shape), "FP64")
    tensor.set_data_from_numpy(rows)
    return tensor


def test_triton_client_gets_direct_predictions(client: triton.InferenceServerClient) -> None:
    """Raw tensors are answered like a direct sum, with the request's id."""
    answer = client.infer("api", [asked(ROWS[:7])], request_id="42")

    np.testing.assert_allclose(ROWS[:7].sum(axis=1), answer.as_numpy("predict"))
    assert "42" == answer.get_response().id


def test_typed_contents_are_answered_in_kind(client: triton.InferenceServerClient) -> None:
    """Contents in typed fields instead of raw bytes get such contents back."""
    request = service_pb2.ModelInferRequest(model_name="api")
    tensor = request.inputs.add(name="inputs", datatype="FP64", shape=[2, 30])
    tensor.contents.fp64_contents.extend(ROWS[:2].ravel().tolist())
    answer = client._client_stub.ModelInfer(request)

    np.testing.assert_allclose(ROWS[:2].sum(axis=1), list(answer.outputs[0].contents.fp64_contents))
    assert [] == list(answer.raw_output_contents)


def test_health_and_metadata_are_told(client: triton.InferenceServerClient) -> None:
    """The same facts as over HTTP."""
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("api", "1")
    assert not client.is_model_ready("api", "2")
    assert not client.is_model_ready("other")
    assert "modelwright" == client.get_server_metadata().name
    metadata = client.get_model_metadata("api")
    assert ["1"] == list(metadata.versions)
    assert [("inputs", "FP64", [-1, 30])] == [(one.name, one.datatype, list(one.shape)) for one in metadata.inputs]
    assert ["api"] == [one.name for one in client.get_model_repository_index().models]


@pytest.mark.parametrize(
    ("model", "rows", "code"),
    [
        ("api", ROWS[:1, :29], "INVALID_ARGUMENT"),
        ("other", ROWS[:1], "NOT_FOUND"),
    ],
)
def test_faults_have_their_codes(client: triton.InferenceServerClient, model: str, rows: Any, code: str) -> None:
    """What is refused over HTTP is refused here, in gRPC's words."""
    with pytest.raises(triton.InferenceServerException) as caught:
        client.infer(model, [asked(np.ascontiguousarray(rows))])

    assert f"StatusCode.{code}" == caught.value.status()


@pytest.mark.parametrize("form", ["classification", "shared_memory"])
@pytest.mark.parametrize("way", [triton, triton_http])
def test_answers_in_other_forms_are_refused(
    node: LiveNode, client: triton.InferenceServerClient, way: Any, form: str
) -> None:
    """Over gRPC and over HTTP: numbers would be taken for classes, and old memory for an answer."""
    output = way.InferRequestedOutput("predict", class_count=2 if form == "classification" else 0)
    if form == "shared_memory":
        output.set_shared_memory("region", 8)
    tensor = way.InferInput("inputs", [1, 30], "FP64")
    tensor.set_data_from_numpy(ROWS[:1])
    host = node.url.removeprefix("http://")
    asking = client if way is triton else triton_http.InferenceServerClient(host)
    with pytest.raises(InferenceServerException, match=f"{form}.* is not served here"):
        asking.infer("api", [tensor], outputs=[output])


@pytest.mark.parametrize("name", ["ModelInferRequest", "ModelInferResponse", "ModelMetadataResponse"])
def test_messages_have_the_protocols_field_numbers(name: str) -> None:
    """Each of our fields has the number that Triton's own definition gives it."""
    theirs = getattr(service_pb2, name).DESCRIPTOR
    ours = MESSAGES[name].DESCRIPTOR

    assert {one.name: theirs.fields_by_name[one.name].number for one in ours.fields} == {
        one.name: one.number for one in ours.fields
    }


def test_a_timeout_among_the_parameters_is_a_deadline(client: triton.InferenceServerClient) -> None:
    """Triton's client sends it in microseconds, beside gRPC's own; it has to be one."""
    with pytest.raises(InferenceServerException, match="past the deadline"):
        client.infer("api", [asked(ROWS[:1])], timeout=1)
    with pytest.raises(InferenceServerException, match="expected microseconds"):
        client.infer("api", [asked(ROWS[:1])], timeout=-5)
    assert client.infer("api", [asked(ROWS[:1])], timeout=10_000_000, client_timeout=5) is not None


@pytest.mark.parametrize("way", [triton, triton_http])
def test_inputs_in_shared_memory_are_refused_by_name(
    node: LiveNode, client: triton.InferenceServerClient, way: Any
) -> None:
    """What is said of them is not that their values are missing."""
    tensor = way.InferInput("inputs", [1, 30], "FP64")
    tensor.set_shared_memory("region", 240)
    asking = client if way is triton else triton_http.InferenceServerClient(node.url.removeprefix("http://"))

    with pytest.raises(InferenceServerException, match="input 'inputs' asks for shared_memory_region"):
        asking.infer("api", [tensor])


@pytest.mark.parametrize("way", [triton, triton_http])
def test_an_output_is_answered_once_however_often_it_is_named(
    node: LiveNode, client: triton.InferenceServerClient, way: Any
) -> None:
    """Else a small request could ask for any size of answer."""
    tensor = way.InferInput("inputs", [1, 30], "FP64")
    tensor.set_data_from_numpy(ROWS[:1])
    asking = client if way is triton else triton_http.InferenceServerClient(node.url.removeprefix("http://"))
    answer = asking.infer("api", [tensor], outputs=[way.InferRequestedOutput("predict") for _ in range(3)])

    told = answer.get_response()
    assert 1 == len(told["outputs"] if way is triton_http else told.outputs)


def test_probes_of_grpc_learn_whether_the_node_is_ready(node: LiveNode, client: triton.InferenceServerClient) -> None:
    """In the words of gRPC's own health service, which Kubernetes asks; the bytes are those of its protocol."""
    check = client._channel.unary_unary("/grpc.health.v1.Health/Check")
    service = b"inference.GRPCInferenceService"

    assert [b"\x08\x01"] * 2 == [check(b""), check(b"\x0a" + bytes([len(service)]) + service)]
    with pytest.raises(grpc.RpcError) as caught:
        check(b"\x0a\x01x")
    assert grpc.StatusCode.NOT_FOUND == caught.value.code()
    node.node.front.draining = True
    assert b"\x08\x02" == check(b"")
