"""What the server does by itself for the ledger: old segments become Parquet, what is kept no longer goes."""

import importlib.util
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput, ModelwrightError, Unavailable
from modelwright.core.jobs import Handler, Job, enqueue
from modelwright.serving.model import Made, Segment
from modelwright.serving.service import ledger
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import ledger as store
from modelwright.serving.store import nodes as node_store

COMPACT: Final = "serving.ledger.compact"
PUBLISH: Final = "serving.ledger.publish"
EXPIRE: Final = "serving.ledger.expire"
SWEEP: Final = "serving.ledger.sweep"

WINDOWS_DAYS: Final = 30
"""How long the counts of routes are kept, from which timelines are drawn."""

_HOUR_MS: Final = 3_600_000
_LATE_MS: Final = 600_000
"""An hour of the ledger is merged this long after its end: by then its segments have been sealed and sent."""

_PATIENCE_MS: Final = 3_600_000
"""How long bytes stay that the index does not name: who was given a segment's name a moment ago may still read it."""

_LOOK_S: Final = 300.0
_CHILD: Final = (sys.executable, "-m", "modelwright.serving.batch.compaction")
_DELTA_CHILD: Final = (sys.executable, "-m", "modelwright.serving.batch.delta")
_CHILD_S: Final = 3600
_FILES_AT_ONCE: Final = 200

_log = logging.getLogger(__name__)

Merge = Callable[[list[Segment]], list[Made]]
"""Stores Parquet files with all rows of the segments, and says what they are."""


Bring = Callable[[str, list[Segment], int | None], list[str]]
"""Brings Parquet segments into a deployment's Delta table, and takes out rows from before a time; names what is in."""


def begun_before(at_ms: int) -> int:
    """The beginning of the first hour that is not to be merged yet."""
    at_ms -= _LATE_MS
    return at_ms - at_ms % _HOUR_MS


def merger(url: str, incoming: Path) -> Merge:
    """Merging in a child process over the ledger's blobs at `url`, so that the server's memory and threads are free.

    Raises Unavailable with the child's words when it fails.
    """

    def merge(segments: list[Segment]) -> list[Made]:
        asked = {"ledger": url, "incoming": str(incoming), "segments": segments}
        said = _told_by(_CHILD, asked, "segments of the ledger could not be merged")
        return msgspec.json.decode(said, type=list[Made])

    return merge


def bringer(url: str, incoming: Path, delta: str) -> Bring:
    """As `merger`, for Delta tables below the URL `delta`, each with its deployment's name.

    Raises BadInput for a URL of another kind than those of blobs, and when the library is not there.
    """
    try:
        open_blobs(delta, incoming)
    except BadInput as error:
        raise BadInput(f"ledger_delta: {error}") from error
    if importlib.util.find_spec("deltalake") is None:
        raise BadInput("Delta tables need deltalake: pip install 'modelwright[delta]'")

    def bring(deployment: str, segments: list[Segment], keep_from_ms: int | None) -> list[str]:
        asked = {
            "ledger": url,
            "incoming": str(incoming),
            "table": f"{delta.rstrip('/')}/{deployment}",
            "segments": segments,
            "keep_from_ms": keep_from_ms,
        }
        said = _told_by(_DELTA_CHILD, asked, f"the Delta table of {deployment} could not be written")
        return msgspec.json.decode(said, type=list[str])

    return bring


