"""What one can do with the files of an owner: steps of one transaction.

The bytes come first: they are placed among the blobs before `enter` gives them a name, and `let_go` (see `jobs`)
takes them only when nobody names them. So a name never stands without its bytes, and the other way round is only
space that the next sweep frees.
"""

from typing import Protocol

from modelwright.artifacts import store
from modelwright.artifacts.blobs import Placed
from modelwright.artifacts.events import FilesRemoved, FileStored, HoldReleased, HoldTaken
from modelwright.artifacts.model import (
    Entry,
    Hold,
    Listed,
    Manifest,
    Upload,
    checked_folder,
    checked_owner,
    checked_path,
    listing,
    manifest_digest,
)
from modelwright.core import limits
from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, Conflict, NotFound
from modelwright.core.events import record
from modelwright.core.ids import hex32


class Owners(Protocol):
    """What this room must know of those who own files; the rooms above answer it, `app.py` passes it in."""

    def location(self, tx: ReadTx, owner: str, *, writing: bool) -> str:
        """The owner's artifact URI, such as `mlflow-artifacts:/1/<run id>/artifacts`.

        Raises NotFound when there is no such owner, and BadInput or Conflict when `writing` and it takes no files,
        because it is deleted.
        """


def enter(tx: WriteTx, actor: Actor, owner: str, path: str, placed: Placed, *, force: bool = False) -> Entry:
    """Give placed bytes a name. The same bytes under the same name change nothing.

    Raises BadInput for a path that cannot be (see `checked_path`), Conflict when a file stands where a folder is
    needed or the reverse, or when something holds what would change, unless `force`.
    """
    checked_path(path)
    owner_pk = store.lock_owner(tx, checked_owner(owner))
    met = store.in_the_way(tx, owner_pk, path)
    if met is not None and met.path != path:
        raise Conflict(
            f"{path!r} cannot be a file while {met.path!r} is one: a name is a file or a folder", path=met.path
        )
    if met is not None and met.digest == placed.digest:
        return met
    held = [hold for hold in store.holds_on(tx, owner_pk) if hold.covers(path)]
    if held and not force:
        raise _held(owner, path, held)
    now = now_ms()
    new = Entry(path, placed.digest, placed.size, now)
    store.keep_blob(tx, new.digest, new.size, now)
    store.put_entry(tx, owner_pk, new)
    if met is not None:
        store.touch_blobs(tx, [met.digest], now)
    before = None if met is None else met.digest
    stored = FileStored(owner=owner, path=path, digest=new.digest, size=new.size, before=before, forced=bool(held))
    record(tx, actor, stored)
    return new


def remove(tx: WriteTx, actor: Actor, owner: str, path: str, *, force: bool = False) -> int:
    """Remove the file or folder at `path`, or everything for "", and answer how many files that were.

    Raises Conflict when something holds any of it, unless `force`.
    """
    checked_folder(path)
    owner_pk = store.lock_owner(tx, checked_owner(owner))
    gone = store.entries_at(tx, owner, path)
    if not gone:
        return 0
    held = [hold for hold in store.holds_on(tx, owner_pk) if hold.meets(path)]
    if held and not force:
        raise _held(owner, path, held)
    store.drop_entries(tx, owner_pk, gone, now_ms())
    size = sum(entry.size for entry in gone)
    record(tx, actor, FilesRemoved(owner=owner, path=path, files=len(gone), size=size, forced=bool(held)))
    return len(gone)


def file(tx: ReadTx, owner: str, path: str) -> Entry:
    """Raises NotFound, also for a folder, and says which it is."""
    found = store.entry(tx, checked_owner(owner), checked_path(path))
    if found is None:
        if store.entries_at(tx, owner, path):
            raise BadInput(f"{path!r} is a folder; ask for a file in it", path=path)
        raise NotFound(f"{owner} has no artifact {path!r}", owner=owner, path=path)
    return found


