"""Whether a version may come from where its client says, on both databases."""

from typing import Any

import pytest

from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, NotFound
from modelwright.registry.search import PROMPT_TAG
from modelwright.registry.service.neighbours import Neighbours, Origin
from modelwright.registry.service.origins import VERSIONS_TAG, Registered, Tracked
from modelwright.registry.service.versions import get_version
from modelwright.tracking.model.logged_models import NewLoggedModel
from modelwright.tracking.service import logged_models
from tests.registry.house import ANN, Origins, new_model, new_run, new_version

OURS = "m-" + "01" * 16
THEIRS = "m-" + "02" * 16
ROOT = f"mlflow-artifacts:/0/models/{OURS}/artifacts"
ORIGINS = Origins(
    {OURS: Origin(location=ROOT, run_id="r1"), THEIRS: Origin(location="s3://bucket/models/theirs/artifacts")}
)


@pytest.fixture
def house(db: Database) -> Database:
    """A database with the model fraud."""
    new_model(db)
    return db


def registered(db: Database, source: str, **how: Any) -> tuple[str | None, str | None]:
    """The run and the logged model of a version that was made."""
    made = new_version(db, source=source, neighbours=Neighbours(origins=ORIGINS), **how)
    return made.run_id, made.logged_model_id


def test_own_sources_are_taken(house: Database) -> None:
    """Of the run or the logged model that is named with them."""
    run_id = new_run(house)
    at_run = f"mlflow-artifacts:/0/{run_id}/artifacts"

    assert (run_id, None) == registered(house, f"runs:/{run_id}/model", run_id=run_id)
    assert (run_id, None) == registered(house, f"{at_run}/model", run_id=run_id)
    assert (run_id, None) == registered(house, at_run, run_id=run_id)
    assert ("r1", OURS) == registered(house, f"models:/{OURS}", logged_model_id=OURS)
    assert ("r1", OURS) == registered(house, ROOT, logged_model_id=OURS)
    assert ("r2", OURS) == registered(house, f"{ROOT}/part", logged_model_id=OURS, run_id="r2")
    assert (None, THEIRS) == registered(house, f"models:/{THEIRS}", logged_model_id=THEIRS)


def test_foreign_sources_are_recorded(house: Database) -> None:
    """With whatever run or logged model the client says."""
    assert ("any", None) == registered(house, "s3://bucket/model", run_id="any")
    assert (None, None) == registered(house, "gs://bucket/model", run_id="")
    assert ("r1", OURS) == registered(house, "s3://bucket/model", logged_model_id=OURS)


def test_run_of_another_server_is_recorded(house: Database) -> None:
    """A registry may serve a tracking server beside it: what it does not know, it takes from the client."""
    unknown = "e" * 32
    assert (unknown, None) == registered(house, f"runs:/{unknown}/model", run_id=unknown)

    version = house.read_now(lambda tx: get_version(tx, "fraud", 1))
    assert (None, f"runs:/{unknown}/model") == (version.owner, version.location)


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("runs:/{run}/model", {}),
        ("runs:/{run}/model", {"run_id": "f" * 32}),
        ("runs:/{unknown}/model", {"run_id": "{run}"}),
        ("mlflow-artifacts:/0/{unknown}/artifacts/model", {"run_id": "{unknown}"}),
        ("runs:/{run}/model", {"run_id": "{run}", "logged_model_id": OURS}),
        ("mlflow-artifacts:/0/{run}/artifacts/model", {}),
        ("mlflow-artifacts:/0/{run}/artifacts/model", {"run_id": "{other}"}),
        ("mlflow-artifacts:/1/{run}/artifacts/model", {"run_id": "{run}"}),
        ("mlflow-artifacts:/0/{run}/artifacts/model", {"logged_model_id": OURS}),
        (f"mlflow-artifacts:/0/models/{OURS}/artifacts", {"run_id": "{run}"}),
        (f"mlflow-artifacts:/0/models/{OURS}/artifacts", {"logged_model_id": THEIRS}),
        (f"mlflow-artifacts:/1/models/{OURS}/artifacts", {"logged_model_id": OURS}),
        (f"models:/{OURS}", {}),
        (f"models:/{OURS}", {"run_id": "{run}"}),
        (f"models:/{OURS}", {"logged_model_id": THEIRS}),
        (f"models:/m-{'0' * 32}", {"logged_model_id": f"m-{'0' * 32}"}),
        ("s3://bucket/model", {"logged_model_id": f"m-{'0' * 32}"}),
    ],
)
def test_source_of_somebody_else_is_refused(house: Database, source: str, how: dict[str, str]) -> None:
    """A client names the run or logged model whose files it registers, and no other files."""
    names = {"{run}": new_run(house), "{other}": new_run(house), "{unknown}": "e" * 32}
    for name, run_id in names.items():
        source = source.replace(name, run_id)
        how = {key: value.replace(name, run_id) for key, value in how.items()}

    with pytest.raises(BadInput, match=r"_id request parameter must identify the resource|There is no run"):
        registered(house, source, **how)


