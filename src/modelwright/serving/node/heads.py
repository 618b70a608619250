"""Heads of requests that were parsed before, so that the same bytes need not be parsed again."""

from __future__ import annotations

import msgspec

from modelwright.serving.node.messages import Request

# So many heads are remembered, none longer than this or with more lines: a few dozen MB if somebody tries.
KNOWN, KNOWN_BYTES, KNOWN_LINES = 1024, 4096, 64

# What makes a request more than a head with its length and a body.
_UNUSUAL = frozenset({b"transfer-encoding", b"expect", b"upgrade"})


class Head(msgspec.Struct, frozen=True):
    """A request's head as the parser read it, and the length of the body that follows it."""

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body_bytes: int


class Heads:
    """Heads that were parsed before. A client sends the same bytes before every body, and equal bytes mean the same.

    Only whole heads that the parser has accepted come in, so nothing is read here that it would refuse.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Head] = {}
        self.find = self._known.get

    def keep(self, data: bytes, request: Request, lines: int) -> None:
        """Remember the head at the beginning of `data`, of which the parser has made `request` with `lines` headers."""
        end = data.find(b"\r\n\r\n", 0, KNOWN_BYTES) + 4
        head, body = data[:end], request.body
        plain = (
            lines <= KNOWN_LINES
            and head.startswith(request.method.encode() + b" ")
            and head.count(b"\r\n") == lines + 2 == head.count(b"\n")
            and int(request.headers.get(b"content-length", b"0")) == len(body)
            and data.startswith(body, end)
            and not _UNUSUAL & request.headers.keys()
        )
        if plain:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[head] = Head(request.method, request.path, request.query, dict(request.headers), len(body))
