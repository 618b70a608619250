"""Searching models and versions, page by page."""

from collections.abc import Sequence
from typing import Final

from modelwright.core import limits
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput
from modelwright.core.pages import fingerprint, page_token, position
from modelwright.core.search import Clause, Field, Operator, Term, Values, parse_filter, parse_order
from modelwright.registry.model.things import Model, Version
from modelwright.registry.search import MODELS, VERSIONS, asks_for_prompts, without_prompt_tag
from modelwright.registry.service.models import as_models, get_model
from modelwright.registry.store import search as store
from modelwright.registry.store.versions import as_versions

_NAME: Final = Field("attribute", "name", Values.TEXT)
_NUMBER: Final = Field("attribute", "version_number", Values.INTEGER)


def search_models(
    tx: ReadTx,
    *,
    words: str = "",
    filter_: str = "",
    order_by: Sequence[str] = (),
    limit: int = 100,
    token: str | None = None,
) -> tuple[list[Model], str | None]:
    """Models, by name unless `order_by` says otherwise, and a token when there are more.

    Their names hold each of the `words`, in any case and as they are written. MLflow's prompts are left out unless the
    filter asks for them. Raises BadInput for a filter, an order, a limit or a token that cannot be.
    """
    _check_limit(limit, limits.PAGE_MODELS)
    clauses, terms = parse_filter(MODELS, filter_), parse_order(MODELS, order_by)
    prompts = asks_for_prompts(clauses)
    query = fingerprint("models", words, filter_, list(order_by))
    page = store.search_models(
        tx,
        clauses if prompts else without_prompt_tag(clauses),
        terms,
        words=words.split(),
        prompts=prompts,
        after=position(token, query, store.model_levels(terms)) if token else None,
        limit=limit,
    )
    return as_models(tx, page.rows), None if page.more is None else page_token(query, page.more)


def search_versions(
    tx: ReadTx, *, filter_: str = "", order_by: Sequence[str] = (), limit: int = 100, token: str | None = None
) -> tuple[list[Version], str | None]:
    """As `search_models`; the last changed first unless `order_by` says otherwise."""
    _check_limit(limit, limits.PAGE_VERSIONS)
    clauses, terms = parse_filter(VERSIONS, filter_), parse_order(VERSIONS, order_by)
    prompts = asks_for_prompts(clauses)
    query = fingerprint("versions", filter_, list(order_by))
    page = store.search_versions(
        tx,
        clauses if prompts else without_prompt_tag(clauses),
        terms,
        prompts=prompts,
        after=position(token, query, store.version_levels(terms)) if token else None,
        limit=limit,
    )
    return as_versions(tx, page.rows), None if page.more is None else page_token(query, page.more)


def versions_of_model(
    tx: ReadTx, name: str, *, limit: int = 100, token: str | None = None
) -> tuple[list[Version], str | None, int]:
    """The model's versions, newest first, a token when there are more, and how many there are.

    Raises NotFound, and BadInput for a limit or a token that cannot be.
    """
    _check_limit(limit, limits.PAGE_VERSIONS)
    model = get_model(tx, name)
    query = fingerprint("versions_of_model", name)
    newest_first = [Term(_NUMBER, descending=True)]
    page = store.search_versions(
        tx,
        [Clause(_NAME, Operator.EQUAL, name, 0, 0)],
        newest_first,
        prompts=True,
        after=position(token, query, store.version_levels(newest_first)) if token else None,
        limit=limit,
    )
    more = None if page.more is None else page_token(query, page.more)
    return as_versions(tx, page.rows), more, model.version_count


def _check_limit(limit: int, most: int) -> None:
    if not 1 <= limit <= most:
        raise BadInput(
            f"Invalid value {limit} for parameter 'max_results' supplied: It must be at least 1 and at most {most}.",
            parameter="max_results",
            limit=most,
        )
