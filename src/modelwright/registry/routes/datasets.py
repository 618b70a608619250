"""`/api/v1/datasets/versions`: what a dataset became part of."""

from typing import Any

from litestar import get

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.registry.model.dataset_versions import DatasetVersions
from modelwright.registry.service import dataset_versions
from modelwright.tracking.routes.datasets import DatasetDigest, DatasetName


@get("/api/v1/datasets/versions", needs=Permission.READ, tags=["registry"])
async def list_dataset_versions(db: Db, name: DatasetName, digest: DatasetDigest) -> DatasetVersions:
    """Versions whose run used it, and those whose logged model was measured on it, newest first."""
    return await db.read(lambda tx: dataset_versions.of(tx, name, digest))


ROUTES: list[Any] = [list_dataset_versions]
