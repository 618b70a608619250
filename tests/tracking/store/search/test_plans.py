"""SQLite reads along the indexes that a search is written for, whatever it knows about the data."""

import functools
import re

import pytest
from sqlalchemy import text

from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import parse_filter, parse_order
from modelwright.tracking.search import RUNS
from modelwright.tracking.store.search import planning, run_sql
from modelwright.tracking.store.search.run_conditions import is_set
from modelwright.tracking.store.search.run_query import RunQuery
from modelwright.tracking.store.search.run_sql import Phase, Shape
from modelwright.tracking.store.search.shapes import How
from tests.tracking.store.search.populating import populate

QUERY = "metrics.a > 1 AND params.b = 'x' AND tags.c != 'y'"


def shape(filter_: str, order: list[str], phase: Phase | None, how: How | None = None) -> Shape:
    query = RunQuery(experiments=(1,), clauses=parse_filter(RUNS, filter_), terms=parse_order(RUNS, order))
    clauses = planning.as_they_come(query.clauses)
    if how is How.DRIVE:
        clauses = (clauses[0]._replace(how=how), *clauses[1:])
    elif how is not None:
        clauses = tuple(one._replace(how=how) if is_set(one) else one for one in clauses)
    return Shape(clauses, query.term_shapes, phase)


def plan(tx: ReadTx, statement: Sql) -> list[str]:
    """Each table that SQLite opens, in the order of its loops, and how."""
    compiled = statement.on("sqlite")
    question = Sql(text("EXPLAIN QUERY PLAN " + re.sub(r"\?", "NULL", compiled.text)))
    return [row[3] for row in tx.all(question)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (shape("", [], None), "SEARCH runs USING INDEX ix_runs_order (experiment_id=? AND lifecycle=?)"),
        (shape(QUERY, [], None, How.MEMBER), "SEARCH runs USING INDEX ix_runs_order (experiment_id=? AND lifecycle=?)"),
        (
            shape(QUERY, ["metrics.z DESC"], Phase.VALUES),
            "SEARCH ordered USING COVERING INDEX ix_series_search (experiment_id=? AND key=? AND last_is_nan=?)",
        ),
        (
            shape(QUERY, ["metrics.z"], Phase.VALUES, How.MEMBER),
            "SEARCH ordered USING COVERING INDEX ix_series_search (experiment_id=? AND key=? AND last_is_nan=?)",
        ),
        (
            shape(QUERY, ["params.z", "metrics.y"], Phase.VALUES, How.MEMBER),
            "SEARCH ordered USING COVERING INDEX ix_params_search (experiment_id=? AND key=?)",
        ),
        (
            shape("params.b = 'x' AND metrics.a > 1", ["metrics.z"], None, How.DRIVE),
            "SEARCH driving USING COVERING INDEX ix_params_search (experiment_id=? AND key=? AND value=?)",
        ),
        (shape("run_id IN ('a')", ["metrics.z"], None), "SEARCH runs USING INDEX sqlite_autoindex_runs_1 (id=?)"),
    ],
)
def test_the_first_loop_is_the_one_meant(
    db: Database,
    asked: Shape,
    first: str,
    analyzed: bool,  # noqa: FBT001 - a column of a table
) -> None:
    """The statement begins where it is written to begin, also when SQLite has statistics, and scans no table."""
    populate(db, [])
    if analyzed:
        db.write_now(lambda tx: tx.run(Sql(text("ANALYZE"))))

    steps = db.read_now(functools.partial(plan, statement=run_sql.page(asked)))

    assert first == steps[0]
    assert [] == [step for step in steps if step.startswith("SCAN") and "json_each" not in step]
