"""Heads of HTTP requests that were parsed before.

A client sends the same bytes before every body, and equal bytes mean the same.
"""

from collections.abc import Collection
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# So many heads are remembered, none longer than this or with more lines: a few dozen MB if somebody tries.
KNOWN: Final = 1024
KNOWN_BYTES: Final = 4096
KNOWN_LINES: Final = 64

_UNUSUAL: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade"})
"""What makes a request more than a head with its length and a body."""


class Heads(Generic[T]):
    """What was made of each head.

    Only whole heads that a parser has accepted come in, so nothing is read here that it would refuse.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, T] = {}
        self.find = self._known.get
        """By its bytes, with the empty line at its end; None when it is new."""

    def keep(self, head: bytes, made: T) -> None:
        """`head` is `plain`."""
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[head] = made


def end_of_head(data: bytes, start: int = 0) -> int:
    """Where the body begins; 3 when the head is longer than those that are remembered, or not there as a whole."""
    return data.find(b"\r\n\r\n", start, start + KNOWN_BYTES) + 4


def plain(head: bytes, method: bytes, names: Collection[bytes], lines: int) -> bool:
    """Whether the same bytes always mean the same request, of a length that one header tells.

    `names` are those of its headers, in lower case, and `lines` is how many headers the parser has found.
    """
    return (
        lines <= KNOWN_LINES
        and head.startswith(method + b" ")
        and head.count(b"\r\n") == lines + 2 == head.count(b"\n")
        and _UNUSUAL.isdisjoint(names)
    )
