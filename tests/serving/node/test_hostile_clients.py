"""Clients that mean harm or know no better: they get a 4xx in order, little memory, and nobody else's time."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import cast

import pytest

from modelwright.serving.node.front import Front
from modelwright.serving.node.listening import HttpServer
from modelwright.serving.node.protocol import LINGER_S, READ_BYTES, Connection, Patience
from tests.serving.node.wire import Slow, Told, Wire

GET = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def server(front: Told, connections: int = 100) -> HttpServer:
    return HttpServer(cast("Front", front), connections=connections)


def connected(listening: HttpServer) -> tuple[Connection, Wire]:
    wire = Wire()
    connection = Connection(listening)
    connection.connection_made(cast("asyncio.Transport", wire))
    return connection, wire


@pytest.mark.parametrize(
    "opening",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nA: ",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        CHUNKED + b"1;a=",
        CHUNKED + b"1\r\na\r\n0\r\nA: ",
    ],
)
def test_headers_without_end_are_refused(opening: bytes) -> None:
    """A header, a header's name, a chunk's extension and a trailer that never end are given up after a while."""
    connection, wire = connected(server(Told()))
    connection.data_received(opening)
    for _ in range(100):
        connection.data_received(b"a" * 10_000)

    assert [431] == wire.statuses
    assert wire.hung_up


def test_trailers_are_no_headers() -> None:
    """What follows a body is dropped, for this request and for the next: a proxy in front has not looked at it."""
    told = Told()
    connection, wire = connected(server(told))
    connection.data_received(CHUNKED + b"2\r\n{}\r\n0\r\nModelwright-Key: stolen\r\nB: c\r\n\r\n" + GET % b"next")

    assert [200, 200] == wire.statuses
    assert [{b"host": b"x", b"transfer-encoding": b"chunked"}, {b"host": b"x"}] == [one[3] for one in told.requests]


def test_thousands_of_requests_in_one_piece_are_answered_in_order() -> None:
    """However many requests wait behind a slow one, each gets one answer, its own."""
    front = Slow()
    connection, wire = connected(server(front))
    connection.data_received(GET % b"slow" + GET % b"quick" * 5000)
    before = len(wire.written)
    front.answer()

    assert 0 == before
    bodies = [one.rpartition(b"\r\n\r\n")[2] for one in wire.written]
    assert [b"slow", *(b"%d" % number for number in range(1, 5001))] == bodies


def test_nothing_is_computed_for_clients_that_do_not_read() -> None:
    """While a client's answers pile up, its next requests wait, and it is not read from."""
    front = Slow()
    connection, wire = connected(server(front))
    connection.data_received(GET % b"slow" + GET % b"quick" * 50)
    connection.pause_writing()
    front.answer()
    blocked = (len(wire.written), wire.reading)
    connection.resume_writing()

    assert (1, False) == blocked
    assert (51, True) == (len(wire.written), wire.reading)


def test_half_closed_clients_get_their_answers() -> None:
    """A client that has said that it is done asking is answered before the node hangs up."""
    front = Slow()
    connection, wire = connected(server(front))
    connection.data_received(GET % b"slow" + GET % b"quick")
    keeps = connection.eof_received()
    open_before = not wire.hung_up
    front.answer()

    assert (True, True) == (keeps, open_before)
    assert [200, 200] == wire.statuses
    assert wire.hung_up


