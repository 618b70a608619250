"""A connection on a real port: how much of a request's head it keeps."""

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


async def app(scope: Any, _receive: Any, send: Any) -> None:
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


def test_a_head_leaves_together_with_its_body() -> None:
    """What is written in one turn of the event loop costs one system call, and wakes the client once."""
    written: list[bytes] = []

    async def answer() -> None:
        loop = asyncio.get_running_loop()
        config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None)
        config.load()
        state = uvicorn.server.ServerState()
        connection = Connection(config, state, {}, loop)
        connection.connection_made(_Recording(written))
        connection.data_received(REQUEST + b"\r\n")
        await asyncio.gather(*state.tasks)
        await asyncio.sleep(0)  # the turn after that in which the answer was written
        connection.connection_lost(None)

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
