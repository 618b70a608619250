"""The statements that search runs.

An order by a metric, param or tag has up to three phases: runs that have a value, those whose value is NaN, and those
that have none. The first two are read along the search index of the key, already in order, and each phase stops when
the page is full. So a page costs what is skipped on the way to it, not what the experiment holds. If a clause leaves
few runs, beginning with those and sorting them is cheaper: then there is one phase, the whole.
"""

import enum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Double,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.sql import ColumnElement, FromClause

from modelwright.core.db.clauses import ByCodePoint, Steadfast, compare
from modelwright.core.db.keyset import Key, after, order_by
from modelwright.core.db.sql import Sql
from modelwright.tracking.store.search.run_conditions import (
    ATTRIBUTES,
    KEYED,
    along_index,
    here,
    is_member,
    is_true,
    key_is,
    satisfying,
    value_is,
)
from modelwright.tracking.store.search.shapes import ClauseShape, How, TermShape
from modelwright.tracking.store.tables import runs, series

_ZERO: Final = cast(literal_column("0"), Double)


class Phase(enum.IntEnum):
    """Also the rank of a run under a term: values come first, then NaN, then nothing, in both directions."""

    VALUES = 0
    NAN = 1
    MISSING = 2


class Side(enum.Enum):
    """The part of an order before parameter `bound`, a value of its first key, or the part from it on."""

    BEFORE = "before"
    FROM = "from"


class Shape(NamedTuple):
    clauses: tuple[ClauseShape, ...]
    terms: tuple[TermShape, ...]
    phase: Phase | None = None
    resumed: bool = False
    side: Side | None = None

    @property
    def along(self) -> str:
        """The domain whose index gives the order; empty when the rows are sorted."""
        return self.terms[0].domain if self.phase in {Phase.VALUES, Phase.NAN} else ""

    @property
    def driver(self) -> int | None:
        """The number of the clause to begin with."""
        return next((n for n, clause in enumerate(self.clauses) if clause.how is How.DRIVE), None)


@lru_cache(maxsize=1024)
def page(shape: Shape) -> Sql:
    """Rows of (pk, revision, *keys of the order) of one experiment and lifecycle, in order.

    Parameters: experiment, lifecycle, rows; term<n> of the terms; after<n> of the position, when resumed; and those
    of the clauses.
    """
    source, begun = _source(shape)
    keys, source = _keys(shape, source, begun)
    query = select(runs.c.pk, runs.c.revision, *(key.column for key in keys)).select_from(source)
    query = query.where(*_conditions(shape, begun))
    if shape.resumed:
        query = query.where(after(keys))
    if shape.side:
        query = query.where(_on_side(shape.side, _walked(keys)))
    if shape.along:
        query = along_index(query, begun, shape.along)
    query = query.order_by(*order_by(keys)).limit(bindparam("rows", type_=BigInteger()))
    return Sql(query)


@lru_cache(maxsize=1024)
def count(clauses: tuple[ClauseShape, ...]) -> Sql:
    """How many runs of one experiment and lifecycle satisfy all clauses."""
    shape = Shape(clauses, ())
    source, begun = _source(shape)
    return Sql(select(func.count()).select_from(source).where(*_conditions(shape, begun)))


@lru_cache(maxsize=1024)
def groups(clauses: tuple[ClauseShape, ...], by: TermShape, metrics: int) -> Sql:
    """Rows of (value, runs with it, groups in all, runs in all, *facts of each metric), the largest groups first.

    The groups are those of the runs of one experiment and lifecycle that satisfy all clauses; the value of runs that
    lack one is NULL. The facts of a metric are those of its latest values, NaN left out: how many there are, the least,
    the greatest and the mean. Parameters besides those of `count`: group (the key of a param or tag), metric<n>, rows.
    """
    shape = Shape(clauses, ())
    source, begun = _source(shape)
    value, source = _group_value(by, source)
    facts: list[ColumnElement[Any]] = []
    # A join for each metric, found by its key, takes half as long as one that makes a row of each metric of each run.
    for number in range(metrics):
        table = series.alias(f"m{number}")
        is_number = table.c.last_is_nan == literal_column("0")
        source = source.outerjoin(table, (table.c.run_pk == runs.c.pk) & key_is(table, f"metric{number}") & is_number)
        last = table.c.last_value
        facts += (func.count(last), func.min(last), func.max(last), func.avg(last))
    size = func.count()
    totals = (func.count().over(), cast(func.sum(size).over(), BigInteger))
    query = select(value, size, *totals, *facts).select_from(source).where(*_conditions(shape, begun)).group_by(value)
    order = (size.desc(), case((value.is_(None), 1), else_=0), ByCodePoint(value))
    return Sql(query.order_by(*order).limit(bindparam("rows", type_=BigInteger())))


