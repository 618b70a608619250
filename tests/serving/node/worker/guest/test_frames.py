"""The messages between a node and its workers: whatever is sent arrives, in whatever pieces the system delivers it."""

from __future__ import annotations

import socket
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from modelwright.serving.node.worker.guest.__main__ import receive, send
from modelwright.serving.node.worker.guest.frames import AT_ONCE_BYTES, PREFIX, Head, pack

numbers = st.sampled_from(["<f4", "<f8", "<i8", "|u1", "|b1"]).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=1, max_dims=3, min_side=0))
)
words = st.lists(st.text() | st.binary() | st.none(), max_size=5).map(
    lambda some: np.array([*some, None], dtype=object)
)
heads = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text(), max_size=4).filter(
    lambda head: "arrays" not in head
)


def in_pieces(message: bytes, size: int) -> tuple[Head, list[np.ndarray]]:
    """What the guest receives when the message comes in pieces of so many bytes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def write() -> None:
            for at in range(0, len(message), size):
                ours.sendall(message[at : at + size])

        writer = threading.Thread(target=write)
        writer.start()
        found = receive(theirs)
        writer.join()
    return found


@settings(deadline=None)
@given(head=heads, arrays=st.lists(numbers | words, max_size=3), size=st.integers(1, 300))
def test_a_message_arrives_as_it_was_in_pieces_of_any_size(head: Head, arrays: list[np.ndarray], size: int) -> None:
    got_head, got = in_pieces(b"".join(pack(head, arrays)), size)
    assert got_head == head
    assert [(one.dtype, one.shape) for one in got] == [(one.dtype, one.shape) for one in arrays]
    for one, sent in zip(got, arrays, strict=True):
        np.testing.assert_array_equal(one, sent)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_message_about_as_long_as_what_is_read_at_once_arrives_whole(more: int) -> None:
    empty = sum(map(len, pack({}, [np.zeros(10_000, np.uint8)]))) - 10_000
    array = np.arange(AT_ONCE_BYTES - empty + more, dtype=np.uint8)
    parts = pack({}, [array])
    assert sum(map(len, parts)) == AT_ONCE_BYTES + more
    _, (got,) = in_pieces(b"".join(parts), 1 << 20)
    np.testing.assert_array_equal(got, array)


def test_numbers_lie_within_their_bounds() -> None:
    parts = pack({"a": "b"}, [np.ones(3)])
    assert (len(parts[0]) - PREFIX.size) % np.dtype(np.float64).alignment == 0
    _, (got,) = in_pieces(b"".join(parts), 7)
    assert got.flags.aligned


def test_a_closed_socket_is_the_end_and_no_message() -> None:
    for sent in (b"", b"123", PREFIX.pack(100, 10) + b"begun"):
        ours, theirs = socket.socketpair()
        with theirs:
            ours.sendall(sent)
            ours.close()
            with pytest.raises(EOFError):
                receive(theirs)


def test_what_the_guest_answers_is_one_message_whatever_its_size() -> None:
    for size in (3, AT_ONCE_BYTES, 10 * AT_ONCE_BYTES):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            answer = np.arange(size, dtype=np.float32)
            writer = threading.Thread(target=send, args=(theirs, {"size": size}, [answer]))
            writer.start()
            head, (got,) = receive(ours)
            writer.join()
        assert head == {"size": size}
        np.testing.assert_array_equal(got, answer)
