"""The key of hashed columns is one, whoever comes first."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from modelwright.core.errors import ModelwrightError, Unavailable
from modelwright.serving.model import Segment
from modelwright.serving.node.segments import Refused, Segments
from modelwright.serving.node.shipping import Shipper, ledger_key
from tests.serving.node.test_segments import batch


def test_nodes_that_start_together_have_one_key(tmp_path: Path) -> None:
    """None of them reads half of it, and nobody else may read it at all."""
    path = tmp_path / "node" / "ledger.key"
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(ledger_key, [path] * 64))

    assert {32} == {len(key) for key in keys}
    assert keys == {ledger_key(path)}
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (413, Refused), (401, Unavailable), (503, Unavailable)])
def test_only_a_segment_s_own_fault_is_held_against_it(
    tmp_path: Path, status: int, error: type[ModelwrightError]
) -> None:
    """A server that is away or wants another token says nothing of a segment: the others wait with it.

    It is brought under the name of the node that wrote it, whatever that is called now.
    """
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path.partition("?")[0])
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    before = Segments(tmp_path, node="one", key=b"k")
    before.write(batch())
    before.close()
    ledger = Segments(tmp_path, node="two", key=b"k")
    seen: list[Segment] = []
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        shipper = Shipper(ledger, f"http://127.0.0.1:{server.server_port}")

        def send(segment: Segment, body: bytes) -> None:
            seen.append(segment)
            shipper.send(segment, body)

        with pytest.raises(error):
            ledger.ship(send)
        shipper.close()
        server.shutdown()
        thread.join()

    assert 1 == len(seen)
    assert {"/api/v1/nodes/one/segments"} == set(asked)
