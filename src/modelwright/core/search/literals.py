"""The right side of a clause: texts and numbers."""

import math
import re

from modelwright.core.search.errors import QueryError, refusal
from modelwright.core.search.lexer import Kind, Token

PATTERN_LIMIT = 8_000
"""Characters. SQLite refuses a pattern of more than 50,000 bytes, and four bytes may make a character."""

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_INT64 = 2**63


def text_literal(text: str, token: Token, shown: str, *, numbers_too: bool) -> str:
    if _is_text(token) or (numbers_too and token.kind is Kind.NUMBER):
        return token.text
    raise _other(text, token, shown, "a text in quotes")


def real(text: str, token: Token, shown: str) -> float:
    """A finite float."""
    if token.kind is not Kind.NUMBER:
        raise _other(text, token, shown, "a number")
    value = float(token.text)
    if not math.isfinite(value):
        raise refusal("a number beyond the range of a double", text, token.start, token.end)
    return value


def integer(text: str, token: Token, shown: str, *, quoted_too: bool) -> int | float:
    """An int of 64 bits, or a float with a fraction."""
    whole = _INTEGER.fullmatch(token.text)
    if token.kind is not Kind.NUMBER and not (quoted_too and _is_text(token) and whole):
        raise _other(text, token, shown, "a whole number" if quoted_too else "a number")
    value = int(token.text) if whole else float(token.text)
    if not (math.isfinite(value) and -_INT64 <= value < _INT64):
        raise refusal("a number beyond 64 bits", text, token.start, token.end)
    return int(value) if value == int(value) else value


def check_pattern(text: str, token: Token) -> None:
    """Refuse a pattern that is too long to match by."""
    if len(token.text) > PATTERN_LIMIT:
        raise refusal(f"a pattern of more than {PATTERN_LIMIT:,} characters", text, token.start, token.end)


def _is_text(token: Token) -> bool:
    return token.kind is Kind.QUOTED and token.quote != "`"


def _other(text: str, token: Token, shown: str, wanted: str) -> QueryError:
    found = "nothing" if token.kind is Kind.END else text[token.start : token.end][:60]
    return refusal(f"{shown} compares with {wanted}, not with {found}", text, token.start, token.end, (wanted,))
