"""One connection: uvicorn's, with a limit on the head of a request.

Uvicorn's fast parser keeps whatever headers come until they end, so that one client that never ends them takes all
memory.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from modelwright.core import limits

_TOO_LARGE = f"the headers are larger than {limits.HEADER_BYTES} bytes".encode()
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_TOO_LARGE), _TOO_LARGE)
)


class Connection(HttpToolsProtocol):
    """Answers 431 when the headers of a request exceed `limits.HEADER_BYTES`, and closes."""

    _in_head = False
    _kept = 0
    _refused = False

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
