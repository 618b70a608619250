"""The ledger's long life: Parquet instead of many segments, nothing lost or doubled by kills, gone when it is over."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from modelwright.artifacts.local import LocalBlobs
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, Conflict, Internal, Unavailable
from modelwright.core.events import events_of
from modelwright.core.jobs import latest_jobs
from modelwright.serving import keeping
from modelwright.serving.batch import delta
from modelwright.serving.batch.ledger import as_table
from modelwright.serving.batch.parquet import find_row, merged
from modelwright.serving.keeping import Keeper, begun_before, bringer, compact, expire, merger, publish, sweep
from modelwright.serving.model import Form, Logging, Made, Segment
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.node.segments import Segments
from modelwright.serving.service import ledger
from modelwright.serving.store import ledger as store
from tests.serving.house import ANN, deployed

HOUR = 3_600_000
NAME = "fraud-api"
EVER = {"since_ms": 0, "until_ms": 2**62}


class House:
    """A ledger as a server keeps it: an index, and blobs in a folder."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.folder = folder
        self.blobs = LocalBlobs(folder / "ledger")
        deployed(db)

    def take(self, first_ms: int, rows: int = 5, *, version: int = 17, **inputs: np.ndarray) -> Segment:
        """A node's segment arrives."""
        origin = Origin(
            deployment=NAME,
            workspace="default",
            route=f"fraud-{version}",
            model="fraud",
            version=version,
            manifest="m",
            engine="onnx",
            logging=Logging(share=0.5, hashed=("iban",)),
        )
        batch = ScoredBatch(
            origin=origin,
            inputs=inputs or {"amount": np.arange(rows, dtype=np.float64)},
            outputs={"label": np.arange(rows)},
            predictions=[f"{first_ms + i:012x}{version:04x}{i:016x}" for i in range(rows)],
            position=np.zeros(rows, np.int64),
            at_ms=np.arange(first_ms, first_ms + rows),
            latency_ms=np.full(rows, 2.0),
            caller=[""] * rows,
            columns=(),
        )
        node = Segments(self.folder / "node", node="one", key=b"k")
        node.write(batch)
        node.close()
        sent: list[Segment] = []
        node.ship(lambda about, body: sent.append(self.arrives(about, body)))
        return sent[0]

    def arrives(self, about: Segment, body: bytes) -> Segment:
        spool = self.blobs.spool()
        spool.write(body)
        spool.place()
        spool.close()
        self.db.write_now(lambda tx: ledger.add(tx, about, len(body)))
        return about

    def segments(self) -> list[Segment]:
        return self.db.read_now(lambda tx: ledger.segments(tx, NAME, **EVER))

    def rows(self) -> Counter[tuple[str, int]]:
        bodies = [(one, b"".join(self.blobs.read(one.digest))) for one in self.segments()]
        table = as_table(bodies, **EVER).select(["prediction", "position"]).to_pylist()
        return Counter((row["prediction"], row["position"]) for row in table)

    def merge(self, segments: list[Segment]) -> list[Made]:
        return list(merged(segments, self.blobs))


@pytest.fixture
def house(db: Database, tmp_path: Path) -> House:
    return House(db, tmp_path)


@pytest.fixture
def hour() -> int:
    """The beginning of an hour that is over."""
    return begun_before(now_ms()) - HOUR


def test_the_segments_of_an_hour_become_one_sorted_parquet_file(house: House, hour: int) -> None:
    """The index names the file instead of them; rows, where they came from and their probability are all in it."""
    for at in (40_000, 10_000, 20_000):
        house.take(hour + at, 5)
    before = house.rows()
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    [made] = house.segments()
    body = house.folder / "whole.parquet"
    body.write_bytes(b"".join(house.blobs.read(made.digest)))
    about = pq.ParquetFile(body).metadata
    ids = pq.read_table(body)["prediction"].to_pylist()

    assert (Form.PARQUET, 15, hour + 10_000) == (made.form, made.rows, made.first_ms)
    assert ("iban",) == made.hidden
    assert before == house.rows()
    assert sorted(ids) == ids
    statistics = about.row_group(0).column(0).statistics
    assert (ids[0], ids[-1]) == (statistics.min, statistics.max)
    assert "ZSTD" == about.row_group(0).column(0).compression


def test_polars_and_duckdb_read_the_file_as_it_lies_there(house: House, hour: int) -> None:
    """Plain Parquet: no library of ours, sampling undone with the probability in each row."""
    for at in (0, 1000):
        house.take(hour + at, 5)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    [made] = house.segments()
    file = house.folder / "plain.parquet"
    file.write_bytes(b"".join(house.blobs.read(made.digest)))

    frame = pl.read_parquet(file)
    with duckdb.connect() as connection:
        counted = connection.execute(
            f"SELECT version, sum(1 / kept_share), max(inputs.amount) FROM '{file}' GROUP BY 1"
        ).fetchall()

    assert [(17, 20.0, 4.0)] == counted
    assert (10, {"fraud-api"}) == (frame.height, set(frame["deployment"]))
    assert [0.0, 1.0] == frame["inputs"].struct.field("amount").to_list()[:2]


