"""Bodies that lie about themselves: each is its sender's fault, is said to be so, and costs nobody else anything."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2

from modelwright.serving.model import DesiredDeployment, Sticky
from modelwright.serving.node.endpoint import KEY_CHARACTERS, REQUEST_ROWS
from modelwright.serving.node.front import ASIDE_BYTES, ASIDE_UNFOLD_BYTES
from modelwright.serving.node.rpc.server import listen
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, ROWS, double_columns, linear_onnx, write_onnx
from tests.serving.node.test_v2 import echo_onnx

ROW = [0.0] * 30
TENSORS = [
    {"type": "tensor", "name": "in_FP32", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}},
    {"type": "tensor", "name": "in_BYTES", "tensor-spec": {"dtype": "object", "shape": [-1, 2]}},
]
TEXTS = [{"type": "string", "name": "in_BYTES", "required": True}]
FLOATS = [{**one, "type": "float"} for one in double_columns(FEATURES)]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, onnx_folder: Path) -> Iterator[LiveNode]:
    """`api` adds up thirty numbers, `echo` gives back tensors, `texts` a column of text, `narrow` takes FP32."""
    folder = tmp_path_factory.mktemp("hostile")
    shelf = Shelf()
    node = LiveNode(folder / "node", shelf)
    echo = write_onnx(folder / "echo", echo_onnx(["FP32", "BYTES"], width=2), TENSORS)
    texts = write_onnx(folder / "texts", echo_onnx(["BYTES"], width=1), TEXTS)
    narrow = write_onnx(folder / "narrow", linear_onnx(1.0), FLOATS)
    routes = {"echo": shelf.route(echo), "texts": shelf.route(texts), "narrow": shelf.route(narrow)}
    sticky = DesiredDeployment(name="api", routes=(shelf.route(onnx_folder),), sticky=Sticky(header="X-User", salt="s"))
    node.apply(sticky, *[DesiredDeployment(name=name, routes=(route,)) for name, route in routes.items()])
    yield node
    node.close()


def tensor(**changes: Any) -> dict[str, Any]:
    return {"name": "x", "shape": [1, 30], "datatype": "FP64", "data": ROW, **changes}


def asked(**changes: Any) -> dict[str, Any]:
    return {"inputs": [tensor()], **changes}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"inputs": [tensor(shape=[0, 2**62, 2**62], data=[])]}, "dimensions"),
        ({"inputs": [tensor(shape=[0, 2**63 - 1], data=[])]}, "dimensions"),
        ({"inputs": [tensor(shape=[1] * 65, data=[1.0])]}, "65 dimensions"),
        ({"inputs": [tensor(shape=[])]}, "lengths start at 0"),
        ({"inputs": [tensor(datatype="fp64")]}, "expected one of BOOL"),
        ({"inputs": [tensor(), tensor()]}, "given twice"),
        ({"inputs": [tensor(parameters={"binary_data_size": 240})]}, "both data and binary_data_size"),
        (asked(parameters={"timeout": "soon"}), "timeout"),
        (asked(parameters={"timeout": -1}), "timeout"),
        (asked(parameters={"timeout": True}), "timeout"),
        (asked(parameters={"timeout": 10**400}), ""),
        (asked(parameters={"timeout": 10**400, "x": float("nan")}), ""),
        (asked(parameters={"timeout": float("inf")}), "timeout"),
        (asked(parameters={"binary_data_output": "no"}), "expected true or false"),
        (asked(outputs=[{"name": "predict", "parameters": {"binary_data": 0}}]), "expected true or false"),
        (asked(parameters=[]), "fit the protocol"),
        (asked(id=7), "fit the protocol"),
        (asked(id="\ud800"), ""),
        (asked(id="\ud800", parameters={"x": float("nan")}), ""),
    ],
)
def test_infer_requests_that_cannot_be_are_refused(live: LiveNode, body: Any, said: str) -> None:
    """Shapes no array has, parameters of odd types, half characters and numbers beyond numbers are a 400 in words."""
    answer = live.http.post("/v2/models/api/infer", content=json.dumps(body))

    assert 400 == answer.status_code, answer.text
    assert said in answer.json()["error"]


def test_numbers_out_of_reach_are_refused_beside_nan(live: LiveNode) -> None:
    """1e999 is no infinity that somebody has asked for, whatever else stands in the body."""
    numbers = ",".join(["NaN", "1e999", *["0"] * 28])
    answer = live.http.post(
        "/invocations", content=f'{{"inputs":[[{numbers}]]}}', headers={"modelwright-deployment": "api"}
    )

    assert 400 == answer.status_code
    assert "beyond what a number can be" in answer.json()["message"]


@pytest.mark.parametrize("digits", [b"9" * 5000, b"0" * 5000 + b"10"])
def test_lengths_of_thousands_of_digits_are_refused(live: LiveNode, digits: bytes) -> None:
    """A number that Python itself would not read is a 400, not the node's failure."""
    headers = {b"inference-header-content-length": digits}
    answer = live.http.post("/v2/models/api/infer", content=json.dumps(asked()).encode(), headers=headers)

    assert 400 == answer.status_code


