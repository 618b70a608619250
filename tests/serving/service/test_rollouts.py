"""Rollouts: what nodes count moves the routes, and every move is written down with its reason."""

from typing import Any

import msgspec
import pytest

from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, Conflict
from modelwright.core.events import events_of
from modelwright.serving.model import WINDOW_MS, Mode, NodeReport, RouteReport, RouteStatus, VersionRef, WindowCounts
from modelwright.serving.rollouts import machine
from modelwright.serving.rollouts.machine import Phase
from modelwright.serving.rollouts.plan import Kind
from modelwright.serving.service import deployments, nodes, rollouts
from modelwright.serving.service.growth import Growth
from modelwright.serving.shown import RolloutShown
from modelwright.serving.store import nodes as node_store
from tests.serving.house import ANN, deployed, loaded, report, rolling


def window(
    rollout: RolloutShown, at: int, *, control: tuple[int, int], candidate: tuple[int, int]
) -> list[WindowCounts]:
    start = now_ms() // WINDOW_MS * WINDOW_MS + at * WINDOW_MS
    plan = rollout.state.plan
    return [
        WindowCounts(deployment="fraud-api", route=route, window_ms=start, requests=counts[0], errors=counts[1])
        for route, counts in ((plan.control, control), (plan.candidate, candidate))
    ]


def shares(db: Database) -> dict[str, float]:
    shown = db.read_now(lambda tx: deployments.show(tx, "fraud-api"))
    return {str(route.version): route.share for route in shown.routes}


def test_a_canary_gets_its_first_share_at_once(db: Database) -> None:
    """5 % go to the candidate with the order itself; nodes also learn which latencies to count."""
    deployed(db)
    started = rolling(db, guards=("error_rate not worse", "p99 < 30ms"))

    [only] = db.read_now(nodes.desired).deployments

    assert Phase.STEPPING is started.phase
    assert {"fraud:17": 0.95, "fraud:18": 0.05} == shares(db)
    assert [(30.0,), (30.0,)] == [route.slow_ms for route in only.routes]
    assert f"rollout-{started.id}" == only.sticky.salt


def test_a_failing_candidate_is_rolled_back_by_one_report(db: Database) -> None:
    """All traffic returns to the control in the transaction of the report; the reason is in the timeline."""
    deployed(db)
    started = rolling(db)
    report(db, *window(started, 1, control=(950, 3), candidate=(50, 50)))

    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))
    log = db.read_now(lambda tx: events_of(tx, "deployments/fraud-api", before_id=10**9, limit=50))

    assert Phase.ROLLED_BACK is shown.phase
    assert {"fraud:17": 1.0, "fraud:18": 0.0} == shares(db)
    assert "fraud:18 violates 'error_rate not worse': 100.00 % of 50 failed" in shown.state.reason
    assert ["serving.routes.changed", "serving.rollout.moved"] == [one.name for one in log[:2]]


def test_a_report_that_comes_twice_counts_once(db: Database) -> None:
    """An acknowledgement may get lost; evidence is not doubled by that."""
    deployed(db)
    started = rolling(db)
    counts = window(started, 1, control=(950, 9), candidate=(50, 1))
    report(db, *counts)
    report(db, *counts)
    report(db, *counts, node="other")

    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))

    assert 2000 == shown.state.evidence.requests


def test_stored_events_replay_to_the_stored_state(db: Database) -> None:
    """A restarted server, or an auditor, comes to the same state from the events alone."""
    deployed(db)
    started = rolling(db)
    for at in range(1, 6):
        report(db, *window(started, at, control=(950, 9), candidate=(50, 1)))

    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))

    assert 5 == sum(isinstance(event, machine.Measured) for event in shown.events)
    assert shown.state == machine.replay(list(shown.events))


def test_requests_at_fault_do_not_count(db: Database) -> None:
    """What callers did wrong (4xx) is no evidence against a version."""
    deployed(db)
    started = rolling(db)
    plan = started.state.plan
    at = now_ms() // WINDOW_MS * WINDOW_MS + WINDOW_MS
    report(
        db,
        WindowCounts(deployment="fraud-api", route=plan.candidate, window_ms=at, requests=80, refused=30, errors=0),
        WindowCounts(deployment="fraud-api", route=plan.control, window_ms=at, requests=950),
    )

    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))

    assert 50 == shown.state.evidence.candidate_requests


