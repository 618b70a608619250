"""How many one-row predictions a second, ours and others', on the same model file: `python -m
benchmarks.bench_serving_against_peers`.

Each peer runs in an environment of its own that uv builds; all are up together and are loaded in turn, so that they
share whatever else the machine does. A rate moves with the load of the moment; the processor time per request of the
whole process tree does not, and is what the ratios are best read from.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import sklearn
from rich.console import Console
from rich.table import Table

from benchmarks.load import Wrk, memory_mb, wrk
from benchmarks.serving_models import plain_bodies, split_bodies, train, v2_bodies, write

BODIES = 200
START_S = 600.0
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelwright" / "bench-envs"
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SKLEARN = f"scikit-learn=={sklearn.__version__}"

LITSERVE = """
import joblib, litserve, numpy
class Api(litserve.LitAPI):
    def setup(self, device): self.model = joblib.load("model.joblib")
    def decode_request(self, request): return request["input"]
    def predict(self, rows): return self.model.predict(numpy.array(rows))
    def encode_response(self, output): return {"output": int(output)}
if __name__ == "__main__":
    import sys
    litserve.LitServer(Api(max_batch_size=64, batch_timeout=0.002), accelerator="cpu").run(
        port=int(sys.argv[1]), generate_client_file=False, log_level="error")
"""


class Target(msgspec.Struct, frozen=True):
    """One server: how it starts on a port, what it is asked, and in which environment (None: ours)."""

    name: str
    path: str
    bodies: Callable[[int], list[str]]
    command: Callable[[Path, Path, int], list[str]]
    packages: tuple[str, ...] | None = None
    prepare: Callable[[Path, int], None] = lambda _folder, _port: None


def ours(engine: str, *, ledger: bool) -> Target:
    told = "ledger" if ledger else "none"
    name = f"ours, {engine}" + (", everything on" if ledger else "")
    command = lambda _python, folder, port: [  # noqa: E731  # one line of a table
        *(sys.executable, "-m", "benchmarks.serving_node", str(folder), str(port), engine, told)
    ]
    return Target(name, "/v2/models/model/infer", v2_bodies, command)


def litserve_program(folder: Path, _port: int) -> None:
    (folder / "serve.py").write_text(LITSERVE)


def mlserver_settings(folder: Path, port: int) -> None:
    settings = {"parallel_workers": 0, "http_port": port, "grpc_port": port + 1000, "metrics_port": port + 2000}
    (folder / "settings.json").write_text(json.dumps(settings))
    model = {
        "name": "model",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "./model.joblib"},
        "max_batch_size": 64,
        "max_batch_time": 0.002,
    }
    (folder / "model-settings.json").write_text(json.dumps(model))


TARGETS = (
    ours("auto", ledger=True),
    ours("auto", ledger=False),
    ours("native", ledger=True),
    Target(
        "mlflow models serve",
        "/invocations",
        split_bodies,
        lambda python, folder, port: [
            *(str(python.with_name("mlflow")), "models", "serve", "-m", str(folder), "-p", str(port)),
            *("--env-manager", "local", "-w", "1"),
        ],
        ("mlflow==3.17.2", SKLEARN),
    ),
    Target(
        "MLServer, batching 64/2 ms",
        "/v2/models/model/infer",
        v2_bodies,
        lambda python, folder, _port: [str(python.with_name("mlserver")), "start", str(folder)],
        ("mlserver==1.7.1", "mlserver-sklearn==1.7.1", "uvloop<0.22", SKLEARN),
        mlserver_settings,
    ),
    Target(
        "LitServe, batch 64/2 ms",
        "/predict",
        plain_bodies,
        lambda python, _folder, port: [str(python), "serve.py", str(port)],
        ("litserve==0.2.19", "joblib", SKLEARN),
        litserve_program,
    ),
)


def environment(packages: tuple[str, ...]) -> Path:
    """The interpreter of an environment with these packages, made once."""
    home = CACHE / "-".join(one.replace("/", "_") for one in packages)[:120]
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        subprocess.run(["uv", "venv", "--quiet", "--clear", str(home)], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *packages], check=True)
        (home / "complete").touch()
    return python


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(target: Target, port: int) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", target.path, target.bodies(1)[0], {"Content-Type": "application/json"})
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


@contextlib.contextmanager
def running(target: Target, folder: Path) -> Iterator[tuple[int, int, float]]:
    """Process id, port, and the seconds from start to first answer."""
    port = free_port()
    target.prepare(folder, port)
    python = Path(sys.executable) if target.packages is None else environment(target.packages)
    began = time.perf_counter()
    log = folder / "server.log"
    process = subprocess.Popen(
        target.command(python, folder, port),
        cwd=Path.cwd() if target.packages is None else folder,
        env={**os.environ, **THREADS, "PATH": f"{python.parent}:{os.environ['PATH']}"},
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        while not answers(target, port):
            if process.poll() is not None or time.perf_counter() - began > START_S:
                raise RuntimeError(f"{target.name} does not start: {log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.1)
        yield process.pid, port, time.perf_counter() - began
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def cpu_s(group: int) -> float:
    """Processor seconds of all processes of a session, which is the tree that one target started."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def burst(target: Target, pid: int, port: int, *, connections: int, seconds: int) -> tuple[Wrk, float]:
    before = cpu_s(pid)
    url = f"http://127.0.0.1:{port}{target.path}"
    done = wrk(url, "predict", target.bodies(BODIES), connections=connections, seconds=seconds, first_step=0)
    return done, (cpu_s(pid) - before) / max(done.requests, 1) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=["forest", "logistic"], default="forest")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--only", default="", help="targets whose name contains one of these words, split by commas")
    options = parser.parse_args()
    console = Console(width=140)
    table = Table("target", "start s", "MB", "req/s", "p50 ms", "p99 ms", "CPU us/req", "failed")
    chosen = [one for one in TARGETS if any(word in one.name for word in options.only.split(","))]
    with tempfile.TemporaryDirectory() as kept, contextlib.ExitStack() as stack:
        model = train(options.model)
        up = []
        for number, target in enumerate(chosen):
            folder = Path(kept) / str(number)
            write(folder, model)
            console.print(f"starting {target.name}")
            up.append((target, *stack.enter_context(running(target, folder))))
        found: dict[str, list[tuple[Wrk, float]]] = {}
        for _ in range(options.rounds):
            for target, pid, port, _ in up:
                one = burst(target, pid, port, connections=options.connections, seconds=options.seconds)
                found.setdefault(target.name, []).append(one)
        for target, pid, _, start_s in up:
            bursts = found[target.name]
            table.add_row(
                target.name,
                f"{start_s:.1f}",
                f"{memory_mb(pid):.0f}",
                f"{statistics.median(one.per_second for one, _ in bursts):,.0f}",
                f"{statistics.median(one.p50_ms for one, _ in bursts):.2f}",
                f"{statistics.median(one.p99_ms for one, _ in bursts):.1f}",
                f"{statistics.median(cpu for _, cpu in bursts):,.0f}",
                str(sum(one.failed for one, _ in bursts)),
            )
    console.print(table)


if __name__ == "__main__":
    main()
