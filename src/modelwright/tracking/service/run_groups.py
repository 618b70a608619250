"""Runs by what they have in common: how many have each value of a param, a tag or a state, and how they did."""

from typing import Final

import msgspec

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput
from modelwright.core.search import Field, parse_order
from modelwright.tracking.search import RUNS
from modelwright.tracking.service.run_search import RunSearch, query_of
from modelwright.tracking.store.search import runs as store
from modelwright.tracking.store.search.run_query import NAME_FIELD

_ATTRIBUTES: Final = ("status", "user_id", "run_name")


class GroupedMetric(msgspec.Struct, frozen=True, kw_only=True):
    """The latest values of a metric on the `runs` of a group that have one which is a number."""

    key: str
    runs: int
    min: float
    max: float
    mean: float


class RunGroup(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is null for the runs that have none."""

    value: str | None
    runs: int
    metrics: list[GroupedMetric]


class RunGroups(msgspec.Struct, frozen=True, kw_only=True):
    """The largest groups first. `total` counts all groups and `runs` all runs, whatever `items` holds."""

    items: list[RunGroup]
    total: int
    runs: int


def groups(tx: ReadTx, wanted: RunSearch, by: str, *, metrics: list[str], limit: int) -> RunGroups:
    """The runs that a search in one experiment finds, by `by` in the language of filters, such as `params.model`.

    Raises QueryError for a filter or `by` that the language does not have, and BadInput for what has no few values.
    """
    found = store.group(tx, query_of(wanted), _field(by), metrics=metrics, limit=limit)
    items = [
        RunGroup(
            value=one.value,
            runs=one.runs,
            metrics=[
                GroupedMetric(key=key, runs=runs, min=least, max=greatest, mean=mean)
                for key, runs, least, greatest, mean in one.metrics
            ],
        )
        for one in found.groups
    ]
    return RunGroups(items=items, total=found.total, runs=found.runs)


def _field(by: str) -> Field:
    (term,) = parse_order(RUNS, [by])
    field = term.field
    if field.domain in {"param", "tag"}:
        return field
    if field.domain == "attribute" and field.key in _ATTRIBUTES:
        return NAME_FIELD if field.key == "run_name" else field
    raise BadInput(f"runs cannot be grouped by {by}; a param, a tag, {', '.join(_ATTRIBUTES)} can be", by=by)
