"""Searching runs, page by page."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from modelwright.core import limits
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput
from modelwright.core.pages import fingerprint, page_token, position
from modelwright.core.search import parse_filter, parse_order
from modelwright.tracking.search import RUNS
from modelwright.tracking.store.search import runs as store
from modelwright.tracking.store.search.run_query import RunQuery

VIEWS: Final = {"active": ("active",), "deleted": ("deleted",), "all": ("active", "deleted")}


class RunSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for: `filter_` and `order_by` in the language of runs, `view` one of `VIEWS`.

    Behind `order_by`, runs are ordered by start, latest first. An experiment that is not there has no runs.
    """

    experiments: tuple[int, ...]
    filter_: str = ""
    order_by: tuple[str, ...] = ()
    view: str = "active"


class FoundRuns(NamedTuple):
    """`runs` are (pk, revision), in order: what encoded copies are kept by. `token` is there when there are more."""

    runs: list[tuple[int, int]]
    token: str | None


def search_runs(tx: ReadTx, search: RunSearch, *, limit: int = 1000, token: str | None = None) -> FoundRuns:
    """A page of runs; runs that come or go meanwhile move no other run to another page.

    Raises BadInput for a limit or token that cannot be, and QueryError, which marks the place, for a filter or term.
    """
    if not 1 <= limit <= limits.PAGE_RUNS:
        raise BadInput(f"a page of {limit} runs; it has 1 to {limits.PAGE_RUNS}", limit=limit)
    query = query_of(search)
    mark = fingerprint("runs", *msgspec.structs.astuple(search))
    begin = position(token, mark, store.levels(query)) if token else None
    found = store.find(tx, query, limit=limit, position=begin)
    return FoundRuns(found.runs, None if found.position is None else page_token(mark, found.position))


def count_runs(tx: ReadTx, search: RunSearch) -> int:
    """How many runs the search finds in all. Raises as `search_runs` does."""
    return store.count(tx, query_of(search))


def query_of(search: RunSearch) -> RunQuery:
    """Raises QueryError, which marks the place, for a filter or term, and BadInput for a view."""
    return RunQuery(
        experiments=_experiments(search.experiments),
        clauses=parse_filter(RUNS, search.filter_),
        terms=parse_order(RUNS, search.order_by),
        lifecycles=lifecycles_of(search.view),
    )


def _experiments(ids: Sequence[int]) -> tuple[int, ...]:
    return tuple(one for one in ids if 0 <= one <= limits.INT64_MAX)


def lifecycles_of(view: str) -> tuple[str, ...]:
    """Raises BadInput for a view that is not one of `VIEWS`."""
    lifecycles = VIEWS.get(view)
    if lifecycles is None:
        raise BadInput(f"view {view!r}; there is {', '.join(VIEWS)}", view=view)
    return lifecycles
