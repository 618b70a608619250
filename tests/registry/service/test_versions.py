"""Versions on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from modelwright.artifacts import service as artifacts
from modelwright.core.auth import Actor
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput, Conflict, Denied, NotFound
from modelwright.lineage import service as lineage
from modelwright.lineage.model import Relation
from modelwright.registry.model.things import Stage, Version
from modelwright.registry.service import aliases, models, versions
from modelwright.registry.service.neighbours import Move, Neighbours, Origin
from modelwright.tracking.model.logged_models import NewLoggedModel
from modelwright.tracking.service import logged_models
from tests.registry.house import (
    ANN,
    BOB,
    ELSEWHERE,
    Origins,
    alone,
    get_model,
    get_version,
    happened,
    manifest_digest,
    new_model,
    new_run,
    new_version,
    point,
    put_files,
)

MODEL_ID = "m-" + "ab" * 16


def delete(db: Database, number: int = 1, *, force: bool = False, neighbours: Neighbours | None = None) -> None:
    asked = neighbours or alone()
    db.write_now(lambda tx: versions.delete_version(tx, ANN, "fraud", number, asked, force=force))


def stage(db: Database, number: int, to: Stage, *, archive: bool = False, asked: Neighbours | None = None) -> Version:
    neighbours = asked or alone()
    return db.write_now(
        lambda tx: versions.move_to_stage(tx, ANN, "fraud", number, to, neighbours, archive_others=archive)
    )


def describe(db: Database, description: str) -> None:
    db.write_now(lambda tx: versions.describe_version(tx, BOB, "fraud", 1, description))


def tag(db: Database, value: str) -> None:
    db.write_now(lambda tx: versions.tag_version(tx, ANN, "fraud", 1, "a", value))


class Forbids:
    """A room above that says no to a move, and remembers what it was asked."""

    name = "Approval"

    def __init__(self) -> None:
        self.asked: list[Move] = []

    def check(self, _tx: ReadTx, actor: Actor, move: Move) -> None:
        self.asked.append(move)
        raise Denied(f"{actor.name} needs an approval")


class Serves:
    """A room above that relies on a version."""

    def holds(self, _tx: ReadTx, model: str, number: int) -> list[str]:
        return ["deployments/scoring"] if (model, number) == ("fraud", 1) else []


def test_version_is_what_was_asked_for(db: Database) -> None:
    """A new version is in no stage, belongs to nobody else, and its model was changed."""
    before = new_model(db)
    made = new_version(db, description="first", run_link="https://ci/1", tags={"a": "b"})

    assert made == get_version(db)
    assert ("fraud", 1, Stage.NONE, ELSEWHERE, ELSEWHERE) == (
        made.model,
        made.number,
        made.stage,
        made.source,
        made.location,
    )
    assert ("ann", "first", "https://ci/1", {"a": "b"}) == (made.created_by, made.description, made.run_link, made.tags)
    assert get_model(db).updated_ms >= before.updated_ms
    assert (made,) == get_model(db).newest


def test_version_is_an_event(db: Database) -> None:
    """Who made which version from what is in the log."""
    new_model(db)
    new_version(db)

    ((name, facts),) = happened(db, "models/fraud/versions/1")
    assert "registry.version.created" == name
    assert ("fraud", 1, ELSEWHERE, None) == (facts["model"], facts["number"], facts["source"], facts["digest"])


def test_version_of_a_run_holds_the_files(db: Database) -> None:
    """The version has the digest of its files' manifest, and nobody changes them under it."""
    new_model(db)
    run_id = new_run(db)
    made = new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)

    assert manifest_digest(db, f"runs/{run_id}", "model") == made.digest
    assert f"runs:/{run_id}/model" == made.location
    with pytest.raises(Conflict, match=r"models/fraud/versions/1"):
        put_files(db, f"runs/{run_id}", {"model/model.pkl": b"other weights"})
    put_files(db, f"runs/{run_id}", {"plots/roc.png": b"elsewhere in the run"})


def test_deleted_version_lets_the_files_go(db: Database) -> None:
    """What held the files is gone with it."""
    new_model(db)
    run_id = new_run(db)
    new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
    delete(db)

    put_files(db, f"runs/{run_id}", {"model/model.pkl": b"other weights"})


