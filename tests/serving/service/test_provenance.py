"""From a prediction back to the run, the code, the libraries and the people: as things stood at that moment."""

import msgspec

from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.serving.model import Segment
from modelwright.serving.origin import Provenance
from modelwright.serving.service import deployments, ledger, provenance, rollouts
from modelwright.serving.service.registered import Deployed, RegisteredVersions
from modelwright.serving.shown import DeployAsked, Deployment, RolloutAsked, RouteAsked, RoutesAsked
from tests.registry.house import ANN, new_model, new_version, point, put_files
from tests.tracking.making import new_run

FILES = {"model/MLmodel": b"flavors: {}\n", "model/requirements.txt": b"scikit-learn==1.5\n", "model/model.pkl": b"w"}


def registered(db: Database, *, number: int) -> None:
    tags = {"mlflow.source.git.commit": f"c0ffee{number}", "mlflow.source.name": "train.py"}
    run_id = new_run(db, 0, **tags)
    put_files(db, f"runs/{run_id}", FILES | {"model/model.pkl": b"w" * number})
    new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)


def deployed(db: Database) -> Deployment:
    new_model(db)
    registered(db, number=1)
    registered(db, number=2)
    asked = DeployAsked(name="fraud-api", version="fraud:1")
    return db.write_now(lambda tx: deployments.deploy(tx, ANN, RegisteredVersions(), asked))


def segment(shown: Deployment, number: int = 1, **changes: str) -> Segment:
    return Segment(
        name="s",
        node="local",
        workspace="default",
        deployment=shown.name,
        route=shown.routes[0].id,
        model="fraud",
        version=number,
        manifest=changes.get("manifest", shown.routes[0].manifest),
        engine="onnx",
        share=1.0,
        first_ms=0,
        last_ms=0,
        rows=1,
        digest="",
    )


def asked(db: Database, about: Segment, at_ms: int) -> Provenance | None:
    return db.read_now(lambda tx: provenance.of(tx, about, at_ms))


def test_the_run_its_code_and_the_libraries_are_named(db: Database) -> None:
    """What the version's run logged, and the files that name its environment."""
    shown = deployed(db)
    found = asked(db, segment(shown), now_ms())

    assert found is not None
    assert found.run is not None
    assert ("c0ffee1", "train.py", True) == (found.code.commit, found.code.program, found.same_bytes)
    assert ["requirements.txt"] == [file.path for file in found.environment]


def test_aliases_and_traffic_are_those_of_the_moment(db: Database) -> None:
    """Not today's: who had moved which alias there, and how traffic was divided when it was answered."""
    shown = deployed(db)
    point(db, "champion", 1)
    routes = RoutesAsked(routes=(RouteAsked(version="fraud:1", share=0.75), RouteAsked(version="fraud:2", share=0.25)))
    db.write_now(lambda tx: deployments.set_routes(tx, ANN, RegisteredVersions(), shown.name, routes))
    then = now_ms()
    while now_ms() == then:
        pass
    point(db, "champion", 2)
    back = RoutesAsked(routes=(RouteAsked(version="fraud:2", share=1.0),))
    db.write_now(lambda tx: deployments.set_routes(tx, ANN, RegisteredVersions(), shown.name, back))
    past, today = asked(db, segment(shown), then), asked(db, segment(shown), now_ms())
    before = asked(db, segment(shown), 1)

    assert past is not None
    assert today is not None
    assert before is not None
    assert [("champion", ANN.name)] == [(one.alias, one.by) for one in past.aliases]
    assert ((), ()) == (today.aliases, before.aliases)
    assert ([0.25, 0.75], [1.0]) == (sorted(past.shares.values()), list(today.shares.values()))
    assert {} == before.shares


def test_the_commits_since_what_was_served_before_are_named(db: Database) -> None:
    """Against the version whose traffic it took, and the one that the alias left; as things stood at that moment."""
    shown = deployed(db)
    point(db, "champion", 1)
    first = asked(db, segment(shown), now_ms())
    both = RoutesAsked(routes=(RouteAsked(version="fraud:1", share=0.9), RouteAsked(version="fraud:2", share=0.1)))
    db.write_now(lambda tx: deployments.set_routes(tx, ANN, RegisteredVersions(), shown.name, both))
    whole = RoutesAsked(routes=(RouteAsked(version="fraud:2", share=1.0),))
    after = db.write_now(lambda tx: deployments.set_routes(tx, ANN, RegisteredVersions(), shown.name, whole))
    point(db, "champion", 2)
    second = asked(db, segment(after, 2), now_ms())

    assert first is not None
    assert second is not None
    assert () == first.changes
    assert [("deployment fraud-api", "fraud:1"), ("alias champion", "fraud:1")] == [
        (one.since, one.version) for one in second.changes
    ]
    assert {"c0ffee1..c0ffee2"} == {one.commits for one in second.changes}


def test_other_bytes_under_the_same_number_are_noticed(db: Database) -> None:
    """A row keeps the digest that answered; a version that is gone is said to be gone."""
    shown = deployed(db)
    other = asked(db, segment(shown, manifest="sha256:" + "0" * 64), now_ms())

    assert other is not None
    assert not other.same_bytes
    assert None is asked(db, segment(shown, number=9), now_ms())


def test_the_libraries_are_named_when_the_route_is_gone(db: Database) -> None:
    """From the registry, as long as it has the very bytes."""
    shown = deployed(db)
    back = RoutesAsked(routes=(RouteAsked(version="fraud:2", share=1.0),))
    db.write_now(lambda tx: deployments.set_routes(tx, ANN, RegisteredVersions(), shown.name, back))
    found = asked(db, segment(shown), now_ms())
    other = asked(db, segment(shown, manifest="sha256:" + "0" * 64), now_ms())

    assert found is not None
    assert other is not None
    assert ["requirements.txt"] == [file.path for file in found.environment]
    assert () == other.environment


def test_a_candidate_that_stored_rows_are_asked_of_cannot_be_deleted(db: Database) -> None:
    """It has no traffic yet, and is about to get some."""
    shown = deployed(db)
    db.write_now(lambda tx: ledger.add(tx, msgspec.structs.replace(segment(shown), digest="sha256:1"), 1))
    asked_ = RolloutAsked(version="fraud:2", replay=10, guards=("error_rate < 1%",))
    begun = db.write_now(lambda tx: rollouts.start(tx, ANN, RegisteredVersions(), shown.name, asked_))
    during = db.read_now(lambda tx: Deployed().holds(tx, "fraud", 2))
    db.write_now(lambda tx: rollouts.abort(tx, ANN, begun.id, ""))
    after = db.read_now(lambda tx: Deployed().holds(tx, "fraud", 2))

    assert (["deployments/fraud-api"], []) == (during, after)
