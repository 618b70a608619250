"""The job that proves a version: its files in a folder, a process of its own, bounded in time and memory."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from modelwright.artifacts.blobs import Blobs
from modelwright.core.db.database import Database
from modelwright.core.errors import ModelwrightError, Unavailable
from modelwright.core.jobs import Handler, Job, Runner, renew
from modelwright.serving.model import Finding, ProofAsked, ProofState, Route, VersionRef
from modelwright.serving.node.files import Files
from modelwright.serving.service import proofs
from modelwright.serving.service.versions import Versions

LONGEST_S: Final = 900.0
_LOOK_S: Final = 0.2
_RENEW_S: Final = 20.0
_SAID_CHARACTERS: Final = 1500

_log = logging.getLogger(__name__)


class Prover:
    """A companion of the server: takes the jobs that ask for a proof, one at a time, until it is closed.

    `home` is a folder of its own. Closing ends a proof that is under way; it is begun anew after the next start.
    """

    def __init__(
        self,
        db: Database,
        versions: Versions,
        blobs: Blobs,
        *,
        home: Path,
        memory_bytes: int,
        longest_s: float = LONGEST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._versions = versions
        self._blobs = blobs
        self._home = home
        self._memory_bytes = memory_bytes
        self._longest_s = longest_s
        self._clock = clock
        self._closing = threading.Event()
        self._runner = Runner(db, self.handlers())

    def handlers(self) -> dict[str, Handler]:
        return {proofs.JOB: self.prove}

    def start(self) -> None:
        self._runner.start()

    def close(self) -> None:
        self._closing.set()
        self._runner.close()

    def prove(self, db: Database, job: Job) -> None:
        """Find out about the version in `job` and keep it. Raises Unavailable when the server stops meanwhile."""
        ref = msgspec.json.decode(job.payload, type=VersionRef)
        try:
            found = db.read_now(lambda tx: self._versions.find(tx, str(ref)))
        except ModelwrightError as error:
            finding = Finding(state=ProofState.FAILED, stage="layout", reason=error.message)
        else:
            route = Route(id="proof", version=found.ref, manifest=found.manifest, files=found.files, share=1.0)
            finding = self._found(db, job, route)
        db.write_now(lambda tx: proofs.keep(tx, job.key, finding))
        _log.info("load-proof", extra={"version": str(ref), "state": finding.state, "reason": finding.reason})

    def _found(self, db: Database, job: Job, route: Route) -> Finding:
        self._home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._home, ignore_cleanup_errors=True) as scratch:
            home = Path(scratch)
            folder = uvloop.run(Files(home).version(route, self._read))
            asked = ProofAsked(folder=str(folder), home=str(home), route=route, memory_bytes=self._memory_bytes)
            return self._said(db, job, asked, home)

    async def _read(self, digest: str) -> AsyncIterator[bytes]:
        for chunk in self._blobs.read(digest):
            yield chunk

    def _said(self, db: Database, job: Job, asked: ProofAsked, home: Path) -> Finding:
        """What the process says; what is so when it says nothing."""
        with (home / "said").open("w+b") as said, (home / "log").open("w+b") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "modelwright.serving.node.proving"],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=log,
                cwd=home,
                start_new_session=True,
            )
            try:
                process.communicate(msgspec.json.encode(asked), timeout=_LOOK_S)
            except subprocess.TimeoutExpired:
                self._wait(db, job, process)
            finally:
                _end(process)
            said.seek(0)
            log.seek(0)
            if process.returncode == -signal.SIGKILL:
                return _failed("time", f"it was not done after {self._longest_s:g} s")
            try:
                return msgspec.json.decode(said.read(), type=Finding)
            except msgspec.MsgspecError:
                last = log.read().decode(errors="replace")[-_SAID_CHARACTERS:]
                return _failed("load", f"the proof ended with status {process.returncode}: {last}")

    def _wait(self, db: Database, job: Job, process: subprocess.Popen[bytes]) -> None:
        began = renewed = self._clock()
        while process.poll() is None:
            if self._closing.wait(_LOOK_S):
                raise Unavailable("the server is stopping; the proof is begun anew after its next start")
            if self._clock() - began > self._longest_s:
                return
            if self._clock() - renewed > _RENEW_S:
                renewed = self._clock()
                db.write_now(lambda tx: renew(tx, job))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and all that it has started in its session; its workers die with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failed(stage: str, reason: str) -> Finding:
    return Finding(state=ProofState.FAILED, stage=stage, reason=reason)
