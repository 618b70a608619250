"""The server's own node and the rollouts' clock."""

import sys
from pathlib import Path

import pytest

from modelwright.core.db.database import Database
from modelwright.serving import jobs
from modelwright.serving.jobs import LocalNode, Ticker
from modelwright.serving.rollouts.machine import Phase
from modelwright.serving.service import deployments, rollouts
from tests.serving.house import ANN, deployed, rolling
from tests.waiting import eventually

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_no_node_runs_while_nothing_is_deployed(db: Database, tmp_path: Path) -> None:
    """An idle server is one process; the first deployment brings the second, and a stopped one brings none."""
    node = LocalNode(db, SLEEPER, home=tmp_path)
    node.look()
    idle = node.pid
    deployed(db)
    db.write_now(lambda tx: deployments.stop(tx, ANN, "fraud-api"))
    node.look()
    stopped = node.pid
    db.write_now(lambda tx: deployments.resume(tx, ANN, "fraud-api"))
    node.look()
    running = node.pid
    node.close()

    assert (None, None) == (idle, stopped)
    assert running is not None
    assert node.pid is None


def test_a_node_that_died_is_started_again(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process takes over; nobody has to notice."""
    monkeypatch.setattr(jobs, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(jobs, "_FIRST_PAUSE_S", 0.0)
    deployed(db)
    node = LocalNode(db, SLEEPER, home=tmp_path)
    node.look()
    first = node.pid
    assert node._child is not None
    node._child.kill()
    node._child.wait()
    node.look()
    second = node.pid
    node.close()

    assert first is not None
    assert second is not None
    assert first != second


def test_the_ticker_looks_after_rollouts_and_ends_when_told(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollout past its deadline is held, though nobody asks for it and no node reports."""
    monkeypatch.setattr(jobs, "_TICK_S", 0.01)
    deployed(db)
    started = rolling(db, deadline="1s", dwell="1h")
    ticker = Ticker(db)
    ticker.start()
    eventually(lambda: db.read_now(lambda tx: rollouts.show(tx, started.id)).phase is Phase.HELD)
    ticker.close()

    assert not ticker._thread.is_alive()
