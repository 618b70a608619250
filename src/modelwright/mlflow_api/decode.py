"""From the bytes of a request to its Struct, at two speeds.

Fast: one typed decode, enough for all that MLflow's Python client sends. Whatever it refuses is read again
by protobuf's rules (`lenient`), which either give the same Struct or say what is wrong with the request.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec

from modelwright.core.errors import BadInput
from modelwright.core.nesting import check_nesting
from modelwright.mlflow_api.lenient import shape_of
from modelwright.mlflow_api.wire.values import Request

R = TypeVar("R", bound=Request)

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_WITH_BODY = frozenset({"POST", "PUT"})
_NAMES = {dict: "object", list: "array", bool: "boolean", int: "number", float: "number"}


class Decoder(Generic[R]):
    """Reads requests of one kind. Every method raises BadInput, and nothing else, for what it cannot read."""

    def __init__(self, kind: type[R]) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        self._shape = shape_of(kind)

    def body(self, content: bytes) -> R:
        try:
            return self._decode(content)
        except _UNREADABLE:
            return self._shape.read(json_object(content))

    def query(self, query: bytes) -> R:
        return self._shape.read_query(pairs(query))

    def body_and_path(self, content: bytes, path: Mapping[str, str]) -> R:
        """As `body`, where the path gives some fields; the body may repeat them, not contradict them."""
        said = json_object(content)
        for name, value in path.items():
            if said.setdefault(name, value) != value:
                raise BadInput(f"The path says {name} '{value}', the body says {name} '{said[name]}'.", parameter=name)
        return self._shape.read(said)

    def query_and_path(self, query: bytes, path: Mapping[str, str]) -> R:
        said = [(name, value) for name, value in pairs(query) if name not in path]
        return self._shape.read_query([*path.items(), *said])


def check_content_type(method: str, content_type: str | None) -> None:
    """Refuses what MLflow refuses: a POST or PUT that is not declared to be JSON."""
    if method not in _WITH_BODY:
        return
    if content_type is None:
        raise BadInput("Bad Request. Content-Type header is missing.")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise BadInput("Bad Request. Content-Type must be one of ['application/json'].")


def json_object(content: bytes) -> dict[str, Any]:
    """The object in a body; no body is an empty one. Old clients encode twice: a string of JSON is opened."""
    if not content.strip():
        return {}
    value = _json(content)
    if isinstance(value, str):
        value = _json(value)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadInput(f"The request body must be a JSON object, not a JSON {_NAMES.get(type(value), 'string')}.")
    return value


def pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadInput("The query string is not percent-encoded UTF-8.") from None


def _json(content: bytes | str) -> Any:
    try:
        value = msgspec.json.decode(content)
    except RecursionError:
        raise BadInput("The request body is nested too deeply.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"The request body is not JSON in UTF-8: {error}") from None
    check_nesting(value)
    return value
