"""A deployment's stored rows as a list: complete, in order, and so much work for each answer."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from modelwright.artifacts.blobs import Blobs
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, NotFound
from modelwright.serving import listing
from modelwright.serving.batch.parquet import merged
from modelwright.serving.listing import Asked, look
from modelwright.serving.model import Logging, Segment
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.node.segments import Segments
from modelwright.serving.service import ledger, predictions
from modelwright.serving.shown import PredictionRow, PredictionsShown
from tests.serving.house import deployed, stocked

MADE_MS = 1_700_000_000_000
SECOND_MS = 1000


def rows(
    places: Iterable[int], *, version: int = 17, caller: str = "", share: float = 1.0, wide: bool = False
) -> ScoredBatch:
    """One row for each number: its id, its time in seconds and its amount say it."""
    numbers = list(places)
    at_ms = [MADE_MS + number * SECOND_MS for number in numbers]
    amount = np.array(numbers, dtype=float)
    logging = Logging(share=share, hashed=("iban",))
    iban = np.array([f"DE{number}" for number in numbers], dtype=object)
    return ScoredBatch(
        origin=Origin(
            deployment="fraud-api",
            workspace="default",
            route=f"r{version}",
            model="fraud",
            version=version,
            manifest="sha256:0",
            engine="onnx",
            logging=logging,
        ),
        inputs={"amount": amount, "iban": iban, **({"image": np.zeros((len(numbers), 100))} if wide else {})},
        outputs={"label": amount * 2},
        predictions=[f"{ms:012x}{number:020x}" for ms, number in zip(at_ms, numbers, strict=True)],
        position=np.zeros(len(numbers), dtype=int),
        at_ms=np.array(at_ms),
        latency_ms=np.full(len(numbers), 1.5),
        caller=[caller] * len(numbers),
        columns=(),
    )


def sealed(folder: Path, *batches: ScoredBatch) -> list[tuple[Segment, bytes]]:
    """A segment of each batch."""
    found: list[tuple[Segment, bytes]] = []
    for number, batch in enumerate(batches):
        one = Segments(folder / f"node{len(list(folder.glob('*')))}-{number}", node="local", key=b"k")
        one.write(batch)
        one.close()
        one.ship(lambda about, body: found.append((about, body)))
    return found


def ask(db: Database, blobs: Blobs, **asked: object) -> PredictionsShown:
    want = Asked(**asked)  # type: ignore[arg-type]  # tests pass what they mean
    sought = predictions.sought("fraud-api", want)
    window = db.read_now(lambda tx: predictions.window(tx, "fraud-api", want, sought))
    return predictions.listed("fraud-api", want, look(blobs, window, sought))


def pages(db: Database, blobs: Blobs, **asked: object) -> Iterator[list[int]]:
    """The numbers of the rows, page by page, to the end."""
    token: str | None = ""
    while token is not None:
        found = ask(db, blobs, page_token=token or None, **asked)
        yield [number(row) for row in found.items]
        token = found.next_page_token


def number(row: PredictionRow) -> int:
    return int(row.prediction[12:], 16)


def test_all_rows_come_once_newest_first_however_they_lie(db: Database, tmp_path: Path) -> None:
    """Segments of two versions overlap, one holds its rows out of order, and some are Parquet."""
    deployed(db)
    old = sealed(tmp_path, rows(range(40)), rows(range(40, 60)))
    new = sealed(tmp_path, rows([*range(60, 100, 2), 71, 65]), rows([61, 63, 67, 69, 99], version=18))
    blobs = stocked(db, [*old, *new], tmp_path)
    made = list(merged([about for about, _ in old], blobs))
    db.write_now(lambda tx: ledger.merge(tx, [about for about, _ in old], made))
    wanted = sorted([*range(60), *range(60, 100, 2), 71, 65, 61, 63, 67, 69, 99], reverse=True)
    found = [one for page in pages(db, blobs, limit=7) for one in page]

    assert wanted == found
    assert [wanted] == list(pages(db, blobs, limit=1000))


def test_rows_are_found_by_version_caller_and_time(db: Database, tmp_path: Path) -> None:
    """One at a time or together; a version that never answered has none."""
    deployed(db)
    segments = sealed(tmp_path, rows(range(10)), rows(range(10, 20), version=18), rows(range(20, 22), caller="ann"))
    blobs = stocked(db, segments, tmp_path)

    def of(**asked: object) -> list[int]:
        return [number(row) for row in ask(db, blobs, **asked).items]

    assert list(range(19, 9, -1)) == of(version="fraud:18")
    assert [21, 20] == of(caller="ann")
    assert [13, 12] == of(since_ms=MADE_MS + 12 * SECOND_MS, until_ms=MADE_MS + 14 * SECOND_MS)
    assert [] == of(version="fraud:18", caller="ann")
    assert [] == of(version="fraud:99")


def test_a_row_says_what_fits_and_how_much_does_not(db: Database, tmp_path: Path) -> None:
    """A list of a hundred numbers stays on the prediction's own page; a hashed column stays a digest."""
    deployed(db)
    blobs = stocked(db, sealed(tmp_path, rows([3], wide=True, share=0.5)), tmp_path)
    [row] = ask(db, blobs).items

    assert ({"label": 6.0}, 3.0, 1) == (row.outputs, row.inputs["amount"], row.left_out)
    assert (("iban",), False) == (row.hidden, row.inputs["iban"].startswith("DE"))
    assert ("fraud:17", MADE_MS + 3 * SECOND_MS, 0.5, 1.5) == (str(row.version), row.at_ms, row.share, row.latency_ms)


