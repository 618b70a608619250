"""What tests of serving share: versions that exist, and a node that reports."""

from collections.abc import Iterable
from pathlib import Path

from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.core.auth import Actor, Permission
from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.serving.model import FileRef, NodeReport, RouteReport, RouteStatus, Segment, VersionRef, WindowCounts
from modelwright.serving.origin import Code, CodeChange, Evaluations, Provenance
from modelwright.serving.service import deployments, ledger, nodes, rollouts
from modelwright.serving.service.versions import Found
from modelwright.serving.shown import DeployAsked, Deployment, RolloutAsked, RolloutShown

ANN = Actor("ann", frozenset(Permission))


class FraudVersions:
    """fraud:1 to fraud:99, with champion 17."""

    def find(self, tx: ReadTx, said: str) -> Found:
        number = 17 if said == "fraud@champion" else int(said.removeprefix("fraud:"))
        if not 0 < number < 100:
            raise NotFound(f"no version {said}")
        digest = f"sha256:{number:064x}"
        return Found(
            ref=VersionRef(model="fraud", number=number),
            manifest=digest,
            files=(FileRef(path="MLmodel", digest=digest, size_bytes=3),),
        )


VERSIONS = FraudVersions()


def origin(
    code: Code | None = None, changes: tuple[CodeChange, ...] = (), evaluations: Evaluations | None = None
) -> Provenance:
    """Of a version about which nothing else was recorded."""
    return Provenance(
        registered_by="ann",
        registered_ms=1,
        description="",
        source="",
        same_bytes=True,
        run=None,
        environment=(),
        aliases=(),
        shares={},
        shares_why="",
        code=code or Code(),
        changes=changes,
        evaluations=evaluations or Evaluations(),
    )


def deployed(db: Database, version: str = "fraud:17", name: str = "fraud-api") -> Deployment:
    return db.write_now(lambda tx: deployments.deploy(tx, ANN, VERSIONS, DeployAsked(name=name, version=version)))


def rolling(db: Database, version: str = "fraud:18", name: str = "fraud-api", **asked: object) -> RolloutShown:
    ask = RolloutAsked(version=version, **asked)  # type: ignore[arg-type]  # tests pass what they mean
    return db.write_now(lambda tx: rollouts.start(tx, ANN, VERSIONS, name, ask))


def report(db: Database, *windows: WindowCounts, node: str = "local", started_ms: int = 1) -> None:
    said = NodeReport(
        node=node, sent_ms=2, started_ms=started_ms, software="0", revision=1, windows=windows, address="http://n:1"
    )
    db.write_now(lambda tx: nodes.report(tx, ANN, said))


def loaded(deployment: str, route: str, status: RouteStatus = RouteStatus.READY) -> RouteReport:
    """As a node reports a route that it serves."""
    version = VersionRef(model="fraud", number=18)
    return RouteReport(deployment=deployment, route=route, version=version, manifest="", status=status)


def stocked(db: Database, segments: Iterable[tuple[Segment, bytes]], folder: Path) -> Blobs:
    """A ledger in `folder` that holds these segments, which the database knows."""
    blobs = open_blobs(f"file://{folder}/ledger", folder / "incoming")
    for about, body in segments:
        spool = blobs.spool()
        spool.write(body)
        spool.place()
        spool.close()
        add_segment(db, about, len(body))
    return blobs


def add_segment(db: Database, about: Segment, size_bytes: int) -> None:
    db.write_now(lambda tx: ledger.add(tx, about, size_bytes))
