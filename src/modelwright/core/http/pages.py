"""The shape of every list that `/api/v1` answers."""

from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from modelwright.core import limits

T = TypeVar("T")

Limit = Annotated[int, QueryParameter(ge=1, le=limits.PAGE_API, description="The most items to answer.")]
PageToken = Annotated[str | None, QueryParameter(description="`next_page_token` of the answer to go on from.")]


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of the items. `total` counts all that match, not those in `items`; None where counting is not offered."""

    items: list[T]
    total: int | None = None
    next_page_token: str | None = None
