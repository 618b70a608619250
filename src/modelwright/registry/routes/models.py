"""`/api/v1/models`."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from modelwright.core.auth import Permission
from modelwright.core.db.tx import WriteTx
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.registry.model.things import Model
from modelwright.registry.routes.given import Filter, Force, OrderBy, Others
from modelwright.registry.service import models, search

Words = Annotated[str, QueryParameter(description="Only models whose names hold each of these words, in any case.")]


class NewModel(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    description: str = ""
    tags: Mapping[str, str] = {}


class ModelChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    name: str | None = None
    description: str | None = None


class TagValue(msgspec.Struct, frozen=True):
    value: str


@get("/api/v1/models", needs=Permission.READ, tags=["registry"])
async def list_models(
    db: Db,
    q: Words = "",
    filter_: Filter = "",
    order_by: OrderBy = None,
    limit: Limit = 100,
    page_token: PageToken = None,
) -> Page[Model]:
    items, more = await db.read(
        lambda tx: search.search_models(
            tx, words=q, filter_=filter_, order_by=order_by or (), limit=limit, token=page_token
        )
    )
    return Page(items=items, next_page_token=more)


@post("/api/v1/models", needs=Permission.REGISTER, tags=["registry"])
async def create_model(db: Db, actor: By, data: JSONBody[NewModel]) -> Model:
    return await db.write(
        lambda tx: models.create_model(tx, actor, data.name, description=data.description, tags=data.tags)
    )


@get("/api/v1/models/{name:str}", needs=Permission.READ, tags=["registry"])
async def show_model(db: Db, name: FromPath[str]) -> Model:
    return await db.read(lambda tx: models.get_model(tx, name))


@patch("/api/v1/models/{name:str}", needs=Permission.REGISTER, tags=["registry"])
async def change_model(db: Db, actor: By, name: FromPath[str], data: JSONBody[ModelChange]) -> Model:
    """Describe or rename; a new name carries the versions, the tags and the aliases along."""

    def change(tx: WriteTx) -> Model:
        if data.description is not None:
            models.describe_model(tx, actor, name, data.description)
        if data.name is not None and data.name != name:
            return models.rename_model(tx, actor, name, data.name)
        return models.get_model(tx, name)

    return await db.write(change)


@delete("/api/v1/models/{name:str}", needs=Permission.DELETE, tags=["registry"])
async def delete_model(db: Db, actor: By, neighbours: Others, name: FromPath[str], *, force: Force = False) -> None:
    """Delete the model with its versions; refused while something live relies on any of them."""
    await db.write(lambda tx: models.delete_model(tx, actor, name, neighbours, force=force))


@put("/api/v1/models/{name:str}/tags/{key:path}", needs=Permission.REGISTER, tags=["registry"])
async def tag_model(db: Db, actor: By, name: FromPath[str], key: FromPath[str], data: JSONBody[TagValue]) -> Model:
    def tag(tx: WriteTx) -> Model:
        models.tag_model(tx, actor, name, key.removeprefix("/"), data.value)
        return models.get_model(tx, name)

    return await db.write(tag)


@delete("/api/v1/models/{name:str}/tags/{key:path}", needs=Permission.REGISTER, tags=["registry"])
async def untag_model(db: Db, actor: By, name: FromPath[str], key: FromPath[str]) -> None:
    """Harmless when there is no such tag."""
    await db.write(lambda tx: models.untag_model(tx, actor, name, key.removeprefix("/")))


ROUTES = [list_models, create_model, show_model, change_model, delete_model, tag_model, untag_model]
