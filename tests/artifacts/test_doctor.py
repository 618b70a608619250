"""The doctor names what is broken, and nothing that is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from modelwright.artifacts import service, store
from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.doctor import Finding, examine, total_bytes
from modelwright.artifacts.jobs import PATIENCE_MS
from modelwright.core.auth import local_user
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.testing.blobs import digest, put
from tests.artifacts.conftest import RUN

ANN = local_user("ann")


def enter(db: Database, blobs: Blobs, path: str, data: bytes) -> str:
    """The file of the digest in the folder of blobs."""
    placed = put(blobs, data)
    db.write_now(lambda tx: service.enter(tx, ANN, RUN, path, placed))
    return f"sha256/{placed.digest[7:9]}/{placed.digest[9:]}"


def findings(db: Database, blobs: Blobs, *, at_ms: int | None = None) -> list[Finding]:
    return list(examine(db, blobs, at_ms=now_ms() if at_ms is None else at_ms, read=lambda _: None))


def test_all_is_well(db: Database, blobs: Blobs) -> None:
    """Every byte is read once, those that nobody names are not, and uploads on their way are no findings."""
    enter(db, blobs, "a", b"shared")
    enter(db, blobs, "b", b"shared")
    enter(db, blobs, "gone", b"removed")
    db.write_now(lambda tx: service.remove(tx, ANN, RUN, "gone"))
    put(blobs, b"on its way")
    read: list[int] = []

    assert [] == list(examine(db, blobs, at_ms=now_ms(), read=read.append))
    assert [6, 7] == sorted(read)
    assert 13 == total_bytes(db)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [(lambda file: file.unlink(), "missing"), (lambda file: file.write_bytes(b"prezious"), "damaged")],
    ids=["missing", "damaged"],
)
def test_lost_bytes_are_named_with_their_files(
    db: Database, blobs: Blobs, blobs_root: Path, spoil: object, kind: str
) -> None:
    """A person learns which files of which runs to worry about."""
    file = blobs_root / enter(db, blobs, "m/w", b"precious")
    enter(db, blobs, "m/x", b"precious")
    enter(db, blobs, "fine", b"fine")
    assert callable(spoil)
    spoil(file)
    (finding,) = findings(db, blobs)

    assert (kind, digest(b"precious"), [f"{RUN}/m/w", f"{RUN}/m/x"]) == (finding.kind, finding.what, finding.files)
    assert finding.is_broken


def test_a_disk_that_cannot_be_read_is_damage(db: Database, blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is still examined."""
    enter(db, blobs, "a", b"1")
    enter(db, blobs, "b", b"2")
    real = blobs.read

    def read(name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if name == digest(b"1"):
            raise OSError(5, "Input/output error")
        return real(name, start, end)

    monkeypatch.setattr(blobs, "read", read)

    assert [("damaged", digest(b"1"))] == [(finding.kind, finding.what) for finding in findings(db, blobs)]


def test_waste_is_told_and_is_not_broken(db: Database, blobs: Blobs, blobs_root: Path) -> None:
    """Bytes that were never named, long ago, and things that are none of ours."""
    put(blobs, b"orphan")
    (blobs_root / "sha256" / "README").write_text("what is this")
    found = findings(db, blobs, at_ms=now_ms() + PATIENCE_MS + 1)

    assert [("orphan", digest(b"orphan")), ("stray", "sha256/README")] == [(f.kind, f.what) for f in found]
    assert not any(finding.is_broken for finding in found)


def test_a_file_whose_row_is_gone_is_unkept(db: Database, blobs: Blobs) -> None:
    """Somebody edited the database."""
    enter(db, blobs, "a", b"1")
    db.write_now(lambda tx: tx.run(Sql(delete(store.blobs))))

    assert [Finding("unkept", digest(b"1"), [f"{RUN}/a"])] == findings(db, blobs)


def test_what_is_removed_meanwhile_is_no_finding(db: Database, blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that goes, with its bytes, while the doctor reads is none to worry about."""
    enter(db, blobs, "a", b"1")

    def read(name: str) -> Iterator[bytes]:
        db.write_now(lambda tx: service.remove(tx, ANN, RUN, "a"))
        blobs.delete(name)
        yield b""

    monkeypatch.setattr(blobs, "read", read)

    assert [] == findings(db, blobs)


def test_many_blobs_are_read_in_pages(db: Database, blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is read once, also at the turn of a page."""
    monkeypatch.setattr("modelwright.artifacts.doctor._PAGE", 2)
    for number in range(5):
        enter(db, blobs, str(number), str(number).encode())
    db.write_now(lambda tx: tx.run(Sql(update(store.blobs).values(size=1))))
    read: list[int] = []

    assert [] == list(examine(db, blobs, at_ms=now_ms(), read=read.append))
    assert [1] * 5 == read
