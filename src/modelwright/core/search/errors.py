"""The one error of the language."""

from modelwright.core.errors import BadInput


class QueryError(BadInput):
    """A filter or an order term that the language does not have.

    Its facts: `text`, what was asked; `start` and `end`, the characters of it to underline; `expected`, what
    would have worked there, the most likely first.
    """


def refusal(what: str, text: str, start: int, end: int, expected: tuple[str, ...] = (), remedy: str = "") -> QueryError:
    """An error whose message says what is so, where, and what would work."""
    place = f"at character {start + 1}" if start < len(text) else "at the end"
    hint = remedy or (f"expected {' or '.join(expected)}" if expected else "")
    message = f"{what} {place} of {shortened(text)}" + (f"; {hint}" if hint else "")
    return QueryError(message, text=text, start=start, end=end, expected=list(dict.fromkeys(expected)))


def shortened(text: str, limit: int = 200) -> str:
    return repr(text) if len(text) <= limit else repr(text[:limit]) + " ..."
