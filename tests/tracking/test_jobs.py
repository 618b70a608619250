"""Compaction changes how points are kept, and nothing that anybody can see."""

import math
import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.errors import Conflict
from modelwright.tracking.jobs import Compactor, rested
from modelwright.tracking.model.points import PACKED, Points, pack_raw
from modelwright.tracking.service import compaction, histories
from modelwright.tracking.service.histories import Window
from modelwright.tracking.store import series as store
from modelwright.tracking.store.tables import chunks, series
from tests.tracking.making import Point, log, new_run, whole

PIECES = Sql(select(chunks.c.encoding, func.count(), func.sum(chunks.c.count)).group_by(chunks.c.encoding))
SERIES = Sql(select(series.c.pk))


def listed(points: Points) -> list[tuple[int, int, float]]:
    return list(zip(points.steps.tolist(), points.times.tolist(), points.values.tolist(), strict=True))


def history(db: Database, run_id: str, key: str = "m") -> list[tuple[int, int, float]]:
    return listed(db.read_now(lambda tx: histories.history(tx, run_id, key)))


def kept(db: Database) -> dict[int, tuple[int, int]]:
    """Chunks and points in them, by encoding."""
    return {row[0]: (row[1], int(row[2])) for row in db.read_now(lambda tx: tx.all(PIECES))}


def test_many_small_chunks_become_one(db: Database) -> None:
    """Once nobody has written for a while; the history is the same before and after."""
    run_id = new_run(db)
    for n in range(20):
        log(db, run_id, [Point("m", n / 4, 1000 + n, n)])
    before = history(db, run_id)
    compactor = Compactor(db)
    at_first = compactor.run_once(0.0)
    later = compactor.run_once(100.0)

    assert (0, 1) == (at_first, later)
    assert {PACKED: (1, 20)} == kept(db)
    assert before == history(db, run_id)


def test_a_series_that_is_written_fast_is_compressed_at_once(db: Database) -> None:
    """It need not become quiet first."""
    run_id = new_run(db)
    for batch in range(5):
        log(db, run_id, [Point("m", n, n, n) for n in range(batch * 1000, batch * 1000 + 1000)])

    assert 1 == Compactor(db).run_once(0.0)
    assert {PACKED: (1, 5000)} == kept(db)


