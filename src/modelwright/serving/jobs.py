"""What the server does by itself for serving: keep rollouts moving, keep its one local node alive."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import ModelwrightError
from modelwright.serving.node.lock import holder
from modelwright.serving.service import rollouts
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import rollouts as rollout_store

_TICK_S: Final = 2.0
_LOOK_S: Final = 0.5
_STOP_S: Final = 10.0
_PATIENCE_S: Final = 30.0
_FIRST_PAUSE_S: Final = 0.5

_log = logging.getLogger(__name__)


class Ticker:
    """A thread that does what time alone brings to rollouts (dwell times, deadlines)."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollouts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_TICK_S):
            try:
                # Looking first: a write would cost a sync of the disk even when nothing is under way.
                if self._db.read_now(rollout_store.every_open):
                    self._db.write_now(rollouts.tick)
            except ModelwrightError:
                _log.exception("rollouts could not be looked after; trying again")


class LocalNode:
    """The server's own node: started when there is something to serve, ended with the server.

    `command` starts it, over the folder `home`. A node that ends by itself is started again, after a pause that
    doubles up to 30 s. One that outlived a killed server goes on serving and is adopted.
    """

    def __init__(
        self, db: Database, command: Sequence[str], *, home: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._db = db
        self._home = home
        self._command = list(command)
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None
        self._born_s = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-node", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the node; what it is answering is answered first, within seconds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        child = self._child
        orphan = holder(self._home)
        if child is None or child.poll() is not None:
            if orphan is not None:
                os.kill(orphan, signal.SIGTERM)
            return
        child.terminate()
        try:
            child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    @property
    def pid(self) -> int | None:
        """The node's process id while it runs."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            # The thread's edge: a database that is away for a moment must not leave the node without a keeper.
            with contextlib.suppress(ModelwrightError):
                self.look()

    def look(self) -> None:
        """Start the node if it should run and does not."""
        if self._child is not None and self._child.poll() is not None:
            self._mourn(self._child)
        if self._child is None and holder(self._home) is None and self._db.read_now(_is_anything_deployed):
            self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command
            self._born_s = self._clock()
            _log.info("the local node runs as process %d", self._child.pid)

    def _mourn(self, child: subprocess.Popen[bytes]) -> None:
        lived_s = self._clock() - self._born_s
        self._pause_s = _FIRST_PAUSE_S if lived_s > _PATIENCE_S else min(self._pause_s * 2, _PATIENCE_S)
        _log.warning(
            "the local node ended with status %s after %.0f s; next try in %.1f s",
            child.returncode,
            lived_s,
            self._pause_s,
        )
        self._child = None
        self._stop.wait(self._pause_s)


def _is_anything_deployed(tx: ReadTx) -> bool:
    return any(not held.stopped for held in deployment_store.every(tx))
