"""The steps of one transaction on the files of an owner, on both databases."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.artifacts import service, store
from modelwright.artifacts.blobs import Placed
from modelwright.artifacts.model import Entry, Hold, Listed, manifest_digest
from modelwright.core import limits
from modelwright.core.auth import local_user
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.errors import BadInput, Conflict, NotFound
from modelwright.core.events import events_of

ANN = local_user("ann")
RUN = "runs/" + "4f" * 16
VERSION = "models/fraud/versions/3"
BIG = 1 << 62


def placed(data: bytes) -> Placed:
    return Placed(f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))


def enter(db: Database, path: str, data: bytes = b"x", *, owner: str = RUN, force: bool = False) -> Entry:
    return db.write_now(lambda tx: service.enter(tx, ANN, owner, path, placed(data), force=force))


def remove(db: Database, path: str, *, owner: str = RUN, force: bool = False) -> int:
    return db.write_now(lambda tx: service.remove(tx, ANN, owner, path, force=force))


def paths(db: Database, folder: str = "", owner: str = RUN) -> list[str]:
    return [entry.path for entry in db.read_now(lambda tx: service.files(tx, owner, folder))]


def hold(db: Database, prefix: str = "", holder: str = VERSION) -> str:
    return db.write_now(lambda tx: service.hold(tx, ANN, RUN, prefix, holder)).digest


def facts(db: Database) -> list[dict[str, Any]]:
    """The facts about the run, oldest first."""
    recorded = db.read_now(lambda tx: events_of(tx, RUN, before_id=BIG, limit=100))
    return [msgspec.json.decode(event.facts) for event in reversed(recorded)]


def test_a_file_is_found_under_its_name(db: Database) -> None:
    """What was entered is what is found, for its owner only."""
    entry = enter(db, "model/Größe 🎉.pkl", b"weights")

    assert entry == db.read_now(lambda tx: service.file(tx, RUN, "model/Größe 🎉.pkl"))
    assert (placed(b"weights").digest, 7) == (entry.digest, entry.size)
    assert [] == paths(db, owner="runs/other")


def test_a_missing_file_and_a_folder_are_told_apart(db: Database) -> None:
    """Nobody asks for the bytes of a folder by mistake and hears that nothing is there."""
    enter(db, "a/b")

    with pytest.raises(NotFound):
        db.read_now(lambda tx: service.file(tx, RUN, "b"))
    with pytest.raises(BadInput, match="folder"):
        db.read_now(lambda tx: service.file(tx, RUN, "a"))


def test_the_same_bytes_again_change_nothing(db: Database) -> None:
    """A client that retries an upload does not make history."""
    first = enter(db, "a")

    assert first == enter(db, "a")
    assert 1 == len(facts(db))


def test_other_bytes_replace_the_file(db: Database) -> None:
    """The event tells what stood there before."""
    enter(db, "a", b"old")
    enter(db, "a", b"new")

    assert placed(b"new").digest == db.read_now(lambda tx: service.file(tx, RUN, "a")).digest
    assert {
        "event": "artifacts.file.stored",
        "owner": RUN,
        "path": "a",
        "digest": placed(b"new").digest,
        "size": 3,
        "before": placed(b"old").digest,
        "forced": False,
    } == facts(db)[-1]


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b/c", "a"), ("a/b/c", "a/b"), ("a", "a/b/c")])
def test_a_name_is_a_file_or_a_folder(db: Database, first: str, second: str) -> None:
    """No client could download both."""
    enter(db, first)

    with pytest.raises(Conflict, match="file or a folder"):
        enter(db, second)
    assert [first] == paths(db)


def test_neighbours_in_spelling_are_no_obstacle(db: Database) -> None:
    """Only a slash makes a folder, whatever the database thinks of the order of words."""
    names = ["a", "a-b", "a.b", "a b", "a0", "A/b", "ä/b", "ab/c", "a\u00a0/b"]
    for name in names:
        enter(db, name)

    assert sorted(names) == paths(db)
    assert ["A/b"] == paths(db, "A")
    assert ["a"] == paths(db, "a")


def test_a_folder_is_listed_one_level_deep(db: Database) -> None:
    """As a person would see it; a file is no folder and shows nothing."""
    for name in ("m/MLmodel", "m/data/w", "z"):
        enter(db, name)

    def names(folder: str) -> list[Listed]:
        return db.read_now(lambda tx: service.listed(tx, RUN, folder))

    assert [("m", True), ("z", False)] == [(item.path, item.is_dir) for item in names("")]
    assert [("m/MLmodel", False), ("m/data", True)] == [(item.path, item.is_dir) for item in names("m")]
    assert [] == names("z")
    assert [] == names("nothing")


def test_removing_a_folder_takes_what_is_in_it(db: Database) -> None:
    """And nothing that merely begins like it; removing nothing is fine and no fact."""
    for name in ("m/a", "m/b/c", "m2"):
        enter(db, name)

    assert 2 == remove(db, "m")
    assert 0 == remove(db, "m")
    assert ["m2"] == paths(db)
    assert ("artifacts.files.removed", "m", 2) == tuple(facts(db)[-1][name] for name in ("event", "path", "files"))
    assert 1 == remove(db, "")
    assert [] == paths(db)


def test_held_files_stay_as_they_are(db: Database) -> None:
    """While a version relies on a folder, nothing in it changes, and the refusal names the version."""
    enter(db, "m/MLmodel")
    enter(db, "log.txt")
    hold(db, "m")

    for change in (
        lambda: enter(db, "m/MLmodel", b"other"),
        lambda: enter(db, "m/added"),
        lambda: remove(db, "m/MLmodel"),
        lambda: remove(db, "m"),
        lambda: remove(db, ""),
    ):
        with pytest.raises(Conflict, match=VERSION) as raised:
            change()
        assert [VERSION] == raised.value.facts["held_by"]
    assert ["log.txt", "m/MLmodel"] == paths(db)
    enter(db, "m/MLmodel")
    enter(db, "log.txt", b"longer")
    assert 1 == remove(db, "log.txt")


def test_force_passes_a_hold_and_is_remembered(db: Database) -> None:
    """Somebody who insists may, and the log says so."""
    enter(db, "m/a")
    hold(db, "m")
    enter(db, "m/a", b"other", force=True)
    remove(db, "m", force=True)

    assert [True, True] == [fact["forced"] for fact in facts(db)[-2:]]


def test_force_without_a_hold_is_nothing_special(db: Database) -> None:
    """The log calls forced only what was."""
    enter(db, "a", force=True)
    remove(db, "a", force=True)

    assert [False, False] == [fact["forced"] for fact in facts(db)]


def test_released_files_may_change_once_nobody_holds_them(db: Database) -> None:
    """Each holder holds for itself."""
    enter(db, "m/a")
    hold(db, "m")
    hold(db, "m")
    hold(db, "", "models/fraud/versions/4")
    db.write_now(lambda tx: service.release(tx, ANN, VERSION))

    with pytest.raises(Conflict, match="versions/4"):
        remove(db, "m")
    assert [Hold(holder="models/fraud/versions/4", prefix="")] == db.read_now(lambda tx: service.holds(tx, RUN))
    db.write_now(lambda tx: service.release(tx, ANN, "models/fraud/versions/4"))
    db.write_now(lambda tx: service.release(tx, ANN, "models/fraud/versions/4"))
    assert 1 == remove(db, "m")
    assert ["taken", "taken", "taken", "released", "released"] == [
        fact["event"].rpartition(".")[2] for fact in facts(db) if "hold" in fact["event"]
    ]


def test_nothing_is_held_of_an_unknown_owner(db: Database) -> None:
    """Asking is not making."""
    assert [] == db.read_now(lambda tx: service.holds(tx, "runs/unknown"))


def test_a_hold_answers_the_digest_of_what_is_held(db: Database) -> None:
    """It is that of the manifest, and independent of where the files stand."""
    entries = [enter(db, "m/a", b"1"), enter(db, "m/b/c", b"22")]
    held = hold(db, "m")
    manifest = db.read_now(lambda tx: service.manifest(tx, RUN, "m"))

    assert held == manifest.digest == manifest_digest(entries, root="m")
    assert (3, entries) == (manifest.size, manifest.files)


@pytest.mark.parametrize("parts", [0, -1, limits.UPLOAD_PARTS + 1])
def test_a_file_comes_in_a_sane_number_of_parts(db: Database, parts: int) -> None:
    """Refused before anything is sent."""
    with pytest.raises(BadInput):
        db.write_now(lambda tx: service.begin_upload(tx, RUN, "big", parts))


def test_an_upload_is_known_until_it_is_aborted(db: Database) -> None:
    """Aborting forgets it, once or twice."""
    begun = db.write_now(lambda tx: service.begin_upload(tx, RUN, "big", 3))

    assert begun == db.read_now(lambda tx: service.upload(tx, begun.id))
    db.write_now(lambda tx: service.abort_upload(tx, begun.id))
    db.write_now(lambda tx: service.abort_upload(tx, begun.id))
    with pytest.raises(NotFound):
        db.read_now(lambda tx: service.upload(tx, begun.id))


def test_a_completed_upload_is_remembered(db: Database) -> None:
    """A client that did not hear the answer can ask again."""
    begun = db.write_now(lambda tx: service.begin_upload(tx, RUN, "big", 3))
    entry = db.write_now(lambda tx: service.complete_upload(tx, ANN, begun.id, placed(b"whole")))

    assert entry == db.write_now(lambda tx: service.complete_upload(tx, ANN, begun.id, placed(b"whole")))
    assert entry.digest == db.read_now(lambda tx: service.upload(tx, begun.id)).digest
    assert ["big"] == paths(db)


USES: list[Callable[[Any, str, str], Any]] = [
    lambda tx, owner, path: service.enter(tx, ANN, owner, path, placed(b"")),
    lambda tx, owner, path: service.remove(tx, ANN, owner, path),
    service.file,
    service.listed,
    service.manifest,
    lambda tx, owner, path: service.hold(tx, ANN, owner, path, VERSION),
    lambda tx, owner, path: service.begin_upload(tx, owner, path, 1),
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("owner", "path"), [(RUN, "../x"), (RUN, "%2e%2e/x"), ("../x", "a"), ("runs/a/b", "a")])
def test_every_way_in_checks_names(db: Database, use: Callable[[Any, str, str], Any], owner: str, path: str) -> None:
    """There is no side door for a name that leads elsewhere."""
    with pytest.raises(BadInput):
        db.write_now(lambda tx: use(tx, owner, path))


class TestLettingGo:
    """Which bytes a sweep may take."""

    def unnamed(self, db: Database, before_ms: int = BIG) -> list[str]:
        return db.read_now(lambda tx: store.unnamed_blobs(tx, before_ms=before_ms, after="", limit=100))

    def let_go(self, db: Database, data: bytes, before_ms: int = BIG) -> bool:
        return db.write_now(lambda tx: store.let_go(tx, placed(data).digest, before_ms))

    def test_named_bytes_stay(self, db: Database) -> None:
        """As long as one name of any owner is left."""
        enter(db, "a")
        enter(db, "b", owner="runs/other")
        remove(db, "a")

        assert [] == self.unnamed(db)
        assert not self.let_go(db, b"x")
        remove(db, "b", owner="runs/other")
        assert [placed(b"x").digest] == self.unnamed(db)
        assert self.let_go(db, b"x")
        assert not self.let_go(db, b"x")

    def test_patience_begins_when_the_last_name_goes(self, db: Database) -> None:
        """Bytes replaced or removed a moment ago are not taken yet: an upload of the same may be on its way."""
        first = enter(db, "a", b"old")
        enter(db, "a", b"new")

        assert [] == self.unnamed(db, before_ms=first.created_ms)
        assert not self.let_go(db, b"old", before_ms=first.created_ms)
        assert [placed(b"old").digest] == self.unnamed(db)

    def test_pages_go_on_where_they_ended(self, db: Database) -> None:
        """A sweep of many blobs reads them in pages."""
        for data in (b"1", b"2", b"3"):
            enter(db, "a", data)
        remove(db, "a")
        digests = sorted(placed(data).digest for data in (b"1", b"2", b"3"))

        page = db.read_now(lambda tx: store.unnamed_blobs(tx, before_ms=BIG, after=digests[0], limit=1))
        assert [digests[1]] == page


@pytest.fixture(scope="module")
def sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples of a property."""
    path = tmp_path_factory.mktemp("property") / "test.db"
    shutil.copy(migrated_sqlite, path)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["put", "remove"]), st.sampled_from(["a", "a/b", "a/b/c", "a/c", "b", "b-", "b/x"])),
        max_size=24,
    )
)
def test_manifest_behaves_like_a_dictionary(steps: list[tuple[str, str]], sqlite: Database) -> None:
    """Any run of puts and removals leaves what a plain dictionary of paths would hold."""
    sqlite.write_now(lambda tx: service.remove(tx, ANN, RUN, ""))
    expected: dict[str, bytes] = {}
    for number, (verb, path) in enumerate(steps):
        if verb == "remove":
            remove(sqlite, path)
            expected = {name: data for name, data in expected.items() if not f"{name}/".startswith(path + "/")}
        elif any(f"{path}/".startswith(n + "/") or f"{n}/".startswith(path + "/") for n in expected if n != path):
            with pytest.raises(Conflict):
                enter(sqlite, path)
        else:
            expected[path] = str(number).encode()
            enter(sqlite, path, expected[path])

    found = sqlite.read_now(lambda tx: service.files(tx, RUN))
    assert [(path, placed(expected[path]).digest) for path in sorted(expected)] == [(e.path, e.digest) for e in found]
