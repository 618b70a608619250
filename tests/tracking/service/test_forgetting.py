"""Removing for good: what goes, what stays, and why."""

import pytest
from sqlalchemy import func, select

from modelwright.artifacts import service as artifacts
from modelwright.artifacts.blobs import Placed
from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.errors import BadInput, NotFound
from modelwright.tracking.model.datasets import uses
from modelwright.tracking.model.logged_models import NewLoggedModel
from modelwright.tracking.model.runs import DatasetInput, ModelUse
from modelwright.tracking.service import datasets, experiments, forgetting, logged_models, runs
from modelwright.tracking.service.holds import FREE, Deletion
from modelwright.tracking.store import tables
from tests.tracking.making import Point, log, log_params, new_experiment, new_run, whole
from tests.tracking.service.test_experiments import HoldsAll

LATER = 2**60
ALL = (
    tables.params,
    tables.tags,
    tables.series,
    tables.chunks,
    tables.datasets,
    tables.run_datasets,
    tables.run_dataset_tags,
    tables.run_models,
    tables.runs,
    tables.logged_models,
)
COUNTS = {table.name: Sql(select(func.count()).select_from(table)) for table in ALL}


def counts(db: Database) -> dict[str, int]:
    return db.read_now(lambda tx: {name: tx.value(sql) for name, sql in COUNTS.items()})


def full_run(db: Database, experiment_id: int) -> str:
    """A run with one of everything."""
    run_id = new_run(db, experiment_id)
    log(db, run_id, [Point("m", 1, 1)])
    log_params(db, run_id, a="1")
    said = uses(
        [
            DatasetInput(
                name="d", digest="1", source_type="code", source="{}", schema=None, profile=None, tags={"k": "v"}
            )
        ],
        [ModelUse(model_id="m-1", step=0)],
    )
    db.write_now(lambda tx: datasets.log_inputs(tx, SYSTEM, run_id, said))
    placed = Placed(digest=f"sha256:{'0' * 64}", size=3)
    db.write_now(lambda tx: artifacts.enter(tx, SYSTEM, f"runs/{run_id}", "a.txt", placed))
    return run_id


def test_a_deleted_experiment_goes_with_all_that_is_in_it(db: Database) -> None:
    """And its name is free again, its number never; what is in another experiment stays."""
    number, other = new_experiment(db), new_run(db)
    run_id = full_run(db, number)
    new = NewLoggedModel(experiment_id=number)
    db.write_now(lambda tx: logged_models.create(tx, SYSTEM, new))
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))
    done = forgetting.forget_deleted(db, SYSTEM, before_ms=LATER, deletion=FREE)

    assert ([run_id], [number], []) == (done.runs, done.experiments, done.kept)
    assert {"runs": 1, "tags": 1} == {name: count for name, count in counts(db).items() if count}
    assert [] == db.read_now(lambda tx: artifacts.files(tx, f"runs/{run_id}"))
    assert "active" == whole(db, other).info.lifecycle
    assert number < new_experiment(db)


def test_what_was_deleted_lately_stays(db: Database) -> None:
    """Until the time that was asked for has passed."""
    run_id = new_run(db)
    db.write_now(lambda tx: runs.delete(tx, SYSTEM, run_id, FREE))
    done = forgetting.forget_deleted(db, SYSTEM, before_ms=1, deletion=FREE)

    assert [] == done.runs
    assert "deleted" == whole(db, run_id).info.lifecycle


def test_what_is_held_stays_and_is_named(db: Database) -> None:
    """Together with the experiment that it is in."""
    number = new_experiment(db)
    run_id = new_run(db, number)
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))
    done = forgetting.forget_deleted(db, SYSTEM, before_ms=LATER, deletion=Deletion([HoldsAll()]))

    assert ([], []) == (done.runs, done.experiments)
    assert "models/fraud/versions/3" in done.kept[0]
    assert "deleted" == whole(db, run_id).info.lifecycle


def test_only_the_deleted_can_be_forgotten(db: Database) -> None:
    """Nothing goes for good in one step, and the default experiment never."""
    run_id = new_run(db)

    with pytest.raises(BadInput, match="delete it first"):
        db.write_now(lambda tx: forgetting.forget_run(tx, SYSTEM, run_id, FREE))
    with pytest.raises(BadInput, match="cannot be deleted for good"):
        db.write_now(lambda tx: forgetting.forget_experiment(tx, SYSTEM, 0, FREE))


def test_forgetting_twice_is_as_forgetting_once(db: Database) -> None:
    """Two servers may do it at the same time."""
    run_id = new_run(db)
    db.write_now(lambda tx: runs.delete(tx, SYSTEM, run_id, FREE))
    for _ in range(2):
        db.write_now(lambda tx: forgetting.forget_run(tx, SYSTEM, run_id, FREE))

    with pytest.raises(NotFound):
        whole(db, run_id)
