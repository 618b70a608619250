"""One connection: uvicorn's, with limits on the head of a request and on slowness, and answers in one piece.

Uvicorn's fast parser keeps whatever headers come until they end, so that one client that never ends them takes all
memory. It waits for the rest of a request for ever, so that a few hundred clients that send a byte now and then take
all connections. It writes the head of an answer and its body apart, each by a system call that wakes the client.
"""

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from modelwright.core import limits

_LEAST_BYTES, _WINDOW_S = limits.SLOWEST_SEND
_TOO_LARGE = f"the headers are larger than {limits.HEADER_BYTES} bytes".encode()
_TOO_SLOW = f"fewer than {_LEAST_BYTES} bytes of the request came in {_WINDOW_S} seconds".encode()


def _refusal(status: bytes, why: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, len(why)) + why


_LARGE_HEAD: Final = _refusal(b"431 Request Header Fields Too Large", _TOO_LARGE)
_SLOW_SENDER: Final = _refusal(b"408 Request Timeout", _TOO_SLOW)

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
    """Answers 431 when the headers of a request exceed `limits.HEADER_BYTES`, and closes.

    Answers 408, and closes, when less than `limits.SLOWEST_SEND` comes of a request.
    """

    _in_head = False
    _kept = 0
    _refused = False
    _unended = True
    _requests = 0
    _received = 0
    _seen: tuple[int, int] | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn says the same
        super().connection_made(cast("asyncio.Transport", _Joined(transport, self.loop)))
        self._watch = self.loop.call_later(_WINDOW_S, self.look_at_sender)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def look_at_sender(self) -> None:
        """Called once in each window. Closes on a client that we have waited for all through it, almost in vain."""
        waiting = (self._requests, self._received) if self._waits_for_client() else None
        seen, self._seen = self._seen, waiting
        if waiting and seen and waiting[0] == seen[0] and waiting[1] - seen[1] < _LEAST_BYTES:
            if self._in_head or not (cycle := self._cycle) or not cycle.response_started:
                self.transport.write(_SLOW_SENDER)
            self.transport.close()
            return
        self._watch = self.loop.call_later(_WINDOW_S, self.look_at_sender)

    def _waits_for_client(self) -> bool:
        cycle = self._cycle
        if not self._unended or self.flow.read_paused:
            return False
        if self._in_head or cycle is None:
            return cycle is None or cycle.response_complete
        # What lies unread is the application's to take: it is slow, or about to pause the reading.
        return not (cycle.body or cycle.waiting_for_100_continue)

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The request whose head has come last, if any has: uvicorn's type leaves that out."""
        return self.cycle

    def on_message_begin(self) -> None:
        self._in_head, self._kept, self._unended = True, 0, True
        self._requests += 1
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._unended = False
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if sum(len(name) + len(value) for name, value in self.headers) > limits.HEADER_BYTES:
            self._refused = True
            raise ValueError(_TOO_LARGE)  # the parser stops, and has `send_400_response` called
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        before = self.headers
        self._received += len(data)
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
        self.transport.write(_LARGE_HEAD)
        self.transport.close()
