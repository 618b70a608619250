"""Filters are read as they are written, and a mistake is marked at its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.search import (
    Clause,
    Domain,
    Field,
    Grammar,
    Operator,
    Operators,
    QueryError,
    Subject,
    Values,
    parse_filter,
    parse_order,
)
from modelwright.core.search.literals import PATTERN_LIMIT
from modelwright.core.search.parser import CLAUSES_LIMIT

BOOKS = Grammar(
    title="books",
    bare="fact",
    domains=(
        Domain(
            name="fact",
            spellings=("facts", "fact"),
            names={
                "title": Subject(name="title", operators=(*Operators.TEXT, *Operators.LIST)),
                "Title": Subject(name="title", operators=(*Operators.TEXT, *Operators.LIST)),
                "pages": Subject(name="pages", values=Values.INTEGER, operators=Operators.ORDERED),
                "shelf": Subject(name="shelf", values=Values.INTEGER, operators=Operators.IDENTITY, quoted=True),
                "printed": Subject(name="printed", values=Values.INTEGER, operators=()),
            },
        ),
        Domain(name="score", spellings=("scores",), free=Subject(values=Values.REAL, operators=Operators.ORDERED)),
        Domain(
            name="note",
            spellings=("notes", "note"),
            free=Subject(operators=(*Operators.TEXT, *Operators.PRESENCE), sortable=False),
        ),
    ),
)

TITLE = Field("fact", "title", Values.TEXT)
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


def one(text: str) -> Clause:
    (clause,) = parse_filter(BOOKS, text)
    return clause


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_a_blank_filter_has_no_clauses(text: str) -> None:
    """Nothing asked is nothing demanded."""
    assert () == parse_filter(BOOKS, text)


@pytest.mark.parametrize(
    ("text", "field", "operator", "literal"),
    [
        ("title = 'x'", TITLE, Operator.EQUAL, "x"),
        ("Title='x'", TITLE, Operator.EQUAL, "x"),
        ('facts.title LIKE "%x\'y"', TITLE, Operator.LIKE, "%x'y"),
        ("title iLike 'it''s'", TITLE, Operator.ILIKE, "it's"),
        ("title NOT\n in ('a',\"b\",)", TITLE, Operator.NOT_IN, ("a", "b")),
        ("pages >= 5", Field("fact", "pages", Values.INTEGER), Operator.AT_LEAST, 5),
        ("pages < 1e3", Field("fact", "pages", Values.INTEGER), Operator.LESS, 1000),
        ("pages < 2.5", Field("fact", "pages", Values.INTEGER), Operator.LESS, 2.5),
        ("shelf = '7'", Field("fact", "shelf", Values.INTEGER), Operator.EQUAL, 7),
        ("shelf IN ('7', -8)", Field("fact", "shelf", Values.INTEGER), Operator.IN, (7, -8)),
        ("scores.a.b_c>-.5", Field("score", "a.b_c", Values.REAL), Operator.GREATER, -0.5),
        ("scores.`a b/c` != 5.", Field("score", "a b/c", Values.REAL), Operator.UNEQUAL, 5.0),
        ("scores.val-loss/top_5>-1", Field("score", "val-loss/top_5", Values.REAL), Operator.GREATER, -1.0),
        ("`scores`.'a' = 1e-3", Field("score", "a", Values.REAL), Operator.EQUAL, 0.001),
        ("note.é is null", Field("note", "é", Values.TEXT), Operator.IS_NULL, None),
        ('notes."and" IS NOT NULL', Field("note", "and", Values.TEXT), Operator.IS_NOT_NULL, None),
        ("notes.like = '-- OR ('", Field("note", "like", Values.TEXT), Operator.EQUAL, "-- OR ("),
    ],
)
def test_a_clause_is_read(text: str, field: Field, operator: Operator, literal: object) -> None:
    """Each form of a clause means what it says, and knows where it stands."""
    assert Clause(field, operator, literal, 0, len(text)) == one(text)  # type: ignore[arg-type]  # any literal


def test_clauses_are_joined_by_and() -> None:
    """All clauses are returned in their order, each with its place."""
    text = "pages > 5 AND title = 'x'and notes.a IS NULL"

    assert ["pages > 5", "title = 'x'", "notes.a IS NULL"] == [text[c.start : c.end] for c in parse_filter(BOOKS, text)]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("pages > 5 OR pages < 3", "OR"),
        ("NOT pages > 5", "NOT"),
        ("(pages > 5)", "("),
        ("pages > 5;", ";"),
        ("pages > 5 -- why", "-"),
        ("pages > 5 AND", ""),
        ("AND pages > 5", "AND"),
        ("pages > 5 AND AND pages < 9", "AND"),
        ("pages > 5 pages < 9", "pages"),
        ("pages > 5, pages < 9", ","),
        ("pages", ""),
        ("pages >", ""),
        ("pages == 5", "=="),
        ("pages <> 5", "<>"),
        ("pages LIKE '5'", "LIKE"),
        ("pages BETWEEN 1 AND 2", "BETWEEN"),
        ("pages > '5'", "'5'"),
        ("pages > five", "five"),
        ("pages > 9999999999999999999", "9999999999999999999"),
        ("printed > 5", "printed"),
        ("shelf = 'x'", "'x'"),
        ("title = 5", "5"),
        ("title = x", "x"),
        ("title = `x`", "`x`"),
        ("title = ('x')", "("),
        ("title IN 'x'", "'x'"),
        ("title IN ()", ")"),
        ("title IN ('a' 'b')", "'b'"),
        ("title IN (('a'))", "("),
        ("title IN ('a', 5)", "5"),
        ("title IN ('a\\n')", "'a\\n'"),
        ("title IN ('a'", ""),
        ("title NOT LIKE 'x'", "NOT"),
        ("title IS NULL", "IS NULL"),
        ("titel = 'x'", "titel"),
        ("'title' = 'x'", "'title'"),
        ("film.title = 'x'", "film"),
        ("scores. > 5", "scores."),
        ("scores.`` > 5", "scores.``"),
        ("scores.a.`b c` > 5", "scores.a.`b c`"),
        ("notes.`'a'` = 'x'", "`'a'`"),
        ("scores.a--b > 5", "-"),
        ("scores.a/*b*/ > 5", "/"),
        ("scores.-a > 5", "-"),
        ("title = a-b", "a-b"),
        ("scores.a > 1e999", "1e999"),
        ("title = 'x", "'"),
        ("title = 'a\x00b'", "\x00"),
    ],
)
def test_a_mistake_is_marked(text: str, marked: str) -> None:
    """The error says which characters of the filter are at fault, so that a page can underline them."""
    with pytest.raises(QueryError) as caught:
        parse_filter(BOOKS, text)

    assert text == caught.value.facts["text"]
    assert marked == text[caught.value.facts["start"] : caught.value.facts["end"]]


def test_an_error_says_what_would_work() -> None:
    """What was asked, what is so, and what would work; the likeliest first."""
    with pytest.raises(QueryError) as caught:
        parse_filter(BOOKS, "Titel = 'x'")

    assert "one cannot search books by Titel at character 1 of \"Titel = 'x'\"; did you mean title?" in str(
        caught.value
    )
    assert "title" == caught.value.facts["expected"][0]


def test_too_many_clauses_are_refused() -> None:
    """As many clauses as the limit are read, one more is not."""
    clauses = ["pages > 5"] * CLAUSES_LIMIT

    assert CLAUSES_LIMIT == len(parse_filter(BOOKS, " AND ".join(clauses)))
    with pytest.raises(QueryError):
        parse_filter(BOOKS, " AND ".join([*clauses, "pages > 5"]))


def test_a_pattern_has_a_limit_that_other_texts_have_not() -> None:
    """A pattern that SQLite would refuse to match by is refused before."""
    text = "x" * (PATTERN_LIMIT + 1)

    assert text == one(f"title = '{text}'").literal
    with pytest.raises(QueryError):
        parse_filter(BOOKS, f"title LIKE '{text}'")


@given(TEXTS)
def test_any_text_can_be_asked_for(text: str) -> None:
    """Whatever a value is, writing its quotes twice asks for exactly it."""
    doubled = text.replace("'", "''")

    assert text == one(f"title = '{doubled}'").literal


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_can_be_asked_for(number: float) -> None:
    """Python's way to write a float is one of ours."""
    assert number == one(f"scores.a = {number!r}").literal