def test_one_answer_looks_at_so_many_rows_and_says_how_far(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller who asked once long ago is found by asking on; nothing is left out on the way."""
    deployed(db)
    segments = sealed(tmp_path, rows([0], caller="ann"), *(rows(range(n, n + 10)) for n in range(1, 50, 10)))
    blobs = stocked(db, segments, tmp_path)
    monkeypatch.setattr(listing, "MOST_LOOKED_AT", 12)
    first = ask(db, blobs, caller="ann")
    by_rows = list(pages(db, blobs, caller="ann"))
    monkeypatch.setattr(listing, "MOST_S", 0.0)
    by_time = list(pages(db, blobs, limit=5))

    assert ([], MADE_MS + 39 * SECOND_MS) == (first.items, first.reached_ms)
    assert [[], [], [], [], [0]] == by_rows
    assert [[one] for one in range(50, -1, -1)] == by_time


def test_only_the_newest_segments_are_read(db: Database, tmp_path: Path) -> None:
    """Older ones may be anywhere, even gone."""
    deployed(db)
    lost = msgspec.structs.replace(sealed(tmp_path, rows(range(1000)))[0][0], digest=f"sha256:{'f' * 64}", name="lost")
    blobs = stocked(db, sealed(tmp_path, rows(range(1000, 1100))), tmp_path)
    db.write_now(lambda tx: ledger.add(tx, lost, 1))

    assert list(range(1099, 1049, -1)) == [number(row) for row in ask(db, blobs).items]


def test_a_window_of_the_index_is_read_and_the_next_one_later(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that a segment outside the window may hold in between wait for it."""
    deployed(db)
    segments = sealed(tmp_path, *(rows(range(n, n + 5)) for n in range(0, 60, 5)))
    blobs = stocked(db, segments, tmp_path)
    monkeypatch.setattr(predictions, "_WINDOW", 3)
    found = [one for page in pages(db, blobs, version="fraud:17") for one in page]

    assert list(range(59, -1, -1)) == found
    assert [] == [one for page in pages(db, blobs, version="fraud:18") for one in page]


def test_what_cannot_be_listed_is_refused(db: Database, tmp_path: Path) -> None:
    """A deployment that is not there, what is no version, a token of another list."""
    deployed(db)
    blobs = stocked(db, sealed(tmp_path, rows(range(4))), tmp_path)
    token = ask(db, blobs, limit=2).next_page_token
    with pytest.raises(NotFound):
        db.read_now(lambda tx: predictions.window(tx, "none", Asked(), predictions.sought("none", Asked())))
    with pytest.raises(BadInput, match="not a version"):
        ask(db, blobs, version="fraud@champion")
    with pytest.raises(BadInput, match="another query"):
        ask(db, blobs, caller="ann", page_token=token)
    with pytest.raises(BadInput):
        ask(db, blobs, page_token="x")  # a token of a list
