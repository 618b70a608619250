"""The room's one table and its SQL."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from modelwright.core.db.schema import metadata
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.lineage.model import Edge, Relation

_CodePoints: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text ordered by code point on both databases, so that a range finds a prefix."""

edges = Table(
    "lineage_edges",
    metadata,
    Column("source", _CodePoints, nullable=False),
    Column("relation", Text, nullable=False),
    Column("target", _CodePoints, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("source", "relation", "target"),
    Index("ix_lineage_edges_target", "target"),
    sqlite_with_rowid=False,
)

_FIELDS: Final = (edges.c.source, edges.c.relation, edges.c.target, edges.c.at_ms)
_ADD: Final = Sql(
    lambda insert: (
        insert(edges).values({column.name: bindparam(column.name) for column in _FIELDS}).on_conflict_do_nothing()
    )
)
_FROM: Final = Sql(
    select(*_FIELDS)
    .where(edges.c.source == bindparam("reference"))
    .order_by(edges.c.at_ms, edges.c.relation, edges.c.target)
)
_TO: Final = Sql(
    select(*_FIELDS)
    .where(edges.c.target == bindparam("reference"))
    .order_by(edges.c.at_ms, edges.c.relation, edges.c.source)
    .limit(bindparam("limit"))
)
_DROP_FROM: Final = Sql(delete(edges).where(edges.c.source == bindparam("reference")))


_RENAMES: Final = tuple(
    Sql(
        update(edges)
        .where(or_(end == bindparam("before"), and_(end >= bindparam("low"), end < bindparam("high"))))
        .values({end.name: bindparam("after", type_=Text()).concat(func.substr(end, bindparam("rest")))})
    )
    for end in (edges.c.source, edges.c.target)
)


def add(tx: WriteTx, edge: Edge) -> None:
    """Harmless when it is there already."""
    tx.run(_ADD, source=edge.source, relation=edge.relation.value, target=edge.target, at_ms=edge.at_ms)


def edges_from(tx: ReadTx, reference: str) -> list[Edge]:
    return [_edge(row) for row in tx.all(_FROM, reference=reference)]


def edges_to(tx: ReadTx, reference: str, *, limit: int) -> list[Edge]:
    return [_edge(row) for row in tx.all(_TO, reference=reference, limit=limit)]


def drop_from(tx: WriteTx, reference: str) -> None:
    tx.run(_DROP_FROM, reference=reference)


def rename(tx: WriteTx, before: str, after: str) -> None:
    """Give the thing, and everything whose reference continues its own with a slash, another name."""
    for each in _RENAMES:
        # "0" follows "/" in Unicode, so the range holds exactly what begins with the name and a slash.
        tx.run(each, before=before, low=before + "/", high=before + "0", after=after, rest=len(before) + 1)


def _edge(row: tuple[Any, ...]) -> Edge:
    return Edge(source=row[0], relation=Relation(row[1]), target=row[2], at_ms=row[3])
