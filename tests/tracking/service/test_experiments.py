"""Experiments: their names, their life, and what of their runs goes and comes with them."""

import pytest

from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import AlreadyExists, BadInput, Conflict, NotFound
from modelwright.core.events import events_of
from modelwright.tracking.model.runs import NewRun
from modelwright.tracking.service import experiments, runs
from modelwright.tracking.service.holds import FREE, Deletion
from tests.tracking.making import new_experiment, new_run, whole


class HoldsAll:
    """A room above to which every run matters."""

    def holding_runs(self, tx: ReadTx, run_ids: list[str]) -> list[str]:
        return ["models/fraud/versions/3"]

    def holding_logged_models(self, tx: ReadTx, model_ids: list[str]) -> list[str]:
        return ["models/fraud/versions/3"]


def names(db: Database, experiment_id: int) -> list[str]:
    subject = f"experiments/{experiment_id}"
    return [e.name for e in db.read_now(lambda tx: events_of(tx, subject, before_id=2**62, limit=100))][::-1]


def test_experiment_0_exists_from_the_start(db: Database) -> None:
    """Clients that name no experiment log into `Default`, which has the server's own artifact location."""
    default = db.read_now(lambda tx: experiments.get(tx, 0))

    assert ("Default", "mlflow-artifacts:/0", "active") == (default.name, default.artifact_location, default.lifecycle)


def test_the_first_new_experiment_is_number_1(db: Database) -> None:
    """Numbers go on after 0, and the default location has the number in it."""
    number = new_experiment(db)

    assert 1 == number
    assert "mlflow-artifacts:/1" == db.read_now(lambda tx: experiments.get(tx, number)).artifact_location


def test_a_name_is_taken_once(db: Database) -> None:
    """Also by a deleted experiment, and then the error says how to have it back."""
    number = new_experiment(db, "a")
    with pytest.raises(AlreadyExists, match="already exists"):
        new_experiment(db, "a")
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))

    with pytest.raises(AlreadyExists, match="deleted state"):
        new_experiment(db, "a")


def test_renaming_onto_a_taken_name_is_refused(db: Database) -> None:
    """The experiment keeps its name."""
    new_experiment(db, "a")
    number = new_experiment(db, "b")

    with pytest.raises(AlreadyExists):
        db.write_now(lambda tx: experiments.rename(tx, SYSTEM, number, "a"))
    assert "b" == db.read_now(lambda tx: experiments.get(tx, number)).name


def test_a_deleted_experiment_takes_nothing(db: Database) -> None:
    """No run, no tag and no new name; but it can be read by id and by name."""
    number = new_experiment(db)
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))

    with pytest.raises(BadInput, match="must be in the 'active' state"):
        new_run(db, number)
    with pytest.raises(BadInput, match="must be in the 'active' state"):
        db.write_now(lambda tx: experiments.set_tag(tx, SYSTEM, number, "k", "v"))
    with pytest.raises(Conflict, match="Cannot rename"):
        db.write_now(lambda tx: experiments.rename(tx, SYSTEM, number, "other"))
    assert "deleted" == db.read_now(lambda tx: experiments.get_by_name(tx, "trials")).lifecycle


def test_deleting_twice_and_restoring_the_active_are_not_found(db: Database) -> None:
    """As MLflow's clients expect."""
    number = new_experiment(db)
    with pytest.raises(NotFound):
        db.write_now(lambda tx: experiments.restore(tx, SYSTEM, number))
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))

    with pytest.raises(NotFound):
        db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))


def test_runs_go_and_come_back_with_their_experiment(db: Database) -> None:
    """A run that was deleted on its own before stays deleted when the experiment is restored."""
    number = new_experiment(db)
    kept, gone = new_run(db, number), new_run(db, number)
    db.write_now(lambda tx: runs.delete(tx, SYSTEM, gone, FREE))
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))
    between = whole(db, kept).info.lifecycle
    db.write_now(lambda tx: experiments.restore(tx, SYSTEM, number))

    assert ("deleted", "active", "deleted") == (
        between,
        whole(db, kept).info.lifecycle,
        whole(db, gone).info.lifecycle,
    )


def test_an_experiment_whose_run_is_held_stays(db: Database) -> None:
    """Unless the deletion is forced; the error names what holds it."""
    number = new_experiment(db)
    new_run(db, number)

    with pytest.raises(Conflict, match="models/fraud/versions/3"):
        db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, Deletion([HoldsAll()])))
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, Deletion([HoldsAll()], forced=True)))
    assert "deleted" == db.read_now(lambda tx: experiments.get(tx, number)).lifecycle


def test_tags_are_set_replaced_and_deleted(db: Database) -> None:
    """Deleting one that is not there is not found."""
    number = new_experiment(db)
    for value in ("1", "2"):
        db.write_now(lambda tx, v=value: experiments.set_tag(tx, SYSTEM, number, "k", v))  # type: ignore[misc]  # a default
    tags = db.read_now(lambda tx: experiments.get(tx, number)).tags
    db.write_now(lambda tx: experiments.delete_tag(tx, SYSTEM, number, "k"))

    assert {"k": "2"} == tags
    with pytest.raises(NotFound, match="No tag with name: k"):
        db.write_now(lambda tx: experiments.delete_tag(tx, SYSTEM, number, "k"))


def test_every_change_is_an_event(db: Database) -> None:
    """In the order in which they happened; setting a tag to what it is changes nothing."""
    number = new_experiment(db)
    for _ in range(2):
        db.write_now(lambda tx: experiments.set_tag(tx, SYSTEM, number, "k", "v"))
    db.write_now(lambda tx: experiments.rename(tx, SYSTEM, number, "new"))
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))
    db.write_now(lambda tx: experiments.restore(tx, SYSTEM, number))

    verbs = ["created", "tagged", "renamed", "deleted", "restored"]
    assert [f"tracking.experiment.{verb}" for verb in verbs] == names(db, number)


def test_those_where_a_run_began_last_come_first(db: Database) -> None:
    """Whenever they were made themselves; deleted runs do not count, and those without runs come last."""
    old, new, empty = (new_experiment(db, name) for name in ("old", "new", "empty"))

    def begin(experiment: int, start_ms: int) -> str:
        run = runs.checked(NewRun(experiment_id=experiment, start_ms=start_ms, tags={}))
        return db.write_now(lambda tx: runs.create(tx, SYSTEM, run)).id

    begin(new, 1_000)
    begin(old, 2_000)
    gone = begin(new, 3_000)
    db.write_now(lambda tx: runs.delete(tx, SYSTEM, gone, FREE))

    def first(words: str, limit: int) -> tuple[list[int], int]:
        found = db.read_now(lambda tx: experiments.lately_used(tx, words, "active", limit=limit))
        return [one.id for one in found.experiments], found.total

    assert ([old, new, empty], 4) == first("", 3)
    assert ([new], 1) == first("NEW", 3)