def test_a_logged_model_is_found_under_its_name_in_its_run(db: Database) -> None:
    """MLflow 3 keeps models apart from their run, and people still say runs:/<run>/<name>; the newest is meant."""
    new_model(db)
    run_id = new_run(db, {"plots/roc.png": b"png"})
    new = NewLoggedModel(experiment_id=0, name="model", source_run_id=run_id)
    older, newer = (db.write_now(lambda tx: logged_models.create(tx, ANN, new)).id for _ in range(2))
    for id_ in (older, newer):
        put_files(db, f"logged-models/{id_}", {"MLmodel": id_.encode()})

    made = new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
    nobody = new_version(db, source=f"runs:/{run_id}/other", run_id=run_id)

    assert (newer, f"logged-models/{newer}") == (made.logged_model_id, made.owner)
    assert manifest_digest(db, f"logged-models/{newer}") == made.digest
    assert (None, None) == (nobody.logged_model_id, nobody.digest)


def test_the_artifacts_of_a_run_come_before_a_logged_model_of_that_name(db: Database) -> None:
    """As clients look for them."""
    new_model(db)
    run_id = new_run(db)
    new = NewLoggedModel(experiment_id=0, name="model", source_run_id=run_id)
    db.write_now(lambda tx: logged_models.create(tx, ANN, new))

    made = new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)

    assert (None, f"runs/{run_id}") == (made.logged_model_id, made.owner)


def test_a_whole_run_is_held_only_when_it_is_a_model(db: Database) -> None:
    """A run that is registered without a path may go on logging artifacts, unless they are a model together."""
    new_model(db)
    run_id, packed = new_run(db, {"plots/roc.png": b"png"}), new_run(db, {"MLmodel": b"flavors: {}"})

    loose = new_version(db, source=f"runs:/{run_id}", run_id=run_id)
    model = new_version(db, source=f"runs:/{packed}", run_id=packed)

    assert (None, manifest_digest(db, f"runs/{packed}")) == (loose.digest, model.digest)
    put_files(db, f"runs/{run_id}", {"plots/lift.png": b"png"})
    with pytest.raises(Conflict, match="must stay as it is"):
        put_files(db, f"runs/{packed}", {"plots/lift.png": b"png"})


def test_version_of_a_run_without_files_has_no_digest(db: Database) -> None:
    """There is nothing to hold yet."""
    new_model(db)
    run_id = new_run(db, {})

    assert new_version(db, source=f"runs:/{run_id}/model", run_id=run_id).digest is None


def test_version_of_a_logged_model_knows_its_run(db: Database) -> None:
    """The server resolves models:/m-... itself: location and run come from the logged model, which is told."""
    location = f"mlflow-artifacts:/0/models/{MODEL_ID}/artifacts"
    origins = Origins({MODEL_ID: Origin(location=location, run_id="r1")})
    put_files(db, f"logged-models/{MODEL_ID}", {"MLmodel": b"flavors: {}"})
    new_model(db)
    made = new_version(
        db, source=f"models:/{MODEL_ID}", logged_model_id=MODEL_ID, neighbours=Neighbours(origins=origins)
    )

    assert (f"models:/{MODEL_ID}", location, "r1") == (made.source, made.location, made.run_id)
    assert manifest_digest(db, f"logged-models/{MODEL_ID}") == made.digest
    assert [(MODEL_ID, "fraud", 1)] == origins.told


def test_copy_has_the_files_of_the_original(db: Database) -> None:
    """A copy of a version is the same digest under another name, and loads from the same place."""
    run_id = new_run(db)
    new_model(db)
    new_model(db, "fraud-prod")
    original = new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
    copy = new_version(db, "fraud-prod", source="models:/fraud/1")

    assert ("models:/fraud/1", original.location) == (copy.source, copy.location)
    assert (original.digest, original.run_id) == (copy.digest, copy.run_id)
    edges = db.read_now(lambda tx: lineage.refers_to(tx, "models/fraud-prod/versions/1"))
    assert {
        (Relation.COPY_OF, "models/fraud/versions/1"),
        (Relation.TRAINED_BY, f"runs/{run_id}"),
    } == {(each.relation, each.target) for each in edges}


