"""Past predictions from Python: an answer of a moment ago is waited for, no other is."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from modelwright.core.errors import BadInput, NotFound
from modelwright.sdk import predictions
from modelwright.sdk.http import Api
from modelwright.serving.attribution import Attribution, Method, Source
from modelwright.serving.model import VersionRef
from tests.waiting import PATIENCE_S

MADE = Attribution(
    prediction="0" * 32,
    position=0,
    version=VersionRef(model="fraud", number=1),
    output="predict",
    method=Method.EXACT,
    base=0.0,
    answer=1.0,
    features=(),
    background="sha256:0",
    background_rows=1,
    background_from=Source.LEDGER,
    seed=0,
    asked_rows=1,
    computed_ms=1,
)
ASK: dict[str, Callable[..., Any]] = {
    "why": predictions.why,
    "replay": predictions.replay,
    "attribution": predictions.attribution,
}


def an_id(age_s: float) -> str:
    """The id of an answer that old."""
    return f"{int((time.time() - age_s) * 1000):012x}{'0' * 20}"


class Late(httpx.BaseTransport):
    """A server whose ledger has the row from the `after`th look on."""

    def __init__(self, after: int) -> None:
        self._after = after
        self.looks = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.looks += 1
        if self.looks < self._after:
            return httpx.Response(404, content=msgspec.json.encode({"code": "not_found", "message": "no prediction"}))
        return httpx.Response(200, content=msgspec.json.encode(MADE))


def test_the_answer_of_a_moment_ago_is_waited_for() -> None:
    """Its row is on its way; also where the node's clock is ahead."""
    for age_s in (0.0, -3600.0):
        server = Late(after=3)
        with Api("http://models.example", transport=server) as api:
            assert MADE == predictions.attribution(an_id(age_s), wait_s=PATIENCE_S, api=api)
        assert 3 == server.looks


@pytest.mark.parametrize("what", ASK)
def test_what_cannot_be_on_its_way_is_not_waited_for(what: str) -> None:
    """An old id, what is no id, and anything for those who do not want to wait."""
    for prediction, wait_s in ((an_id(3600), 20.0), ("no id", 20.0), (an_id(-3600), 0.0)):
        server = Late(after=3)
        with Api("http://models.example", transport=server) as api, pytest.raises(NotFound):
            ASK[what](prediction, wait_s=wait_s, api=api)
        assert 1 == server.looks


def test_patience_ends() -> None:
    """Not every row is kept: one that was not does not come."""
    server = Late(after=1_000)
    with Api("http://models.example", transport=server) as api, pytest.raises(NotFound):
        predictions.why(an_id(-3600), wait_s=0.6, api=api)
    assert 2 <= server.looks <= 3


def test_an_id_is_refused_by_the_server_in_its_words(api: Api) -> None:
    with pytest.raises(BadInput, match="32 hexadecimal digits"):
        predictions.why("xyz", api=api)
