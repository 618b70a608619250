"""Whole rollouts with made-up traffic: the promises about wrong verdicts and about speed."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from modelwright.serving.rollouts import machine
from modelwright.serving.rollouts.evidence import Arm, Stratum
from modelwright.serving.rollouts.guards import parse_all
from modelwright.serving.rollouts.machine import Phase, Rollout
from modelwright.serving.rollouts.plan import Kind, Plan

MINUTE = 60_000
Rate = Callable[[float], float]


def rollout(seed: int, *, control: Rate, candidate: Rate, steps: tuple[float, ...], per_minute: int = 1000) -> Rollout:
    """One rollout to its end; the rates are functions of the minute."""
    rng = np.random.default_rng(seed)
    plan = Plan(
        kind=Kind.CANARY,
        control="a",
        candidate="b",
        control_label="m:1",
        candidate_label="m:2",
        steps=steps,
        guards=parse_all(("error_rate not worse",)),
        deadline_ms=120 * MINUTE,
    )
    state = machine.replay(machine.begin(plan, at_ms=0, by="ann"))
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
