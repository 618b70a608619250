"""Outcomes: kept once whatever happens on the way, and heard by the rollout they concern."""

import itertools

import msgspec
import pytest

from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, NotFound
from modelwright.serving.model import WINDOW_MS, Sticky, WindowCounts, route_tag
from modelwright.serving.rollouts.machine import Phase
from modelwright.serving.service import deployments, outcomes, rollouts
from modelwright.serving.shown import DeployAsked, OutcomeAsked, OutcomesTaken, RolloutShown
from modelwright.serving.store import rollouts as rollout_store
from tests.serving.house import ANN, VERSIONS, deployed, report, rolling

GUARD = "mean(value) not worse"
_places = itertools.count()


def prediction(route: str, at_ms: int) -> str:
    """As a node makes ids."""
    return f"{at_ms:012x}{0:08x}{route_tag(route)}{next(_places):08x}"


def bring(db: Database, *asked: tuple[str, float | bool | str], name: str = "value") -> OutcomesTaken:
    said = tuple(OutcomeAsked(prediction=one, name=name, value=value) for one, value in asked)
    return db.write_now(lambda tx: outcomes.take(tx, "fraud-api", said))


def long_begun(db: Database, started: RolloutShown) -> RolloutShown:
    """The rollout as if its first step were an hour ago."""

    def back(tx: object) -> None:
        kept = rollout_store.get(tx, started.id)  # type: ignore[arg-type]  # a transaction
        earlier = tuple((at_ms - 3_600_000, share) for at_ms, share in kept.state.shares)
        state = msgspec.structs.replace(kept.state, shares=earlier)
        rollout_store.go_on(tx, kept, state, [])  # type: ignore[arg-type]  # as above

    db.write_now(back)
    return db.read_now(lambda tx: rollouts.show(tx, started.id))


def test_an_outcome_is_kept_once(db: Database) -> None:
    """The same again changes nothing; another value is named and does not replace the first."""
    deployed(db)
    one, two = prediction("r", now_ms()), f"{prediction('r', now_ms())}.3"
    first = bring(db, (one, 1.0), (two, "fraud"))
    again = bring(db, (one, True), (two, "fraud"), (two, "fine"))
    other = bring(db, (one, 5.0), name="cost")

    assert OutcomesTaken(taken=2, repeated=0, conflicting=[]) == first
    assert OutcomesTaken(taken=0, repeated=2, conflicting=[two]) == again
    assert 1 == other.taken


def test_what_is_no_prediction_of_the_past_is_refused(db: Database) -> None:
    """Nothing of such a batch is kept."""
    deployed(db)
    good = prediction("r", now_ms())
    for bad in ("nonsense", prediction("r", now_ms() + 7_200_000)):
        with pytest.raises(BadInput):
            bring(db, (good, 1.0), (bad, 1.0))
    with pytest.raises(NotFound):
        db.write_now(lambda tx: outcomes.take(tx, "ghost", (OutcomeAsked(prediction=good, value=1.0),)))

    assert 1 == bring(db, (good, 1.0)).taken


def test_a_rollout_rolls_back_on_outcomes(db: Database) -> None:
    """Good ones of the control and bad ones of the candidate, from half an hour ago: the guard is violated."""
    deployed(db)
    started = long_begun(db, rolling(db, guards=(GUARD,), steps="50%,100%"))
    plan, then = started.state.plan, now_ms() - 1_800_000
    for _ in range(4):
        good = [(prediction(plan.control, then), 1.0) for _ in range(100)]
        bad = [(prediction(plan.candidate, then), 0.0) for _ in range(100)]
        bring(db, *[one for pair in zip(good, bad, strict=True) for one in pair])
    shown = db.read_now(lambda tx: rollouts.show(tx, started.id))

    assert Phase.ROLLED_BACK is shown.phase
    assert "mean 0 of" in shown.state.reason


def test_outcomes_of_other_times_and_routes_prove_nothing(db: Database) -> None:
    """Before the rollout, in the seconds in which a step is on its way, of another route, or no number."""
    deployed(db)
    started = rolling(db, guards=(GUARD,), steps="50%,100%")
    plan = started.state.plan
    taken = bring(
        db,
        (prediction(plan.candidate, now_ms() - 60_000), 0.0),
        (prediction(plan.candidate, now_ms()), 0.0),
        (prediction("else", now_ms()), 0.0),
        (prediction(plan.candidate, now_ms()), "fraud"),
    )
    [proof] = db.read_now(lambda tx: rollouts.show(tx, started.id)).state.evidence.proofs

    assert 4 == taken.taken
    assert (0, 0) == (proof.control[0], proof.candidate[0])


def test_sticky_callers_that_fall_on_one_arm_too_often_hold_the_rollout(db: Database) -> None:
    """Requests come in any number for each caller; it is new callers that must be divided as the shares say."""
    asked = DeployAsked(name="fraud-api", version="fraud:17", sticky=Sticky(header="X-User"))
    db.write_now(lambda tx: deployments.deploy(tx, ANN, VERSIONS, asked))
    started = rolling(db, guards=("error_rate not worse",), steps="50%,100%")
    plan, begin = started.state.plan, now_ms() // WINDOW_MS * WINDOW_MS

    def windows(at: int, callers: tuple[int, int]) -> list[WindowCounts]:
        return [
            WindowCounts(
                deployment="fraud-api",
                route=route,
                window_ms=begin + at * WINDOW_MS,
                requests=requests,
                share=0.5,
                callers=new,
            )
            for route, requests, new in ((plan.control, 900, callers[0]), (plan.candidate, 100, callers[1]))
        ]

    report(db, *windows(1, (50, 50)), *windows(2, (52, 48)))
    fair = db.read_now(lambda tx: rollouts.show(tx, started.id)).phase
    report(db, *windows(3, (0, 500)), node="other")
    elsewhere = db.read_now(lambda tx: rollouts.show(tx, started.id)).phase
    report(db, *windows(4, (400, 100)))
    unfair = db.read_now(lambda tx: rollouts.show(tx, started.id))

    assert (Phase.STEPPING, Phase.STEPPING) == (fair, elsewhere)
    assert Phase.HELD is unfair.phase
    assert "traffic does not fall as the shares say" in unfair.state.reason
