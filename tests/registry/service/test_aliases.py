"""Aliases and their history, on both databases."""

import pytest

from modelwright.core.auth import Actor
from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput, Conflict, Denied, NotFound
from modelwright.registry.model.things import AliasMove, CheckOutcome
from modelwright.registry.service import aliases, models
from modelwright.registry.service.neighbours import Move, Neighbours
from tests.registry.house import (
    ANN,
    BOB,
    Origins,
    alone,
    get_model,
    get_version,
    happened,
    new_model,
    new_version,
    point,
)


@pytest.fixture
def fraud(db: Database) -> Database:
    """A database in which the model fraud has three versions."""
    new_model(db)
    for _ in range(3):
        new_version(db)
    return db


def history(db: Database, alias: str = "champion") -> list[AliasMove]:
    moves, _ = db.read_now(lambda tx: aliases.alias_history(tx, "fraud", alias))
    return moves


def number_of(db: Database, alias: str) -> int:
    return db.read_now(lambda tx: aliases.version_by_alias(tx, "fraud", alias)).number


class OnlyForward:
    """A check that forbids going back to an older version."""

    name = "Only forward"

    def check(self, _tx: ReadTx, _actor: Actor, move: Move) -> None:
        if move.number is not None and move.number < max(move.before, default=0):
            raise Denied(f"version {move.number} is older than what is there")


def test_alias_points_to_a_version(fraud: Database) -> None:
    """The model and the version both know it."""
    point(fraud, "champion", 2)

    assert {"champion": 2} == get_model(fraud).aliases
    assert ("champion",) == get_version(fraud, 2).aliases
    assert 2 == number_of(fraud, "champion")


def test_whole_history_is_kept(fraud: Database) -> None:
    """Who moved it when, from what to what and why; newest first, also when it is gone."""
    point(fraud, "champion", 1, comment="first")
    point(fraud, "champion", 2, actor=BOB)
    point(fraud, "champion", 2)
    point(fraud, "champion", None)
    moves = history(fraud)

    assert [(2, None, "ann"), (1, 2, "bob"), (None, 1, "ann")] == [(m.before, m.after, m.actor) for m in moves]
    assert "first" == moves[-1].comment
    assert moves[0].at_ms >= moves[-1].at_ms > 0


def test_history_comes_in_pages(fraud: Database) -> None:
    """A token goes on where the page ended; it belongs to its alias alone."""
    for number in (1, 2, 3, 1, 2):
        point(fraud, "champion", number)
    first, token = fraud.read_now(lambda tx: aliases.alias_history(tx, "fraud", "champion", limit=3))
    second, end = fraud.read_now(lambda tx: aliases.alias_history(tx, "fraud", "champion", limit=3, token=token))

    assert [2, 1, 3, 2, 1] == [move.after for move in (*first, *second)]
    assert token
    assert end is None
    with pytest.raises(BadInput, match="another query"):
        fraud.read_now(lambda tx: aliases.alias_history(tx, "fraud", "other", token=token))


def test_history_survives_a_rename(fraud: Database) -> None:
    """The model's past goes with it to its new name."""
    point(fraud, "champion", 1)
    fraud.write_now(lambda tx: models.rename_model(tx, ANN, "fraud", "fraud-2"))
    moves, _ = fraud.read_now(lambda tx: aliases.alias_history(tx, "fraud-2", "champion"))

    assert [1] == [move.after for move in moves]


def test_latest_moves_are_those_of_every_model(fraud: Database) -> None:
    """Newest first, each with the name that its model has now, and no more than asked for."""
    new_model(fraud, "churn")
    new_version(fraud, "churn")
    point(fraud, "champion", 1)
    point(fraud, "champion", 1, name="churn")
    point(fraud, "champion", 3)
    moves = fraud.read_now(lambda tx: aliases.latest_moves(tx, 2))

    assert [("fraud", 1, 3, "ann"), ("churn", None, 1, "ann")] == [
        (move.model, move.before, move.after, move.actor) for move in moves
    ]


def test_move_is_an_event(fraud: Database) -> None:
    """What was, what is, and why."""
    point(fraud, "champion", 1)
    point(fraud, "champion", 2, comment="better AUC")

    moved = [facts for name, facts in happened(fraud, "models/fraud") if name == "registry.alias.moved"]
    assert {"model": "fraud", "alias": "champion", "before": 1, "after": 2, "comment": "better AUC"} == moved[-1]


