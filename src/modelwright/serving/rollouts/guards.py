"""Guards: what must hold for a candidate, said in words and turned into hypotheses.

    error_rate not worse              candidate's rate of failures against the control's, at the same time
    error_rate not worse by 0.5%      the same, letting pass up to half a percentage point
    error_rate < 1%                   the candidate alone
    p99 not worse                     answers slower than the control's p99, against the control's own
    p99 not worse by 30%              the same, letting the candidate be up to 30 % slower
    p99 < 30ms                        at most 1 % of the candidate's answers take 30 ms or longer
    disagreement < 2%                 share of mirrored or replayed rows that the candidate answers differently
    mean(value) not worse             the mean of an outcome, attributed to the version that predicted
    mean(value) not worse by 0.05 in 0..10
    mean(cost) not higher             the same where less is better

A guard is *violated* when the opposite of what it says is proven, *kept* when what it says is proven, and
open until then. Without "by", harm means any loss at all, and safety means a loss smaller than half of the
control's rate (or 0.1 percentage points, whichever is more): nobody can prove exact equality.
"""

import re
from enum import StrEnum

import msgspec

from modelwright.core.errors import BadInput
from modelwright.serving.rollouts.binary import Hypothesis, Line, Side
from modelwright.serving.rollouts.means import MeanHypothesis

_RELATIVE_ALLOWANCE = 0.5
_ABSOLUTE_ALLOWANCE = 0.001
_MEAN_ALLOWANCE = 0.05
"""Share of an outcome's range that counts as "not worse" when the guard gives no figure."""

_MOST_SLOWER = 4.0
_UNIT_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_NUMBER = r"(\d+(?:\.\d+)?)"
_RATE_WORSE = re.compile(rf"error_rate not worse(?: by {_NUMBER}%)?")
_RATE_BELOW = re.compile(rf"(error_rate|disagreement) < {_NUMBER}%")
_QUANTILE = re.compile(rf"p{_NUMBER} < {_NUMBER}(us|ms|s)")
_QUANTILE_WORSE = re.compile(rf"p{_NUMBER} not worse(?: by {_NUMBER}%)?")
_MEAN = re.compile(
    rf"mean\(([A-Za-z_][A-Za-z0-9_.\-]*)\) not (worse|higher)(?: by {_NUMBER})?"
    r"(?: in (-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?))?"
)
_FORMS = (
    "error_rate not worse [by X%]",
    "error_rate < X%",
    "pNN < X(us|ms|s)",
    "pNN not worse [by X%]",
    "disagreement < X%",
    "mean(<outcome>) not worse|higher [by X] [in LOW..HIGH]",
)


class Measure(StrEnum):
    """What is counted."""

    ERROR_RATE = "error_rate"
    SLOW_RATE = "slow_rate"
    QUANTILE = "quantile"
    DISAGREEMENT = "disagreement"
    MEAN = "mean"


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """One parsed guard. `limit` and `margin` are shares (0.01 is 1 %), for means in the outcome's unit.

    `quantile` is the control's that latencies are held against, `slower` by how much (0.3: 30 %) more is let pass.
    """

    text: str
    measure: Measure
    limit: float | None = None
    margin: float | None = None
    slow_ms: float | None = None
    quantile: float | None = None
    slower: float = 0.0
    outcome: str | None = None
    low: float = 0.0
    high: float = 1.0
    less_is_better: bool = False

    @property
    def compares(self) -> bool:
        """Whether it needs a control that answers at the same time."""
        return self.limit is None

    @property
    def replayable(self) -> bool:
        """Whether rows that the control once answered can decide it.

        The ledger has no failures of the control's to compare with, and latencies of another hour and another road.
        """
        return self.limit is not None and self.measure in {Measure.ERROR_RATE, Measure.DISAGREEMENT}

    def rate_harm(self) -> Hypothesis:
        """Refuted when the guard is violated."""
        line = Line(self.limit, 0.0) if self.limit is not None else Line(self.margin or 0.0, 1.0)
        return Hypothesis(side=Side.BELOW, lines=(line,))

    def rate_safe(self) -> Hypothesis:
        """Refuted when the guard is kept."""
        if self.limit is not None:
            lines: tuple[Line, ...] = (Line(self.limit, 0.0),)
        elif self.margin:
            lines = (Line(self.margin, 1.0),)
        else:
            lines = (Line(0.0, 1.0 + _RELATIVE_ALLOWANCE), Line(_ABSOLUTE_ALLOWANCE, 1.0))
        return Hypothesis(side=Side.ABOVE, lines=lines)

    def mean_harm(self) -> MeanHypothesis:
        """The candidate loses at most the margin; refuted when the guard is violated."""
        return self._mean(sign=-1.0, margin=self.margin or 0.0)

    def mean_safe(self) -> MeanHypothesis:
        """The candidate loses at least the margin; refuted when the guard is kept."""
        return self._mean(sign=1.0, margin=-(self.margin or _MEAN_ALLOWANCE * (self.high - self.low)))

    def _mean(self, *, sign: float, margin: float) -> MeanHypothesis:
        better = -1.0 if self.less_is_better else 1.0
        return MeanHypothesis(low=self.low, high=self.high, sign=sign * better, margin=margin)


