"""One message each way per batch: a JSON head and the arrays after it.

    length of all that follows (8 bytes, little-endian) | length of the head (4 bytes) | head | arrays

Both sides of the socket use this module, each in its own interpreter; so nothing but numpy is needed.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import numpy as np

PREFIX = struct.Struct("<QI")
# Beyond this the stream is out of step, or the guest means to fill the node's memory.
FRAME_BYTES = 1 << 29
# Up to here one call of the system is cheaper than the copy that joins the parts, or that reads them into their place.
AT_ONCE_BYTES = 65_536
# Numbers that lie across their own bounds are slower to read. Blanks after the head put the arrays where they belong.
_ALIGNED = 16

Head = dict[str, Any]


def _pack_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _unpack_value(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value


# Made once: `json.dumps` with a default makes an encoder for every call.
_encode = json.JSONEncoder(default=_pack_value).encode


def pack(head: Head, arrays: list[np.ndarray]) -> list[bytes]:
    """The parts of one message, to be written in order without being joined."""
    described, parts = [], []
    for array in arrays:
        if array.dtype.kind == "O":
            raw = _encode(array.reshape(-1).tolist()).encode()
            described.append(["O", array.shape, len(raw)])
        else:
            raw = array.tobytes()
            described.append([array.dtype.str, array.shape, len(raw)])
        parts.append(raw)
    encoded = _encode({**head, "arrays": described}).encode()
    encoded += b" " * (-len(encoded) % _ALIGNED)
    total = 4 + len(encoded) + sum(len(part) for part in parts)
    return [PREFIX.pack(total, len(encoded)) + encoded, *parts]


def unpack(body: bytes | bytearray, head_bytes: int) -> tuple[Head, list[np.ndarray]]:
    """The message in `body`, which begins after the prefix. Arrays of numbers are read-only views of it."""
    view = memoryview(body)
    head: Head = json.loads(str(view[:head_bytes], "utf-8"))
    at = head_bytes
    arrays = []
    for dtype, shape, size in head.pop("arrays"):
        raw = view[at : at + size]
        at += size
        if dtype == "O":
            flat = json.loads(bytes(raw), object_hook=_unpack_value)
            array = np.empty(len(flat), dtype=object)
            array[:] = flat
            arrays.append(array.reshape(shape))
        else:
            arrays.append(np.frombuffer(raw, dtype=dtype).reshape(shape))
    return head, arrays
