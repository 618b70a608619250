"""The left side of a clause: a prefix and a key, or a name alone."""

import difflib

from modelwright.core.search.errors import QueryError, refusal
from modelwright.core.search.grammar import Domain, Grammar, Subject
from modelwright.core.search.lexer import Kind, Token
from modelwright.core.search.query import Field
from modelwright.core.search.reader import Reader


def field_of(grammar: Grammar, reader: Reader, *, sorting: bool) -> tuple[Field, Subject]:
    """Read a field: `a.b`, `a.b.c` (the key is `b.c`), a.`any key`, or a name alone.

    Raises: QueryError if the grammar has no such prefix, name or key (or, when `sorting`, none to order by).
    """
    first = reader.peek
    if first.kind not in {Kind.WORD, Kind.QUOTED} or first.quote == "'":
        raise reader.refusal(f"unexpected {reader.shown}", _prefixes(grammar), _example(grammar))
    prefix, key = _split(reader)
    domain = _domain(grammar, reader, prefix, first)
    if not key.strip():
        raise refusal("a key is missing", reader.text, first.start, reader.last_end, remedy="write it after the dot")
    subject = domain.subject(key)
    if subject is None or not _usable(subject, sorting=sorting):
        raise _unknown_name(grammar, reader, domain, key, first.start, sorting=sorting)
    return Field(domain.name, subject.name or key, subject.values), subject


def _split(reader: Reader) -> tuple[str | None, str]:
    """Take the pieces of a field that stand without a space between them: prefix (or None) and key."""
    pieces = [reader.take()]
    while reader.peek.start == reader.last_end and reader.at(Kind.WORD, Kind.QUOTED):
        pieces.append(reader.take())
    match [(one.text, one.quote) for one in pieces]:
        case [(text, "")]:
            prefix, dot, key = text.partition(".")
            return (prefix, key) if dot else (None, text)
        case [(key, _)]:
            return None, key
        case [(text, ""), (key, _)] if text.find(".") == len(text) - 1:
            return text[:-1], _once(reader, pieces[-1], key)
        case [(prefix, "`"), (text, "")] if text.startswith("."):
            return prefix, text[1:]
        case [(prefix, "`"), (".", ""), (key, _)]:
            return prefix, _once(reader, pieces[-1], key)
    remedy = "write the prefix, a dot, and the whole key in one pair of backticks"
    raise refusal("a name in pieces", reader.text, pieces[0].start, reader.last_end, remedy=remedy)


def _once(reader: Reader, token: Token, key: str) -> str:
    """The key, unless it is quoted twice: MLflow takes off both pairs, so that ours would differ."""
    if len(key) > 1 and key[0] == key[-1] and key[0] in "'\"`":
        raise refusal("a key in two pairs of quotes", reader.text, token.start, token.end, remedy="one pair is enough")
    return key


def _domain(grammar: Grammar, reader: Reader, prefix: str | None, first: Token) -> Domain:
    if prefix is None:
        return grammar.bare_domain
    domain = grammar.domain(prefix)
    if domain is None:
        known = [spelling for one in grammar.domains for spelling in one.spellings]
        raise refusal(
            f"there is no prefix {prefix!r} in a search for {grammar.title}",
            reader.text,
            first.start,
            first.start + max(len(prefix), 1),
            (*_near(prefix, known), *_prefixes(grammar)),
            _remedy(prefix, known, _prefixes(grammar)),
        )
    return domain


def _usable(subject: Subject, *, sorting: bool) -> bool:
    return subject.sortable if sorting else bool(subject.operators)


def _unknown_name(
    grammar: Grammar, reader: Reader, domain: Domain, key: str, start: int, *, sorting: bool
) -> QueryError:
    shown = reader.text[start : reader.last_end]
    usable = (one.name for one in domain.names.values() if _usable(one, sorting=sorting))
    names = tuple(dict.fromkeys(usable))
    remedy = _remedy(key, names, names) if names else "nothing under this prefix can"
    if domain.name == grammar.bare and (free := _free_prefixes(grammar, sorting=sorting)):
        remedy += f"; keys of one's own are written {' or '.join(f'{one}.{key}' for one in free)}"
    verb = "order" if sorting else "search"
    return refusal(
        f"one cannot {verb} {grammar.title} by {shown}",
        reader.text,
        start,
        reader.last_end,
        (*_near(key, names), *names),
        remedy,
    )


def _free_prefixes(grammar: Grammar, *, sorting: bool) -> tuple[str, ...]:
    return tuple(one.spellings[0] for one in grammar.domains if one.free and _usable(one.free, sorting=sorting))


def _prefixes(grammar: Grammar) -> tuple[str, ...]:
    return tuple(f"{one.spellings[0]}." for one in grammar.domains)


def _example(grammar: Grammar) -> str:
    return f"a clause begins with a name or one of {', '.join(_prefixes(grammar))}"


def _near(word: str, known: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    by_fold = {one.lower(): one for one in known}
    return tuple(by_fold[one] for one in difflib.get_close_matches(word.lower(), by_fold, n=1))


def _remedy(word: str, known: list[str] | tuple[str, ...], shown: tuple[str, ...]) -> str:
    near = _near(word, known)
    return f"did you mean {near[0]}?" if near else f"there is {', '.join(shown)}"
