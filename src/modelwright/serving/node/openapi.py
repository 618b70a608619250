"""The OpenAPI document of one deployment, made from its signature."""

from __future__ import annotations

from typing import Any

import msgspec

from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.signature import FLOATS, INTEGERS, OBJECTS, Column, Kind, Logical

_ERROR = {
    "type": "object",
    "required": ["code", "message", "facts"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "facts": {"type": "object"}},
}
_LIST = {"type": "array", "minItems": 1}
# From these on a number is infinite in the column's type, and refused.
_BEYOND = {Kind.FP16: 65520.0, Kind.FP32: 3.4028235677973366e38}
_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_FAULTS = {
    "400": "The rows do not fit the signature; the message names column, row and what was expected.",
    "413": "The body is larger than the limit.",
    "429": "The model's queue is full.",
    "503": "The model is not loaded now.",
    "504": "No answer in time.",
}


def document(endpoint: Endpoint) -> bytes:
    """OpenAPI 3.1 as JSON bytes."""
    first = endpoint.first
    # Without a signature, rows may have any names.
    inputs, outputs = () if first.schema.open else first.schema.columns, first.runner.outputs
    tensors = first.schema.signature.tensors
    row = _object(inputs, {one.said(i): _value(one) for i, one in enumerate(inputs)})
    answer = _object(outputs, {one.name or f"output-{i}": _answered(one) for i, one in enumerate(outputs)})
    columns = {one.said(i): {"type": "array", "items": _value(one), "minItems": 1} for i, one in enumerate(inputs)}
    forms = [
        _form("row", row),
        _form("rows", {"type": "array", "items": row, "minItems": 1}),
        _form("columns", {**_object(inputs, columns), "additionalProperties": {"type": "array"}}),
    ]
    if first.schema.open:
        # Only from their names is it known that there are rows.
        forms[2] = _form("columns", {"type": "object", "minProperties": 1, "additionalProperties": _LIST})
    name = endpoint.name
    prediction = {
        "type": "object",
        "required": ["prediction", "deployment", "version", "predictions"],
        "properties": {
            "prediction": {"type": "string"},
            "deployment": {"type": "string"},
            "version": {"type": "string"},
            # A model that sees each request whole may answer with something that is not one entry per row.
            "predictions": {"type": "array", "items": answer} if first.runner.mixes else {},
        },
    }
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": f"Deployment {name}", "version": first.version},
            "paths": {
                f"/deployments/{name}/predict": {
                    "post": _operation("predict", {"oneOf": forms[2:] if tensors else forms}, prediction)
                }
            },
        }
    )


def _operation(identity: str, asked: dict[str, Any], answered: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": identity,
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {
            "200": {"description": "One answer per row, in order.", "content": _json(answered)},
            **{code: {"description": said, "content": _json(_ERROR)} for code, said in _FAULTS.items()},
        },
    }


def _form(name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One of the ways to ask: nothing beside it but the parameters of the model."""
    params = {"type": ["object", "null"]}
    return {
        "type": "object",
        "required": [name],
        "properties": {name: asked, "params": params},
        "additionalProperties": False,
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _object(columns: tuple[Column, ...], properties: dict[str, Any]) -> dict[str, Any]:
    needed = [name for column, name in zip(columns, properties, strict=True) if column.required]
    return {"type": "object", "required": needed, "properties": properties}


def _value(column: Column) -> dict[str, Any]:
    return _nested(column, _scalar(column))


def _answered(column: Column) -> dict[str, Any]:
    """As `_value`, for what a model gives: of objects nothing is known, and numbers have no bounds."""
    if column.kind in OBJECTS:
        return _nested(column, {})
    return _nested(column, {"type": _scalar(column)["type"]})


def _nested(column: Column, schema: dict[str, Any]) -> dict[str, Any]:
    for length in reversed(column.dims):
        schema = {"type": "array", "items": schema}
        if length >= 0:
            schema |= {"minItems": length, "maxItems": length}
    return schema


def _scalar(column: Column) -> dict[str, Any]:
    schema = _present(column)
    # What `tables.read` takes for missing; of numbers it does so in every column.
    missing = column.kind in FLOATS or not column.required or column.logical is Logical.STRING
    return {**schema, "type": [schema["type"], "null"]} if missing and "type" in schema else schema


def _present(column: Column) -> dict[str, Any]:
    if column.kind in FLOATS:
        beyond = _BEYOND.get(column.kind)
        bounds = {} if beyond is None else {"exclusiveMinimum": -beyond, "exclusiveMaximum": beyond}
        return {"type": "number", **bounds}
    if column.kind in INTEGERS:
        bits = int(column.kind.value.lstrip("UINT"))
        low, high = (0, 2**bits - 1) if column.kind.startswith("U") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return {"type": "integer", "minimum": low, "maximum": high}
    if column.kind is Kind.BOOL:
        return {"type": "boolean"}
    if column.kind is Kind.JSON:
        return {}
    formats = {
        Logical.DATETIME: {"format": "date-time"},
        Logical.BINARY: {"contentEncoding": "base64", "pattern": _BASE64},
    }
    return {"type": "string", **(formats.get(column.logical, {}) if column.logical else {})}
