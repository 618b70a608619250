"""`/api/v1/predictions`."""

import asyncio
from typing import Any

from litestar import get
from litestar.params import FromPath

from modelwright.artifacts.blobs import Blobs
from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.serving.model import Segment
from modelwright.serving.routes.given import Serving
from modelwright.serving.service import predictions
from modelwright.serving.service.predictions import PredictionId
from modelwright.serving.shown import Prediction


@get("/api/v1/predictions/{prediction:str}", opt={"needs": Permission.READ}, tags=["serving"])
async def show_prediction(db: Db, serving: Serving, prediction: FromPath[str]) -> Prediction:
    """One answered row, by the id that its caller got."""
    id_ = predictions.parse_id(prediction)
    segments = await db.read(lambda tx: predictions.segments_of(tx, id_))
    segment, row = await asyncio.to_thread(_find, serving.ledger, segments, id_)
    return await db.read(lambda tx: predictions.explained(tx, segment, row))


def _find(ledger: Blobs, segments: list[Segment], id_: PredictionId) -> tuple[Segment, dict[str, Any]]:
    return predictions.find(segments, id_, lambda digest: b"".join(ledger.read(digest)))


PREDICTIONS: list[Any] = [show_prediction]
