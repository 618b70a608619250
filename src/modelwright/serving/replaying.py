"""Asking the same again in the Open Inference Protocol, and telling whether the answer is the same. No I/O."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from modelwright.core.errors import Conflict
from modelwright.serving.shown import Prediction

_RELATIVE = 1e-6
_ABSOLUTE = 1e-9


class Replayed(msgspec.Struct, frozen=True):
    """The answer of today beside that of then; `difference` is 0 where a text or label is equal and 1 where not."""

    prediction: Prediction
    outputs: dict[str, Any]
    equal: bool
    differences: dict[str, float]


class Tensor(msgspec.Struct):
    """One input or output, described or with its data."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any] = []


class Metadata(msgspec.Struct):
    """What a node says a version takes."""

    inputs: list[Tensor]


class Outputs(msgspec.Struct):
    """What a node answers."""

    outputs: list[Tensor]


def refuse_hidden(found: Prediction) -> None:
    """Raises Conflict when the ledger does not hold the whole input."""
    if not found.inputs or set(found.hidden) & set(found.inputs):
        hidden = ", ".join(found.hidden) or "all columns"
        raise Conflict(
            f"the ledger does not hold the whole input of {found.prediction} ({hidden}); it cannot be replayed",
            prediction=found.prediction,
        )


def compared(found: Prediction, answer: Outputs) -> Replayed:
    """The answer of then beside today's."""
    outputs = {one.name: _value(one) for one in answer.outputs}
    differences = {
        name: difference(found.outputs[name], value) for name, value in outputs.items() if name in found.outputs
    }
    equal = bool(differences) and not any(differences.values())
    return Replayed(prediction=found, outputs=outputs, equal=equal, differences=differences)


def tensors(wanted: list[Tensor], inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """The row as the protocol takes it: columns of one kind are one tensor there, in the signature's order."""
    if len(wanted) == 1 and wanted[0].name not in inputs:
        return [_tensor(wanted[0], {wanted[0].name: list(inputs.values())})]
    return [_tensor(one, inputs) for one in wanted]


def _tensor(wanted: Tensor, inputs: dict[str, Any]) -> dict[str, Any]:
    value = inputs.get(wanted.name)
    shape = [1, *(len(value) if size == -1 and isinstance(value, list) else abs(size) for size in wanted.shape[1:])]
    return {
        "name": wanted.name,
        "datatype": wanted.datatype,
        "shape": shape,
        "data": value if isinstance(value, list) else [value],
    }


def _value(tensor: Tensor) -> Any:
    return tensor.data[0] if len(tensor.data) == 1 else tensor.data


def difference(then: Any, now: Any) -> float:
    """The largest absolute difference of numbers that are not equal but for rounding; 1 for other unequal values."""
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return max((difference(a, b) for a, b in zip(then, now, strict=True)), default=0.0)
    if isinstance(then, int | float) and isinstance(now, int | float):
        if math.isclose(then, now, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE) or (math.isnan(then) and math.isnan(now)):
            return 0.0
        return abs(then - now)
    return 0.0 if then == now else 1.0
