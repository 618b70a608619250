"""From a filter to clauses."""

from functools import lru_cache

from modelwright.core.search.errors import refusal
from modelwright.core.search.grammar import Grammar, Operator, Subject
from modelwright.core.search.lexer import Kind, Token, tokens
from modelwright.core.search.literals import check_pattern, integer, real, text_literal
from modelwright.core.search.naming import field_of
from modelwright.core.search.query import Clause, Literal
from modelwright.core.search.reader import Reader

CLAUSES_LIMIT = 64
"""SQLite joins at most 64 tables; a person writes five clauses, a program twenty."""

_SIGNS = {one.value: one for one in Operator if not one.value[0].isalpha()}
_MEANT = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "!": "!=", "~": "LIKE", "!==": "!=", "===": "="}
_PHRASES = {tuple(one.value.split()): one for one in Operator if one.value[0].isalpha()}


@lru_cache(maxsize=4096)
def parse_filter(grammar: Grammar, text: str) -> tuple[Clause, ...]:
    """The clauses of `text`, joined by AND; none if it is blank. Kept, as programs ask the same again.

    Raises: QueryError, with the place.
    """
    reader = Reader(text, tokens(text))
    clauses: list[Clause] = []
    while not reader.at(Kind.END):
        if clauses:
            _joined(reader)
        clauses.append(_clause(grammar, reader))
        if len(clauses) > CLAUSES_LIMIT:
            raise refusal(
                f"more than {CLAUSES_LIMIT} clauses",
                text,
                clauses[-1].start,
                clauses[-1].end,
                remedy="ask in several searches, or for a list with IN",
            )
    return tuple(clauses)


def _joined(reader: Reader) -> None:
    """Pass the AND between two clauses: it may neither be left out nor dangle."""
    token = reader.peek
    if token.is_word("OR"):
        raise reader.refusal("OR", ("AND",), "clauses are joined by AND only; ask twice, or for a list with IN")
    if not token.is_word("AND"):
        raise reader.refusal(f"unexpected {reader.shown}", ("AND", "the end of the filter"))
    reader.take()
    if reader.at(Kind.END):
        raise reader.refusal("a clause is missing after AND")


def _clause(grammar: Grammar, reader: Reader) -> Clause:
    token = reader.peek
    if token.is_word("AND"):
        raise reader.refusal("a clause is missing before AND")
    if token.is_word("NOT"):
        raise reader.refusal("NOT", ("!=", "NOT IN", "IS NULL"), "negate by the operator: !=, NOT IN, IS NULL")
    if token.kind is Kind.OPEN:
        raise reader.refusal("unexpected '('", remedy="all clauses must hold, so that nothing needs parentheses")
    field, subject = field_of(grammar, reader, sorting=False)
    shown = reader.text[token.start : reader.last_end]
    operator = _operator(reader, subject, shown)
    literal = _literal(grammar, reader, subject, operator, shown)
    return Clause(field, operator, literal, token.start, reader.last_end)


def _operator(reader: Reader, subject: Subject, shown: str) -> Operator:
    start = reader.peek.start
    expected = tuple(one.value for one in subject.operators)
    operator = _read_operator(reader, expected)
    if operator not in subject.operators:
        raise refusal(
            f"{operator.value} does not work on {shown}",
            reader.text,
            start,
            reader.last_end,
            expected,
            f"it works with {', '.join(expected)}",
        )
    return operator


def _read_operator(reader: Reader, expected: tuple[str, ...]) -> Operator:
    token = reader.peek
    if token.kind is Kind.SIGN:
        if token.text in _SIGNS:
            reader.take()
            return _SIGNS[token.text]
        meant = _MEANT.get(token.text)
        raise reader.refusal(
            f"there is no operator {token.text!r}",
            (meant, *expected) if meant else expected,
            f"did you mean {meant}?" if meant else "",
        )
    for phrase, operator in _PHRASES.items():
        if reader.take_words(phrase):
            return operator
    what = f"there is no operator {reader.shown}" if token.kind is Kind.WORD else "an operator is missing"
    raise reader.refusal(what, expected)


def _literal(grammar: Grammar, reader: Reader, subject: Subject, operator: Operator, shown: str) -> Literal:
    if operator.takes_nothing:
        return None
    if operator.takes_list:
        return _list(grammar, reader, subject, shown)
    if reader.at(Kind.OPEN):
        raise reader.refusal(f"a list after {operator.value}", ("IN",), "a list goes with IN or NOT IN")
    token = reader.peek
    literal = _single(grammar, reader, subject, shown)
    if operator.takes_pattern:
        check_pattern(reader.text, token)
    return literal


def _single(grammar: Grammar, reader: Reader, subject: Subject, shown: str) -> str | int | float:
    token = reader.take()
    match subject.values:
        case subject.values.TEXT:
            return text_literal(reader.text, token, shown, numbers_too=grammar.numbers_as_text)
        case subject.values.REAL:
            return real(reader.text, token, shown)
        case subject.values.INTEGER:
            return integer(reader.text, token, shown, quoted_too=subject.quoted)


def _list(grammar: Grammar, reader: Reader, subject: Subject, shown: str) -> Literal:
    if not reader.at(Kind.OPEN):
        raise reader.refusal("a list is missing", ("('a', 'b')",), "a list stands in parentheses: ('a', 'b')")
    reader.take()
    items: list[str | int | float] = []
    while not reader.at(Kind.CLOSE):
        items.append(_item(grammar, reader, subject, shown))
        if not reader.at(Kind.COMMA):
            break
        reader.take()
    if not reader.at(Kind.CLOSE):
        raise reader.refusal(f"unexpected {reader.shown} in a list", ("','", "')'"))
    if not items:
        raise reader.refusal("an empty list", remedy="a list names at least one value: ('a', 'b')")
    reader.take()
    return tuple(items)  # type: ignore[return-value]  # one subject gives items of one type


def _item(grammar: Grammar, reader: Reader, subject: Subject, shown: str) -> str | int | float:
    token: Token = reader.peek
    if token.kind is Kind.QUOTED and "\\" in token.text:
        # MLflow reads lists, and only lists, as Python literals: '\n' is a line feed there, and two
        # characters anywhere else.
        raise reader.refusal("a backslash in a list", remedy="compare with =, where a backslash is itself")
    if token.kind is Kind.OPEN:
        raise reader.refusal("a list in a list", ("'a'",))
    return _single(grammar, reader, subject, shown)
