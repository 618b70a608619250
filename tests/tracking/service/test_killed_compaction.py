"""kill -9 of a process that compresses series, wherever it is."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.jobs import Compactor
from modelwright.tracking.model.points import PACKED, Points
from modelwright.tracking.service.histories import history
from modelwright.tracking.store.tables import chunks
from tests.tracking.making import Point, log, new_run

SERIES, BATCHES, PER_BATCH = 6, 10, 100
COMPRESS_FOREVER = """
import sys, time
from modelwright.core.db.open import open_database
from modelwright.tracking.jobs import Compactor
compactor = Compactor(open_database(sys.argv[1]))
print("at it", flush=True)
while True:
    if compactor.run_once(time.monotonic(), quiet_s=0):
        print("compressed", flush=True)
"""
COMPRESSED = Sql(select(func.count()).select_from(chunks).where(chunks.c.encoding == PACKED))


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_a_kill_while_series_are_compressed_loses_no_point_and_doubles_none(tmp_path: Path, kills: int) -> None:
    """New points come between the kills, so that there is always something to compress, some of it again."""
    url = f"sqlite:///{tmp_path / 'modelwright.db'}"
    chance = random.Random(kills)
    db = open_database(url)
    run_id = new_run(db)
    logged: dict[str, list[tuple[int, int, float]]] = {f"m{number}": [] for number in range(SERIES)}
    for kill in range(kills):
        for _ in range(BATCHES):
            for key, points in logged.items():
                new = [(len(points) + i, 1000 + i, chance.random()) for i in range(PER_BATCH)]
                logged[key] += new
                log(db, run_id, [Point(key, value, ms, step) for step, ms, value in new])
        db.close()
        compress_and_kill(url, after="compressed" if kill % 4 == 1 else "at it", after_s=chance.uniform(0, 0.1))
        db = open_database(url)
    as_killed = told(db, run_id, list(logged))
    compressed = db.read_now(lambda tx: tx.value(COMPRESSED))

    Compactor(db).run_once(time.monotonic(), quiet_s=0)

    assert compressed > 0
    assert logged == as_killed
    assert logged == told(db, run_id, list(logged))
    db.close()


def compress_and_kill(url: str, *, after: str, after_s: float) -> None:
    """Most are killed as soon as they begin, some once they have come to an end of what there was."""
    with subprocess.Popen([sys.executable, "-c", COMPRESS_FOREVER, url], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert f"{after}\n" in child.stdout
        time.sleep(after_s)
        child.kill()


def told(db: Database, run_id: str, keys: list[str]) -> dict[str, list[tuple[int, int, float]]]:
    """The points of the series by step, which is unique here."""

    def read(tx: ReadTx) -> dict[str, list[tuple[int, int, float]]]:
        return {key: rows(history(tx, run_id, key)) for key in keys}

    return db.read_now(read)


def rows(points: Points) -> list[tuple[int, int, float]]:
    return sorted(zip(points.steps.tolist(), points.times.tolist(), points.values.tolist(), strict=True))