@lru_cache(maxsize=1024)
def bound(shape: Shape) -> Sql:
    """The first key of the run that is parameter `window` candidates away; `shape` has no clauses."""
    source, begun = _source(shape)
    keys, _ = _keys(shape, source, begun)
    key, number = _walked(keys), keys.index(_walked(keys))
    query = select(key.column).select_from(begun).where(*_scope(shape, begun))
    if shape.resumed:
        reached = bindparam(f"after{number}", type_=key.column.type)
        query = query.where(key.column <= reached if key.descending else key.column >= reached)
    if shape.along:
        query = along_index(query, begun, shape.along)
    window = bindparam("window", type_=BigInteger())
    return Sql(query.order_by(*order_by([key])).limit(literal_column("1")).offset(window))


@lru_cache(maxsize=1024)
def sizes(clauses: tuple[tuple[int, ClauseShape], ...]) -> Sql:
    """One row: how many runs satisfy each numbered clause, each counted up to parameter `enough`."""
    return Sql(select(*(_capped(satisfying(clause, number)) for number, clause in clauses)))


@lru_cache(maxsize=1024)
def levels(terms: tuple[TermShape, ...]) -> tuple[tuple[type, bool], ...]:
    """The Python type of each key of the order, and whether it descends."""
    keys, _ = _keys(Shape((), terms), runs, runs)
    return tuple((key.kind, key.descending) for key in keys)


def _walked(keys: list[Key]) -> Key:
    """The key that the index gives: the first that tells rows apart."""
    return next(key for key in keys if not key.constant)


def _on_side(side: Side, key: Key) -> ColumnElement[bool]:
    value = bindparam("bound", type_=key.column.type)
    if side is Side.BEFORE:
        return key.column > value if key.descending else key.column < value
    return key.column <= value if key.descending else key.column >= value


def _capped(query: Select[Any]) -> Any:
    few = query.limit(bindparam("enough", type_=BigInteger())).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _source(shape: Shape) -> tuple[FromClause, FromClause]:
    """What to select from, and the table that the statement begins with."""
    begun: FromClause
    if shape.along:
        begun = KEYED[shape.along].alias("ordered")
    elif shape.driver is not None and shape.clauses[shape.driver].domain in KEYED:
        begun = KEYED[shape.clauses[shape.driver].domain].alias("driving")
    else:
        return runs, runs
    return begun.join(runs, runs.c.pk == begun.c.run_pk), begun


def _group_value(by: TermShape, source: FromClause) -> tuple[ColumnElement[Any], FromClause]:
    """The column that makes the groups, and `source` joined with its table."""
    if by.domain == "attribute":
        return ATTRIBUTES[by.name], source
    table = KEYED[by.domain].alias("grouping")
    return table.c.value, source.outerjoin(table, (table.c.run_pk == runs.c.pk) & key_is(table, "group"))


def _lifecycle_is(column: ColumnElement[Any]) -> ColumnElement[bool]:
    is_so: ColumnElement[bool] = column == bindparam("lifecycle", type_=Text())
    return is_so


def _conditions(shape: Shape, begun: FromClause) -> list[ColumnElement[bool]]:
    joined = [] if begun is runs else [_lifecycle_is(Steadfast(runs.c.lifecycle))]
    asked = (_condition(shape, begun, number) for number in range(len(shape.clauses)))
    return [*_scope(shape, begun), *joined, *(condition for condition in asked if condition is not None)]


