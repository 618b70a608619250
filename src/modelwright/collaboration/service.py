"""What one can do: comment, read what mentions a thing or a person, and save views."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from modelwright.collaboration import store
from modelwright.collaboration.events import CommentDeleted, CommentWritten, DefaultViewChosen
from modelwright.collaboration.model import (
    BODY_CHARS,
    REFERENCE_CHARS,
    VIEW_NAME_CHARS,
    VIEW_STATE_BYTES,
    Comment,
    Mention,
    View,
    checked,
    words_in,
)
from modelwright.core.auth import Actor, Permission
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, Conflict, Denied, NotFound
from modelwright.core.events import record
from modelwright.core.finding import Namer, People
from modelwright.core.nesting import check_nesting


def write_comment(tx: WriteTx, actor: Actor, about: str, body: str, namers: Sequence[Namer] = ()) -> Comment:
    """A comment, with the people in it and those things that the namers know."""
    about = checked(about, "the reference of what the comment is about", REFERENCE_CHARS)
    words, mentions = words_in(checked(body, "the comment", BODY_CHARS))
    for namer in namers:
        mentions += [Mention(word, ref) for word, ref in namer(tx, words).items()]
    comment = store.write_comment(tx, about, actor.name, body, mentions)
    record(tx, actor, CommentWritten(about=about, comment=comment.id, mentions=_refs(comment)))
    return comment


def _refs(comment: Comment) -> tuple[str, ...]:
    return tuple(sorted({mention.ref for mention in comment.mentions}))


def delete_comment(tx: WriteTx, actor: Actor, comment_id: int) -> None:
    """Authors delete their own; who may delete anything may delete any. The text stays in the log of events."""
    comment = store.get_comment(tx, comment_id)
    if comment is None:
        raise NotFound(f"no comment {comment_id}", comment=comment_id)
    if comment.author != actor.name and Permission.OPERATE not in actor.permissions:
        raise Denied(f"comment {comment_id} is {comment.author}'s; only its author can delete it")
    _drop(tx, actor, comment)


def _drop(tx: WriteTx, actor: Actor, comment: Comment) -> None:
    store.delete_comment(tx, comment.id)
    record(
        tx, actor, CommentDeleted(about=comment.about, comment=comment.id, before=comment.body, mentions=_refs(comment))
    )


def renamed(tx: WriteTx, before: str, after: str) -> None:
    """Follow a thing to its new name, with everything below it (`models/a/versions/1` is below `models/a`)."""
    store.rename(tx, before, after)


def gone(tx: WriteTx, actor: Actor, thing: str) -> None:
    """Delete what is said about a thing that is no more, and about all below it.

    Its name may be given to another thing, which must not inherit this one's comments. Mentions of it elsewhere are
    plain words from now on. As whenever a comment is deleted, its text stays in the log of events.
    """
    for comment in store.comments_within(tx, thing):
        _drop(tx, actor, comment)
    store.unlink(tx, thing)


def comments_about(tx: ReadTx, about: str, limit: int, *, after_id: int = 0) -> tuple[list[Comment], int]:
    """Oldest first, with ids above `after_id`, and how many there are in all."""
    return store.comments_about(tx, about, after_id=after_id, limit=limit)


def comments_mentioning(tx: ReadTx, ref: str, *, before_id: int, limit: int) -> tuple[list[Comment], int]:
    """Newest first, with ids below `before_id`, and how many there are in all."""
    return store.comments_mentioning(tx, ref, before_id=before_id, limit=limit)


def latest_comments(tx: ReadTx, *, before_id: int, limit: int) -> list[Comment]:
    """About anything, newest first, with ids below `before_id`."""
    return store.latest_comments(tx, before_id=before_id, limit=limit)


def people_named(tx: ReadTx, start: str, seen: Iterable[People], limit: int) -> list[str]:
    """Names that begin so, in any case, in order: of who commented or was mentioned, or was `seen` by others."""
    found = {*store.people(tx), *(name for people in seen for name in people(tx))}
    return sorted((name for name in found if name.lower().startswith(start.lower())), key=str.casefold)[:limit]


def save_view(tx: WriteTx, actor: Actor, scope: str, name: str, *, shared: bool, state: dict[str, Any]) -> View:
    """Save under a name; one's own view of that name is replaced, and is the default no more when it is not shared."""
    check_nesting(state)
    encoded = msgspec.json.encode(state)
    if len(encoded) > VIEW_STATE_BYTES:
        raise BadInput(f"the view takes {len(encoded)} bytes; {VIEW_STATE_BYTES} is the most")
    scope = checked(scope, "the scope", REFERENCE_CHARS)
    before = store.default_view(tx, scope)
    view = store.save_view(
        tx,
        scope=scope,
        name=checked(name, "the view's name", VIEW_NAME_CHARS),
        owner=actor.name,
        shared=shared,
        state=encoded,
    )
    if before is not None and before.id == view.id and not view.is_default:
        record(tx, actor, DefaultViewChosen(scope=scope, before=before.name, after=None))
    return view


def views_of(tx: ReadTx, actor: Actor, scope: str) -> list[View]:
    return store.views_of(tx, scope, actor.name)


def choose_default(tx: WriteTx, actor: Actor, view_id: int) -> View:
    """Show this view to everybody whose address names none; harmless when it is so already.

    Raises NotFound for a view that is not there, and Conflict for one that is not shared.
    """
    view = _existing_view(tx, view_id)
    if not view.shared:
        raise Conflict(f"the view {view.name!r} is only its owner's; save it for everybody first", view=view_id)
    if not view.is_default:
        before = store.default_view(tx, view.scope)
        store.choose_default(tx, view.scope, view_id)
        name = None if before is None else before.name
        record(tx, actor, DefaultViewChosen(scope=view.scope, before=name, after=view.name))
    return _existing_view(tx, view_id)


def undo_default(tx: WriteTx, actor: Actor, view_id: int) -> None:
    """Let the page of this view be as it is by itself; harmless when the view is not its default."""
    view = _existing_view(tx, view_id)
    if view.is_default:
        store.choose_default(tx, view.scope, None)
        record(tx, actor, DefaultViewChosen(scope=view.scope, before=view.name, after=None))


def delete_view(tx: WriteTx, actor: Actor, view_id: int) -> None:
    view = _existing_view(tx, view_id)
    if view.owner != actor.name:
        raise Denied(f"the view {view.name!r} is {view.owner}'s; save one of your own beside it")
    undo_default(tx, actor, view_id)
    store.delete_view(tx, view_id)


def _existing_view(tx: ReadTx, view_id: int) -> View:
    view = store.get_view(tx, view_id)
    if view is None:
        raise NotFound(f"no view {view_id}", view=view_id)
    return view
