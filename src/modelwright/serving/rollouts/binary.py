"""E-processes for rates: is the candidate's rate beyond a line drawn over the control's rate?

An e-process is the wealth of a bettor who bets against a hypothesis at fair odds: if the hypothesis
holds, the wealth ever reaches 1 / alpha with probability at most alpha, however often one looks
(Ville's inequality; Ramdas, Grünwald, Vovk, Shafer, "Game-theoretic statistics and safe anytime-valid
inference", Statistical Science 38 (2023)).

The bettor here is exact for two Bernoulli streams of any sizes. Per stratum (one node, some seconds)
the bet is the likelihood ratio of a guess made beforehand over the guess's reverse information
projection on the hypothesis (R. Turner, P. Grünwald, "Exact anytime-valid confidence intervals for
contingency tables and beyond", Statistics & Probability Letters 198 (2023)). The hypothesis is claimed
of every stratum by itself, so a base rate that drifts while the shares ramp does no harm: pooling the
strata would (Simpson's paradox).

Why the ratio is a fair bet, in one line: log E[ratio] is concave in the true rates, is 0 at the
projection, and slopes downwards from there into any convex hypothesis.
"""

import math
from enum import StrEnum
from typing import NamedTuple

import msgspec

_TINY = 1e-9
EMPTY = -1e300
"""Logarithm of an empty purse: finite, because a state is stored as JSON."""

_FADE_MS = 600_000
"""Half-life of what the bettor remembers of the control's rate: validity never depends on it, speed does."""

_UNUSUAL = 3.0
"""So many times the control's remembered rate, and a stratum is no usual one."""

_LEAST_UNUSUAL = 5
"""Events that are never unusual, however rare they were."""

_GUESS_REQUESTS = 20.0
_GUESS_EVENTS = 0.2


class Line(msgspec.Struct, frozen=True, array_like=True):
    """candidate rate = intercept + slope * control rate; slope 0 compares with a constant."""

    intercept: float
    slope: float

    def at(self, control: float) -> float:
        return self.intercept + self.slope * control


class Side(StrEnum):
    """Where the hypothesis lies: the bettor bets on the other side."""

    BELOW = "below"  # candidate <= line in every stratum; refuting it proves harm
    ABOVE = "above"  # candidate >= all lines in every stratum; refuting it proves safety


class Hypothesis(msgspec.Struct, frozen=True):
    """A convex set of (control rate, candidate rate); several lines are only allowed ABOVE."""

    side: Side
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if not self.lines or (self.side is Side.BELOW and len(self.lines) > 1):
            raise ValueError("a hypothesis has lines, and below only one: more would not be convex")

    @property
    def compares(self) -> bool:
        """Whether the control's rate matters at all."""
        return any(line.slope for line in self.lines)

    def edge(self, control: float) -> float:
        return max(line.at(control) for line in self.lines)

    def slope(self, control: float) -> float:
        return max(self.lines, key=lambda line: (line.at(control), line.slope)).slope


class Counts(NamedTuple):
    """What one arm did in one stratum: `events` of `requests` failed, were slow, differed..."""

    requests: int
    events: int


class Wealth(msgspec.Struct, frozen=True):
    """The bettor's purse. `bets` are log-wealths, one per guess; `cash` is the share not yet bet.

    Cash is paid out minute by minute (1/2, 1/6, 1/12, ... of the start), so that harm which begins
    after an hour of good behaviour is still found soon: a purse bet whole at the start would be empty.
    """

    bets: tuple[float, ...]
    cash: float = 1.0
    seen_requests: float = 0.0
    seen_events: float = 0.0
    seen_ms: int = 0

    @property
    def log(self) -> float:
        """Natural logarithm of the wealth; the start is 0."""
        top = max(*self.bets, math.log(self.cash) if self.cash > 0 else -math.inf)
        total = sum(math.exp(bet - top) for bet in self.bets)
        return top + math.log(total + (self.cash * math.exp(-top) if self.cash > 0 else 0.0))


