"""Words, quoted pieces, numbers, signs: with their places."""

import enum
import re

import msgspec

from modelwright.core.search.errors import QueryError, refusal


class Kind(enum.Enum):
    WORD = "a name"
    QUOTED = "a quoted text"
    NUMBER = "a number"
    SIGN = "an operator"
    OPEN = "'('"
    CLOSE = "')'"
    COMMA = "','"
    END = "the end"


class Token(msgspec.Struct, frozen=True):
    """`text` is without its quotes; `start` and `end` are places in the whole text, quotes included."""

    kind: Kind
    text: str
    start: int
    end: int
    quote: str = ""

    def is_word(self, word: str) -> bool:
        return self.kind is Kind.WORD and self.text.upper() == word


# A number is tried before a word, and must not run into one: `1a` and `v1.2` are names, `1` is a number. A dash or a
# slash between two pieces of a name is part of it, as keys like `val-loss` and `val/loss` are common.
_TOKEN = re.compile(
    r"""
      (?P<SPACE>  [ \t\r\n\f\v]+ )
    | (?P<NUMBER> -? (?: [0-9]+ \.? [0-9]* | \.[0-9]+ ) (?: [eE] [+-]? [0-9]+ )? (?! [\w.] ) )
    | (?P<WORD>   [\w.]+ (?: (?<=\w) [-/] [\w.]+ )* )
    | (?P<QUOTED> ' (?: [^'] | '' )* ' | " (?: [^"] | "" )* " | ` (?: [^`] | `` )* ` )
    | (?P<SIGN>   [<>=!~]+ )
    | (?P<OPEN>   \( )
    | (?P<CLOSE>  \) )
    | (?P<COMMA>  , )
    """,
    re.VERBOSE,
)

# PostgreSQL can neither store nor be asked for U+0000, and lone surrogates cannot be sent at all.
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")

CHARACTERS_LIMIT = 1_000_000
TOKENS_LIMIT = 50_000
"""A list of 25,000 ids is a long question; what is longer keeps a processor busy for seconds, and others waiting."""

_REMEDIES = {
    "-": "a name with other than letters, digits, '_', '.', '-' and '/' goes in backticks; there are no comments",
    "/": "a name with other than letters, digits, '_', '.', '-' and '/' goes in backticks; there are no comments",
    ":": "a name with other than letters, digits, '_', '.', '-' and '/' goes in backticks",
    ";": "one filter is one list of clauses joined by AND",
    "'": "the quote is never closed; inside a text, write it twice or use double quotes around",
    '"': "the quote is never closed; inside a text, write it twice or use single quotes around",
    "`": "the backtick is never closed",
}


def tokens(text: str) -> list[Token]:
    """All tokens of `text`, the last one being END.

    Inside quotes, the same quote written twice is one quote, and a backslash is itself.

    Raises: QueryError at the first character that begins no token, and for more than the limits.
    """
    if len(text) > CHARACTERS_LIMIT:
        raise _too_long(text, CHARACTERS_LIMIT, f"{CHARACTERS_LIMIT} characters")
    if found := _UNUSABLE.search(text):
        raise refusal("a character that no stored text can have", text, found.start(), found.end())
    result: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            character = text[place]
            raise refusal(f"unexpected {character!r}", text, place, place + 1, remedy=_REMEDIES.get(character, ""))
        if match.lastgroup != "SPACE":
            if len(result) == TOKENS_LIMIT:
                raise _too_long(text, place, f"{TOKENS_LIMIT} words, values and signs")
            result.append(_token(match))
        place = match.end()
    result.append(Token(Kind.END, "", len(text), len(text)))
    return result


def _too_long(text: str, place: int, most: str) -> QueryError:
    return refusal(f"more than {most}", text, place, len(text), remedy="ask in several searches")


def _token(match: re.Match[str]) -> Token:
    kind, piece = Kind[match.lastgroup or ""], match.group()
    if kind is not Kind.QUOTED:
        return Token(kind, piece, match.start(), match.end())
    quote = piece[0]
    return Token(kind, piece[1:-1].replace(quote * 2, quote), match.start(), match.end(), quote)
