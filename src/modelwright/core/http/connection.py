"""One connection: uvicorn's, with a limit on the head of a request, and answers that leave in one piece.

Uvicorn's fast parser keeps whatever headers come until they end, so that one client that never ends them takes all
memory. It writes the head of an answer and its body apart, each by a system call that wakes the client.
"""

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from modelwright.core import limits

_TOO_LARGE = f"the headers are larger than {limits.HEADER_BYTES} bytes".encode()
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_TOO_LARGE), _TOO_LARGE)
)


_JOINED_BYTES: Final = 65536  # more is not held back, so that whoever writes feels how fast the client reads


class _Joined:
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


class Connection(HttpToolsProtocol):
    """Answers 431 when the headers of a request exceed `limits.HEADER_BYTES`, and closes."""

    _in_head = False
    _kept = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn says the same
        super().connection_made(cast("asyncio.Transport", _Joined(transport, self.loop)))

    def on_message_begin(self) -> None:
        self._in_head, self._kept = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if sum(len(name) + len(value) for name, value in self.headers) > limits.HEADER_BYTES:
            self._refused = True
            raise ValueError(_TOO_LARGE)  # the parser stops, and has `send_400_response` called
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        before = self.headers
        super().data_received(data)
        if self._in_head and before is self.headers:  # nothing but more of one head came
            self._kept += len(data)
            if self._kept > limits.HEADER_BYTES and not self._refused:
                self._refused = True
                self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        if not self._refused:
            super().send_400_response(msg)
            return
        self.transport.write(_REFUSAL)
        self.transport.close()
