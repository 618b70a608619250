"""What the node's core takes and gives, whatever carried it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"
OCTETS = b"application/octet-stream"

Headers = Mapping[bytes, bytes]
Body = bytes | bytearray
"""Read only, of whichever kind it is: copying a large one would keep everybody waiting."""


class Request(msgspec.Struct):
    """`path` is decoded and without its query; `headers` have lower-case names."""

    method: str
    path: str
    headers: Headers
    body: Body
    query: str = ""


class Response(msgspec.Struct):
    status: int
    body: bytes = b""
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


Done = Callable[[Response], None]

_RETRY_AFTER = {429: b"1", 503: b"1"}


def with_retry(response: Response) -> Response:
    """The response, with Retry-After where asking again may help."""
    if response.status in _RETRY_AFTER:
        response.headers = (*response.headers, (b"Retry-After", _RETRY_AFTER[response.status]))
    return response