def test_a_round_takes_few_chunks_and_the_next_ones_the_rest(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While chunks are replaced nobody else writes, so that series written point by point are taken in small parts."""
    monkeypatch.setattr(compaction, "_MOST_CHUNKS", 8)
    run_id = new_run(db)
    for n in range(20):
        log(db, run_id, [Point(key, n, n, n) for key in ("a", "b")])
    all_series = [pk for (pk,) in db.read_now(lambda tx: tx.all(SERIES))]

    first = compaction.compact(db, all_series)
    left = first.left + all_series[first.seen :]
    while left:
        done = compaction.compact(db, left)
        left = done.left + left[done.seen :]

    assert (1, 1, all_series[:1]) == (first.seen, first.compressed, first.left)
    assert ([PACKED], 40) == (list(kept(db)), kept(db)[PACKED][1])
    assert list(range(20)) == [step for step, _, _ in history(db, run_id, "a")]


def test_points_sent_twice_are_kept_once(db: Database) -> None:
    """A client that repeats a request stores nothing twice, and the count comes right."""
    run_id = new_run(db)
    for _ in range(3):
        log(db, run_id, [Point("m", n, n, n) for n in range(100)])
    sent = whole(db, run_id).metrics[0].points
    Compactor(db).run_once(0.0, quiet_s=0.0)

    assert (300, 100) == (sent, whole(db, run_id).metrics[0].points)
    assert 100 == len(history(db, run_id))


def test_a_reader_sees_every_point_while_series_are_compressed(db: Database) -> None:
    """Whatever moment the reader's snapshot is of, each point that was written before is there once."""
    run_id = new_run(db)
    stop, wrong = threading.Event(), []
    written = [0]

    def read() -> None:
        while not stop.is_set():
            least = written[0]
            steps = [step for step, _, _ in history(db, run_id)]
            if steps != list(range(len(steps))) or len(steps) < least:
                wrong.append((least, len(steps)))

    reader = threading.Thread(target=read)
    reader.start()
    compactor = Compactor(db)
    for n in range(40):
        log(db, run_id, [Point("m", 1.0, step, step) for step in range(n * 100, n * 100 + 100)])
        written[0] = n * 100 + 100
        compactor.run_once(float(n), quiet_s=0.0)
    stop.set()
    reader.join()

    assert [] == wrong
    assert 4000 == len(history(db, run_id))


def test_two_servers_that_compress_the_same_series_do_it_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that comes second finds the chunks gone, and changes nothing."""
    run_id = new_run(db)
    for n in range(20):
        log(db, run_id, [Point("m", n, n, n)])
    (series_pk,) = db.read_now(lambda tx: tx.one(SERIES)) or ()
    plan = compaction._plan

    def late(tx: object, of: int) -> object:
        found = plan(tx, of)  # type: ignore[arg-type]  # passed on
        monkeypatch.setattr(compaction, "_plan", plan)
        other = threading.Thread(target=compaction.compact, args=(db, [of]))  # it is faster
        other.start()
        other.join()
        return found

    monkeypatch.setattr(compaction, "_plan", late)
    with pytest.raises(Conflict, match="another server"):
        compaction.compact(db, [series_pk])

    assert {PACKED: (1, 20)} == kept(db)
    assert list(range(20)) == [step for step, _, _ in history(db, run_id)]


def test_a_long_series_is_shown_from_its_summaries(db: Database) -> None:
    """With its one spike, its ends and its length, and with as many points as four to a column at most."""
    run_id, size = new_run(db), 30_000
    for start in range(0, size, 1000):
        log(
            db,
            run_id,
            [Point("m", 5.0 if n == 12_345 else random.Random(n).random(), n, n) for n in range(start, start + 1000)],
        )
    Compactor(db).run_once(0.0)
    shown = db.read_now(lambda tx: histories.sampled(tx, run_id, "m", Window(columns=100)))
    few = db.read_now(lambda tx: histories.thinned(tx, [run_id], "m", low=0, high=size, most=100))[run_id]
    outlines = db.read_now(lambda tx: [len(data) for _, data in store.outline(tx, 1, 0, size)])

    assert shown.sampled
    assert size == shown.total
    assert (0, size - 1) == (shown.points.steps[0], shown.points.steps[-1])
    assert 12_345 == shown.points.steps[shown.points.values.argmax()]
    assert shown.points.size <= 400
    assert (0, 5.0, size - 1) == (few.steps[0], few.values.max(), few.steps[-1])
    assert few.size <= 100
    assert sum(outlines) < 2 * size


Shown = tuple[str, str, int, bool, bytes]


def shown(key: str, run_id: str, found: histories.Sampled) -> Shown:
    return key, run_id, found.total, found.sampled, pack_raw(found.points)


def alone(db: Database, runs: list[str], keys: list[str], window: Window) -> list[Shown]:
    """Each series asked for by itself."""
    return db.read_now(
        lambda tx: [shown(key, run, histories.sampled(tx, run, key, window)) for key in keys for run in runs]
    )


def together(db: Database, runs: list[str], keys: list[str], window: Window) -> list[Shown]:
    found = db.read_now(lambda tx: histories.sampled_of_runs(tx, runs, keys, window))
    return [shown(key, run, each) for key, runs_with in found.items() for run, each in runs_with]


def test_series_read_together_are_as_each_alone(db: Database) -> None:
    """A long one with a packed chunk, one of some points, a single point and one with a gap in its values."""
    runs = [new_run(db), new_run(db)]
    for start in range(0, 20_000, 1000):
        log(db, runs[0], [Point("long", random.Random(n).random(), n, n) for n in range(start, start + 1000)])
    log(db, runs[0], [Point("some", math.nan if n == 5 else n, 100 - n, n) for n in range(50)])
    log(db, runs[1], [Point("long", 1.0, 0), Point("some", 2.0, 3), Point("some", 1.0, 4, 1)])
    Compactor(db).run_once(0.0)
    windows = (Window(columns=20), Window(low=3, high=40), Window(low=1, axis="time"))

    for window in windows:
        assert alone(db, runs, ["some", "long"], window) == together(db, runs, ["some", "long"], window)


def test_a_window_shows_only_its_steps(db: Database) -> None:
    """Every point of it, when there are few."""
    run_id = new_run(db)
    log(db, run_id, [Point("m", n, n, n) for n in range(1000)])
    shown = db.read_now(lambda tx: histories.sampled(tx, run_id, "m", Window(low=10, high=19)))

    assert [(n, n, float(n)) for n in range(10, 20)] == listed(shown.points)
    assert (10, False) == (shown.total, shown.sampled)


def test_a_point_that_was_logged_twice_is_not_lost_with_the_next(db: Database) -> None:
    """A series of one point has no chunk; one that compression brings down to one point has."""
    run_id = new_run(db)
    for step in (1, 1, 0):
        log(db, run_id, [Point("m", 0.5, 0, step)])
        Compactor(db)._compress([pk for (pk,) in db.read_now(lambda tx: tx.all(SERIES))])

    assert [(0, 0, 0.5), (1, 0, 0.5)] == history(db, run_id)


small = st.integers(-2, 4)
request = st.lists(st.tuples(small, st.integers(0, 3), st.sampled_from([0.0, 1.5, -1.5, 3.0])), min_size=1, max_size=6)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(requests=st.lists(st.tuples(request, st.booleans()), min_size=1, max_size=8))
def test_a_series_is_what_a_naive_list_would_be(
    db: Database, requests: list[tuple[list[tuple[int, int, float]], bool]]
) -> None:
    """Its history, its latest, least and greatest value, in whatever order points came and chunks were compressed."""
    run_id = new_run(db)
    compactor = Compactor(db)
    known: set[tuple[int, int, float]] = set()
    for rows, compress in requests:
        log(db, run_id, [Point("m", value, ms, step) for step, ms, value in rows])
        known.update(rows)
        if compress:
            compactor._backlogs.clear()
            compactor._compress([pk for (pk,) in db.read_now(lambda tx: tx.all(SERIES))])
        (metric,) = whole(db, run_id).metrics

        assert sorted(known, key=lambda p: (p[1], p[0], p[2])) == history(db, run_id)
        assert max(known) == (metric.step, metric.ms, metric.value)
        assert (min(v for _, _, v in known), max(v for _, _, v in known)) == (metric.least, metric.greatest)


@pytest.mark.parametrize(("share", "least"), [(0.0, 1), (0.2, 1), (0.3, 7), (0.7, 7), (0.8, 31), (1.9, 31)])
def test_compaction_rests_the_more_the_more_the_server_is_wanted(share: float, least: int) -> None:
    """As long as it worked when nobody is served, an eighth of the time beside requests, a 32nd when all is taken."""
    assert least == next(rests for rests in range(100) if rested(rests, share))