@pytest.mark.parametrize(
    ("source", "number"), [("models:/fraud@champion", 2), ("models:/fraud/latest", 3), ("models:/fraud/production", 1)]
)
def test_movable_source_is_pinned(db: Database, source: str, number: int) -> None:
    """An alias, a stage or `latest` as the source means the version it points to now."""
    new_model(db)
    for _ in range(3):
        new_version(db)
    point(db, "champion", 2)
    stage(db, 1, Stage.PRODUCTION)

    assert f"models:/fraud/{number}" == new_version(db, source=source).source


def test_numbers_are_never_given_out_twice(db: Database) -> None:
    """The number of a deleted version stays taken; a deleted model's name begins anew."""
    new_model(db)
    new_version(db)
    new_version(db)
    delete(db, 2)

    assert 3 == new_version(db).number
    db.write_now(lambda tx: models.delete_model(tx, ANN, "fraud", alone()))
    new_model(db)
    assert 1 == new_version(db).number


def test_failed_creation_leaves_no_gap(db: Database) -> None:
    """A number goes only to a version that exists."""
    new_model(db)
    with pytest.raises(BadInput):
        new_version(db, source="/etc/passwd")

    assert 1 == new_version(db).number


def test_numbers_have_no_gap_under_many_clients(database_url: str) -> None:
    """Two servers on one database (one on SQLite), 16 clients: numbers 1 to n, each once."""
    databases = [open_database(database_url) for _ in range(2 if database_url.startswith("postgresql") else 1)]
    new_model(databases[0])

    def create(client: int) -> list[int]:
        return [new_version(databases[client % len(databases)]).number for _ in range(10)]

    with ThreadPoolExecutor(16) as clients:
        numbers = [number for mine in clients.map(create, range(16)) for number in mine]
    for each in databases:
        each.close()

    assert list(range(1, 161)) == sorted(numbers)


def test_version_of_no_model_is_not_made(db: Database) -> None:
    """A version belongs to a model that exists."""
    with pytest.raises(NotFound, match="Registered Model with name=fraud not found"):
        new_version(db)


def test_version_that_is_not_there_is_not_found(db: Database) -> None:
    """MLflow's words, as its users match on them."""
    new_model(db)
    with pytest.raises(NotFound, match=r"Model Version \(name=fraud, version=7\) not found"):
        get_version(db, 7)


def test_description_is_set_and_taken_away(db: Database) -> None:
    """Each change is an event with what was and what is."""
    new_model(db)
    new_version(db)
    for description in ("good", "good", ""):
        describe(db, description)

    assert "" == get_version(db).description
    changes = [facts for name, facts in happened(db, "models/fraud/versions/1") if name.endswith("described")]
    assert [("", "good"), ("good", "")] == [(each["before"], each["after"]) for each in changes]


def test_tags_are_set_and_taken_away(db: Database) -> None:
    """A tag overwrites, and taking away what is not there is fine."""
    new_model(db)
    new_version(db, tags={"a": "1"})
    for value in ("2", "2", "3"):
        tag(db, value)
    tagged = get_version(db).tags
    for _ in range(2):
        db.write_now(lambda tx: versions.untag_version(tx, ANN, "fraud", 1, "a"))

    assert ({"a": "3"}, {}) == (tagged, get_version(db).tags)
    changes = [facts for name, facts in happened(db, "models/fraud/versions/1") if name.endswith("tagged")]
    assert [("1", "2"), ("2", "3"), ("3", None)] == [(each["before"], each["after"]) for each in changes]


def test_bad_tag_is_refused(db: Database) -> None:
    """A key has MLflow's characters, a value its length."""
    new_model(db)
    with pytest.raises(BadInput, match="key"):
        new_version(db, tags={"a//b": "1"})
    with pytest.raises(BadInput, match="100000"):
        new_version(db, tags={"a": "x" * 100_001})


