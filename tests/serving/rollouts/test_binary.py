"""The bets on rates are fair, and find what there is to find."""

import itertools
import math

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from modelwright.serving.rollouts.binary import (
    Counts,
    Hypothesis,
    Line,
    Side,
    bet,
    bet_on_usual,
    most_usual,
    opened,
    projection,
    unusual,
)

NO_HARM = Hypothesis(side=Side.BELOW, lines=(Line(0.0, 1.0),))
HARM = Hypothesis(side=Side.ABOVE, lines=(Line(0.0, 1.5), Line(0.001, 1.0)))
BELOW_A_PERCENT = Hypothesis(side=Side.BELOW, lines=(Line(0.01, 0.0),))
ABOVE_A_PERCENT = Hypothesis(side=Side.ABOVE, lines=(Line(0.01, 0.0),))
WITHIN_MARGIN = Hypothesis(side=Side.BELOW, lines=(Line(0.005, 1.0),))
BEYOND_MARGIN = Hypothesis(side=Side.ABOVE, lines=(Line(0.005, 1.0),))

hypotheses = st.sampled_from([NO_HARM, HARM, BELOW_A_PERCENT, ABOVE_A_PERCENT, WITHIN_MARGIN, BEYOND_MARGIN])
rates = st.floats(1e-6, 0.9)


@settings(deadline=None)
@given(
    hypothesis=hypotheses,
    guess=st.tuples(rates, rates),
    control=rates,
    beyond=st.floats(0, 1),
    controls=st.integers(0, 2000),
    candidates=st.integers(1, 2000),
)
def test_no_bet_gains_on_average_while_the_hypothesis_holds(
    hypothesis: Hypothesis,
    guess: tuple[float, float],
    control: float,
    beyond: float,
    controls: int,
    candidates: int,
) -> None:
    """The expected pay-out of one stratum is at most 1 at every point of the hypothesis, for every guess."""
    edge = hypothesis.edge(control)
    assume(edge <= 1 or hypothesis.side is Side.BELOW)  # else no candidate can be beyond the line
    edge = min(edge, 1.0)
    candidate = edge * beyond if hypothesis.side is Side.BELOW else edge + (1 - edge) * beyond

    b, c = projection(hypothesis, guess, controls, candidates)
    per_control = control * guess[0] / b + (1 - control) * (1 - guess[0]) / (1 - b)
    per_candidate = candidate * guess[1] / c + (1 - candidate) * (1 - guess[1]) / (1 - c)
    expected_log = candidates * math.log(per_candidate) + (
        controls * math.log(per_control) if hypothesis.compares else 0.0
    )

    assert expected_log <= 1e-7


@settings(deadline=None, max_examples=25)  # 144 pairs of results an example
@given(hypothesis=hypotheses, control=rates, beyond=st.floats(0, 1))
def test_the_whole_purse_is_fair_over_two_strata(hypothesis: Hypothesis, control: float, beyond: float) -> None:
    """Summed over every possible result of two small strata, the mean wealth is at most the start's."""
    edge = hypothesis.edge(control)
    assume(edge <= 1 or hypothesis.side is Side.BELOW)  # else no candidate can be beyond the line
    edge = min(edge, 1.0)
    candidate = edge * beyond if hypothesis.side is Side.BELOW else edge + (1 - edge) * beyond

    def chance(events: int, of: int, rate: float) -> float:
        return math.comb(of, events) * rate**events * (1 - rate) ** (of - events)

    mean = 0.0
    results = list(itertools.product(range(4), range(3)))
    for first, second in itertools.product(results, results):
        purse = opened(hypothesis)
        weight = 1.0
        for minute, (k, j) in enumerate((first, second)):
            purse = bet(
                purse,
                hypothesis,
                control=Counts(3, k),
                candidate=Counts(2, j),
                at_ms=60_000 * minute,
                minute=minute,
            )
            weight *= chance(k, 3, control) * chance(j, 2, candidate)
        mean += weight * math.exp(purse.log)

    assert mean <= 1 + 1e-9


