"""How fast and how small is tracking, against MLflow's own server? See README.md.

python -m benchmarks.bench_tracking_against_mlflow [--quick] [--rounds N] [--mlflow-workers N]
"""

import argparse
import contextlib
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks import load, report, seeds
from benchmarks.load import Single, Wrk, wrk
from benchmarks.report import Row
from modelwright.cli import client_env
from modelwright.cli.server_process import ServerProcess, free_port, modelwright_server, running

ROOT = Path(__file__).parents[1]


class Size(msgspec.Struct, frozen=True):
    """How much is seeded and how long is measured."""

    rounds: int
    seconds: int
    big_runs: int
    points_each: int
    history: int
    long_series: int


FULL = Size(rounds=5, seconds=5, big_runs=20_000, points_each=400, history=100_000, long_series=1_000_000)
QUICK = Size(rounds=2, seconds=2, big_runs=1_000, points_each=400, history=20_000, long_series=200_000)


class Side(msgspec.Struct):
    """One of the two servers and what it was seeded with."""

    name: str
    server: ServerProcess
    folder: Path
    empty: str = ""  # an experiment to write into
    writers: list[str] = []
    small: str = ""
    small_runs: list[str] = []
    big: str = ""
    history_run: str = ""
    long_run: str = ""

    @property
    def url(self) -> str:
        return self.server.url


class Pair(msgspec.Struct):
    ours: Side
    theirs: Side
    size: Size
    next_step: int = 0

    def burst(self, side: Side, script: str, lines: list[str], *, connections: int = 16) -> Wrk:
        self.next_step += 10_000_000
        seconds = self.size.seconds
        return wrk(side.url, script, lines, connections=connections, seconds=seconds, first_step=self.next_step)


def rate(
    pair: Pair,
    name: str,
    script: str,
    lines: Callable[[Side], list[str]],
    *,
    times: float,
    connections: int = 16,
    p99_under_ms: float | None = None,
) -> Row:
    """Requests per second under load, in alternating rounds."""
    ours: list[Wrk] = []
    theirs: list[Wrk] = []
    for _ in range(pair.size.rounds):
        for side, found in ((pair.ours, ours), (pair.theirs, theirs)):
            found.append(pair.burst(side, script, lines(side), connections=connections))
    return Row(
        name=name,
        unit="/s",
        more_is_better=True,
        times=times,
        ours=[one.per_second for one in ours],
        theirs=[one.per_second for one in theirs],
        side=[one.p99_ms for one in ours] if p99_under_ms else [],
        side_name="p99 ms" if p99_under_ms else "",
        side_at_most=p99_under_ms,
        failed_ours=sum(one.failed for one in ours),
        failed_theirs=sum(one.failed for one in theirs),
    )


