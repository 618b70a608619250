"""protobuf's reading of JSON, for what the fast decoder refuses.

Accepts what protobuf accepts on purpose: camelCase beside snake_case names, 64-bit integers and doubles as
strings, `"NaN"` and the infinities, enums by name or number, `null` for "not set". Refuses, in the words
that MLflow has for it, what protobuf takes by accident of Python (`true` as 1.0, `" 1"`, `"1_000"`), so
that nothing is stored that was not said.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, NoReturn, TypeVar

import msgspec
from msgspec import inspect

from modelwright.core.errors import BadInput
from modelwright.mlflow_api.wire.values import Request, WireEnum

_HINT = "See the API docs for more information about request parameters."
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_SHOWN_CHARACTERS = 100
_SHOWN_BITS = 64

R = TypeVar("R", bound=Request)

Convert = Callable[[Any, str], Any]
"""From a JSON value and the path of its field (for messages) to what the Struct holds."""


def missing(path: str) -> NoReturn:
    raise BadInput(f"Missing value for required parameter '{path}'. {_HINT}", parameter=path)


def invalid(value: Any, path: str, expected: str) -> NoReturn:
    message = f"Invalid value {_shown(value)} for parameter '{path}' supplied: expected {expected}. {_HINT}"
    raise BadInput(message, parameter=path)


def _shown(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return f"(an integer of {value.bit_length()} bits)"
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    except RecursionError:  # it was read by a decoder that goes deeper than this encoder
        return "(something nested too deeply to show)"
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


def _text(value: Any, path: str) -> str:
    return value if isinstance(value, str) else invalid(value, path, "a string")


def _given(value: Any, path: str) -> str:
    return _text(value, path) or missing(path)


def _boolean(value: Any, path: str) -> bool:
    return value if isinstance(value, bool) else invalid(value, path, "true or false")


def _boolean_in_query(value: Any, path: str) -> bool:
    lowered = _text(value, path).lower()
    if lowered not in {"true", "false"}:
        raise BadInput(f"Invalid boolean value: {value}, must be 'true' or 'false'.", parameter=path)
    return lowered == "true"


def _double(value: Any, path: str) -> float:
    if isinstance(value, float):
        return value
    if value == "":
        missing(path)
    if value == "NaN" or (isinstance(value, str) and _INFINITE.fullmatch(value)):
        return float(value)
    if (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and _DECIMAL.fullmatch(value)
    ):
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if abs(number) != float("inf"):
            return number
    return invalid(value, path, 'a double, "NaN", "Infinity" or "-Infinity"')


def _integer(kind: inspect.IntType) -> Convert:
    low, high = kind.ge, kind.le
    expected = "an integer" if low is None or high is None else f"an integer from {low} to {high}"

    def convert(value: Any, path: str) -> int:
        if value == "":
            missing(path)
        number = _whole(value)
        if number is None or (low is not None and number < low) or (high is not None and number > high):
            invalid(value, path, expected)
        return number

    return convert


def _whole(value: Any) -> int | None:
    """The integer that `value` says, in any of protobuf's spellings (`7`, `7.0`, `"7"`, `"7e0"`), or None."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        digits = value.lstrip("+-")
        if digits.isdecimal():
            return int(value) if len(digits) <= _SHOWN_CHARACTERS else None
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def _choice(kind: type[WireEnum]) -> Convert:
    by_number = {member.number: member for member in kind}
    expected = f"one of {', '.join(kind)}"

    def convert(value: Any, path: str) -> WireEnum:
        if isinstance(value, str) and value in kind.__members__:
            return kind.__members__[value]
        number = _whole(value)
        member = None if number is None else by_number.get(number)
        return member or invalid(value, path, expected)

    return convert


