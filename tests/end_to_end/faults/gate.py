"""What lies between a node and its server, and stops where the test wants to look."""

from __future__ import annotations

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

PATIENCE_S = 300.0


class Hold(Protocol):
    """A place where something stands still once `close` was called, until `open` is."""

    def close(self) -> None: ...

    def open(self) -> None: ...

    @property
    def reached(self) -> bool: ...


class FileHold:
    """A place in another process, told by files."""

    def __init__(self, folder: Path, name: str) -> None:
        self._mark, self._open = folder / f"{name}.reached", folder / f"{name}.open"
        self.open()

    def close(self) -> None:
        self._open.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)

    def open(self) -> None:
        self._open.touch()

    @property
    def reached(self) -> bool:
        return self._mark.exists()


class Pass:
    """A place in this process."""

    def __init__(self) -> None:
        self._open, self._reached = threading.Event(), threading.Event()
        self._open.set()

    def close(self) -> None:
        self._reached.clear()
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    @property
    def reached(self) -> bool:
        return self._reached.is_set()

    def through(self) -> None:
        if not self._open.is_set():
            self._reached.set()
            self._open.wait(PATIENCE_S)


class Gateway:
    """Listens at `url` for a node and asks `server`, a host and port, in its name."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.news, self.file, self.half, self.report, self.shipped = Pass(), Pass(), Pass(), Pass(), Pass()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                gateway.carry(self)

            do_POST = do_GET  # noqa: N815 - the name that the standard library looks for

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library has it
                """Nobody reads it."""

        self._server = server
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        for one in (self.news, self.file, self.half, self.report, self.shipped):
            one.open()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def carry(self, asked: BaseHTTPRequestHandler) -> None:
        """One request there and its answer back; either end may be killed meanwhile."""
        body = asked.rfile.read(int(asked.headers.get("content-length", 0)))
        if "/blobs/" in asked.path:
            self.file.through()
        if asked.path.endswith("/reports"):
            self.report.through()
        try:
            status, headers, answer = self._answer(asked, body)
        except (OSError, http.client.HTTPException):
            asked.close_connection = True
            return
        if "/desired" in asked.path and answer:
            self.news.through()
        if "/segments" in asked.path:
            self.shipped.through()
        with contextlib.suppress(OSError):
            asked.send_response(status)
            for name, value in headers:
                asked.send_header(name, value)
            asked.end_headers()
            middle = len(answer) // 2 if "/blobs/" in asked.path else 0
            asked.wfile.write(answer[:middle])
            if middle:
                self.half.through()
            asked.wfile.write(answer[middle:])

    def _answer(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self._server, timeout=PATIENCE_S)
        try:
            named = {name: value for name, value in asked.headers.items() if name.lower() != "host"}
            connection.request(asked.command, asked.path, body, named)
            found = connection.getresponse()
            answer = found.read()
            kept = [one for one in found.getheaders() if one[0].lower() in {"content-type", "content-encoding"}]
            length = [] if found.status == http.HTTPStatus.NO_CONTENT else [("content-length", str(len(answer)))]
            return found.status, [*kept, *length], answer
        finally:
            connection.close()
