"""A whole application in this process, asked by the SDK's own client."""

from collections.abc import Iterator

import httpx
import pytest

from modelwright.sdk.http import Api
from tests.asking import Ask, application

URL = "http://127.0.0.1:5710"


class InProcess(httpx.BaseTransport):
    """Requests reach the application without a network."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kind = {name: value for name, value in request.headers.items() if name == "content-type"}
        answer = self._ask(request.method, str(request.url), content=request.read(), headers=kind)
        return httpx.Response(answer.status_code, content=answer.content)


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Tests only add what they name themselves."""
    home = tmp_path_factory.mktemp("sdk")
    with application(home) as (ask, _), Api(URL, transport=InProcess(ask)) as api:
        yield api
