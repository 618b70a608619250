"""What became of predictions, from Python."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from urllib.parse import quote

from modelwright.sdk.http import Api
from modelwright.serving.shown import OutcomeAsked, OutcomesAsked, OutcomesTaken

_AT_ONCE = 1000


def add_outcomes(deployment: str, outcomes: Iterable[OutcomeAsked], *, api: Api | None = None) -> OutcomesTaken:
    """Say what turned out to be true of predictions, as many as there are; saying it again is harmless.

    Rollouts with a guard on the outcome learn from it. Those of which something else is known already are named in
    the answer and stay as they were.
    """
    api = api or Api()
    path = f"/api/v1/deployments/{quote(deployment, safe='')}/outcomes"
    taken, repeated, conflicting = 0, 0, []
    rest = iter(outcomes)
    while batch := tuple(itertools.islice(rest, _AT_ONCE)):
        answer = api.post(path, OutcomesTaken, OutcomesAsked(outcomes=batch))
        taken, repeated = taken + answer.taken, repeated + answer.repeated
        conflicting += answer.conflicting
    return OutcomesTaken(taken=taken, repeated=repeated, conflicting=conflicting)
