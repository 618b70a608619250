"""`/api/v1/search`: everything by its name, for a palette."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from modelwright.core.auth import Permission
from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import Finder, Found
from modelwright.core.http.given import Db
from modelwright.core.http.pages import Page

Words = Annotated[str, QueryParameter(name="q", min_length=1, max_length=250, description="What was typed.")]
Each = Annotated[int, QueryParameter(ge=1, le=20, description="The most of each kind.")]


def finding_route(finders: Sequence[Finder]) -> Any:
    @get("/api/v1/search", opt={"needs": Permission.READ}, tags=["everywhere"])
    async def find_by_name(db: Db, words: Words, limit: Each = 6) -> Page[Found]:
        """Experiments, models and deployments by part of their name; runs, aliases and digests by how they begin."""

        def read(tx: ReadTx) -> list[Found]:
            return [found for finder in finders for found in finder(tx, words.strip(), limit)]

        return Page(items=await db.read(read))

    return find_by_name
