"""`/api/v1/deployments/{name}/segments` and `/api/v1/segments`: the ledger for whoever wants to read it whole."""

from typing import Annotated, Any

from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.serving.routes.given import Serving
from modelwright.serving.routes.nodes import chunks
from modelwright.serving.service import ledger
from modelwright.serving.shown import SegmentsShown

_READ = {"needs": Permission.READ}
Moment = Annotated[int, QueryParameter(ge=0, description="Milliseconds since 1970.")]


@get("/api/v1/deployments/{deployment:str}/segments", opt=_READ, tags=["serving"])
async def list_segments(
    db: Db, deployment: FromPath[str], since_ms: Moment = 0, until_ms: Moment = limits.INT64_MAX
) -> SegmentsShown:
    found = await db.read(lambda tx: ledger.segments(tx, deployment, since_ms=since_ms, until_ms=until_ms))
    return SegmentsShown(found)


@get("/api/v1/segments/{segment:str}", opt=_READ, tags=["serving"], media_type="application/vnd.apache.arrow.stream")
async def read_segment(db: Db, serving: Serving, segment: FromPath[str]) -> Stream:
    """One segment as an Arrow IPC stream."""
    found = await db.read(lambda tx: ledger.segment(tx, segment))
    return Stream(chunks(serving.ledger, found.digest))


LEDGER: list[Any] = [list_segments, read_segment]
