"""Comments and saved views. What they are about is an opaque reference, such as `runs/4a1f...` or `models/fraud`."""

from typing import Any

import msgspec

from modelwright.core.errors import BadInput

BODY_CHARS = 20_000
REFERENCE_CHARS = 600
VIEW_NAME_CHARS = 200
VIEW_STATE_BYTES = 64 * 1024


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """`body` is Markdown, shown without scripts, styles or remote images."""

    id: int
    about: str
    author: str
    body: str
    created_ms: int


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


def checked(text: str, what: str, most: int) -> str:
    """`text` as it is. Raises BadInput when it is blank or longer than `most` characters."""
    if not text.strip():
        raise BadInput(f"{what} is empty; write something")
    if len(text) > most:
        raise BadInput(f"{what} has {len(text)} characters; {most} is the most", length=len(text), most=most)
    return text
