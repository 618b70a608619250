"""Open Inference Protocol v2 over HTTP, in JSON and with binary tensors (unmodified `tritonclient` speaks
both).

Source: kserve/open-inference-protocol, "inference_rest.md", and Triton's "binary tensor data extension".
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np

from modelwright.core.errors import BadInput, ModelwrightError
from modelwright.serving.node.answers import Answer, Written, plain
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.dtypes import DTYPES, kind_of
from modelwright.serving.node.messages import OCTETS, Body, Request, Response
from modelwright.serving.node.signature import FLOATS, OBJECTS, Column, Kind, Logical, Signature
from modelwright.serving.node.tables import Numbers, Schema, Table, read
from modelwright.serving.node.tensors import as_bytes, from_bytes, known_kind, shaped, to_bytes

T = TypeVar("T")
HEADER_LENGTH = b"inference-header-content-length"
_DIGITS = 18
_LONGEST_US = 2**63
# Of Triton's extensions, by the parameters of a tensor that ask for them.
_OTHER_FORMS = frozenset({"classification", "shared_memory_region"})


class _Tensor(msgspec.Struct, Generic[T]):
    name: str
    shape: list[int]
    datatype: str
    data: T | None = None
    parameters: dict[str, Any] | None = None


class _Wanted(msgspec.Struct):
    name: str
    parameters: dict[str, Any] | None = None


class _Infer(msgspec.Struct, Generic[T]):
    inputs: list[_Tensor[T]]
    id: str | None = None
    outputs: list[_Wanted] | None = None
    parameters: dict[str, Any] | None = None


# Most requests are flat lists of numbers: this decoder checks and converts them in one pass in C, and any
# other body fails it at once and takes the general one below.
_numbers = msgspec.json.Decoder(_Infer[list[float]])
_general = msgspec.json.Decoder(_Infer[Any])
_encode = msgspec.json.Encoder().encode


def parse(request: Request) -> V2Call:
    """The call in a request's body; raises BadInput with the place of the fault."""
    body = request.body
    length = request.headers.get(HEADER_LENGTH)
    binary = memoryview(b"")
    if length is not None:
        if not length.isdigit() or len(length) > _DIGITS or int(length) > len(body):
            raise BadInput(f"Inference-Header-Content-Length is {length!r:.60}; the body has {len(body)} bytes")
        if not int(length) and body:
            return V2Call(_Infer(inputs=[], parameters={"binary_data_output": True}), body, raw=True)
        binary = memoryview(body)[int(length) :]
        body = body[: int(length)]
        return V2Call(decode_json(_general, body), binary)
    try:
        infer = _numbers.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return V2Call(decode_json(_general, body), binary)
    # Whole numbers were read as floats, which would round the large ones.
    for tensor in infer.inputs:
        if tensor.datatype not in FLOATS:
            return V2Call(decode_json(_general, body), binary)
    return V2Call(infer, binary, numeric=True)


def telling_bytes(request: Request) -> int:
    """How much of a body takes time to read: numbers that come as they lie in memory do not, texts do."""
    length, size = request.headers.get(HEADER_LENGTH, b""), len(request.body)
    if not length.isdigit() or len(length) > _DIGITS or request.body.find(b"BYTES", 0, int(length)) >= 0:
        return size
    return min(int(length), size)