def latency(
    pair: Pair,
    name: str,
    ask: Callable[[Single, Side], float],
    *,
    repeats: tuple[int, int] = (20, 3),
    share: float = 0.5,
    times: float | None = None,
    at_most: float | None = None,
) -> Row:
    """Milliseconds at one client, in alternating rounds; `repeats` per round of ours and of theirs."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(pair.size.rounds):
        for side, found, count in ((pair.ours, ours, repeats[0]), (pair.theirs, theirs, repeats[1])):
            single = Single(side.url)
            ask(single, side)  # the first answer warms caches on both
            found.append(load.percentile([ask(single, side) for _ in range(count)], share))
            single.close()
    return Row(name=name, unit="ms", more_is_better=False, ours=ours, theirs=theirs, times=times, at_most=at_most)


def search(experiment: str) -> dict[str, object]:
    return {
        "experiment_ids": [experiment],
        "filter": "metrics.m0 > 0.25 AND params.p0 = 'a'",
        "order_by": ["metrics.m0 DESC"],
        "max_results": 100,
    }


def ask_search(single: Single, side: Side) -> float:
    took, body = single.ask("POST", "/api/2.0/mlflow/runs/search", search(side.big))
    found = len(msgspec.json.decode(body)["runs"])
    if found != 100:
        raise RuntimeError(f"{side.name} found {found} runs instead of 100")
    return took


def ask_history(size: Size) -> Callable[[Single, Side], float]:
    def ask(single: Single, side: Side) -> float:
        path = f"/api/2.0/mlflow/metrics/get-history?run_id={side.history_run}&metric_key=long"
        took, body = single.ask("GET", path)
        found = len(msgspec.json.decode(body)["metrics"])
        if found != size.history:
            raise RuntimeError(f"{side.name} returned {found} points instead of {size.history}")
        return took

    return ask


def ask_sampled(single: Single, side: Side) -> float:
    path = "/api/2.0/mlflow/metrics/get-history-bulk-interval"
    took, _ = single.ask("GET", f"{path}?run_ids={side.long_run}&metric_key=long&max_results=2000")
    return took


def under_load(pair: Pair) -> Iterator[Row]:
    yield rate(pair, "log-metric", "log_metric", lambda s: s.writers, times=30, p99_under_ms=20)
    yield rate(pair, "log-batch of 1,000 metrics", "log_batch", lambda s: s.writers, times=15, connections=8)
    yield rate(pair, "create run", "create_run", lambda s: [s.empty], times=40)
    yield rate(pair, "get run with 30 params, 30 metrics", "get_run", lambda s: s.small_runs, times=40)
    yield rate(pair, "search 300 runs, 100 returned", "search", lambda s: [s.small], times=100)


def at_one_client(pair: Pair) -> Iterator[Row]:
    size = pair.size
    points = size.big_runs * size.points_each
    name = f"search {size.big_runs:,} runs, {points:,} points, p95"
    yield latency(pair, name, ask_search, repeats=(40, 5), share=0.95, times=30, at_most=15)
    name = f"{size.history:,} points back"
    yield latency(pair, name, ask_history(size), repeats=(5, 1), times=30)
    name = f"{size.long_series:,} points down-sampled to 2,000"
    yield latency(pair, name, ask_sampled, repeats=(20, 1), at_most=30)


def seed(pair: Pair) -> None:
    """The small experiment through REST on both; the big one by the fastest honest way of each."""
    size = pair.size
    for side in (pair.ours, pair.theirs):
        rest = seeds.Rest(side.url)
        side.empty = rest.experiment("written by the load")
        writers = [seeds.SeedRun(f"writer {i}", seeds.DAY_MS, {}, {}, []) for i in range(16)]
        side.writers = [rest.run(side.empty, run) for run in writers]
        side.small = rest.experiment("small")
        side.small_runs = seeds.seed_by_rest(side.url, side.small, seeds.seed_runs(300, points_each=30), clients=4)
        side.big = rest.experiment("big")
        quiet = seeds.SeedRun("series", seeds.DAY_MS, {}, {}, [])
        side.history_run, side.long_run = (rest.run(side.empty, quiet) for _ in range(2))
        rest.close()
        tell(f"seeded the small experiment of {side.name}")
    check_the_short_cut(pair.theirs)
    big = seeds.seed_runs(size.big_runs, points_each=size.points_each)
    database = pair.theirs.folder / "mlflow.db"
    seeds.seed_mlflow_file(database, pair.theirs.big, big)
    seeds.series_into_mlflow_file(database, pair.theirs.history_run, "long", size.history)
    seeds.series_into_mlflow_file(database, pair.theirs.long_run, "long", size.long_series)
    tell("seeded the big experiment of MLflow, into its file")
    big = seeds.seed_runs(size.big_runs, points_each=size.points_each)
    seeds.seed_by_rest(pair.ours.url, pair.ours.big, big)
    rest = seeds.Rest(pair.ours.url)
    rest.series(pair.ours.history_run, "long", size.history)
    rest.series(pair.ours.long_run, "long", size.long_series)
    rest.close()
    tell("seeded the big experiment of Modelwright, through REST")


def check_the_short_cut(theirs: Side) -> None:
    """Writing MLflow's file makes the rows that its server makes; otherwise the comparison would be void."""
    rest = seeds.Rest(theirs.url)
    by_rest, by_file = rest.experiment("seeded by REST"), rest.experiment("seeded by file")
    rest.close()
    runs = list(seeds.seed_runs(5, points_each=400))
    seeds.seed_by_rest(theirs.url, by_rest, runs, clients=1)
    database = theirs.folder / "mlflow.db"
    seeds.seed_mlflow_file(database, by_file, runs)
    if not seeds.same_rows(database, by_rest, by_file):
        sys.exit("the rows written into MLflow's file differ from those its server writes: the comparison is void")


