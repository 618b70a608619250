"""A place in a list of tokens."""

from modelwright.core.search.errors import QueryError, refusal, shortened
from modelwright.core.search.lexer import Kind, Token


class Reader:
    """Hands out tokens one by one; the last, END, again and again."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.last_end = 0
        """Where the last token taken ended."""
        self._tokens = tokens
        self._next = 0

    @property
    def peek(self) -> Token:
        return self._tokens[self._next]

    def at(self, *kinds: Kind) -> bool:
        """Whether the next token is of one of these kinds."""
        return self._tokens[self._next].kind in kinds

    @property
    def shown(self) -> str:
        """The next token as a message names it."""
        token = self.peek
        return shortened(self.text[token.start : token.end], 60) if token.kind is not Kind.END else "end"

    def take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind is not Kind.END:
            self._next += 1
            self.last_end = token.end
        return token

    def take_words(self, phrase: tuple[str, ...]) -> bool:
        """Take these words, in any case, if all of them come next."""
        coming = self._tokens[self._next : self._next + len(phrase)]
        if len(coming) < len(phrase) or not all(map(Token.is_word, coming, phrase)):
            return False
        for _ in phrase:
            self.take()
        return True

    def refusal(self, what: str, expected: tuple[str, ...] = (), remedy: str = "") -> QueryError:
        """The error of the next token."""
        return refusal(what, self.text, self.peek.start, self.peek.end, expected, remedy)
