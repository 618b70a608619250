"""Deployments: one command to answer, one to move, nothing that half happens."""

import msgspec
import pytest

from modelwright.core.db.database import Database
from modelwright.core.errors import AlreadyExists, BadInput, Conflict, NotFound
from modelwright.core.events import events_of
from modelwright.serving.model import Logging, Mode, Sticky
from modelwright.serving.service import deployments, nodes
from modelwright.serving.shown import DeployAsked, Deployment, RouteAsked, RoutesAsked, ScaleAsked
from tests.serving.house import ANN, VERSIONS, deployed, report, rolling


def names(db: Database, subject: str) -> list[str]:
    return [one.name for one in db.read_now(lambda tx: events_of(tx, subject, before_id=10**9, limit=50))]


def test_a_deployment_is_desired_at_once(db: Database) -> None:
    """Nodes see one live route with the version's files, under a higher revision; the audit log says who did it."""
    before = db.read_now(nodes.desired)
    deployed(db)
    after = db.read_now(nodes.desired)

    [only] = after.deployments
    assert () == before.deployments
    assert before.revision < after.revision
    assert [("fraud:17", 1.0, Mode.LIVE)] == [(str(r.version), r.share, r.mode) for r in only.routes]
    assert ["MLmodel"] == [file.path for file in only.routes[0].files]
    assert ["serving.deployment.created"] == names(db, "deployments/fraud-api")


def test_a_taken_name_is_refused_and_replaced_only_on_request(db: Database) -> None:
    """Two words more move all traffic; without them nothing happens."""
    deployed(db)
    with pytest.raises(AlreadyExists, match="start a rollout to fraud:18"):
        deployed(db, "fraud:18")

    asked = DeployAsked(name="fraud-api", version="fraud:18", replace=True)
    shown = db.write_now(lambda tx: deployments.deploy(tx, ANN, VERSIONS, asked))

    assert ["fraud:18"] == [str(route.version) for route in shown.routes]


def test_a_replacement_hides_what_was_hidden(db: Database) -> None:
    """What the ledger keeps and who is sticky stay, unless they are asked for; that is an event then."""
    hidden, sticky = Logging(masked=("name",), keep_days=30), Sticky(column="customer")
    first = DeployAsked(name="fraud-api", version="fraud:17", logging=hidden, sticky=sticky)
    second = DeployAsked(name="fraud-api", version="fraud:18", replace=True)
    third = DeployAsked(name="fraud-api", version="fraud:19", replace=True, logging=Logging())

    def deploy(asked: DeployAsked) -> Deployment:
        return db.write_now(lambda tx: deployments.deploy(tx, ANN, VERSIONS, asked))

    shown = [deploy(asked) for asked in (first, second, third)]

    assert [hidden, hidden, Logging()] == [one.logging for one in shown]
    assert {"customer"} == {one.sticky.column for one in shown}
    assert 1 == names(db, "deployments/fraud-api").count("serving.ledger.set")


def test_who_gets_copies_is_in_the_event(db: Database) -> None:
    """Whoever asks later which versions saw callers' data finds it."""
    deployed(db)
    asked = RoutesAsked(
        routes=(RouteAsked(version="fraud:17", share=1.0), RouteAsked(version="fraud:18", share=1.0, mode=Mode.SHADOW))
    )
    shown = db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", asked))
    [event, *_] = db.read_now(lambda tx: events_of(tx, "deployments/fraud-api", before_id=10**9, limit=1))
    [shadow] = [route.id for route in shown.routes if route.mode is Mode.SHADOW]

    assert [shadow] == msgspec.json.decode(event.facts)["copies_to"]


def test_routes_divide_traffic_and_must_add_up(db: Database) -> None:
    """Shares that do not add up to 1 change nothing."""
    deployed(db)
    good = RoutesAsked(
        routes=(
            RouteAsked(version="fraud:17", share=0.9),
            RouteAsked(version="fraud:18", share=0.1),
            RouteAsked(version="fraud:19", share=1.0, mode=Mode.SHADOW),
        ),
        sticky=Sticky(header="x-user"),
    )
    bad = RoutesAsked(routes=(RouteAsked(version="fraud:17", share=0.9),))
    db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", good))
    with pytest.raises(BadInput, match=r"add up to 0\.9"):
        db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", bad))

    shown = db.read_now(lambda tx: deployments.show(tx, "fraud-api"))

    assert [0.9, 0.1, 1.0] == [route.share for route in shown.routes]
    assert "x-user" == shown.sticky.header


