"""Comments and saved views, on both databases."""

import pytest

from modelwright.collaboration import service
from modelwright.core.auth import Actor, Permission
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, Denied, NotFound
from modelwright.core.events import events_of

ANN = Actor("ann", frozenset({Permission.READ}))
BOB = Actor("bob", frozenset({Permission.READ}))


def test_a_comment_is_kept_and_recorded(db: Database) -> None:
    """Writing a comment records who wrote about what."""
    comment = db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", "why so slow?"))

    items, total = db.read_now(lambda tx: service.comments_about(tx, "runs/1", 10))
    log = db.read_now(lambda tx: events_of(tx, "runs/1", before_id=10**9, limit=10))
    assert ([comment], 1) == (items, total)
    assert ["ann"] == [event.actor for event in log]


def test_only_its_author_deletes_a_comment(db: Database) -> None:
    """Somebody else's comment stays, and a deleted one is gone."""
    comment = db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", "hm"))

    with pytest.raises(Denied, match="ann's"):
        db.write_now(lambda tx: service.delete_comment(tx, BOB, comment.id))
    db.write_now(lambda tx: service.delete_comment(tx, ANN, comment.id))
    with pytest.raises(NotFound):
        db.write_now(lambda tx: service.delete_comment(tx, ANN, comment.id))


def test_a_blank_or_endless_comment_is_refused(db: Database) -> None:
    """Nothing is cut to fit: the error names the length and the limit."""
    with pytest.raises(BadInput, match="empty"):
        db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", " \n"))
    with pytest.raises(BadInput, match="20001 characters; 20000 is the most"):
        db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", "x" * 20_001))


def test_a_view_is_replaced_by_name_and_seen_by_others_only_when_shared(db: Database) -> None:
    """Saving under the same name again changes the view; sharing shows it to others, who cannot delete it."""
    db.write_now(lambda tx: service.save_view(tx, ANN, "runs", "mine", shared=False, state={"sort": "loss"}))
    assert [] == db.read_now(lambda tx: service.views_of(tx, BOB, "runs"))

    view = db.write_now(lambda tx: service.save_view(tx, ANN, "runs", "mine", shared=True, state={"sort": "acc"}))

    assert [view] == db.read_now(lambda tx: service.views_of(tx, BOB, "runs"))
    assert {"sort": "acc"} == view.state
    with pytest.raises(Denied):
        db.write_now(lambda tx: service.delete_view(tx, BOB, view.id))
    db.write_now(lambda tx: service.delete_view(tx, ANN, view.id))
    assert [] == db.read_now(lambda tx: service.views_of(tx, ANN, "runs"))
