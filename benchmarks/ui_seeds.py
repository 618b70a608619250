"""What the pages are measured on: many runs in one experiment, and one run with a long series, on both servers."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks import seeds
from benchmarks.seeds import Rest, SeedRun

SERIES = "loss"
COMPARED = 10


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
    rest.close()
    return Seeded(experiment, f"run {size.runs - 1}", ids[-COMPARED:], long_run, long_experiment)


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
