"""Short words for what the room's tests need most."""

from typing import NamedTuple

from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.tracking.model.batches import Batch, gather
from modelwright.tracking.model.runs import NewRun, Run
from modelwright.tracking.service import experiments, runs, whole_runs


class Point(NamedTuple):
    """A point as a request carries it."""

    key: str
    value: float
    timestamp: int
    step: int = 0


def new_experiment(db: Database, name: str = "trials") -> int:
    return db.write_now(lambda tx: experiments.create(tx, SYSTEM, name, None, {}))


def new_run(db: Database, experiment_id: int = 0, **tags: str) -> str:
    new = runs.checked(NewRun(experiment_id=experiment_id, tags=tags))
    return db.write_now(lambda tx: runs.create(tx, SYSTEM, new)).id


def log(db: Database, run_id: str, points: list[Point]) -> None:
    """In one request, as log-batch does."""
    batch = Batch(series=gather(points))
    db.write_now(lambda tx: runs.log_batch(tx, SYSTEM, run_id, batch))


def log_params(db: Database, run_id: str, **params: str) -> None:
    db.write_now(lambda tx: runs.log_batch(tx, SYSTEM, run_id, Batch(params=params)))


def whole(db: Database, run_id: str) -> Run:
    return db.read_now(lambda tx: whole_runs.get(tx, run_id))