def test_one_row_is_found_in_a_file_of_many(house: House, hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By id and position, looking only into the row group that can hold it."""
    monkeypatch.setattr("modelwright.serving.batch.parquet.GROUP_ROWS", 10)
    segment = house.take(hour, 95)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    [made] = house.segments()
    wanted = f"{hour + 63:012x}{17:04x}{63:016x}"

    row = find_row(house.blobs, made.digest, wanted, 0)

    assert row is not None
    assert (63.0, 63, segment.route) == (row["inputs"]["amount"], row["outputs"]["label"], row["route"])
    assert None is find_row(house.blobs, made.digest, wanted, 1)
    assert None is find_row(house.blobs, made.digest, "f" * 32, 0)


def test_what_differs_is_not_mixed(house: House, hour: int) -> None:
    """Versions, hours and sets of columns keep files of their own; the hour that runs stays as it is."""
    house.take(hour, 5)
    house.take(hour + 1, 5, version=18)
    house.take(hour + 2, 2, country=np.array(["a", None], dtype=object))
    house.take(hour - HOUR, 5)
    young = house.take(hour + HOUR + 5, 5)
    before = house.rows()
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    found = house.segments()

    assert 4 == sum(one.form is Form.PARQUET for one in found)
    assert [young.name] == [one.name for one in found if one.form is Form.ARROW]
    assert before == house.rows()


def test_a_late_segment_gets_a_file_of_its_own_and_is_never_counted_twice(house: House, hour: int) -> None:
    """A node that comes back brings an old hour; one that did not hear of its success brings a merged segment."""
    first = house.take(hour, 5)
    body = b"".join(house.blobs.read(first.digest))
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    house.arrives(first, body)
    late = house.take(hour + 99, 5)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)

    assert [first.first_ms, late.first_ms] == [one.first_ms for one in house.segments()]
    assert {1} == set(house.rows().values())
    assert 10 == sum(house.rows().values())


KILLS = {
    "before the file": (keeping, "merger"),
    "before the index": (ledger, "merge"),
    "inside the index": (store, "add"),
}


@pytest.mark.parametrize("place", KILLS)
def test_a_kill_in_the_middle_of_merging_neither_loses_nor_doubles(
    house: House, hour: int, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row stays readable once, before the next try and after it; what nobody names is swept."""
    for at in range(4):
        house.take(hour + at * 1000, 5)
    before = house.rows()

    def killed(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    module, name = KILLS[place]
    monkeypatch.setattr(module, name, killed)
    merge = killed if module is keeping else house.merge
    with pytest.raises(KeyboardInterrupt):
        compact(house.db, merge, NAME, before_ms=hour + HOUR)
    monkeypatch.undo()
    after = house.rows()
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    sweep(house.db, house.blobs, at_ms=now_ms() + 2 * HOUR)

    assert before == after == house.rows()
    assert 1 == len(list(house.blobs.scan()))


def test_merging_in_a_child_that_is_killed_says_so_and_changes_nothing(
    house: House, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child stores; the parent's index is as it was, and the next child does it."""
    house.take(hour, 5)
    house.take(hour + 1000, 5)
    before = house.rows()
    merge = merger((house.folder / "ledger").as_uri(), house.folder / "incoming")
    with monkeypatch.context() as patched:
        suicide = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        patched.setattr(keeping, "_CHILD", (sys.executable, "-c", suicide))
        with pytest.raises(Unavailable, match="it was killed"):
            compact(house.db, merge, NAME, before_ms=hour + HOUR)
    killed = house.rows()
    compact(house.db, merge, NAME, before_ms=hour + HOUR)

    assert before == killed == house.rows()
    assert [Form.PARQUET] == [one.form for one in house.segments()]


def test_two_servers_that_merge_the_same_hour_end_with_one_copy(house: House, hour: int) -> None:
    """Whoever comes second is refused, and its bytes go with the next sweep."""
    house.take(hour, 5)
    house.take(hour + 1000, 5)
    [group] = house.db.read_now(lambda tx: ledger.due(tx, NAME, before_ms=hour + HOUR))
    ours, theirs = house.merge(group), house.merge(group)
    house.db.write_now(lambda tx: ledger.merge(tx, group, theirs))
    with pytest.raises(Conflict, match="merged by somebody else"):
        house.db.write_now(lambda tx: ledger.merge(tx, group, ours))

    assert {1} == set(house.rows().values())


def test_a_merge_that_lost_rows_is_refused(house: House, hour: int) -> None:
    """The index believes the files only when they hold every row."""
    house.take(hour, 5)
    segment = house.take(hour + 1000, 5)
    group = house.segments()
    made = house.merge([segment])
    with pytest.raises(Internal, match="10 rows of the ledger became 5"):
        house.db.write_now(lambda tx: ledger.merge(tx, group, made))

    assert 10 == sum(house.rows().values())


def test_predictions_go_when_their_days_are_over(house: House, hour: int) -> None:
    """Whole segments, with an event; a node that brings an old one later is thanked and it is not kept."""
    old = house.take(hour - 50 * HOUR, 5)
    body = b"".join(house.blobs.read(old.digest))
    young = house.take(hour, 5)
    keep = Logging(keep_days=1)
    house.db.write_now(lambda tx: ledger.set_logging(tx, ANN, NAME, keep))
    expire(house.db, NAME, at_ms=now_ms())
    house.arrives(old, body)
    sweep(house.db, house.blobs, at_ms=now_ms() + 2 * HOUR)
    names = [
        event.name
        for event in house.db.read_now(lambda tx: events_of(tx, f"deployments/{NAME}", before_id=2**62, limit=3))
    ]

    assert [young.name] == [one.name for one in house.segments()]
    assert [young.digest] == [one.digest for one in house.blobs.scan()]
    assert ["serving.ledger.expired", "serving.ledger.set"] == names[:2]


def test_nothing_goes_without_a_limit(house: House, hour: int) -> None:
    """Forever is the default."""
    house.take(hour - 10_000 * HOUR, 5)
    expire(house.db, NAME, at_ms=now_ms())

    assert 1 == len(house.segments())


def test_the_keeper_asks_for_what_is_due_once(house: House, hour: int) -> None:
    """An hour that is over is merged; asking again while that waits changes nothing."""
    house.take(hour, 5)
    keeper = Keeper(house.db)
    keeper.look(now_ms())
    keeper.look(now_ms())
    kinds = sorted(job.kind for job in house.db.read_now(lambda tx: latest_jobs(tx, limit=10)))

    assert [keeping.COMPACT, keeping.EXPIRE, keeping.SWEEP] == kinds


def brought(house: House) -> Callable[[], None]:
    """Publishing as the server does it, but for the child process."""

    def bring(deployment: str, segments: list[Segment], keep_from_ms: int | None) -> list[str]:
        url = (house.folder / "delta" / deployment).as_uri()
        names = list(delta.bring(url, segments, house.blobs))
        if keep_from_ms is not None:
            delta.take_out(url, keep_from_ms)
        return names

    return lambda: publish(house.db, bring, NAME, at_ms=now_ms())


def delta_rows(house: House) -> pl.DataFrame:
    return pl.read_delta(str(house.folder / "delta" / NAME))


def test_a_delta_table_keeps_up_with_the_ledger(house: House, hour: int) -> None:
    """Each file of an hour that is over comes in once; what is published again changes nothing."""
    bring = brought(house)
    house.take(hour - HOUR, 5)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    bring()
    house.take(hour, 5, version=18)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    bring()
    bring()
    table = deltalake.DeltaTable(str(house.folder / "delta" / NAME))

    assert {17: 5, 18: 5} == dict(delta_rows(house).group_by("version").len().iter_rows())
    assert ["day"] == table.metadata().partition_columns
    assert 2 == len(table.history())


def test_a_kill_between_the_table_and_the_index_doubles_nothing(
    house: House, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table knows what it has: the next try brings only what is missing."""
    bring = brought(house)
    house.take(hour, 5)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)

    def killed(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            bring()
    bring()

    assert 5 == delta_rows(house).height
    assert [] == house.db.read_now(lambda tx: store.unpublished(tx, NAME, limit=10))


def test_rows_leave_the_delta_table_when_their_days_are_over(house: House, hour: int) -> None:
    """As they leave the ledger."""
    bring = brought(house)
    house.take(hour - 50 * HOUR, 5)
    house.take(hour, 5)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    bring()
    before = delta_rows(house).height
    house.db.write_now(lambda tx: ledger.set_logging(tx, ANN, NAME, Logging(keep_days=1)))
    bring()

    assert (10, 5) == (before, delta_rows(house).height)


def test_a_child_writes_the_delta_table_and_one_that_is_killed_says_so(
    house: House, hour: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server itself never loads the library."""
    house.take(hour, 5)
    compact(house.db, house.merge, NAME, before_ms=hour + HOUR)
    bring = bringer((house.folder / "ledger").as_uri(), house.folder / "incoming", (house.folder / "delta").as_uri())
    with monkeypatch.context() as patched:
        suicide = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        patched.setattr(keeping, "_DELTA_CHILD", (sys.executable, "-c", suicide))
        with pytest.raises(Unavailable, match="fraud-api could not be written: it was killed"):
            publish(house.db, bring, NAME, at_ms=now_ms())
    publish(house.db, bring, NAME, at_ms=now_ms())

    assert 5 == delta_rows(house).height


def test_delta_tables_are_refused_where_they_cannot_be(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start of the server, not an hour later: an unknown kind of place, and no library."""
    with pytest.raises(BadInput, match="ftp"):
        bringer("memory:///", house.folder, "ftp://host/folder")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(BadInput, match=r"pip install 'modelwright\[delta\]'"):
        bringer("memory:///", house.folder, house.folder.as_uri())


def test_the_keeper_asks_for_delta_tables_where_there_are_some(house: House) -> None:
    """Each hour, for every deployment: also one without predictions may have some that are to go."""
    Keeper(house.db, publishes=True).look(now_ms())

    kinds = {job.kind for job in house.db.read_now(lambda tx: latest_jobs(tx, limit=10))}
    assert keeping.PUBLISH in kinds