def _scope(shape: Shape, begun: FromClause) -> list[ColumnElement[bool]]:
    """What the table that the statement begins with is read for, whatever the clauses."""
    if begun is runs and shape.driver is None:
        conditions = [here(runs), _lifecycle_is(runs.c.lifecycle)]
    elif begun is runs:
        here_too = Steadfast(runs.c.experiment_id) == bindparam("experiment")
        conditions = [here_too, _lifecycle_is(Steadfast(runs.c.lifecycle))]
    else:
        conditions = [here(begun)]
    if shape.along:
        conditions.append(key_is(begun, "term0"))
        if shape.along == "metric":
            conditions.append(begun.c.last_is_nan == literal_column(str(int(shape.phase or 0))))
    elif shape.phase is Phase.MISSING:
        conditions.append(_lacks_first_key(shape))
    return conditions


def _lacks_first_key(shape: Shape) -> ColumnElement[bool]:
    table = KEYED[shape.terms[0].domain].alias("lacked")
    found: Select[Any] = select(literal_column("1")).select_from(table)
    return ~found.where(table.c.run_pk == runs.c.pk, key_is(table, "term0")).correlate(runs).exists()


def _condition(shape: Shape, begun: FromClause, number: int) -> ColumnElement[bool] | None:
    clause = shape.clauses[number]
    if clause.domain == "attribute" and clause.how is not How.MEMBER:
        column = ATTRIBUTES[clause.name]
        at_home = begun is runs and (shape.driver is None or clause.how is How.DRIVE)
        return compare(column if at_home else Steadfast(column), clause.operator, f"value{number}")
    candidate = runs.c.pk if begun is runs else begun.c.run_pk
    match clause.how:
        case How.FOLDED:
            # In the other phases, whoever chose FOLDED has seen that it holds for all rows.
            return value_is(begun, clause, number) if shape.phase is Phase.VALUES else None
        case How.DRIVE:
            return key_is(begun, f"key{number}") & value_is(begun, clause, number)
        case How.MEMBER:
            return is_member(clause, number, candidate)
        case How.PROBE:
            return is_true(clause, number, candidate)


def _keys(shape: Shape, source: FromClause, begun: FromClause) -> tuple[list[Key], FromClause]:
    """The levels of the order, and `source` joined with what they are read from."""
    keys: list[Key] = []
    for number, term in enumerate(shape.terms):
        if term.domain == "attribute":
            keys += _attribute_keys(term)
        elif number == 0 and shape.phase is not None:
            keys += _phase_keys(term, shape.phase, begun)
        else:
            table = KEYED[term.domain].alias(f"t{number}")
            on = (table.c.run_pk == runs.c.pk) & key_is(table, f"term{number}")
            source = source.outerjoin(table, on)
            keys += _joined_keys(term, table)
    named = {term.name for term in shape.terms}
    if "start_time" not in named:
        keys.append(Key(runs.c.start_ms, int, descending=True))
    if "run_id" not in named:
        keys.append(Key(ByCodePoint(runs.c.id), str))
    return keys, source


def _attribute_keys(term: TermShape) -> list[Key]:
    column = ATTRIBUTES[term.name]
    if term.name == "end_time":
        rank = case((column.is_(None), int(Phase.MISSING)), else_=0)
        return [Key(rank, int), Key(func.coalesce(column, 0), int, term.descending)]
    if term.name == "start_time":
        return [Key(column, int, term.descending)]
    return [Key(ByCodePoint(column), str, term.descending)]


def _phase_keys(term: TermShape, phase: Phase, begun: FromClause) -> list[Key]:
    rank = Key(literal_column(str(int(phase))), int, constant=True)
    kind = float if term.domain == "metric" else str
    if phase is not Phase.VALUES:
        nothing = _ZERO if kind is float else literal_column("''", Text)
        return [rank, Key(nothing, kind, term.descending, constant=True)]
    return [rank, Key(_value(term, begun), kind, term.descending)]


def _joined_keys(term: TermShape, table: FromClause) -> list[Key]:
    if term.domain == "metric":
        rank = func.coalesce(table.c.last_is_nan, int(Phase.MISSING))
        value = type_coerce(func.coalesce(table.c.last_value, _ZERO), Double)
        return [Key(rank, int), Key(value, float, term.descending)]
    absent = case((table.c.value.is_(None), int(Phase.MISSING)), else_=0)
    return [Key(absent, int), Key(ByCodePoint(func.coalesce(table.c.value, "")), str, term.descending)]


def _value(term: TermShape, table: FromClause) -> ColumnElement[Any]:
    return table.c.last_value if term.domain == "metric" else ByCodePoint(table.c.value)
