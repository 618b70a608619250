"""A server that says what to serve. Apart from the other sources, because an HTTP client is slow to import."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from modelwright.core.errors import NotFound, Unavailable
from modelwright.serving.model import DesiredState, NodeReport
from modelwright.serving.node.clock import CLOCK

_CHUNK_BYTES = 1 << 20
# An answer that took longer says too little of what time it is now.
_PROMPT_S = 1.0


class ServerSource:
    """A Modelwright server over HTTP."""

    def __init__(self, url: str, node: str, token: str | None) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(base_url=f"{url.rstrip('/')}/api/v1/nodes/{node}", headers=headers, timeout=30)

    async def desired(self, after: int, wait_s: float) -> DesiredState | None:
        params = {"after": str(after), "wait_s": f"{wait_s:g}"}
        try:
            response = await self._client.get("/desired", params=params, timeout=wait_s + 10)
        except httpx.HTTPError as error:
            raise Unavailable(f"the server does not answer: {error!r}") from error
        if response.status_code == 204:  # noqa: PLR2004  # no news
            return None
        _expect_success(response)
        try:
            return msgspec.json.decode(response.content, type=DesiredState)
        except msgspec.MsgspecError as error:
            raise Unavailable(f"the server's desired state cannot be read: {error}") from error

    async def fetch(self, digest: str) -> AsyncIterator[bytes]:
        try:
            async with self._client.stream("GET", f"/blobs/{digest}") as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    raise NotFound(f"the server has no {digest} for this node")
                _expect_success(response)
                async for chunk in response.aiter_bytes(_CHUNK_BYTES):
                    yield chunk
        except httpx.HTTPError as error:
            raise Unavailable(f"{digest} cannot be fetched: {error!r}") from error

    async def report(self, report: NodeReport) -> None:
        sent_s = time.monotonic()
        try:
            content = msgspec.json.encode(report)
            response = await self._client.post(
                "/reports", content=content, headers={"content-type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"the server does not answer: {error!r}") from error
        _expect_success(response)
        if time.monotonic() - sent_s < _PROMPT_S:
            _heed(response.headers.get("date", ""))

    async def close(self) -> None:
        await self._client.aclose()


def _heed(date: str) -> None:
    """Set this node's clock by the time that an answer was given (RFC 9110, 6.6.1: whole seconds)."""
    try:
        said = parsedate_to_datetime(date)
    except ValueError:  # a proxy has left it out, say
        return
    CLOCK.heed(int(said.timestamp() * 1000) + 500)


def _expect_success(response: httpx.Response) -> None:
    if response.is_error:
        raise Unavailable(f"the server answered {response.status_code} to {response.request.url.path}")
