"""Searching equals looking at every model and version by hand, on both databases."""

import itertools
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput
from modelwright.core.pages import fingerprint, page_token
from modelwright.core.search import Clause, Operator, parse_filter, parse_order
from modelwright.registry.model.things import Model, Version
from modelwright.registry.search import MODELS, PROMPT_TAG, VERSIONS
from modelwright.registry.service import models, search, versions
from tests.registry.house import ANN, alone, new_model, new_version

NAMES = ["alpha", "Alpha", "beta_1", "betaX1", "50%", "[x]", "a*b", "ärger", "ÄRGER", "back\\slash", "zz"]
VALUES = ["x", "X", "y", "", "a%b", "a_b", "*", "?"]


def like(pattern: str, text: str, *, fold: bool) -> bool:
    """SQL's LIKE as the language defines it: % and _, no escape; ILIKE folds ASCII."""
    parts = {"%": ".*", "_": "."}
    expression = "".join(parts.get(character, re.escape(character)) for character in pattern)
    if fold:  # what both databases agree on
        expression, text = expression.lower(), text.lower()
    return re.fullmatch(expression, text, re.DOTALL) is not None


COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: lambda a, b: a == b,
    Operator.UNEQUAL: lambda a, b: a != b,
    Operator.LESS: lambda a, b: a < b,
    Operator.AT_MOST: lambda a, b: a <= b,
    Operator.GREATER: lambda a, b: a > b,
    Operator.AT_LEAST: lambda a, b: a >= b,
    Operator.LIKE: lambda a, b: like(b, a, fold=False),
    Operator.ILIKE: lambda a, b: like(b, a, fold=True),
    Operator.IN: lambda a, b: a in b,
    Operator.NOT_IN: lambda a, b: a not in b,
}


def holds(thing: Model | Version, clause: Clause) -> bool:
    if clause.field.domain == "tag":
        value = thing.tags.get(clause.field.key)
        return value is not None and COMPARE[clause.operator](value, clause.literal)
    return COMPARE[clause.operator](attribute(thing, clause.field.key), clause.literal)


def attribute(thing: Model | Version, name: str) -> Any:
    if isinstance(thing, Version):
        return {
            "name": thing.model,
            "run_id": thing.run_id or "",
            "source_path": thing.source,
            "version_number": thing.number,
            "last_updated_timestamp": thing.updated_ms,
            "creation_timestamp": thing.created_ms,
        }[name]
    return {
        "name": thing.name,
        "last_updated_timestamp": thing.updated_ms,
        "creation_timestamp": thing.created_ms,
    }[name]


def ordered(things: Sequence[Any], terms: Sequence[tuple[str, bool]]) -> list[Any]:
    result = list(things)
    for name, descending in reversed(terms):
        result.sort(key=lambda thing: attribute(thing, name), reverse=descending)
    return result


def all_pages(ask: Callable[[str | None], tuple[list[Any], str | None]]) -> list[Any]:
    found, token = ask(None)
    while token:
        more, token = ask(token)
        assert more
        found = [*found, *more]
    return found


@pytest.fixture
def full(db: Database) -> Database:
    """A database with models and versions of many kinds."""
    chance = random.Random(7)
    for name in NAMES:
        new_model(db, name, tags={key: chance.choice(VALUES) for key in chance.sample(["k", "l.m", "mlflow.x"], 2)})
        for _ in range(chance.randrange(4)):
            run_id = chance.choice([None, "r1", "r2"])
            tags = {"k": chance.choice(VALUES)} if chance.random() < 0.7 else {}
            new_version(db, name, source=f"s3://b/{chance.choice(VALUES) or 'empty'}", run_id=run_id, tags=tags)
    return db


def found_models(db: Database, filter_: str = "", **how: Any) -> list[Model]:
    return db.read_now(lambda tx: search.search_models(tx, filter_=filter_, limit=1000, **how))[0]


def found_versions(db: Database, filter_: str = "", **how: Any) -> list[Version]:
    return db.read_now(lambda tx: search.search_versions(tx, filter_=filter_, limit=1000, **how))[0]


TEXT_CLAUSES = [
    f"{{}} {operator} '{value}'"
    for operator in ("=", "!=", "LIKE", "ILIKE")
    for value in ("alpha", "x", "", "%a%", "a%", "b____1", "beta_1", "50%", "[x]", "a*b", "%\\%", "?", "s3://b/%", "r1")
]
MODEL_FILTERS = [
    *(clause.format(left) for left in ("name", "tags.k", "tags.`l.m`") for clause in TEXT_CLAUSES),
    "name IN ('alpha', 'zz', 'nothing')",
    "name NOT IN ('alpha', 'zz')",
    "name LIKE 'a%' AND tags.k != 'x'",
    "tags.k != 'x' AND tags.k LIKE '%' AND tags.`l.m` = 'y'",
]
VERSION_FILTERS = [
    *(clause.format(left) for left in ("name", "tags.k", "source_path", "run_id") for clause in TEXT_CLAUSES),
    "run_id IN ('r1', 'r2')",
    "run_id NOT IN ('r1')",
    *(f"version_number {operator} {number}" for operator in ("=", "!=", "<", "<=", ">", ">=") for number in (1, 2)),
    "version_number > 1 AND run_id = 'r1' AND name ILIKE '%a%'",
]


def test_every_filter_finds_what_it_says(full: Database) -> None:
    """The databases agree with a naive reading of the clauses."""
    every_model, every_version = found_models(full), found_versions(full)
    assert len(NAMES) == len(every_model)
    for filter_ in MODEL_FILTERS:
        clauses = parse_filter(MODELS, filter_)
        wanted = [each.name for each in every_model if all(holds(each, clause) for clause in clauses)]
        assert wanted == [each.name for each in found_models(full, filter_)], filter_
    for filter_ in VERSION_FILTERS:
        clauses = parse_filter(VERSIONS, filter_)
        those = [each.reference for each in every_version if all(holds(each, clause) for clause in clauses)]
        assert those == [each.reference for each in found_versions(full, filter_)], filter_


@pytest.mark.parametrize(
    "names", list(itertools.permutations(["name", "last_updated_timestamp", "creation_timestamp"], 2))
)
def test_models_come_in_order_and_in_pages(full: Database, names: Sequence[str]) -> None:
    """Whatever the order and the size of a page, every model comes once."""
    for directions in itertools.product([False, True], repeat=2):
        terms = list(zip(names, directions, strict=True))
        order_by = [f"{name} {'DESC' if down else 'ASC'}" for name, down in terms]
        wanted = ordered(found_models(full), [*terms, ("name", False)] if "name" not in names else terms)

        def page(token: str | None, order_by: list[str] = order_by) -> tuple[list[Any], str | None]:
            return full.read_now(lambda tx: search.search_models(tx, order_by=order_by, limit=4, token=token))

        assert [each.name for each in wanted] == [each.name for each in all_pages(page)]


@pytest.mark.parametrize(
    "order_by", [[], ["version_number DESC"], ["name DESC", "version_number"], ["creation_timestamp"]]
)
def test_versions_come_in_order_and_in_pages(full: Database, order_by: list[str]) -> None:
    """The last changed first, unless asked otherwise; then by name, the newest first."""
    terms = [(term.field.key, term.descending) for term in parse_order(VERSIONS, order_by)]
    rule = terms or [("last_updated_timestamp", True)]
    rest = [each for each in (("name", False), ("version_number", True)) if each[0] not in dict(rule)]
    wanted = ordered(found_versions(full), [*rule, *rest])

    def page(token: str | None) -> tuple[list[Any], str | None]:
        return full.read_now(lambda tx: search.search_versions(tx, order_by=order_by, limit=3, token=token))

    assert [each.reference for each in wanted] == [each.reference for each in all_pages(page)]


def test_full_last_page_has_no_token(full: Database) -> None:
    """There is no empty page at the end."""
    models_, token = full.read_now(lambda tx: search.search_models(tx, limit=len(NAMES)))

    assert (len(NAMES), None) == (len(models_), token)


