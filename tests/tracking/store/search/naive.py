"""What a search means, said as plainly as possible: look at every run, keep those that fit, sort them."""

import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from modelwright.core.search import Clause, Operator, Term

NOTHING = object()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a search sees it. `datasets` are (name, digest, context or None)."""

    pk: int
    id: str
    experiment: int
    name: str
    status: str
    user_id: str
    lifecycle: str
    start_time: int
    end_time: int | None
    artifact_uri: str
    metrics: Mapping[str, float] = {}
    params: Mapping[str, str] = {}
    tags: Mapping[str, str] = {}
    datasets: Sequence[tuple[str, str, str | None]] = ()


def search(
    runs: Iterable[Run],
    *,
    experiments: Iterable[int],
    lifecycles: Iterable[str],
    clauses: Iterable[Clause],
    terms: Sequence[Term],
) -> list[Run]:
    """The runs that the query finds, in its order."""
    fitting = [
        run
        for run in runs
        if run.experiment in experiments
        and run.lifecycle in lifecycles
        and all(fits(clause, values_of(run, clause)) for clause in clauses)
    ]

    def order(a: Run, b: Run) -> int:
        return compare(a, b, terms)

    return sorted(fitting, key=functools.cmp_to_key(order))


def values_of(run: Run, clause: Clause) -> list[Any]:
    """What the clause's field can be for this run: one value, several for datasets, none if it is not there."""
    if clause.field.domain == "dataset":
        place = ("name", "digest", "context").index(clause.field.key)
        return [dataset[place] for dataset in run.datasets if dataset[place] is not None]
    value = value_of(run, clause.field.domain, clause.field.key)
    return [] if value is NOTHING else [value]


def value_of(run: Run, domain: str, key: str) -> Any:
    if domain == "attribute":
        names = {"run_id": "id", "run_name": "name"}
        value = getattr(run, names.get(key, key))
        return NOTHING if value is None else value
    kept: Mapping[str, Any] = {"metric": run.metrics, "param": run.params, "tag": run.tags}[domain]
    return kept.get(key, NOTHING)


def fits(clause: Clause, values: list[Any]) -> bool:
    if clause.operator is Operator.IS_NULL:
        return not values
    if clause.operator is Operator.IS_NOT_NULL:
        return bool(values)
    return any(_OPERATORS[clause.operator](value, clause.literal) for value in values)


def lower(text: str) -> str:
    """Small letters; the small sigma at the end of a word is the same letter as the other one."""
    return "".join(character.lower() for character in text).replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "σ")


def like(value: str, pattern: str) -> bool:
    pieces = {"%": ".*", "_": "."}
    expression = "".join(pieces.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


_OPERATORS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: lambda value, literal: value == literal,
    Operator.UNEQUAL: lambda value, literal: value != literal,
    Operator.LESS: lambda value, literal: value < literal,
    Operator.AT_MOST: lambda value, literal: value <= literal,
    Operator.GREATER: lambda value, literal: value > literal,
    Operator.AT_LEAST: lambda value, literal: value >= literal,
    Operator.IN: lambda value, literal: value in literal,
    Operator.NOT_IN: lambda value, literal: value not in literal,
    Operator.LIKE: like,
    Operator.ILIKE: lambda value, literal: like(lower(value), lower(literal)),
}


def compare(a: Run, b: Run, terms: Sequence[Term]) -> int:
    """Less than 0 if `a` comes before `b`."""
    for term in terms:
        order = compare_by(a, b, term)
        if order:
            return order
    if a.start_time != b.start_time and not any(term.field.key == "start_time" for term in terms):
        return -1 if a.start_time > b.start_time else 1
    return -1 if a.id < b.id else 1


def compare_by(a: Run, b: Run, term: Term) -> int:
    x, y = (value_of(run, term.field.domain, term.field.key) for run in (a, b))
    if rank(x) != rank(y):
        return rank(x) - rank(y)
    if rank(x) or x == y:
        return 0
    return -1 if (x > y) == term.descending else 1


def rank(value: Any) -> int:
    """Values come first, then NaN, then nothing, whichever the direction."""
    if value is NOTHING:
        return 2
    return int(isinstance(value, float) and math.isnan(value))
