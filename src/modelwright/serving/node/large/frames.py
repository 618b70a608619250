"""Python values over a socket between a node and its own helper process.

    length of the head (8 bytes, little-endian) | number of buffers (4) | length of each (8) | head | buffers

The head is a pickle, which both ends may trust: they are one program. Arrays of numbers travel beside it, uncopied;
objects in pieces, because a piece is what a thread takes in one go while everybody else waits.
"""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

import numpy as np

_PREFIX = struct.Struct("<QI")
_LENGTH = struct.Struct("<Q")
_PIECE = 4096


class _Pieces:
    """An array of objects on its way."""

    def __init__(self, array: np.ndarray) -> None:
        flat = array.reshape(-1)
        self.shape = array.shape
        self.texts = [pickle.dumps(flat[at : at + _PIECE].tolist(), protocol=5) for at in range(0, len(flat), _PIECE)]

    def joined(self) -> np.ndarray:
        out = np.empty(self.shape, dtype=object)
        flat = out.reshape(-1)
        for number, text in enumerate(self.texts):
            piece = pickle.loads(text)  # noqa: S301  # see above
            flat[number * _PIECE : number * _PIECE + len(piece)] = piece
        return out


def cut(arrays: list[np.ndarray]) -> list[Any]:
    """The arrays in the form in which they are sent."""
    return [_Pieces(array) if array.dtype == object else np.ascontiguousarray(array) for array in arrays]


def joined(parts: list[Any]) -> list[np.ndarray]:
    """The arrays that were `cut`."""
    return [part.joined() if isinstance(part, _Pieces) else part for part in parts]


def send(stream: socket.socket, value: Any) -> None:
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    raws = [one.raw() for one in buffers]
    lengths = b"".join([_LENGTH.pack(raw.nbytes) for raw in raws])
    stream.sendall(_PREFIX.pack(len(head), len(raws)) + lengths + head)
    for raw in raws:
        stream.sendall(raw)


def receive(stream: socket.socket) -> Any:
    """Raises EOFError when the other end has gone."""
    head_bytes, count = _PREFIX.unpack(_read(stream, _PREFIX.size))
    lengths = [_LENGTH.unpack(_read(stream, _LENGTH.size))[0] for _ in range(count)]
    head = _read(stream, head_bytes)
    return pickle.loads(head, buffers=[_read(stream, length) for length in lengths])  # noqa: S301  # see above


def _read(stream: socket.socket, size: int) -> bytearray:
    out = bytearray(size)
    view = memoryview(out)
    while view:
        got = stream.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return out