def test_a_guess_inside_the_hypothesis_is_its_own_projection() -> None:
    """Nothing is bet when the guess does not contradict the hypothesis."""
    assert (0.02, 0.01) == projection(NO_HARM, (0.02, 0.01), 900, 100)


def test_strata_without_a_candidate_or_without_a_control_prove_nothing() -> None:
    """A comparison needs both arms; an absolute limit needs the candidate only."""
    before = opened(HARM)

    without_candidate = bet(before, HARM, control=Counts(500, 5), candidate=Counts(0, 0), at_ms=0, minute=0)
    without_control = bet(before, HARM, control=Counts(0, 0), candidate=Counts(500, 0), at_ms=0, minute=0)
    absolute = bet(
        opened(ABOVE_A_PERCENT),
        ABOVE_A_PERCENT,
        control=Counts(0, 0),
        candidate=Counts(1000, 0),
        at_ms=0,
        minute=0,
    )

    assert before.bets == without_candidate.bets == without_control.bets
    assert absolute.log > math.log(100)


def test_a_candidate_that_only_fails_is_found_within_a_dozen_requests() -> None:
    """Total failure needs no minutes: 12 failures of 12 beside 108 good answers are proof enough."""
    purse = bet(opened(NO_HARM), NO_HARM, control=Counts(108, 0), candidate=Counts(12, 12), at_ms=0, minute=0)

    assert purse.log > math.log(20)


def test_harm_that_begins_after_an_hour_is_still_found() -> None:
    """Sixty good minutes do not empty the purse: +5 points afterwards are found within ten minutes."""
    purse = opened(NO_HARM)
    minute = 0
    for minute in range(60):
        purse = bet(
            purse,
            NO_HARM,
            control=Counts(900, 9),
            candidate=Counts(100, 1),
            at_ms=60_000 * minute,
            minute=minute,
        )
    while purse.log < math.log(20):
        minute += 1
        purse = bet(
            purse,
            NO_HARM,
            control=Counts(900, 9),
            candidate=Counts(100, 6),
            at_ms=60_000 * minute,
            minute=minute,
        )

    assert minute < 70


def test_an_outage_of_both_arms_is_no_evidence_of_safety() -> None:
    """Nothing is gained, and no more of it is remembered than what is usual."""
    purse = opened(HARM)
    for minute in range(20):
        purse = bet_on_usual(
            purse, HARM, control=Counts(900, 9), candidate=Counts(100, 1), at_ms=minute * 60_000, minute=minute
        )
    outage = Counts(900, 800)
    after = bet_on_usual(purse, HARM, control=outage, candidate=Counts(100, 90), at_ms=20 * 60_000, minute=20)

    assert unusual(purse, outage)
    assert purse.bets == after.bets
    assert after.seen_events < purse.seen_events + most_usual(purse, 900) + 1e-9


def test_a_higher_base_rate_becomes_usual() -> None:
    """Five times as high from now on: strata count again within a quarter of an hour."""
    purse = opened(HARM)
    counted = []
    for stratum in range(200):
        control = Counts(150, 2 if stratum < 100 else 10)
        counted.append(not unusual(purse, control))
        purse = bet_on_usual(
            purse, HARM, control=control, candidate=Counts(20, 0), at_ms=stratum * 10_000, minute=stratum // 6
        )

    assert all(counted[:100])
    assert not counted[100]
    assert all(counted[-10:])


def test_a_few_failures_are_never_unusual() -> None:
    """However rare they were, and where the guard has a limit of its own, the control says nothing at all."""
    purse = opened(HARM)
    quiet = bet(purse, HARM, control=Counts(10**6, 0), candidate=Counts(10, 0), at_ms=1, minute=0)
    alone = opened(ABOVE_A_PERCENT)
    down, well = Counts(100, 100), Counts(100, 0)

    assert not unusual(quiet, Counts(150, 5))
    assert unusual(quiet, Counts(150, 6))
    assert bet(alone, ABOVE_A_PERCENT, control=down, candidate=well, at_ms=1, minute=0) == bet_on_usual(
        alone, ABOVE_A_PERCENT, control=down, candidate=well, at_ms=1, minute=0
    )
