"""The list of deployments, and one along time: on both databases, in pages, with true totals."""

import pytest

from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, NotFound
from modelwright.core.pages import Page
from modelwright.serving.model import WINDOW_MS, Mode, WindowCounts
from modelwright.serving.service import deployments, traffic
from modelwright.serving.shown import RouteAsked, RoutesAsked
from modelwright.serving.traffic import DeploymentRow
from tests.serving.house import ANN, VERSIONS, deployed, report, rolling


def page(db: Database, **asked: object) -> Page[DeploymentRow]:
    return db.read_now(lambda tx: traffic.page(tx, **asked))  # type: ignore[arg-type]  # tests pass what they mean


def lately(minutes: float = 1.0) -> int:
    """The beginning of a window of some minutes ago."""
    at = now_ms() - int(minutes * 60_000)
    return at - at % WINDOW_MS


def counted(route: str, deployment: str = "fraud-api", **counts: object) -> WindowCounts:
    values: dict[str, object] = {"window_ms": lately(), "requests": 30, "errors": 3, "latency_counts": (0, 30)}
    return WindowCounts(deployment=deployment, route=route, **{**values, **counts})  # type: ignore[arg-type]  # as above


def test_deployments_come_in_pages_by_name(db: Database) -> None:
    """Each once, in order, with the total of all; a token of another question is refused."""
    for name in ("c", "a", "b"):
        deployed(db, name=name)
    first = page(db, limit=2)
    second = page(db, limit=2, token=first.next_page_token)

    assert (["a", "b"], ["c"]) == ([one.name for one in first.items], [one.name for one in second.items])
    assert (3, 3, None) == (first.total, second.total, second.next_page_token)
    with pytest.raises(BadInput, match="another query"):
        page(db, words="x", token=first.next_page_token)


def test_a_deployment_is_found_by_part_of_its_name_and_by_what_it_serves(db: Database) -> None:
    """Signs that mean something to the database are only signs here."""
    deployed(db, name="fraud_api")
    deployed(db, name="other", version="fraud:18")

    assert ["fraud_api"] == [one.name for one in page(db, words="D_A").items]
    assert [] == page(db, words="%").items
    assert ["other"] == [one.name for one in page(db, model="fraud", number=18).items]
    assert 2 == page(db, model="fraud").total
    assert 0 == page(db, model="ghost").total


def test_the_list_tells_states_shares_rollouts_and_the_last_minutes(db: Database) -> None:
    """What a shadow or an hour ago answered is not what callers got lately."""
    route = deployed(db).routes[0].id
    rollout = rolling(db)
    candidate = rollout.state.plan.candidate
    report(
        db,
        counted(route),
        counted(route, window_ms=lately(60)),
        counted(candidate, errors=0),
    )

    [row] = page(db).items

    assert ("no node", rollout.id, "stepping") == (row.state, row.rollout, row.rollout_phase)
    assert [("fraud:17", 0.95), ("fraud:18", 0.05)] == [(str(one.version), one.share) for one in row.routes]
    assert (60, 3) == (row.traffic.requests, row.traffic.errors)
    assert row.traffic.p50_ms is not None


def test_traffic_is_shown_route_by_route(db: Database) -> None:
    """With what copies said, also for routes that are gone since; until any moment of the past."""
    route = deployed(db).routes[0].id
    report(db, counted(route), counted("gone", compared=10, differing=1, window_ms=lately(50)))

    shown = db.read_now(lambda tx: traffic.traffic(tx, "fraud-api", minutes=60, until_ms=None, points=60))
    past = db.read_now(lambda tx: traffic.traffic(tx, "fraud-api", minutes=10, until_ms=lately(45), points=60))

    assert {route: 30, "gone": 30} == {one.route: one.total.requests for one in shown.routes}
    assert ["gone"] == [one.route for one in past.routes]
    assert (10, 1) == (past.routes[0].total.compared, past.routes[0].total.differing)
    with pytest.raises(NotFound, match="fraud-api"):
        db.read_now(lambda tx: traffic.traffic(tx, "ghost", minutes=60, until_ms=None, points=60))


def test_a_shadow_has_no_part_in_a_deployments_traffic(db: Database) -> None:
    """Copies are not callers."""
    deployed(db)
    asked = RoutesAsked(
        routes=(RouteAsked(version="fraud:17", share=1.0), RouteAsked(version="fraud:18", share=1.0, mode=Mode.SHADOW))
    )
    made = db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", asked))
    report(db, counted(made.routes[1].id))

    assert 0 == page(db).items[0].traffic.requests
