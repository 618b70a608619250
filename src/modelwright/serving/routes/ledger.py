"""`/api/v1/deployments/{name}/segments` and `/api/v1/segments`: the ledger for whoever wants to read it whole."""

from typing import Annotated, Any

from litestar import get, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.http.given import By, Db
from modelwright.serving.model import Form, Logging
from modelwright.serving.routes.given import Serving
from modelwright.serving.routes.nodes import chunks
from modelwright.serving.service import ledger
from modelwright.serving.shown import LedgerShown, SegmentsShown

_READ = {"needs": Permission.READ}
_TYPES = {Form.ARROW: "application/vnd.apache.arrow.stream", Form.PARQUET: "application/vnd.apache.parquet"}
Moment = Annotated[int, QueryParameter(ge=0, description="Milliseconds since 1970.")]


@get("/api/v1/deployments/{deployment:str}/segments", opt=_READ, tags=["serving"])
async def list_segments(
    db: Db, deployment: FromPath[str], since_ms: Moment = 0, until_ms: Moment = limits.INT64_MAX
) -> SegmentsShown:
    found = await db.read(lambda tx: ledger.segments(tx, deployment, since_ms=since_ms, until_ms=until_ms))
    return SegmentsShown(found)


@get("/api/v1/segments/{segment:str}", opt=_READ, tags=["serving"], media_type="application/vnd.apache.arrow.stream")
async def read_segment(db: Db, serving: Serving, segment: FromPath[str]) -> Stream:
    """One segment: an Arrow IPC stream, or Parquet (its `form` says which)."""
    found = await db.read(lambda tx: ledger.segment(tx, segment))
    return Stream(chunks(serving.ledger, found.digest), media_type=_TYPES[found.form])


@get("/api/v1/deployments/{deployment:str}/ledger", opt=_READ, tags=["serving"])
async def show_ledger(db: Db, deployment: FromPath[str]) -> LedgerShown:
    """What the ledger keeps of a deployment, and how much it holds."""
    return await db.read(lambda tx: ledger.show(tx, deployment))


@put("/api/v1/deployments/{deployment:str}/ledger", opt={"needs": Permission.DEPLOY}, tags=["serving"])
async def set_ledger(db: Db, actor: By, deployment: FromPath[str], data: JSONBody[Logging]) -> LedgerShown:
    """Decide anew what the ledger keeps of a deployment; rows that it has stay as they are, until they expire."""
    return await db.write(lambda tx: ledger.set_logging(tx, actor, deployment, data))


LEDGER: list[Any] = [list_segments, read_segment, show_ledger, set_ledger]
