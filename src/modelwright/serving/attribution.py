"""What of an answer is due to which feature: what is asked and shown, and rows mixed of two. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec

from modelwright.core.errors import BadInput
from modelwright.serving.model import VersionRef

MARGIN = "margin"
"""What boosters and logistic regressions sum up before they make a probability of it; not among their answers."""

EXACT_FEATURES = 10
"""Up to so many features all coalitions are asked: 1024 of them."""

MOST_FEATURES = 500
ROWS_ASKED = 20_480
"""About so many rows are asked of the model, whatever it is and however many features it has."""

BACKGROUND_ROWS = 20
_LEAST_PAIRS = 2


class Method(StrEnum):
    """How the values were computed."""

    # One line above: it is part of the API's description, where releases of Python differ in how they indent more.
    EXACT = "exact"  # Shapley values over all coalitions of features
    TREES = "trees"  # Shapley values read from the model's own trees, exactly
    LINEAR = "linear"  # Shapley values read from the model's own weights, exactly
    PERMUTATION = "permutation"  # Shapley values over sampled orders of the features, with their errors


class Source(StrEnum):
    """Where the background rows come from."""

    LEDGER = "ledger"
    EXAMPLE = "example"


class Feature(msgspec.Struct, frozen=True):
    """One input of the model: a column, or with `place` one number of a column that is a list."""

    column: str
    place: int | None = None

    def __str__(self) -> str:
        return self.column if self.place is None else f"{self.column}[{self.place}]"

    def of(self, row: dict[str, Any]) -> Any:
        value = row[self.column]
        return value if self.place is None else value[self.place]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What is due to one feature. `error` is the standard error of `attribution`; 0 where nothing was sampled."""

    feature: str
    value: Any
    attribution: float
    error: float


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer came about, against background rows: `base` plus all attributions is `answer`.

    `output` is the number explained, such as `probabilities[1]`; `base` its mean over the background rows. `features`
    are sorted by size. `background` is the digest of the background rows; `asked_rows` were asked of the model.
    """

    prediction: str
    position: int
    version: VersionRef
    output: str
    method: Method
    base: float
    answer: float
    features: tuple[Due, ...]
    background: str
    background_rows: int
    background_from: Source
    seed: int
    asked_rows: int
    computed_ms: int


def features_of(row: dict[str, Any]) -> list[Feature]:
    """Each column, and of columns that are lists each of their values. Raises BadInput for more than MOST_FEATURES."""
    found = []
    for column, value in row.items():
        if isinstance(value, list):
            found += [Feature(column, place) for place in range(len(value))]
        else:
            found.append(Feature(column))
    if len(found) > MOST_FEATURES:
        raise BadInput(
            f"the row has {len(found)} features; attribution asks the model about each, and takes {MOST_FEATURES} at "
            "most",
            features=len(found),
        )
    return found


def mixed(row: dict[str, Any], other: dict[str, Any], features: Sequence[Feature], mask: int) -> dict[str, Any]:
    """`other` with the features whose bits are in `mask` taken from `row`."""
    out = {column: list(value) if isinstance(value, list) else value for column, value in other.items()}
    for number, feature in enumerate(features):
        if mask >> number & 1:
            if feature.place is None:
                out[feature.column] = row[feature.column]
            else:
                out[feature.column][feature.place] = row[feature.column][feature.place]
    return out


def alike(row: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the two can be mixed: the same columns, and lists of the same lengths."""
    return row.keys() == other.keys() and all(
        isinstance(value, list) == isinstance(other[column], list)
        and (not isinstance(value, list) or len(value) == len(other[column]))
        for column, value in row.items()
    )


def numbers_of(answer: dict[str, Any]) -> dict[str, float]:
    """The numbers in an answer by name, in its order: outputs, and `output[part]` for what has parts."""
    found: dict[str, float] = {}
    for name, value in answer.items():
        for part, one in _parts(value):
            if isinstance(one, int | float):
                found[f"{name}{part}"] = float(one)
    return found


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"[{key}]", one) for key, one in value.items()]
    if isinstance(value, list):
        return [("", value[0])] if len(value) == 1 else [(f"[{place}]", one) for place, one in enumerate(value)]
    return [("", value)]


def explained_output(answer: dict[str, Any], asked: str) -> str:
    """The number to explain: the one asked for, or the largest of the first output that is no whole number or label.

    For a classifier that is the probability of the class it gave; failing such an output, the first number.
    Raises BadInput with the numbers there are.
    """
    numbers = numbers_of(answer)
    if asked:
        if asked not in numbers:
            raise BadInput(f"{asked!r} is no number of the answer; there are {sorted(numbers)[:50]}", output=asked)
        return asked
    for name, value in answer.items():
        parts = {f"{name}{part}": one for part, one in _parts(value) if isinstance(one, float)}
        if parts:
            return max(parts, key=lambda part: parts[part])
    if not numbers:
        raise BadInput("no output of the answer is a number, so there is nothing to attribute")
    return next(iter(numbers))


def digest_of(rows: Sequence[dict[str, Any]]) -> str:
    return f"sha256:{hashlib.sha256(msgspec.json.encode(rows, order='deterministic')).hexdigest()}"


def most_backgrounds(features: int) -> int:
    """For how many background rows there is room."""
    each = 1 << features if features <= EXACT_FEATURES else 2 * _LEAST_PAIRS * (features - 1)
    return max(1, ROWS_ASKED // each)


def pairs_for(features: int, backgrounds: int) -> int:
    """How many orders there is room for, for each background row."""
    return max(_LEAST_PAIRS, ROWS_ASKED // (2 * backgrounds * max(1, features - 1)))
