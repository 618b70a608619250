"""Load-proofs: asked for when a version is registered, found by a job, shown beside the version."""

from typing import Final

from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import Conflict
from modelwright.core.jobs import enqueue
from modelwright.registry.model.things import Version
from modelwright.registry.service import versions
from modelwright.serving.model import Finding, ProofState, VersionRef
from modelwright.serving.shown import ProofShown
from modelwright.serving.store import proofs as store

JOB: Final = "serving.load_proof"
_MANY: Final = 1000


class Newcomers:
    """Told by the registry of each new version, in its transaction."""

    def registered(self, tx: WriteTx, version: Version) -> None:
        """Equal bytes were proven once and for all, and what is not in our store cannot be opened here."""
        if version.digest is not None and version.digest not in store.find(tx, [version.digest]):
            _ask(tx, version, version.digest)


def ask(tx: WriteTx, name: str, number: int) -> ProofShown:
    """Have the version proven (again). Raises NotFound, and Conflict when its files are not in our store."""
    version = versions.get_version(tx, name, number)
    if version.digest is None:
        raise Conflict(
            f"{name}:{number} lies at {version.location}, which only clients read; what is not in this server's store "
            "cannot be proven here",
            model=name,
            number=number,
        )
    _ask(tx, version, version.digest)
    return _shown(version, store.find(tx, [version.digest]))


def show(tx: ReadTx, name: str, number: int) -> ProofShown:
    """Raises NotFound when there is no such version."""
    version = versions.get_version(tx, name, number)
    return _shown(version, store.find(tx, [version.digest] if version.digest else []))


def of_model(tx: ReadTx, found: list[Version]) -> list[ProofShown]:
    """The proofs of these versions, in their order."""
    held = store.find(tx, [one.digest for one in found if one.digest is not None])
    return [_shown(one, held) for one in found]


def keep(tx: WriteTx, manifest: str, finding: Finding) -> None:
    """What the job has found."""
    held = store.find(tx, [manifest])
    now = now_ms()
    store.keep(tx, manifest, held[manifest].asked_ms if manifest in held else now, now, finding)


def _ask(tx: WriteTx, version: Version, manifest: str) -> None:
    store.ask(tx, manifest, now_ms())
    enqueue(tx, JOB, manifest, VersionRef(model=version.model, number=version.number))


def _shown(version: Version, held: dict[str, store.Proof]) -> ProofShown:
    proof = held.get(version.digest or "")
    finding = proof.finding if proof else Finding(state=ProofState.NONE)
    return ProofShown(
        version=VersionRef(model=version.model, number=version.number),
        manifest=version.digest,
        size_bytes=version.size,
        asked_ms=proof.asked_ms if proof else None,
        found_ms=proof.found_ms if proof else None,
        finding=finding,
    )
