"""`/api/v1/models/{name}/aliases`: where they point, where they have been, and moving them."""

from collections.abc import Mapping

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from modelwright.core.auth import Permission
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.registry.model.things import AliasMove, AliasPreview, LatestMove, Model, Version
from modelwright.registry.routes.given import Others
from modelwright.registry.service import aliases, models


class AliasTarget(msgspec.Struct, frozen=True, kw_only=True):
    """`expected_version` says where the alias must still point (null: nowhere); left out, it is not looked at."""

    version: int
    expected_version: int | UnsetType | None = UNSET
    comment: str = ""


class AliasAsk(msgspec.Struct, frozen=True):
    version: int


class AliasMoves(msgspec.Struct, frozen=True, kw_only=True):
    """Where each alias is to point; null takes it away. All of them move at once, or none."""

    targets: Mapping[str, int | None]
    expected: Mapping[str, int | None] = {}
    comment: str = ""


class AliasState(msgspec.Struct, frozen=True):
    alias: str
    version: int


@get("/api/v1/models/{name:str}/aliases/{alias:str}", needs=Permission.READ, tags=["registry"])
async def show_version_of_alias(db: Db, name: FromPath[str], alias: FromPath[str]) -> Version:
    """The version that the alias points to; `latest` is the newest one."""
    return await db.read(lambda tx: aliases.version_by_alias(tx, name, alias))


@put("/api/v1/models/{name:str}/aliases/{alias:str}", needs=Permission.PROMOTE, tags=["registry"])
async def move_alias(
    db: Db, actor: By, neighbours: Others, name: FromPath[str], alias: FromPath[str], data: JSONBody[AliasTarget]
) -> AliasState:
    expected = None if data.expected_version is UNSET else {alias: data.expected_version}
    await db.write(
        lambda tx: aliases.move_aliases(
            tx, actor, name, {alias: data.version}, neighbours, expected=expected, comment=data.comment
        )
    )
    return AliasState(alias, data.version)


@delete("/api/v1/models/{name:str}/aliases/{alias:str}", needs=Permission.PROMOTE, tags=["registry"])
async def remove_alias(db: Db, actor: By, neighbours: Others, name: FromPath[str], alias: FromPath[str]) -> None:
    """Harmless when there is no such alias."""
    await db.write(lambda tx: aliases.move_aliases(tx, actor, name, {alias: None}, neighbours))


@post("/api/v1/models/{name:str}/aliases", needs=Permission.PROMOTE, tags=["registry"], status_code=200)
async def move_aliases(db: Db, actor: By, neighbours: Others, name: FromPath[str], data: JSONBody[AliasMoves]) -> Model:
    """Move several aliases in one transaction, as when champion and challenger change places."""
    await db.write(
        lambda tx: aliases.move_aliases(
            tx, actor, name, data.targets, neighbours, expected=data.expected, comment=data.comment
        )
    )
    return await db.read(lambda tx: models.get_model(tx, name))


@post(
    "/api/v1/models/{name:str}/aliases/{alias:str}/preview",
    needs=Permission.READ,
    tags=["registry"],
    status_code=200,
)
async def preview_move(
    db: Db, actor: By, neighbours: Others, name: FromPath[str], alias: FromPath[str], data: JSONBody[AliasAsk]
) -> AliasPreview:
    """What a move would change and what speaks against it, without moving anything."""
    return await db.read(lambda tx: aliases.preview_move(tx, actor, name, alias, data.version, neighbours))


@get("/api/v1/models/{name:str}/aliases/{alias:str}/history", needs=Permission.READ, tags=["registry"])
async def show_history(
    db: Db, name: FromPath[str], alias: FromPath[str], limit: Limit = 100, page_token: PageToken = None
) -> Page[AliasMove]:
    """Who moved the alias when, from what to what; newest first, also of an alias that is gone."""
    items, more = await db.read(lambda tx: aliases.alias_history(tx, name, alias, limit=limit, token=page_token))
    return Page(items=items, next_page_token=more)


@get("/api/v1/alias-moves", needs=Permission.READ, tags=["registry"])
async def list_latest_moves(db: Db, limit: Limit = 20) -> Page[LatestMove]:
    """Which aliases of which models were moved lately; newest first."""
    return Page(items=await db.read(lambda tx: aliases.latest_moves(tx, limit)))


ROUTES = [
    show_version_of_alias,
    move_alias,
    remove_alias,
    move_aliases,
    preview_move,
    show_history,
    list_latest_moves,
]
