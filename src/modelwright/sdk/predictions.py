"""Past predictions from Python: where an answer came from, and whether it comes out the same today."""

from __future__ import annotations

import math
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from modelwright.core.errors import Conflict, Unavailable
from modelwright.sdk import serving
from modelwright.sdk.http import Api
from modelwright.serving.shown import Prediction

T = TypeVar("T")

_RELATIVE = 1e-6
_ABSOLUTE = 1e-9


class Replayed(msgspec.Struct, frozen=True):
    """The answer of today beside that of then; `difference` is 0 where a text or label is equal and 1 where not."""

    prediction: Prediction
    outputs: dict[str, Any]
    equal: bool
    differences: dict[str, float]


class _Tensor(msgspec.Struct):
    name: str
    datatype: str
    shape: list[int]
    data: list[Any] = []


class _Metadata(msgspec.Struct):
    inputs: list[_Tensor]


class _Answer(msgspec.Struct):
    outputs: list[_Tensor]


def why(prediction: str, *, api: Api | None = None) -> Prediction:
    """The row that was answered under this id, and where the answer came from."""
    return (api or Api()).get(f"/api/v1/predictions/{quote(prediction, safe='')}", Prediction)


def replay(prediction: str, *, api: Api | None = None) -> Replayed:
    """Ask the same version the same again, on a node that has it.

    Raises Conflict when the ledger does not hold the whole input, and Unavailable when no node has the version.
    """
    api = api or Api()
    found = why(prediction, api=api)
    if not found.inputs or set(found.hidden) & set(found.inputs):
        hidden = ", ".join(found.hidden) or "all columns"
        raise Conflict(f"the ledger does not hold the whole input of {prediction} ({hidden}); it cannot be replayed")
    endpoints = serving.deployment(found.deployment, api=api).endpoints
    if not endpoints:
        raise Unavailable(f"no node serves {found.deployment!r} now; start it, then replay")
    path = f"{endpoints[0]}/v2/models/{quote(found.deployment, safe='')}/versions/{found.version.number}"
    with httpx.Client(timeout=60) as client:
        metadata = _ask(client, "GET", path, _Metadata)
        asked = {"inputs": _tensors(metadata.inputs, found.inputs)}
        answer = _ask(client, "POST", f"{path}/infer", _Answer, asked)
    outputs = {one.name: _value(one) for one in answer.outputs}
    differences = {
        name: difference(found.outputs[name], value) for name, value in outputs.items() if name in found.outputs
    }
    equal = bool(differences) and not any(differences.values())
    return Replayed(prediction=found, outputs=outputs, equal=equal, differences=differences)


def _ask(client: httpx.Client, method: str, url: str, type_: type[T], body: Any = None) -> T:
    try:
        answer = client.request(method, url, content=None if body is None else msgspec.json.encode(body))
    except httpx.TransportError as error:
        raise Unavailable(f"the node at {url} does not answer: {error}") from error
    if answer.is_error:
        raise Unavailable(f"the node answered {answer.status_code} to {url}: {answer.text[:300]}")
    return msgspec.json.decode(answer.content, type=type_)


def _tensors(wanted: list[_Tensor], inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """The row as the protocol takes it: columns of one kind are one tensor there, in the signature's order."""
    if len(wanted) == 1 and wanted[0].name not in inputs:
        return [_tensor(wanted[0], {wanted[0].name: list(inputs.values())})]
    return [_tensor(one, inputs) for one in wanted]


def _tensor(wanted: _Tensor, inputs: dict[str, Any]) -> dict[str, Any]:
    value = inputs.get(wanted.name)
    shape = [1, *(len(value) if size == -1 and isinstance(value, list) else abs(size) for size in wanted.shape[1:])]
    return {
        "name": wanted.name,
        "datatype": wanted.datatype,
        "shape": shape,
        "data": value if isinstance(value, list) else [value],
    }


def _value(tensor: _Tensor) -> Any:
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