_HARM_ODDS = (1.5, 2.0, 4.0, 16.0, 256.0)
_SAFE_ODDS = (0.67, 0.4, 0.1)


def opened(hypothesis: Hypothesis) -> Wealth:
    """The purse before any data. Harm keeps cash back for a late start; safety is bet whole at once."""
    if hypothesis.side is Side.BELOW:
        return Wealth(bets=(EMPTY,) * len(_HARM_ODDS), cash=1.0)
    count = len(_SAFE_ODDS) + 2
    return Wealth(bets=(-math.log(count),) * count, cash=0.0)


def bet(
    purse: Wealth, hypothesis: Hypothesis, *, control: Counts, candidate: Counts, at_ms: int, minute: int
) -> Wealth:
    """The purse after one stratum. `minute` counts from 0 at the start; the order of strata is free."""
    paid = pay_out(purse, minute)
    if candidate.requests and (control.requests or not hypothesis.compares):
        rate = _remembered(purse)
        gains = [
            _gain(hypothesis, (rate, guess), control=control, candidate=candidate)
            for guess in _guesses(hypothesis, rate)
        ]
        paid = msgspec.structs.replace(
            paid, bets=tuple(have + gain for have, gain in zip(paid.bets, gains, strict=True))
        )
    return _remember(paid, control.requests, control.events, at_ms)


def most_usual(purse: Wealth, requests: int) -> float:
    """The events of so many of the control's requests above which something befalls both arms alike."""
    return max(_LEAST_UNUSUAL, _UNUSUAL * _remembered(purse) * requests)


def unusual(purse: Wealth, control: Counts) -> bool:
    """Whether far more befell the control than what is remembered of it.

    Then a dependency is down or the machine stalls, and that the candidate does no worse meanwhile says nothing of what
    it does by itself. Leaving such a stratum out of the bet on safety keeps it fair: its pay-out grows with the
    control's events, which are independent of the candidate's, so that among the strata kept it is worth no more than
    among all (Harris, "A lower bound for the critical probability in a certain percolation process", Proc. Camb. Phil.
    Soc. 56 (1960)). A bet on harm would gain by it, and is never left out.
    """
    return control.events > most_usual(purse, control.requests)


def bet_on_usual(
    purse: Wealth, hypothesis: Hypothesis, *, control: Counts, candidate: Counts, at_ms: int, minute: int
) -> Wealth:
    """As `bet`, where strata in which the control has an unusual time are passed over.

    Of these no more is remembered than the most that is usual: outages do not become usual by coming again, and yet a
    base rate that is five times as high from now on is within minutes.
    """
    if not hypothesis.compares or not unusual(purse, control):
        return bet(purse, hypothesis, control=control, candidate=candidate, at_ms=at_ms, minute=minute)
    return _remember(purse, control.requests, most_usual(purse, control.requests), at_ms)


def pay_out(purse: Wealth, minute: int) -> Wealth:
    """After minute m the cash is 1 / (m + 2): harm that starts then costs 2 log(m) nats, not everything."""
    keep = 1.0 / (minute + 2)
    if purse.cash <= keep:
        return purse
    each = math.log((purse.cash - keep) / len(purse.bets))
    return msgspec.structs.replace(purse, cash=keep, bets=tuple(_log_add(bet, each) for bet in purse.bets))


def _log_add(a: float, b: float) -> float:
    high, low = max(a, b), min(a, b)
    return high + math.log1p(math.exp(low - high))


def _remembered(purse: Wealth) -> float:
    return (purse.seen_events + _GUESS_EVENTS) / (purse.seen_requests + _GUESS_REQUESTS)


def fade(purse: Wealth, at_ms: int) -> float:
    """What is left of the weight of older observations."""
    return faded(at_ms - purse.seen_ms) if purse.seen_ms else 1.0


def faded(after_ms: int) -> float:
    """What is left of the weight of an observation after so long."""
    return float(0.5 ** (max(0, after_ms) / _FADE_MS))


