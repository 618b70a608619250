"""One message each way per batch: a JSON head and the arrays after it.

    length of all that follows (8 bytes, little-endian) | length of the head (4 bytes) | head | arrays

Both sides of the socket use this module, each in its own interpreter; so nothing but numpy is needed.
"""

from __future__ import annotations

import base64
import json
import struct
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

PREFIX = struct.Struct("<QI")
# Beyond this the stream is out of step, or the guest means to fill the node's memory.
FRAME_BYTES = 1 << 29
# Up to here one call of the system is cheaper than the copy that joins the parts, or that reads them into their place.
AT_ONCE_BYTES = 65_536
# Numbers that lie across their own bounds are slower to read. Blanks after the head put the arrays where they belong.
_ALIGNED = 16

Head = dict[str, Any]


class Unspeakable(Exception):
    """A value that has no form in JSON. Its `repr`, which is often an address in memory, would be no answer."""


def _pack_value(value: Any) -> Any:
    """As JSON what Python's own writer does not know; raises Unspeakable."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    kind = type(value)
    if kind.__name__ in {"NAType", "NaTType"}:  # what pandas has for missing
        return None
    if isinstance(value, (set, frozenset)):
        return list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)) or kind.__module__.partition(".")[0] == "pandas":
        return str(value)
    raise Unspeakable(f"the answer holds a {kind.__qualname__}, which JSON cannot say")


def _head_value(value: Any) -> Any:
    """The same, but for bytes, which are told from texts in arrays alone: as text, or base64 where they are none."""
    if not isinstance(value, bytes):
        return _pack_value(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _unpack_value(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value


# Made once: `json.dumps` with a default makes an encoder for every call.
_encode = json.JSONEncoder(default=_pack_value, ensure_ascii=False).encode
_encode_head = json.JSONEncoder(default=_head_value, ensure_ascii=False).encode


def _utf8(text: str) -> bytes:
    """The text; a half of a surrogate pair, which is none, becomes U+FFFD, and two that belong together a character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def pack(head: Head, arrays: list[np.ndarray]) -> list[bytes]:
    """The parts of one message, to be written in order without being joined."""
    described, parts = [], []
    for array in arrays:
        if array.dtype.kind == "O":
            raw = _utf8(_encode(array.reshape(-1).tolist()))
            described.append(["O", array.shape, len(raw)])
        else:
            raw = array.tobytes()
            described.append([array.dtype.str, array.shape, len(raw)])
        parts.append(raw)
    encoded = _utf8(_encode_head({**head, "arrays": described}))
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