def test_a_stopped_deployment_is_no_longer_desired_until_it_is_resumed(db: Database) -> None:
    """Stopping keeps the routes; a second stop records nothing."""
    deployed(db)
    for _ in range(2):
        db.write_now(lambda tx: deployments.stop(tx, ANN, "fraud-api"))
    stopped = db.read_now(nodes.desired)
    db.write_now(lambda tx: deployments.resume(tx, ANN, "fraud-api"))
    resumed = db.read_now(nodes.desired)

    assert () == stopped.deployments
    assert ["fraud-api"] == [one.name for one in resumed.deployments]
    assert 1 == names(db, "deployments/fraud-api").count("serving.deployment.stopped")


def test_a_rollout_keeps_other_hands_off_the_routes(db: Database) -> None:
    """Stop, replace and route set are refused while a rollout moves the traffic, and say how to end it."""
    deployed(db)
    rolling(db)
    asked = DeployAsked(name="fraud-api", version="fraud:19", replace=True)
    routes = RoutesAsked(routes=(RouteAsked(version="fraud:19", share=1.0),))

    with pytest.raises(Conflict, match="promote, roll back or abort it first"):
        db.write_now(lambda tx: deployments.stop(tx, ANN, "fraud-api"))
    with pytest.raises(Conflict, match="is in rollout"):
        db.write_now(lambda tx: deployments.deploy(tx, ANN, VERSIONS, asked))
    with pytest.raises(Conflict, match="is in rollout"):
        db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", routes))


def test_an_unknown_deployment_is_named_with_those_there_are(db: Database) -> None:
    """The message helps with a typo."""
    deployed(db)
    with pytest.raises(NotFound, match=r"no deployment 'frod-api'; there are fraud-api"):
        db.read_now(lambda tx: deployments.show(tx, "frod-api"))


def test_a_node_that_reports_is_shown_with_its_address(db: Database) -> None:
    """Endpoints are addresses of nodes heard of lately; joining is recorded once per start."""
    deployed(db)
    report(db)
    report(db)
    report(db, started_ms=5)

    shown = db.read_now(lambda tx: deployments.show(tx, "fraud-api"))
    [node] = db.read_now(nodes.every)

    assert ("http://n:1",) == shown.endpoints
    assert node.fresh
    assert node.behind == db.read_now(nodes.revision) - 1
    assert ["serving.node.joined"] * 2 == names(db, "nodes/local")


def test_routes_are_not_set_on_what_somebody_else_has_changed(db: Database) -> None:
    """A decision on an old state is refused with the present revision; one on the present state is taken."""
    seen = deployed(db).revision
    half = (RouteAsked(version="fraud:17", share=0.5), RouteAsked(version="fraud:18", share=0.5))
    first = RoutesAsked(routes=half, expected_revision=seen)
    moved = db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", first))
    with pytest.raises(Conflict, match="has changed since you looked"):
        db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", first))

    assert moved.revision > seen
    assert moved.revision == db.read_now(lambda tx: deployments.show(tx, "fraud-api")).revision


def test_a_deployment_is_scaled_whole_or_by_version(db: Database) -> None:
    """Nodes hear of it, it is in the log, and asking for what is so already changes nothing."""
    deployed(db)
    asked = ScaleAsked(replicas=3)
    shown = db.write_now(lambda tx: deployments.scale(tx, ANN, "fraud-api", asked))
    before = db.read_now(nodes.revision)
    db.write_now(lambda tx: deployments.scale(tx, ANN, "fraud-api", asked))
    after = db.read_now(nodes.revision)
    [only] = db.read_now(nodes.desired).deployments
    with pytest.raises(NotFound, match="no route to fraud:5; it has fraud:17"):
        db.write_now(lambda tx: deployments.scale(tx, ANN, "fraud-api", ScaleAsked(replicas=2, version="fraud:5")))

    assert [3] == [route.settings.replicas for route in shown.routes] == [route.replicas for route in only.routes]
    assert before == after
    assert 1 == names(db, "deployments/fraud-api").count("serving.deployment.scaled")
