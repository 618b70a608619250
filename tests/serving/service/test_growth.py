"""The evidence of a rollout along time, asked for again and again while it grows."""

from unittest import mock

import pytest

from modelwright.core.db.database import Database
from modelwright.core.errors import NotFound
from modelwright.serving.rollouts import machine
from modelwright.serving.service.growth import Growth
from tests.serving.house import deployed, report, rolling
from tests.serving.service.test_rollouts import window


def test_who_looks_again_sees_what_somebody_sees_who_looks_for_the_first_time(db: Database) -> None:
    """Whatever happened in between, and however few points are asked for."""
    deployed(db)
    started = rolling(db, guards=("error_rate not worse", "p99 < 30ms"))
    growth = Growth()
    for at in range(1, 8):
        report(db, *window(started, at, control=(950, 3), candidate=(50, at)))
        for points in (2, 100):
            again = db.read_now(lambda tx: growth.of(tx, started.id, points=points))  # noqa: B023 - used at once

            assert db.read_now(lambda tx: Growth().of(tx, started.id, points=points)) == again  # noqa: B023 - as above


def test_no_event_is_folded_twice(db: Database) -> None:
    """The second look at a rollout costs nothing, and a third one what has happened since."""
    deployed(db)
    started = rolling(db)
    growth = Growth()
    report(db, *window(started, 1, control=(950, 3), candidate=(50, 0)))

    def folded() -> int:
        with mock.patch.object(machine, "apply", side_effect=machine.apply) as fold:
            db.read_now(lambda tx: growth.of(tx, started.id, points=10))
        return fold.call_count

    looks = [folded(), folded()]
    report(db, *window(started, 2, control=(950, 3), candidate=(50, 0)))

    assert [4, 0, 1] == [*looks, folded()]


def test_a_rollout_that_does_not_exist_is_not_found(db: Database) -> None:
    """As everywhere."""
    with pytest.raises(NotFound, match="no rollout 7"):
        db.read_now(lambda tx: Growth().of(tx, 7, points=10))
