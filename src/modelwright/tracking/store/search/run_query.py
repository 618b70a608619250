"""What is asked for when runs are searched."""

from typing import Final

import msgspec

from modelwright.core.search import Clause, Field, Term, Values
from modelwright.tracking.model.runs import NAME_TAG
from modelwright.tracking.store.search.run_conditions import CLOSED
from modelwright.tracking.store.search.shapes import TermShape, term_shape

NAME_FIELD: Final = Field("tag", NAME_TAG, Values.TEXT)


class RunQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of `experiments` that are in one of `lifecycles` and satisfy all `clauses`, in the order of `terms`.

    Behind the terms, runs are ordered by start, latest first, and then by id.
    """

    experiments: tuple[int, ...]
    clauses: tuple[Clause, ...] = ()
    terms: tuple[Term, ...] = ()
    lifecycles: tuple[str, ...] = ("active",)

    @property
    def term_shapes(self) -> tuple[TermShape, ...]:
        return tuple(term_shape(term, CLOSED) for term in self.terms)

    def by_tag(self) -> "RunQuery":
        """The same, with a run's name asked of the tag that mirrors it, since tags have an index."""
        return msgspec.structs.replace(
            self,
            clauses=tuple(
                msgspec.structs.replace(one, field=NAME_FIELD) if _is_name(one.field) else one for one in self.clauses
            ),
            terms=tuple(
                msgspec.structs.replace(one, field=NAME_FIELD) if _is_name(one.field) else one for one in self.terms
            ),
        )


def _is_name(field: Field) -> bool:
    return field.domain == "attribute" and field.key == "run_name"
