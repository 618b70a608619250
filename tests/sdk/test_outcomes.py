"""Outcomes from Python, as many as there are."""

import httpx
import msgspec
import pytest

from modelwright.core.errors import NotFound
from modelwright.sdk.http import Api
from modelwright.sdk.outcomes import add_outcomes
from modelwright.serving.shown import OutcomeAsked, OutcomesAsked, OutcomesTaken


def test_many_outcomes_are_brought_in_parts_and_counted_together() -> None:
    """2,500 in three requests; the answer is their sum."""
    sizes = []

    def take(request: httpx.Request) -> httpx.Response:
        asked = msgspec.json.decode(request.read(), type=OutcomesAsked).outcomes
        sizes.append(len(asked))
        taken = OutcomesTaken(taken=len(asked) - 1, repeated=1, conflicting=[asked[0].prediction])
        return httpx.Response(200, content=msgspec.json.encode(taken))

    outcomes = (OutcomeAsked(prediction=f"{number:032x}", value=1.0) for number in range(2500))
    with Api("http://models.example", transport=httpx.MockTransport(take)) as api:
        taken = add_outcomes("fraud", outcomes, api=api)

    assert [1000, 1000, 500] == sizes
    assert (2497, 3) == (taken.taken, taken.repeated)
    assert [f"{number:032x}" for number in (0, 1000, 2000)] == list(taken.conflicting)


def test_an_unknown_deployment_is_not_found(api: Api) -> None:
    """Whatever characters its name has."""
    with pytest.raises(NotFound, match="no deployment 'a b'"):
        add_outcomes("a b", [OutcomeAsked(prediction="0" * 32, value=1.0)], api=api)