def test_stage_is_moved_and_others_archived(db: Database) -> None:
    """With archiving, the stage has one version; without, they stand together."""
    new_model(db)
    for _ in range(3):
        new_version(db)
    stage(db, 1, Stage.PRODUCTION)
    stage(db, 2, Stage.PRODUCTION)
    together = [get_version(db, number).stage for number in (1, 2, 3)]
    stage(db, 3, Stage.PRODUCTION, archive=True)

    assert [Stage.PRODUCTION, Stage.PRODUCTION, Stage.NONE] == together
    assert [Stage.ARCHIVED, Stage.ARCHIVED, Stage.PRODUCTION] == [get_version(db, n).stage for n in (1, 2, 3)]
    moves = [facts for name, facts in happened(db, "models/fraud/versions/1") if name.endswith("staged")]
    assert [("None", "Production"), ("Production", "Archived")] == [(each["before"], each["after"]) for each in moves]


def test_archiving_needs_a_stage_in_use(db: Database) -> None:
    """MLflow answers this with a 500."""
    new_model(db)
    new_version(db)
    with pytest.raises(BadInput, match="is not an Active stage"):
        stage(db, 1, Stage.ARCHIVED, archive=True)


def test_room_above_may_forbid_a_stage(db: Database) -> None:
    """A veto undoes the whole move, and is asked only when something would change."""
    new_model(db)
    new_version(db)
    new_version(db)
    stage(db, 1, Stage.STAGING)
    veto = Forbids()
    asked = Neighbours(origins=Origins(), checks=[veto])
    with pytest.raises(Denied, match="needs an approval"):
        stage(db, 2, Stage.STAGING, archive=True, asked=asked)

    assert [Move(model="fraud", number=2, before=(1,), stage="Staging")] == veto.asked
    assert [Stage.STAGING, Stage.NONE] == [get_version(db, number).stage for number in (1, 2)]
    assert Stage.STAGING == stage(db, 1, Stage.STAGING, asked=asked).stage


def test_version_in_use_is_not_deleted(db: Database) -> None:
    """An alias, a copy and what a room above names hold a version; the error names them all."""
    new_model(db)
    new_model(db, "copies")
    new_version(db)
    point(db, "champion", 1)
    new_version(db, "copies", source="models:/fraud/1")
    with pytest.raises(Conflict) as refused:
        delete(db, neighbours=Neighbours(origins=Origins(), holders=[Serves()]))

    assert ["models/fraud/aliases/champion", "models/copies/versions/1", "deployments/scoring"] == (
        refused.value.facts["held_by"]
    )
    assert 1 == get_version(db).number


def test_version_in_use_is_deleted_by_force(db: Database) -> None:
    """Its aliases go with it, and the log says what was passed over."""
    new_model(db)
    new_version(db)
    point(db, "champion", 1)
    delete(db, force=True)

    with pytest.raises(NotFound):
        get_version(db)
    assert {} == get_model(db).aliases
    history, _ = db.read_now(lambda tx: aliases.alias_history(tx, "fraud", "champion"))
    assert [(1, None), (None, 1)] == [(each.before, each.after) for each in history]
    _, facts = happened(db, "models/fraud/versions/1")[-1]
    assert ["models/fraud/aliases/champion"] == facts["held_by"]


def test_forced_deletion_still_asks_who_may_forbid_moves(db: Database) -> None:
    """Force passes over what holds, not over a rule on aliases."""
    new_model(db)
    new_version(db)
    point(db, "champion", 1)
    with pytest.raises(Denied):
        delete(db, force=True, neighbours=Neighbours(origins=Origins(), checks=[Forbids()]))

    assert {"champion": 1} == get_model(db).aliases


def test_free_version_is_deleted(db: Database) -> None:
    """Nothing of it is left but its events."""
    new_model(db)
    run_id = new_run(db)
    new_version(db, source=f"runs:/{run_id}/model", run_id=run_id, tags={"a": "b"})
    delete(db)

    assert [] == db.read_now(lambda tx: lineage.refers_to(tx, "models/fraud/versions/1"))
    assert [] == db.read_now(lambda tx: artifacts.holds(tx, f"runs/{run_id}"))
    assert "registry.version.deleted" == happened(db, "models/fraud/versions/1")[-1][0]
