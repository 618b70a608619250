"""The open inference protocol, asked by Triton's own client and by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from modelwright.core.errors import BadInput
from modelwright.serving.node import v2
from modelwright.serving.node.messages import Request
from modelwright.serving.node.rpc.server import listen
from modelwright.serving.node.signature import Column, Kind, Logical, Signature
from modelwright.serving.node.tables import Numbers, Schema
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, ROWS, write_mlmodel


@pytest.fixture
def client(node: LiveNode, shelf: Shelf, onnx_folder: Any) -> triton.InferenceServerClient:
    node.serve(shelf.route(onnx_folder))
    return triton.InferenceServerClient(node.url.removeprefix("http://"))


def asked(rows: np.ndarray, datatype: str = "FP64", *, binary: bool = True) -> triton.InferInput:
    tensor = triton.InferInput("inputs", list(rows.shape), datatype)
    tensor.set_data_from_numpy(rows, binary_data=binary)
    return tensor


@pytest.mark.parametrize("binary", [True, False])
def test_triton_client_gets_direct_predictions(client: triton.InferenceServerClient, binary: bool) -> None:  # noqa: FBT001
    """Rows sent by tritonclient, in JSON and in binary, are answered like a direct sum."""
    wanted = triton.InferRequestedOutput("predict", binary_data=binary)
    answer = client.infer("api", [asked(ROWS[:7], binary=binary)], outputs=[wanted], request_id="42")

    np.testing.assert_allclose(answer.as_numpy("predict"), ROWS[:7].sum(axis=1))
    assert "42" == answer.get_response()["id"]


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_bodies_travel_both_ways(
    node: LiveNode, client: triton.InferenceServerClient, algorithm: str
) -> None:
    """A compressed request is read, and the answer compressed when the client asks for it."""
    answer = client.infer(
        "api",
        [asked(ROWS[:3])],
        request_compression_algorithm=algorithm,
        response_compression_algorithm=algorithm,
    )
    # The client does not tell how the answer came.
    tensor = {"name": "inputs", "shape": [40, 30], "datatype": "FP64", "data": ROWS[:40].tolist()}
    by_hand = node.http.post("/v2/models/api/infer", json={"inputs": [tensor]}, headers={"accept-encoding": algorithm})

    np.testing.assert_allclose(answer.as_numpy("predict"), ROWS[:3].sum(axis=1))
    assert algorithm == by_hand.headers["content-encoding"]
    np.testing.assert_allclose(by_hand.json()["outputs"][0]["data"], ROWS[:40].sum(axis=1))


def test_health_and_metadata_are_told(client: triton.InferenceServerClient) -> None:
    """The server and the model are live and ready, and the metadata names the inputs and outputs."""
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("api")
    assert client.is_model_ready("api", "1")
    assert "modelwright" == client.get_server_metadata()["name"]
    metadata = client.get_model_metadata("api")
    assert ["1"] == metadata["versions"]
    assert [{"name": "inputs", "datatype": "FP64", "shape": [-1, 30]}] == metadata["inputs"]
    assert [{"name": "predict", "datatype": "FP64", "shape": [-1]}] == metadata["outputs"]
    index = client.get_model_repository_index()
    assert [{"name": "api", "version": "1", "state": "READY", "reason": ""}] == index


def test_columns_may_be_sent_one_by_one(client: triton.InferenceServerClient) -> None:
    """A table's columns are accepted as tensors of their own, in any order."""
    tensors = []
    for place in reversed(range(len(FEATURES))):
        tensor = triton.InferInput(FEATURES[place], [2], "FP64")
        tensor.set_data_from_numpy(np.ascontiguousarray(ROWS[:2, place]))
        tensors.append(tensor)
    answer = client.infer("api", tensors)

    np.testing.assert_allclose(answer.as_numpy("predict"), ROWS[:2].sum(axis=1))