def _remember(purse: Wealth, requests: int, events: float, at_ms: int) -> Wealth:
    keep = fade(purse, at_ms)
    return msgspec.structs.replace(
        purse,
        seen_requests=purse.seen_requests * keep + requests,
        seen_events=purse.seen_events * keep + events,
        seen_ms=max(at_ms, purse.seen_ms),
    )


def _times_odds(rate: float, factor: float) -> float:
    return min(max(rate * factor / (1 - rate + rate * factor), _TINY), 1 - _TINY)


def _guesses(hypothesis: Hypothesis, control: float) -> list[float]:
    """Candidate rates worth betting on, given what the control's rate seems to be."""
    edge = min(max(hypothesis.edge(control), _TINY), 1 - _TINY)
    if hypothesis.side is Side.BELOW:
        return [_times_odds(edge, odds) for odds in _HARM_ODDS]
    same = control if hypothesis.compares else edge / 2
    return [_times_odds(edge, odds) for odds in _SAFE_ODDS] + [same, (same + edge) / 2]


def _gain(hypothesis: Hypothesis, guess: tuple[float, float], *, control: Counts, candidate: Counts) -> float:
    """Log of the bet's pay-out: log-likelihood of the guess minus that of its projection."""
    b, c = projection(hypothesis, guess, control.requests, candidate.requests)
    against = _log_ratio(candidate, guess[1], c)
    return against + _log_ratio(control, guess[0], b) if hypothesis.compares else against


def _log_ratio(counts: Counts, guess: float, projected: float) -> float:
    passed = counts.requests - counts.events
    gain = counts.events * math.log(guess / projected) if counts.events else 0.0
    return gain + passed * math.log1p((projected - guess) / (1 - projected)) if passed else gain


def projection(
    hypothesis: Hypothesis, guess: tuple[float, float], controls: int, candidates: int
) -> tuple[float, float]:
    """The point (control rate, candidate rate) of the hypothesis nearest to the guess in KL divergence.

    Minimises controls * KL(guess_b || b) + candidates * KL(guess_c || c). A guess inside the hypothesis
    is its own projection. The sum is convex along the edge; the root of its slope is found by Newton steps
    kept inside a bracket.
    """
    control, candidate = guess
    edge = hypothesis.edge(control)
    inside = candidate <= edge if hypothesis.side is Side.BELOW else candidate >= edge
    if inside:
        return guess
    if not hypothesis.compares:
        return control, edge
    low, high = (control, 1 - _TINY) if hypothesis.side is Side.BELOW else (_TINY, control)
    b = control
    for _ in range(80):
        slope, curve = _slope(hypothesis, guess, b, controls, candidates)
        step = slope / curve if math.isfinite(slope) and curve > 0 else math.inf
        if min(abs(step), high - low) <= 1e-15 + 1e-12 * b:
            break  # looked at before the bracket: rounding may put so small a step outside of it
        low, high = (b, high) if slope < 0 else (low, b)
        b = b - step if low < b - step < high else (low + high) / 2
    return b, min(hypothesis.edge(b), 1 - _TINY)


def _slope(
    hypothesis: Hypothesis, guess: tuple[float, float], b: float, controls: int, candidates: int
) -> tuple[float, float]:
    """First and second derivative along the edge, in units of 1 and 1 / rate."""
    c = hypothesis.edge(b)
    if c >= 1 - _TINY:
        return math.inf, 0.0
    along = hypothesis.slope(b)
    pull, pulled = _kl_slopes(guess[0], b)
    push, pushed = _kl_slopes(guess[1], c)
    return controls * pull + candidates * along * push, controls * pulled + candidates * along**2 * pushed


def _kl_slopes(guess: float, rate: float) -> tuple[float, float]:
    spread = rate * (1 - rate)
    return (rate - guess) / spread, guess / rate**2 + (1 - guess) / (1 - rate) ** 2
