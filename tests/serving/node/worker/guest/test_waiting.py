"""The next message is waited for awake where one follows the other, and asleep otherwise."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from modelwright.serving.node.worker.guest.waiting import Waiting

PAUSE_S = 0.05


class Watched:
    """A socket that counts how often it was asked without waiting."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self.asked = 0

    def recv_into(self, into: bytearray, size: int = 0, flags: int = 0) -> int:
        self.asked += bool(flags & socket.MSG_DONTWAIT)
        return self._stream.recv_into(into, size, flags)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Watched]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, Watched(theirs)


def taken(waiting: Waiting) -> bytes:
    begun = bytearray(100)
    size = waiting.into(begun)
    return bytes(begun[:size])


def later(ours: socket.socket, message: bytes) -> threading.Timer:
    timer = threading.Timer(PAUSE_S, ours.sendall, [message])
    timer.start()
    return timer


def test_after_a_message_that_came_at_once_the_next_is_waited_for_awake(ends: tuple[socket.socket, Watched]) -> None:
    ours, theirs = ends
    waiting = Waiting(theirs, processors=2)  # type: ignore[arg-type]  # has what is used of a socket
    found = []
    for message in (b"one", b"two", b"three"):
        ours.sendall(message)
        found.append(taken(waiting))

    assert ([b"one", b"two", b"three"], 2) == (found, theirs.asked)


def test_after_a_long_silence_it_sleeps_at_once(ends: tuple[socket.socket, Watched]) -> None:
    ours, theirs = ends
    waiting = Waiting(theirs, processors=2)  # type: ignore[arg-type]  # has what is used of a socket
    ours.sendall(b"one")
    taken(waiting)
    first = later(ours, b"two")
    second = taken(waiting)
    asked = theirs.asked
    first.join()
    busy_s = time.thread_time()
    last = later(ours, b"three")
    third = taken(waiting)
    busy_s = time.thread_time() - busy_s
    last.join()

    assert (b"two", b"three") == (second, third)
    assert 0 < asked == theirs.asked  # awake for the second, which did not come, and not for the third
    assert busy_s < PAUSE_S / 2


def test_with_one_processor_it_always_sleeps(ends: tuple[socket.socket, Watched]) -> None:
    ours, theirs = ends
    waiting = Waiting(theirs, processors=1.5)  # type: ignore[arg-type]  # has what is used of a socket
    for message in (b"one", b"two", b"three"):
        ours.sendall(message)
        assert message == taken(waiting)

    assert 0 == theirs.asked


@pytest.mark.parametrize("before", [[], [b"one", b"two"]])
def test_a_closed_socket_is_told_as_nothing(ends: tuple[socket.socket, Watched], before: list[bytes]) -> None:
    ours, theirs = ends
    waiting = Waiting(theirs, processors=2)  # type: ignore[arg-type]  # has what is used of a socket
    for message in before:
        ours.sendall(message)
        taken(waiting)
    ours.close()

    assert b"" == taken(waiting)
