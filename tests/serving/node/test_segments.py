"""The ledger on a node's disk: nothing written is lost, hidden columns stay hidden, segments leave once."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import nanoarrow as na
import numpy as np
import pytest

from modelwright.serving.model import Durability, Logging, Segment
from modelwright.serving.node import segments
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.node.segments import Refused, Segments
from modelwright.serving.streams import read_batches

PLAIN = Logging()


def origin(logging: Logging = PLAIN) -> Origin:
    return Origin(
        deployment="fraud-api",
        workspace="default",
        route="fraud-17",
        model="fraud",
        version=17,
        manifest="sha256:" + "0" * 64,
        engine="onnx",
        logging=logging,
    )


def batch(rows: int = 3, *, logging: Logging = PLAIN, **inputs: Any) -> ScoredBatch:
    return ScoredBatch(
        origin=origin(logging),
        inputs=inputs or {"amount": np.arange(rows, dtype=np.float64)},
        outputs={"label": np.array([1] * rows, dtype=np.int64)},
        predictions=[f"{i:032x}" for i in range(rows)],
        position=np.zeros(rows, np.int64),
        at_ms=np.arange(1_700_000_000_000, 1_700_000_000_000 + rows),
        latency_ms=np.full(rows, 1.5),
        caller=["ann"] * rows,
        columns=(),
    )


class Server:
    """Takes segments, and refuses while it is told to be away."""

    def __init__(self) -> None:
        self.away = False
        self.held: list[tuple[Segment, bytes]] = []

    def send(self, segment: Segment, body: bytes) -> None:
        if self.away:
            raise ConnectionError("the server is away")
        self.held.append((segment, body))


def rows_of(body: bytes) -> list[dict[str, Any]]:
    return [row for one in read_batches(body) for row in na.Array(one).to_pylist()]


def shipped(folder: Path) -> Server:
    server = Server()
    Segments(folder, node="one", key=b"k").ship(server.send)
    return server


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Every kind of column, with its prediction id, time, latency and caller."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(
        batch(
            2,
            amount=np.array([1.5, float("inf")]),
            country=np.array(["AT", None], dtype=object),
            blob=np.array([b"\xff", b"ok"], dtype=object),
            nested=np.array([{"a": 1}, None], dtype=object),
            flag=np.array([True, False]),
            some=np.ma.MaskedArray(np.array([2**53 + 1, 0]), [False, True]),
            maybe=np.ma.MaskedArray(np.array([True, False]), [False, True]),
            pixels=np.arange(12, dtype=np.float32).reshape(2, 2, 3),
        )
    )
    ledger.close()

    [(segment, body)] = shipped(tmp_path).held
    rows = rows_of(body)

    assert ("fraud-api", "fraud-17", 17, 2) == (segment.deployment, segment.route, segment.version, segment.rows)
    assert {
        "amount": 1.5,
        "country": "AT",
        "blob": b"\xff",
        "nested": '{"a":1}',
        "flag": True,
        "some": 2**53 + 1,
        "maybe": True,
        "pixels": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    } == rows[0]["inputs"]
    assert [None] * 4 == [rows[1]["inputs"][name] for name in ("country", "nested", "some", "maybe")]
    assert ("0" * 32, 0, "ann", {"label": 1}) == tuple(
        rows[0][name] for name in ("prediction", "position", "caller", "outputs")
    )
    assert 1_700_000_000_000 == int(rows[0]["at"].timestamp() * 1000)


def test_a_hashed_column_keeps_equality_and_a_masked_one_keeps_nothing(tmp_path: Path) -> None:
    """The digest is keyed: without the key nobody can try values; the masked column is not in the file."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    hidden = Logging(hashed=("iban",), masked=("name",))
    ledger.write(
        batch(
            3,
            logging=hidden,
            iban=np.array(["AT1", "AT2", "AT1"], dtype=object),
            name=np.array(["Eve", "Bob", "Eve"], dtype=object),
        )
    )
    ledger.close()

    [(_, body)] = shipped(tmp_path).held
    rows = [row["inputs"] for row in rows_of(body)]

    assert rows[0] == rows[2] != rows[1]
    assert ["iban"] == list(rows[0])
    assert hashlib.sha256(b"AT1").hexdigest() != rows[0]["iban"]
    assert b"Eve" not in body
    assert b"AT1" not in body