def test_version_as_source_must_be_there(house: Database) -> None:
    """A model, a version, an alias or a stage that is not there cannot be copied."""
    for source in ("models:/nothing/1", "models:/fraud/7", "models:/fraud/latest"):
        with pytest.raises(NotFound):
            registered(house, source)
    with pytest.raises(BadInput, match="Registered model alias champion not found"):
        registered(house, "models:/fraud@champion")
    with pytest.raises(BadInput, match="No version of fraud is in the stage Production"):
        registered(house, "models:/fraud/Production")
    with pytest.raises(BadInput, match="Invalid Model Version stage"):
        registered(house, "models:/fraud/Live")


def test_copy_may_not_contradict_its_original(house: Database) -> None:
    """Run and logged model are those of the version that is copied."""
    registered(house, "s3://bucket/model", run_id="r9")

    assert ("r9", None) == registered(house, "models:/fraud/1", run_id="r9", logged_model_id="")
    assert ("r9", None) == registered(house, "models:/fraud/1")
    for how in ({"run_id": "other"}, {"run_id": ""}, {"logged_model_id": OURS}):
        with pytest.raises(BadInput, match="must be those of the version"):
            registered(house, "models:/fraud/1", **how)


@pytest.mark.parametrize("source", ["dummy-source", "prompt-template"])
def test_prompt_has_a_placeholder_for_a_source(house: Database, source: str) -> None:
    """MLflow keeps prompts among the models; a prompt's version has no files."""
    assert (None, None) == registered(house, source, tags={PROMPT_TAG: "True"})
    with pytest.raises(BadInput, match="Invalid prompt source"):
        registered(house, "s3://bucket/model", tags={PROMPT_TAG: "true"})
    with pytest.raises(BadInput, match="Invalid model version source"):
        registered(house, source, tags={PROMPT_TAG: "false"})


def test_prompt_is_no_source(house: Database) -> None:
    """A model's version cannot be copied from a prompt."""
    new_model(house, "greeting", tags={PROMPT_TAG: "true"})
    new_version(house, "greeting", source="dummy-source", tags={PROMPT_TAG: "true"})

    with pytest.raises(BadInput, match="It is a prompt"):
        registered(house, "models:/greeting/1")


def test_logged_model_learns_its_versions(house: Database) -> None:
    """In the tag that MLflow's clients read, in MLflow's form; what it says already is not said twice."""
    run_id = new_run(house)
    new = NewLoggedModel(experiment_id=0, source_run_id=run_id)
    model_id = house.write_now(lambda tx: logged_models.create(tx, ANN, new)).id
    for _ in range(2):
        made = new_version(house, source=f"models:/{model_id}", neighbours=PLAIN, logged_model_id=model_id)
        assert run_id == made.run_id
    house.write_now(lambda tx: PLAIN.origins.registered(tx, ANN, model_id, "fraud", 2))

    told = house.read_now(lambda tx: logged_models.get(tx, model_id)).tags[VERSIONS_TAG]
    assert '[{"name": "fraud", "version": 1}, {"name": "fraud", "version": 2}]' == told


def test_version_that_the_client_told_as_a_text_is_known(house: Database) -> None:
    """MLflow's client writes the same tag after the server, with the number as a text."""
    model_id = house.write_now(lambda tx: logged_models.create(tx, ANN, NewLoggedModel(experiment_id=0))).id
    said = '[{"name": "fraud", "version": "1"}]'
    house.write_now(lambda tx: logged_models.set_tags(tx, ANN, model_id, {VERSIONS_TAG: said}))

    house.write_now(lambda tx: PLAIN.origins.registered(tx, ANN, model_id, "fraud", 1))

    assert said == house.read_now(lambda tx: logged_models.get(tx, model_id)).tags[VERSIONS_TAG]


def test_tag_of_another_form_is_left_alone(house: Database) -> None:
    """Somebody else's words are not overwritten."""
    model_id = house.write_now(lambda tx: logged_models.create(tx, ANN, NewLoggedModel(experiment_id=0))).id
    house.write_now(lambda tx: logged_models.set_tags(tx, ANN, model_id, {VERSIONS_TAG: "mine"}))
    new_version(house, source=f"models:/{model_id}", neighbours=PLAIN, logged_model_id=model_id)

    assert "mine" == house.read_now(lambda tx: logged_models.get(tx, model_id)).tags[VERSIONS_TAG]


def test_runs_and_logged_models_are_held_by_their_versions(house: Database) -> None:
    """So that deleting them says which versions came from them."""
    registered(house, "s3://bucket/model", run_id="r1")
    registered(house, f"models:/{OURS}", logged_model_id=OURS)

    both = ["models/fraud/versions/1", "models/fraud/versions/2"]
    assert both == house.read_now(lambda tx: Registered().holding_runs(tx, ["r0", "r1"]))
    assert both[1:] == house.read_now(lambda tx: Registered().holding_logged_models(tx, [OURS]))
    assert [] == house.read_now(lambda tx: Registered().holding_logged_models(tx, [THEIRS]))


PLAIN = Neighbours(origins=Tracked())
