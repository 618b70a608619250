"""Both ends of a connection without a network: fronts that are told requests, a transport that keeps what is said."""

from __future__ import annotations

from modelwright.serving.node.messages import Done, Request, Response


class Told:
    """A front that writes down what it is asked and answers each with its number."""

    body_bytes = 1000

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str, dict[bytes, bytes], bytes]] = []

    def begin(self, request: Request, done: Done) -> None:
        headers = dict(request.headers)
        self.requests.append((request.method, request.path, request.query, headers, bytes(request.body)))
        done(Response(200, b"%d" % len(self.requests)))


class Slow(Told):
    """As `Told`, but requests to /slow are answered when the test says so, by `answer`."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Done] = []

    def begin(self, request: Request, done: Done) -> None:
        if request.path == "/slow":
            self._waiting.append(done)
        else:
            super().begin(request, done)

    def answer(self) -> None:
        self._waiting.pop(0)(Response(200, b"slow"))


class Wire:
    """A transport that keeps what is written. `unread` is what its buffer is said to hold."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False
        self.ended = False
        self.reading = True
        self.unread = 0

    @property
    def hung_up(self) -> bool:
        return self.closed or self.ended

    @property
    def statuses(self) -> list[int]:
        """Of the answers so far, in their order."""
        return [int(one.split(b" ")[1]) for one in self.written]

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def get_write_buffer_size(self) -> int:
        return self.unread

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True
