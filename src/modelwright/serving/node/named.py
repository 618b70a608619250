"""Our own protocol, `POST /deployments/{name}/predict`: named columns in, named outputs and their origin back."""

from __future__ import annotations

from typing import Any

import msgspec

from modelwright.core.errors import BadInput, ModelwrightError
from modelwright.serving.node.answers import Answer, plain
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.messages import Request, Response
from modelwright.serving.node.tables import Schema, Table
from modelwright.serving.node.v2 import decode_json


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """One of: `row` (an object), `rows` (a list of objects), `columns` (an object of equally long lists)."""

    row: dict[str, Any] | None = None
    rows: list[dict[str, Any]] | None = None
    columns: dict[str, list[Any]] | None = None
    params: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Ask)


def parse(request: Request) -> NamedCall:
    ask = decode_json(_decoder, request.body)
    if sum(one is not None for one in (ask.row, ask.rows, ask.columns)) != 1:
        raise BadInput("the body must have exactly one of row, rows and columns")
    return NamedCall(ask)


class NamedCall(Call):
    """A request for all outputs of named rows."""

    __slots__ = ("ask", "more", "params", "timeout_s")

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.more = True
        self.params = ask.params
        self.timeout_s = None

    def table(self, schema: Schema) -> Table:
        if self.ask.columns is not None:
            return schema.from_tensors(self.ask.columns) if schema.signature.tensors else _columns(self.ask, schema)
        records = self.ask.rows if self.ask.rows is not None else [self.ask.row or {}]
        if schema.signature.tensors:
            raise BadInput("the model takes tensors; send columns with one nested list per input")
        return schema.from_records(records)

    def bare(self) -> NamedCall:
        return NamedCall(Ask(params=self.ask.params))

    def render(self, answer: Answer, served: Served) -> Response:
        columns = [plain(array) for array in answer.arrays]
        rows: Any = [dict(zip(answer.names, row, strict=True)) for row in zip(*columns, strict=True)]
        body = {
            "prediction": served.prediction,
            "deployment": served.deployment,
            "version": served.version,
            "predictions": rows if answer.arrays else answer.whole,
        }
        return Response(200, msgspec.json.encode(body), headers=served.headers)

    def error(self, error: ModelwrightError) -> Response:
        return failure(error)


def _columns(ask: Ask, schema: Schema) -> Table:
    return schema.from_columns(ask.columns or {})


def failure(error: ModelwrightError) -> Response:
    body = {"code": error.code, "message": error.message, "facts": error.facts}
    return Response(error.status, msgspec.json.encode(body))