def test_two_aliases_change_places_at_once(fraud: Database) -> None:
    """A swap is one transaction."""
    point(fraud, "champion", 1)
    point(fraud, "challenger", 2)
    swap = {"champion": 2, "challenger": 1}
    fraud.write_now(lambda tx: aliases.move_aliases(tx, ANN, "fraud", swap, alone()))

    assert swap == get_model(fraud).aliases


def test_failed_swap_moves_nothing(fraud: Database) -> None:
    """Not even the alias that could have moved."""
    point(fraud, "champion", 1)
    with pytest.raises(NotFound, match="version=9"):
        fraud.write_now(lambda tx: aliases.move_aliases(tx, ANN, "fraud", {"champion": 2, "challenger": 9}, alone()))

    assert {"champion": 1} == get_model(fraud).aliases
    assert 1 == len(history(fraud))


@pytest.mark.parametrize("expected", [None, 2])
def test_move_decided_on_old_facts_is_refused(fraud: Database, expected: int | None) -> None:
    """Whoever says where the alias stood learns that it does not any more."""
    point(fraud, "champion", 1)
    with pytest.raises(Conflict, match="points to version 1, not to"):
        point(fraud, "champion", 3, expected={"champion": expected})

    point(fraud, "champion", 3, expected={"champion": 1})
    assert {"champion": 3} == get_model(fraud).aliases


def test_room_above_may_forbid_a_move(fraud: Database) -> None:
    """Nothing of a move that is forbidden is kept, not even its history."""
    point(fraud, "champion", 2)
    neighbours = Neighbours(origins=Origins(), checks=[OnlyForward()])
    with pytest.raises(Denied, match="version 1 is older"):
        point(fraud, "champion", 1, neighbours=neighbours)
    point(fraud, "champion", 3, neighbours=neighbours)

    assert [3, 2] == [move.after for move in history(fraud)]


def test_preview_says_what_would_be_and_moves_nothing(fraud: Database) -> None:
    """Every check is asked, also after one has failed."""
    neighbours = Neighbours(origins=Origins(), checks=[OnlyForward(), OnlyForward()])
    point(fraud, "champion", 2)

    def preview(alias: str, number: int) -> tuple[int | None, list[str], list[CheckOutcome]]:
        seen = fraud.read_now(lambda tx: aliases.preview_move(tx, ANN, "fraud", alias, number, neighbours))
        return seen.current, seen.consequences, seen.checks

    no = CheckOutcome(name="Only forward", ok=False, reason="version 1 is older than what is there")
    yes = CheckOutcome(name="Only forward", ok=True)
    assert (2, ["models:/fraud@champion loads version 1 instead of version 2."], [no, no]) == preview("champion", 1)
    assert (2, ["Nothing changes: models:/fraud@champion loads version 2 already."], [yes, yes]) == preview(
        "champion", 2
    )
    assert (None, ["models:/fraud@new loads version 1; so far there is no such address."], [yes, yes]) == preview(
        "new", 1
    )
    assert {"champion": 2} == get_model(fraud).aliases


def test_latest_is_the_newest_version(fraud: Database) -> None:
    """It reads as an alias, in any case, and nobody sets it."""
    assert 3 == number_of(fraud, "latest") == number_of(fraud, "Latest")
    with pytest.raises(BadInput, match="reserved"):
        point(fraud, "latest", 1)


def test_latest_of_no_versions_is_not_found(db: Database) -> None:
    """A model may have no version yet."""
    new_model(db)
    with pytest.raises(NotFound, match="Latest version not found for model fraud"):
        number_of(db, "latest")


def test_alias_that_is_not_there(fraud: Database) -> None:
    """Asking is MLflow's 400, taking it away is fine, and leaves no trace."""
    with pytest.raises(BadInput, match="Registered model alias champion not found"):
        number_of(fraud, "champion")
    point(fraud, "champion", None)

    assert [] == history(fraud)


def test_alias_of_a_model_that_is_not_there(db: Database) -> None:
    """The model is asked for first."""
    with pytest.raises(NotFound, match="Registered Model with name=fraud not found"):
        number_of(db, "champion")
    with pytest.raises(NotFound):
        point(db, "champion", 1)
    with pytest.raises(NotFound):
        history(db)
