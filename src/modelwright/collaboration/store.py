"""The room's tables and all its SQL."""

from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from modelwright.collaboration.model import Comment, Mention, View, named
from modelwright.core.clock import now_ms
from modelwright.core.db.schema import PrimaryKey, metadata
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx

comments = Table(
    "comments",
    metadata,
    Column("id", PrimaryKey, Identity(), primary_key=True),
    Column("about", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Index("ix_comments_about", "about", "id"),
)
comment_mentions = Table(
    "comment_mentions",
    metadata,
    Column("comment_id", BigInteger, ForeignKey("comments.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("ref", Text, nullable=False),
    PrimaryKeyConstraint("comment_id", "text"),
    Index("ix_comment_mentions_ref", "ref", "comment_id"),
    sqlite_with_rowid=False,
)
views = Table(
    "views",
    metadata,
    Column("id", PrimaryKey, Identity(), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("shared", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("is_default", SmallInteger, nullable=False, server_default="0"),
    UniqueConstraint("scope", "owner", "name", name="uq_views_name"),
)

_WRITE_COMMENT = Sql(
    insert(comments)
    .values(
        about=bindparam("about"),
        author=bindparam("author"),
        body=bindparam("body"),
        created_ms=bindparam("created_ms"),
    )
    .returning(*comments.c)
)
_COMMENT = Sql(select(*comments.c).where(comments.c.id == bindparam("comment_id")))


def _at_or_below(column: Column[str]) -> ColumnElement[bool]:
    """The parameters are those of `_whole`. That a thing is renamed or goes is rare: it may look at every comment, and
    needs no order by code point as a range would.
    """
    return or_(column == bindparam("thing"), func.substr(column, 1, bindparam("length")) == bindparam("below"))


def _whole(thing: str) -> dict[str, str | int]:
    return {"thing": thing, "below": thing + "/", "length": len(thing) + 1}


_RENAMES = tuple(
    Sql(
        update(column.table)
        .where(_at_or_below(column))
        .values({column.name: bindparam("after", type_=Text()).concat(func.substr(column, bindparam("length")))})
    )
    for column in (comments.c.about, comment_mentions.c.ref)
)
_WITHIN = Sql(select(*comments.c).where(_at_or_below(comments.c.about)).order_by(comments.c.id))
_UNLINK = Sql(delete(comment_mentions).where(_at_or_below(comment_mentions.c.ref)))
_DELETE_COMMENT = Sql(delete(comments).where(comments.c.id == bindparam("comment_id")))
_COMMENTS = Sql(
    select(*comments.c)
    .where(comments.c.about == bindparam("about"), comments.c.id > bindparam("after_id"))
    .order_by(comments.c.id)
    .limit(bindparam("limit"))
)
_COUNT_COMMENTS = Sql(select(func.count()).where(comments.c.about == bindparam("about")))
_MENTIONING = comments.c.id.in_(select(comment_mentions.c.comment_id).where(comment_mentions.c.ref == bindparam("ref")))
_MENTIONED = Sql(
    select(*comments.c)
    .where(_MENTIONING, comments.c.id < bindparam("before_id"))
    .order_by(comments.c.id.desc())
    .limit(bindparam("limit"))
)
_COUNT_MENTIONED = Sql(select(func.count()).select_from(comments).where(_MENTIONING))
_LATEST_COMMENTS = Sql(
    select(*comments.c)
    .where(comments.c.id < bindparam("before_id"))
    .order_by(comments.c.id.desc())
    .limit(bindparam("limit"))
)
_MENTION = Sql(
    insert(comment_mentions).values(
        {name: bindparam(name) for name in ("comment_id", "text", "ref")},
    )
)
_MENTIONS = Sql(select(*comment_mentions.c).where(in_list(comment_mentions.c.comment_id, "ids")))
_FORGET_MENTIONS = Sql(delete(comment_mentions).where(comment_mentions.c.comment_id == bindparam("comment_id")))
_LATEST_AUTHORS = select(comments.c.id, comments.c.author).order_by(comments.c.id.desc()).limit(bindparam("limit"))
_AUTHORS = Sql(select(_LATEST_AUTHORS.subquery().c.author).distinct())
_LATEST_MENTIONS = (
    select(comment_mentions.c.ref).order_by(comment_mentions.c.comment_id.desc()).limit(bindparam("limit"))
)
_MENTIONED_REFS = Sql(select(_LATEST_MENTIONS.subquery().c.ref).distinct())
_PEOPLE_OF = 1000
"""The latest so many comments and mentions are looked through for names."""

_SAVE_VIEW = Sql(
    lambda insert: (
        insert(views)
        .values(
            scope=bindparam("scope"),
            name=bindparam("name"),
            owner=bindparam("owner"),
            shared=bindparam("shared"),
            state=bindparam("state"),
            updated_ms=bindparam("updated_ms"),
        )
        .on_conflict_do_update(
            index_elements=["scope", "owner", "name"],
            set_={
                "shared": bindparam("shared"),
                "state": bindparam("state"),
                "updated_ms": bindparam("updated_ms"),
                # A view that is nobody else's any more cannot be what everybody sees first.
                "is_default": views.c.is_default * bindparam("shared"),
            },
        )
        .returning(*views.c)
    )
)
_VIEWS = Sql(
    select(*views.c)
    .where(views.c.scope == bindparam("scope"), or_(views.c.owner == bindparam("owner"), views.c.shared == 1))
    .order_by(views.c.name, views.c.id)
)
_VIEW = Sql(select(*views.c).where(views.c.id == bindparam("view_id")))
_DEFAULT_VIEW = Sql(select(*views.c).where(views.c.scope == bindparam("scope"), views.c.is_default == 1))
# Every view of the page is written, so that of two who choose at once one waits for the other.
_CHOOSE_DEFAULT = Sql(
    update(views)
    .where(views.c.scope == bindparam("scope"))
    .values(is_default=case((views.c.id == bindparam("view_id"), 1), else_=0))
)
_DELETE_VIEW = Sql(delete(views).where(views.c.id == bindparam("view_id")))


def write_comment(tx: WriteTx, about: str, author: str, body: str, mentions: list[Mention]) -> Comment:
    row = tx.one(_WRITE_COMMENT, about=about, author=author, body=body, created_ms=now_ms())
    comment = _comment(row or (), mentions)
    tx.run_many(_MENTION, ({"comment_id": comment.id, "text": one.text, "ref": one.ref} for one in mentions))
    return comment


def get_comment(tx: ReadTx, comment_id: int) -> Comment | None:
    return next(iter(_comments(tx, tx.all(_COMMENT, comment_id=comment_id))), None)


def rename(tx: WriteTx, before: str, after: str) -> None:
    """Let comments be about the thing, and mention it, by another name, with everything below it."""
    for each in _RENAMES:
        tx.run(each, **_whole(before), after=after)


def comments_within(tx: ReadTx, thing: str) -> list[Comment]:
    """About the thing or anything below it, oldest first."""
    return _comments(tx, tx.all(_WITHIN, **_whole(thing)))


def unlink(tx: WriteTx, thing: str) -> None:
    """Let no comment mention the thing or anything below it; the words stay."""
    tx.run(_UNLINK, **_whole(thing))


def delete_comment(tx: WriteTx, comment_id: int) -> None:
    tx.run(_FORGET_MENTIONS, comment_id=comment_id)
    tx.run(_DELETE_COMMENT, comment_id=comment_id)


def comments_about(tx: ReadTx, about: str, *, after_id: int, limit: int) -> tuple[list[Comment], int]:
    """Oldest first, and how many there are in all."""
    rows = tx.all(_COMMENTS, about=about, after_id=after_id, limit=limit)
    return _comments(tx, rows), tx.value(_COUNT_COMMENTS, about=about)


def comments_mentioning(tx: ReadTx, ref: str, *, before_id: int, limit: int) -> tuple[list[Comment], int]:
    """Newest first, and how many there are in all."""
    rows = tx.all(_MENTIONED, ref=ref, before_id=before_id, limit=limit)
    return _comments(tx, rows), tx.value(_COUNT_MENTIONED, ref=ref)


def latest_comments(tx: ReadTx, *, before_id: int, limit: int) -> list[Comment]:
    """Newest first."""
    return _comments(tx, tx.all(_LATEST_COMMENTS, before_id=before_id, limit=limit))


def people(tx: ReadTx) -> set[str]:
    """Who wrote one of the latest comments, or is mentioned in one."""
    authors = (name for (name,) in tx.all(_AUTHORS, limit=_PEOPLE_OF))
    mentioned = (named(ref) for (ref,) in tx.all(_MENTIONED_REFS, limit=_PEOPLE_OF))
    return {name for name in (*authors, *mentioned) if name}


def save_view(tx: WriteTx, *, scope: str, name: str, owner: str, shared: bool, state: bytes) -> View:
    row = tx.one(
        _SAVE_VIEW,
        scope=scope,
        name=name,
        owner=owner,
        shared=int(shared),
        state=state.decode(),
        updated_ms=now_ms(),
    )
    return _view(row or ())


def views_of(tx: ReadTx, scope: str, owner: str) -> list[View]:
    """One's own, and those that others share."""
    return [_view(row) for row in tx.all(_VIEWS, scope=scope, owner=owner)]


def get_view(tx: ReadTx, view_id: int) -> View | None:
    row = tx.one(_VIEW, view_id=view_id)
    return None if row is None else _view(row)


def default_view(tx: ReadTx, scope: str) -> View | None:
    row = tx.one(_DEFAULT_VIEW, scope=scope)
    return None if row is None else _view(row)


def choose_default(tx: WriteTx, scope: str, view_id: int | None) -> None:
    """Make this view, and no other of the scope, its default; None: no view at all."""
    tx.run(_CHOOSE_DEFAULT, scope=scope, view_id=view_id)


def delete_view(tx: WriteTx, view_id: int) -> None:
    tx.run(_DELETE_VIEW, view_id=view_id)


def _comments(tx: ReadTx, rows: list[tuple[Any, ...]]) -> list[Comment]:
    mentions: dict[int, list[Mention]] = {row[0]: [] for row in rows}
    for comment_id, text, ref in tx.all(_MENTIONS, ids=list(mentions)):
        mentions[comment_id].append(Mention(text, ref))
    return [_comment(row, mentions[row[0]]) for row in rows]


def _comment(row: tuple[Any, ...], mentions: list[Mention]) -> Comment:
    return Comment(id=row[0], about=row[1], author=row[2], body=row[3], created_ms=row[4], mentions=mentions)


def _view(row: tuple[Any, ...]) -> View:
    return View(
        id=row[0],
        scope=row[1],
        name=row[2],
        owner=row[3],
        shared=bool(row[4]),
        state=msgspec.json.decode(row[5]),
        updated_ms=row[6],
        is_default=bool(row[7]),
    )
