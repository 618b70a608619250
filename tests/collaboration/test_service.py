"""Comments and saved views, on both databases."""

import time
from collections.abc import Collection
from contextlib import nullcontext

import msgspec
import pytest

from modelwright.collaboration import service
from modelwright.collaboration.model import Comment, Mention, words_in
from modelwright.core.auth import Actor, Permission
from modelwright.core.db.database import Database
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput, Conflict, Denied, NotFound
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


def test_what_is_said_about_a_thing_goes_with_it(db: Database) -> None:
    """With all below it, and nothing beside it; the texts stay in the log, mentions elsewhere become plain words."""
    names = ("models/fraud", "models/fraud/versions/1", "models/fraud-eu")

    def talk(tx: WriteTx) -> Comment:
        for name in names:
            service.write_comment(tx, ANN, name, f"about {name}")
        return service.write_comment(tx, ANN, "runs/9", "like fraud:1", [lambda _, __: {"fraud:1": names[1]}])

    elsewhere = db.write_now(talk)
    db.write_now(lambda tx: service.gone(tx, BOB, "models/fraud"))
    left = db.read_now(lambda tx: [service.comments_about(tx, name, 10)[1] for name in names])
    ((shown,), _) = db.read_now(lambda tx: service.comments_about(tx, "runs/9", 10))
    log = db.read_now(lambda tx: events_of(tx, names[1], before_id=10**9, limit=1))

    assert [0, 0, 1] == left
    assert (elsewhere.body, []) == (shown.body, shown.mentions)
    assert ("bob", "about models/fraud/versions/1") == (log[0].actor, msgspec.json.decode(log[0].facts)["before"])


def test_comments_go_on_after_the_first_hundreds(db: Database) -> None:
    """Those about one thing by the id of the last that was seen, oldest first."""
    written = db.write_now(lambda tx: [service.write_comment(tx, ANN, "runs/1", str(n)) for n in range(5)])
    first, total = db.read_now(lambda tx: service.comments_about(tx, "runs/1", 3))
    rest, _ = db.read_now(lambda tx: service.comments_about(tx, "runs/1", 3, after_id=first[-1].id))

    assert (5, written) == (total, first + rest)


def test_a_blank_or_endless_comment_is_refused(db: Database) -> None:
    """Nothing is cut to fit: the error names the length and the limit."""
    with pytest.raises(BadInput, match="empty"):
        db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", " \n"))
    with pytest.raises(BadInput, match="20001 characters; 20000 is the most"):
        db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", "x" * 20_001))
    with pytest.raises(BadInput, match=r"U\+0000"):
        db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", "a\x00b"))


def test_a_text_that_no_database_keeps_is_the_callers_fault_wherever_it_comes_in(db: Database) -> None:
    """PostgreSQL takes none with U+0000, not even to compare with; SQLite finds nothing there."""
    refuses = db.read_now(lambda tx: tx.database) == "postgresql"
    with pytest.raises(BadInput, match=r"U\+0000") if refuses else nullcontext():
        found = db.read_now(lambda tx: service.comments_mentioning(tx, "people/a\x00b", before_id=2**62, limit=10))
        assert ([], 0) == found


def test_what_a_comment_mentions_is_kept_with_it_recorded_and_gone_with_it(db: Database) -> None:
    """Things that a namer knows, and people whether anybody knows them or not; found from either side."""

    def namer(_: object, words: Collection[str]) -> dict[str, str]:
        return {word: "models/fraud/versions/18" for word in words if word == "fraud:18"}

    body = "@bob: fraud:18 beats fraud:17, does it not, @bob?"
    comment = db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/1", body, [namer]))
    db.write_now(lambda tx: service.write_comment(tx, ANN, "runs/2", "@eve and nothing else", [namer]))

    def mentioning(ref: str) -> tuple[list[Comment], int]:
        return db.read_now(lambda tx: service.comments_mentioning(tx, ref, before_id=10**9, limit=10))

    expected = [Mention("@bob", "people/bob"), Mention("fraud:18", "models/fraud/versions/18")]
    assert expected == sorted(comment.mentions, key=lambda mention: mention.text)
    assert ([comment], 1) == mentioning("people/bob") == mentioning("models/fraud/versions/18")
    assert ["eve"] == [mention.text[1:] for mention in mentioning("people/eve")[0][0].mentions]
    (event,) = db.read_now(lambda tx: events_of(tx, "runs/1", before_id=10**9, limit=10))
    assert ["models/fraud/versions/18", "people/bob"] == msgspec.json.decode(event.facts)["mentions"]
    latest = db.read_now(lambda tx: service.latest_comments(tx, before_id=10**9, limit=10))
    assert ["runs/2", "runs/1"] == [one.about for one in latest]

    db.write_now(lambda tx: service.delete_comment(tx, ANN, comment.id))
    assert ([], 0) == mentioning("people/bob")


