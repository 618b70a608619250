"""`POST /deployments/{name}/versions/{number}/shares`: what an answer owes to each feature, read from inside the model.

Asked by the node's own server, with the rows as the ledger holds them: the explained one first, then the background. A
process with the original is started for it, and ends after it; what serves is not disturbed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from modelwright.core.errors import BadInput
from modelwright.serving.model import Route
from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.loading import Shares
from modelwright.serving.node.messages import Request, Response
from modelwright.serving.node.named import Ask
from modelwright.serving.node.off_record import check_key
from modelwright.serving.node.stored import StoredCall
from modelwright.serving.node.tables import Schema, Table, rows_of
from modelwright.serving.node.v2 import decode_json

Read = Callable[[Route, Table, str], Awaitable[Shares]]


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    columns: dict[str, list[Any]]
    output: str


_decoder = msgspec.json.Decoder(_Asked)


async def shares(endpoint: Endpoint, number: str, request: Request, read: Read) -> Response:
    """Raises Denied without the key, and BadInput where the model cannot be read so."""
    check_key(request.headers)
    asked = decode_json(_decoder, request.body)
    route = endpoint.of_version(number)
    table = StoredCall(Ask(columns=asked.columns)).table(route.schema)
    if rows_of(table) < 2:  # noqa: PLR2004  # the row and one to hold it against
        raise BadInput("give the explained row and at least one background row")
    names = _features(route.schema)
    found = await read(route.route, table, asked.output)
    if len(found.values) != len(names):
        raise BadInput(f"the model has {len(found.values)} columns, the signature {len(names)}")
    said = {
        "method": found.method,
        "base": found.base,
        "answer": found.answer,
        "values": dict(zip(names, found.values, strict=True)),
    }
    return Response(200, msgspec.json.encode(said))


def _features(schema: Schema) -> list[str]:
    """The columns of the matrix, as the ledger's features are called. Raises BadInput where they are none."""
    if not schema.numeric:
        raise BadInput("it takes columns that are no numbers")
    if not schema.signature.tensors:
        return [column.said(place) for place, column in enumerate(schema.columns)]
    column = schema.columns[0]
    if len(schema.columns) > 1 or len(column.dims) != 1 or column.dims[0] < 1:
        raise BadInput("it takes tensors of another shape than rows")
    return [f"{column.name or 'input-0'}[{place}]" for place in range(column.dims[0])]
