"""Heads that are remembered: whatever is sent, the node reads it as the parser alone would."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.heads import KNOWN, KNOWN_BYTES, KNOWN_LINES
from modelwright.serving.node.front import Front
from modelwright.serving.node.listening import HttpServer
from modelwright.serving.node.protocol import Connection
from tests.serving.node.wire import Told, Wire
from tests.strange_requests import strange_requests

POST = b"POST /v2/models/api/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


def server() -> tuple[HttpServer, Told]:
    told = Told()
    return HttpServer(cast("Front", told)), told


def heard(listening: HttpServer, told: Told, pieces: list[bytes]) -> tuple[Any, ...]:
    """What one new connection makes of the pieces: requests, answers, and whether it was hung up."""
    before = len(told.requests)
    wire = Wire()
    connection = Connection(listening)
    connection.connection_made(cast("asyncio.Transport", wire))
    for piece in pieces:
        connection.data_received(piece)
    connection.connection_lost(None)
    answers = [one.partition(b"\r\n")[0] for one in wire.written]
    return told.requests[before:], answers, wire.hung_up


TARGETS = ["/", "/v2", "/v2/models/api/infer", "/a%20b?x=1", "/ping?"]


@given(
    requests=st.lists(strange_requests(TARGETS), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 2000), max_size=4),
)
def test_remembered_heads_change_nothing(requests: list[bytes], cuts: list[int]) -> None:
    """The same bytes, cut anywhere, on a server that knows the heads and on one that reads byte by byte."""
    stream = b"".join(requests)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:stop] for start, stop in pairwise(edges)]
    listening, told = server()
    for request in requests:
        heard(listening, told, [request])

    expected = heard(*server(), [stream[place : place + 1] for place in range(len(stream))])

    assert expected == heard(listening, told, pieces)
    assert expected == heard(listening, told, [stream])


def test_a_head_is_parsed_once() -> None:
    """The second request with the same head is not parsed again."""
    listening, told = server()
    heard(listening, told, [POST])

    assert listening.heads.find(POST[:-2]) is not None
    assert heard(listening, told, [POST])[0] == told.requests[:1]


def test_heads_take_bounded_memory() -> None:
    """Clients that never send a head twice, or send enormous ones, do not fill the node's memory."""
    listening, told = server()
    for number in range(KNOWN + 10):
        heard(listening, told, [POST.replace(b"Host: x", b"Host: %d" % number)])
    heard(listening, told, [POST.replace(b"Host: x", b"Host: " + b"x" * KNOWN_BYTES)])

    lines = b"".join(b"%d: x\r\n" % number for number in range(KNOWN_LINES))
    heard(listening, told, [POST.replace(b"Host", lines + b"Host")])

    kept = [listening.heads.find(POST[:-2].replace(b"Host: x", b"Host: %d" % number)) for number in range(KNOWN + 10)]
    assert listening.heads.find(POST[:-2].replace(b"Host", lines + b"Host")) is None
    assert 10 == sum(one is not None for one in kept)
    assert listening.heads.find(POST[:-2].replace(b"Host: x", b"Host: " + b"x" * KNOWN_BYTES)) is None
