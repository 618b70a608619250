"""The SDK's way to a server: typed answers, and our own errors back."""

from collections.abc import Callable

import httpx
import pytest

from modelwright.core import errors
from modelwright.core.errors import BadInput, Conflict, ModelwrightError, NotFound, Unavailable
from modelwright.sdk.http import DEFAULT_URL, URL_VARIABLE, Api

Answer = Callable[[httpx.Request], httpx.Response]


def answering(answer: Answer) -> Api:
    return Api("http://models.example/", transport=httpx.MockTransport(answer))


def test_the_address_is_chosen_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said, else MODELWRIGHT_URL, else the local default; without a slash at its end."""
    monkeypatch.setenv(URL_VARIABLE, "https://models.example/")
    with Api("http://a/") as said, Api() as by_environment:
        assert ("http://a", "https://models.example") == (said.url, by_environment.url)
    monkeypatch.delenv(URL_VARIABLE)
    with Api() as default:
        assert DEFAULT_URL == default.url


@pytest.mark.parametrize("address", ["127.0.0.1:5710", "nonsense", "http://host:port", "ftp://host", "/"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """With one that is."""
    with pytest.raises(BadInput, match=r"is not a server's address.*write such as http://127\.0\.0\.1:5710"):
        Api(address)


@pytest.mark.parametrize(("code", "kind"), [("not_found", NotFound), ("conflict", Conflict), ("bad_input", BadInput)])
def test_the_servers_error_comes_back_as_it_was(code: str, kind: type[ModelwrightError]) -> None:
    """The same class, the same words, the same facts."""
    body = {"code": code, "message": "it is so", "facts": {"name": "fraud"}}
    with answering(lambda _: httpx.Response(400, json=body)) as api, pytest.raises(kind, match="it is so") as raised:
        api.get("/x", dict)

    assert {"name": "fraud"} == raised.value.facts


def test_every_kind_of_error_can_come_back() -> None:
    """No code of the server is unknown to its own client."""
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, ModelwrightError)]

    for kind in kinds:
        body = {"code": kind.code, "message": "so"}
        with answering(lambda _, body=body: httpx.Response(400, json=body)) as api, pytest.raises(kind):  # type: ignore[misc]  # a lambda's default has no type
            api.get("/x", dict)


@pytest.mark.parametrize("content", [b"<html>proxy</html>", b"{}", b""])
def test_an_answer_of_somebody_else_is_doubted(content: bytes) -> None:
    """No traceback of a parser: is the address right?"""
    with (
        answering(lambda _: httpx.Response(502, content=content)) as api,
        pytest.raises(Unavailable, match=r"answered 502.*is the address right"),
    ):
        api.get("/x", dict)


def test_an_answer_that_is_no_json_is_doubted_too() -> None:
    """A web page with status 200, as any other server gives."""
    with (
        answering(lambda _: httpx.Response(200, content=b"<html>hello</html>")) as api,
        pytest.raises(Unavailable, match="is the address right"),
    ):
        api.get("/x", dict)


def test_a_server_that_does_not_answer_is_named() -> None:
    """With how to start one or name another."""

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with answering(away) as api, pytest.raises(Unavailable, match=r"http://models\.example \(refused\); start"):
        api.get("/x", dict)
