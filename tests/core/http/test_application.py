"""Routes put in at once are the routes that Litestar would have made one by one."""

import pytest
from litestar import Litestar, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.testing import TestClient

from modelwright.core.http.application import Application


@get("/things")
async def listed() -> list[str]:
    return ["a"]


@post("/things")
async def made() -> str:
    return "made"


@get(["/things/{name:str}", "/named/{name:str}"])
async def shown(name: FromPath[str], suffix: NamedDependency[str]) -> str:
    return f"{name}{suffix}"


@delete("/things/{name:str}")
async def removed(name: FromPath[str]) -> None:
    assert name


@get("/things")
async def listed_again() -> list[str]:
    return []


@get("/untyped")
async def without_an_answer_type(data: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - that is the fault
    return data


HANDLERS: list[HTTPRouteHandler] = [listed, made, shown, removed]


def given(value: str) -> Provide:
    async def suffix() -> str:
        return value

    return Provide(suffix)


def table(app: Litestar) -> dict[str, dict[str, str]]:
    """The handler's name for each path and method."""
    return {
        route.path: {method: handler.handler_name for method, (handler, _) in route.route_handler_map.items()}  # type: ignore[union-attr]  # HTTP routes only
        for route in app.routes
    }


def test_each_path_has_the_methods_that_litestar_would_give_it() -> None:
    """Several handlers on one path, one handler on several, and the answer to OPTIONS."""
    one_by_one = Litestar(route_handlers=HANDLERS, dependencies={"suffix": given("!")}, openapi_config=None)
    at_once = Application(route_handlers=HANDLERS, dependencies={"suffix": given("!")}, openapi_config=None)

    assert table(one_by_one) == table(at_once)


def test_handlers_answer_with_what_the_application_gives_them() -> None:
    """Dependencies of the application reach handlers; the same handlers may serve in two applications."""
    for mark in "!?":
        app = Application(route_handlers=HANDLERS, dependencies={"suffix": given(mark)}, openapi_config=None)
        with TestClient(app) as client:
            assert f"x{mark}" == client.get("/things/x").text
            assert f"y{mark}" == client.get("/named/y").text
            assert 204 == client.delete("/things/x").status_code
            assert {"GET", "POST", "OPTIONS"} == set(client.options("/things").headers["allow"].split(", "))


def test_two_handlers_for_one_path_and_method_are_refused() -> None:
    """Which of them answered would be chance."""
    with pytest.raises(ImproperlyConfiguredException, match="two handlers for GET"):
        Application(route_handlers=[listed, listed_again], openapi_config=None)


def test_the_description_names_every_route() -> None:
    """OpenAPI hears of routes as they are made."""
    app = Application(route_handlers=HANDLERS, dependencies={"suffix": given("!")})

    assert {"/things", "/things/{name}", "/named/{name}"} <= set(app.openapi_schema.paths or ())


def test_a_handler_that_cannot_be_served_is_refused_each_time_it_is_asked() -> None:
    """Not only the first time: nothing half looked into answers."""
    app = Application(route_handlers=[without_an_answer_type], openapi_config=None)

    with TestClient(app, raise_server_exceptions=False) as client:
        assert [500, 500] == [client.get("/untyped").status_code for _ in range(2)]