def parse(text: str) -> Guard:
    """The guard that `text` states.

    Raises BadInput with the forms there are when it states none, or one that could never be decided.
    """
    said = " ".join(text.split())
    for pattern, build in (
        (_RATE_WORSE, _rate_worse),
        (_RATE_BELOW, _rate_below),
        (_QUANTILE, _quantile),
        (_QUANTILE_WORSE, _quantile_worse),
        (_MEAN, _mean),
    ):
        match = pattern.fullmatch(said)
        if match:
            return build(said, match)
    raise BadInput(f"{text!r} is not a guard; the forms are: {'; '.join(_FORMS)}", guard=text, forms=_FORMS)


def parse_all(texts: tuple[str, ...]) -> tuple[Guard, ...]:
    """As `parse`; the same guard twice is refused, because it would be counted twice."""
    found = tuple(parse(text) for text in texts)
    said = [guard.text for guard in found]
    for one in said:
        if said.count(one) > 1:
            raise BadInput(f"the guard {one!r} is given twice; give it once", guard=one)
    return found


def _share(text: str, percent: str) -> float:
    share = float(percent) / 100
    if not 0 < share < 1:
        raise BadInput(f"{text!r}: {percent}% is not between 0% and 100%; such a guard decides nothing", guard=text)
    return share


def _rate_worse(text: str, match: re.Match[str]) -> Guard:
    margin = _share(text, match[1]) if match[1] else None
    return Guard(text=text, measure=Measure.ERROR_RATE, margin=margin)


def _rate_below(text: str, match: re.Match[str]) -> Guard:
    return Guard(text=text, measure=Measure(match[1]), limit=_share(text, match[2]))


def _tail(text: str, percentile: str) -> float:
    if not 50 <= float(percentile) < 100:  # noqa: PLR2004 - a percentile below the median is no promise about slowness
        raise BadInput(f"{text!r}: p{percentile} is not between p50 and p99.99...; write e.g. p99", guard=text)
    return round(1 - float(percentile) / 100, 12)


def _quantile_worse(text: str, match: re.Match[str]) -> Guard:
    slower = float(match[2]) / 100 if match[2] else 0.0
    if slower > _MOST_SLOWER:
        raise BadInput(f"{text!r}: {match[2]}% slower is hardly a guard; give at most 400%", guard=text)
    return Guard(text=text, measure=Measure.QUANTILE, quantile=round(1 - _tail(text, match[1]), 12), slower=slower)


def _quantile(text: str, match: re.Match[str]) -> Guard:
    tail = _tail(text, match[1])
    slow_ms = float(match[2]) * _UNIT_MS[match[3]]
    if slow_ms <= 0:
        raise BadInput(f"{text!r}: no answer takes less than nothing; write e.g. p99 < 30ms", guard=text)
    return Guard(text=text, measure=Measure.SLOW_RATE, limit=tail, slow_ms=slow_ms)


def _mean(text: str, match: re.Match[str]) -> Guard:
    low, high = (float(match[4]), float(match[5])) if match[4] else (0.0, 1.0)
    if not low < high:
        raise BadInput(f"{text!r}: the range {low:g}..{high:g} is empty; write in LOW..HIGH", guard=text)
    margin = float(match[3]) if match[3] else None
    if margin is not None and not 0 < margin < high - low:
        raise BadInput(
            f"{text!r}: by {margin:g} decides nothing in a range of {high - low:g}; "
            "give less, or the range with 'in LOW..HIGH'",
            guard=text,
        )
    return Guard(
        text=text,
        measure=Measure.MEAN,
        margin=margin,
        outcome=match[1],
        low=low,
        high=high,
        less_is_better=match[2] == "higher",
    )
