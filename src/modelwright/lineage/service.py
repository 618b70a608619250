"""What one can do with edges: steps of one transaction."""

from typing import Final

from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.lineage import store
from modelwright.lineage.model import Edge, Relation

EDGES: Final = 500


def link(tx: WriteTx, source: str, relation: Relation, target: str) -> None:
    """Have `source` refer to `target`. Harmless when it does already."""
    store.add(tx, Edge(source=source, relation=relation, target=target, at_ms=now_ms()))


def unlink(tx: WriteTx, source: str) -> None:
    """Forget everything that `source` refers to, as it is no more. What refers to it stays and can be asked for."""
    store.drop_from(tx, source)


def renamed(tx: WriteTx, before: str, after: str) -> None:
    """Follow a thing to its new name, with everything below it (`models/a/versions/1` is below `models/a`)."""
    store.rename(tx, before, after)


def refers_to(tx: ReadTx, source: str) -> list[Edge]:
    """What `source` refers to, oldest edge first."""
    return store.edges_from(tx, source)


def referrers(tx: ReadTx, target: str, *, limit: int = 100) -> list[Edge]:
    """Who refers to `target`, oldest edge first, at most `limit` of them."""
    return store.edges_to(tx, target, limit=limit)


def around(tx: ReadTx, reference: str, *, depth: int) -> list[Edge]:
    """Every edge within `depth` steps of the thing, in either direction, nearest first; at most EDGES of them."""
    found: dict[tuple[str, str, str], Edge] = {}
    seen, border = {reference}, [reference]
    for _ in range(depth):
        edges = [edge for each in border for edge in (*refers_to(tx, each), *referrers(tx, each, limit=EDGES))]
        found |= {(edge.source, edge.relation.value, edge.target): edge for edge in edges}
        border = sorted({end for edge in edges for end in (edge.source, edge.target)} - seen)
        seen |= set(border)
        if len(found) >= EDGES:
            break
    return list(found.values())[:EDGES]
