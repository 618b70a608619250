"""Background work that survives a crash.

A job is a row: `enqueue` writes it in the transaction of the change that asks for it, a runner takes it under a
lease, and a job whose runner died is taken again when the lease ends. So a handler runs at least once and must be
idempotent. One open job per (kind, key): asking twice is asking once.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Table,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)

from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.schema import PrimaryKey, metadata, unique_where
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx

_LEASE_MS: Final = 60_000
_IDLE_S: Final = 1.0
_ATTEMPTS: Final = 8
_BACK_OFF_MS: Final = 1000
_OPEN = "state IN ('waiting', 'running')"

_log = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of background work. `state` is waiting, running, done or failed."""

    id: int
    kind: str
    key: str
    payload: str
    state: str
    attempts: int
    run_after_ms: int
    error: str | None
    created_ms: int
    updated_ms: int


Handler = Callable[[Database, Job], None]

jobs = Table(
    "jobs",
    metadata,
    Column("id", PrimaryKey, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("run_after_ms", BigInteger, nullable=False),
    Column("lease_until_ms", BigInteger, nullable=False),
    Column("error", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Index("ix_jobs_due", "state", "run_after_ms"),
    unique_where("uq_jobs_open", "kind", "key", where=_OPEN),
)

_ENQUEUE = Sql(
    lambda insert: (
        insert(jobs)
        .values(
            kind=bindparam("kind"),
            key=bindparam("key"),
            payload=bindparam("payload"),
            state="waiting",
            attempts=0,
            run_after_ms=bindparam("run_after_ms"),
            lease_until_ms=0,
            created_ms=bindparam("now_ms"),
            updated_ms=bindparam("now_ms"),
        )
        .on_conflict_do_nothing(index_elements=["kind", "key"], index_where=text(_OPEN))
    )
)
_COLUMNS = tuple(jobs.c[name] for name in Job.__struct_fields__)
_DUE = Sql(
    lambda _: (
        select(*_COLUMNS)
        .where(
            jobs.c.run_after_ms <= bindparam("now_ms"),
            in_list(jobs.c.kind, "kinds"),
            or_(
                jobs.c.state == "waiting",
                and_(jobs.c.state == "running", jobs.c.lease_until_ms < bindparam("now_ms")),
            ),
        )
        .order_by(jobs.c.run_after_ms, jobs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )  # SQLite has one writer and leaves this out
)
_TAKE = Sql(
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .values(
        state="running",
        attempts=jobs.c.attempts + 1,
        lease_until_ms=bindparam("lease_ms"),
        updated_ms=bindparam("at_ms"),
    )
)
_SETTLE = Sql(
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .values(
        state=bindparam("to"),
        error=bindparam("why"),
        run_after_ms=bindparam("after_ms"),
        lease_until_ms=0,
        updated_ms=bindparam("at_ms"),
    )
)
_RENEW = Sql(
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"), jobs.c.state == "running")
    .values(lease_until_ms=bindparam("lease_ms"))
)
_LIST = Sql(select(*_COLUMNS).order_by(jobs.c.id.desc()).limit(bindparam("limit")))
_COUNTS = Sql(select(jobs.c.kind, jobs.c.state, func.count()).group_by(jobs.c.kind, jobs.c.state))


def enqueue(tx: WriteTx, kind: str, key: str, payload: Any = None, *, run_after_ms: int | None = None) -> None:
    """Ask for a job in this transaction; nothing happens when one of this kind and key is already open."""
    now = now_ms()
    tx.run(
        _ENQUEUE,
        kind=kind,
        key=key,
        payload=msgspec.json.encode(payload).decode(),
        run_after_ms=now if run_after_ms is None else run_after_ms,
        now_ms=now,
    )


def latest_jobs(tx: ReadTx, *, limit: int) -> list[Job]:
    """Newest first."""
    return tx.structs(Job, _LIST, limit=limit)


def job_counts(tx: ReadTx) -> dict[str, dict[str, int]]:
    """How many jobs there are, by kind and state."""
    counts: dict[str, dict[str, int]] = {}
    for kind, state, count in tx.all(_COUNTS):
        counts.setdefault(kind, {})[state] = count
    return counts


def renew(tx: WriteTx, job: Job) -> None:
    """Keep others from taking a job that takes long; a handler calls this well within every lease."""
    tx.run(_RENEW, job_id=job.id, lease_ms=now_ms() + _LEASE_MS)


class Runner:
    """A thread that runs due jobs of the kinds that it has handlers for, one at a time, until it is closed."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler]) -> None:
        self._database = database
        self._handlers = handlers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_due(self) -> bool:
        """Run one due job, if there is one. False when nothing is due."""
        job = self._database.write_now(lambda tx: _take(tx, list(self._handlers)))
        if job is None:
            return False
        try:
            self._handlers[job.kind](self._database, job)
        except Exception as error:  # noqa: BLE001 - the job edge: a job that fails is recorded and tried again
            _log.exception("job failed", extra={"kind": job.kind, "key": job.key})
            self._settle(job, error)
        else:
            self._settle(job, None)
        return True

    def _settle(self, job: Job, error: Exception | None) -> None:
        now = now_ms()
        state, after = "done", job.run_after_ms
        if error is not None:
            state = "failed" if job.attempts + 1 >= _ATTEMPTS else "waiting"
            after = now + _BACK_OFF_MS * 2**job.attempts
        why = None if error is None else f"{type(error).__name__}: {error}"
        self._database.write_now(
            lambda tx: tx.run(_SETTLE, job_id=job.id, to=state, why=why, after_ms=after, at_ms=now)
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            ran = False
            # The job edge: a database that is away for a moment must not end the runner.
            with contextlib.suppress(Exception):
                ran = self.run_due()
            if not ran:
                self._stop.wait(_IDLE_S)


def _take(tx: WriteTx, kinds: list[str]) -> Job | None:
    now = now_ms()
    job = tx.struct(Job, _DUE, now_ms=now, kinds=kinds)
    if job is not None:
        tx.run(_TAKE, job_id=job.id, lease_ms=now + _LEASE_MS, at_ms=now)
    return job
