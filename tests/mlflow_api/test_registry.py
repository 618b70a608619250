"""The registry in MLflow's words: every endpoint, as its messages go over the wire."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.asking import Ask, application
from tests.registry.house import new_run

API = "/api/2.0/mlflow/"
_numbers = itertools.count()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Any]]:
    with application(tmp_path_factory.mktemp("home")) as both:
        yield both


@pytest.fixture
def ask(served: tuple[Ask, Any]) -> Ask:
    return served[0]


@pytest.fixture
def name(ask: Ask) -> str:
    """A registered model with two versions."""
    name = f"model {next(_numbers)}"
    said(ask, "POST", "registered-models/create", name=name, tags=[{"key": "team", "value": "risk"}])
    for _ in range(2):
        said(ask, "POST", "model-versions/create", name=name, source="s3://bucket/m", run_id="r1")
    return name


def said(ask: Ask, method: str, path: str, **body: Any) -> Any:
    """The answer to a request that is fine."""
    how: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
    answer = ask(method, API + path, **how)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def refused(ask: Ask, method: str, path: str, **body: Any) -> tuple[int, str, str]:
    how: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
    answer = ask(method, API + path, **how)
    return answer.status_code, answer.json()["error_code"], answer.json()["message"]


def get(ask: Ask, name: str) -> Any:
    return said(ask, "GET", "registered-models/get", name=name)["registered_model"]


def test_model_is_written_as_mlflow_writes_it(ask: Ask, name: str) -> None:
    """Numbers of versions are strings, times are numbers, what is empty is left out."""
    model = get(ask, name)

    assert {"name", "creation_timestamp", "last_updated_timestamp", "latest_versions", "tags"} == model.keys()
    assert [{"key": "team", "value": "risk"}] == model["tags"]
    assert isinstance(model["creation_timestamp"], int)
    (version,) = model["latest_versions"]
    assert ("2", "None", "READY", "r1") == (
        version["version"],
        version["current_stage"],
        version["status"],
        version["run_id"],
    )


def test_model_is_created_once(ask: Ask, name: str) -> None:
    """The client goes on with a model that exists when it hears this very code."""
    assert (400, "RESOURCE_ALREADY_EXISTS") == refused(ask, "POST", "registered-models/create", name=name)[:2]


def test_model_is_updated_renamed_and_deleted(ask: Ask, name: str) -> None:
    """Leaving the description out clears it."""
    updated = said(ask, "PATCH", "registered-models/update", name=name, description="text")["registered_model"]
    cleared = said(ask, "PATCH", "registered-models/update", name=name)["registered_model"]
    renamed = said(ask, "POST", "registered-models/rename", name=name, new_name=name + " b")["registered_model"]
    said(ask, "DELETE", "registered-models/delete", name=name + " b")

    assert ("text", None, name + " b") == (updated["description"], cleared.get("description"), renamed["name"])
    assert (404, "RESOURCE_DOES_NOT_EXIST") == refused(ask, "GET", "registered-models/get", name=name + " b")[:2]


def test_tags_of_a_model(ask: Ask, name: str) -> None:
    """Taking away a tag that is not there is fine."""
    said(ask, "POST", "registered-models/set-tag", name=name, key="a", value="b")
    tags = get(ask, name)["tags"]
    for _ in range(2):
        said(ask, "DELETE", "registered-models/delete-tag", name=name, key="a")

    assert {"key": "a", "value": "b"} in tags
    assert [{"key": "team", "value": "risk"}] == get(ask, name)["tags"]


def test_aliases(ask: Ask, name: str) -> None:
    """Set, asked for, moved, taken away."""
    for version in ("1", "2"):
        said(ask, "POST", "registered-models/alias", name=name, alias="champion", version=version)
    version = said(ask, "GET", "registered-models/alias", name=name, alias="champion")["model_version"]

    assert ("2", ["champion"]) == (version["version"], version["aliases"])
    assert [{"alias": "champion", "version": "2"}] == get(ask, name)["aliases"]
    said(ask, "DELETE", "registered-models/alias", name=name, alias="champion")
    assert (400, "INVALID_PARAMETER_VALUE", "Registered model alias champion not found.") == refused(
        ask, "GET", "registered-models/alias", name=name, alias="champion"
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_latest_versions(ask: Ask, name: str, method: str) -> None:
    """By POST, and by GET for those who cannot."""
    said(ask, "POST", "model-versions/transition-stage", name=name, version="1", stage="production")
    found = said(ask, method, "registered-models/get-latest-versions", name=name)["model_versions"]
    production = said(ask, method, "registered-models/get-latest-versions", name=name, stages=["Production"])

    assert [("1", "Production"), ("2", "None")] == [(each["version"], each["current_stage"]) for each in found]
    assert ["1"] == [each["version"] for each in production["model_versions"]]


def test_models_are_searched_page_by_page(ask: Ask, name: str) -> None:
    """Until there is no token any more."""
    filter_ = f"name LIKE '{name}%'"
    said(ask, "POST", "registered-models/create", name=name + " z")
    first = said(ask, "GET", "registered-models/search", filter=filter_, max_results=1, order_by="name DESC")
    token = first["next_page_token"]
    rest = said(
        ask,
        "GET",
        "registered-models/search",
        filter=filter_,
        max_results=1,
        order_by="name DESC",
        page_token=token,
    )

    assert [name + " z", name] == [each["registered_models"][0]["name"] for each in (first, rest)]
    assert "next_page_token" not in rest
    assert {} == said(ask, "GET", "registered-models/search", filter="name = 'nothing'")


def test_version_is_created_and_read(ask: Ask, name: str) -> None:
    """With everything that the client said of it."""
    tags = [{"key": "a", "value": "b"}]
    made = said(
        ask,
        "POST",
        "model-versions/create",
        name=name,
        source="gs://b/m",
        run_link="http://x",
        description="d",
        tags=tags,
    )["model_version"]

    assert made == said(ask, "GET", "model-versions/get", name=name, version="3")["model_version"]
    assert ("3", "gs://b/m", "http://x", "d", tags) == tuple(
        made[field] for field in ("version", "source", "run_link", "description", "tags")
    )
    uri = said(ask, "GET", "model-versions/get-download-uri", name=name, version="3")
    assert {"artifact_uri": "gs://b/m"} == uri


def test_what_was_not_said_of_a_version_is_an_empty_text(ask: Ask) -> None:
    """Clients show None for what is left out of an answer, and MLflow's server leaves none of these out."""
    said(ask, "POST", "registered-models/create", name="silent")
    made = said(ask, "POST", "model-versions/create", name="silent", source="gs://b/m")["model_version"]

    assert ("", "", "") == (made["description"], made["run_id"], made["run_link"])