def test_requests_for_a_version_by_its_number_do_not_count(db: Database) -> None:
    """Whoever tries the candidate by hand, with whatever, decides nothing; the deployment's timeline shows it."""
    deployed(db)
    started = rolling(db)
    honest = window(started, 1, control=(950, 9), candidate=(50, 0))
    by_hand = [
        msgspec.structs.replace(one, pinned=True) for one in window(started, 1, control=(0, 0), candidate=(60, 60))
    ]
    report(db, *honest, *by_hand)

    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))
    asked = db.read_now(lambda tx: node_store.windows_of(tx, "fraud-api", since_ms=0))

    assert Phase.STEPPING is shown.phase
    assert (50, 0) == (shown.state.evidence.candidate_requests, shown.state.evidence.candidate_errors)
    assert {950, 110} == {one.requests for one in asked}


def test_a_shadow_phase_mirrors_and_leaves_answers_to_the_control(db: Database) -> None:
    """The candidate sees copies of everything; the control answers everything."""
    deployed(db)
    rolling(db, shadow="10m")

    [only] = db.read_now(nodes.desired).deployments

    assert [(1.0, Mode.LIVE), (1.0, Mode.SHADOW)] == [(route.share, route.mode) for route in only.routes]


def test_late_counts_of_copies_are_copies_still(db: Database) -> None:
    """The candidate may answer callers when they come; in their window the control had all of the traffic."""
    deployed(db)
    state = msgspec.structs.replace(rolling(db, shadow="10m").state, phase=Phase.STEPPING, share=0.05)
    control = WindowCounts(deployment="fraud-api", route=state.plan.control, window_ms=0, requests=9, share=1.0)
    copies = msgspec.structs.replace(control, route=state.plan.candidate, share=0.0, compared=9)
    none_yet = msgspec.structs.replace(copies, requests=0, compared=0)
    found = [
        rollouts._stratum(state, "local", 0, {one.route: one for one in (control, other)}, sticky=False)
        for other in (copies, none_yet)
    ]

    assert [0.0, None] == [one.share for one in found if one is not None]


def test_people_promote_roll_back_abort_and_are_refused_afterwards(db: Database) -> None:
    """One order, all nodes, in one transaction; what is over stays over."""
    deployed(db)
    first = rolling(db)
    promoted = db.write_now(lambda tx: rollouts.promote(tx, ANN, first.id, ""))
    after_promotion = shares(db)
    second = rolling(db, "fraud:19")
    db.write_now(lambda tx: rollouts.roll_back(tx, ANN, second.id, "looks odd"))
    after_rollback = shares(db)
    third = rolling(db, "fraud:20")
    aborted = db.write_now(lambda tx: rollouts.abort(tx, ANN, third.id, ""))

    assert Phase.PROMOTED is promoted.phase
    assert {"fraud:17": 0.0, "fraud:18": 1.0} == after_promotion
    assert {"fraud:18": 1.0, "fraud:19": 0.0} == after_rollback
    assert Phase.ABORTED is aborted.phase
    with pytest.raises(Conflict, match="looks odd"):
        db.write_now(lambda tx: rollouts.promote(tx, ANN, second.id, ""))
    page = db.read_now(lambda tx: rollouts.of_deployment(tx, "fraud-api", limit=2))
    rest = db.read_now(lambda tx: rollouts.of_deployment(tx, "fraud-api", limit=2, token=page.next_page_token))
    assert ([third.id, second.id], 3) == ([one.id for one in page.items], page.total)
    assert ([first.id], None) == ([one.id for one in rest.items], rest.next_page_token)


def test_a_rollout_of_what_is_live_and_a_second_one_are_refused(db: Database) -> None:
    """Both would be questions without an answer."""
    deployed(db)
    with pytest.raises(Conflict, match="serves already"):
        rolling(db, "fraud:17")
    rolling(db)
    with pytest.raises(Conflict, match="is in rollout"):
        rolling(db, "fraud:19")


