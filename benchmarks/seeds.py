"""The runs that both servers are seeded with: made by a rule, so that both hold the same."""

import random
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec

DAY_MS = 1_700_000_000_000
PARAMS, FINAL_VALUES, CURVES = 30, 26, 4


class Point(msgspec.Struct, frozen=True):
    key: str
    value: float
    timestamp: int
    step: int


class SeedRun(msgspec.Struct, frozen=True):
    name: str
    start_ms: int
    params: dict[str, str]
    tags: dict[str, str]
    points: list[Point]


def seed_runs(count: int, *, points_each: int) -> Iterator[SeedRun]:
    """`count` runs of 30 params, 3 tags and 30 metrics: 26 final values and 4 curves that share the other points."""
    for i in range(count):
        chance = random.Random(i)
        params = {"p0": "ab"[i % 2]} | {f"p{k}": f"value {chance.randrange(100)}" for k in range(1, PARAMS)}
        points = [Point(f"m{k}", chance.random(), DAY_MS + i * 1000, 0) for k in range(FINAL_VALUES)]
        points += [
            Point(f"curve{at % CURVES}", chance.random(), DAY_MS + i * 1000 + at, at // CURVES)
            for at in range(points_each - FINAL_VALUES)
        ]
        tags = {"mlflow.user": "bench", "mlflow.source.name": "train.py", "mlflow.source.type": "LOCAL"}
        yield SeedRun(f"run {i}", DAY_MS + i * 1000, params, tags, points)


class Rest:
    """The few calls of the MLflow API that seeding and single-client rows need."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/2.0/mlflow/", timeout=300.0)

    def post(self, path: str, body: object) -> dict[str, object]:
        answer = self._http.post(path, content=msgspec.json.encode(body), headers={"Content-Type": "application/json"})
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:500]}")
        return dict(msgspec.json.decode(answer.content or b"{}"))

    def experiment(self, name: str) -> str:
        return str(self.post("experiments/create", {"name": name})["experiment_id"])

    def run(self, experiment: str, run: SeedRun) -> str:
        """Create and fill one run; its id."""
        made = self.post(
            "runs/create",
            {
                "experiment_id": experiment,
                "user_id": "bench",
                "run_name": run.name,
                "start_time": run.start_ms,
                "tags": _pairs(run.tags),
            },
        )
        run_id = str(made["run"]["info"]["run_id"])  # type: ignore[index]  # a run, or an error before this line
        first, *rest = [run.points[at : at + 900] for at in range(0, len(run.points), 900)] or [[]]
        self.post("runs/log-batch", {"run_id": run_id, "metrics": first, "params": _pairs(run.params)})
        for points in rest:
            self.post("runs/log-batch", {"run_id": run_id, "metrics": points})
        return run_id

    def series(self, run_id: str, key: str, count: int) -> None:
        """A long series of one metric, a thousand points per call."""
        for start in range(0, count, 1000):
            points = [Point(key, random.random(), DAY_MS + s, s) for s in range(start, min(start + 1000, count))]
            self.post("runs/log-batch", {"run_id": run_id, "metrics": points})

    def close(self) -> None:
        self._http.close()


def seed_by_rest(url: str, experiment: str, runs: Iterable[SeedRun], *, clients: int = 8) -> list[str]:
    """Create and fill `runs` through the API; their ids, in order."""
    rest = Rest(url)
    with ThreadPoolExecutor(clients) as pool:
        ids = list(pool.map(lambda run: rest.run(experiment, run), runs))
    rest.close()
    return ids


def seed_mlflow_file(database: Path, experiment: str, runs: Iterable[SeedRun]) -> None:
    """Write `runs` into the SQLite file of an MLflow server as its own code would (compared by `same_rows`)."""
    with sqlite3.connect(database, timeout=60.0) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for run in runs:
            _insert(connection, int(experiment), run)
    connection.close()


def series_into_mlflow_file(database: Path, run_id: str, key: str, count: int) -> None:
    """As `Rest.series`, straight into the file: through REST a million points take MLflow minutes."""
    with sqlite3.connect(database, timeout=60.0) as connection:
        rows = ((key, random.random(), DAY_MS + s, run_id, s, 0) for s in range(count))
        connection.executemany(_METRIC, rows)
        connection.execute(_LATEST, (key, random.random(), DAY_MS + count - 1, count - 1, 0, run_id))
    connection.close()


def same_rows(database: Path, left: str, right: str) -> bool:
    """Whether two experiments of one MLflow file hold the same rows, ids and places aside."""
    with sqlite3.connect(database) as connection:
        return _rows(connection, left) == _rows(connection, right)


_METRIC = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
_LATEST = "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"


def _insert(connection: sqlite3.Connection, experiment: int, run: SeedRun) -> None:
    run_id = uuid.uuid4().hex
    connection.execute(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
        " source_version, lifecycle_stage, artifact_uri, experiment_id)"
        " VALUES (?, ?, 'UNKNOWN', '', '', 'bench', 'RUNNING', ?, '', 'active', ?, ?)",
        (run_id, run.name, run.start_ms, f"mlflow-artifacts:/{experiment}/{run_id}/artifacts", experiment),
    )
    tags = {**run.tags, "mlflow.runName": run.name}
    connection.executemany(
        "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", [(k, v, run_id) for k, v in tags.items()]
    )
    connection.executemany(
        "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", [(k, v, run_id) for k, v in run.params.items()]
    )
    connection.executemany(_METRIC, [(p.key, p.value, p.timestamp, run_id, p.step, 0) for p in run.points])
    latest = {p.key: p for p in run.points}
    connection.executemany(_LATEST, [(p.key, p.value, p.timestamp, p.step, 0, run_id) for p in latest.values()])


def _rows(connection: sqlite3.Connection, experiment: str) -> dict[str, list[tuple[object, ...]]]:
    parts = {
        "runs": "name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,"
        " source_version, lifecycle_stage, length(artifact_uri), deleted_time",
        "tags": "t.key, t.value",
        "params": "t.key, t.value",
        "metrics": "t.key, t.value, t.timestamp, t.step, t.is_nan",
        "latest_metrics": "t.key, t.value, t.timestamp, t.step, t.is_nan",
    }
    found = {}
    for table, columns in parts.items():
        join = "" if table == "runs" else f" JOIN {table} AS t ON t.run_uuid = r.run_uuid"
        names = columns if table == "runs" else f"r.name, {columns}"
        query = f"SELECT {names} FROM runs AS r{join} WHERE r.experiment_id = ? ORDER BY {names}"
        found[table] = connection.execute(query, (experiment,)).fetchall()
    return found


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
