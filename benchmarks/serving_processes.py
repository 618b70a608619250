"""Starting servers, loading them, counting what they use, and ending them with all that they started."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.load import Wrk, pss_mb, wrk
from benchmarks.serving_targets import Target

BODIES = 200
# Ray takes 35 s on two quiet cores.
START_S = 240.0
BUILD_S = 900.0
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelwright" / "bench-envs"
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# Ray would find `uv run` among its parents, and start its workers through that, in our project and not in their own;
# and it gives up on its own processes after half a minute, which a busy machine takes.
QUIRKS = {"RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0", "RAY_raylet_start_wait_time_s": "200"}
# Every process that a server starts inherits this, unless it is given an environment of its own.
MARK = "MODELWRIGHT_BENCH_TARGET"


class CannotRun(RuntimeError):
    """A server that does not start here; the message says why."""


class Burst(msgspec.Struct, frozen=True):
    """What wrk saw, and the processor time per request of all of the server's processes, in microseconds."""

    wrk: Wrk
    cpu_us: float


def environment(packages: tuple[str, ...], python: str) -> Path:
    """The interpreter of an environment with these packages, made once and kept under the user's cache."""
    which = hashlib.sha256("\n".join((python, *packages)).encode()).hexdigest()[:12]
    home = CACHE / f"{packages[0].partition('=')[0].partition('[')[0]}-{which}"
    made = home / "bin" / "python"
    if not (home / "complete").exists():
        for command in (
            ("uv", "venv", "--quiet", "--clear", "--python", python, str(home)),
            ("uv", "pip", "install", "--quiet", "--python", str(made), *packages),
        ):
            _build(command)
        (home / "complete").touch()
    return made


def _build(command: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotRun(f"its environment cannot be made: {error}") from error
    if done.returncode:
        raise CannotRun(f"its environment cannot be made: {done.stderr.strip()[-300:]}")


def free_port() -> int:
    """One of three free ports in a row: some servers open more than one."""
    while True:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            for more in (1, 2):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port + more))
            return port


class Running:
    """A started server."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        self.port = free_port()
        target.prepare(folder, self.port)
        python = Path(sys.executable)
        if target.packages is not None:
            python = environment(target.packages, target.python)
        self._mark = uuid.uuid4().hex
        self._log = folder.with_suffix(".log")  # beside the folder: a node serves all that is in it
        self._began = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                target.command(python, folder, self.port),
                cwd=Path.cwd() if target.packages is None else folder,
                env={
                    **os.environ,
                    **THREADS,
                    **QUIRKS,
                    "PATH": f"{python.parent}:{os.environ['PATH']}",
                    MARK: self._mark,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.start_s = 0.0

    def wait(self) -> None:
        """Returns at the first answer; raises CannotRun with the server's last words."""
        body = self.target.bodies(1)[0]
        while not self._answers(body):
            late = time.perf_counter() - self._began > START_S
            if late or self._process.poll() is not None:
                words = self._log.read_text(errors="replace").strip()[-3000:].replace(str(Path.home()), "~")
                raise CannotRun(f"no answer within {START_S:.0f} s: {words}" if late else f"it ended: {words}")
            time.sleep(0.02)
        self.start_s = time.perf_counter() - self._began

    def _answers(self, body: str) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("POST", self.target.path, body, {"Content-Type": "application/json"})
            return connection.getresponse().status == http.HTTPStatus.OK
        return False

    def family(self) -> set[int]:
        """All processes that this server is made of: its descendants, and what carries its mark."""
        parents: dict[int, int] = {}
        found = {self._process.pid}
        mark = f"{MARK}={self._mark}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                pid = int(folder.name)
                parents[pid] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if mark in (folder / "environ").read_bytes():
                    found.add(pid)
        grew = True
        while grew:
            more = {child for child, parent in parents.items() if parent in found} - found
            found |= more
            grew = bool(more)
        return found

    def cpu_s(self) -> float:
        """Processor seconds of the family so far, with those of its members that have ended and were waited for."""
        ticks = 0
        for pid in self.family():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += sum(int(one) for one in fields[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        return sum(pss_mb(pid) for pid in self.family())

    def burst(
        self, *, connections: int = 64, seconds: int = 3, path: str = "", bodies: list[str] | None = None
    ) -> Burst:
        before = self.cpu_s()
        url = f"http://127.0.0.1:{self.port}{path or self.target.path}"
        asked = bodies or self.target.bodies(BODIES)
        done = wrk(url, "predict", asked, connections=connections, seconds=seconds, first_step=0, threads=1)
        return Burst(done, (self.cpu_s() - before) / max(done.requests, 1) * 1e6)

    def end(self) -> None:
        for pid in self.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()


@contextlib.contextmanager
def running(target: Target, models: Path) -> Iterator[Running]:
    """`target` over a copy of its model's folder under `models`, from its first answer until the end of the block."""
    with tempfile.TemporaryDirectory(dir=models, prefix="run-", ignore_cleanup_errors=True) as kept:
        folder = Path(kept)
        for file in (models / target.model).iterdir():
            (folder / file.name).hardlink_to(file)
        server = Running(target, folder)
        try:
            server.wait()
            yield server
        finally:
            server.end()
