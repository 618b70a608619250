"""Heads that are remembered: whatever is sent, it is read and answered as by a server that remembers none."""

import asyncio
from itertools import pairwise
from typing import Any, cast

import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from modelwright.core.heads import Heads
from modelwright.core.http.connection import Connection
from tests.strange_requests import strange_requests

POST = b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


class Forgetful(Connection):
    """As uvicorn alone would have it."""

    def _begin_known(self, data: bytes) -> bool:
        del data
        return False


class Wire:
    """A transport that keeps what is written, until it is closed."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> None:
        del name

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class App:
    """Writes down what it is asked, and answers it in one of the ways that there are."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", scope["path"] != "/early"
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        names = ("method", "path", "raw_path", "query_string", "http_version")
        self.asked.append((*(scope[name] for name in names), list(scope["headers"]), body))
        scope["path"] = "changed"
        scope["headers"].append((b"changed", b"yes"))
        headers = {
            "/": [],
            "/short": [(b"content-length", b"3")],
            "/evil": [(b"content-length", b"2"), (b"x", b"a\nb")],
        }
        length = headers.get(self.asked[-1][1], [(b"content-length", b"2"), (b"x-y", b"z")])
        await send({"type": "http.response.start", "status": 200, "headers": length})
        if self.asked[-1][1] == "/dies":
            raise RuntimeError("as asked")
        if self.asked[-1][1] == "/parts":
            await send({"type": "http.response.body", "body": b"O", "more_body": True})
            await send({"type": "http.response.body", "body": b"K"})
        else:
            await send({"type": "http.response.body", "body": b"OK"})


def heard(kind: type[Connection], pieces: list[bytes]) -> tuple[Any, ...]:
    """What one new connection makes of the pieces: requests, answers, and whether it was hung up."""

    async def hear() -> tuple[Any, ...]:
        app, wire, state = App(), Wire(), ServerState()
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        config.load()
        connection = kind(config, state, {})
        connection.connection_made(cast("asyncio.Transport", wire))
        for piece in pieces:
            if not wire.closed:
                connection.data_received(piece)
                for _ in range(20):
                    await asyncio.sleep(0)
        hung_up = wire.closed
        connection.connection_lost(None)
        await asyncio.gather(*state.tasks)
        return app.asked, wire.written, hung_up

    return asyncio.run(hear())


TARGETS = ["/", "/early", "/short", "/evil", "/parts", "/dies", "/api/2.0/mlflow/runs/get?run_id=a%20b", "/a%20b?"]


@given(
    requests=st.lists(strange_requests(TARGETS), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 2000), max_size=2),
)
def test_remembered_heads_change_nothing(requests: list[bytes], cuts: list[int]) -> None:
    """The same bytes, request by request and cut anywhere, where heads are known and where none is."""
    stream = b"".join(requests)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:stop] for start, stop in pairwise(edges)]

    class Fresh(Connection):
        _heads = Heads()

    for request in requests:
        heard(Fresh, [request])

    assert heard(Forgetful, requests) == heard(Fresh, requests)
    assert heard(Forgetful, pieces) == heard(Fresh, pieces)


def test_a_head_is_parsed_once() -> None:
    """By whatever connection it comes."""

    class Fresh(Connection):
        _heads = Heads()

    first, again = heard(Fresh, [POST]), heard(Fresh, [POST, POST])

    assert Fresh._heads.find(POST[:-2]) is not None
    assert (first[0] * 2, first[1] * 2, False) == again


def test_what_follows_an_early_answer_is_its_body() -> None:
    """And no request, however much it looks like one that is known."""

    class Early(Connection):
        _heads = Heads()

    heard(Early, [POST])
    announced = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{}" % (2 + len(POST))
    asked, answers, _ = heard(Early, [announced, POST, POST])

    assert ["/early", "/api/2.0/mlflow/runs/create"] == [one[1] for one in asked]
    assert 2 == answers.count(b"HTTP/1.1 200 OK")


def test_an_answer_that_was_begun_is_said_to_have_been() -> None:
    """When the application fails before the body, the client sees the status, as it does where no head is known."""

    class Fresh(Connection):
        _heads = Heads()

    dying = b"GET /dies HTTP/1.1\r\nHost: x\r\n\r\n"
    heard(Fresh, [dying])

    assert heard(Forgetful, [dying]) == heard(Fresh, [dying])
    assert heard(Fresh, [dying])[1].startswith(b"HTTP/1.1 200 OK")
