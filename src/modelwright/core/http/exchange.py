"""A request that has come as a whole, and its answer, which leaves in one piece.

Uvicorn writes the head of an answer and its body apart, each by a system call that wakes the client; and its way of
putting an answer together is a tenth of what the event loop does for a new run.
"""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_JOINED_BYTES: Final = 65536  # more is not held back, so that whoever writes feels how fast the client reads
_NOT_IN_A_HEAD: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FRAMING: Final = frozenset({b"connection", b"transfer-encoding"})


class Joined:
    """A transport that sends together what is written in one turn of the event loop."""

    __slots__ = ("_bytes", "_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._bytes = 0

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._bytes += len(data)
        if self._bytes > _JOINED_BYTES:
            self._flush()

    def write_whole(self, data: bytes) -> None:
        """`write` for what nothing follows that could be joined to it."""
        if self._parts:
            self.write(data)
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()
            self._bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Exchange(RequestResponseCycle):
    """A request that has come as a whole, and its answer, which leaves in one piece when its length is known."""

    _begun: Any = None

    async def run_asgi(self, app: Any) -> None:
        async def to_its_end(scope: Any, receive: Any, send: Any) -> None:
            try:
                await app(scope, receive, send)
            finally:
                await self._say_begun()

        await super().run_asgi(to_its_end)

    async def _say_begun(self) -> None:
        """What was held back for a body that never came: the application failed, or forgot it."""
        begun, self._begun = self._begun, None
        if begun is not None:
            self.response_started = False
            await super().send(begun)

    async def send(self, message: Any) -> None:
        begun, self._begun = self._begun, None
        if begun is not None:
            if not self._send_whole(begun, message):
                self.response_started = False
                await super().send(begun)
                await super().send(message)
        elif (
            not self.response_started
            and message["type"] == "http.response.start"
            and _has_length(message.get("headers", ()))
        ):
            self._begun, self.response_started = message, True
        else:
            await super().send(message)

    def _send_whole(self, begun: Any, message: Any) -> bool:
        """What uvicorn's own `send` does for both messages; False when that is to do it, for it is not so simple."""
        body: bytes = message.get("body", b"")
        headers: list[tuple[bytes, bytes]] = [*self.default_headers, *begun["headers"]]
        lines = [b"%b: %b\r\n" % header for header in headers]
        head = b"".join(
            [STATUS_LINE[begun["status"]], *lines, b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"]
        )
        simple = (
            message["type"] == "http.response.body"
            and not message.get("more_body")
            and (b"content-length: %d\r\n" % len(body)) in lines
            and self.scope["method"] != "HEAD"
            and not self.flow.write_paused
            and not self.disconnected
            and head.count(b"\n") == head.count(b"\r") == len(headers) + (2 if self.keep_alive else 3)
            and _NOT_IN_A_HEAD.search(head) is None
        )
        if simple:
            cast("Joined", self.transport).write_whole(head + body)
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()
        return simple


def _has_length(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    names = {name for name, _ in headers}
    return b"content-length" in names and _FRAMING.isdisjoint(names)