def test_time_alone_moves_a_rollout_at_its_deadline(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick holds what got no traffic."""
    deployed(db)
    started = rolling(db, deadline="2m")
    early = [db.write_now(rollouts.tick) for _ in range(2)]
    later = now_ms() + 200_000
    monkeypatch.setattr(rollouts, "now_ms", lambda: later)
    moved = db.write_now(rollouts.tick)

    # No node has it, which is said at once.
    assert ([1, 0], 1) == (early, moved)
    assert Phase.HELD is db.read_now(lambda tx: rollouts.show(tx, started.id)).phase


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"steps": "5,25"}, "not a percentage"),
        ({"guards": ("speed",)}, "is not a guard"),
        ({"deadline": "soon"}, "not a span of time"),
        ({"kind": Kind.SHADOW, "steps": "5%"}, "no steps"),
        ({"kind": Kind.BLUE_GREEN}, "blue/green leaves none"),
    ],
)
def test_a_rollout_that_makes_no_sense_changes_nothing(db: Database, asked: dict[str, Any], part: str) -> None:
    """Refused with the remedy, and the deployment is as it was."""
    deployed(db)
    with pytest.raises(BadInput) as refused:
        rolling(db, **asked)

    assert part in refused.value.message
    assert {"fraud:17": 1.0} == shares(db)


def test_a_candidate_that_a_node_cannot_load_is_rolled_back(db: Database) -> None:
    """Nobody waits for a deadline when the model does not even open; the node's reason is passed on."""
    deployed(db)
    started = rolling(db)
    failed = RouteReport(
        deployment="fraud-api",
        route=started.state.plan.candidate,
        version=VersionRef(model="fraud", number=18),
        manifest="",
        status=RouteStatus.FAILED,
        reason="MLmodel is missing",
    )
    said = NodeReport(node="local", sent_ms=2, started_ms=1, software="0", revision=1, routes=(failed,))
    db.write_now(lambda tx: nodes.report(tx, ANN, said))

    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))

    assert Phase.ROLLED_BACK is shown.phase
    assert "fraud:18 cannot be loaded on node local: MLmodel is missing" == shown.state.reason


def test_nothing_goes_on_before_a_node_has_the_candidate(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollout that time alone moves waits, with its reason, and its time counts from when the candidate is there."""
    deployed(db)
    started = rolling(db, kind=Kind.BLUE_GREEN, guards=("error_rate < 50%",), dwell="1m")
    began, candidate = now_ms(), started.state.plan.candidate

    def at(after_ms: int, status: RouteStatus | None) -> RolloutShown:
        later = began + after_ms
        for module in (rollouts, nodes):
            monkeypatch.setattr(module, "now_ms", lambda: later)
        routes = () if status is None else (loaded("fraud-api", candidate, status),)
        said = NodeReport(node="local", sent_ms=2, started_ms=1, software="0", revision=1, routes=routes)
        db.write_now(lambda tx: nodes.report(tx, ANN, said))
        db.write_now(rollouts.tick)
        return db.read_now(lambda tx: rollouts.show(tx, started.id, measured=False))

    first = at(1_000, None)
    waiting = [at(after_ms, RouteStatus.LOADING) for after_ms in (120_000, 180_000)]
    there = at(240_000, RouteStatus.READY)

    assert (True, [True, True], False) == (first.state.waits, [one.state.waits for one in waiting], there.state.waits)
    assert ["started", "step_entered", "waited", "loaded"] == [one.__struct_config__.tag for one in there.events]
    assert waiting[1].state.reason.startswith("no node has fraud:18 loaded yet, so it answers nobody")
    assert began + 240_000 == there.state.entered_ms
    assert Phase.STEPPING is there.phase


def test_the_evidence_is_told_guard_by_guard(db: Database) -> None:
    """How far each bet has come and how far it must; the wealth along time ends where the guard stands."""
    deployed(db)
    started = rolling(db, guards=("error_rate not worse", "p99 < 30ms"))
    for at in range(1, 6):
        report(db, *window(started, at, control=(950, 3), candidate=(50, 0)))

    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))
    grown = db.read_now(lambda tx: Growth().of(tx, started.id, points=4))

    assert ["open", "open"] == [guard.standing.value for guard in shown.guards]
    assert "nothing seen yet" == shown.guards[1].seen
    assert all(guard.harm_peak < guard.harm_needed for guard in shown.guards)
    assert len(grown.at_ms) <= 4
    assert [guard.text for guard in shown.guards] == [guard.text for guard in grown.guards]
    assert [guard.safe for guard in shown.guards] == [guard.safe[-1] for guard in grown.guards]
    assert {0.0, 0.05} >= set(grown.share)


def test_moves_are_told_without_their_measurements(db: Database) -> None:
    """A rollout of days has thousands of measurements and a handful of moves."""
    deployed(db)
    started = rolling(db)
    report(db, *window(started, 1, control=(950, 3), candidate=(50, 50)))

    every = db.read_now(lambda tx: rollouts.show(tx, started.id)).events
    moves = db.read_now(lambda tx: rollouts.show(tx, started.id, measured=False)).events

    assert [event for event in every if not isinstance(event, machine.Measured)] == list(moves)
    assert len(every) == len(moves) + 1
