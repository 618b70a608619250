"""A real server for browsers, and how Chromium is started."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

# The same browser without its own window, whose drawing took a third of the time; Debian packs both.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",  # the tests may run as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
]

_BUILT = Path(__file__).parents[2] / "src/modelwright/web/index.html"
_COMMAND = (sys.executable, "-m", "modelwright", "server")
_STARTS_S = 300  # a busy machine is not a fault


@contextlib.contextmanager
def running_server(home: Path, *options: str) -> Iterator[str]:
    """The address of a server on a free port, which ends with the block."""
    assert _BUILT.is_file(), "the page is not built; run `uv sync` without MODELWRIGHT_UI=skip"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*_COMMAND, "--home", str(home), "--port", str(port), "--no-local-node", *options],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(url, server, home / "server.log")
            yield url
        finally:
            server.terminate()
            server.wait(60)


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_S
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            httpx.get(f"{url}/ready", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server was not ready after {_STARTS_S} s: {log.read_text()}")
