import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from modelwright.core.auth import Actor, Permission
from modelwright.core.errors import Conflict
from modelwright.mlflow_api.house import House
from modelwright.mlflow_api.routing import API, Call, Shortcut, body, endpoint, protocol
from modelwright.mlflow_api.wire.logged_models import DeleteLoggedModel, GetLoggedModel
from modelwright.mlflow_api.wire.registry import GetRegisteredModel, RegisteredModelAlias, SetRegisteredModelAlias
from modelwright.mlflow_api.wire.values import Empty, Response, Tag

Client = Callable[..., httpx.Response]


async def say_alias(_call: Call, request: SetRegisteredModelAlias) -> Response:
    return RegisteredModelAlias(alias=request.alias, version=request.version)


async def say_name(call: Call, request: GetRegisteredModel) -> Response:
    return Tag(key=request.name, value=f"{call.actor.name} {call.header(b'x-test')}")


async def say_model(_call: Call, request: GetLoggedModel) -> Response:
    return Tag(key=request.model_id, value=str(request.allow_deleted))


async def refuse_delete(_call: Call, request: DeleteLoggedModel) -> Response:
    if request.model_id == "m-0":
        return Empty()
    raise Conflict(f"{request.model_id} is in use")


ENDPOINTS = [
    endpoint("POST", "models/alias", SetRegisteredModelAlias, say_alias, needs=Permission.PROMOTE),
    endpoint("GET", "models/alias", GetRegisteredModel, say_name, needs=Permission.READ),
    endpoint("GET", "logged/{model_id:str}", GetLoggedModel, say_model, needs=Permission.READ),
    endpoint("DELETE", "logged/{model_id:str}", DeleteLoggedModel, refuse_delete, needs=Permission.DELETE),
    endpoint("GET", "public", GetRegisteredModel, say_name, needs=Permission.PUBLIC),
]


def ask(permissions: set[Permission], method: str, path: str, **how: Any) -> httpx.Response:
    """One request to the endpoints above, by an actor of these permissions."""
    house = House(db=None, files=None)  # type: ignore[arg-type]  # these handlers ask no database
    made = protocol(house, ENDPOINTS)
    litestar = Litestar(route_handlers=made.routes, openapi_config=None)
    served: Any = Shortcut(litestar, made.fixed)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["actor"] = Actor(name="ann", permissions=frozenset(permissions))
        await served(scope, receive, send)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **how)

    return asyncio.run(asked())


ALL = set(Permission)
ALIAS = {"name": "n", "alias": "a", "version": "1"}


@pytest.mark.parametrize("prefix", API)
def test_endpoint_is_served_under_both_prefixes(prefix: str) -> None:
    """A message comes in and a message goes out, for scripts and for MLflow's page."""
    answer = ask(ALL, "POST", f"{prefix}models/alias", json=ALIAS)

    assert (200, {"alias": "a", "version": "1"}) == (answer.status_code, answer.json())
    assert "application/json" == answer.headers["content-type"]


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/models/alias", "/api/2.0/mlflow/logged/m-0"])
def test_every_endpoint_asks_for_its_permission(path: str) -> None:
    """Whether its path is fixed or has fields in it."""
    method, said = ("POST", ALIAS) if "alias" in path else ("DELETE", {})

    answers = [ask(permissions, method, path, json=said).status_code for permissions in (ALL, {Permission.READ})]

    assert [200, 403] == answers


def test_path_with_a_slash_at_its_end_is_the_same() -> None:
    """As Litestar has it for all other paths."""
    assert 200 == ask(ALL, "POST", "/api/2.0/mlflow/models/alias/", json=ALIAS).status_code


def test_methods_of_one_path_have_their_own_permissions() -> None:
    """Whoever may read an alias may not thereby move it."""
    read = ask({Permission.READ}, "GET", "/api/2.0/mlflow/models/alias", params={"name": "n"})
    moved = ask({Permission.READ}, "POST", "/api/2.0/mlflow/models/alias", json=ALIAS)

    assert 200 == read.status_code
    assert (403, "PERMISSION_DENIED") == (moved.status_code, moved.json()["error_code"])


def test_public_endpoint_asks_for_nothing() -> None:
    """An actor without permissions may call what is public."""
    assert 200 == ask(set(), "GET", "/api/2.0/mlflow/public?name=n").status_code


def test_get_may_have_a_body_instead_of_a_query() -> None:
    """Old clients put a GET's parameters into its body."""
    answer = ask(ALL, "GET", "/api/2.0/mlflow/models/alias", json={"name": "n"}, headers={"X-Test": "v"})

    assert {"key": "n", "value": "ann v"} == answer.json()


def test_path_and_query_make_one_request() -> None:
    """An id stands in the path, the rest in the query."""
    answer = ask(ALL, "GET", "/api/2.0/mlflow/logged/m-1?allow_deleted=true&model_id=m-2")

    assert {"key": "m-1", "value": "True"} == answer.json()


def test_empty_answer_is_an_empty_object() -> None:
    """The client reads every answer as JSON."""
    assert b"{}" == ask(ALL, "DELETE", "/api/2.0/mlflow/logged/m-0").content


def test_error_of_a_handler_is_rendered_in_the_dialect() -> None:
    """What a handler raises becomes an error_code."""
    answer = ask(ALL, "DELETE", "/api/2.0/mlflow/logged/m-1", json={})

    assert (409, {"error_code": "RESOURCE_CONFLICT", "message": "m-1 is in use"}) == (
        answer.status_code,
        answer.json(),
    )


def test_unreadable_request_is_a_400() -> None:
    """A message that does not parse never reaches the handler."""
    missing = ask(ALL, "POST", "/api/2.0/mlflow/models/alias", json={"name": "n"})
    untyped = ask(ALL, "POST", "/api/2.0/mlflow/models/alias", content=b"{}")

    assert (400, "INVALID_PARAMETER_VALUE") == (missing.status_code, missing.json()["error_code"])
    assert "Bad Request. Content-Type header is missing." == untyped.json()["message"]


def test_other_method_is_no_endpoint() -> None:
    """A path that exists does not take every method."""
    answer = ask(ALL, "PUT", "/api/2.0/mlflow/models/alias", json=ALIAS)

    assert (405, "ENDPOINT_NOT_FOUND") == (answer.status_code, answer.json()["error_code"])
    assert "GET, OPTIONS, POST" == answer.headers["allow"]


def test_endpoint_cannot_be_declared_twice() -> None:
    """Two handlers for one method and path would hide each other."""
    house = House(db=None, files=None)  # type: ignore[arg-type]  # nothing is asked

    with pytest.raises(ValueError, match=r"two endpoints for POST /api/2.0/mlflow/models/alias"):
        protocol(house, [ENDPOINTS[0], ENDPOINTS[0]])


def test_body_in_parts_is_put_together() -> None:
    """A body may come in several messages; one that is cut off is refused."""
    parts = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b", "more_body": False},
    ]

    async def receive() -> Any:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    assert b"ab" == asyncio.run(body(receive))
    with pytest.raises(Exception, match="cut off"):
        asyncio.run(body(receive))
