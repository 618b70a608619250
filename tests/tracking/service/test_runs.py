"""Runs: their life, and what may be logged to them."""

import asyncio

import pytest

from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, Conflict, NotFound
from modelwright.core.events import events_of
from modelwright.tracking.model.batches import Batch, one_point
from modelwright.tracking.model.runs import NewRun, RunChange
from modelwright.tracking.service import experiments, runs
from modelwright.tracking.service.holds import FREE, Deletion
from tests.tracking.making import Point, log, log_params, new_experiment, new_run, whole
from tests.tracking.service.test_experiments import HoldsAll


def test_a_new_run_has_a_name_which_is_also_its_tag(db: Database) -> None:
    """Generated when none is given, and unlike the next one's in all likelihood."""
    run = whole(db, new_run(db))

    assert run.info.name
    assert [("mlflow.runName", run.info.name)] == run.tags


def test_two_different_names_at_creation_are_refused() -> None:
    """The name and the tag of a run are one thing."""
    with pytest.raises(BadInput, match="but with different values"):
        runs.checked(NewRun(name="a", tags={"mlflow.runName": "b"}))


def test_name_and_tag_stay_in_step(db: Database) -> None:
    """Whichever of them is changed, and by whichever request."""
    run_id = new_run(db)
    db.write_now(lambda tx: runs.change(tx, SYSTEM, run_id, RunChange(name="one")))
    first = whole(db, run_id)
    db.write_now(lambda tx: runs.set_tags(tx, SYSTEM, run_id, {"mlflow.runName": "two"}))
    second = whole(db, run_id)
    db.write_now(lambda tx: runs.log_batch(tx, SYSTEM, run_id, Batch(tags={"mlflow.runName": "three"})))
    third = whole(db, run_id)
    db.write_now(lambda tx: runs.set_tags(tx, SYSTEM, run_id, {"mlflow.runName": ""}))
    unnamed = whole(db, run_id)

    for name, run in (("one", first), ("two", second), ("three", third), ("three", unnamed)):
        assert (name, name) == (run.info.name, dict(run.tags)["mlflow.runName"])


def test_a_change_leaves_the_other_fields(db: Database) -> None:
    """An update names only what it changes."""
    run_id = new_run(db)
    db.write_now(lambda tx: runs.change(tx, SYSTEM, run_id, RunChange(status="FINISHED", end_ms=5)))
    info = db.write_now(lambda tx: runs.change(tx, SYSTEM, run_id, RunChange(name="n")))

    assert ("FINISHED", 5, "n") == (info.status, info.end_ms, info.name)


def test_a_param_keeps_its_first_value(db: Database) -> None:
    """The same value again is fine; another is refused, and nothing of its batch is stored."""
    run_id = new_run(db)
    log_params(db, run_id, a="1")
    log_params(db, run_id, a="1", b="2")

    with pytest.raises(BadInput, match="Changing param values is not allowed"):
        db.write_now(
            lambda tx: runs.log_batch(
                tx, SYSTEM, run_id, Batch(params={"c": "3", "a": "9"}, series=[one_point("m", 1.0, 1, 1)])
            )
        )
    with pytest.raises(BadInput, match="Changing param values is not allowed"):
        db.write_now(lambda tx: runs.log_param(tx, SYSTEM, run_id, "a", "9"))
    run = whole(db, run_id)
    assert [("a", "1"), ("b", "2")] == run.params
    assert [] == run.metrics


def test_of_racing_writers_of_a_param_one_wins(db: Database) -> None:
    """All others are refused, and the winner's value stands."""
    run_id = new_run(db)

    async def race() -> list[object]:
        writes = (
            db.write(lambda tx, value=str(n): runs.log_param(tx, SYSTEM, run_id, "k", value))  # type: ignore[misc]  # a default
            for n in range(16)
        )
        return await asyncio.gather(*writes, return_exceptions=True)

    results = asyncio.run(race())

    winners = [n for n, result in enumerate(results) if result is None]
    assert 1 == len(winners)
    assert all(isinstance(result, BadInput) for n, result in enumerate(results) if n not in winners)
    assert [("k", str(winners[0]))] == whole(db, run_id).params


def test_racing_writers_of_one_series_lose_no_point(db: Database) -> None:
    """Every point is there once, and the latest is the greatest step's."""
    run_id = new_run(db)

    async def race() -> None:
        await asyncio.gather(
            *(
                db.write(lambda tx, n=n: runs.log_points(tx, run_id, (one_point("m", n / 2, 1000 + n, n),)))  # type: ignore[misc]  # a default
                for n in range(200)
            )
        )

    asyncio.run(race())

    (metric,) = whole(db, run_id).metrics
    assert (199, 99.5, 200, 0.0, 99.5) == (metric.step, metric.value, metric.points, metric.least, metric.greatest)