def test_names_are_offered_of_who_wrote_was_mentioned_or_was_seen_elsewhere(db: Database) -> None:
    """Each once, by how they begin in any case; never what is no person."""

    def namer(_: object, words: Collection[str]) -> dict[str, str]:
        return dict.fromkeys(words, "models/bowl/versions/1")

    db.write_now(lambda tx: service.write_comment(tx, BOB, "runs/1", "@Bodo look at bowl:1, @ann", [namer]))

    def offered(start: str) -> list[str]:
        return db.read_now(lambda tx: service.people_named(tx, start, [lambda _: ["bob", "boris"]], 3))

    assert ["bob", "Bodo", "boris"] == offered("BO")
    assert ["ann"] == offered("a")
    assert 3 == len(offered(""))


@pytest.mark.parametrize(
    ("body", "things", "people"),
    [
        ("See fraud:18, fraud@champion.", ["fraud:18", "fraud@champion"], []),
        ("(models/fraud/versions/3) runs/4a1f", ["models/fraud/versions/3", "runs/4a1f"], []),
        ("fraud:18 fraud:18", ["fraud:18"], []),
        ("**@ann** and @b.c-d, not @.", [], ["ann", "b.c-d"]),
        ("ask @ann@corp.example", [], ["ann@corp.example"]),
        ("https://host.example/runs/4a1f and ann@corp", ["ann@corp"], []),
        ("`fraud:18 @ann` ```\nfraud:19 @bob\n``` ~", [], []),
        ("``` @left open", [], []),
        ("<img src=x onerror=alert(1)>@x:y", [], ["x"]),
        ("\u05e9\u05dc\u05d5\u05dd:3 @\u05d0\u05e0", ["\u05e9\u05dc\u05d5\u05dd:3"], ["\u05d0\u05e0"]),
        ("@" * 20_000, [], []),
        ("a:" + "-" * 19_990, [], []),
        ("a-" * 10_000, [], []),
    ],
)
def test_words_that_may_be_mentions(body: str, things: list[str], people: list[str]) -> None:
    """Whole words only, and none in code; hostile ones take no longer."""
    began = time.perf_counter()
    found, mentioned = words_in(body)

    assert (things, people) == (found, [mention.text[1:] for mention in mentioned])
    assert 1 > time.perf_counter() - began


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


def _default(db: Database) -> list[str]:
    return [view.name for view in db.read_now(lambda tx: service.views_of(tx, BOB, "runs")) if view.is_default]


def test_one_shared_view_is_the_default_of_its_page_until_that_is_undone(db: Database) -> None:
    """Choosing another one replaces it; each choice is recorded once, with what was before."""
    one, two = (
        db.write_now(lambda tx, name=name: service.save_view(tx, ANN, "runs", name, shared=True, state={}))  # type: ignore[misc]  # bound now
        for name in ("one", "two")
    )
    other = db.write_now(lambda tx: service.save_view(tx, ANN, "models", "other", shared=True, state={}))
    db.write_now(lambda tx: service.choose_default(tx, ANN, other.id))
    db.write_now(lambda tx: service.choose_default(tx, ANN, one.id))
    db.write_now(lambda tx: service.choose_default(tx, BOB, two.id))
    db.write_now(lambda tx: service.choose_default(tx, BOB, two.id))
    assert ["two"] == _default(db)
    db.write_now(lambda tx: service.undo_default(tx, ANN, one.id))
    assert ["two"] == _default(db)
    db.write_now(lambda tx: service.undo_default(tx, ANN, two.id))

    log = db.read_now(lambda tx: events_of(tx, "runs", before_id=10**9, limit=10))
    facts = [msgspec.json.decode(event.facts) for event in reversed(log)]
    assert [] == _default(db)
    assert [(None, "one"), ("one", "two"), ("two", None)] == [(fact["before"], fact["after"]) for fact in facts]
    assert ["other"] == [view.name for view in db.read_now(lambda tx: service.views_of(tx, BOB, "models"))]


def test_a_default_view_that_is_shared_no_more_or_deleted_is_no_default(db: Database) -> None:
    """It cannot be seen by everybody then; and one that was never shared is refused."""
    view = db.write_now(lambda tx: service.save_view(tx, ANN, "runs", "mine", shared=False, state={}))
    with pytest.raises(Conflict, match="only its owner's"):
        db.write_now(lambda tx: service.choose_default(tx, ANN, view.id))
    for takes_away in ("unshare", "delete"):
        db.write_now(lambda tx: service.save_view(tx, ANN, "runs", "mine", shared=True, state={}))
        db.write_now(lambda tx: service.choose_default(tx, ANN, view.id))
        assert ["mine"] == _default(db)
        if takes_away == "unshare":
            db.write_now(lambda tx: service.save_view(tx, ANN, "runs", "mine", shared=False, state={}))
        else:
            db.write_now(lambda tx: service.delete_view(tx, ANN, view.id))
        assert [] == _default(db)

    log = db.read_now(lambda tx: events_of(tx, "runs", before_id=10**9, limit=10))
    assert 4 == len(log)
    with pytest.raises(NotFound):
        db.write_now(lambda tx: service.choose_default(tx, ANN, view.id))
