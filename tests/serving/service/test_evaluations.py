"""What was found about a version: metrics on datasets, load-proof, conversion, rollouts; and nothing that was not."""

from modelwright.core.db.database import Database
from modelwright.registry.model.things import Version
from modelwright.serving.model import Finding, NodeReport, Parity, ProofState, RouteReport, RouteStatus, VersionRef
from modelwright.serving.origin import Evaluations, Role
from modelwright.serving.rollouts.machine import Phase
from modelwright.serving.service import evaluations, nodes, proofs, rollouts
from modelwright.tracking.model.logged_models import ModelPoint, NewLoggedModel
from modelwright.tracking.service import logged_models, whole_runs
from tests.registry.house import ANN as OWNER
from tests.registry.house import get_version, new_model, new_version, put_files
from tests.serving.house import ANN, deployed, rolling
from tests.serving.service.test_provenance import segment
from tests.tracking.making import Point, log, new_run

NAN = float("nan")


def scored(db: Database) -> Version:
    """fraud:1 of a logged model, whose run and another run measured it."""
    run_id, judge = new_run(db), new_run(db)
    log(db, run_id, [Point("loss", 0.5, 1), Point("auc", 0.9, 2), Point("broken", NAN, 3)])
    new = NewLoggedModel(experiment_id=0, source_run_id=run_id)
    model_id = db.write_now(lambda tx: logged_models.create(tx, OWNER, new)).id
    measured = [
        (run_id, ModelPoint(model_id, "auc", "train", "d1", 0, 2, 0.9, 0)),
        (judge, ModelPoint(model_id, "auc", "holdout", "d2", 0, 9, 0.8, 0)),
    ]
    for by, point in measured:
        db.write_now(lambda tx, by=by, point=point: logged_models.log_points(tx, by, [point]))  # type: ignore[misc]
    put_files(db, f"logged-models/{model_id}", {"MLmodel": b"flavors: {}"})
    return new_version(db, source=f"models:/{model_id}", logged_model_id=model_id, run_id=run_id)


def found(db: Database, version: Version, manifest: str = "sha256:" + "1" * 64) -> Evaluations:
    about = segment(deployed(db, name="looked-at"), version.number, manifest=manifest)
    run_id = version.run_id
    run = None if run_id is None else db.read_now(lambda tx: whole_runs.get(tx, run_id))
    return db.read_now(lambda tx: evaluations.of(tx, version, run, about))


def test_metrics_come_with_their_dataset_and_their_run(db: Database) -> None:
    """The logged model's from every run; the run's own that are not among them have no dataset."""
    new_model(db)
    version = scored(db)
    told = found(db, version).scores
    of_model = sorted((one.metric, one.value, one.dataset, one.dataset_digest) for one in told if one.dataset)
    alone = sorted((one.metric, one.value is None, one.run_id) for one in told if not one.dataset)

    assert [("auc", 0.8, "holdout", "d2"), ("auc", 0.9, "train", "d1")] == of_model
    assert [("broken", True, version.run_id), ("loss", False, version.run_id)] == alone


def test_nothing_is_told_that_nobody_recorded(db: Database) -> None:
    """Of a version from elsewhere."""
    new_model(db)

    assert Evaluations() == found(db, new_version(db))


def test_the_load_proof_is_that_of_the_bytes_that_answered(db: Database) -> None:
    """And not of another version's."""
    new_model(db)
    version, proven = new_version(db), "sha256:" + "2" * 64
    finding = Finding(state=ProofState.PROVEN, cold_start_s=0.5)
    db.write_now(lambda tx: proofs.keep(tx, proven, finding))
    of_these, of_others = found(db, version, proven), evaluations_again(db, version)

    assert of_these.proof is not None
    assert finding == of_these.proof.finding
    assert of_others.proof is None


def evaluations_again(db: Database, version: Version) -> Evaluations:
    about = segment(deployed(db, name="other"), version.number, manifest="sha256:" + "3" * 64)
    return db.read_now(lambda tx: evaluations.of(tx, version, None, about))


def test_a_conversions_record_outlives_the_route(db: Database) -> None:
    """What nodes report is kept by the digest; what one says later takes the place of what it said."""
    new_model(db)
    version, manifest = new_version(db), "sha256:" + "4" * 64
    refused, proven = Parity(proven=False, reason="labels differ"), Parity(proven=True, rows=512, precision="float32")
    for node, parity in (("a", refused), ("a", proven), ("b", refused), ("b", None)):
        report(db, node, manifest, parity)

    assert [("a", proven), ("b", refused)] == [(one.node, one.parity) for one in found(db, version, manifest).parities]


def report(db: Database, node: str, manifest: str, parity: Parity | None) -> None:
    route = RouteReport(
        deployment="x",
        route="fraud-1-44444444",
        version=VersionRef(model="fraud", number=1),
        manifest=manifest,
        status=RouteStatus.READY,
        parity=parity,
    )
    routes = (route,) if parity is not None else ()
    said = NodeReport(node=node, sent_ms=2, started_ms=1, software="0", revision=1, routes=routes)
    db.write_now(lambda tx: nodes.report(tx, ANN, said))


def test_rollouts_are_told_from_both_sides(db: Database) -> None:
    """As the candidate and as the control, newest first, with how they ended; a similar name is another."""
    new_model(db)
    new_model(db, "fraud_1")
    for _ in range(2):
        new_version(db)
    deployed(db, "fraud:1")
    first = rolling(db, "fraud:2")
    db.write_now(lambda tx: rollouts.roll_back(tx, ANN, first.id, "too slow"))
    second = rolling(db, "fraud:3")
    one, two = found(db, get_version(db, 1)).rollouts, evaluations_again(db, get_version(db, 2)).rollouts
    none = evaluations_of_other(db)

    assert [(second.id, Role.CONTROL, "fraud:3"), (first.id, Role.CONTROL, "fraud:2")] == [
        (each.rollout, each.role, each.against) for each in one
    ]
    assert [(first.id, Role.CANDIDATE, "fraud:1", Phase.ROLLED_BACK, "too slow", "fraud-api")] == [
        (each.rollout, each.role, each.against, each.phase, each.reason, each.deployment) for each in two
    ]
    assert () == none


def evaluations_of_other(db: Database) -> tuple[object, ...]:
    version, about = new_version(db, "fraud_1"), segment(deployed(db, name="third"))
    return db.read_now(lambda tx: evaluations.of(tx, version, None, about)).rollouts
