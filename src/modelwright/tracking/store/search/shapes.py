"""The shape of a query: all that decides the text of its SQL, and nothing that is a parameter.

Statements are kept by shape, so that a request compiles nothing: keys, literals and places are parameters.
"""

import enum
from typing import NamedTuple

from modelwright.core.search import Clause, Operator, Term


class How(enum.Enum):
    """How a statement decides a clause for one row."""

    PROBE = "look it up for each candidate"
    MEMBER = "collect all that satisfy it first, and look the candidate up there"
    DRIVE = "begin with those that satisfy it"
    FOLDED = "read it off the row that the order is read from"


class ClauseShape(NamedTuple):
    domain: str
    name: str
    """Of a closed domain; empty where the key is a parameter."""
    operator: Operator
    how: How = How.PROBE


class TermShape(NamedTuple):
    domain: str
    name: str
    descending: bool = False


def clause_shape(clause: Clause, closed: frozenset[str], how: How = How.PROBE) -> ClauseShape:
    """`closed` are the domains whose names are columns."""
    name = clause.field.key if clause.field.domain in closed else ""
    return ClauseShape(clause.field.domain, name, clause.operator, how)


def term_shape(term: Term, closed: frozenset[str]) -> TermShape:
    name = term.field.key if term.field.domain in closed else ""
    return TermShape(term.field.domain, name, term.descending)
