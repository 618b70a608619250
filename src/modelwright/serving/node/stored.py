"""`POST /deployments/{name}/versions/{number}/rehearse`: rows as the ledger holds them, asked of one version again."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from modelwright.core.errors import BadInput
from modelwright.serving.node.messages import Request
from modelwright.serving.node.named import Ask, NamedCall
from modelwright.serving.node.signature import Column, Kind
from modelwright.serving.node.tables import OpenSchema, Schema, Table, read
from modelwright.serving.node.v2 import decode_json


class _Stored(msgspec.Struct, forbid_unknown_fields=True):
    columns: dict[str, list[Any]]


_decoder = msgspec.json.Decoder(_Stored)


def parse(request: Request) -> StoredCall:
    return StoredCall(Ask(columns=decode_json(_decoder, request.body).columns))


class StoredCall(NamedCall):
    """Columns by the ledger's names: an unnamed one is `input-<place>`, a tensor's row one flat list, objects JSON."""

    __slots__ = ()

    def table(self, schema: Schema) -> Table:
        columns = self.ask.columns or {}
        if isinstance(schema, OpenSchema):
            return schema.from_records([_decoded(one) for one in columns.get("input", [])])
        rows = max((len(values) for values in columns.values()), default=0)
        arrays = []
        for index, column in enumerate(schema.columns):
            name = column.said(index)
            if name not in columns and column.required:
                raise BadInput(f"column {name!r} is missing; the row has {sorted(columns)[:20]}", column=name)
            values = columns.get(name, [None] * rows)
            if column.kind is Kind.JSON:
                values = [_decoded(one) for one in values]
            arrays.append(_tensor(column, index, values) if schema.signature.tensors else read(column, index, values))
        return schema.from_arrays(arrays)


def _tensor(column: Column, index: int, values: list[Any]) -> np.ndarray:
    flat = read(column, index, _leaves(values))
    try:
        return flat.reshape(len(values), *column.dims)
    except ValueError:
        dims = [-1, *column.dims]
        raise BadInput(f"input {column.name!r} has {flat.size} values in {len(values)} rows; expected {dims}") from None


def _leaves(values: list[Any]) -> list[Any]:
    return [leaf for one in values for leaf in (_leaves(one) if isinstance(one, list) else [one])]


def _decoded(value: Any) -> Any:
    """An object as it was sent; the ledger writes what is neither number nor text as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value
