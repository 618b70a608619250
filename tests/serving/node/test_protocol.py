"""HTTP as hostile or clumsy clients speak it, and bodies nobody should send: refused in words, and never a 5xx."""

from __future__ import annotations

import gzip
import json
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from modelwright.serving.node.asgi import application
from modelwright.serving.node.protocol import Patience
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import ROWS

BODY_BYTES = 200_000
GOOD = json.dumps({"inputs": ROWS[:1].tolist()}).encode()
V2 = {"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64", "data": ROWS[0].tolist()}]}
PATHS = ("/v2/models/api/infer", "/invocations", "/deployments/api/invocations", "/deployments/api/predict")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, onnx_folder: Path) -> Iterator[LiveNode]:
    shelf = Shelf()
    patience = Patience(piece_s=2.5, request_s=60, read_s=60, idle_s=60)
    live = LiveNode(tmp_path_factory.mktemp("node"), shelf, patience=patience, body_bytes=BODY_BYTES)
    live.serve(shelf.route(onnx_folder))
    yield live
    live.close()


def spoken(api: LiveNode, sent: bytes) -> bytes:
    """All that comes back on one connection until the node hangs up."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def post(body: bytes, path: str = "/invocations", *headers: str) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def test_pipelined_requests_are_answered_in_order(api: LiveNode) -> None:
    """Requests sent without waiting are answered one after the other, each with its own answer."""
    bodies = [json.dumps({"inputs": [[float(i), *[0.0] * 29]]}).encode() for i in range(50)]
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.sendall(b"".join(post(body) for body in bodies))
        received = b""
        while received.count(b'{"predictions":[') < 50 or not received.endswith(b"}"):
            received += connection.recv(65_536)

    answers = [float(part.split(b"]")[0]) for part in received.split(b'{"predictions":[')[1:]]
    assert [float(i) for i in range(50)] == answers


def test_body_in_chunks_and_pieces_is_put_together(api: LiveNode) -> None:
    """Chunked bodies arrive whole, however the network cuts them."""
    head = b"POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, GOOD[i : i + 1]) for i in range(len(GOOD))) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(head + chunks), 500):
            connection.sendall((head + chunks)[at : at + 500])
        answer = connection.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 200 OK"), answer


@pytest.mark.parametrize("chunked", [False, True])
def test_large_body_is_refused_before_it_is_read(api: LiveNode, chunked: bool) -> None:  # noqa: FBT001
    """Beyond the limit the node answers 413 at once and hangs up."""
    if chunked:
        head = b"POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        sent = head + b"%x\r\n" % (BODY_BYTES + 1) + b"x" * (BODY_BYTES + 1)
    else:
        sent = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.sendall(sent)
        answer = connection.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 413 "), answer
    assert b"which is the limit" in answer


def test_small_body_cannot_unfold_to_a_large_one(api: LiveNode) -> None:
    """A gzip bomb is a 413, broken or unknown codings a 400."""
    bomb = gzip.compress(b" " * (BODY_BYTES * 20))
    answers = [
        api.http.post("/invocations", content=content, headers={"content-encoding": coding}).status_code
        for content, coding in ((bomb, "gzip"), (b"no gzip", "gzip"), (gzip.compress(GOOD)[:-9], "gzip"), (GOOD, "br"))
    ]

    assert [413, 400, 400, 400] == answers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /ping HTTP/1.1\r\nHost x\r\n\r\n", 400),
        (b"GET /ping HTTP/1.1\r\n" + b"a: " + b"b" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"DELETE /v2 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"GET /invocations HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        (b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 404),
        (b"POST /v2/models/none/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 404),
        (b"GET /v2/models/%61pi HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        (b"GET /%ff%00 HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        (b"HEAD /ping HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        (b"GET /ping HTTP/1.1\r\n\r\n", 400),
        (b"POST /invocations HTTP/1.1\r\nContent-Length: 100\r\n\r\n{", 400),
        (b"GET /ping HTTP/1.1\r\nHost:\r\n\r\n", 200),
        (b"GET /ping HTTP/1.0\r\n\r\n", 200),
    ],
)
def test_odd_requests_are_answered_in_kind(api: LiveNode, sent: bytes, status: int) -> None:
    """What is not HTTP/1.1, too long, ambiguous or not served is refused with the status that says so."""
    answer = spoken(api, sent)

    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"/ping HTTP/1.1\r\nHost: a\r\na: " + b"b" * 70_000 + b"\r\n\r\n", 431),
        (b"/" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"/ping HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n", 413),
        (b"/ping HTTP/1.1\r\n\r\n", 400),
        (b"/ping HTTP/1.1\r\nHost x\r\n\r\n", 400),
    ],
)
@pytest.mark.parametrize("before", [b"", b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_who_asks_for_the_head_of_an_answer_gets_no_more_also_where_it_is_refused(
    api: LiveNode, before: bytes, rest: bytes, status: int
) -> None:
    """A client would take the rest for the next answer."""
    whole = spoken(api, before + b"GET " + rest)
    answer = spoken(api, before + b"HEAD " + rest)
    last, body = answer[answer.rindex(b"HTTP/1.1 ") :].split(b"\r\n\r\n")

    assert last.startswith(b"HTTP/1.1 %d " % status)
    assert b"" == body
    assert last in whole


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/v2/models/api/infer", "GET", "POST"),
        ("/v2/models/api/versions/1/infer", "GET", "POST"),
        ("/deployments/api/invocations", "GET", "POST"),
        ("/v2/health/ready", "DELETE", "GET, HEAD, POST"),
    ],
)
def test_a_method_that_is_not_served_is_told_which_are(api: LiveNode, path: str, method: str, allowed: str) -> None:
    answer = api.http.request(method, path)

    assert (405, allowed) == (answer.status_code, answer.headers["allow"])


def test_slow_clients_are_let_go(api: LiveNode) -> None:
    """A client that begins a request and then says nothing loses its connection, and only that."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.sendall(b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")

        assert b"" == _until_closed(connection)
    assert 200 == api.http.get("/ping").status_code


