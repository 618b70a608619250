"""Background jobs: durable, at least once, one open job for each key."""

import time
from functools import partial

import pytest
from sqlalchemy import update

from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import WriteTx
from modelwright.core.jobs import Job, Runner, enqueue, job_counts, jobs, latest_jobs

LEASE_ENDS = Sql(update(jobs).values(lease_until_ms=1))
DUE_NOW = Sql(update(jobs).values(run_after_ms=1))


def test_asking_twice_is_asking_once_while_the_job_is_open(db: Database) -> None:
    """A second request for an open job adds nothing; after it is done, a new one can be asked for."""
    done: list[Job] = []
    runner = Runner(db, {"sweep": lambda _, job: done.append(job)})
    for _ in range(3):
        db.write_now(lambda tx: enqueue(tx, "sweep", "all", {"n": 1}))

    assert [True, False] == [runner.run_due(), runner.run_due()]
    db.write_now(lambda tx: enqueue(tx, "sweep", "all"))
    assert runner.run_due()
    assert ['{"n":1}', "null"] == [job.payload for job in done]
    assert {"sweep": {"done": 2}} == db.read_now(job_counts)


def test_a_job_asked_for_in_a_failing_transaction_is_not_asked_for(db: Database) -> None:
    """The job is part of the change that wants it."""

    def fail(tx: WriteTx) -> None:
        enqueue(tx, "sweep", "all")
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the very error raised above
        db.write_now(fail)
    assert {} == db.read_now(job_counts)


def test_a_job_whose_runner_died_is_taken_again(db: Database) -> None:
    """A killed process leaves a lease; when it ends, another runner takes the job."""
    taken: list[int] = []

    def die(_: Database, job: Job) -> None:
        taken.append(job.attempts)
        if len(taken) == 1:
            raise SystemExit  # as if the process were killed: nothing settles the job

    db.write_now(lambda tx: enqueue(tx, "sweep", "all"))
    with pytest.raises(SystemExit):
        Runner(db, {"sweep": die}).run_due()
    assert not Runner(db, {"sweep": die}).run_due()

    db.write_now(lambda tx: tx.run(LEASE_ENDS))
    assert Runner(db, {"sweep": die}).run_due()
    assert [0, 1] == taken


def test_a_failing_job_is_tried_again_and_finally_given_up(db: Database) -> None:
    """Each failure is kept in words; after eight tries the job stays failed."""

    def fail(_: Database, job: Job) -> None:
        raise RuntimeError(f"no luck {job.attempts}")

    runner = Runner(db, {"sweep": fail})
    db.write_now(lambda tx: enqueue(tx, "sweep", "all"))
    for _ in range(8):
        db.write_now(lambda tx: tx.run(DUE_NOW))
        assert runner.run_due()

    (job,) = db.read_now(lambda tx: latest_jobs(tx, limit=10))
    assert ("failed", 8, "RuntimeError: no luck 7") == (job.state, job.attempts, job.error)
    assert not runner.run_due()


def test_a_runner_works_in_the_background_until_it_is_closed(db: Database) -> None:
    """Started once, it finds jobs by itself."""
    done: list[str] = []
    runner = Runner(db, {"sweep": lambda _, job: done.append(job.key)})
    runner.start()
    for key in "abc":
        db.write_now(partial(enqueue, kind="sweep", key=key))
    while len(done) < 3:
        time.sleep(0.01)
    runner.close()

    assert ["a", "b", "c"] == sorted(done)
