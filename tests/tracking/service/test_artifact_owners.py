"""Who among runs and logged models has artifacts here, and takes more."""

import pytest

from modelwright.core.auth import local_user
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, NotFound
from modelwright.tracking.model.logged_models import NewLoggedModel
from modelwright.tracking.model.runs import NewRun
from modelwright.tracking.service import experiments, logged_models, runs
from modelwright.tracking.service.artifact_owners import TrackedOwners
from modelwright.tracking.service.holds import FREE

ANN = local_user("ann")


def new_run(db: Database, location: str | None = None) -> str:
    """The id of a run in an experiment of its own."""
    number = db.write_now(lambda tx: experiments.create(tx, ANN, f"in {location}", location, {}))
    return db.write_now(lambda tx: runs.create(tx, ANN, runs.checked(NewRun(experiment_id=number)))).id


def location(db: Database, owner: str, *, writing: bool) -> str:
    return db.read_now(lambda tx: TrackedOwners().location(tx, owner, writing=writing))


def test_a_run_takes_files_until_it_is_deleted(db: Database) -> None:
    """What is there stays readable."""
    id_ = new_run(db)
    before = location(db, f"runs/{id_}", writing=True)
    db.write_now(lambda tx: runs.delete(tx, ANN, id_, FREE))

    assert before.startswith("mlflow-artifacts:/")
    assert before.endswith(f"/{id_}/artifacts")
    assert before == location(db, f"runs/{id_}", writing=False)
    with pytest.raises(BadInput, match="active"):
        location(db, f"runs/{id_}", writing=True)


def test_a_logged_model_takes_files_until_it_is_deleted(db: Database) -> None:
    """As a run does."""
    model = db.write_now(lambda tx: logged_models.create(tx, ANN, NewLoggedModel(experiment_id=0)))
    owner = f"logged-models/{model.id}"
    before = location(db, owner, writing=True)
    db.write_now(lambda tx: logged_models.delete(tx, ANN, model.id, FREE))

    assert f"mlflow-artifacts:/0/models/{model.id}/artifacts" == before
    assert before == location(db, owner, writing=False)
    with pytest.raises(NotFound):
        location(db, owner, writing=True)


@pytest.mark.parametrize("owner", ["runs/" + "0" * 32, "logged-models/m-" + "0" * 32, "models/fraud", "runs"])
def test_nobody_else_has_artifacts(db: Database, owner: str) -> None:
    """Neither what does not exist nor what is of another kind."""
    with pytest.raises(NotFound):
        location(db, owner, writing=False)


def test_a_store_of_the_clients_is_not_touched(db: Database) -> None:
    """The server neither reads nor writes where a client keeps its artifacts by itself."""
    id_ = new_run(db, "s3://bucket/path")

    for writing in (True, False):
        with pytest.raises(BadInput, match="s3://bucket/path"):
            location(db, f"runs/{id_}", writing=writing)
