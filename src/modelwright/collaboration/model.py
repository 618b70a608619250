"""Comments with what they mention, and saved views.

What they are about is an opaque reference, such as `runs/4a1f...` or `models/fraud`.
"""

import re
from typing import Any, Final

import msgspec

from modelwright.core.errors import BadInput

BODY_CHARS = 20_000
REFERENCE_CHARS = 600
VIEW_NAME_CHARS = 200
VIEW_STATE_BYTES = 64 * 1024
WORDS_LOOKED_UP: Final = 200
"""So many different words of one comment may name things or people; those after them are plain text."""

_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_START: Final = r"(?<![\w@./:&-])"
_THING: Final = re.compile(_START + r"\w[\w.-]*(?:[/:@][\w.-]*\w)+")
_PERSON: Final = re.compile(_START + r"@(\w(?:[\w.+-]*\w)?(?:@\w(?:[\w.-]*\w)?)?)")
_PEOPLE: Final = "people/"


class Mention(msgspec.Struct, frozen=True):
    """`text` is as it stands in the comment, and `ref` what it means: `people/ann`, `models/fraud/versions/18`."""

    text: str
    ref: str


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """`body` is Markdown, shown without scripts, styles or remote images.

    The things that it mentions existed when it was written; the people are just names.
    """

    id: int
    about: str
    author: str
    body: str
    created_ms: int
    mentions: list[Mention] = []


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A named state of a page: columns, filter, order. `shared` views are everybody's to see, the owner's to change.

    The default, at most one of a scope and a shared one, is what its page shows when its address names no view.
    """

    id: int
    scope: str
    name: str
    owner: str
    shared: bool
    state: dict[str, Any]
    updated_ms: int
    is_default: bool


def words_in(body: str) -> tuple[list[str], list[Mention]]:
    """Words of a comment that may name things, such as `fraud:18`, and the people in it; none that stand in code.

    >>> words_in("@ann: is fraud:18 slower than fraud@champion? `runs/x` is.")
    (['fraud:18', 'fraud@champion'], [Mention(text='@ann', ref='people/ann')])
    """
    prose = _CODE.sub(" ", body)
    things = dict.fromkeys(_THING.findall(prose))
    people = dict.fromkeys(_PERSON.findall(prose))
    return list(things)[:WORDS_LOOKED_UP], [
        Mention(f"@{name}", person(name)) for name in list(people)[:WORDS_LOOKED_UP]
    ]


def person(name: str) -> str:
    """The reference of somebody who is mentioned as `@name`."""
    return f"{_PEOPLE}{name}"


def named(ref: str) -> str | None:
    """The name in the reference of a person; None for that of anything else."""
    return ref.removeprefix(_PEOPLE) if ref.startswith(_PEOPLE) else None


def checked(text: str, what: str, most: int) -> str:
    """`text` as it is. Raises BadInput when it is blank, longer than `most` characters or cannot be kept."""
    if not text.strip():
        raise BadInput(f"{what} is empty; write something")
    if len(text) > most:
        raise BadInput(f"{what} has {len(text)} characters; {most} is the most", length=len(text), most=most)
    if "\x00" in text:
        raise BadInput(f"{what} contains the character U+0000, which no text here may have")
    return text
