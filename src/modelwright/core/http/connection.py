"""One connection: uvicorn's, with limits on the head of a request and on slowness, and a short way for known heads.

Uvicorn's fast parser keeps whatever headers come until they end, so that one client that never ends them takes all
memory. It waits for the rest of a request for ever, so that a few hundred clients that send a byte now and then take
all connections. And it parses the same head again before every body, which is a fifth of what the event loop does for
a new run.
"""

import asyncio
from typing import ClassVar, Final, cast

import msgspec
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from modelwright.core import limits
from modelwright.core.heads import Heads, end_of_head, plain
from modelwright.core.http.exchange import Exchange, Joined

_LEAST_BYTES, _WINDOW_S = limits.SLOWEST_SEND
_TOO_LARGE = f"the headers are larger than {limits.HEADER_BYTES} bytes".encode()
_TOO_SLOW = f"fewer than {_LEAST_BYTES} bytes of the request came in {_WINDOW_S} seconds".encode()


def _refusal(status: bytes, why: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, len(why)) + why


_LARGE_HEAD: Final = _refusal(b"431 Request Header Fields Too Large", _TOO_LARGE)
_SLOW_SENDER: Final = _refusal(b"408 Request Timeout", _TOO_SLOW)


class _Head(msgspec.Struct, frozen=True):
    """What the parser made of a head, in ASGI's words, and the length of the body that follows it."""

    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    headers: list[tuple[bytes, bytes]]
    body_bytes: int


class Connection(HttpToolsProtocol):
    """Answers 431 when the headers of a request exceed `limits.HEADER_BYTES`, and closes.

    Answers 408, and closes, when less than `limits.SLOWEST_SEND` comes of a request.
    """

    _heads: ClassVar[Heads[_Head]] = Heads()
    _in_head = False
    _kept = 0
    _refused = False
    _unended = True
    _requests = 0
    _received = 0
    _seen: tuple[int, int] | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn says the same
        super().connection_made(cast("asyncio.Transport", Joined(transport, self.loop)))
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
        self._received += len(data)
        before = self._requests
        if self._unended and before:  # in the middle of a request
            self._parse(data)
        elif not self._begin_known(data):
            self._parse(data)
            if self._requests == before + 1 and not self._unended:
                self._remember(data)

    def _parse(self, data: bytes) -> None:
        before = self.headers
        super().data_received(data)
        if self._in_head and before is self.headers:  # nothing but more of one head came
            self._kept += len(data)
            if self._kept > limits.HEADER_BYTES and not self._refused:
                self._refused = True
                self.send_400_response("")

    def _begin_known(self, data: bytes) -> bool:
        """Begin the request that `data` is, when it is a whole one with a known head and none is being answered.

        The parser never sees it, and need not: it is between two requests before and after.
        """
        end = end_of_head(data)
        head = self._heads.find(data[:end])
        is_next = self._cycle is None or self._cycle.response_complete
        if head is None or len(data) != end + head.body_bytes or not is_next or self.transport.is_closing():
            return False
        self._unset_keepalive_if_required()
        self._requests += 1
        self._unended = False
        super().on_message_begin()
        self.headers = self.scope["headers"] = list(head.headers)
        self.scope["method"] = head.method
        self.scope["path"] = head.path
        self.scope["raw_path"] = head.raw_path
        self.scope["query_string"] = head.query_string
        self.cycle = Exchange(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        self.cycle.body += data[end:]
        self.cycle.more_body = False
        self.cycle.message_event.set()
        self._start_asgi_task(self.cycle, self.app)
        return True

    def _remember(self, data: bytes) -> None:
        """Keep the head of the one request that `data` is. Its task has not begun, so that its scope is untouched."""
        scope, end = self.scope, end_of_head(data)
        names = [name for name, _ in self.headers]
        length = dict(self.headers).get(b"content-length", b"0")
        if (
            self.cycle.keep_alive
            and scope["http_version"] == "1.1"
            and plain(data[:end], scope["method"].encode(), names, len(names))
            and length.isdigit()
            and int(length) == len(data) - end <= HIGH_WATER_LIMIT
        ):
            headers = list(self.headers)
            head = _Head(scope["method"], scope["path"], scope["raw_path"], scope["query_string"], headers, int(length))
            self._heads.keep(data[:end], head)

    def send_400_response(self, msg: str) -> None:
        if not self._refused:
            super().send_400_response(msg)
            return
        self.transport.write(_LARGE_HEAD)
        self.transport.close()
