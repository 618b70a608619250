"""What the pages are measured on: many runs in one experiment, and one run with a long series, on both servers."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from benchmarks import seeds
from benchmarks.seeds import Rest, SeedRun

SERIES = "loss"
COMPARED = 10
# What the page has besides: a model of that name with one version, and a deployment of the version.
SERVED = "benched"


_MLMODEL = b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"


class Size(msgspec.Struct, frozen=True):
    """How much is seeded: runs of one experiment, and points of one series."""

    runs: int
    points: int


class Seeded(msgspec.Struct, frozen=True):
    """Ids on one server. `compared` are the latest runs of the experiment; the last of them is called `newest`."""

    experiment: str
    newest: str
    compared: list[str]
    long_run: str
    long_experiment: str


def _runs(size: Size) -> list[SeedRun]:
    # 26 final values and two points for each of four curves: the table reads the values, not the points.
    return list(seeds.seed_runs(size.runs, points_each=34))


def seed_ours(url: str, size: Size) -> Seeded:
    """All through REST."""
    rest = Rest(url)
    experiment = rest.experiment("many runs")
    ids = seeds.seed_by_rest(url, experiment, _runs(size))
    long_experiment = rest.experiment("long series")
    long_run = rest.run(long_experiment, SeedRun("long", seeds.DAY_MS, {}, {}, []))
    rest.series(long_run, SERIES, size.points)
    rest.post("registered-models/create", {"name": SERVED})
    serve(url, rest, ids[-1])
    rest.close()
    return Seeded(experiment, f"run {size.runs - 1}", ids[-COMPARED:], long_run, long_experiment)


def serve(url: str, rest: Rest, run_id: str) -> None:
    """Register files of the run as the first version of SERVED, and deploy it; no node is there to load it."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60.0) as http:
        file = {"path": "model/MLmodel"}
        http.put(f"/artifacts/runs/{run_id}/file", params=file, content=_MLMODEL).raise_for_status()
        version = {"name": SERVED, "source": f"runs:/{run_id}/model", "run_id": run_id}
        rest.post("model-versions/create", version)
        http.post("/deployments", json={"name": SERVED, "version": f"{SERVED}:1"}).raise_for_status()


def seed_theirs(url: str, database: Path, size: Size) -> Seeded:
    """Experiments through REST, rows into the file, as in the comparison of tracking (which checks that way)."""
    rest = Rest(url)
    experiment = rest.experiment("many runs")
    long_experiment = rest.experiment("long series")
    long_run = rest.run(long_experiment, SeedRun("long", seeds.DAY_MS, {}, {}, []))
    rest.close()
    seeds.seed_mlflow_file(database, experiment, _runs(size))
    seeds.series_into_mlflow_file(database, long_run, SERIES, size.points)
    with sqlite3.connect(database) as connection:
        found = connection.execute(
            "SELECT run_uuid FROM runs WHERE experiment_id = ? ORDER BY start_time DESC LIMIT ?",
            (int(experiment), COMPARED),
        ).fetchall()
    connection.close()
    return Seeded(experiment, f"run {size.runs - 1}", [run_id for (run_id,) in found], long_run, long_experiment)


def seeded_once(file: Path, seed: Callable[[], Seeded]) -> Seeded:
    """What an earlier call noted in `file`, or else what `seed` makes now: a second measurement need not seed again."""
    if not file.is_file():
        file.write_bytes(msgspec.json.encode(seed()))
    return msgspec.json.decode(file.read_bytes(), type=Seeded)