def files(tx: ReadTx, owner: str, path: str = "") -> list[Entry]:
    """The files at and below `path`, by path; none when nothing is there."""
    return store.entries_at(tx, checked_owner(owner), checked_folder(path))


def files_ending(tx: ReadTx, owner: str, ending: str, limit: int) -> list[Entry]:
    """The first files by path whose names end so, in capitals or not.

    `ending` is small letters behind a dot or a slash.
    """
    return store.entries_ending(tx, checked_owner(owner), ending, limit)


def listed(tx: ReadTx, owner: str, folder: str = "") -> list[Listed]:
    """What the folder shows, by name; empty when it is none."""
    inside = files(tx, owner, folder)
    return listing((entry for entry in inside if entry.path != folder), folder)


def manifest(tx: ReadTx, owner: str, root: str = "") -> Manifest:
    """The files at and below `root` as one body."""
    return _manifest(files(tx, owner, root), root)


def holds(tx: ReadTx, owner: str) -> list[Hold]:
    return store.holds_of_owner(tx, checked_owner(owner))


def hold(tx: WriteTx, actor: Actor, owner: str, prefix: str, holder: str) -> Manifest:
    """Have the files at and below `prefix` stay as they are until `release`, and answer what they are.

    While they are held nothing there is replaced, removed or added, unless forced. Holding again is fine.
    """
    checked_folder(prefix)
    owner_pk = store.lock_owner(tx, checked_owner(owner))
    store.add_hold(tx, owner_pk, Hold(holder=holder, prefix=prefix))
    held = manifest(tx, owner, prefix)
    record(tx, actor, HoldTaken(owner=owner, prefix=prefix, holder=holder, digest=held.digest))
    return held


def release(tx: WriteTx, actor: Actor, holder: str) -> None:
    """Let go of everything that `holder` holds. Harmless when that is nothing."""
    for owner in store.held_by(tx, holder):
        store.lock_owner(tx, owner)
        record(tx, actor, HoldReleased(owner=owner, holder=holder))
    store.drop_holds(tx, holder)


def begin_upload(tx: WriteTx, owner: str, path: str, parts: int) -> Upload:
    """Announce a file in parts. Raises BadInput for a number of parts that is not 1 to `limits.UPLOAD_PARTS`."""
    if not 1 <= parts <= limits.UPLOAD_PARTS:
        raise BadInput(f"a file comes in 1 to {limits.UPLOAD_PARTS} parts, not in {parts}", parts=parts)
    new = Upload(hex32(), checked_owner(owner), checked_path(path), parts, now_ms(), None)
    store.add_upload(tx, new)
    return new


def upload(tx: ReadTx, id_: str) -> Upload:
    """Raises NotFound for one that is unknown or aborted. A completed one is remembered for some days."""
    found = store.upload(tx, id_)
    if found is None:
        raise NotFound(f"no upload {id_!r} is under way; it may be aborted or too old", upload=id_)
    return found


def complete_upload(tx: WriteTx, actor: Actor, id_: str, whole: Placed) -> Entry:
    """Give the assembled file its name; see `enter` for what it raises."""
    begun = upload(tx, id_)
    entered = enter(tx, actor, begun.owner, begun.path, whole)
    store.complete_upload(tx, id_, whole.digest)
    return entered


def abort_upload(tx: WriteTx, id_: str) -> None:
    """Forget an upload. Harmless when repeated, and after it was completed."""
    store.drop_upload(tx, id_)


def _manifest(entries: list[Entry], root: str) -> Manifest:
    size = sum(entry.size for entry in entries)
    return Manifest(manifest_digest(entries, root=root), size, entries)


def _held(owner: str, path: str, held: list[Hold]) -> Conflict:
    holders = sorted({hold.holder for hold in held})
    what = f"{path!r} of {owner}" if path else f"what {owner} has"
    return Conflict(
        f"{what} must stay as it is: held by {', '.join(holders)}; release that first, or force it", held_by=holders
    )