def decode_json(decoder: msgspec.json.Decoder[T], body: Body) -> T:
    """Decode, and name the fault; NaN and Infinity, which Python's own writer emits, are read as such."""
    if body[:1] == b"\xef":  # the mark that some writers of UTF-8 begin with
        body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BadInput(f"the body does not fit the protocol: {error}") from error
    except msgspec.DecodeError as error:
        if b"NaN" in body or b"Infinity" in body:
            return _with_nan(decoder, body)
        raise BadInput(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise BadInput("the body is nested too deeply") from error


def _with_nan(decoder: msgspec.json.Decoder[T], body: Body) -> T:
    try:
        found = json.loads(body, parse_float=_finite)
        if b"\\u" in body:
            # Python's reader takes half a surrogate pair for text; written down, it is none.
            msgspec.json.encode(found)
        return msgspec.convert(found, decoder.type)
    except msgspec.ValidationError as error:
        raise BadInput(f"the body does not fit the protocol: {error}") from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadInput(f"the body is not JSON: {error}") from error


def _finite(text: str) -> float:
    found = float(text)
    if math.isinf(found):
        raise ValueError(f"{text:.60} is beyond what a number can be")
    return found


class V2Call(Call):
    """One infer request."""

    __slots__ = ("binary", "infer", "more", "numeric", "params", "raw", "timeout_s")

    def __init__(
        self, infer: _Infer[Any], binary: Body | memoryview, *, numeric: bool = False, raw: bool = False
    ) -> None:
        """`raw`: `binary` is all that came, the values of the model's only input."""
        self.infer = infer
        self.binary = binary
        self.numeric = numeric
        self.raw = raw
        self.params = None
        self.more = infer.outputs is not None
        self.timeout_s = timeout_s(infer.parameters) if infer.parameters else None
        for one in infer.outputs or ():
            if one.parameters:
                _flag(one.parameters, "binary_data", default=False)
                refuse_other_forms(f"output {one.name!r}", one.parameters)

    def numbers(self, schema: Schema) -> Numbers | None:
        inputs = self.infer.inputs
        group = schema.matrix
        if not self.numeric or group is None or len(inputs) != 1:
            return None
        tensor = inputs[0]
        data, shape = tensor.data, tensor.shape
        if data is None or not shape or not schema.row_values:
            return None
        narrow = tensor.datatype == Kind.FP32 and group.kind is Kind.FP64
        fits = (
            (narrow or tensor.datatype == group.kind)
            and shape[1:] == schema.row_shape
            and shape[0] * schema.row_values == len(data)
            and (not schema.signature.tensors or schema.names[0] in {None, tensor.name})
            and not tensor.parameters
            and schema.holds(data)
        )
        if not fits:
            return None
        return Numbers(data, shape[0]) if not narrow else _narrow(data, shape[0])

    def table(self, schema: Schema) -> Table:
        if self.raw:
            return _only_input(self.binary, schema)
        numbers = self.numbers(schema)
        return table_of(self._arrays(), schema) if numbers is None else schema.joined([numbers])

    def in_bytes(self) -> bool:
        every = _flag(self.infer.parameters, "binary_data_output", default=False)
        wanted = self.infer.outputs or ()
        return all(_flag(one.parameters, "binary_data", default=every) for one in wanted) if wanted else every

    def bare(self) -> V2Call:
        return V2Call(msgspec.structs.replace(self.infer, inputs=[]), b"")

    def _arrays(self) -> dict[str, np.ndarray]:
        arrays: dict[str, np.ndarray] = {}
        at = 0
        for tensor in self.infer.inputs:
            kind = known_kind(tensor.datatype, tensor.name)
            shape = shaped(tensor.shape, tensor.name)
            if tensor.name in arrays:
                raise BadInput(f"input {tensor.name!r} is given twice")
            parameters = tensor.parameters or {}
            refuse_other_forms(f"input {tensor.name!r}", parameters)
            size = parameters.get("binary_data_size")
            if size is None:
                arrays[tensor.name] = _from_json(tensor, kind, shape)
                continue
            if tensor.data is not None:
                raise BadInput(f"input {tensor.name!r} has both data and binary_data_size; send one of them")
            if type(size) is not int or size < 0 or at + size > len(self.binary):
                raise BadInput(
                    f"input {tensor.name!r} says binary_data_size {size!r}; "
                    f"{len(self.binary) - at} bytes are left in the body"
                )
            arrays[tensor.name] = from_bytes(self.binary[at : at + size], kind, shape, tensor.name)
            at += size
        if at != len(self.binary):
            raise BadInput(f"{len(self.binary) - at} bytes follow the last input's data")
        return arrays

    def render(self, answer: Answer, served: Served) -> Response:
        return _render(self.infer, answer, served)

    def write(self, written: Written, start: int, stop: int, served: Served) -> Response | None:
        if self.more or self.infer.parameters:
            return None
        rows, width, texts = stop - start, written.width, written.texts
        if width is None:
            data = texts[start] if rows == 1 else b",".join(texts[start:stop])
            shape = b"%d" % rows
        else:
            data = b",".join([one[1:-1] for one in texts[start:stop]])
            shape = b"%d,%d" % (rows, width)
        head = served.v2_head
        if self.infer.id is not None:
            head += b',"id":' + _encode(self.infer.id)
        opening = _output_head(written.name, written.dtype)
        return Response(200, b'%b%b"shape":[%b],"data":[%b]}]}' % (head, opening, shape, data), headers=served.headers)

    def error(self, error: ModelwrightError) -> Response:
        return failure(error)


def table_of(arrays: dict[str, np.ndarray], schema: Schema) -> Table:
    """The table in named tensors: one per input of the signature, or a single matrix of all columns."""
    if schema.open and len(arrays) > 1:
        return schema.from_columns({name: _values(array) for name, array in arrays.items()})
    names = [column.said(i) for i, column in enumerate(schema.columns)]
    unnamed = schema.unnamed or not schema.signature.tensors
    if len(arrays) == 1 and unnamed and (schema.names == [None] or not arrays.keys() & set(names)):
        (only,) = arrays.values()
        return schema.from_matrix(only)
    unknown = sorted(arrays.keys() - set(names))
    asked = list(zip(names, schema.columns, strict=True))
    missing = [name for name, column in asked if name not in arrays and column.required]
    if unknown or missing:
        raise BadInput(f"inputs {unknown} are unknown and {missing} are missing; expected {sorted(names)}")
    rows = next(iter(arrays.values())).shape[0] if arrays else 0
    return schema.from_arrays(
        [arrays[name] if name in arrays else read(column, i, [None] * rows) for i, (name, column) in enumerate(asked)]
    )


def _values(array: np.ndarray) -> list[Any]:
    """A column of rows that nothing is known of; texts are texts."""
    found: list[Any] = plain(array.reshape(len(array)) if array.size == len(array) else array)
    return found


def _narrow(data: list[float], rows: int) -> Numbers | None:
    """What was sent as FP32 is the nearest such number, whatever its digits in JSON; None if one is too large."""
    values = array("f", data)
    return Numbers(values, rows) if not any(map(math.isinf, values)) else None


def _only_input(body: Body | memoryview, schema: Schema) -> Table:
    """The table in the values of a model's only input, whose name, type and shape the model itself says."""
    group = schema.groups[0]
    values, one_text = math.prod(group.dims), group.kind is Kind.BYTES
    known = min((1, *group.dims)) > 0 and not (one_text and values > 1)
    if len(schema.groups) > 1 or group.kind is Kind.JSON or not known:
        raise BadInput(
            "a body without JSON is the values of a model's only input, of a known size; "
            "say the names, types and shapes of this one's inputs in JSON"
        )
    if one_text:
        text = np.empty((1, *group.dims), dtype=object)
        text.fill(bytes(body))
        return schema.from_matrix(text)
    row_bytes = values * DTYPES[group.kind].itemsize
    if len(body) % row_bytes:
        raise BadInput(f"the body has {len(body)} bytes; each row of the model's input takes {row_bytes}")
    return schema.from_matrix(from_bytes(body, group.kind, (len(body) // row_bytes, *group.dims), "inputs"))


def failure(error: ModelwrightError) -> Response:
    return Response(error.status, msgspec.json.encode({"error": error.message}))


def timeout_s(parameters: dict[str, Any]) -> float | None:
    """Triton's unit is the microsecond; its 0 is no deadline. Refuses flags of another type, too, while it is early."""
    _flag(parameters, "binary_data_output", default=False)
    given = parameters.get("timeout")
    if given is None:
        return None
    if type(given) not in {int, float} or not 0 <= given < _LONGEST_US:
        raise BadInput(f"the parameter timeout is {given!r:.60}; expected microseconds, and 0 for none")
    return float(given) / 1e6 or None


def refuse_other_forms(tensor: str, parameters: Iterable[str]) -> None:
    """Raises BadInput for what is not answered in: left out in silence, numbers would be taken for classes, and what
    lay in shared memory before for the answer.
    """
    other = sorted(_OTHER_FORMS.intersection(parameters))
    if other:
        raise BadInput(f"{tensor} asks for {other[0]}, which is not served here; tensors are")


def _flag(parameters: dict[str, Any] | None, name: str, *, default: bool) -> bool:
    given = (parameters or {}).get(name)
    if given is None:
        return default
    if not isinstance(given, bool):
        raise BadInput(f"the parameter {name} is {given!r:.60}; expected true or false")
    return given


def _from_json(tensor: _Tensor[Any], kind: Kind, shape: tuple[int, ...]) -> np.ndarray:
    data = tensor.data
    if data is None:
        raise BadInput(f"input {tensor.name!r} has neither data nor binary_data_size")
    while isinstance(data, list) and data and isinstance(data[0], list):
        if any(not isinstance(one, list) for one in data):
            raise BadInput(f"input {tensor.name!r} is ragged; its shape is {list(shape)}")
        data = [leaf for one in data for leaf in one]
    if not isinstance(data, list) or len(data) != math.prod(shape):
        found = f"{len(data)} values" if isinstance(data, list) else repr(data)[:60]
        raise BadInput(f"input {tensor.name!r} has {found}; shape {list(shape)} needs {math.prod(shape)}")
    return read(Column(name=tensor.name, kind=kind, logical=_meant(tensor, kind)), 0, data).reshape(shape)


def _meant(tensor: _Tensor[Any], kind: Kind) -> Logical | None:
    """Texts are what they say, unless MLServer's `content_type` says that they are base64 of what is meant."""
    coded = kind is Kind.BYTES and (tensor.parameters or {}).get("content_type") == "base64"
    return Logical.BINARY if coded else None


@lru_cache(maxsize=1024)
def _output_head(name: str, dtype: np.dtype[np.generic]) -> bytes:
    return b',"outputs":[{"name":%b,"datatype":"%b",' % (_encode(name), kind_of(dtype).encode())


def _render(infer: _Infer[Any], answer: Answer, served: Served) -> Response:
    if not answer.arrays:
        # What is not made of rows travels as the one element of a BYTES tensor, in JSON.
        answer = Answer(("predict",), [np.array([msgspec.json.encode(answer.whole)], dtype=object)])
    all_binary = _flag(infer.parameters, "binary_data_output", default=False)
    # Each once, as in Triton: a small request would get a large answer as often as it named its output.
    wanted = {one.name: one for one in infer.outputs or [_Wanted(name) for name in answer.names]}.values()
    outputs, chunks = [], []
    for one in wanted:
        if one.name not in answer.names:
            raise BadInput(f"output {one.name!r} is unknown; the model gives {list(answer.names)}")
        array = answer.arrays[answer.names.index(one.name)]
        kind = Kind.BYTES if array.dtype == object else kind_of(array.dtype)
        output: dict[str, Any] = {"name": one.name, "datatype": kind.value, "shape": array.shape}
        if _flag(one.parameters, "binary_data", default=all_binary):
            raw = to_bytes(array, kind)
            output["parameters"] = {"binary_data_size": len(raw)}
            chunks.append(raw)
        else:
            output["data"] = _json_data(array, kind)
        outputs.append(output)
    body = served.v2_head + (b',"id":' + msgspec.json.encode(infer.id) if infer.id is not None else b"")
    body += b',"outputs":' + msgspec.json.encode(outputs) + b"}"
    if not chunks:
        return Response(200, body, headers=served.headers)
    length = (b"Inference-Header-Content-Length", str(len(body)).encode())
    return Response(200, body + b"".join(chunks), OCTETS, (*served.headers, length))


def _json_data(array: np.ndarray, kind: Kind) -> list[Any]:
    flat = array.reshape(-1)
    if kind is not Kind.BYTES:
        return flat.tolist()
    return [one if isinstance(one, str) else as_bytes(one).decode(errors="replace") for one in plain(flat)]


def metadata(name: str, versions: list[str], signature: Signature | None, outputs: tuple[Column, ...]) -> bytes:
    """The model metadata answer.

    Columns of one numeric kind are offered as the single matrix they may be sent as.
    """
    inputs: list[dict[str, Any]] = []
    if signature is not None:
        kinds = {column.kind for column in signature.inputs}
        if not signature.tensors and len(kinds) == 1 and not kinds & OBJECTS and len(signature.inputs) > 1:
            inputs = [{"name": "inputs", "datatype": kinds.pop().value, "shape": [-1, len(signature.inputs)]}]
        else:
            inputs = [_tensor_entry(column, column.said(i)) for i, column in enumerate(signature.inputs)]
    return msgspec.json.encode(
        {
            "name": name,
            "versions": versions,
            "platform": "modelwright",
            "inputs": inputs,
            "outputs": [_tensor_entry(column, column.name or f"output-{i}") for i, column in enumerate(outputs)],
        }
    )


def _tensor_entry(column: Column, name: str) -> dict[str, Any]:
    kind = Kind.BYTES if column.kind is Kind.JSON else column.kind
    return {"name": name, "datatype": kind.value, "shape": [-1, *column.dims]}
