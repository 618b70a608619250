"""`/api/v1/models` and what is below it, and `/api/v1/lineage`."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from modelwright.core.db.database import Database
from tests.asking import Ask, application
from tests.registry.house import new_run, new_version

MODELS = "/api/v1/models"
_numbers = itertools.count()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Database]]:
    with application(tmp_path_factory.mktemp("home")) as both:
        yield both


@pytest.fixture
def ask(served: tuple[Ask, Database]) -> Ask:
    return served[0]


@pytest.fixture
def at(ask: Ask) -> str:
    """The address of a model with two versions, whose name needs encoding."""
    name = f"größe {next(_numbers)}"
    said(ask, "POST", MODELS, {"name": name, "description": "d", "tags": {"a": "b"}}, status=201)
    for _ in range(2):
        said(ask, "POST", f"{MODELS}/{name}/versions", {"source": "s3://bucket/m", "run_id": "r1"}, status=201)
    return f"{MODELS}/{name}"


def said(ask: Ask, method: str, path: str, body: Any = None, *, status: int = 200, **params: Any) -> Any:
    answer = ask(method, path, params=params, **({} if body is None else {"json": body}))
    assert status == answer.status_code, answer.text
    return answer.json() if answer.content else None


def test_model_is_shown(ask: Ask, at: str) -> None:
    """With its aliases and how many versions it has."""
    model = said(ask, "GET", at)

    assert ("d", {"a": "b"}, 2, 2, {}) == (
        model["description"],
        model["tags"],
        model["version_count"],
        model["latest_version"],
        model["aliases"],
    )
    assert [2] == [each["number"] for each in model["newest"]]


def test_model_changes(ask: Ask, at: str) -> None:
    """What is left out stays as it is."""
    name = said(ask, "GET", at)["name"]
    said(ask, "PATCH", at, {"description": "new"})
    renamed = said(ask, "PATCH", at, {"name": f"{name} b"})

    assert ("new", f"{name} b", 2) == (renamed["description"], renamed["name"], renamed["version_count"])
    assert "not_found" == said(ask, "GET", at, status=404)["code"]
    said(ask, "DELETE", f"{MODELS}/{name} b", status=204)
    assert "not_found" == said(ask, "GET", f"{MODELS}/{name} b", status=404)["code"]


def test_models_are_listed(ask: Ask, at: str) -> None:
    """By words, by filter, and page by page."""
    name = said(ask, "GET", at)["name"]
    said(ask, "POST", MODELS, {"name": f"{name} z"}, status=201)
    first = said(ask, "GET", MODELS, q=name, order_by="name DESC", limit=1)
    second = said(ask, "GET", MODELS, q=name, order_by="name DESC", limit=1, page_token=first["next_page_token"])

    assert [f"{name} z", name] == [first["items"][0]["name"], second["items"][0]["name"]]
    assert second["next_page_token"] is None
    assert [name] == [each["name"] for each in said(ask, "GET", MODELS, filter=f"name = '{name}'")["items"]]
    assert "bad_input" == said(ask, "GET", MODELS, filter="name ==", status=400)["code"]


def test_tags_with_slashes(ask: Ask, at: str) -> None:
    """A key may be a path."""
    tagged = said(ask, "PUT", f"{at}/tags/team/name", {"value": "risk"})
    said(ask, "DELETE", f"{at}/tags/team/name", status=204)
    version = said(ask, "PUT", f"{at}/versions/1/tags/a b/c", {"value": "x"})
    said(ask, "DELETE", f"{at}/versions/1/tags/a b/c", status=204)

    assert ({"a": "b", "team/name": "risk"}, {"a b/c": "x"}) == (tagged["tags"], version["tags"])
    assert {"a": "b"} == said(ask, "GET", at)["tags"]
    assert {} == said(ask, "GET", f"{at}/versions/1")["tags"]


def test_versions_are_listed(ask: Ask, at: str) -> None:
    """Of one model newest first with their count, of all models by filter."""
    name = said(ask, "GET", at)["name"]
    page = said(ask, "GET", f"{at}/versions", limit=1)
    rest = said(ask, "GET", f"{at}/versions", limit=1, page_token=page["next_page_token"])
    found = said(ask, "GET", "/api/v1/versions", filter=f"name = '{name}' AND run_id = 'r1'", order_by="version_number")

    assert ([2], 2, [1]) == ([each["number"] for each in page["items"]], page["total"], [rest["items"][0]["number"]])
    assert [1, 2] == [each["number"] for each in found["items"]]


def test_version_changes(ask: Ask, at: str) -> None:
    """Its description and its stage; what is left out stays."""
    said(ask, "PATCH", f"{at}/versions/1", {"description": "better"})
    same = said(ask, "PATCH", f"{at}/versions/1", {})
    staged = said(ask, "POST", f"{at}/versions/1/stage", {"stage": "Production"})
    said(ask, "POST", f"{at}/versions/2/stage", {"stage": "Production", "archive_others": True})

    assert ("better", "Production") == (same["description"], staged["stage"])
    assert "Archived" == said(ask, "GET", f"{at}/versions/1")["stage"]
    assert 400 == ask("POST", f"{at}/versions/1/stage", json={"stage": "Live"}).status_code


def test_version_of_a_run_shows_its_files(served: tuple[Ask, Database], at: str) -> None:
    """With the digest of them all, and where the bytes are."""
    ask, db = served
    run_id = new_run(db)
    name = said(ask, "GET", at)["name"]
    made = said(ask, "POST", f"{at}/versions", {"source": f"runs:/{run_id}/model", "run_id": run_id}, status=201)
    files = said(ask, "GET", f"{at}/versions/3/files")

    assert made["digest"].startswith("sha256:")
    assert (f"runs/{run_id}", "model", 18) == (made["owner"], made["root"], made["size"])
    assert (["MLmodel", "model.pkl"], 2) == ([each["path"] for each in files["items"]], files["total"])
    around = said(ask, "GET", "/api/v1/lineage", ref=f"models/{name}/versions/3", depth=1)
    assert {("versions", f"models/{name}/versions/3"), ("runs", f"runs/{run_id}")} == {
        (node["kind"], node["ref"]) for node in around["nodes"]
    }
    assert ["trained_by"] == [edge["relation"] for edge in around["edges"]]


def test_alias_is_previewed_moved_and_remembered(ask: Ask, at: str) -> None:
    """Whoever decides on what they saw is told when it is not so any more."""
    preview = said(ask, "POST", f"{at}/aliases/champion/preview", {"version": 1})
    said(ask, "PUT", f"{at}/aliases/champion", {"version": 1, "expected_version": None, "comment": "first"})
    conflict = said(ask, "PUT", f"{at}/aliases/champion", {"version": 2, "expected_version": None}, status=409)
    said(ask, "PUT", f"{at}/aliases/champion", {"version": 2, "expected_version": 1})
    said(ask, "PUT", f"{at}/aliases/champion", {"version": 1})
    said(ask, "DELETE", f"{at}/aliases/champion", status=204)
    history = said(ask, "GET", f"{at}/aliases/champion/history")["items"]
    [latest] = said(ask, "GET", "/api/v1/alias-moves", limit=1)["items"]

    assert (None, 1, []) == (preview["current"], preview["target"], preview["checks"])
    assert ("conflict", {"alias": "champion", "number": 1}) == (conflict["code"], conflict["facts"])
    assert [(1, None), (2, 1), (1, 2), (None, 1)] == [(each["before"], each["after"]) for each in history]
    assert "first" == history[-1]["comment"]
    assert (at.rsplit("/", maxsplit=1)[-1], "champion", 1, None) == tuple(
        latest[key] for key in ("model", "alias", "before", "after")
    )


def test_aliases_change_places_at_once(ask: Ask, at: str) -> None:
    """Champion and challenger, in one transaction."""
    said(ask, "POST", f"{at}/aliases", {"targets": {"champion": 1, "challenger": 2}})
    swapped = said(
        ask, "POST", f"{at}/aliases", {"targets": {"champion": 2, "challenger": 1}, "expected": {"champion": 1}}
    )

    assert {"champion": 2, "challenger": 1} == swapped["aliases"]
    assert 2 == said(ask, "GET", f"{at}/aliases/champion")["number"]


def test_version_in_use_is_deleted_only_by_force(ask: Ask, at: str) -> None:
    """What relies on it can be asked for, and is named in the refusal."""
    name = said(ask, "GET", at)["name"]
    said(ask, "PUT", f"{at}/aliases/champion", {"version": 1})
    held_by = [f"models/{name}/aliases/champion"]

    assert {"held_by": held_by} == said(ask, "GET", f"{at}/versions/1/held-by")
    assert held_by == said(ask, "DELETE", f"{at}/versions/1", status=409)["facts"]["held_by"]
    said(ask, "DELETE", f"{at}/versions/1", status=204, force=True)
    assert {} == said(ask, "GET", at)["aliases"]
    said(ask, "PUT", f"{at}/aliases/champion", {"version": 2})
    assert 409 == ask("DELETE", at).status_code
    said(ask, "DELETE", at, status=204, force=True)


def test_version_from_elsewhere_has_no_files(served: tuple[Ask, Database], at: str) -> None:
    """The server touches only its own store."""
    ask, db = served
    new_version(db, said(ask, "GET", at)["name"])

    assert {"items": [], "total": 0, "next_page_token": None} == said(ask, "GET", f"{at}/versions/3/files")
