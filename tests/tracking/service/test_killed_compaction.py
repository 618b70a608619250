"""kill -9 of a process that compresses series, wherever it is."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.jobs import Compactor
from modelwright.tracking.model.points import Points
from modelwright.tracking.service.histories import history
from tests.tracking.making import Point, log, new_run

SERIES, BATCHES, PER_BATCH = 6, 10, 100
COMPRESS_FOREVER = """
import sys, time
from modelwright.core.db.open import open_database
from modelwright.tracking.jobs import Compactor
compactor = Compactor(open_database(sys.argv[1]))
print("at it", flush=True)
while True:
    compactor.run_once(time.monotonic(), quiet_s=0)
"""


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_a_kill_while_series_are_compressed_loses_no_point_and_doubles_none(tmp_path: Path, kills: int) -> None:
    """New points come between the kills, so that there is always something to compress, some of it again."""
    url = f"sqlite:///{tmp_path / 'modelwright.db'}"
    chance = random.Random(kills)
    db = open_database(url)
    run_id = new_run(db)
    logged: dict[str, list[tuple[int, int, float]]] = {f"m{number}": [] for number in range(SERIES)}
    for _ in range(kills):
        for _ in range(BATCHES):
            for key, points in logged.items():
                new = [(len(points) + i, 1000 + i, chance.random()) for i in range(PER_BATCH)]
                logged[key] += new
                log(db, run_id, [Point(key, value, ms, step) for step, ms, value in new])
        db.close()
        compress_and_kill(url, after_s=chance.uniform(0, 0.1))
        db = open_database(url)
    as_killed = told(db, run_id, list(logged))

    Compactor(db).run_once(time.monotonic(), quiet_s=0)

    assert logged == as_killed
    assert logged == told(db, run_id, list(logged))
    db.close()


def compress_and_kill(url: str, *, after_s: float) -> None:
    with subprocess.Popen([sys.executable, "-c", COMPRESS_FOREVER, url], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert b"at it\n" == child.stdout.readline()
        time.sleep(after_s)
        child.kill()


def told(db: Database, run_id: str, keys: list[str]) -> dict[str, list[tuple[int, int, float]]]:
    """The points of the series by step, which is unique here."""

    def read(tx: ReadTx) -> dict[str, list[tuple[int, int, float]]]:
        return {key: rows(history(tx, run_id, key)) for key in keys}

    return db.read_now(read)


def rows(points: Points) -> list[tuple[int, int, float]]:
    return sorted(zip(points.steps.tolist(), points.times.tolist(), points.values.tolist(), strict=True))
