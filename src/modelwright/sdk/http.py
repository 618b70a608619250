"""The SDK's and the terminal's way to a server: typed requests, and our own errors back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Self, TypeVar

import httpx
import msgspec

from modelwright.core import errors
from modelwright.core.errors import BadInput, ModelwrightError, Unavailable

T = TypeVar("T")

URL_VARIABLE = "MODELWRIGHT_URL"
DEFAULT_URL = "http://127.0.0.1:5710"
_TIMEOUT_S = 60.0


class _Refused(msgspec.Struct, frozen=True):
    code: str
    message: str
    facts: dict[str, Any] = {}


class Api:
    """A connection to one server. Close it, or use it as a context."""

    def __init__(self, url: str | None = None, *, transport: httpx.BaseTransport | None = None) -> None:
        """`url` is the server's address; without one, MODELWRIGHT_URL's, else the local default.

        Raises BadInput for what is not an address.
        """
        self.url = (url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/")
        try:
            spoken = httpx.URL(self.url).scheme
        except httpx.InvalidURL as error:
            raise BadInput(f"{self.url!r} is not a server's address ({error}); write such as {DEFAULT_URL}") from error
        if spoken not in {"http", "https"}:
            raise BadInput(f"{self.url!r} is not a server's address; write such as {DEFAULT_URL}")
        self._client = httpx.Client(base_url=self.url, timeout=_TIMEOUT_S, transport=transport)

    def get(self, path: str, type_: type[T], **params: Any) -> T:
        """Raises the error that the server answers with; Unavailable when none answers, or something else does."""
        return self._ask("GET", path, type_, params=params)

    def post(self, path: str, type_: type[T], body: Any = None, **params: Any) -> T:
        return self._ask("POST", path, type_, body=body, params=params)

    def put(self, path: str, type_: type[T], body: Any) -> T:
        return self._ask("PUT", path, type_, body=body)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(
        self, method: str, path: str, type_: type[T], *, body: Any = None, params: Mapping[str, Any] | None = None
    ) -> T:
        content = None if body is None else msgspec.json.encode(body)
        headers = {"content-type": "application/json"} if content is not None else None
        try:
            answer = self._client.request(method, path, content=content, headers=headers, params=params or None)
        except httpx.TransportError as error:
            raise Unavailable(
                f"no server answers at {self.url} ({error}); start one with `modelwright server`, or name another "
                f"with --url or {URL_VARIABLE}",
                url=self.url,
            ) from error
        if answer.is_error:
            raise refusal(answer)
        try:
            return msgspec.json.decode(answer.content, type=type_)
        except msgspec.MsgspecError as error:
            raise _not_ours(answer) from error


def refusal(answer: httpx.Response) -> ModelwrightError:
    """The error that an answer of the server stands for."""
    try:
        said = msgspec.json.decode(answer.content, type=_Refused)
    except msgspec.MsgspecError:
        return _not_ours(answer)
    found = _by_code().get(said.code, ModelwrightError)
    return found(said.message, **said.facts)


def _not_ours(answer: httpx.Response) -> Unavailable:
    text = f"{answer.request.url} answered {answer.status_code}, which is not how a Modelwright server answers"
    return Unavailable(f"{text}; is the address right?", status=answer.status_code)


def _by_code() -> dict[str, type[ModelwrightError]]:
    known = (
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ModelwrightError)
    )
    return {one.code: one for one in known}
