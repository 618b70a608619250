"""Equal or how different: values as the ledger gives them back, beside those of today."""

import math
from typing import Any

import pytest

from modelwright.core.errors import Conflict
from modelwright.serving.model import VersionRef
from modelwright.serving.replaying import apart, compared, difference, refuse_hidden
from modelwright.serving.shown import Prediction


def answered(inputs: dict[str, object], outputs: dict[str, object], hidden: tuple[str, ...] = ()) -> Prediction:
    return Prediction(
        prediction="0" * 32,
        position=0,
        at_ms=0,
        workspace="default",
        deployment="api",
        route="r1",
        version=VersionRef(model="cancer", number=1),
        manifest="sha256:0",
        engine="onnx",
        node="test",
        latency_ms=1.0,
        caller="",
        share=1.0,
        inputs=inputs,
        outputs=outputs,
        hidden=hidden,
    )


def test_the_same_again_is_equal_and_another_answer_is_not() -> None:
    """The difference is a number; an output that was not kept then decides nothing."""
    found = answered({"amount": 1.5}, {"label": 1, "p": [0.25, 0.75]})
    same = compared(found, {"label": 1, "p": [0.25, 0.75], "more": 3})
    other = compared(found, {"label": 1, "p": [0.5, 0.5]})

    assert same.equal
    assert ({"label": 0.0, "p": 0.25}, False) == (other.differences, other.equal)
    assert not compared(found, {"unknown": 1}).equal


def test_what_the_ledger_does_not_hold_whole_is_not_replayed() -> None:
    """A hashed column is a digest, a masked one is absent; it is said which."""
    refuse_hidden(answered({"amount": 1.5}, {"label": 1}))
    refuse_hidden(answered({"amount": 1.5}, {"label": "a digest"}, hidden=("label",)))
    hashed: dict[str, object] = {"amount": "a digest"}
    masked: dict[str, object] = {"age": 3}
    for inputs in (hashed, masked):
        with pytest.raises(Conflict, match="amount"):
            refuse_hidden(answered(inputs, {"label": 1}, hidden=("amount",)))


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (1.0, 1.0 + 1e-9, 0.0),
        (1, 3.5, 2.5),
        ("yes", "no", 1.0),
        ([1.0, 2.0], [1.0, 4.0], 2.0),
        ([1.0, 2.0, 3.0, 4.0], [[1.0, 2.0], [3.0, 4.0]], 0.0),
        ([1.0], [1.0, 2.0], 1.0),
        (math.nan, None, 0.0),
        (math.nan, 1.0, 1.0),
        (None, "x", 1.0),
        (-1.7e308, 1.7e308, 1.7976931348623157e308),
        (math.inf, 1.0, 1.0),
        (True, 1, 0.0),
        ('{"no":0.25,"yes":0.75}', {"no": 0.25, "yes": 0.5}, 0.25),
        ('[{"box":[1,2]}]', [{"box": [1, 2]}], 0.0),
        ("{broken", {"no": 1}, 1.0),
        ({"a": 1}, {"b": 1}, 1.0),
    ],
)
def test_how_different_values_are(then: Any, now: Any, expected: float) -> None:
    """Numbers by how much, all else as equal or not; lists of lists and objects as the ledger keeps them."""
    assert expected == difference(then, now)


def test_two_versions_differ_by_their_first_output() -> None:
    """Whatever it is called, and by more than float32 rounds; outputs of one name are told each."""
    then = {"label": 1, "p": 0.25}

    assert (False, {"label": 0.0, "p": 0.5}) == apart(then, {"label": 1, "p": 0.75})
    assert (True, {"p": 0.0}) == apart(then, {"class": 2, "p": 0.25})
    assert (False, {"y": 0.0}) == apart({"y": 1.0}, {"y": 1.000001})
    assert (True, {}) == apart(then, {})
