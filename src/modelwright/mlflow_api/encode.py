"""From an answer's Struct to bytes, as MLflow writes protobuf: 64-bit integers are JSON numbers."""

import math

import msgspec

from modelwright.mlflow_api.wire.values import Number, Response

_encode = msgspec.json.Encoder().encode

EMPTY = b"{}"


def encode(answer: Response) -> bytes:
    return _encode(answer)


def number(value: float) -> Number:
    """`value` as it goes into an answer; JSON itself knows neither NaN nor the infinities."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
