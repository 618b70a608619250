"""Shapley values keep their laws: what is shared out is what there is, and equals get equal shares."""

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.serving.shapley import Evaluate, Mixture, Shares, exact, sampled

Game = dict[Mixture, float]


def play(game: Game) -> Evaluate:
    return lambda asked: [game[one] for one in asked]


@st.composite
def games(draw: st.DrawFn) -> tuple[Game, int, int]:
    """Any worth for any mixture; with all features the explained row's own, the background row does not matter."""
    features, backgrounds = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    numbers = st.floats(-100, 100, allow_nan=False)
    everyone = (1 << features) - 1
    whole = draw(numbers)
    game = {
        (place, mask): whole if mask == everyone else draw(numbers)
        for place in range(backgrounds)
        for mask in range(everyone + 1)
    }
    return game, features, backgrounds


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-7)


@given(games(), st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_base_and_values_are_the_answer(drawn: tuple[Game, int, int], seed: int) -> None:
    """Efficiency, for both methods, whatever the model: nothing of an answer is left over or made up."""
    game, features, backgrounds = drawn
    for found in (
        exact(play(game), features, backgrounds),
        sampled(play(game), features, backgrounds, pairs=2, seed=seed),
    ):
        assert close(found.answer, found.base + math.fsum(found.values))
        assert close(found.base, math.fsum(game[place, 0] for place in range(backgrounds)) / backgrounds)
        assert game[0, (1 << features) - 1] == found.answer


@given(games(), st.data())
@settings(max_examples=60, deadline=None)
def test_what_changes_nothing_gets_nothing_and_equals_get_equal(
    drawn: tuple[Game, int, int], data: st.DataObject
) -> None:
    """A dummy's value is 0; renaming features renames values."""
    game, features, backgrounds = drawn
    with_dummy = {
        (place, mask): game[place, mask & ((1 << features) - 1)]
        for place in range(backgrounds)
        for mask in range(1 << features + 1)
    }
    order = data.draw(st.permutations(range(features)))

    def renamed(mask: int) -> int:
        return sum(1 << order[feature] for feature in range(features) if mask >> feature & 1)

    there = {(place, renamed(mask)): worth for (place, mask), worth in game.items()}
    plain = exact(play(game), features, backgrounds).values
    padded = exact(play(with_dummy), features + 1, backgrounds).values
    moved = exact(play(there), features, backgrounds).values

    assert close(0.0, padded[features])
    assert all(close(a, b) for a, b in zip(plain, padded[:features], strict=True))
    assert all(close(plain[feature], moved[order[feature]]) for feature in range(features))


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=12), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_a_sum_is_shared_out_exactly_by_sampling_too(terms: list[tuple[float, float]], seed: int) -> None:
    """Where features do not interact every order says the same: w * (x - mean), with no error."""
    rows = [[0.0] * len(terms), [1.0] * len(terms)]

    def evaluate(asked: Sequence[Mixture]) -> list[float]:
        return [
            math.fsum(w * (x if mask >> i & 1 else rows[place][i]) for i, (w, x) in enumerate(terms))
            for place, mask in asked
        ]

    found = sampled(evaluate, len(terms), 2, pairs=2, seed=seed)

    for (weight, x), value, error in zip(terms, found.values, found.errors, strict=True):
        assert close(weight * (x - 0.5), value)
        assert error <= 1e-7


def interacting(asked: Sequence[Mixture]) -> list[float]:
    """Eight features that multiply by twos and by fours; two background rows."""
    out = []
    for place, mask in asked:
        x = [1.0 + i if mask >> i & 1 else 0.25 * place for i in range(8)]
        out.append(x[0] * x[1] + x[2] * x[3] * x[4] * x[5] - x[6] + math.sin(x[7] * x[0]))
    return out


def test_sampling_comes_to_the_exact_values_within_its_error() -> None:
    """Its standard errors are honest: those of 12 seeds lie as far off as normal deviates do."""
    truth = exact(interacting, 8, 2)
    found: list[Shares] = [sampled(interacting, 8, 2, pairs=60, seed=seed) for seed in range(12)]
    scores = [
        (value - true) / error
        for one in found
        for value, true, error in zip(one.values, truth.values, one.errors, strict=True)
        if error > 1e-12
    ]

    assert 48 == len(scores)  # an order and its reverse share pairs out exactly: only triples and more are off
    assert max(abs(score) for score in scores) < 5
    assert 0.6 < math.sqrt(math.fsum(score**2 for score in scores) / len(scores)) < 1.5


def test_the_same_seed_asks_the_same() -> None:
    """Two computations agree to the last bit."""
    assert sampled(interacting, 8, 2, pairs=3, seed=7) == sampled(interacting, 8, 2, pairs=3, seed=7)
    assert sampled(interacting, 8, 2, pairs=3, seed=7) != sampled(interacting, 8, 2, pairs=3, seed=8)


@pytest.mark.parametrize("features", [1, 2, 3])
def test_all_orders_by_hand(features: int) -> None:
    """Against the definition: the mean over all orders of what a feature adds when its turn comes."""
    draw = random.Random(features)
    game = {(0, mask): draw.uniform(-1, 1) for mask in range(1 << features)}
    orders = list(_permutations(list(range(features))))
    by_hand = [0.0] * features
    for order in orders:
        mask = 0
        for feature in order:
            by_hand[feature] += (game[0, mask | 1 << feature] - game[0, mask]) / len(orders)
            mask |= 1 << feature

    assert pytest.approx(by_hand) == exact(play(game), features, 1).values


def _permutations(items: list[int]) -> list[list[int]]:
    if not items:
        return [[]]
    return [[one, *rest] for one in items for rest in _permutations([other for other in items if other != one])]