@given(st.text(st.sampled_from("facts.title pages =<>!'\"`(),ANDORINLIKE%5-\\;\n\0é"), max_size=40))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    """No filter, however wild, does anything but parse or be refused at a place that it has."""
    facts = {"start": 0, "end": 0}
    try:
        parse_filter(BOOKS, text)
    except QueryError as error:
        facts = error.facts

    assert 0 <= facts["start"] <= facts["end"] <= len(text)


@pytest.mark.parametrize(
    ("text", "key", "descending"),
    [
        ("title", "title", False),
        ("title ASC", "title", False),
        (" facts.printed  desc ", "printed", True),
        ("scores.`a b` DESC", "a b", True),
        ("scores.desc", "desc", False),
    ],
)
def test_a_term_is_read(text: str, key: str, descending: bool) -> None:  # noqa: FBT001 - a column of a table
    """A field, and the direction after it, which is upwards if none is said."""
    (term,) = parse_order(BOOKS, [text])

    assert (key, descending) == (term.field.key, term.descending)


@pytest.mark.parametrize("text", ["", "title up", "title, pages", "notes.a", "title DESC NULLS LAST", "size"])
def test_a_term_that_makes_no_sense_is_refused(text: str) -> None:
    """An order term is a field that can be ordered by, and perhaps a direction."""
    with pytest.raises(QueryError):
        parse_order(BOOKS, ["pages", text])


def test_a_field_is_ordered_by_once() -> None:
    """The same field twice, in whatever spelling, is refused: MLflow answers 500."""
    with pytest.raises(QueryError):
        parse_order(BOOKS, ["title", "pages", "facts.Title DESC"])


def test_too_many_order_terms_are_refused() -> None:
    """Each costs a join, and nobody reads an order of so many."""
    terms = [f"scores.m{n}" for n in range(CLAUSES_LIMIT)]

    assert CLAUSES_LIMIT == len(parse_order(BOOKS, terms))
    with pytest.raises(QueryError, match="more than 64 terms"):
        parse_order(BOOKS, [*terms, "title"])


@pytest.mark.parametrize(
    ("filter_", "words"),
    [("title IN " + "(" * 900_000, "more than 50000 words"), ("a" * 1_000_001, "more than 1000000 characters")],
)
def test_endless_filters_are_refused(filter_: str, words: str) -> None:
    """One client's question keeps no others waiting; a list of ten thousand ids is no such question."""
    with pytest.raises(QueryError, match=words):
        parse_filter(BOOKS, filter_)
    ids = ",".join(f"'{n:032x}'" for n in range(10_000))
    assert 1 == len(parse_filter(BOOKS, f"title IN ({ids})"))
