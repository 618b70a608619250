"""A connection: how much of a request's head it keeps, how long it waits, and how answers leave."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from modelwright.core import limits
from modelwright.core.http.connection import Connection

REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n"
PATIENCE_S = 60
ENDLESS = 1024**3
PIECE, PIECES = b"0123456789abcdef" * 625, 1000


BODY_TO_COME = b"POST /body HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10000\r\n\r\n"
LEAST = limits.SLOWEST_SEND[0]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/slow":
        await asyncio.Event().wait()
    if scope["path"] == "/body":
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] == "http.disconnect":
            return
    if scope["path"] == "/long":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(PIECES):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"OK"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=Connection, lifespan="off", log_config=None))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def served(written: list[bytes]) -> Iterator[Connection]:
    """A connection without a socket; what the server writes goes to `written`. For use in a running loop."""
    config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None)
    config.load()
    state = uvicorn.server.ServerState()
    client = Connection(config, state, {}, asyncio.get_running_loop())
    client.connection_made(_Recording(written))
    yield client
    client.connection_lost(None)
    for task in state.tasks:
        task.cancel()


async def taken() -> None:
    """Let the application take what came, and its answer leave: a few turns of the event loop."""
    for _ in range(10):
        await asyncio.sleep(0)


def said(port: int, *pieces: bytes) -> bytes:
    """All that the server answers until it closes; it may close before all pieces are sent."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            while received := connection.recv(65536):
                answer += received
        except ConnectionError:
            pass  # refused in the middle of what we were sending
    return answer


def test_a_head_within_the_limit_is_served_and_one_beyond_it_refused(port: int) -> None:
    """The limit counts names and values of all headers together."""
    most = limits.HEADER_BYTES - len(b"host" + b"localhost" + b"connection" + b"close" + b"x")
    requests = [b"%sconnection: close\r\nx: %s\r\n\r\n" % (REQUEST, b"a" * size) for size in (most, most + 1)]

    answers = [said(port, request).split(b"\r\n")[0] for request in requests]

    assert [b"HTTP/1.1 200 OK", b"HTTP/1.1 431 Request Header Fields Too Large"] == answers


def test_headers_that_never_end_are_cut_off(port: int) -> None:
    """Nobody may fill the memory with one: the server closes long before the client has sent it all."""
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(REQUEST + b"x: ")
        with contextlib.suppress(ConnectionError):
            while sent < ENDLESS:
                sent += connection.send(b"x" * 65536)

    assert sent < ENDLESS


def test_many_requests_in_one_piece_are_all_served(port: int) -> None:
    """A head that begins in a piece with much else in it is not taken for a large one."""
    many = (REQUEST + b"x: %s\r\n\r\n" % (b"a" * 1000)) * 100

    answer = said(port, many + REQUEST[:10], REQUEST[10:] + b"connection: close\r\n\r\n")

    assert 101 == answer.count(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("begun", [b"", b"POST /bo", BODY_TO_COME[:40], BODY_TO_COME, BODY_TO_COME + b"begun"])
def test_a_client_that_never_ends_its_request_is_let_go(
    port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hears why, and its connection is free for others: before the head, in it, and in the body."""
    monkeypatch.setattr("modelwright.core.http.connection._WINDOW_S", 0.01)

    assert said(port, begun).startswith(b"HTTP/1.1 408 Request Timeout")


@pytest.mark.parametrize(
    ("pieces", "answer"),
    [
        ([LEAST, LEAST, LEAST], b""),  # slow, and enough
        ([LEAST, LEAST - 1], b"HTTP/1.1 408"),
        ([10_000], b"HTTP/1.1 200"),  # all of it: nobody waits for the client
    ],
)
def test_a_slow_line_is_no_fault(pieces: list[int], answer: bytes) -> None:
    """A client is let go only when next to nothing came all through a window in which we waited for it."""
    written: list[bytes] = []

    async def look() -> None:
        with served(written) as client:
            client.data_received(BODY_TO_COME)
            for size in pieces:
                await taken()
                client.look_at_sender()
                client.data_received(b"x" * size)
            await taken()
            client.look_at_sender()
            await taken()

    asyncio.run(look())

    assert b"".join(written).startswith(answer)
    assert bool(answer) == bool(written)


def test_a_client_is_not_let_go_while_the_application_is_slow() -> None:
    """What it sent lies unread, or its second request waits for the first: it is not the one to wait for."""
    written: list[bytes] = []

    async def look() -> None:
        with served(written) as client:
            client.data_received(BODY_TO_COME.replace(b"/body", b"/slow") + b"begun")
            await taken()
            client.look_at_sender()
            client.look_at_sender()
        with served(written) as client:
            client.data_received(REQUEST.replace(b"/", b"/slow", 1) + b"\r\n" + REQUEST)
            await taken()
            client.look_at_sender()
            client.look_at_sender()

    asyncio.run(look())

    assert [] == written


def test_a_head_leaves_together_with_its_body() -> None:
    """What is written in one turn of the event loop costs one system call, and wakes the client once."""
    written: list[bytes] = []

    async def answer() -> None:
        with served(written) as client:
            client.data_received(REQUEST + b"\r\n")
            await taken()

    asyncio.run(answer())

    assert 1 == len(written)
    assert (True, True) == (written[0].startswith(b"HTTP/1.1 200 OK"), written[0].endswith(b"\r\n\r\nOK"))


def test_an_answer_longer_than_is_held_back_arrives_whole(port: int) -> None:
    """Pieces that fill what is held back more than a hundred times arrive in their order, none twice."""
    answer = said(port, b"GET /long HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")

    head, _, chunks = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"2710\r\n%s\r\n" % PIECE * PIECES + b"0\r\n\r\n" == chunks


class _Recording(asyncio.Transport):
    def __init__(self, written: list[bytes]) -> None:
        super().__init__()
        self._written = written

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written.append(bytes(data))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass
