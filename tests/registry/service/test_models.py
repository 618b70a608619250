"""Models on both databases."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from modelwright.artifacts import service as artifacts
from modelwright.collaboration import service as collaboration
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.errors import AlreadyExists, BadInput, Conflict, Denied, NotFound
from modelwright.lineage import service as lineage
from modelwright.registry.model.things import Stage
from modelwright.registry.search import PROMPT_TAG
from modelwright.registry.service import models, versions
from modelwright.registry.service.neighbours import Neighbours
from tests.registry.house import (
    ANN,
    Origins,
    alone,
    get_model,
    get_version,
    happened,
    new_model,
    new_run,
    new_version,
    point,
)
from tests.registry.service.test_versions import Forbids, Serves, stage


def delete(db: Database, name: str = "fraud", *, force: bool = False, asked: Neighbours | None = None) -> None:
    neighbours = asked or alone()
    db.write_now(lambda tx: models.delete_model(tx, ANN, name, neighbours, force=force))


def rename(db: Database, to: str) -> None:
    db.write_now(lambda tx: models.rename_model(tx, ANN, "fraud", to))


def describe(db: Database, description: str) -> None:
    db.write_now(lambda tx: models.describe_model(tx, ANN, "fraud", description))


def tag(db: Database, key: str, value: str) -> None:
    db.write_now(lambda tx: models.tag_model(tx, ANN, "fraud", key, value))


def untag(db: Database, key: str) -> None:
    db.write_now(lambda tx: models.untag_model(tx, ANN, "fraud", key))


def test_model_is_what_was_asked_for(db: Database) -> None:
    """A new model has no versions and no aliases."""
    made = new_model(db, description="catches fraud", tags={"team": "risk"})

    assert made == get_model(db)
    assert ("fraud", "catches fraud", {"team": "risk"}) == (made.name, made.description, made.tags)
    assert (0, None, {}, ()) == (made.version_count, made.latest_version, made.aliases, made.newest)
    assert [("registry.model.created", {"model": "fraud"})] == happened(db, "models/fraud")


def test_name_is_taken_once(db: Database) -> None:
    """MLflow's clients go on when they hear that a model exists already."""
    new_model(db)
    with pytest.raises(AlreadyExists, match=r"Registered Model \(name=fraud\) already exists"):
        new_model(db)


def test_a_prompt_and_a_model_tell_each_other_apart(db: Database) -> None:
    """They share their names; whoever makes one hears which of them has it."""
    is_prompt = {PROMPT_TAG: "true"}
    new_model(db, "greeting", tags=is_prompt)
    new_model(db)

    with pytest.raises(AlreadyExists, match=r"Prompt \(name=greeting\) already exists"):
        new_model(db, "greeting", tags=is_prompt)
    with pytest.raises(AlreadyExists, match=r"a registered model with name 'greeting', but .* taken by a prompt"):
        new_model(db, "greeting")
    with pytest.raises(AlreadyExists, match=r"a prompt with name 'fraud', but .* taken by a registered model"):
        new_model(db, tags=is_prompt)


def test_name_is_taken_once_however_many_ask(database_url: str) -> None:
    """Of many clients on two servers (one on SQLite), one gets the name, by creating or by renaming."""
    databases = [open_database(database_url) for _ in range(2 if database_url.startswith("postgresql") else 1)]
    for client in range(8):
        new_model(databases[0], f"mine {client}")

    def take(client: int) -> bool:
        db = databases[client % len(databases)]
        try:
            if client % 2:
                new_model(db, "ours")
            else:
                db.write_now(lambda tx: models.rename_model(tx, ANN, f"mine {client // 2}", "ours"))
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(16) as clients:
        took = list(clients.map(take, range(16)))
    for each in databases:
        each.close()

    assert 1 == sum(took)


def test_names_that_differ_in_case_are_two(db: Database) -> None:
    """On both databases."""
    new_model(db, "fraud")
    new_model(db, "Fraud")

    assert "Fraud" == get_model(db, "Fraud").name


def test_bad_model_is_not_made(db: Database) -> None:
    """Name, description and tags all keep to their rules."""
    for name, how in (("a/b", {}), ("a", {"description": "x" * 100_001}), ("a", {"tags": {"/k": "v"}})):
        with pytest.raises(BadInput):
            new_model(db, name, **how)

    with pytest.raises(NotFound):
        get_model(db, "a")


def test_model_that_is_not_there(db: Database) -> None:
    """Every way to ask for it says so."""
    for ask in (rename_missing, describe_missing, tag_missing, untag_missing, delete, get_model):
        with pytest.raises(NotFound, match="Registered Model with name=fraud not found"):
            ask(db)


def rename_missing(db: Database) -> None:
    rename(db, "other")


def describe_missing(db: Database) -> None:
    describe(db, "text")


def tag_missing(db: Database) -> None:
    tag(db, "k", "v")


def untag_missing(db: Database) -> None:
    untag(db, "k")


def test_description_and_tags_change(db: Database) -> None:
    """Each change that is one is an event with what was and what is."""
    new_model(db)
    describe(db, "a")
    describe(db, "a")
    describe(db, "")
    tag(db, "k", "1")
    tag(db, "k", "1")
    tag(db, "k", "2")
    untag(db, "k")
    untag(db, "k")

    changes = [(facts["before"], facts["after"]) for _, facts in happened(db, "models/fraud")[1:]]
    assert [("", "a"), ("a", ""), (None, "1"), ("1", "2"), ("2", None)] == changes
    assert ("", {}) == (get_model(db).description, get_model(db).tags)


def test_newest_version_of_each_stage_is_shown(db: Database) -> None:
    """By number; stages without a version have none."""
    new_model(db)
    for _ in range(4):
        new_version(db)
    stage(db, 1, Stage.PRODUCTION)
    stage(db, 2, Stage.PRODUCTION)

    assert [(2, Stage.PRODUCTION), (4, Stage.NONE)] == [(each.number, each.stage) for each in get_model(db).newest]
    assert (4, 4) == (get_model(db).version_count, get_model(db).latest_version)


def test_newest_versions_are_asked_for_by_stage(db: Database) -> None:
    """In any case; all stages when none is named."""
    new_model(db)
    new_version(db)
    new_version(db)
    stage(db, 1, Stage.STAGING)

    def newest(*stages: str) -> list[int]:
        return [each.number for each in db.read_now(lambda tx: models.newest_versions(tx, "fraud", stages))]

    assert ([1, 2], [1], [], [2]) == (newest(), newest("staging"), newest("Production"), newest("NONE", "Archived"))
    with pytest.raises(BadInput, match="Invalid Model Version stage: Live"):
        newest("Live")


def test_rename_carries_everything_along(db: Database) -> None:
    """Versions, tags, aliases, what holds the files, and what refers to the versions."""
    new_model(db, tags={"a": "b"})
    new_model(db, "copies")
    run_id = new_run(db)
    made = new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
    new_version(db, "copies", source="models:/fraud/1")
    point(db, "champion", 1)
    rename(db, "fraud-2")
    renamed = get_model(db, "fraud-2")

    assert ({"a": "b"}, {"champion": 1}) == (renamed.tags, renamed.aliases)
    assert (made.digest, ("champion",)) == (renamed.newest[0].digest, renamed.newest[0].aliases)
    holders = {hold.holder for hold in db.read_now(lambda tx: artifacts.holds(tx, f"runs/{run_id}"))}
    assert {"models/fraud-2/versions/1", "models/copies/versions/1"} == holders
    (copy, *_) = db.read_now(lambda tx: lineage.referrers(tx, "models/fraud-2/versions/1"))
    assert "models/copies/versions/1" == copy.source
    assert ("registry.model.renamed", {"before": "fraud", "after": "fraud-2"}) == happened(db, "models/fraud-2")[0]
    new_model(db, "fraud")


def test_what_was_said_of_a_model_follows_its_rename(db: Database) -> None:
    """Comments about it and its versions, and mentions of them elsewhere; a name that begins alike keeps its own."""
    new_model(db)
    new_model(db, "fraud-eu")
    about = ("models/fraud", "models/fraud/versions/1", "models/fraud-eu")
    for each in about:
        db.write_now(partial(collaboration.write_comment, actor=ANN, about=each, body=f"of {each}"))
    mentioned = lambda _tx, words: {word: word for word in words if word in about}  # noqa: E731  # a namer in one line
    body = "see models/fraud/versions/1"
    db.write_now(lambda tx: collaboration.write_comment(tx, ANN, "runs/1", body, [mentioned]))
    rename(db, "bank-fraud")

    def said(ref: str) -> list[str]:
        return [one.body for one in db.read_now(lambda tx: collaboration.comments_about(tx, ref, 10))[0]]

    told = [said(ref) for ref in (*about, "models/bank-fraud", "models/bank-fraud/versions/1")]
    assert [[], [], ["of models/fraud-eu"], ["of models/fraud"], ["of models/fraud/versions/1"]] == told
    ref = "models/bank-fraud/versions/1"
    found, _ = db.read_now(lambda tx: collaboration.comments_mentioning(tx, ref, before_id=2**62, limit=10))
    assert ["runs/1"] == [one.about for one in found]


def test_rename_to_a_name_that_is_taken(db: Database) -> None:
    """Both models stay as they were."""
    new_model(db)
    new_model(db, "other", description="other")
    with pytest.raises(AlreadyExists):
        rename(db, "other")
    with pytest.raises(BadInput, match="'new_name'"):
        rename(db, " ")

    assert ("", "other") == (get_model(db).description, get_model(db, "other").description)


def test_rename_to_its_own_name_changes_nothing(db: Database) -> None:
    """As when a client repeats a rename whose answer was lost."""
    before = new_model(db)
    rename(db, "fraud")

    assert before == get_model(db)
    assert ["registry.model.created"] == [name for name, _ in happened(db, "models/fraud")]


def test_deleted_model_is_gone(db: Database) -> None:
    """With its versions, and nothing holds the files any more."""
    new_model(db, tags={"a": "b"})
    run_id = new_run(db)
    new_version(db, source=f"runs:/{run_id}/model", run_id=run_id, tags={"a": "b"})
    delete(db)

    with pytest.raises(NotFound):
        get_version(db)
    assert [] == db.read_now(lambda tx: artifacts.holds(tx, f"runs/{run_id}"))
    name, facts = happened(db, "models/fraud")[-1]
    assert ("registry.model.deleted", 1, []) == (name, facts["versions"], facts["held_by"])


def test_a_new_model_of_the_same_name_has_none_of_the_comments(db: Database) -> None:
    """They were about the model that is gone, and about its versions."""
    here = ["models/fraud", "models/fraud/versions/1"]

    new_model(db)
    for about in here:
        db.write_now(partial(collaboration.write_comment, actor=ANN, about=about, body="slow"))
    delete(db)
    new_model(db)

    assert [0, 0] == db.read_now(lambda tx: [collaboration.comments_about(tx, about, 9)[1] for about in here])


def test_model_in_use_is_not_deleted(db: Database) -> None:
    """An alias, a copy in another model, or what a room above names; a copy inside the model does not count."""
    new_model(db)
    new_model(db, "copies")
    new_version(db)
    new_version(db, source="models:/fraud/1")
    new_version(db, "copies", source="models:/fraud/1")
    point(db, "champion", 2)
    with pytest.raises(Conflict) as refused:
        delete(db, asked=Neighbours(origins=Origins(), holders=[Serves()]))

    held_by = ["models/copies/versions/1", "deployments/scoring", "models/fraud/aliases/champion"]
    assert held_by == refused.value.facts["held_by"]
    assert "The model fraud cannot be deleted: models/copies/versions/1" in refused.value.message


def test_model_in_use_is_deleted_by_force(db: Database) -> None:
    """Force passes over what holds, not over who may forbid moves."""
    new_model(db)
    new_version(db)
    point(db, "champion", 1)
    with pytest.raises(Denied):
        delete(db, force=True, asked=Neighbours(origins=Origins(), checks=[Forbids()]))
    delete(db, force=True)

    with pytest.raises(NotFound):
        get_model(db)


def test_copy_outlives_its_original(db: Database) -> None:
    """The copy holds the files itself."""
    run_id = new_run(db)
    new_model(db)
    new_model(db, "copies")
    original = new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
    new_version(db, "copies", source="models:/fraud/1")
    delete(db, force=True)

    assert original.digest == get_version(db, 1, "copies").digest
    assert ["models/copies/versions/1"] == [
        hold.holder for hold in db.read_now(lambda tx: artifacts.holds(tx, f"runs/{run_id}"))
    ]


def test_files_of_a_version_are_listed(db: Database) -> None:
    """From the version's own root; a version elsewhere shows none."""
    new_model(db)
    run_id = new_run(db, {"model/MLmodel": b"a", "model/data/x.bin": b"b", "other.txt": b"c"})
    new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
    new_version(db)

    def files(number: int, folder: str = "") -> list[str]:
        return [each.path for each in db.read_now(lambda tx: versions.list_files(tx, "fraud", number, folder))]

    assert (["MLmodel", "data"], ["data/x.bin"], []) == (files(1), files(1, "data"), files(2))
