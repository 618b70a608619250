"""`/api/v1/comments` and `/api/v1/views`."""

from typing import Annotated, Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from modelwright.collaboration import service
from modelwright.collaboration.model import Comment, View
from modelwright.core.auth import Permission
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page

About = Annotated[str, QueryParameter(description="What it is about, such as runs/<id> or models/<name>.")]
Scope = Annotated[
    str, QueryParameter(name="scope", description="The page that the views belong to, such as experiments/7/runs.")
]


class NewComment(msgspec.Struct, frozen=True):
    about: str
    body: str


class NewView(msgspec.Struct, frozen=True, kw_only=True):
    scope: str
    name: str
    shared: bool = False
    state: dict[str, Any]


@get("/api/v1/comments", opt={"needs": Permission.READ}, tags=["collaborate"])
async def list_comments(db: Db, about: About, limit: Limit = 200) -> Page[Comment]:
    items, total = await db.read(lambda tx: service.comments_about(tx, about, limit))
    return Page(items=items, total=total)


@post("/api/v1/comments", opt={"needs": Permission.COMMENT}, tags=["collaborate"])
async def write_comment(db: Db, actor: By, data: JSONBody[NewComment]) -> Comment:
    return await db.write(lambda tx: service.write_comment(tx, actor, data.about, data.body))


@delete("/api/v1/comments/{comment_id:int}", opt={"needs": Permission.COMMENT}, tags=["collaborate"])
async def delete_comment(db: Db, actor: By, comment_id: FromPath[int]) -> None:
    await db.write(lambda tx: service.delete_comment(tx, actor, comment_id))


@get("/api/v1/views", opt={"needs": Permission.READ}, tags=["collaborate"])
async def list_views(db: Db, actor: By, of: Scope) -> Page[View]:
    items = await db.read(lambda tx: service.views_of(tx, actor, of))
    return Page(items=items, total=len(items))


@put("/api/v1/views", opt={"needs": Permission.READ}, tags=["collaborate"])
async def save_view(db: Db, actor: By, data: JSONBody[NewView]) -> View:
    return await db.write(
        lambda tx: service.save_view(tx, actor, data.scope, data.name, shared=data.shared, state=data.state)
    )


@delete("/api/v1/views/{view_id:int}", opt={"needs": Permission.READ}, tags=["collaborate"])
async def delete_view(db: Db, actor: By, view_id: FromPath[int]) -> None:
    await db.write(lambda tx: service.delete_view(tx, actor, view_id))


@put("/api/v1/views/{view_id:int}/default", opt={"needs": Permission.TRACK}, tags=["collaborate"])
async def choose_default_view(db: Db, actor: By, view_id: FromPath[int]) -> View:
    """Make a shared view the one that its page shows to everybody whose address names none."""
    return await db.write(lambda tx: service.choose_default(tx, actor, view_id))


@delete("/api/v1/views/{view_id:int}/default", opt={"needs": Permission.TRACK}, tags=["collaborate"])
async def undo_default_view(db: Db, actor: By, view_id: FromPath[int]) -> None:
    """Show the page as it is by itself again; harmless when the view is not its default."""
    await db.write(lambda tx: service.undo_default(tx, actor, view_id))


ROUTES = [
    list_comments,
    write_comment,
    delete_comment,
    list_views,
    save_view,
    delete_view,
    choose_default_view,
    undo_default_view,
]