def tell(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


@contextlib.contextmanager
def mlflow_server(python: Path, folder: Path, workers: int | None = None) -> Iterator[ServerProcess]:
    """`mlflow server` as its documentation starts it: SQLite, artifacts served, default workers unless given."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        *(str(python.with_name("mlflow")), "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        *("--serve-artifacts", "--artifacts-destination", str(folder / "artifacts")),
        # On a busy machine uvicorn takes a worker that is still importing for dead and starts over, for ever.
        *("--uvicorn-opts", "--timeout-worker-healthcheck 300"),
        *(("--workers", str(workers)) if workers else ()),
    ]
    env, log = client_env.quiet(), folder / "mlflow.log"
    with running(command, url=f"http://127.0.0.1:{port}", log=log, env=env, timeout_s=900.0) as server:
        yield server


def start_up(
    name: str, start: Callable[[], contextlib.AbstractContextManager[ServerProcess]], rounds: int
) -> list[float]:
    """Milliseconds from the start of the process to the first answer, on data that are already there."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        with start():
            found.append((time.perf_counter() - began) * 1e3)
    tell(f"{name} started in {statistics.median(found):.0f} ms")
    return found


def sizes(pair: Pair) -> Iterator[Row]:
    """Disk and memory, once both have come to rest."""
    size = pair.size
    points = size.big_runs * size.points_each + size.history + size.long_series
    yield Row(
        name=f"disk per point, {points:,} points in the runs above",
        unit="bytes",
        more_is_better=False,
        times=8,
        ours=[settled_bytes(pair.ours) / points],
        theirs=[settled_bytes(pair.theirs) / points],
    )


def settled_bytes(side: Side, *, patience_s: float = 900.0) -> int:
    """The size of a server's folder once for 20 s it has not changed and the server has not worked.

    Compaction works in the background, and gives room back at its end only.
    """
    until = time.monotonic() + patience_s
    quiet, before = 0, (-1, 0.0)
    while quiet < 4 and time.monotonic() < until:
        now = load.disk_bytes(side.folder), load.worked_s(side.server.process.pid)
        is_quiet = now[0] == before[0] and now[1] - before[1] < 0.5
        quiet, before = quiet + 1 if is_quiet else 0, now
        time.sleep(5.0)
    tell(f"{side.name} has come to rest" if quiet == 4 else f"{side.name} still works after {patience_s:.0f} s")
    return before[0]


def side_by_side(python: Path, folder: Path, size: Size, workers: int | None) -> Iterator[Row]:
    """Both servers up, seeded alike, and loaded in turns."""
    with (
        modelwright_server(folder / "ours") as our_server,
        mlflow_server(python, folder / "theirs", workers) as their_server,
    ):
        pair = Pair(
            Side("Modelwright", our_server, folder / "ours"), Side("MLflow", their_server, folder / "theirs"), size
        )
        seed(pair)
        for part in (sizes, at_one_client, under_load):
            yield from part(pair)


def processes(python: Path, folder: Path, rounds: int, workers: int | None) -> Iterator[Row]:
    """Starting, idling and importing: fresh servers, without the load of the other rows behind them."""

    def ours() -> contextlib.AbstractContextManager[ServerProcess]:
        return modelwright_server(folder / "fresh-ours")

    def theirs() -> contextlib.AbstractContextManager[ServerProcess]:
        return mlflow_server(python, folder / "fresh-theirs", workers)

    start_up("Modelwright", ours, 1)
    start_up("MLflow", theirs, 1)
    yield Row(
        name="start to first answer",
        unit="ms",
        more_is_better=False,
        at_most=1000,
        ours=start_up("Modelwright", ours, rounds),
        theirs=start_up("MLflow", theirs, rounds),
    )
    idle = []
    for start in (ours, theirs):
        with start() as server:
            time.sleep(20.0)
            idle.append(load.memory_mb(server.process.pid))
    yield Row(
        name="memory of the idle server, all processes",
        unit="MB",
        more_is_better=False,
        at_most=150,
        ours=idle[:1],
        theirs=idle[1:],
    )
    yield Row(
        name="import modelwright (import mlflow)",
        unit="ms",
        more_is_better=False,
        at_most=60,
        ours=[load.import_ms(sys.executable, "modelwright")],
        theirs=[load.import_ms(python, "mlflow", rounds=3)],
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="small seeds, short rounds: for a look")
    asked.add_argument("--rounds", type=int, help="alternating rounds per row")
    asked.add_argument("--mlflow-workers", type=int, help="instead of MLflow's default of four")
    arguments = asked.parse_args()
    workers = arguments.mlflow_workers
    size = QUICK if arguments.quick else FULL
    if arguments.rounds:
        size = msgspec.structs.replace(size, rounds=arguments.rounds)
    python = client_env.ensure(ROOT / ".envs", tell=tell)
    random.seed(0)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed server has its bytecode, as MLflow's here has
    busy = os.getloadavg()[0]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        parts = (side_by_side(python, folder, size, workers), processes(python, folder, size.rounds, workers))
        for row in itertools.chain(*parts):
            tell(" | ".join(row.cells()))
            rows.append(row)
    facts = report.machine() | {
        "mlflow": client_env.version_of("mlflow"),
        "mlflow workers": str(workers or "default"),
        "load of the machine before": f"{busy:.1f} processes",
        "measured": time.strftime("%Y-%m-%d"),
    }
    report.show(rows, facts)
    report.write("tracking_against_mlflow" + ("_quick" if arguments.quick else ""), rows, facts)
    sys.exit(0 if all(row.met for row in rows) else 1)


if __name__ == "__main__":
    main()
