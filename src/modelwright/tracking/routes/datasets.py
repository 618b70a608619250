"""`/api/v1/datasets`: one dataset, and who used it.

It is named in the query: clients choose names and digests, with slashes too, which a path cannot hold.
"""

from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.tracking.model.dataset_pages import DatasetShown, DatasetUse
from modelwright.tracking.service import dataset_pages as service

DatasetName = Annotated[str, QueryParameter(description="The dataset's name.")]
DatasetDigest = Annotated[str, QueryParameter(description="Its digest, as it was logged.")]


@get("/api/v1/datasets", needs=Permission.READ, tags=["tracking"])
async def show_dataset(db: Db, name: DatasetName, digest: DatasetDigest) -> DatasetShown:
    """One dataset: its sources, schema and profile."""
    return await db.read(lambda tx: service.show(tx, name, digest))


@get("/api/v1/datasets/uses", needs=Permission.READ, tags=["tracking"])
async def list_dataset_uses(
    db: Db, name: DatasetName, digest: DatasetDigest, limit: Limit = 50, page_token: PageToken = None
) -> Page[DatasetUse]:
    """Runs that used it, the newest first, and what for."""
    return await db.read(lambda tx: service.uses(tx, name, digest, limit=limit, token=page_token))


ROUTES: list[Any] = [show_dataset, list_dataset_uses]