def _until_closed(connection: socket.socket) -> bytes:
    try:
        return connection.recv(10)
    except ConnectionResetError:
        return b""


def test_body_cut_off_harms_nobody(api: LiveNode) -> None:
    """Clients that vanish in the middle of a body leave no trace."""
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
            connection.sendall(post(GOOD)[:-10])

    assert 200 == api.http.post("/invocations", content=GOOD).status_code


@pytest.mark.parametrize("path", PATHS)
def test_hostile_bodies_are_the_callers_fault(api: LiveNode, path: str) -> None:
    """Broken, deep, huge, mistyped and random bodies get a 4xx with a reason, on every protocol; never a 5xx."""
    chance = random.Random(4)
    deep = "[" * 50_000 + "]" * 50_000
    wild = json.dumps(V2)
    bodies = [
        b"",
        b"null",
        b"0",
        b'"x"',
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"inputs":' + deep.encode() + b"}",
        deep.encode(),
    ]
    bodies += [b'{"inputs":[[1e999,' + b"1," * 28 + b"1]]}", b'{"rows":[{"a":1}]}', b'{"rows":[1]}', b'{"row":{}}']
    bodies += [b'{"columns":{"mean radius":[1]}}', b'{"dataframe_records":[]}', b'{"inputs":{"a":{"b":[1]}}}']
    bodies += [
        json.dumps({"inputs": [{"name": "x", "shape": shape, "datatype": "FP64", "data": data}]}).encode()
        for shape, data in (
            ([2**62, 2**62], []),
            ([1, 30], [[[1]]]),
            ([1.5], [1]),
            (["a"], [1]),
            ([], [1]),
            ([1, 30], {}),
        )
    ]
    for _ in range(150):
        text = list(wild)
        for _ in range(chance.randint(1, 4)):
            text[chance.randrange(len(text))] = chance.choice('{}[]",:0a-e.')
        bodies.append("".join(text).encode())
    statuses = {
        api.http.post(path, content=body, headers={"content-type": "application/json"}).status_code for body in bodies
    }

    assert statuses <= {200, 400, 404, 413, 415}


@pytest.mark.parametrize(
    "headers",
    [
        {"inference-header-content-length": "99999"},
        {"inference-header-content-length": "-1"},
        {"inference-header-content-length": "x"},
        {"inference-header-content-length": "10"},
    ],
)
def test_lying_binary_headers_are_refused(api: LiveNode, headers: dict[str, str]) -> None:
    """A JSON length that cannot be is a 400."""
    answer = api.http.post("/v2/models/api/infer", content=json.dumps(V2).encode(), headers=headers)

    assert 400 == answer.status_code


@pytest.mark.parametrize("size", [0, 239, 241, 10**12, -1, "x", None])
def test_lying_binary_sizes_are_refused(api: LiveNode, size: object) -> None:
    """binary_data_size must be what the shape needs and the body has."""
    head = json.dumps(
        {"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64", "parameters": {"binary_data_size": size}}]}
    ).encode()
    headers = {"inference-header-content-length": str(len(head))}
    answer = api.http.post("/v2/models/api/infer", content=head + ROWS[0].tobytes(), headers=headers)

    assert 400 == answer.status_code, answer.text


def test_many_clients_at_once_get_their_own_answers(api: LiveNode) -> None:
    """Concurrent callers never see one another's rows."""
    wrong: list[float] = []

    def ask(number: int) -> None:
        with httpx.Client(base_url=api.url, timeout=60) as client:
            for i in range(20):
                value = float(number * 1000 + i)
                answer = client.post("/invocations", json={"inputs": [[value, *[0.0] * 29]]}).json()["predictions"]
                if answer != [value]:
                    wrong.append(value)

    callers = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert [] == wrong


def test_draining_node_says_so_and_hangs_up(tmp_path: Path, shelf: Shelf, onnx_folder: Path) -> None:
    """Told to stop, a node is not ready, finishes what was asked, and closes its connections."""
    live = LiveNode(tmp_path / "node", shelf)
    live.serve(shelf.route(onnx_folder))
    live.node.front.draining = True
    assert 503 == live.http.get("/v2/health/ready").status_code
    live.server.draining = True
    answer = live.http.post("/invocations", content=GOOD)

    assert (200, "close") == (answer.status_code, answer.headers["connection"])
    live.close()


def test_same_core_answers_under_any_asgi_server(api: LiveNode) -> None:
    """The ASGI application gives the answers of the node's own protocol."""

    async def ask() -> list[tuple[int, bytes]]:
        transport = httpx.ASGITransport(application(api.node.front))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            answers = [
                await client.post("/invocations", content=GOOD),
                await client.get("/v2/health/live"),
                await client.post("/invocations", content=b"x" * (BODY_BYTES + 1)),
            ]
        return [(one.status_code, one.content) for one in answers]

    (good, live, large) = api.do(ask())
    direct = api.http.post("/invocations", content=GOOD)

    assert (200, direct.content) == good
    assert 200 == live[0]
    assert 413 == large[0]
