"""Past predictions from Python: where an answer came from, and whether it comes out the same today."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import msgspec

from modelwright.core.errors import BadInput, NotFound
from modelwright.sdk.http import Api
from modelwright.serving.attribution import BACKGROUND_ROWS, Attribution
from modelwright.serving.prediction_id import ON_ITS_WAY_S, parse_id
from modelwright.serving.replaying import Replayed
from modelwright.serving.rollouts.plan import parse_span_ms
from modelwright.serving.shown import Prediction, PredictionRow, PredictionsShown

T = TypeVar("T")

_LOOK_S = 0.5


def latest(
    deployment: str,
    *,
    version: str | None = None,
    caller: str | None = None,
    last: str | None = None,
    limit: int = 50,
    api: Api | None = None,
) -> PredictionsShown:
    """A deployment's predictions that the ledger keeps, newest first: of one version (`fraud:17`), of one caller, of
    the `last` (90s, 10m, 2h, 7d).

    The server looks at so much for one answer; it is asked on until there are `limit`. Raises NotFound for the
    deployment.
    """
    server = api or Api()
    params: dict[str, str | int] = {}
    if version is not None:
        params["version"] = version
    if caller is not None:
        params["caller"] = caller
    if last is not None:
        params["since_ms"] = max(0, time.time_ns() // 1_000_000 - parse_span_ms(last))
    path = f"/api/v1/deployments/{quote(deployment, safe='')}/predictions"
    items: list[PredictionRow] = []
    while True:
        found = server.get(path, PredictionsShown, limit=limit - len(items), **params)
        items += found.items
        if found.next_page_token is None or len(items) >= limit:
            return msgspec.structs.replace(found, items=items)
        params["page_token"] = found.next_page_token


def why(prediction: str, *, wait_s: float = ON_ITS_WAY_S, api: Api | None = None) -> Prediction:
    """The row that was answered under this id, and where the answer came from.

    An answer younger than `wait_s` may still be on its way into the ledger and is waited for, here as in `replay` and
    `attribution`. Raises NotFound for any other that the ledger does not hold.
    """
    server = api or Api()
    return _kept(lambda: server.get(_of(prediction), Prediction), prediction, wait_s)


def replay(prediction: str, *, wait_s: float = ON_ITS_WAY_S, api: Api | None = None) -> Replayed:
    """Have the server ask the same version the same again, on a node that has it.

    Raises Conflict when the ledger does not hold the whole input, and Unavailable when no node has the version.
    """
    server = api or Api()
    return _kept(lambda: server.post(f"{_of(prediction)}/replay", Replayed), prediction, wait_s)


def attribution(
    prediction: str,
    *,
    output: str = "",
    rows: int = BACKGROUND_ROWS,
    seed: int = 0,
    fresh: bool = False,
    wait_s: float = ON_ITS_WAY_S,
    api: Api | None = None,
) -> Attribution:
    """What of an answer is due to which feature: Shapley values against rows that were asked before it.

    Computed when first asked for, by asking the version on a node, and kept. Raises Conflict when the ledger does not
    hold the whole input, and Unavailable when no node has the version.
    """
    params = {"output": output, "rows": rows, "seed": seed, "fresh": str(fresh).lower()}
    server = api or Api()
    return _kept(lambda: server.get(f"{_of(prediction)}/attribution", Attribution, **params), prediction, wait_s)


def _of(prediction: str) -> str:
    return f"/api/v1/predictions/{quote(prediction, safe='')}"


def _kept(ask: Callable[[], T], prediction: str, wait_s: float) -> T:
    """What `ask` gives once the ledger holds the prediction."""
    began_s = time.monotonic()
    while True:
        try:
            return ask()
        except NotFound:
            # A node's clock may be ahead of ours: what is waited is counted here too.
            if max(_age_s(prediction), time.monotonic() - began_s) >= wait_s:
                raise
        time.sleep(_LOOK_S)


def _age_s(prediction: str) -> float:
    try:
        return time.time() - parse_id(prediction).at_ms / 1000
    except BadInput:
        return float("inf")
