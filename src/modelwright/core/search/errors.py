"""The one error of the language."""


class QueryError(ValueError):
    """A filter or an order term that the language does not have.

    `text[start:end]` is the place to underline; `expected` lists what would have worked there, the most
    likely first.
    """

    def __init__(self, message: str, *, text: str, start: int, end: int, expected: tuple[str, ...]) -> None:
        super().__init__(message)
        self.text = text
        self.start = start
        self.end = end
        self.expected = expected


def refusal(
    what: str, text: str, start: int, end: int, expected: tuple[str, ...] = (), remedy: str = ""
) -> QueryError:
    """An error whose message says what is so, where, and what would work."""
    place = f"at character {start + 1}" if start < len(text) else "at the end"
    hint = remedy or (f"expected {' or '.join(expected)}" if expected else "")
    return QueryError(
        f"{what} {place} of {shortened(text)}" + (f"; {hint}" if hint else ""),
        text=text,
        start=start,
        end=end,
        expected=expected,
    )


def shortened(text: str, limit: int = 200) -> str:
    return repr(text) if len(text) <= limit else repr(text[:limit]) + " ..."
