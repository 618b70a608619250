"""`/api/v1/packages`: a version's files by digest."""

from typing import Annotated, Any

from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.serving.routes.given import Serving
from modelwright.serving.routes.nodes import chunks
from modelwright.serving.service import packages
from modelwright.serving.shown import PackageShown

_READ = {"needs": Permission.READ}
Version = Annotated[str, QueryParameter(description="Such as fraud:17 or fraud@champion.")]


@get("/api/v1/packages", opt=_READ, tags=["serving"])
async def show_package(db: Db, serving: Serving, version: Version) -> PackageShown:
    return await db.read(lambda tx: packages.show(tx, serving.versions, version))


@get("/api/v1/packages/files/{digest:str}", opt=_READ, tags=["serving"], media_type="application/octet-stream")
async def read_package_file(db: Db, serving: Serving, digest: FromPath[str], version: Version) -> Stream:
    """The bytes of one file of a version."""
    found = await db.read(lambda tx: packages.file(tx, serving.versions, version, digest))
    return Stream(chunks(serving.blobs, digest), headers={"content-length": str(found.size_bytes)})


PACKAGES: list[Any] = [show_package, read_package_file]
