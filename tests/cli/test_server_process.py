"""Starting, waiting for and ending a server as a child."""

import sys
import time
from pathlib import Path

import pytest

from modelwright.cli.server_process import ServerDied, free_port, running

ANSWER = """
import http.server, subprocess, sys, pathlib
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[2]).write_text(str(child.pid))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_server_is_waited_for_and_ended_with_its_children(tmp_path: Path) -> None:
    """The block begins when /health answers; after it, neither the server nor its children live."""
    port, note = free_port(), tmp_path / "child"
    command = [sys.executable, "-c", ANSWER, str(port), str(note)]
    with running(command, url=f"http://127.0.0.1:{port}", log=tmp_path / "log") as server:
        assert server.process.poll() is None
        child = Path(f"/proc/{note.read_text()}/stat")
        assert child.exists()

    assert server.process.poll() is not None
    assert ends(child)


def ends(stat: Path) -> bool:
    """Whether the process of this /proc file goes away: a killed one takes a moment, an orphan waits to be reaped."""
    for _ in range(200):
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_server_that_dies_is_not_waited_for(tmp_path: Path) -> None:
    """The error holds the status and the last words."""
    command = [sys.executable, "-c", "import sys; sys.exit('no such database')"]
    url = f"http://127.0.0.1:{free_port()}"
    with (
        pytest.raises(ServerDied, match=r"(?s)status 1.*no such database"),
        running(command, url=url, log=tmp_path / "log"),
    ):
        pass


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """Patience has an end, and the silent process ends with it."""
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    url = f"http://127.0.0.1:{free_port()}"
    with (
        pytest.raises(ServerDied, match="no answer"),
        running(command, url=url, log=tmp_path / "log", timeout_s=0.3),
    ):
        pass
