"""Guards are text; what they mean and how they are refused."""

import pytest

from modelwright.core.errors import BadInput
from modelwright.serving.rollouts.guards import Guard, Measure, parse, parse_all


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        ("error_rate not worse", Guard(text="error_rate not worse", measure=Measure.ERROR_RATE)),
        (
            "error_rate  not worse by 0.5%",
            Guard(text="error_rate not worse by 0.5%", measure=Measure.ERROR_RATE, margin=0.005),
        ),
        ("error_rate < 1%", Guard(text="error_rate < 1%", measure=Measure.ERROR_RATE, limit=0.01)),
        (
            "p99 < 30ms",
            Guard(text="p99 < 30ms", measure=Measure.SLOW_RATE, limit=0.01, slow_ms=30.0),
        ),
        (
            "p99.9 < 0.25s",
            Guard(text="p99.9 < 0.25s", measure=Measure.SLOW_RATE, limit=0.001, slow_ms=250.0),
        ),
        ("disagreement < 2%", Guard(text="disagreement < 2%", measure=Measure.DISAGREEMENT, limit=0.02)),
        (
            "mean(value) not worse",
            Guard(text="mean(value) not worse", measure=Measure.MEAN, outcome="value"),
        ),
        (
            "mean(cost) not higher by 2 in -5..100",
            Guard(
                text="mean(cost) not higher by 2 in -5..100",
                measure=Measure.MEAN,
                outcome="cost",
                margin=2.0,
                low=-5.0,
                high=100.0,
                less_is_better=True,
            ),
        ),
    ],
)
def test_a_guard_says_what_it_means(text: str, guard: Guard) -> None:
    """Each form parses to its figures; spaces do not matter."""
    assert guard == parse(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("errors fine", "is not a guard; the forms are"),
        ("", "is not a guard"),
        ("error_rate < 0%", "not between 0% and 100%"),
        ("error_rate not worse by 100%", "not between 0% and 100%"),
        ("error_rate < 1", "is not a guard"),
        ("p100 < 30ms", "not between p50 and"),
        ("p12 < 30ms", "not between p50 and"),
        ("p99 < 0ms", "takes less than nothing"),
        ("p99 < 30", "is not a guard"),
        ("mean(value) not worse in 5..5", "is empty"),
        ("mean(value) not worse by 3", "'in LOW..HIGH'"),
    ],
)
def test_a_text_that_is_no_guard_is_refused_with_the_remedy(text: str, part: str) -> None:
    """The message quotes what was asked and shows what would work."""
    with pytest.raises(BadInput, match=r"guard|between|nothing|empty|decides") as refused:
        parse(text)

    assert part in refused.value.message


def test_the_same_guard_twice_is_refused() -> None:
    """Counting one guard twice would only make proofs slower."""
    with pytest.raises(BadInput, match="given twice"):
        parse_all(("p99 < 30ms", "p99  <  30ms"))
