"""`/api/v1/comments`, `/api/v1/people` and `/api/v1/views`."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from modelwright.collaboration import service
from modelwright.collaboration.model import Comment, View
from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput
from modelwright.core.finding import Namer, People
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page

About = Annotated[
    str | None, QueryParameter(description="Those about this, such as runs/<id> or models/<name>: oldest first.")
]
Mentions = Annotated[
    str | None, QueryParameter(description="Those that mention this, such as people/<name> or runs/<id>: newest first.")
]
Before = Annotated[int, QueryParameter(ge=0, description="Where the newest come first: only below this id.")]
After = Annotated[int, QueryParameter(ge=0, description="Where the oldest come first: only above this id.")]
Start = Annotated[str, QueryParameter(name="q", max_length=200, description="How the name begins.")]
Scope = Annotated[
    str, QueryParameter(name="scope", description="The page that the views belong to, such as experiments/7/runs.")
]


class Known(msgspec.Struct, frozen=True):
    """What other rooms know of words and names in a comment."""

    namers: Sequence[Namer] = ()
    people: Sequence[People] = ()


Knowing = NamedDependency[SkipValidation[Known]]


def mentions_given(known: Known) -> dict[str, Provide]:
    """The provider of `knowing`, for the application."""
    return {"knowing": Provide(lambda: known, sync_to_thread=False)}


class Person(msgspec.Struct, frozen=True):
    """Somebody of whom the server knows the name."""

    name: str


class NewComment(msgspec.Struct, frozen=True):
    about: str
    body: str


class NewView(msgspec.Struct, frozen=True, kw_only=True):
    scope: str
    name: str
    shared: bool = False
    state: dict[str, Any]


@get("/api/v1/comments", opt={"needs": Permission.READ}, tags=["collaborate"])
async def list_comments(
    db: Db,
    about: About = None,
    mentions: Mentions = None,
    before: Before = limits.INT64_MAX,
    after: After = 0,
    limit: Limit = 200,
) -> Page[Comment]:
    """About one thing, or mentioning one thing or person, or the latest of all."""
    if about is not None and mentions is not None:
        raise BadInput("ask for the comments about a thing or for those that mention one, not for both at once")

    def read(tx: ReadTx) -> Page[Comment]:
        if about is not None:
            items, total = service.comments_about(tx, about, limit, after_id=after)
            return Page(items=items, total=total)
        if mentions is not None:
            items, total = service.comments_mentioning(tx, mentions, before_id=before, limit=limit)
            return Page(items=items, total=total)
        return Page(items=service.latest_comments(tx, before_id=before, limit=limit))

    return await db.read(read)


@get("/api/v1/people", opt={"needs": Permission.READ}, tags=["collaborate"])
async def list_people(db: Db, knowing: Knowing, start: Start = "", limit: Limit = 8) -> Page[Person]:
    """Who may be mentioned as @name: authors of comments and of runs, of the latest thousand of each."""
    names = await db.read(lambda tx: service.people_named(tx, start, knowing.people, limit))
    return Page(items=[Person(name) for name in names])


@post("/api/v1/comments", opt={"needs": Permission.COMMENT}, tags=["collaborate"])
async def write_comment(db: Db, actor: By, knowing: Knowing, data: JSONBody[NewComment]) -> Comment:
    return await db.write(lambda tx: service.write_comment(tx, actor, data.about, data.body, knowing.namers))


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
    list_people,
    write_comment,
    delete_comment,
    list_views,
    save_view,
    delete_view,
    choose_default_view,
    undo_default_view,
]
