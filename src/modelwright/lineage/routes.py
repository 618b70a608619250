"""`/api/v1/lineage`."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.lineage import service
from modelwright.lineage.model import Edge

Ref = Annotated[str, QueryParameter(description="A thing, such as models/fraud/versions/3, runs/<id>.")]
Depth = Annotated[int, QueryParameter(ge=1, le=5, description="How many steps to go, in either direction.")]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A thing; its kind is the next-to-last part of its reference (`versions` of `models/fraud/versions/3`)."""

    ref: str
    kind: str


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything around a thing: what it came from, and what came of it."""

    nodes: list[Node]
    edges: list[Edge]


@get("/api/v1/lineage", needs=Permission.READ, tags=["lineage"])
async def show_lineage(db: Db, ref: Ref, depth: Depth = 3) -> Lineage:
    edges = await db.read(lambda tx: service.around(tx, ref, depth=depth))
    names = dict.fromkeys([ref, *(end for edge in edges for end in (edge.source, edge.target))])
    return Lineage(nodes=[Node(ref=name, kind=_kind(name)) for name in names], edges=edges)


def _kind(reference: str) -> str:
    parts = reference.rsplit("/", 2)
    return parts[-2] if len(parts) > 1 else ""


ROUTES = [show_lineage]
