"""Starting a server as a child process, waiting until it answers, and ending it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from modelwright.core.errors import ModelwrightError

_STARTS_S = 300.0  # a machine that is busy, or whose disk is slow, is no fault of the server


class ServerDied(ModelwrightError):
    """The child ended, or never answered; the message holds the end of what it printed."""


class ServerProcess(msgspec.Struct, frozen=True):
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_healthy(self, timeout_s: float = _STARTS_S) -> None:
        """Return once `GET /health` answers 200; raise ServerDied when it does not."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise ServerDied(f"the server ended with status {self.process.returncode}:\n{self._tail()}")
            if _answers(self.url):
                return
            time.sleep(0.02)
        raise ServerDied(f"no answer from {self.url}/health within {timeout_s:g} s:\n{self._tail()}")

    def stop(self, timeout_s: float = 20.0) -> int:
        """End the server and everything it started; the exit status of the server itself."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()
        _signal_group(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    def kill(self) -> None:
        """As a power cut would: SIGKILL to the server and all its children."""
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


@contextmanager
def running(
    command: Sequence[str], *, url: str, log: Path, env: Mapping[str, str] | None = None, timeout_s: float = _STARTS_S
) -> Iterator[ServerProcess]:
    """`command` as a child that answers at `url`, until the block ends. Raises ServerDied.

    It gets a process group of its own, so that Ctrl-C in the terminal reaches only us.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - commands are put together by our own code
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    server = ServerProcess(url, process, log)
    try:
        server.wait_until_healthy(timeout_s)
        yield server
    finally:
        server.stop()


def modelwright_command(home: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "modelwright", "server", "--home", str(home), "--port", str(port), *more]


@contextmanager
def modelwright_server(
    home: Path, *more: str, port: int | None = None, env: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """Our server on 127.0.0.1, over `home`, until the block ends."""
    home.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    log = home.parent / f"{home.name}-{port}.log"
    command = modelwright_command(home, port, *more)
    with running(command, url=f"http://127.0.0.1:{port}", log=log, env=env) as server:
        yield server


def free_port() -> int:
    """A port nobody listens on at this moment; another process may still take it first."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    # Not httpx: a client of its own per question would spend the time of the server that is starting.
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=2.0)
    try:
        connection.request("GET", f"{address.path}/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _signal_group(pid: int, what: signal.Signals) -> None:
    try:
        os.killpg(pid, what)
    except (ProcessLookupError, PermissionError):
        # The group is gone already; a zombie's group answers EPERM on some systems.
        return