def test_half_closed_clients_who_asked_nothing_are_let_go() -> None:
    """The end of what a client says is the end of the connection, where no whole request came before it."""
    connection, wire = connected(server(Told()))
    connection.data_received(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{")

    assert not connection.eof_received()
    assert not connection.owed
    assert [] == wire.written


def test_what_is_refused_is_told_after_what_was_asked() -> None:
    """An answer never takes the place of another: nonsense behind a request waits for that one's answer."""
    front = Slow()
    connection, wire = connected(server(front))
    connection.data_received(GET % b"slow" + b"nonsense\r\n\r\n")
    before = wire.statuses
    front.answer()

    assert [] == before
    assert [200, 400] == wire.statuses
    assert wire.hung_up


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_offers_of_other_protocols_are_passed_over(protocol: bytes) -> None:
    """Java's client offers HTTP/2 with its first request: it is answered in HTTP/1.1, and so is what follows."""
    told = Told()
    connection, wire = connected(server(told))
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    asked = b"POST /a HTTP/1.1\r\nHost: x\r\n" + offer + b"Upgrade: %b\r\nContent-Length: 2\r\n\r\n{}" % protocol
    connection.data_received(asked + asked)
    connection.data_received(GET % b"b" + asked)

    assert [200] * 4 == wire.statuses
    assert [b"{}", b"{}", b"", b"{}"] == [one[4] for one in told.requests]


def test_a_body_in_crumbs_takes_no_more_memory_than_one_in_a_piece() -> None:
    """Chunks of two bytes cost what they hold, and not an object each."""
    told = Told()
    told.body_bytes = 200_000
    connection, wire = connected(server(told))
    connection.data_received(CHUNKED)
    crumbs = b"2\r\nab\r\n" * 1000
    tracemalloc.start()
    for _ in range(100):
        connection.data_received(crumbs)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    connection.data_received(b"0\r\n\r\n")

    assert b"ab" * 100_000 == told.requests[0][4]
    assert [200] == wire.statuses
    assert held < 1_000_000


def test_unfinished_bodies_are_bounded_together() -> None:
    """When clients have sent more than the node will hold, who has been sending for longest is told to come again."""
    listening = server(Told())
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    clients = []
    for number in range(9):
        listening.now = 1.0 + number
        clients.append(connected(listening))
        clients[-1][0].data_received(head + b"x" * 900)
    for connection, _ in clients:
        connection.data_received(b"x" * 100)

    assert [[503], *[[200]] * 8] == [wire.statuses for _, wire in clients]
    assert 0 == listening.held


def test_connections_are_bounded() -> None:
    """One too many, and those go that have been silent for longest; whoever waits for an answer stays."""
    front = Slow()
    listening = server(front, connections=3)
    asking, _ = first = connected(listening)
    asking.data_received(GET % b"slow")
    clients = [first]
    for number in range(3):
        listening.now = 2.0 + number
        clients.append(connected(listening))

    assert [False, True, False, False] == [wire.hung_up for _, wire in clients]


def test_one_connection_too_many_is_turned_away_when_all_others_wait_for_answers() -> None:
    """Nobody who was promised an answer loses it to a newcomer."""
    listening = server(Slow(), connections=1)
    asking, asking_wire = connected(listening)
    asking.data_received(GET % b"slow")
    _, newcomer = connected(listening)

    assert (False, True) == (asking_wire.hung_up, newcomer.hung_up)


def test_reading_slowly_is_not_reading_nothing() -> None:
    """A client may take its time over a long answer as long as it takes a megabyte of it a minute."""
    patience = Patience(read_s=60, idle_s=10)
    connection, wire = connected(server(Told()))
    wire.unread = 10 * READ_BYTES
    connection.pause_writing()
    slow = []
    for minute in range(1, 5):
        wire.unread -= 2 * READ_BYTES if minute < 4 else READ_BYTES - 1
        slow.append(connection.too_slow(1.0 + 61 * minute, patience))

    assert [False, False, False, True] == slow


def test_expectations_are_met_only_where_the_body_is_wanted() -> None:
    """`100 Continue` is said before a body that will be read, and never before a refusal."""
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    (good, good_wire), (bad, bad_wire) = connected(server(Told())), connected(server(Told()))
    good.data_received(head % 2)
    good.data_received(b"{}")
    bad.data_received(head % 1001)

    assert [100, 200] == good_wire.statuses
    assert [413] == bad_wire.statuses


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET % b"b", [200]),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + GET % b"b", [200]),
        (CHUNKED.replace(b"1.1", b"1.0") + b"2\r\n{}\r\n0\r\n\r\n" + GET % b"b", [400]),
        (CHUNKED.replace(b"chunked", b"gzip, chunked") + b"2\r\n{}\r\n0\r\n\r\n" + GET % b"b", [400]),
        (CHUNKED.replace(b"chunked", b"chunked, identity") + b"2\r\n{}\r\n0\r\n\r\n" + GET % b"b", [400]),
        (CHUNKED.replace(b"chunked", b"xchunked") + b"2\r\n{}\r\n0\r\n\r\n" + GET % b"b", [400]),
        (CHUNKED.replace(b"chunked", b"chunked\r\nContent-Length: 4") + b"2\r\n{}\r\n0\r\n\r\n", [400]),
        (CHUNKED + b"-1\r\n{}\r\n0\r\n\r\n", [400]),
        (CHUNKED + b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n", [400]),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}", [400]),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 2\r\n\r\n{}", [400]),
        (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n{}", [400]),
        (b"POST /a HTTP/1.1\r\nHost : x\r\n\r\n", [400]),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n" + GET % b"b", [400]),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", [400]),
        (b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n", [400]),
        (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n" + GET % b"b", [405]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    ],
)
def test_ambiguous_requests_are_refused_and_end_the_connection(sent: bytes, statuses: list[int]) -> None:
    """Where two readers could disagree about where a request ends, nothing after it is read."""
    connection, wire = connected(server(Told()))
    connection.data_received(sent)

    assert statuses == wire.statuses
    assert wire.hung_up


def test_an_address_with_its_host_is_the_address() -> None:
    """Asked as a proxy is asked, the node finds the path behind the host."""
    told = Told()
    connection, _ = connected(server(told))
    connection.data_received(b"GET http://node:8001/v2/health/live?x=1 HTTP/1.1\r\nHost: node:8001\r\n\r\n")

    assert [("GET", "/v2/health/live", "x=1")] == [one[:3] for one in told.requests]


def test_refused_senders_may_finish_and_read_why() -> None:
    """What a refused client goes on sending is thrown away for a while, and then the connection ends."""
    connection, wire = connected(server(Told()))
    connection.data_received(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
    connection.data_received(b"x" * 5000 + GET % b"b")
    ended = (wire.ended, wire.closed)

    assert [413] == wire.statuses
    assert (True, False) == ended
    assert [False, True] == [connection.too_slow(1.0 + after, Patience()) for after in (LINGER_S, LINGER_S + 1)]