def test_version_of_a_run_is_downloaded_from_there(served: tuple[Ask, Any], name: str) -> None:
    """The client finds the files by the address it registered."""
    ask, db = served
    run_id = new_run(db)
    source = f"runs:/{run_id}/model"
    said(ask, "POST", "model-versions/create", name=name, source=source, run_id=run_id)
    copy = said(ask, "POST", "model-versions/create", name=name, source=f"models:/{name}/3")["model_version"]

    assert ("4", f"models:/{name}/3", run_id) == (copy["version"], copy["source"], copy["run_id"])
    for version in ("3", "4"):
        uri = said(ask, "GET", "model-versions/get-download-uri", name=name, version=version)
        assert {"artifact_uri": source} == uri


def test_version_is_updated_tagged_and_deleted(ask: Ask, name: str) -> None:
    """Then it is not found any more."""
    key = {"name": name, "version": "1"}
    updated = said(ask, "PATCH", "model-versions/update", **key, description="text")["model_version"]
    said(ask, "POST", "model-versions/set-tag", **key, key="a", value="b")
    tagged = said(ask, "GET", "model-versions/get", **key)["model_version"]
    said(ask, "DELETE", "model-versions/delete-tag", **key, key="a")
    said(ask, "DELETE", "model-versions/delete", **key)

    assert ("text", [{"key": "a", "value": "b"}]) == (updated["description"], tagged["tags"])
    assert (404, "RESOURCE_DOES_NOT_EXIST", f"Model Version (name={name}, version=1) not found") == refused(
        ask, "GET", "model-versions/get", **key
    )