def test_narrower_numbers_are_widened(client: triton.InferenceServerClient) -> None:
    """FP32 for an FP64 model loses nothing and is taken."""
    answer = client.infer("api", [asked(ROWS[:2].astype(np.float32), "FP32")])

    np.testing.assert_allclose(answer.as_numpy("predict"), ROWS[:2].astype(np.float32).astype(float).sum(axis=1))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"inputs": []}, "inputs [] are unknown"),
        ({}, "`inputs`"),
        ({"inputs": [{"name": "x", "shape": [1, 29], "datatype": "FP64", "data": [0.0] * 29}]}, "[1, 29]"),
        ({"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64", "data": [0.0] * 29}]}, "needs 30"),
        ({"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP65", "data": [0.0] * 30}]}, "FP65"),
        ({"inputs": [{"name": "x", "shape": [-1, 30], "datatype": "FP64", "data": [0.0] * 30}]}, "start at 0"),
        ({"inputs": [{"name": "x", "shape": [0, 30], "datatype": "FP64", "data": []}]}, "no rows"),
        ({"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64", "data": ["a"] * 30}]}, "row 0: got 'a'"),
        ({"inputs": [{"name": "x", "shape": [1, 30], "datatype": "BYTES", "data": ["a"] * 30}]}, "expected FP64"),
        ({"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64"}]}, "neither data"),
    ],
)
def test_unfit_requests_are_refused_by_name(
    node: LiveNode, shelf: Shelf, onnx_folder: Any, body: Any, said: str
) -> None:
    """What does not fit is a 400 that says what was found and what was expected."""
    node.serve(shelf.route(onnx_folder))
    answer = node.http.post("/v2/models/api/infer", json=body)

    assert 400 == answer.status_code
    assert said in answer.json()["error"]


TYPES = {
    "BOOL": (TensorProto.BOOL, np.bool_),
    "UINT8": (TensorProto.UINT8, np.uint8),
    "UINT16": (TensorProto.UINT16, np.uint16),
    "UINT32": (TensorProto.UINT32, np.uint32),
    "UINT64": (TensorProto.UINT64, np.uint64),
    "INT8": (TensorProto.INT8, np.int8),
    "INT16": (TensorProto.INT16, np.int16),
    "INT32": (TensorProto.INT32, np.int32),
    "INT64": (TensorProto.INT64, np.int64),
    "FP16": (TensorProto.FLOAT16, np.float16),
    "FP32": (TensorProto.FLOAT, np.float32),
    "FP64": (TensorProto.DOUBLE, np.float64),
    "BYTES": (TensorProto.STRING, np.object_),
}


