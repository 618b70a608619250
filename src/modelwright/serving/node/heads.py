"""What the node remembers of the head of a request."""

from __future__ import annotations

import msgspec

from modelwright.core.heads import Heads, end_of_head, plain
from modelwright.serving.node.messages import Request


class Head(msgspec.Struct, frozen=True):
    """A request's head as the parser read it, and the length of the body that follows it."""

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body_bytes: int


def remember(heads: Heads[Head], data: bytes, request: Request, lines: int) -> None:
    """Keep the head at the beginning of `data`, of which the parser has made `request` with `lines` headers."""
    end, body = end_of_head(data), request.body
    if (
        plain(data[:end], request.method.encode(), request.headers, lines)
        and int(request.headers.get(b"content-length", b"0")) == len(body)
        and data.startswith(body, end)
    ):
        heads.keep(data[:end], Head(request.method, request.path, request.query, dict(request.headers), len(body)))
