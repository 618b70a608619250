"""Whole rollouts with made-up traffic: the promises about wrong verdicts and about speed."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.rollouts import machine
from modelwright.serving.rollouts.evidence import Arm, Scored, Stratum
from modelwright.serving.rollouts.machine import Phase, Rollout
from tests.serving.rollouts.plans import MINUTE, a_plan

Rate = Callable[[float], float]


def rollout(seed: int, *, control: Rate, candidate: Rate, steps: tuple[float, ...], per_minute: int = 1000) -> Rollout:
    """One rollout to its end; the rates are functions of the minute."""
    rng = np.random.default_rng(seed)
    state = machine.replay(machine.begin(a_plan("error_rate not worse", steps=steps), at_ms=0, by="ann"))
    minute = 0
    while not state.finished and state.phase is not Phase.HELD:
        mine = int(rng.binomial(per_minute, state.share))
        stratum = Stratum(
            at_ms=minute * MINUTE,
            share=state.share,
            control=Arm(requests=per_minute - mine, errors=int(rng.binomial(per_minute - mine, control(minute)))),
            candidate=Arm(requests=mine, errors=int(rng.binomial(mine, candidate(minute)))),
        )
        minute += 1
        for event in machine.measure(state, (stratum,), at_ms=minute * MINUTE - 1):
            state = machine.apply(state, event)
        for event in machine.decide(state, now_ms=minute * MINUTE):
            state = machine.apply(state, event)
    return state


def latencies(rng: np.random.Generator, requests: int, typical_ms: float, stalled: float) -> tuple[int, ...]:
    """As nodes count them: a long tail, and a part of the answers that met a stall of the machine."""
    times = rng.lognormal(np.log(typical_ms), 0.5, requests) + np.where(rng.random(requests) < stalled, 200.0, 0.0)
    return tuple(int(count) for count in np.bincount(np.searchsorted(LATENCY_EDGES_MS, times, side="left")))


def latency_rollout(seed: int, guard: str, slower: float) -> Rollout:
    """Latencies wander up to threefold and stall in bursts for both; the candidate's are `slower` times as long."""
    rng = np.random.default_rng(seed)
    state = machine.replay(machine.begin(a_plan(guard, steps=(0.1, 0.4, 1.0)), at_ms=0, by="ann"))
    stratum_ms, begun = 10_000, 0
    while not state.finished and state.phase is not Phase.HELD:
        begun += 1
        mine = int(rng.binomial(170, state.share))
        typical, stalled = 10 + 20 * float(np.sin(begun / 40)) ** 2, 0.3 if rng.random() < 0.03 else 0.0
        stratum = Stratum(
            at_ms=begun * stratum_ms,
            share=state.share,
            control=Arm(requests=170 - mine, latency=latencies(rng, 170 - mine, typical, stalled)),
            candidate=Arm(requests=mine, latency=latencies(rng, mine, typical * slower, stalled)),
        )
        state = folded(state, begun * stratum_ms, strata=(stratum,))
    return state


def outcome_rollout(seed: int, worse: float) -> Rollout:
    """An outcome of 0 or 1 whose base rate drifts, arriving up to ten minutes late and out of order."""
    rng = np.random.default_rng(seed)
    plan = a_plan("mean(value) not worse by 0.05", steps=(0.2, 0.5, 1.0))
    state = machine.replay(machine.begin(plan, at_ms=0, by="ann"))
    due: dict[int, list[Scored]] = {}
    minute = 0
    while not state.finished and state.phase is not Phase.HELD:
        base = 0.5 + 0.3 * float(np.sin(minute / 15))
        for candidate in rng.random(200) < state.share:
            value = float(rng.random() < base - worse * candidate)
            scored = Scored("value", value, bool(candidate), state.share)
            due.setdefault(minute + int(rng.integers(0, 10)), []).append(scored)
        state = folded(state, (minute + 1) * MINUTE, outcomes=tuple(due.pop(minute, ())))
        minute += 1
    return state


def folded(
    state: Rollout, at_ms: int, *, strata: tuple[Stratum, ...] = (), outcomes: tuple[Scored, ...] = ()
) -> Rollout:
    for event in machine.measure(state, strata, outcomes, at_ms=at_ms - 1):
        state = machine.apply(state, event)
    for event in machine.decide(state, now_ms=at_ms):
        state = machine.apply(state, event)
    return state


