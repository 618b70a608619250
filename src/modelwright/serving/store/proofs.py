"""SQL of load-proofs: what was found about a version's bytes, by the digest that stands for them."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.serving.model import Finding, ProofState
from modelwright.serving.store.tables import proofs

_FIELDS = (proofs.c.manifest, proofs.c.asked_ms, proofs.c.found_ms, proofs.c.finding)
_PROOFS = Sql(select(*_FIELDS).where(in_list(proofs.c.manifest, "manifests")))
_PUT = Sql(
    lambda insert: (
        insert(proofs)
        .values(
            manifest=bindparam("manifest"),
            asked_ms=bindparam("asked_ms"),
            found_ms=bindparam("found_ms"),
            finding=bindparam("finding"),
        )
        .on_conflict_do_update(
            index_elements=["manifest"],
            set_={
                "found_ms": bindparam("found_ms"),
                "finding": bindparam("finding"),
                "asked_ms": bindparam("asked_ms"),
            },
        )
    )
)


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """`found_ms` is None while the proof is waited for."""

    manifest: str
    asked_ms: int
    found_ms: int | None
    finding: Finding


def find(tx: ReadTx, manifests: Sequence[str]) -> dict[str, Proof]:
    """The proofs there are, by digest."""
    rows = tx.all(_PROOFS, manifests=list(manifests))
    found = [
        Proof(manifest=row[0], asked_ms=row[1], found_ms=row[2], finding=msgspec.json.decode(row[3], type=Finding))
        for row in rows
    ]
    return {one.manifest: one for one in found}


def ask(tx: WriteTx, manifest: str, now_ms: int) -> None:
    """Note that a proof is waited for; what was found before is no longer shown."""
    _put(tx, manifest, now_ms, None, Finding(state=ProofState.WAITING))


def keep(tx: WriteTx, manifest: str, asked_ms: int, now_ms: int, finding: Finding) -> None:
    _put(tx, manifest, asked_ms, now_ms, finding)


def _put(tx: WriteTx, manifest: str, asked_ms: int, found_ms: int | None, finding: Finding) -> None:
    said = msgspec.json.encode(finding).decode()
    tx.run(_PUT, manifest=manifest, asked_ms=asked_ms, found_ms=found_ms, finding=said)
