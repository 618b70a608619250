"""Asking a node on a person's behalf: a page may speak to its own server only, and nodes may be out of its reach."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from modelwright.core.deferred import Deferred
from modelwright.core.errors import BadInput, NotFound, Unavailable
from modelwright.serving.shown import Deployment

if TYPE_CHECKING:
    import httpx
else:
    httpx = Deferred("httpx")

T = TypeVar("T")

_TIMEOUT_S = 30.0
_ANSWER_BYTES = 8 * 1024 * 1024
_FAULT = 500
_MISSING = 404


class TryAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows for a deployment: `rows` as objects of columns, or `columns` (for tensors: one nested list each)."""

    rows: list[dict[str, Any]] | None = None
    columns: dict[str, list[Any]] | None = None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A node's answer. `took_ms` is what the server waited for it; `predictions` has one entry for each row."""

    prediction: str
    version: str
    node: str
    took_ms: float
    predictions: Any


class _Answer(msgspec.Struct):
    prediction: str
    version: str
    predictions: Any


class _Refusal(msgspec.Struct):
    message: str = ""
    error: str = ""
    facts: dict[str, Any] = {}


async def try_out(deployment: Deployment, asked: TryAsked) -> Tried:
    """One request to the deployment, like any caller's: it is counted, and kept in the ledger.

    Raises BadInput with the node's words for what the model does not take, Unavailable when no node answers or has it
    loaded, then with why.
    """
    body = {"rows": asked.rows} if asked.columns is None else {"columns": asked.columns}
    if (asked.rows is None) == (asked.columns is None):
        raise BadInput("give rows or columns, one of them")
    node = _endpoint(deployment)
    begun = time.perf_counter()
    async with _client() as client:
        url = f"{node}/deployments/{quote(deployment.name, safe='')}/predict"
        try:
            answer = await _ask(client, "POST", url, _Answer, body)
        except (NotFound, Unavailable) as missing:
            if "deployment" not in missing.facts:
                raise  # the node itself cannot answer; who has nothing loaded says of what
            raise Unavailable(_not_loaded(deployment), deployment=deployment.name) from missing
    took_ms = (time.perf_counter() - begun) * 1000
    return Tried(
        prediction=answer.prediction,
        version=answer.version,
        node=node,
        took_ms=took_ms,
        predictions=answer.predictions,
    )


def _endpoint(deployment: Deployment) -> str:
    if not deployment.endpoints:
        raise Unavailable(
            f"no node serves {deployment.name!r} now; start one, then ask again",
            deployment=deployment.name,
        )
    return deployment.endpoints[0]


def _not_loaded(deployment: Deployment) -> str:
    states = [
        f"{route.version} is {one.report.status.value} on {one.node}"
        + f": {one.report.reason}" * bool(one.report.reason)
        for route in deployment.routes
        for one in route.reports
    ]
    return f"the node has nothing of {deployment.name!r} loaded; {'; '.join(states) or 'it may still be loading'}"


def _client() -> httpx.AsyncClient:
    # A node's address is what the node said: no proxy of the server's environment, and nowhere else from there.
    return httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False)


async def _ask(client: httpx.AsyncClient, method: str, url: str, type_: type[T], body: Any = None) -> T:
    content = None if body is None else msgspec.json.encode(body)
    try:
        async with client.stream(method, url, content=content, headers={"content-type": "application/json"}) as answer:
            said = await _read(answer)
    except httpx.TransportError as error:
        raise Unavailable(f"the node at {url} does not answer: {str(error) or type(error).__name__}") from error
    if answer.is_success:
        return _decoded(said, type_, url)
    refusal = _decoded(said, _Refusal, url)
    words = refusal.message or refusal.error or f"status {answer.status_code}"
    if answer.status_code >= _FAULT or answer.is_redirect:
        raise Unavailable(f"the node could not answer: {words}", node=url, **refusal.facts)
    if answer.status_code == _MISSING:
        raise NotFound(words, **refusal.facts)
    raise BadInput(words, **refusal.facts)


async def _read(answer: httpx.Response) -> bytes:
    said = bytearray()
    async for chunk in answer.aiter_bytes():
        said += chunk
        if len(said) > _ANSWER_BYTES:
            raise Unavailable(f"the answer is longer than {_ANSWER_BYTES} bytes; ask the node itself for so many rows")
    return bytes(said)


def _decoded(said: bytes, type_: type[T], url: str) -> T:
    try:
        return msgspec.json.decode(said, type=type_)
    except msgspec.MsgspecError as error:
        raise Unavailable(f"the node at {url} answered something else than a node does: {error}") from error