def test_stage_archives_others(ask: Ask, name: str) -> None:
    """Only when asked to."""
    moved: Any = None
    for version in ("1", "2"):
        moved = said(
            ask,
            "POST",
            "model-versions/transition-stage",
            name=name,
            version=version,
            stage="STAGING",
            archive_existing_versions=True,
        )["model_version"]
    first = said(ask, "GET", "model-versions/get", name=name, version="1")["model_version"]

    assert ("Staging", "Archived") == (moved["current_stage"], first["current_stage"])


def test_versions_are_searched(ask: Ask, name: str) -> None:
    """Newest first, by any of their fields."""
    found = said(ask, "GET", "model-versions/search", filter=f"name = '{name}' AND version_number > 0")

    assert ["2", "1"] == [each["version"] for each in found["model_versions"]]


def test_version_in_use_is_deleted_only_by_force(ask: Ask, name: str) -> None:
    """The refusal names what relies on it; the header means it."""
    said(ask, "POST", "registered-models/alias", name=name, alias="champion", version="1")
    key = {"name": name, "version": "1"}
    status, code, message = refused(ask, "DELETE", "model-versions/delete", **key)
    forced = ask("DELETE", API + "model-versions/delete", json=key, headers={"X-Modelwright-Force": "true"})

    assert (409, "RESOURCE_CONFLICT") == (status, code)
    assert f"models/{name}/aliases/champion relies on it" in message
    assert 200 == forced.status_code
    assert (409, "RESOURCE_CONFLICT") == delete_model_with_alias(ask, name)


def delete_model_with_alias(ask: Ask, name: str) -> tuple[int, str]:
    said(ask, "POST", "registered-models/alias", name=name, alias="champion", version="2")
    return refused(ask, "DELETE", "registered-models/delete", name=name)[:2]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "registered-models/create", {}, "Missing value for required parameter 'name'."),
        ("POST", "registered-models/create", {"name": "a/b"}, "Names cannot contain '/' or ':'"),
        ("POST", "model-versions/create", {"name": "x"}, "Missing value for required parameter 'source'."),
        ("POST", "model-versions/create", {"name": "x", "source": "/etc"}, "not found"),
        ("GET", "model-versions/get", {"name": "x", "version": "one"}, "Parameter 'version' must be an integer"),
        ("POST", "registered-models/alias", {"name": "x", "alias": "latest", "version": "1"}, "is reserved"),
        ("GET", "registered-models/search", {"max_results": 1001}, "max_results"),
        ("GET", "registered-models/search", {"filter": "name ="}, "name"),
        ("GET", "registered-models/search", {"order_by": "creator"}, "creator"),
        ("GET", "model-versions/search", {"max_results": 0}, "max_results"),
    ],
)
def test_bad_request_says_what_is_wrong(ask: Ask, method: str, path: str, body: dict[str, Any], message: str) -> None:
    """In MLflow's dialect."""
    status, code, said_ = refused(ask, method, path, **body)

    assert status in {400, 404}
    assert code in {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}
    assert message in said_


def test_unknown_endpoint(ask: Ask) -> None:
    """Its client falls back to something else on this very code."""
    assert (404, "ENDPOINT_NOT_FOUND") == refused(ask, "GET", "webhooks")[:2]
    assert (405, "ENDPOINT_NOT_FOUND") == refused(ask, "POST", "registered-models/get")[:2]