@pytest.mark.parametrize(
    "path", ["/v2/models/echo/infer", "/deployments/echo/invocations", "/deployments/echo/predict"]
)
def test_nests_deeper_than_any_array_are_refused(live: LiveNode, path: str) -> None:
    """A hundred lists in each other are no tensor, in any protocol."""
    nest: Any = 1.0
    for _ in range(100):
        nest = [nest]
    inputs = {"in_FP32": nest, "in_BYTES": nest}
    tensors = [{"name": name, "shape": [1, 2], "datatype": name[3:], "data": nest} for name in inputs]
    bodies = {"infer": {"inputs": tensors}, "invocations": {"inputs": inputs}, "predict": {"columns": inputs}}
    answer = live.http.post(path, json=bodies[path.rpartition("/")[2]])

    assert 400 == answer.status_code, answer.text


def test_index_asked_with_a_nest_is_refused(live: LiveNode) -> None:
    """The repository index reads its body no deeper than any other."""
    answer = live.http.post("/v2/repository/index", content=b'{"ready":' + b"[" * 100_000 + b"]" * 100_000 + b"}")

    assert 400 == answer.status_code


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/models/narrow/infer", {"inputs": [tensor(datatype="FP32", data=[1e300, *ROW[1:]])]}),
        ("/deployments/narrow/invocations", {"inputs": [[1e300, *ROW[1:]]]}),
        ("/deployments/narrow/invocations", {"instances": [[-1e300, *ROW[1:]]]}),
        ("/deployments/narrow/predict", {"row": dict(zip(FEATURES, [1e300, *ROW[1:]], strict=True))}),
    ],
)
def test_numbers_beyond_the_columns_type_are_refused_by_name(live: LiveNode, path: str, body: Any) -> None:
    """What does not fit a float column is not made infinite in silence."""
    answer = live.http.post(path, json=body)

    assert 400 == answer.status_code, answer.text
    assert "row 0: got" in answer.text
    assert "1e+300, which is too large" in answer.text


def bytes_tensor(*elements: bytes, prefix: int | None = None) -> bytes:
    return b"".join((len(one) if prefix is None else prefix).to_bytes(4, "little") + one for one in elements)


@pytest.mark.parametrize(
    "raw",
    [
        bytes_tensor(b"\xff\xfe", b"ok"),
        bytes_tensor(b"ok"),
        bytes_tensor(b"ok", b"ok", b"ok"),
        bytes_tensor(b"ok", b"ok")[:-1],
        bytes_tensor(b"ok", b"ok", prefix=2**32 - 1),
        b"",
    ],
)
def test_texts_that_are_cut_or_no_text_are_the_callers_fault(live: LiveNode, raw: bytes) -> None:
    """Binary text with wrong lengths or that is not UTF-8 is a 400, and no error of the model in its figures."""
    sized = {"shape": [1, 2], "parameters": {"binary_data_size": len(raw)}}
    numbers = {"name": "in_FP32", "datatype": "FP32", "shape": [1, 2], "data": [0, 0]}
    head = json.dumps({"inputs": [numbers, {"name": "in_BYTES", "datatype": "BYTES", **sized}]}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    answer = live.http.post("/v2/models/echo/infer", content=head + raw, headers=headers)
    errors = [one.tally.total().errors for one in live.node.front.endpoints["echo"].routes]

    assert 400 == answer.status_code, answer.text
    assert [0] == errors


def test_texts_in_binary_are_texts(live: LiveNode) -> None:
    """A text column is the same text however it came: what is not UTF-8 is refused by its element."""
    bad, good = (bytes_tensor(one) for one in (b"\xff", "å".encode()))
    answers = []
    for raw in (bad, good):
        sized = {"shape": [1], "parameters": {"binary_data_size": len(raw)}}
        head = json.dumps({"inputs": [{"name": "in_BYTES", "datatype": "BYTES", **sized}]}).encode()
        headers = {"inference-header-content-length": str(len(head))}
        answers.append(live.http.post("/v2/models/texts/infer", content=head + raw, headers=headers))

    assert [400, 200] == [one.status_code for one in answers], [one.text for one in answers]
    assert "element 0: got b'\\xff', which is not UTF-8" in answers[0].json()["error"]
    assert ["å"] == answers[1].json()["outputs"][0]["data"]


def test_sticky_keys_are_of_a_size(live: LiveNode) -> None:
    """A key that would make every row in the ledger large is refused; one with odd bytes is a key like any other."""
    answers = [
        live.http.post("/deployments/api/invocations", json={"inputs": [ROW]}, headers={b"x-user": key})
        for key in (b"a" * KEY_CHARACTERS, b"a" * (KEY_CHARACTERS + 1), b"\xff\xfe")
    ]

    assert [200, 400, 200] == [one.status_code for one in answers]


def test_requests_have_a_million_rows_at_most(live: LiveNode) -> None:
    """More rows than a ledger should write in one piece are refused with the way to go."""
    texts = b"\0\0\0\0" * (REQUEST_ROWS + 1)
    sized = {"shape": [REQUEST_ROWS + 1], "datatype": "BYTES", "parameters": {"binary_data_size": len(texts)}}
    head = json.dumps({"inputs": [{"name": "in_BYTES", **sized}]}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    answer = live.http.post("/v2/models/texts/infer", content=head + texts, headers=headers)

    assert 413 == answer.status_code, answer.text
    assert "score files with predict" in answer.json()["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "HOST"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://evil.example:8001", "host": "evil.example:8001"}, 403),
        ({"origin": "http://[::1", "host": "[::1"}, 403),
    ],
)
def test_pages_of_strangers_may_not_ask(live: LiveNode, headers: dict[str, str], status: int) -> None:
    """A browser that a stranger's page has ask this machine's node is refused, also under a name made to point here."""
    live.node.front.own_names = frozenset({"node.example"})
    given = {name: live.url if value == "HOST" else value for name, value in headers.items()}
    answer = live.http.post("/deployments/api/invocations", json={"inputs": [ROW]}, headers=given)

    assert status == answer.status_code, answer.text


