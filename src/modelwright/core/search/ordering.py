"""From order terms, `metrics.loss DESC`, to what to order by."""

from collections.abc import Sequence
from functools import lru_cache

from modelwright.core.search.errors import refusal
from modelwright.core.search.grammar import Grammar
from modelwright.core.search.lexer import Kind, tokens
from modelwright.core.search.naming import field_of
from modelwright.core.search.parser import CLAUSES_LIMIT
from modelwright.core.search.query import Term
from modelwright.core.search.reader import Reader


def parse_order(grammar: Grammar, terms: Sequence[str]) -> tuple[Term, ...]:
    """One term per text: a field, then ASC (which is the rule) or DESC in any case.

    Raises: QueryError, whose `text` is the term at fault; also for a field that an earlier term orders by.
    """
    return _parsed(grammar, tuple(terms))


@lru_cache(maxsize=1024)
def _parsed(grammar: Grammar, terms: tuple[str, ...]) -> tuple[Term, ...]:
    result: list[Term] = []
    if len(terms) > CLAUSES_LIMIT:
        raise refusal(f"more than {CLAUSES_LIMIT} terms to order by", terms[-1], 0, len(terms[-1]))
    for text in terms:
        term = _term(grammar, text)
        if any(term.field == earlier.field for earlier in result):
            raise refusal("a field is there twice", text, 0, len(text), remedy="order by a field once")
        result.append(term)
    return tuple(result)


def _term(grammar: Grammar, text: str) -> Term:
    reader = Reader(text, tokens(text))
    if reader.at(Kind.END):
        raise reader.refusal("nothing to order by", ("a name", "a name DESC"))
    field, _ = field_of(grammar, reader, sorting=True)
    descending = reader.take_words(("DESC",))
    if not descending:
        reader.take_words(("ASC",))
    if not reader.at(Kind.END):
        remedy = "one term orders by one field" if reader.at(Kind.COMMA) else ""
        raise reader.refusal(f"unexpected {reader.shown}", ("ASC", "DESC", "the end"), remedy)
    return Term(field, descending=descending)
