"""Read the runs of one experiment and lifecycle in order, as cheaply as the data allow.

SQLite keeps no statistics that would tell which of two plans is good, PostgreSQL's do not know which values a key
has, and a bad plan costs a hundred times more. So when the order can be walked along an index, the first hundreds of
candidates are tried one by one: if they fill the page, which they do unless few of them fit, nothing else was worth
knowing. If not, it is counted how many runs each clause leaves, and the rest is read as `planning` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from modelwright.core.db.keyset import after_params
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Operator
from modelwright.tracking.store.search import run_sql
from modelwright.tracking.store.search.planning import as_they_come, driven_by_few, is_driven, needs_plan, plan
from modelwright.tracking.store.search.run_conditions import KEYED
from modelwright.tracking.store.search.run_query import RunQuery
from modelwright.tracking.store.search.run_sql import Phase, Shape, Side
from modelwright.tracking.store.search.shapes import ClauseShape, How

_SCANT: Final = 50
"""If a clause leaves less than so many runs, beginning with them is best whatever else is so."""

_WINDOW: Final = 500
"""Candidates to try before counting; trying one costs a microsecond, counting and collecting some thousands."""

_LONG: Final = 1_000
"""A page of so many rows is not filled by a window; it is planned at once."""

Row = tuple[Any, ...]


class Reading:
    """At most `rows` rows of `run_sql.page` after `position`."""

    def __init__(
        self, tx: ReadTx, query: RunQuery, params: Mapping[str, Any], rows: int, position: Sequence[Any] | None
    ) -> None:
        self._tx = tx
        self._query = query
        self._params = params
        self._rows = rows
        self._position = position
        self._terms = query.term_shapes

    def rows(self) -> list[Row]:
        clauses = as_they_come(self._query.clauses)
        if not needs_plan(clauses):
            return self._along(clauses) if self._is_walk() else self._whole(clauses)
        if not self._is_walk():
            return self._whole(plan(self._tx, clauses, self._params))
        scant = driven_by_few(self._tx, clauses, self._params, _SCANT)
        if scant:
            return self._whole(scant)
        found: list[Row] = []
        bound = self._bound() if self._rows < _LONG else None
        if bound is None and self._rows < _LONG:
            return self._along(clauses)  # there are not even so many
        if bound is not None:
            found = self._before(bound, clauses)
        if len(found) == self._rows:
            return found
        how = plan(self._tx, clauses, self._params)
        if is_driven(how):
            return self._whole(how)  # begins again: there are few, and what was found is among them
        return self._along(how, found, bound)

    def _is_walk(self) -> bool:
        """Whether an index gives the order, so that a full page ends the reading."""
        terms = self._terms
        return not terms or terms[0].domain in KEYED or terms[0].name == "start_time"

    def _whole(self, how: tuple[ClauseShape, ...]) -> list[Row]:
        return self._page(how, None, self._rows, resumed=self._position is not None)

    def _bound(self) -> Any:
        """The value that the candidates behind the window begin with; None if the window holds all of them."""
        phase = next(self._phases(), None)
        if phase not in {None, Phase.VALUES}:
            return None
        shape = Shape((), self._terms, phase, resumed=self._position is not None)
        place = after_params(self._position or ())
        return self._tx.value(run_sql.bound(shape), window=_WINDOW, **self._params, **place)

    def _before(self, bound: Any, clauses: tuple[ClauseShape, ...]) -> list[Row]:
        phase = next(self._phases())
        resumed = self._position is not None
        return self._page(clauses, phase, self._rows, resumed=resumed, side=Side.BEFORE, bound=bound)

    def _along(self, how: tuple[ClauseShape, ...], found: Sequence[Row] = (), bound: Any = None) -> list[Row]:
        """The phases in turn; the first one from `bound` on, if there is one, which is after what was `found`."""
        rows = list(found)
        first = True
        for phase in self._phases():
            resumed = self._position is not None and (phase is None or phase == self._position[0])
            wanted = self._rows - len(rows)
            side = Side.FROM if first and bound is not None else None
            # Runs that share the bound's value may lie on both sides of the position: it has to be held as well.
            rows += self._page(how, phase, wanted, resumed=resumed, side=side, bound=bound)
            first = False
            if len(rows) == self._rows:
                break
        return rows

    def _page(
        self,
        how: tuple[ClauseShape, ...],
        phase: Phase | None,
        rows: int,
        *,
        resumed: bool = False,
        side: Side | None = None,
        bound: Any = None,
    ) -> list[Row]:
        shape = Shape(self._folded(how, phase), self._terms, phase, resumed=resumed, side=side)
        place = after_params(self._position) if self._position is not None and resumed else {}
        return self._tx.all(run_sql.page(shape), rows=rows, bound=bound, **self._params, **place)

    def _folded(self, how: tuple[ClauseShape, ...], phase: Phase | None) -> tuple[ClauseShape, ...]:
        """In a phase, what is asked about the key that orders stands in the row that the order is read from."""
        if phase is None:
            return how
        first = self._query.terms[0].field
        return tuple(
            shape._replace(how=How.FOLDED) if clause.field == first else shape
            for clause, shape in zip(self._query.clauses, how, strict=True)
        )

    def _phases(self) -> Iterator[Phase | None]:
        """The phases that may hold runs, from the position on; None stands for all when there are none."""
        first = self._query.terms[0].field if self._query.terms else None
        if first is None or first.domain not in KEYED:
            yield None
            return
        begin = self._position[0] if self._position is not None else Phase.VALUES
        operators = [clause.operator for clause in self._query.clauses if clause.field == first]
        phases = Phase if first.domain == "metric" else (Phase.VALUES, Phase.MISSING)
        for phase in phases:
            if phase >= begin and all(_possible(operator, phase) for operator in operators):
                yield phase


def _possible(operator: Operator, phase: Phase) -> bool:
    """Whether a clause about the key that orders can hold in this phase."""
    if phase is Phase.MISSING:
        return operator is Operator.IS_NULL
    if phase is Phase.NAN:
        return operator is Operator.UNEQUAL
    return operator is not Operator.IS_NULL