def test_models_are_found_by_words(full: Database) -> None:
    """Each word stands somewhere in the name, in any case."""
    assert ["Alpha", "alpha"] == [each.name for each in found_models(full, words="PH al")]
    assert ["alpha"] == [each.name for each in found_models(full, "name = 'alpha'", words="lph")]


@pytest.mark.parametrize("words", ["%", "_", "*", "[", "\\", "50%", "A*", "ÄR", "b _1"])
def test_words_mean_themselves(full: Database, words: str) -> None:
    """What is a wildcard in a pattern is a character in a name, and letters are found in any case."""
    wanted = [name for name in sorted(NAMES) if all(word.lower() in name.lower() for word in words.split())]

    assert wanted == sorted(each.name for each in found_models(full, words=words))
    assert wanted


def test_versions_of_one_model_come_newest_first(db: Database) -> None:
    """With how many there are."""
    new_model(db)
    for _ in range(5):
        new_version(db)

    def page(token: str | None) -> tuple[list[Any], str | None]:
        items, more, total = db.read_now(lambda tx: search.versions_of_model(tx, "fraud", limit=2, token=token))
        assert 5 == total
        return items, more

    assert [5, 4, 3, 2, 1] == [each.number for each in all_pages(page)]


def test_prompts_are_found_when_asked_for(db: Database) -> None:
    """MLflow keeps them among the models, and leaves them out of a search that does not name their tag."""
    tag = {PROMPT_TAG: "true"}
    new_model(db)
    new_version(db)
    new_model(db, "greeting", tags=tag)
    new_version(db, "greeting", source="dummy-source", tags=tag)
    key = f"tags.`{PROMPT_TAG}`"
    for filter_, wanted in (
        ("", ["fraud"]),
        (f"{key} = 'true'", ["greeting"]),
        (f"{key} = 'True'", []),
        (f"{key} != 'true'", ["fraud"]),
        (f"{key} = 'false'", ["fraud"]),
        (f"name = 'greeting' AND {key} = 'true'", ["greeting"]),
        ("name = 'greeting'", []),
    ):
        assert wanted == [each.name for each in found_models(db, filter_)], filter_
        assert wanted == [each.model for each in found_versions(db, filter_)], filter_


def test_deleted_versions_are_not_found(db: Database) -> None:
    """Nothing of a version is left to find."""
    new_model(db)
    new_version(db)
    db.write_now(lambda tx: versions.delete_version(tx, ANN, "fraud", 1, alone()))

    assert [] == found_versions(db)
    assert ["fraud"] == [each.name for each in found_models(db)]


def test_changed_model_comes_first(db: Database) -> None:
    """Whatever changed a model last counts."""
    new_model(db, "a")
    new_model(db, "b")
    db.write_now(lambda tx: models.describe_model(tx, ANN, "a", "changed"))
    first, second = found_models(db, order_by=["timestamp DESC"])

    assert first.updated_ms >= second.updated_ms


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_limit_has_limits(db: Database, limit: int) -> None:
    """MLflow answers some of these with an empty page."""
    with pytest.raises(BadInput, match="max_results"):
        db.read_now(lambda tx: search.search_models(tx, limit=limit))


def test_token_belongs_to_its_query(full: Database) -> None:
    """A page cannot go on from another search."""
    _, token = full.read_now(lambda tx: search.search_models(tx, limit=1))

    with pytest.raises(BadInput, match="another query"):
        full.read_now(lambda tx: search.search_models(tx, filter_="name = 'x'", limit=1, token=token))
    with pytest.raises(BadInput, match="damaged"):
        full.read_now(lambda tx: search.search_versions(tx, limit=1, token="not a token"))


def test_a_fraction_stays_a_fraction(full: Database) -> None:
    """Neither database rounds 1.5 before it compares."""
    above = {version.number for version in found_versions(full, "version_number > 1.5")}

    assert above == {version.number for version in found_versions(full) if version.number > 1}


def test_a_made_up_position_is_refused(full: Database) -> None:
    """A token of the right query whose position fits no order is a mistake of the client, not of ours."""
    token = page_token(fingerprint("models", "", "", []), ["a", "b", 3])

    with pytest.raises(BadInput, match="damaged"):
        found_models(full, token=token)
