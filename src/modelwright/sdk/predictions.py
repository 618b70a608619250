"""Past predictions from Python: where an answer came from, and whether it comes out the same today."""

from __future__ import annotations

from urllib.parse import quote

from modelwright.sdk.http import Api
from modelwright.serving.attribution import BACKGROUND_ROWS, Attribution
from modelwright.serving.replaying import Replayed
from modelwright.serving.shown import Prediction


def why(prediction: str, *, api: Api | None = None) -> Prediction:
    """The row that was answered under this id, and where the answer came from."""
    return (api or Api()).get(_of(prediction), Prediction)


def replay(prediction: str, *, api: Api | None = None) -> Replayed:
    """Have the server ask the same version the same again, on a node that has it.

    Raises Conflict when the ledger does not hold the whole input, and Unavailable when no node has the version.
    """
    return (api or Api()).post(f"{_of(prediction)}/replay", Replayed)


def attribution(
    prediction: str,
    *,
    output: str = "",
    rows: int = BACKGROUND_ROWS,
    seed: int = 0,
    fresh: bool = False,
    api: Api | None = None,
) -> Attribution:
    """What of an answer is due to which feature: Shapley values against rows that were asked before it.

    Computed when first asked for, by asking the version on a node, and kept. Raises Conflict when the ledger does not
    hold the whole input, and Unavailable when no node has the version.
    """
    params = {"output": output, "rows": rows, "seed": seed, "fresh": str(fresh).lower()}
    return (api or Api()).get(f"{_of(prediction)}/attribution", Attribution, **params)


def _of(prediction: str) -> str:
    return f"/api/v1/predictions/{quote(prediction, safe='')}"
