"""Pages of lists, and the tokens that continue them: opaque to the client, and bound to the query they continue.

A token is the URL-safe base64 of a MessagePack pair (fingerprint of the query, position). It is not a secret and
grants nothing: it only says where to go on. A token of another query, or a damaged one, is refused.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, Final, Generic, NoReturn, TypeVar

import msgspec

from modelwright.core.errors import BadInput
from modelwright.core.limits import INT64_MAX, INT64_MIN

T = TypeVar("T")

_FINGERPRINT_BYTES: Final = 6
_DECODER: Final = msgspec.msgpack.Decoder(tuple[bytes, list[int | float | str]])


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of the items of a list, as `/api/v1` answers it.

    `total` counts all that match, not those in `items`; None where counting is not offered.
    """

    items: list[T]
    total: int | None = None
    next_page_token: str | None = None


def fingerprint(*query: Any) -> bytes:
    """A short digest of everything that defines a query except the position; JSON-able values only."""
    return hashlib.sha256(msgspec.json.encode(query)).digest()[:_FINGERPRINT_BYTES]


def page_token(query: bytes, position: Sequence[Any]) -> str:
    raw = msgspec.msgpack.encode((query, list(position)))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def position(token: str, query: bytes, kinds: Sequence[type]) -> list[Any]:
    """The position inside `token`: a value of each of `kinds`, which are int (of 64 bits), float and str.

    A client can make a token up; what the database could not compare gets no further than here. Raises BadInput for
    a token that is damaged, made up, or of another query.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        of_query, where = _DECODER.decode(raw)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        _damaged()
    if of_query != query:
        raise BadInput(
            "Invalid page token: it belongs to another query; repeat the query it came from, or leave it out"
        )
    if len(where) != len(kinds) or not all(map(_fits, where, kinds)):
        _damaged()
    return where


def _damaged() -> NoReturn:
    raise BadInput("Invalid page token: it is damaged; take it as it came, or leave it out to start over") from None


def _fits(value: Any, kind: type) -> bool:
    if type(value) is not kind:
        return False
    if isinstance(value, str):
        return "\0" not in value
    return not isinstance(value, int) or INT64_MIN <= value <= INT64_MAX
