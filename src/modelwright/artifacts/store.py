"""The room's tables and all its SQL, as functions of a transaction.

Whoever changes an owner's files begins with `lock_owner`, so that changes of one owner come one after the other: a
hold sees all of a folder or nothing of a change to it. A blob's row stands for the wish to keep its bytes; the last
moment somebody wished so is `touched_ms`, and the sweep takes rows that no entry names and nobody touched for long.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    func,
    select,
    union_all,
    update,
)

from modelwright.artifacts.model import Entry, Hold, Upload, ancestors, below
from modelwright.core.db.schema import PrimaryKey, metadata
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx

CodePoints: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text ordered by code point on both databases, as `model.below` needs it."""

owners = Table(
    "artifact_owners",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("revision", BigInteger, nullable=False),
)

entries = Table(
    "artifact_entries",
    metadata,
    Column("owner_pk", BigInteger, ForeignKey("artifact_owners.pk"), nullable=False),
    Column("path", CodePoints, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("owner_pk", "path"),
    Index("ix_artifact_entries_digest", "digest"),
    sqlite_with_rowid=False,
)

blobs = Table(
    "artifact_blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("touched_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

holds = Table(
    "artifact_holds",
    metadata,
    Column("owner_pk", BigInteger, ForeignKey("artifact_owners.pk"), nullable=False),
    Column("prefix", CodePoints, nullable=False),
    Column("holder", Text, nullable=False),
    PrimaryKeyConstraint("holder", "owner_pk", "prefix"),
    Index("ix_artifact_holds_owner", "owner_pk"),
    sqlite_with_rowid=False,
)

uploads = Table(
    "artifact_uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("parts", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("digest", Text),
)

_LOCK_OWNER = Sql(
    lambda insert: (
        insert(owners)
        .values(name=bindparam("name"), revision=1)
        .on_conflict_do_update(index_elements=["name"], set_={"revision": owners.c.revision + 1})
        .returning(owners.c.pk)
    )
)
_FIND_OWNER = Sql(select(owners.c.pk).where(owners.c.name == bindparam("name")))

_FIELDS = (entries.c.path, entries.c.digest, entries.c.size, entries.c.created_ms)
_THEIRS = select(*_FIELDS).where(owners.c.pk == entries.c.owner_pk, owners.c.name == bindparam("owner"))
_INSIDE = entries.c.path >= bindparam("low"), entries.c.path < bindparam("high")
_ENTRY = Sql(_THEIRS.where(entries.c.path == bindparam("path")))
_ALL = Sql(_THEIRS.order_by(entries.c.path))
_ENDING = Sql(
    _THEIRS.where(func.lower(entries.c.path).like(bindparam("pattern")))
    .order_by(entries.c.path)
    .limit(bindparam("limit"))
)
_BELOW = Sql(_THEIRS.where(*_INSIDE).order_by(entries.c.path))
_IN_THE_WAY = Sql(
    union_all(
        select(*_FIELDS).where(entries.c.owner_pk == bindparam("owner_pk"), in_list(entries.c.path, "names")),
        select(*_FIELDS).where(entries.c.owner_pk == bindparam("owner_pk"), *_INSIDE),
    ).limit(1)
)
_PUT_ENTRY = Sql(
    lambda insert: (
        insert(entries)
        .values({name: bindparam(name) for name in ("owner_pk", "path", "digest", "size", "created_ms")})
        .on_conflict_do_update(
            index_elements=["owner_pk", "path"],
            set_={name: bindparam(name) for name in ("digest", "size", "created_ms")},
        )
    )
)
_DROP_ENTRIES = Sql(
    delete(entries).where(entries.c.owner_pk == bindparam("owner_pk"), in_list(entries.c.path, "paths"))
)

_KEEP_BLOB = Sql(
    lambda insert: (
        insert(blobs)
        .values(digest=bindparam("digest"), size=bindparam("size"), touched_ms=bindparam("now_ms"))
        .on_conflict_do_update(index_elements=["digest"], set_={"touched_ms": bindparam("now_ms")})
    )
)
_TOUCH_BLOBS = Sql(update(blobs).where(in_list(blobs.c.digest, "digests")).values(touched_ms=bindparam("now_ms")))
_NAMED = exists().where(entries.c.digest == blobs.c.digest)
_UNNAMED = Sql(
    select(blobs.c.digest)
    .where(blobs.c.touched_ms < bindparam("before_ms"), blobs.c.digest > bindparam("after"), ~_NAMED)
    .order_by(blobs.c.digest)
    .limit(bindparam("limit"))
)
_LET_GO = Sql(
    delete(blobs).where(blobs.c.digest == bindparam("digest"), blobs.c.touched_ms < bindparam("before_ms"), ~_NAMED)
)
_BLOB_SIZES = Sql(
    select(blobs.c.digest, blobs.c.size, _NAMED)
    .where(blobs.c.digest > bindparam("after"))
    .order_by(blobs.c.digest)
    .limit(bindparam("limit"))
)
_KNOWN = Sql(select(blobs.c.digest).where(in_list(blobs.c.digest, "digests")))
_BLOB_COUNT = Sql(select(func.count(), func.coalesce(func.sum(blobs.c.size), 0)))
_NAMED_WITHOUT_ROW = Sql(
    select(entries.c.digest)
    .where(~exists().where(blobs.c.digest == entries.c.digest))
    .distinct()
    .order_by(entries.c.digest)
)
_WHERE_NAMED = Sql(
    select(owners.c.name, entries.c.path)
    .where(owners.c.pk == entries.c.owner_pk, entries.c.digest == bindparam("digest"))
    .order_by(owners.c.name, entries.c.path)
    .limit(bindparam("limit"))
)

_HOLDS = Sql(
    select(holds.c.holder, holds.c.prefix)
    .where(holds.c.owner_pk == bindparam("owner_pk"))
    .order_by(holds.c.holder, holds.c.prefix)
)
_HOLD = Sql(
    lambda insert: (
        insert(holds)
        .values(owner_pk=bindparam("owner_pk"), prefix=bindparam("prefix"), holder=bindparam("holder"))
        .on_conflict_do_nothing()
    )
)
_HELD_BY = Sql(
    select(owners.c.name).where(owners.c.pk == holds.c.owner_pk, holds.c.holder == bindparam("holder")).distinct()
)
_RELEASE = Sql(delete(holds).where(holds.c.holder == bindparam("holder")))

_UPLOAD_FIELDS = tuple(uploads.c[name] for name in Upload.__struct_fields__)
_ADD_UPLOAD = Sql(lambda insert: insert(uploads).values({name: bindparam(name) for name in Upload.__struct_fields__}))
_UPLOAD = Sql(select(*_UPLOAD_FIELDS).where(uploads.c.id == bindparam("id")))
_COMPLETE = Sql(update(uploads).where(uploads.c.id == bindparam("upload_id")).values(digest=bindparam("whole")))
_OLD_UPLOADS = Sql(select(uploads.c.id).where(uploads.c.created_ms < bindparam("before_ms")))
_KNOWN_UPLOADS = Sql(select(uploads.c.id).where(in_list(uploads.c.id, "ids")))
_DROP_UPLOAD = Sql(delete(uploads).where(uploads.c.id == bindparam("id")))


def lock_owner(tx: WriteTx, owner: str) -> int:
    """The owner's number, made when new; until this transaction ends nobody else changes the owner's files."""
    return int(tx.value(_LOCK_OWNER, name=owner))


def entry(tx: ReadTx, owner: str, path: str) -> Entry | None:
    return _entry(tx.one(_ENTRY, owner=owner, path=path))


def entries_at(tx: ReadTx, owner: str, path: str) -> list[Entry]:
    """The file at `path`, or the files inside the folder `path`, by path; all of them for ""."""
    if path == "":
        return [Entry(*row) for row in tx.all(_ALL, owner=owner)]
    low, high = below(path)
    found = [Entry(*row) for row in tx.all(_BELOW, owner=owner, low=low, high=high)]
    file = entry(tx, owner, path)
    return found if file is None else [file, *found]


def entries_ending(tx: ReadTx, owner: str, ending: str, limit: int) -> list[Entry]:
    """The first `limit` files by path that end in `ending`, which is in small letters, in capitals or not."""
    return [Entry(*row) for row in tx.all(_ENDING, owner=owner, pattern=f"%{ending}", limit=limit)]


def in_the_way(tx: ReadTx, owner_pk: int, path: str) -> Entry | None:
    """What a new file at `path` meets: the file itself, one where a folder is needed, or one inside."""
    low, high = below(path)
    names = [path, *ancestors(path)]
    return _entry(tx.one(_IN_THE_WAY, owner_pk=owner_pk, names=names, low=low, high=high))


def put_entry(tx: WriteTx, owner_pk: int, new: Entry) -> None:
    tx.run(_PUT_ENTRY, owner_pk=owner_pk, path=new.path, digest=new.digest, size=new.size, created_ms=new.created_ms)


def drop_entries(tx: WriteTx, owner_pk: int, gone: Sequence[Entry], now_ms: int) -> None:
    """The names go; the bytes wait for the sweep, and its patience begins now."""
    tx.run(_DROP_ENTRIES, owner_pk=owner_pk, paths=[entry.path for entry in gone])
    touch_blobs(tx, (entry.digest for entry in gone), now_ms)


def keep_blob(tx: WriteTx, digest: str, size: int, now_ms: int) -> None:
    """Wish that the bytes stay; waits for a sweep that is just about to take them."""
    tx.run(_KEEP_BLOB, digest=digest, size=size, now_ms=now_ms)


def touch_blobs(tx: WriteTx, digests: Iterable[str], now_ms: int) -> None:
    tx.run(_TOUCH_BLOBS, digests=sorted(set(digests)), now_ms=now_ms)


def unnamed_blobs(tx: ReadTx, *, before_ms: int, after: str, limit: int) -> list[str]:
    """Digests that no entry names and nobody touched since `before_ms`, in order, beyond `after`."""
    return [row[0] for row in tx.all(_UNNAMED, before_ms=before_ms, after=after, limit=limit)]


def let_go(tx: WriteTx, digest: str, before_ms: int) -> bool:
    """Drop a blob's row if it is still unnamed and untouched. Until the transaction ends nobody can wish it back."""
    return tx.run(_LET_GO, digest=digest, before_ms=before_ms) == 1


def blob_rows(tx: ReadTx, *, after: str, limit: int) -> list[tuple[str, int, bool]]:
    """Digest, size and whether an entry names it, in order of digests, beyond `after`."""
    return [(row[0], row[1], bool(row[2])) for row in tx.all(_BLOB_SIZES, after=after, limit=limit)]


def known_blobs(tx: ReadTx, digests: list[str]) -> set[str]:
    return {row[0] for row in tx.all(_KNOWN, digests=digests)}


def blob_totals(tx: ReadTx) -> tuple[int, int]:
    """How many blobs have rows, and their bytes together."""
    row = tx.one(_BLOB_COUNT)
    assert row is not None  # noqa: S101 - an aggregate has one row
    return int(row[0]), int(row[1])


def named_without_row(tx: ReadTx) -> list[str]:
    """Digests that entries name and no row keeps. There are none unless somebody edited the database."""
    return [row[0] for row in tx.all(_NAMED_WITHOUT_ROW)]


def where_named(tx: ReadTx, digest: str, *, limit: int) -> list[str]:
    """Up to `limit` files with these bytes, as `<owner>/<path>`."""
    return [f"{row[0]}/{row[1]}" for row in tx.all(_WHERE_NAMED, digest=digest, limit=limit)]


def holds_on(tx: ReadTx, owner_pk: int) -> list[Hold]:
    return [Hold(holder=row[0], prefix=row[1]) for row in tx.all(_HOLDS, owner_pk=owner_pk)]


def holds_of_owner(tx: ReadTx, owner: str) -> list[Hold]:
    pk = tx.value(_FIND_OWNER, name=owner)
    return [] if pk is None else holds_on(tx, pk)


def add_hold(tx: WriteTx, owner_pk: int, hold: Hold) -> None:
    tx.run(_HOLD, owner_pk=owner_pk, prefix=hold.prefix, holder=hold.holder)


def held_by(tx: ReadTx, holder: str) -> list[str]:
    """The owners that `holder` holds something of."""
    return [row[0] for row in tx.all(_HELD_BY, holder=holder)]


def drop_holds(tx: WriteTx, holder: str) -> int:
    return tx.run(_RELEASE, holder=holder)


def add_upload(tx: WriteTx, upload: Upload) -> None:
    tx.run(_ADD_UPLOAD, **{name: getattr(upload, name) for name in Upload.__struct_fields__})


def upload(tx: ReadTx, id_: str) -> Upload | None:
    return tx.struct(Upload, _UPLOAD, id=id_)


def complete_upload(tx: WriteTx, id_: str, digest: str) -> None:
    tx.run(_COMPLETE, upload_id=id_, whole=digest)


def uploads_before(tx: ReadTx, before_ms: int) -> list[str]:
    return [row[0] for row in tx.all(_OLD_UPLOADS, before_ms=before_ms)]


def known_uploads(tx: ReadTx, ids: list[str]) -> set[str]:
    return {row[0] for row in tx.all(_KNOWN_UPLOADS, ids=ids)}


def drop_upload(tx: WriteTx, id_: str) -> bool:
    return tx.run(_DROP_UPLOAD, id=id_) == 1


def _entry(row: tuple[Any, ...] | None) -> Entry | None:
    return None if row is None else Entry(*row)
