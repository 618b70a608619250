"""What a route takes to answer a page of a list."""

from typing import Annotated

from litestar.params import QueryParameter

from modelwright.core import limits
from modelwright.core.pages import Page as Page

Limit = Annotated[int, QueryParameter(ge=1, le=limits.PAGE_API, description="The most items to answer.")]
PageToken = Annotated[str | None, QueryParameter(description="`next_page_token` of the answer to go on from.")]
