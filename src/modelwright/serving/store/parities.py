"""SQL of parities: what nodes found when they held conversions against the originals, by the digest of the bytes."""

import msgspec
from sqlalchemy import bindparam, select

from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.serving.model import Parity
from modelwright.serving.store.tables import parities

_OF = Sql(
    select(parities.c.node, parities.c.found_ms, parities.c.finding)
    .where(parities.c.manifest == bindparam("manifest"))
    .order_by(parities.c.node)
)
_PUT = Sql(
    lambda insert: (
        insert(parities)
        .values(
            manifest=bindparam("manifest"),
            node=bindparam("node"),
            found_ms=bindparam("found_ms"),
            finding=bindparam("finding"),
        )
        .on_conflict_do_update(
            index_elements=["manifest", "node"],
            set_={"found_ms": bindparam("found_ms"), "finding": bindparam("finding")},
        )
    )
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a node said last, and when the server first heard it say so."""

    node: str
    found_ms: int
    parity: Parity


def of(tx: ReadTx, manifest: str) -> list[Held]:
    """By the nodes' names."""
    return [
        Held(node=node, found_ms=found_ms, parity=msgspec.json.decode(finding, type=Parity))
        for node, found_ms, finding in tx.all(_OF, manifest=manifest)
    ]


def keep(tx: WriteTx, manifest: str, node: str, now_ms: int, parity: Parity) -> None:
    finding = msgspec.json.encode(parity).decode()
    tx.run(_PUT, manifest=manifest, node=node, found_ms=now_ms, finding=finding)