@pytest.mark.parametrize("count", [3, 40])
def test_a_batch_of_many_series_is_one_write(db: Database, count: int) -> None:
    """Few series and many go different ways in the store, to the same end."""
    run_id = new_run(db)
    log(db, run_id, [Point(f"m{n}", n, 1) for n in range(count)])
    log(db, run_id, [Point(f"m{n}", n + 1, 1, 1) for n in range(count + 1)])

    found = {m.key: (m.step, m.value, m.points) for m in whole(db, run_id).metrics}
    assert {f"m{n}": (1, n + 1.0, 2 if n < count else 1) for n in range(count + 1)} == found


def test_a_deleted_run_takes_nothing_and_can_be_read(db: Database) -> None:
    """Until it is restored; deleting and restoring twice is as doing it once."""
    run_id = new_run(db)
    for _ in range(2):
        db.write_now(lambda tx: runs.delete(tx, SYSTEM, run_id, FREE))
    for write in (
        lambda: log(db, run_id, [Point("m", 1, 1)]),
        lambda: log_params(db, run_id, a="1"),
        lambda: db.write_now(lambda tx: runs.set_tags(tx, SYSTEM, run_id, {"a": "b"})),
        lambda: db.write_now(lambda tx: runs.change(tx, SYSTEM, run_id, RunChange(name="n"))),
    ):
        with pytest.raises(BadInput, match="Current state is deleted"):
            write()
    was = whole(db, run_id).info.lifecycle
    for _ in range(2):
        db.write_now(lambda tx: runs.restore(tx, SYSTEM, run_id))

    assert ("deleted", "active") == (was, whole(db, run_id).info.lifecycle)


def test_a_run_does_not_come_back_into_a_deleted_experiment(db: Database) -> None:
    """The experiment must be restored first, which brings the run along."""
    number = new_experiment(db)
    run_id = new_run(db, number)
    db.write_now(lambda tx: experiments.delete(tx, SYSTEM, number, FREE))

    with pytest.raises(BadInput, match="The experiment 1 must be"):
        db.write_now(lambda tx: runs.restore(tx, SYSTEM, run_id))


def test_a_held_run_stays(db: Database) -> None:
    """Unless the deletion is forced."""
    run_id = new_run(db)

    with pytest.raises(Conflict, match="models/fraud/versions/3"):
        db.write_now(lambda tx: runs.delete(tx, SYSTEM, run_id, Deletion([HoldsAll()])))
    assert "active" == whole(db, run_id).info.lifecycle


def test_an_unknown_run_is_not_found(db: Database) -> None:
    """By every way of writing."""
    for write in (
        lambda: log(db, "0" * 32, [Point("m", 1, 1)]),
        lambda: db.write_now(lambda tx: runs.delete(tx, SYSTEM, "0" * 32, FREE)),
        lambda: whole(db, "0" * 32),
    ):
        with pytest.raises(NotFound, match=r"Run with id=0{32} not found"):
            write()


def test_every_visible_change_moves_the_revision_on(db: Database) -> None:
    """So that an encoded copy of a run can be kept by it."""
    run_id = new_run(db)
    changes = (
        lambda: log(db, run_id, [Point("m", 1, 1)]),
        lambda: log_params(db, run_id, a="1"),
        lambda: db.write_now(lambda tx: runs.set_tags(tx, SYSTEM, run_id, {"t": "u"})),
        lambda: db.write_now(lambda tx: runs.delete_tag(tx, SYSTEM, run_id, "t")),
        lambda: db.write_now(lambda tx: runs.change(tx, SYSTEM, run_id, RunChange(status="FAILED"))),
        lambda: db.write_now(lambda tx: runs.delete(tx, SYSTEM, run_id, FREE)),
        lambda: db.write_now(lambda tx: runs.restore(tx, SYSTEM, run_id)),
    )
    seen = [whole(db, run_id).info.revision]
    for change in changes:
        change()
        seen.append(whole(db, run_id).info.revision)

    assert sorted(set(seen)) == seen


def test_points_are_no_events_and_everything_else_is(db: Database) -> None:
    """With what it was and what it became."""
    run_id = new_run(db)
    log(db, run_id, [Point("m", 1, 1)])
    log_params(db, run_id, a="1")
    db.write_now(lambda tx: runs.set_tags(tx, SYSTEM, run_id, {"t": "u"}))
    db.write_now(lambda tx: runs.change(tx, SYSTEM, run_id, RunChange(status="FAILED")))

    log_of_run = db.read_now(lambda tx: events_of(tx, f"runs/{run_id}", before_id=2**62, limit=10))[::-1]
    verbs = [event.name.rpartition(".")[2] for event in log_of_run]
    assert ["created", "params_logged", "tagged", "changed"] == verbs
    assert b'"before":{"status":"RUNNING"},"after":{"status":"FAILED"}' in bytes(log_of_run[-1].facts)
