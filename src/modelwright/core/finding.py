"""Finding things by a few typed characters: what each room offers, and how it says what it found."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

import msgspec

from modelwright.core.db.tx import ReadTx

_LAST: Final = "\U0010ffff"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A thing by its reference, such as `runs/4a1f...`; `title` is its name, `detail` what tells it from others."""

    kind: str
    ref: str
    title: str
    detail: str = ""


Finder = Callable[[ReadTx, str, int], list[Found]]
"""Things for the typed words, at most so many, the likeliest first. It reads along an index or a table of few rows."""

Namer = Callable[[ReadTx, Collection[str]], dict[str, str]]
"""Of words such as `fraud:18`, those that name a thing of the room, each with its reference. It takes few statements,
however many words there are."""

People = Callable[[ReadTx], Iterable[str]]
"""Names of people that the room has seen of late, any number of times each. How much it reads has a limit."""


def span(prefix: str) -> dict[str, str]:
    """The parameters `low` and `high` between which, by code point, lie the texts that begin with `prefix`."""
    return {"low": prefix, "high": prefix + _LAST}