def steady(rate: float) -> Rate:
    return lambda _minute: rate


DRIFTS: dict[str, Rate] = {
    "rise": lambda minute: 0.01 + 0.03 * min(minute / 60, 1),
    "jump": lambda minute: 0.01 if minute < 10 else 0.04,
    "wave": lambda minute: 0.02 + 0.015 * float(np.sin(minute / 5)),
    "fall": lambda minute: 0.04 - 0.03 * min(minute / 60, 1),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_an_equal_candidate_is_rolled_back_in_at_most_one_of_twenty(drift: str) -> None:
    """A/A under a drifting base rate with ramping shares: 50 rollouts a drift, 200 in all."""
    ends = Counter(
        rollout(seed, control=DRIFTS[drift], candidate=DRIFTS[drift], steps=(0.05, 0.25, 1.0)).phase
        for seed in range(50)
    )

    assert ends[Phase.ROLLED_BACK] <= 2
    assert ends[Phase.PROMOTED] >= 40


def test_a_doubled_error_rate_is_hardly_ever_promoted() -> None:
    """1 % against 2 %, 300 rollouts: fewer than 1 % promoted, nearly all rolled back."""
    ends = Counter(
        rollout(seed, control=steady(0.01), candidate=steady(0.02), steps=(0.1, 0.3, 1.0)).phase for seed in range(300)
    )

    assert ends[Phase.PROMOTED] < 3
    assert ends[Phase.ROLLED_BACK] >= 285


def test_two_points_more_errors_are_found_within_a_quarter_of_an_hour() -> None:
    """1 % against 3 % at 1,000 requests a minute and a 10 % canary: 9 of 10 within 15 minutes."""
    ends = [rollout(seed, control=steady(0.01), candidate=steady(0.03), steps=(0.1, 1.0)) for seed in range(60)]
    minutes = [end.entered_ms / MINUTE for end in ends if end.phase is Phase.ROLLED_BACK]

    assert 60 == len(minutes)
    assert np.median(minutes) <= 9
    assert np.quantile(minutes, 0.9) <= 15


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rollouts", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_an_equally_slow_candidate_is_rolled_back_in_at_most_one_of_twenty(rollouts: int) -> None:
    """`p99 not worse` under latencies that wander and stall together for both."""
    ends = Counter(latency_rollout(seed, "p99 not worse", 1.0).phase for seed in range(rollouts))

    assert ends[Phase.ROLLED_BACK] <= rollouts / 20


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rollouts", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_a_candidate_with_a_doubled_p99_is_rolled_back(rollouts: int) -> None:
    """Twice as slow, at 1,000 requests a minute: found within minutes."""
    ends = [latency_rollout(seed, "p99 not worse", 2.0) for seed in range(rollouts)]

    assert sum(end.phase is Phase.ROLLED_BACK for end in ends) >= 0.95 * rollouts
    assert np.median([end.entered_ms / MINUTE for end in ends]) <= 15
    assert "(the control's quantile)" in ends[0].reason


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("slower", "rollouts"),
    [(2.0, 60), pytest.param(1.5, 300, marks=pytest.mark.slow), pytest.param(2.0, 300, marks=pytest.mark.slow)],
)
def test_a_slower_candidate_is_hardly_ever_promoted_for_stalls_that_both_met(slower: float, rollouts: int) -> None:
    """While the machine stalls both arms are equally slow, which says nothing of what they are when it does not."""
    ends = Counter(latency_rollout(seed, "p99 not worse", slower).phase for seed in range(rollouts))

    assert ends[Phase.PROMOTED] <= rollouts / 100


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rollouts", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_late_outcomes_of_an_equal_candidate_hardly_ever_roll_it_back(rollouts: int) -> None:
    """Out of order, under a drifting base rate and moving shares."""
    ends = Counter(outcome_rollout(seed, 0.0).phase for seed in range(rollouts))

    assert ends[Phase.ROLLED_BACK] <= rollouts / 20


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rollouts", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_a_candidate_whose_outcomes_are_worse_is_rolled_back_and_never_promoted(rollouts: int) -> None:
    """A loss of 25 points where 5 are let pass."""
    ends = Counter(outcome_rollout(seed, 0.25).phase for seed in range(rollouts))

    assert 0 == ends[Phase.PROMOTED]
    assert ends[Phase.ROLLED_BACK] >= 0.9 * rollouts
