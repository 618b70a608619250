"""Load and measurement: wrk, one patient client, memory, disk, start-up."""

import contextlib
import http.client
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import msgspec

LUA = Path(__file__).with_name("lua")


class Wrk(msgspec.Struct, frozen=True):
    """What wrk said of one burst of load."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def wrk(
    url: str, script: str, lines: list[str], *, connections: int, seconds: int, first_step: int, threads: int = 2
) -> Wrk:
    """Load `url` with benchmarks/lua/<script>.lua, which gets `lines` as its file of ids."""
    program = shutil.which("wrk")
    if program is None:
        sys.exit("The benchmark needs wrk: apt-get install wrk")
    ids = Path(os.environ.get("TMPDIR", "/tmp")) / f"bench-ids-{os.getpid()}"
    ids.write_text("\n".join(lines) + "\n")
    command = [
        program,
        "-t",
        str(min(threads, connections)),
        "-c",
        str(connections),
        "-d",
        f"{seconds}s",
        "--timeout",
        "60s",
    ]
    command += ["-s", str(LUA / f"{script}.lua"), url, "--", str(ids), str(first_step)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "WRK_LUA": str(LUA)})
    ids.unlink()
    line = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    return msgspec.json.decode(line, type=Wrk)


class Single:
    """One client on one connection that never waits for a delayed ACK (see README.md)."""

    def __init__(self, url: str) -> None:
        address = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600.0)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, body: object = None) -> tuple[float, bytes]:
        """Milliseconds until the last byte, and the bytes. Raises RuntimeError when the answer is not 200."""
        content = None if body is None else msgspec.json.encode(body)
        began = time.perf_counter()
        self._connection.request(method, path, content, {"Content-Type": "application/json"})
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        answer = self._connection.getresponse()
        if self._connection.sock is not None:
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        received = answer.read()
        took_ms = (time.perf_counter() - began) * 1e3
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{method} {path}: {answer.status} {received[:500]!r}")
        return took_ms, received

    def close(self) -> None:
        self._connection.close()


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of `values` lie, by nearest rank."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def memory_mb(pid: int) -> float:
    """Proportional set size of a process and all its descendants, in MB: shared pages are counted once."""
    return sum(pss_mb(one) for one in _family(pid))


def worked_s(pid: int) -> float:
    """Processor time that a process and its living descendants have used since they began, in seconds."""
    ticks = sum(int(ticks) for fields in _family(pid).values() for ticks in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> dict[int, list[str]]:
    """The fields behind the name in /proc/<pid>/stat of a process and all its descendants, by pid."""
    fields: dict[int, list[str]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            fields[int(stat.parent.name)] = stat.read_text().rpartition(")")[2].split()
    family, grew = {pid}, True
    while grew:
        more = {child for child, its in fields.items() if int(its[1]) in family} - family
        family |= more
        grew = bool(more)
    return {one: fields[one] for one in family if one in fields}


def disk_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def import_ms(python: Path | str, module: str, rounds: int = 9) -> float:
    """Median milliseconds that `import module` adds to starting Python."""

    def once(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([str(python), "-c", code], check=True, capture_output=True)
        return (time.perf_counter() - began) * 1e3

    once(f"import {module}")  # the first import compiles
    pairs = [(once("pass"), once(f"import {module}")) for _ in range(rounds)]
    return statistics.median(full for _, full in pairs) - statistics.median(empty for empty, _ in pairs)


def pss_mb(pid: int) -> float:
    """Proportional set size of one process, in MB; 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