def test_inputs_can_be_left_out_altogether(tmp_path: Path) -> None:
    """Only outputs are kept when the deployment says so."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(batch(2, logging=Logging(inputs=False)))
    ledger.close()

    [(_, body)] = shipped(tmp_path).held

    assert "inputs" not in rows_of(body)[0]


def test_a_column_that_changes_its_nature_starts_another_segment(tmp_path: Path) -> None:
    """One stream has one schema: text first, bytes later, is two segments and no error."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(batch(1, note=np.array(["text"], dtype=object)))
    ledger.write(batch(1, note=np.array([b"\xff"], dtype=object)))
    ledger.write(batch(1, note=np.array(["more"], dtype=object)))
    ledger.close()

    server = shipped(tmp_path)

    assert [1, 2] == sorted(segment.rows for segment, _ in server.held)


def test_a_segment_stays_until_the_server_has_it(tmp_path: Path) -> None:
    """An absent server costs nothing but disk; each segment arrives once."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(batch())
    ledger.close()
    server = Server()
    server.away = True
    with pytest.raises(ConnectionError):
        ledger.ship(server.send)
    server.away = False

    first, second = ledger.ship(server.send), ledger.ship(server.send)

    assert (1, 0) == (first, second)
    assert [] == list(tmp_path.iterdir())
    segment, body = server.held[0]
    assert f"sha256:{hashlib.sha256(body).hexdigest()}" == segment.digest


def test_a_killed_node_loses_none_of_the_rows_it_had_written(tmp_path: Path) -> None:
    """A kill -9 between two writes: everything written is shipped by the next start."""
    program = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_segments import batch
        from modelwright.serving.node.segments import Refused, Segments
        ledger = Segments(Path({str(tmp_path)!r}), node="one", key=b"k")
        for _ in range(5):
            ledger.write(batch(7))
        print("written", flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as node:
        assert node.stdout is not None
        assert b"written\n" == node.stdout.readline()
        os.kill(node.pid, signal.SIGKILL)

    server = shipped(tmp_path)

    assert [35] == [segment.rows for segment, _ in server.held]
    assert 35 == len(rows_of(server.held[0][1]))
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("killed", [False, True])
def test_a_segment_tells_the_times_of_all_its_rows_though_the_clock_was_set_back(
    tmp_path: Path,
    killed: bool,  # noqa: FBT001
) -> None:
    """By their times rows are found: a later one may be of an earlier moment than the first."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    base_ms = 1_700_000_000_000
    for at_ms in ([500, 499, 501], [30, 20, 25], [400, 300, 350]):
        ledger.write(msgspec.structs.replace(batch(3), at_ms=np.array(at_ms) + base_ms))
    if killed:
        for one in ledger._open.values():
            one._file.close()
    else:
        ledger.close()

    [(segment, _)] = shipped(tmp_path).held
    assert (base_ms + 20, base_ms + 501) == (segment.first_ms, segment.last_ms)


@pytest.mark.parametrize("cut", [1, 200, 5000, 10_000])
def test_a_stream_cut_off_in_the_middle_keeps_its_whole_batches(tmp_path: Path, cut: int) -> None:
    """What a full disk leaves: whole batches are kept, the torn one is not, an empty one is swept away."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    for _ in range(3):
        ledger.write(batch(50))
    [stream] = tmp_path.glob("*.open")
    body = stream.read_bytes()
    stream.write_bytes(body[: max(0, len(body) - cut)])
    for one in ledger._open.values():
        one._file.close()

    server = shipped(tmp_path)

    expected = {1: [100], 200: [100], 5000: [50], 10_000: []}[cut]
    assert expected == [segment.rows for segment, _ in server.held]
    assert expected == [len(rows_of(held)) for _, held in server.held]


def test_an_old_segment_is_sealed_and_a_young_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows reach the server within seconds, also when few come."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(batch())
    young = list(tmp_path.glob("*.arrows"))
    monkeypatch.setattr(segments, "SEAL_AFTER_S", 0.0)
    ledger.tend()

    assert [] == young
    assert 1 == len(list(tmp_path.glob("*.arrows")))
    assert 3 == msgspec.json.decode(next(tmp_path.glob("*.json")).read_bytes(), type=Segment).rows


class Disk:
    """Room for so many bytes; then half of a write fits, and no more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write_all(self, file: BinaryIO, body: bytes) -> None:
        fits = body[: self.room]
        self.room -= len(fits)
        file.write(fits)
        if len(fits) < len(body):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_loses_what_it_refuses_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows before it, and rows after there is room again, are all shipped; half a message hides nothing."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(batch(3))
    monkeypatch.setattr(segments, "write_all", Disk(100).write_all)
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            ledger.write(batch(500))
        ledger.tend()
    monkeypatch.undo()
    ledger.write(batch(4))
    ledger.close()
    server = Server()
    ledger.ship(server.send)

    assert [3, 4] == sorted(segment.rows for segment, _ in server.held)
    assert [3, 4] == sorted(len(rows_of(body)) for _, body in server.held)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("step", ["described", "renamed", "sent"])
