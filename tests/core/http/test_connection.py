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


async def app(_scope: Any, _receive: Any, send: Any) -> None:
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
