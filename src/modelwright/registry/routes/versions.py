"""`/api/v1/models/{name}/versions`, and versions of all models."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from modelwright.artifacts.model import Listed
from modelwright.core.auth import Permission
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.registry.model.things import Stage, Version
from modelwright.registry.routes.given import Filter, Force, OrderBy, Others
from modelwright.registry.routes.models import TagValue
from modelwright.registry.service import search, versions
from modelwright.registry.service.holding import held
from modelwright.registry.service.sources import NewVersion

Folder = Annotated[str, QueryParameter(description="A folder of the version; empty is its root.")]


class VersionSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where a new version comes from: runs:/<run>/<path>, models:/<logged model>, models:/<name>/<version>,
    or the address of an object store that only clients read.
    """

    source: str
    run_id: str | None = None
    logged_model_id: str | None = None
    run_link: str | None = None
    description: str = ""
    tags: Mapping[str, str] = {}


class VersionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    description: str | None = None


class StageMove(msgspec.Struct, frozen=True, kw_only=True):
    """With `archive_others`, the versions that are in the stage now go to the archive."""

    stage: Stage
    archive_others: bool = False


class HeldBy(msgspec.Struct, frozen=True):
    """What is live and relies on a version, as references; while there is any, deleting needs force."""

    held_by: list[str]


@get("/api/v1/versions", needs=Permission.READ, tags=["registry"])
async def list_versions(
    db: Db, filter_: Filter = "", order_by: OrderBy = None, limit: Limit = 100, page_token: PageToken = None
) -> Page[Version]:
    """Versions of all models, the last changed first."""
    items, more = await db.read(
        lambda tx: search.search_versions(tx, filter_=filter_, order_by=order_by or (), limit=limit, token=page_token)
    )
    return Page(items=items, next_page_token=more)


@get("/api/v1/models/{name:str}/versions", needs=Permission.READ, tags=["registry"])
async def list_versions_of_model(
    db: Db, name: FromPath[str], limit: Limit = 100, page_token: PageToken = None
) -> Page[Version]:
    """Newest first."""
    items, more, total = await db.read(lambda tx: search.versions_of_model(tx, name, limit=limit, token=page_token))
    return Page(items=items, total=total, next_page_token=more)


@post("/api/v1/models/{name:str}/versions", needs=Permission.REGISTER, tags=["registry"])
async def create_version(
    db: Db, actor: By, neighbours: Others, name: FromPath[str], data: JSONBody[VersionSource]
) -> Version:
    new = msgspec.convert(data, NewVersion, from_attributes=True)
    return await db.write(lambda tx: versions.create_version(tx, actor, name, new, neighbours))


@get("/api/v1/models/{name:str}/versions/{number:int}", needs=Permission.READ, tags=["registry"])
async def show_version(db: Db, name: FromPath[str], number: FromPath[int]) -> Version:
    return await db.read(lambda tx: versions.get_version(tx, name, number))


@patch("/api/v1/models/{name:str}/versions/{number:int}", needs=Permission.REGISTER, tags=["registry"])
async def change_version(
    db: Db, actor: By, name: FromPath[str], number: FromPath[int], data: JSONBody[VersionChange]
) -> Version:
    def change(tx: WriteTx) -> Version:
        if data.description is not None:
            return versions.describe_version(tx, actor, name, number, data.description)
        return versions.get_version(tx, name, number)

    return await db.write(change)


@delete("/api/v1/models/{name:str}/versions/{number:int}", needs=Permission.DELETE, tags=["registry"])
async def delete_version(
    db: Db, actor: By, neighbours: Others, name: FromPath[str], number: FromPath[int], *, force: Force = False
) -> None:
    """Refused while something live relies on it: an alias, a copy, a deployment."""
    await db.write(lambda tx: versions.delete_version(tx, actor, name, number, neighbours, force=force))


@get("/api/v1/models/{name:str}/versions/{number:int}/held-by", needs=Permission.READ, tags=["registry"])
async def show_held_by(db: Db, neighbours: Others, name: FromPath[str], number: FromPath[int]) -> HeldBy:
    def read(tx: ReadTx) -> HeldBy:
        return HeldBy(held(tx, versions.get_version(tx, name, number), neighbours))

    return await db.read(read)


@get("/api/v1/models/{name:str}/versions/{number:int}/files", needs=Permission.READ, tags=["registry"])
async def list_files(db: Db, name: FromPath[str], number: FromPath[int], path: Folder = "") -> Page[Listed]:
    """What a folder of the version shows; nothing for a version whose files are not in our store.

    The bytes are at `/api/v1/artifacts/<owner of the version>/file?path=<root of the version>/<path>`.
    """
    items = await db.read(lambda tx: versions.list_files(tx, name, number, path))
    return Page(items=items, total=len(items))


@post(
    "/api/v1/models/{name:str}/versions/{number:int}/stage",
    needs=Permission.PROMOTE,
    tags=["registry"],
    status_code=200,
)
async def move_to_stage(
    db: Db, actor: By, neighbours: Others, name: FromPath[str], number: FromPath[int], data: JSONBody[StageMove]
) -> Version:
    return await db.write(
        lambda tx: versions.move_to_stage(
            tx, actor, name, number, data.stage, neighbours, archive_others=data.archive_others
        )
    )


@put("/api/v1/models/{name:str}/versions/{number:int}/tags/{key:path}", needs=Permission.REGISTER, tags=["registry"])
async def tag_version(
    db: Db, actor: By, name: FromPath[str], number: FromPath[int], key: FromPath[str], data: JSONBody[TagValue]
) -> Version:
    def tag(tx: WriteTx) -> Version:
        versions.tag_version(tx, actor, name, number, key.removeprefix("/"), data.value)
        return versions.get_version(tx, name, number)

    return await db.write(tag)


@delete("/api/v1/models/{name:str}/versions/{number:int}/tags/{key:path}", needs=Permission.REGISTER, tags=["registry"])
async def untag_version(db: Db, actor: By, name: FromPath[str], number: FromPath[int], key: FromPath[str]) -> None:
    """Harmless when there is no such tag."""
    await db.write(lambda tx: versions.untag_version(tx, actor, name, number, key.removeprefix("/")))


ROUTES = [
    list_versions,
    list_versions_of_model,
    create_version,
    show_version,
    change_version,
    delete_version,
    show_held_by,
    list_files,
    move_to_stage,
    tag_version,
    untag_version,
]