def _list(item: Convert) -> Convert:
    def convert(value: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            invalid(value, path, "a list")
        return tuple(item(element, f"{path}[{index}]") for index, element in enumerate(value))

    return convert


def _message(kind: type[Request]) -> Convert:
    def convert(value: Any, path: str) -> Request:
        if not isinstance(value, dict):
            invalid(value, path, "an object")
        read: Request = shape_of(kind).read(value, path + ".")
        return read

    return convert


def _converter(kind: inspect.Type) -> Convert:
    if isinstance(kind, inspect.UnionType):
        (only,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
        return _converter(only)
    if isinstance(kind, inspect.VarTupleType):
        return _list(_converter(kind.item_type))
    if isinstance(kind, inspect.StructType) and issubclass(kind.cls, Request):
        return _message(kind.cls)
    return _scalar(kind)


def _scalar(kind: inspect.Type) -> Convert:
    match kind:
        case inspect.StrType(min_length=shortest):
            return _given if shortest else _text
        case inspect.IntType():
            return _integer(kind)
        case inspect.FloatType():
            return _double
        case inspect.BoolType():
            return _boolean
        case inspect.EnumType(cls=cls) if issubclass(cls, WireEnum):
            return _choice(cls)
    raise TypeError(f"a request cannot have a field of {kind}")


class Field(msgspec.Struct, frozen=True):
    name: str
    camel: str
    convert: Convert
    convert_text: Convert
    required: bool
    repeated: bool


class Shape(Generic[R]):
    """How one request is read field by field, in the order its Struct declares them."""

    def __init__(self, kind: type[R]) -> None:
        info = inspect.type_info(kind)
        if not isinstance(info, inspect.StructType):
            raise TypeError(f"{kind} is not a Struct")
        self._kind = kind
        self.fields = tuple(_field(each) for each in info.fields)
        names = {each.name for each in self.fields}
        self._by_uuid = {"run_id", "run_uuid"} <= names

    def read(self, value: Mapping[str, Any], prefix: str = "") -> R:
        """Raises BadInput for anything that does not mean exactly one thing; ignores unknown names."""
        found: dict[str, Any] = {}
        for field in self.fields:
            said = value.get(field.name)
            if field.camel != field.name and field.camel in value:
                if field.name in value:
                    raise BadInput(
                        f"Request specifies both '{field.name}' and '{field.camel}'; provide only one of them.",
                        parameter=prefix + field.name,
                    )
                said = value[field.camel]
            if said is not None:
                found[field.name] = field.convert(said, prefix + field.name)
        return self._built(found, prefix)

    def read_query(self, pairs: list[tuple[str, str]]) -> R:
        """As `read`, from the pairs of a query string: snake_case names only, lists by repetition."""
        said: dict[str, list[str]] = {}
        for name, text in pairs:
            said.setdefault(name, []).append(text)
        found: dict[str, Any] = {}
        for field in self.fields:
            texts = said.get(field.name)
            if texts is None:
                continue
            if not field.repeated and len(texts) > 1:
                raise BadInput(
                    f"Parameter '{field.name}' is given {len(texts)} times; it takes one value.",
                    parameter=field.name,
                )
            found[field.name] = field.convert_text(texts if field.repeated else texts[0], field.name)
        return self._built(found, "")

    def _built(self, found: dict[str, Any], prefix: str) -> R:
        if self._by_uuid and "run_id" not in found and "run_uuid" in found:
            found["run_id"] = found["run_uuid"] or missing(prefix + "run_id")
        for field in self.fields:
            if field.required and field.name not in found:
                missing(prefix + field.name)
        return self._kind(**found)


_shapes: dict[type[Request], Shape[Any]] = {}


def shape_of(kind: type[R]) -> Shape[R]:
    """The one shape of `kind`."""
    if kind not in _shapes:
        _shapes[kind] = Shape(kind)
    return _shapes[kind]


def _field(field: inspect.Field) -> Field:
    convert = _converter(field.type)
    head, *rest = field.name.split("_")
    return Field(
        name=field.name,
        camel=head + "".join(part.capitalize() for part in rest),
        convert=convert,
        convert_text=_boolean_in_query if convert is _boolean else convert,
        required=field.required,
        repeated=isinstance(field.type, inspect.VarTupleType),
    )
