"""Load-proofs as jobs: asked for with a version, kept by the digest of its bytes, bounded in time."""

import threading
from pathlib import Path

import msgspec
import pytest

from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.core.db.database import Database
from modelwright.core.errors import Conflict, NotFound, Unavailable
from modelwright.core.jobs import job_counts, latest_jobs
from modelwright.registry.service.neighbours import Neighbours
from modelwright.serving.model import ProofState
from modelwright.serving.prover import Prover
from modelwright.serving.service import proofs
from modelwright.serving.service.proofs import Newcomers
from modelwright.serving.service.registered import RegisteredVersions
from modelwright.serving.shown import ProofShown
from tests.registry.house import Origins, new_model, new_run, new_version

MLMODEL = b"flavors: {sklearn: {pickled_model: model.pkl}}\n"


def registered(db: Database, mlmodel: bytes = MLMODEL) -> None:
    run_id = new_run(db, files={"model/MLmodel": mlmodel, "model/model.pkl": b"weights"})
    told = Neighbours(origins=Origins(), followers=[Newcomers()])
    new_version(db, source=f"runs:/{run_id}/model", run_id=run_id, neighbours=told)


def proof(db: Database, number: int = 1) -> ProofShown:
    return db.read_now(lambda tx: proofs.show(tx, "fraud", number))


def blobs_with(folder: Path, *contents: bytes) -> Blobs:
    blobs = open_blobs((folder / "artifacts").as_uri(), folder)
    for content in contents:
        spool = blobs.spool()
        spool.write(content)
        spool.place()
        spool.close()
    return blobs


def prover(db: Database, tmp_path: Path, *, longest_s: float = 900.0) -> Prover:
    held = blobs_with(tmp_path, MLMODEL, b"weights")
    return Prover(db, RegisteredVersions(), held, home=tmp_path / "proofs", memory_bytes=1 << 32, longest_s=longest_s)


def run_due(db: Database, one: Prover) -> None:
    (job,) = db.read_now(lambda tx: latest_jobs(tx, limit=1))
    one.prove(db, job)


def test_registering_asks_for_a_proof_of_bytes_that_have_none(db: Database) -> None:
    """In the same transaction, and not again for another version of equal bytes."""
    new_model(db)
    registered(db)
    registered(db)

    assert ProofState.WAITING == proof(db).finding.state
    assert {proofs.JOB: {"waiting": 1}} == db.read_now(job_counts)


def test_version_without_proof_is_marked(db: Database) -> None:
    """Registered while nobody proved, or lying elsewhere."""
    new_model(db)
    new_version(db)

    assert ProofState.NONE == proof(db).finding.state
    with pytest.raises(Conflict, match="only clients read"):
        db.write_now(lambda tx: proofs.ask(tx, "fraud", 1))
    with pytest.raises(NotFound):
        proof(db, 2)


def test_finding_is_kept_beside_the_version(db: Database, tmp_path: Path) -> None:
    """What the process says is what is shown; asking again waits again."""
    new_model(db)
    registered(db)
    run_due(db, prover(db, tmp_path))
    found = proof(db)
    db.write_now(lambda tx: proofs.ask(tx, "fraud", 1))

    assert (ProofState.FAILED, "environment") == (found.finding.state, found.finding.stage), found.finding.reason
    assert "requirements.txt" in found.finding.reason
    assert found.found_ms is not None
    assert ProofState.WAITING == proof(db).finding.state


def test_proof_that_takes_too_long_is_ended(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is killed, and the finding says why."""
    monkeypatch.setattr("modelwright.serving.prover._LOOK_S", 0.01)  # else a quick failure may come before the look
    new_model(db)
    registered(db)
    run_due(db, prover(db, tmp_path, longest_s=0.0))

    assert (ProofState.FAILED, "time") == (proof(db).finding.state, proof(db).finding.stage)


def test_closing_leaves_the_proof_for_the_next_start(db: Database, tmp_path: Path) -> None:
    """A server that stops does not wait for a build, and does not take its end for a failure."""
    new_model(db)
    registered(db)
    one = prover(db, tmp_path)
    one._closing.set()
    with pytest.raises(Unavailable, match="stopping"):
        run_due(db, one)

    assert ProofState.WAITING == proof(db).finding.state


def test_version_that_is_gone_is_no_reason_to_try_again(db: Database, tmp_path: Path) -> None:
    """The job ends with a finding that nobody will ask for."""
    new_model(db)
    registered(db)
    (job,) = db.read_now(lambda tx: latest_jobs(tx, limit=1))
    gone = msgspec.structs.replace(job, payload='{"model":"nobody","number":1}')
    prover(db, tmp_path).prove(db, gone)

    assert "nobody" in proof(db).finding.reason


def test_jobs_are_taken_while_it_runs(db: Database, tmp_path: Path) -> None:
    """As a companion of the server it finds the job by itself."""
    new_model(db)
    registered(db)
    one = prover(db, tmp_path, longest_s=0.0)
    one.start()
    waited = threading.Event()
    while proof(db).found_ms is None:
        waited.wait(0.05)
    one.close()

    assert ProofState.FAILED == proof(db).finding.state