def _told_by(command: Sequence[str], asked: object, failed: str) -> bytes:
    done = subprocess.run(  # noqa: S603 - our own command
        command, input=msgspec.json.encode(asked), capture_output=True, timeout=_CHILD_S, check=False
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it was killed"]
        raise Unavailable(f"{failed}: {words[0]}")
    return done.stdout


def handlers(blobs: Blobs, merge: Merge, bring: Bring | None = None) -> Mapping[str, Handler]:
    """Who does the ledger's jobs; a job's key is a deployment's name, but for sweeping."""

    def sweep_now(db: Database, job: Job) -> None:
        _log.info("swept the ledger", extra={"blobs": sweep(db, blobs, at_ms=_asked_ms(job))})

    found: dict[str, Handler] = {
        COMPACT: lambda db, job: compact(db, merge, job.key, before_ms=begun_before(_asked_ms(job))),
        EXPIRE: lambda db, job: expire(db, job.key, at_ms=_asked_ms(job)),
        SWEEP: sweep_now,
    }
    if bring is not None:
        found[PUBLISH] = lambda db, job: publish(db, bring, job.key, at_ms=_asked_ms(job))
    return found


def _asked_ms(job: Job) -> int:
    return msgspec.json.decode(job.payload, type=int)


def compact(db: Database, merge: Merge, deployment: str, *, before_ms: int) -> None:
    """Let Parquet files take the place of the Arrow segments that began before then.

    New files are stored first, then the index changes in one transaction, and the old bytes are swept much later: a
    kill anywhere leaves every row where it can be read, once.
    """
    for group in db.read_now(lambda tx: ledger.due(tx, deployment, before_ms=before_ms)):
        made = merge(group)
        db.write_now(lambda tx: ledger.merge(tx, group, made))  # noqa: B023 - used at once


def publish(db: Database, bring: Bring, deployment: str, *, at_ms: int) -> None:
    """Bring the deployment's Parquet files into its Delta table, and take out of it what is kept no longer."""
    keep_from_ms = db.read_now(lambda tx: ledger.keeps_from(tx, deployment, at_ms=at_ms))
    while True:
        segments = db.read_now(lambda tx: store.unpublished(tx, deployment, limit=_FILES_AT_ONCE))
        names = bring(deployment, segments, keep_from_ms)
        db.write_now(lambda tx: store.publish(tx, names, at_ms))  # noqa: B023 - used at once
        if len(segments) < _FILES_AT_ONCE:
            return


def expire(db: Database, deployment: str, *, at_ms: int) -> None:
    """Forget what the deployment keeps no longer, and counts of routes that nobody draws any more."""
    db.write_now(lambda tx: ledger.expire(tx, deployment, at_ms=at_ms))
    db.write_now(lambda tx: node_store.drop_windows(tx, before_ms=at_ms - WINDOWS_DAYS * ledger.DAY_MS))


def sweep(db: Database, blobs: Blobs, *, at_ms: int) -> int:
    """Delete bytes that the index has not named for a while; how many blobs."""
    named = db.read_now(store.digests)
    old = [one.digest for one in blobs.scan() if one.modified_ms < at_ms - _PATIENCE_MS and one.digest not in named]
    taken = 0
    for digest in old:
        taken += db.write_now(lambda tx: not store.holds(tx, digest) and blobs.delete(digest))  # noqa: B023 - used at once
    blobs.sweep_spools(at_ms - 24 * _PATIENCE_MS)
    return taken


class Keeper:
    """A thread that asks for the ledger's jobs when they are due, until it is closed."""

    def __init__(self, db: Database, *, publishes: bool = False) -> None:
        """`publishes`: whether there are Delta tables to keep up with."""
        self._db = db
        self._publishes = publishes
        self._can_merge = importlib.util.find_spec("pyarrow") is not None
        self._swept_ms = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-keeper", daemon=True)

    def start(self) -> None:
        if not self._can_merge:
            _log.info("the ledger stays in Arrow segments: merging them into Parquet needs modelwright[ledger]")
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self, at_ms: int) -> None:
        """Ask for what is due. Sweeping goes first, so that what a merge replaces stays readable for an hour."""
        hourly = at_ms - self._swept_ms >= _HOUR_MS
        names = self._db.read_now(lambda tx: store.with_unmerged(tx, before_ms=begun_before(at_ms)))
        if hourly or (names and self._can_merge):
            self._db.write_now(lambda tx: self._ask(tx, names if self._can_merge else [], at_ms, hourly=hourly))
            self._swept_ms = at_ms if hourly else self._swept_ms

    def _ask(self, tx: WriteTx, names: list[str], at_ms: int, *, hourly: bool) -> None:
        if hourly:
            enqueue(tx, SWEEP, "all", at_ms)
            for held in deployment_store.every(tx):
                enqueue(tx, EXPIRE, held.name, at_ms)
                if self._publishes:
                    enqueue(tx, PUBLISH, held.name, at_ms)
        for name in names:
            enqueue(tx, COMPACT, name, at_ms)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                self.look(now_ms())
            except ModelwrightError:
                _log.exception("the ledger could not be looked after; trying again")
