"""Tokens continue the query they came from, and nothing else: whoever has one can change it."""

import base64
from typing import Any

import msgspec
import pytest

from modelwright.core.errors import BadInput
from modelwright.core.pages import fingerprint, page_token, position

QUERY = fingerprint("runs", "metrics.loss < 1")
KINDS = (int, float, str)


def made_up(content: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(content)).decode()


def test_a_token_gives_back_its_position() -> None:
    """Each value has the type of its level."""
    assert [1, 0.5, "a"] == position(page_token(QUERY, [1, 0.5, "a"]), QUERY, KINDS)


def test_a_token_of_another_query_is_refused() -> None:
    """Going on with it would leave out what nobody has seen."""
    with pytest.raises(BadInput, match="Invalid page token: it belongs to another query"):
        position(page_token(fingerprint("runs", ""), [1, 0.5, "a"]), QUERY, KINDS)


@pytest.mark.parametrize(
    "where",
    [[1, "a"], [1, 0.5, "a", 2], ["1", 0.5, "a"], [1, 1, "a"], [True, 0.5, "a"], [1, 0.5, "\0"], [2**63, 0.5, "a"], []],
)
def test_a_position_that_does_not_fit_the_order_is_refused(where: list[Any]) -> None:
    """A client can make up a token; what the database could not compare does not reach it."""
    with pytest.raises(BadInput, match="Invalid page token: it is damaged"):
        position(made_up((QUERY, where)), QUERY, KINDS)


@pytest.mark.parametrize(
    "token",
    [
        "evil",
        "é",
        "\0",
        "====",
        made_up(1),
        made_up((QUERY,)),
        made_up((QUERY, {"a": 1})),
        made_up((QUERY, [[1], 0.5, "a"])),
        base64.urlsafe_b64encode(b"\x92\xc4\x06" + QUERY + b"\x91" * 200_000).decode(),
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    """Whatever it is made of, and however deep it goes."""
    with pytest.raises(BadInput, match="Invalid page token"):
        position(token, QUERY, KINDS)
