"""Scalars of the MLflow protocol, and what all its requests and all its answers share.

MLflow's schema is protobuf (proto2), so "not set" and "set to empty" differ on the wire. Here `None` (for
a list: an empty tuple) means not set, and is left out of what we send. A request is named like MLflow's
message, its answer `<request>Response`.
"""

import enum
from typing import Annotated, Literal, Self

from msgspec import Meta, Struct

Given = Annotated[str, Meta(min_length=1)]
"""A string that must be there: MLflow calls an absent one and an empty one "missing"."""

INT64 = (-(2**63), 2**63 - 1)
INT32 = (-(2**31), 2**31 - 1)
Int64 = Annotated[int, Meta(ge=INT64[0], le=INT64[1])]
Int32 = Annotated[int, Meta(ge=INT32[0], le=INT32[1])]

Number = float | Literal["NaN", "Infinity", "-Infinity"]
"""A double that we send. JSON has no NaN; protobuf writes it, and the infinities, as strings."""


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a client sends. An unknown field sends the decoder down its lenient path, which ignores it."""


class Response(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What we send; whatever is not set is left out."""


class Empty(Response, frozen=True, kw_only=True):
    """The answer `{}`."""


class WireEnum(enum.StrEnum):
    """A protobuf enum: written by name, readable by name or by number."""

    number: int

    def __new__(cls, name: str, number: int) -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.number = number
        return member


class ViewType(WireEnum):
    ACTIVE_ONLY = "ACTIVE_ONLY", 1
    DELETED_ONLY = "DELETED_ONLY", 2
    ALL = "ALL", 3


class NewTag(Request, frozen=True, kw_only=True):
    """A tag as a client sets it, on whatever carries tags."""

    key: Given
    value: str = ""


class Tag(Response, frozen=True, kw_only=True):
    key: str
    value: str


class NewParam(Request, frozen=True, kw_only=True):
    """A param as a client logs it, on a run or a logged model."""

    key: Given
    value: str = ""


class Param(Response, frozen=True, kw_only=True):
    key: str
    value: str


class NewMetric(Request, frozen=True, kw_only=True):
    """One point of a series as a client logs it. `timestamp` in ms since 1970."""

    key: Given
    value: float
    timestamp: Int64
    step: Int64 = 0
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None


class Metric(Response, frozen=True, kw_only=True):
    key: str
    value: Number
    timestamp: int
    step: int
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None
