"""`/api/v1/predictions` and `/api/v1/deployments/{name}/predictions`."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, QueryParameter

from modelwright.artifacts.blobs import Blobs
from modelwright.core.auth import Permission
from modelwright.core.db.database import Database
from modelwright.core.http.given import Db
from modelwright.core.http.pages import Limit, PageToken
from modelwright.serving import rehearsing
from modelwright.serving.attributing import attribute
from modelwright.serving.attribution import BACKGROUND_ROWS, Attribution
from modelwright.serving.listing import LATEST_MS, Asked, look
from modelwright.serving.model import Form, Segment
from modelwright.serving.origin import with_diffs
from modelwright.serving.prediction_id import PredictionId, parse_id
from modelwright.serving.replaying import Replayed, refuse_hidden
from modelwright.serving.routes.given import Serving, ServingHouse
from modelwright.serving.service import attributions, predictions, rehearsals
from modelwright.serving.service.attributions import AttributionAsked
from modelwright.serving.shown import Prediction, PredictionsShown
from modelwright.serving.stored import parquet
from modelwright.serving.streams import find_row

Moment = Annotated[int, QueryParameter(ge=0, le=LATEST_MS, description="Milliseconds since 1970.")]


@get("/api/v1/deployments/{deployment:str}/predictions", opt={"needs": Permission.READ}, tags=["serving"])
async def list_predictions(
    db: Db,
    serving: Serving,
    deployment: FromPath[str],
    version: Annotated[str | None, QueryParameter(description="Only answers of this one, such as fraud:17.")] = None,
    caller: Annotated[str | None, QueryParameter(description="Only this caller's: the sticky key's value.")] = None,
    since_ms: Moment = 0,
    until_ms: Moment = LATEST_MS,
    limit: Limit = 50,
    page_token: PageToken = None,
) -> PredictionsShown:
    """What a deployment answered, newest first, as far as the ledger keeps it.

    An answer looks at so many rows, for so long, and says how far it came: with a token there may be more.
    """
    asked = Asked(
        version=version, caller=caller, since_ms=since_ms, until_ms=until_ms, limit=limit, page_token=page_token
    )
    sought = predictions.sought(deployment, asked)
    window = await db.read(lambda tx: predictions.window(tx, deployment, asked, sought))
    found = await asyncio.to_thread(look, serving.ledger, window, sought)
    return predictions.listed(deployment, asked, found)


@get("/api/v1/predictions/{prediction:str}", opt={"needs": Permission.READ}, tags=["serving"])
async def show_prediction(db: Db, serving: Serving, prediction: FromPath[str]) -> Prediction:
    """One answered row, by the id that its caller got."""
    found = await _explained(db, serving, prediction)
    told = found.provenance
    if told is None:
        return found
    whole = await asyncio.to_thread(with_diffs, told, lambda digest: b"".join(serving.blobs.read(digest)))
    return msgspec.structs.replace(found, provenance=whole)


async def _explained(db: Database, serving: ServingHouse, prediction: str) -> Prediction:
    id_ = parse_id(prediction)
    segments = await db.read(lambda tx: predictions.segments_of(tx, id_))
    segment, row = await asyncio.to_thread(_find, serving.ledger, segments, id_)
    return await db.read(lambda tx: predictions.explained(tx, segment, row))


def _find(ledger: Blobs, segments: list[Segment], id_: PredictionId) -> tuple[Segment, dict[str, Any]]:
    def look(segment: Segment, prediction: str, position: int) -> dict[str, Any] | None:
        if segment.form is Form.PARQUET:
            found: dict[str, Any] | None = parquet().find_row(ledger, segment.digest, prediction, position)
            return found
        return find_row(b"".join(ledger.read(segment.digest)), prediction, position)

    return predictions.find(segments, id_, look)


@post(
    "/api/v1/predictions/{prediction:str}/replay", opt={"needs": Permission.PREDICT}, tags=["serving"], status_code=200
)
async def replay_prediction(db: Db, serving: Serving, prediction: FromPath[str]) -> Replayed:
    """Have a node answer the same again with the version that answered then, off the record, and compare."""
    found = await _explained(db, serving, prediction)
    refuse_hidden(found)
    seat = await db.read(lambda tx: rehearsals.seat_of(tx, found.manifest, found.version))
    return await asyncio.to_thread(rehearsing.again, found, seat)


@get("/api/v1/predictions/{prediction:str}/attribution", opt={"needs": Permission.PREDICT}, tags=["serving"])
async def attribute_prediction(
    db: Db,
    serving: Serving,
    prediction: FromPath[str],
    output: Annotated[str, QueryParameter(description="The number to explain, such as probabilities[1].")] = "",
    rows: Annotated[
        int, QueryParameter(ge=1, le=100, description="At most so many background rows.")
    ] = BACKGROUND_ROWS,
    seed: Annotated[int, QueryParameter(ge=0, le=2**32 - 1)] = 0,
    fresh: Annotated[bool, QueryParameter(description="Compute it anew.")] = False,  # noqa: FBT002 - a query parameter
) -> Attribution:
    """What of the answer is due to which feature: Shapley values, computed when first asked for, and kept."""
    found = await _explained(db, serving, prediction)
    asked = AttributionAsked(output=output, rows=rows, seed=seed)
    known = None if fresh else await db.read(lambda tx: attributions.kept(tx, found, asked))
    if known is not None:
        return known
    needed = await db.read(lambda tx: attributions.needed(tx, found))
    made = await asyncio.to_thread(
        lambda: attribute(
            found, needed, asked, ledger=serving.ledger, read=lambda digest: b"".join(serving.blobs.read(digest))
        )
    )
    await db.write(lambda tx: attributions.keep(tx, found, asked, made))
    return made


PREDICTIONS: list[Any] = [list_predictions, show_prediction, replay_prediction, attribute_prediction]