def test_a_nodes_own_name_may_be_asked_by_its_pages(live: LiveNode) -> None:
    """Under the name it was started with, pages of that name are its own."""
    live.node.front.own_names = frozenset({"node.example"})
    headers = {"origin": "https://node.example", "host": "node.example"}
    answer = live.http.post("/deployments/api/invocations", json={"inputs": [ROW]}, headers=headers)

    assert 200 == answer.status_code, answer.text


def test_compressed_bodies_are_one_stream(live: LiveNode) -> None:
    """What follows the end of a compressed body is not dropped in silence, whether it was unfolded here or aside."""
    small = json.dumps({"inputs": [ROW]}).encode()
    chance = np.random.default_rng(1)
    large = json.dumps({"inputs": chance.random((40, 30)).tolist()}).encode()
    assert len(gzip.compress(small)) < ASIDE_UNFOLD_BYTES < len(gzip.compress(large))
    headers = {"content-encoding": "gzip"}
    statuses = [
        live.http.post("/deployments/api/invocations", content=gzip.compress(body) + rest, headers=headers).status_code
        for body in (small, large)
        for rest in (b"", b"x", gzip.compress(body))
    ]

    assert [200, 400, 400] * 2 == statuses


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("gzip;q=0, deflate", "deflate"), ("gzip;q=0", None), ("identity, gzip;q=0.0", None)],
)
def test_answers_are_compressed_as_was_asked(live: LiveNode, accepted: str, coding: str | None) -> None:
    """Large answers, which are compressed on a thread, come whole, and never in a coding that was declined."""
    rows = ASIDE_BYTES // 10
    body = tensor(shape=[rows, 30], parameters={"binary_data_size": rows * 240})
    del body["data"]
    head = json.dumps({"inputs": [body]}).encode()
    headers = {"inference-header-content-length": str(len(head)), "accept-encoding": accepted}
    table = np.arange(rows * 30, dtype=np.float64).reshape(rows, 30)
    answer = live.http.post("/v2/models/api/infer", content=head + table.tobytes(), headers=headers)

    assert (200, coding) == (answer.status_code, answer.headers.get("content-encoding"))
    np.testing.assert_allclose(answer.json()["outputs"][0]["data"], table.sum(axis=1))


def test_odd_grpc_requests_are_refused(live: LiveNode) -> None:
    """Contents in two places, and names too long for an error that clients take, are errors in words."""
    server, port = live.do(listen(live.node.front, "test", "127.0.0.1", 0))
    both = service_pb2.ModelInferRequest(model_name="api", raw_input_contents=[ROWS[0].tobytes()])
    given = both.inputs.add(name="inputs", datatype="FP64", shape=[1, 30])
    given.contents.fp64_contents.extend(ROW)
    shaped = service_pb2.ModelInferRequest(model_name="api")
    shaped.inputs.add(name="inputs", datatype="FP64", shape=[0, 2**62, 2**62])
    unknown = service_pb2.ModelInferRequest(model_name="n" * 100_000)
    told = []
    with triton.InferenceServerClient(f"127.0.0.1:{port}") as client:
        for request in (both, shaped, unknown):
            with pytest.raises(Exception, match=r"StatusCode") as caught:
                client._client_stub.ModelInfer(request)
            told.append((caught.value.code().name, caught.value.details()))  # type: ignore[attr-defined]  # grpc's own
    live.do(server.stop(0))

    assert ["INVALID_ARGUMENT", "INVALID_ARGUMENT", "NOT_FOUND"] == [code for code, _ in told]
    assert "beside raw_input_contents" in told[0][1]
