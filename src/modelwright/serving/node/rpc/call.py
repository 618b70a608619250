"""One gRPC infer request as a call, and its answer."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from modelwright.core.errors import BadInput, ModelwrightError
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.dtypes import DTYPES, kind_of
from modelwright.serving.node.messages import OCTETS, Response
from modelwright.serving.node.rpc.messages import MESSAGES
from modelwright.serving.node.signature import Kind
from modelwright.serving.node.tables import Schema, Table
from modelwright.serving.node.tensors import as_bytes, from_bytes, known_kind, shaped, to_bytes
from modelwright.serving.node.v2 import refuse_other_forms, table_of, timeout_s

# In which field of InferTensorContents a kind's values travel; FP16 has none and travels raw.
CONTENTS: dict[Kind, str] = {
    Kind.BOOL: "bool_contents",
    Kind.INT8: "int_contents",
    Kind.INT16: "int_contents",
    Kind.INT32: "int_contents",
    Kind.INT64: "int64_contents",
    Kind.UINT8: "uint_contents",
    Kind.UINT16: "uint_contents",
    Kind.UINT32: "uint_contents",
    Kind.UINT64: "uint64_contents",
    Kind.FP32: "fp32_contents",
    Kind.FP64: "fp64_contents",
    Kind.BYTES: "bytes_contents",
}
_PIECE = 16_384


class _Asked(msgspec.Struct, frozen=True):
    """What of a request its answer depends on: `raw` says that it came in bytes, and `outputs` by which names."""

    id: str
    raw: bool
    outputs: list[str]


class GrpcCall(Call):
    """Answered in the form it came in: raw for raw, typed contents for typed contents."""

    __slots__ = ("asked", "more", "params", "request", "timeout_s")

    def __init__(self, request: Any, remaining_s: float | None) -> None:
        """`remaining_s` is left of gRPC's own deadline. Raises BadInput for a parameter that is not of its type."""
        self.request = request
        self.asked = _Asked(request.id, bool(request.raw_input_contents), [one.name for one in request.outputs])
        self.more = bool(request.outputs)
        self.params = None
        self.timeout_s = remaining_s
        if request.parameters:
            asked_s = _asked_s(request.parameters)
            if asked_s is not None:
                self.timeout_s = asked_s if remaining_s is None else min(asked_s, remaining_s)

    def in_bytes(self) -> bool:
        return self.asked.raw

    def bare(self) -> GrpcCall:
        # Without the message: only this process has its kind, and an answer asks nothing more of it.
        found = GrpcCall(MESSAGES["ModelInferRequest"](), self.timeout_s)
        found.request, found.asked, found.more = None, self.asked, self.more
        return found

    def table(self, schema: Schema) -> Table:
        request = self.request
        raw = request.raw_input_contents
        if raw and len(raw) != len(request.inputs):
            raise BadInput(f"{len(request.inputs)} inputs have {len(raw)} raw contents; each needs one")
        both = [one.name for one in request.inputs if one.HasField("contents")] if raw else []
        if both:
            raise BadInput(f"inputs {both[:20]} have contents beside raw_input_contents; send one of them")
        for output in request.outputs:
            refuse_other_forms(f"output {output.name!r}", [one.key for one in output.parameters])
        arrays: dict[str, np.ndarray] = {}
        for place, tensor in enumerate(request.inputs):
            kind = known_kind(tensor.datatype, tensor.name)
            shape = shaped(tensor.shape, tensor.name)
            refuse_other_forms(f"input {tensor.name!r}", [one.key for one in tensor.parameters])
            if tensor.name in arrays:
                raise BadInput(f"input {tensor.name!r} is given twice")
            if raw:
                arrays[tensor.name] = from_bytes(raw[place], kind, shape, tensor.name)
            else:
                arrays[tensor.name] = _typed(tensor, kind, shape)
        return table_of(arrays, schema)

    def render(self, answer: Answer, served: Served) -> Response:
        found = MESSAGES["ModelInferResponse"](
            model_name=served.deployment, model_version=served.version.rpartition(":")[2], id=self.asked.id
        )
        prediction = found.parameters.add(key="modelwright_prediction")
        prediction.value.string_param = served.prediction
        for name in _wanted(self.asked.outputs, answer):
            array = answer.arrays[answer.names.index(name)]
            kind = Kind.BYTES if array.dtype == object else kind_of(array.dtype)
            output = found.outputs.add(name=name, datatype=kind.value, shape=array.shape)
            if self.asked.raw or kind not in CONTENTS:
                found.raw_output_contents.append(to_bytes(array, kind))
            else:
                flat = array.reshape(-1).tolist()
                values = [as_bytes(one) for one in flat] if kind is Kind.BYTES else flat
                getattr(output.contents, CONTENTS[kind]).extend(values)
        return Response(200, found.SerializeToString(), OCTETS)

    def error(self, error: ModelwrightError) -> Response:
        return Response(error.status, msgspec.json.encode(error.message))


def _asked_s(parameters: Any) -> float | None:
    """The parameter `timeout`, which Triton's client sends beside gRPC's deadline."""
    for one in parameters:
        if one.key == "timeout":
            value = one.value
            return timeout_s({"timeout": value.int64_param or value.uint64_param or value.string_param or 0})
    return None


def _wanted(outputs: list[str], answer: Answer) -> list[str]:
    # Each once, as over HTTP.
    names = list(dict.fromkeys(outputs or answer.names))
    for name in names:
        if name not in answer.names:
            raise BadInput(f"output {name!r} is unknown; the model gives {list(answer.names)}")
    return names


def _typed(tensor: Any, kind: Kind, shape: tuple[int, ...]) -> np.ndarray:
    if kind not in CONTENTS:
        raise BadInput(f"input {tensor.name!r} is {kind}, which only raw contents can carry")
    values = getattr(tensor.contents, CONTENTS[kind])
    if len(values) != int(np.prod(shape, dtype=object)):
        raise BadInput(f"input {tensor.name!r} has {len(values)} values; its shape is {list(shape)}")
    try:
        # In pieces: on a thread, each is all that others have to wait for.
        pieces = [np.array(values[at : at + _PIECE], dtype=DTYPES[kind]) for at in range(0, len(values), _PIECE)]
        return np.concatenate(pieces or [np.empty(0, dtype=DTYPES[kind])]).reshape(shape)
    except OverflowError as error:
        raise BadInput(f"input {tensor.name!r} has values outside {kind}") from error