def test_a_kill_in_the_middle_of_sealing_or_sending_neither_loses_nor_doubles(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each state that a kill can leave on the disk is one from which the next start ships every row once."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(batch(6))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    server = Server()
    if step == "described":
        real = Path.rename
        monkeypatch.setattr(Path, "rename", lambda old, new: killed() if new.suffix == ".arrows" else real(old, new))
    if step == "renamed":
        monkeypatch.setattr(segments, "sync_folder", killed)
    if step == "sent":
        ledger.close()
        monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        ledger.close() if step != "sent" else ledger.ship(server.send)
    monkeypatch.undo()
    Segments(tmp_path, node="one", key=b"k").ship(server.send)

    assert {6} == {segment.rows for segment, _ in server.held}
    assert 1 == len({segment.name for segment, _ in server.held})
    assert [] == list(tmp_path.iterdir())


def test_rows_that_were_promised_are_synced_before_the_write_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`logged` asks the disk itself; `buffered` leaves that to the operating system."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    ledger = Segments(tmp_path, node="one", key=b"k")
    counts = []
    for durability in (Durability.BUFFERED, Durability.LOGGED):
        ledger.write(batch(logging=Logging(durability=durability)))
        before = len(synced)
        ledger.write(batch(logging=Logging(durability=durability)))
        counts.append(len(synced) - before)
    ledger.close()

    assert [0, 1] == counts


@pytest.mark.parametrize(
    ("of", "content"),
    [
        (".open.json", b"garbage"),
        (".open.json", b'{"name":"\xff"}'),
        (".open", b"\xff\xff\xff\xff\x10\0\0\0" + b"\xff" * 64),
        (".json", b"garbage"),
        (".json", b'{"name":"\xff"}'),
        (".json", None),
        (".arrows", b"\0"),
    ],
)
def test_what_rots_on_the_disk_is_put_aside_and_keeps_no_other_from_the_server(
    tmp_path: Path, of: str, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    """The node starts, the other segment is shipped, and the damaged one lies where a person finds it."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    ledger.write(batch(3))
    if of.startswith(".open"):
        for one in ledger._open.values():
            one._file.close()
    else:
        ledger.close()
    [rotten] = tmp_path.glob(f"*{of}")
    rotten.unlink() if content is None else rotten.write_bytes(content)
    other = Segments(tmp_path / "other", node="one", key=b"k")
    other.write(batch(4))
    other.close()
    for path in (tmp_path / "other").iterdir():
        path.rename(tmp_path / path.name)
    (tmp_path / "other").rmdir()

    server = shipped(tmp_path)

    assert [4] == [segment.rows for segment, _ in server.held]
    assert ["damaged"] == [one.name for one in tmp_path.iterdir()]
    assert rotten.stem.partition(".")[0] in {one.name.partition(".")[0] for one in (tmp_path / "damaged").iterdir()}
    assert "is damaged" in caplog.text


def test_a_segment_that_the_server_refuses_keeps_no_other_from_it(tmp_path: Path) -> None:
    """It stays, and is offered again: a newer server may take it."""
    ledger = Segments(tmp_path, node="one", key=b"k")
    for rows in (3, 4):
        values: dict[str, Any] = {f"amount{rows}": np.arange(rows)}
        ledger.write(batch(rows, **values))
    ledger.close()
    server = Server()

    def picky(segment: Segment, body: bytes) -> None:
        if segment.rows == 3:
            raise Refused("a field that this server does not know")
        server.send(segment, body)

    with pytest.raises(Refused):
        ledger.ship(picky)

    assert [4] == [segment.rows for segment, _ in server.held]
    assert 1 == ledger.ship(server.send)