def echo_onnx(names: list[str], *, width: int) -> bytes:
    """A graph that gives back `in_<type>` of shape (rows, width) as `out_<type>`, for each of the types."""
    shape = [None, width]
    graph = helper.make_graph(
        [helper.make_node("Identity", [f"in_{name}"], [f"out_{name}"]) for name in names],
        "echo",
        [helper.make_tensor_value_info(f"in_{name}", TYPES[name][0], shape) for name in names],
        [helper.make_tensor_value_info(f"out_{name}", TYPES[name][0], shape) for name in names],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture
def echo(node: LiveNode, shelf: Shelf, tmp_path: Path) -> dict[str, np.ndarray]:
    """A model that gives back its inputs, served; and values of every type for it."""
    folder = write_mlmodel(tmp_path / "echo", {"onnx": {"data": "model.onnx"}}, None)
    (folder / "model.onnx").write_bytes(echo_onnx(list(TYPES), width=2))
    node.serve(shelf.route(folder))
    return {
        name: np.array([["å", "bc"], ["", "x" * 300]], dtype=object)
        if name == "BYTES"
        else np.array([[0, 1], [1, 0]], dtype=dtype)
        for name, (_, dtype) in TYPES.items()
    }


def as_texts(found: np.ndarray) -> Any:
    return [[one.decode() if isinstance(one, bytes) else one for one in row] for row in found.tolist()]


@pytest.mark.parametrize("binary", [True, False])
def test_every_datatype_is_carried(node: LiveNode, echo: dict[str, np.ndarray], binary: bool) -> None:  # noqa: FBT001
    """Each numeric type and text go through a model that returns its input, in binary and in JSON."""
    client = triton.InferenceServerClient(node.url.removeprefix("http://"))
    tensors, outputs = [], []
    for name, array in echo.items():
        tensor = triton.InferInput(f"in_{name}", list(array.shape), name)
        tensor.set_data_from_numpy(array, binary_data=binary or name == "FP16")
        tensors.append(tensor)
        outputs.append(triton.InferRequestedOutput(f"out_{name}", binary_data=binary or name == "FP16"))
    answer = client.infer("api", tensors, outputs=outputs)

    assert {name: array.tolist() for name, array in echo.items()} == {
        name: as_texts(answer.as_numpy(f"out_{name}")) for name in echo
    }


def test_every_datatype_is_carried_over_grpc(node: LiveNode, echo: dict[str, np.ndarray]) -> None:
    """The same through Triton's client for gRPC, which sends all of them raw."""
    server, port = node.do(listen(node.node.front, "test", "127.0.0.1", 0))
    tensors = []
    for name, array in echo.items():
        tensor = triton_grpc.InferInput(f"in_{name}", list(array.shape), name)
        tensor.set_data_from_numpy(array)
        tensors.append(tensor)
    outputs = [triton_grpc.InferRequestedOutput(f"out_{name}") for name in echo]
    with triton_grpc.InferenceServerClient(f"127.0.0.1:{port}") as client:
        answer = client.infer("api", tensors, outputs=outputs)
    node.do(server.stop(0))

    assert {name: array.tolist() for name, array in echo.items()} == {
        name: as_texts(answer.as_numpy(f"out_{name}")) for name in echo
    }


@pytest.mark.parametrize(
    ("changes", "plain"),
    [
        ({}, True),
        ({"name": "other"}, False),
        ({"shape": [1, 4]}, False),
        ({"shape": [4]}, False),
        ({"datatype": "FP64"}, False),
        ({"data": [1, None, 3, 4]}, False),
    ],
)
def test_only_what_fits_a_tensor_as_it_is_passes_for_plain_numbers(changes: dict[str, Any], plain: bool) -> None:  # noqa: FBT001
    """The quick way takes no request that the careful one would refuse or read otherwise."""
    column = Column(name="x", kind=Kind.FP32, dims=(2,))
    tensor = {"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [1, 2.5, 3, 4], **changes}
    call = v2.parse(Request("POST", "/", {}, json.dumps({"inputs": [tensor]}).encode()))
    numbers = call.numbers(Schema(Signature(inputs=(column,), tensors=True)))

    assert (Numbers([1, 2.5, 3, 4], 2) if plain else None) == numbers


@given(st.lists(st.floats(width=64, allow_nan=False, allow_infinity=False), min_size=2, max_size=2))
def test_single_precision_for_a_double_column_is_cut_to_single_first(values: list[float]) -> None:
    """In the quick way as in the careful one, which a binary tensor of the same numbers takes as well."""
    tensor = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": values}
    schema = Schema(Signature(inputs=(Column(name="x", kind=Kind.FP64, dims=(2,)),), tensors=True))
    call = v2.parse(Request("POST", "/", {}, json.dumps({"inputs": [tensor]}).encode()))
    with np.errstate(over="ignore"):
        cut = np.array([values], dtype=np.float32).astype(np.float64)

    if np.isfinite(cut).all():
        assert call.numbers(schema) is not None
        assert call.table(schema)[0].tolist() == cut.tolist()
    else:
        with pytest.raises(BadInput, match="too large"):
            call.table(schema)


BYTES_COLUMNS = Schema(
    Signature(
        inputs=(
            Column(name="raw", kind=Kind.BYTES, logical=Logical.BINARY),
            Column(name="said", kind=Kind.BYTES, logical=Logical.STRING),
        )
    )
)


def table_in(into: Schema, *tensors: dict[str, Any]) -> list[Any]:
    body = json.dumps({"inputs": tensors}).encode()
    return [array.tolist() for array in v2.parse(Request("POST", "/", {}, body)).table(into)]


def texts(name: str, text: str, **parameters: str) -> dict[str, Any]:
    return {"name": name, "datatype": "BYTES", "shape": [1], "data": [text], "parameters": parameters}


def test_texts_that_are_base64_are_what_they_stand_for() -> None:
    """As MLServer's `content_type` says; else a text is itself, and a column of bytes gets those of it."""
    coded = {"content_type": "base64"}
    assert [[[b"\x01\x02\x03", "\u00e9"]]] == table_in(
        BYTES_COLUMNS, texts("raw", "AQID", **coded), texts("said", "w6k=", **coded)
    )
    assert [[[b"AQID", "w6k="]]] == table_in(BYTES_COLUMNS, texts("raw", "AQID"), texts("said", "w6k="))
    with pytest.raises(BadInput, match="which is not base64"):
        table_in(BYTES_COLUMNS, texts("raw", "!"), texts("said", "!", **coded))


def test_inputs_without_names_are_taken_by_those_they_are_offered_under() -> None:
    """The metadata names them by their places."""
    numbers, text = Column(name=None, kind=Kind.FP64), Column(name=None, kind=Kind.BYTES, logical=Logical.STRING)
    one, two = Signature(inputs=(numbers,)), Signature(inputs=(numbers, text))
    offered = [json.loads(v2.metadata("api", ["1"], each, ()))["inputs"] for each in (one, two)]

    assert [["input-0"], ["input-0", "input-1"]] == [[tensor["name"] for tensor in each] for each in offered]
    assert [[-1], [-1]] == [tensor["shape"] for tensor in offered[1]]
    number = {"name": "input-0", "datatype": "FP64", "shape": [1], "data": [2.5]}
    assert [[[2.5]]] == table_in(Schema(one), number)
    assert [[[2.5]], [["x"]]] == table_in(Schema(two), number, texts("input-1", "x"))


def test_deployments_are_listed(node: LiveNode, client: triton.InferenceServerClient) -> None:
    """By name, as KServe does."""
    assert client.is_server_ready()
    assert {"models": ["api"]} == node.http.get("/v2/models").json()


def test_bytes_beyond_one_are_true(node: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """As in C, of which such tensors come; a model and an answer never see another truth value than the two."""
    folder = write_mlmodel(tmp_path / "echo", {"onnx": {"data": "model.onnx"}}, None)
    (folder / "model.onnx").write_bytes(echo_onnx(["BOOL"], width=4))
    node.serve(shelf.route(folder))
    head = {"name": "in_BOOL", "datatype": "BOOL", "shape": [1, 4], "parameters": {"binary_data_size": 4}}
    said = json.dumps({"inputs": [head], "parameters": {"binary_data_output": True}}).encode()
    length = {"inference-header-content-length": str(len(said))}
    answer = node.http.post("/v2/models/api/infer", content=said + b"\x00\x01\x02\xff", headers=length)

    assert answer.content.endswith(b"}\x00\x01\x01\x01"), answer.text


def test_a_slash_at_the_end_changes_nothing(node: LiveNode, client: triton.InferenceServerClient) -> None:
    """Of addresses that are asked with POST, too; what they may be asked with is said of each."""
    assert client.is_server_ready()
    tensor = {"name": "inputs", "shape": [1, 30], "datatype": "FP64", "data": ROWS[0].tolist()}

    assert 200 == node.http.post("/v2/models/api/infer/", json={"inputs": [tensor]}).status_code
    assert "POST" == node.http.options("/v2/models/api/infer").headers["allow"]
    assert "GET, HEAD, POST" == node.http.delete("/v2/models/api").headers["allow"]


NO_JSON = {"inference-header-content-length": "0"}
NO_JSON_BYTES = {name.encode(): value.encode() for name, value in NO_JSON.items()}


def test_the_values_of_the_only_input_may_come_alone(node: LiveNode, client: triton.InferenceServerClient) -> None:
    """As in Triton's raw binary requests: the length of the JSON is 0, and the answer comes in bytes."""
    assert client.is_server_ready()
    answer = node.http.post("/v2/models/api/infer", content=ROWS[:3].tobytes(), headers=NO_JSON)
    head = int(answer.headers["inference-header-content-length"])

    np.testing.assert_allclose(np.frombuffer(answer.content[head:]), ROWS[:3].sum(axis=1))
    wrong = node.http.post("/v2/models/api/infer", content=b"123", headers=NO_JSON)
    assert (400, "the body has 3 bytes; each row of the model's input takes 240") == (
        wrong.status_code,
        wrong.json()["error"],
    )
    assert 400 == node.http.post("/v2/models/api/infer", content=b"", headers=NO_JSON).status_code


def test_a_text_may_come_alone_and_several_inputs_may_not() -> None:
    """What is not said in JSON must follow from the signature: a text is one element, whatever it holds."""

    def alone(*inputs: Column, tensors: bool = False) -> list[Any]:
        call = v2.parse(Request("POST", "/", NO_JSON_BYTES, b"427"))
        return [one.tolist() for one in call.table(Schema(Signature(inputs=inputs, tensors=tensors)))]

    text, number = Column(name="t", kind=Kind.BYTES, logical=Logical.STRING), Column(name="n", kind=Kind.UINT8)
    assert [[["427"]]] == alone(text)
    assert [[[52], [50], [55]]] == alone(number)
    for inputs, tensors in (
        ((text, number), False),
        ((text, text), False),
        ((number, number), True),
        ((Column(name="v", kind=Kind.FP32, dims=(-1,)),), True),
        ((Column(name=None, kind=Kind.JSON),), False),
    ):
        with pytest.raises(BadInput, match="of a known size"):
            alone(*inputs, tensors=tensors)
