"""Whether the ledger holds what it takes to ask the same again, and whether the answer is the same. No I/O."""

from __future__ import annotations

import math
import sys
from typing import Any

import msgspec

from modelwright.core.errors import Conflict
from modelwright.serving.model import SAME_ABSOLUTE, SAME_RELATIVE
from modelwright.serving.shown import Prediction

_RELATIVE = 1e-6
_ABSOLUTE = 1e-9


class Replayed(msgspec.Struct, frozen=True):
    """The answer of today beside that of then; `difference` is 0 where a text or label is equal and 1 where not."""

    prediction: Prediction
    outputs: dict[str, Any]
    equal: bool
    differences: dict[str, float]


def refuse_hidden(found: Prediction) -> None:
    """Raises Conflict when the ledger does not hold the whole input."""
    if not is_whole(found.inputs, found.outputs, found.hidden):
        hidden = ", ".join(found.hidden) or "all columns"
        raise Conflict(
            f"the ledger does not hold the whole input of {found.prediction} ({hidden}); it cannot be replayed",
            prediction=found.prediction,
        )


def is_whole(inputs: dict[str, Any], outputs: dict[str, Any], hidden: tuple[str, ...]) -> bool:
    """Whether the ledger holds the whole input of a row: a hashed column is there as a digest, a masked one is not."""
    return bool(inputs) and not set(hidden) - outputs.keys()


def apart(then: dict[str, Any], now: dict[str, Any]) -> tuple[bool, dict[str, float]]:
    """Whether another version's answer differs, and by how much in each output that both have.

    As for a shadow, the first output is the answer proper, and numbers are equal within float32's rounding.
    """
    first = list(zip(then.items(), now.values(), strict=False))[:1]
    differs = not first or _across(first[0][0][1], first[0][1]) > 0
    differences = {name: _across(value, now[name]) for name, value in then.items() if name in now}
    return differs, differences


def _across(then: Any, now: Any) -> float:
    return difference(then, now, relative=SAME_RELATIVE, absolute=SAME_ABSOLUTE)


def compared(found: Prediction, outputs: dict[str, Any]) -> Replayed:
    """The answer of then beside today's."""
    differences = {
        name: difference(found.outputs[name], value) for name, value in outputs.items() if name in found.outputs
    }
    equal = bool(differences) and not any(differences.values())
    return Replayed(prediction=found, outputs=outputs, equal=equal, differences=differences)


def difference(then: Any, now: Any, *, relative: float = _RELATIVE, absolute: float = _ABSOLUTE) -> float:
    """The largest absolute difference of numbers that are not equal but for rounding; 1 for other unequal values.

    `then` is as the ledger gives it back: a list of lists flat, an object as JSON.
    """
    pairs = _pairs(then, now)
    if pairs is not None:
        return max((difference(a, b, relative=relative, absolute=absolute) for a, b in pairs), default=0.0)
    if _is_missing(then) or _is_missing(now):
        return 0.0 if _is_missing(then) and _is_missing(now) else 1.0
    if isinstance(then, int | float) and isinstance(now, int | float):
        if math.isclose(then, now, rel_tol=relative, abs_tol=absolute):
            return 0.0
        return min(abs(then - now), sys.float_info.max) if math.isfinite(then) and math.isfinite(now) else 1.0
    return 0.0 if then == now else 1.0


def _pairs(then: Any, now: Any) -> list[tuple[Any, Any]] | None:
    """The parts of two values that have equally many; None for what has no parts, or other ones."""
    if isinstance(then, str) and isinstance(now, list | dict):
        try:
            then = msgspec.json.decode(then)
        except msgspec.DecodeError:
            return None
    if isinstance(then, dict) and isinstance(now, dict) and then.keys() == now.keys():
        return [(then[key], now[key]) for key in then]
    if isinstance(then, list) and isinstance(now, list):
        left, right = _leaves(then), _leaves(now)
        return list(zip(left, right, strict=True)) if len(left) == len(right) else None
    return None


def _leaves(values: list[Any]) -> list[Any]:
    return [leaf for one in values for leaf in (_leaves(one) if isinstance(one, list) else [one])]


def _is_missing(value: Any) -> bool:
    # JSON has no NaN: it comes back as null.
    return value is None or (isinstance(value, float) and math.isnan(value))
