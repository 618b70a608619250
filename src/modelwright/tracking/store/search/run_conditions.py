"""One clause about runs in SQL: as a set of runs, and as a question about one run.

Parameters of clause n: key<n> (its param, metric or tag) and value<n> (what `core.db.clauses.argument` gives).
"""

from typing import Any, Final

from sqlalchemy import Select, Table, Text, and_, bindparam, cast, exists, func, literal_column, or_, select
from sqlalchemy.sql import ColumnElement, FromClause

from modelwright.core.db.clauses import OnlyPostgres, Steadfast, compare
from modelwright.core.search import Operator
from modelwright.tracking.store.search.shapes import ClauseShape
from modelwright.tracking.store.tables import (
    SEARCHED_CHARS,
    datasets,
    params,
    run_dataset_tags,
    run_datasets,
    runs,
    series,
    tags,
)

CLOSED: Final = frozenset({"attribute", "dataset"})
"""The domains whose names are columns of ours."""

CONTEXT_TAG: Final = "mlflow.data.context"

ATTRIBUTES: Final[dict[str, ColumnElement[Any]]] = {
    "run_id": runs.c.id,
    "run_name": runs.c.name,
    "status": runs.c.status,
    "user_id": runs.c.user_id,
    "artifact_uri": runs.c.artifact_uri,
    "start_time": runs.c.start_ms,
    "end_time": runs.c.end_ms,
}
KEYED: Final[dict[str, Table]] = {"metric": series, "param": params, "tag": tags}
_HEAD: Final[tuple[ColumnElement[Any], ...]] = (
    literal_column("1"),
    literal_column(str(SEARCHED_CHARS)),
)  # as PostgreSQL's index says it
_PRESENCE: Final = {Operator.IS_NULL, Operator.IS_NOT_NULL}


def key_is(table: FromClause, name: str) -> ColumnElement[bool]:
    is_key: ColumnElement[bool] = table.c.key == bindparam(name, type_=Text())
    return is_key


def here(table: FromClause) -> ColumnElement[bool]:
    is_here: ColumnElement[bool] = table.c.experiment_id == bindparam("experiment")
    return is_here


def is_set(clause: ClauseShape) -> bool:
    """Whether an index gives all runs that satisfy the clause."""
    return clause.domain != "attribute" or clause.name == "status"


def value_is(table: FromClause, clause: ClauseShape, number: int) -> ColumnElement[bool]:
    """The clause, asked of a row of `series`, `params` or `tags` that has its key."""
    name = f"value{number}"
    if clause.domain == "metric":
        compared = compare(table.c.last_value, clause.operator, name)
        if clause.operator is Operator.UNEQUAL:
            return or_(table.c.last_is_nan == literal_column("1"), compared)
        return and_(table.c.last_is_nan == literal_column("0"), compared)
    compared = compare(table.c.value, clause.operator, name)
    if clause.operator is Operator.EQUAL:
        asked = cast(bindparam(name, type_=Text()), Text)
        return and_(OnlyPostgres(func.substr(table.c.value, *_HEAD) == func.substr(asked, *_HEAD)), compared)
    return compared


def satisfying(clause: ClauseShape, number: int) -> Select[Any]:
    """The pk of each run here that satisfies the clause, which `is_set`; of IS NULL, of each that does not."""
    if clause.domain == "dataset":
        return _with_dataset(clause, number).where(here(datasets))
    if clause.domain == "attribute":
        return _with_status(clause, number)
    table = KEYED[clause.domain].alias(f"f{number}")
    query = select(table.c.run_pk).where(here(table), key_is(table, f"key{number}"))
    if clause.operator not in _PRESENCE:
        query = query.where(value_is(table, clause, number))
    return along_index(query, table, clause.domain)


def along_index(query: Select[Any], table: FromClause, domain: str) -> Select[Any]:
    """Make SQLite read `table` along its search index, which holds all that is asked of it."""
    return query.with_hint(table, f"INDEXED BY ix_{KEYED[domain].name}_search", "sqlite")


def is_member(clause: ClauseShape, number: int, run_pk: ColumnElement[Any]) -> ColumnElement[bool]:
    """The clause, by looking the run up among all that satisfy it, which SQLite collects once."""
    among = Steadfast(run_pk).in_(satisfying(clause, number))
    return ~among if clause.operator is Operator.IS_NULL else among


def is_true(clause: ClauseShape, number: int, run_pk: ColumnElement[Any]) -> ColumnElement[bool]:
    """The clause, by looking at what this run has."""
    if clause.domain == "dataset":
        return _with_dataset(clause, number).where(run_datasets.c.run_pk == run_pk).correlate(_table(run_pk)).exists()
    table = KEYED[clause.domain].alias(f"p{number}")
    query: Select[Any] = select(literal_column("1")).select_from(table)
    # PostgreSQL may turn the question round and begin here; then the experiment is what its search index begins with.
    query = query.where(OnlyPostgres(here(table)), table.c.run_pk == run_pk, key_is(table, f"key{number}"))
    query = query.correlate(_table(run_pk))
    if clause.operator not in _PRESENCE:
        query = query.where(value_is(table, clause, number))
    return ~exists(query) if clause.operator is Operator.IS_NULL else exists(query)


def _with_status(clause: ClauseShape, number: int) -> Select[Any]:
    table = runs.alias(f"f{number}")
    query = select(table.c.pk).where(here(table), table.c.lifecycle == bindparam("lifecycle", type_=Text()))
    query = query.where(compare(table.c.status, clause.operator, f"value{number}"))
    return query.with_hint(table, "INDEXED BY ix_runs_status", "sqlite")


def _with_dataset(clause: ClauseShape, number: int) -> Select[Any]:
    joined: FromClause = run_datasets.join(datasets, datasets.c.pk == run_datasets.c.dataset_pk)
    if clause.name != "context":
        asked = compare(datasets.c[clause.name], clause.operator, f"value{number}")
        return select(run_datasets.c.run_pk).select_from(joined).where(asked)
    same = and_(
        run_dataset_tags.c.run_pk == run_datasets.c.run_pk,
        run_dataset_tags.c.dataset_pk == run_datasets.c.dataset_pk,
        run_dataset_tags.c.key == literal_column(f"'{CONTEXT_TAG}'"),
    )
    asked = compare(run_dataset_tags.c.value, clause.operator, f"value{number}")
    return select(run_datasets.c.run_pk).select_from(joined.join(run_dataset_tags, same)).where(asked)


def _table(column: ColumnElement[Any]) -> Any:
    return column.table
