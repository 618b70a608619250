"""How a guest says what JSON has no words for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from modelwright.serving.node.worker.guest.frames import PREFIX, Unspeakable, pack, unpack


def sent(whole: Any = None, *rows: Any) -> tuple[Any, list[Any]]:
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    message = b"".join(pack({"whole": whole}, [array]))
    head, (back,) = unpack(message[PREFIX.size :], PREFIX.unpack_from(message)[1])
    return head["whole"], back.tolist()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.float32(1.5), 1.5),
        (np.array([1, 2]), [1, 2]),
        (datetime(2026, 1, 2, 3), "2026-01-02T03:00:00"),  # noqa: DTZ001  # as models give them
        (date(2026, 1, 2), "2026-01-02"),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (np.datetime64("NaT"), None),
        (Decimal("1.50"), "1.50"),
        ({"a"}, ["a"]),
    ],
)
def test_what_json_lacks_is_said_in_its_words(value: Any, said: Any) -> None:
    """In the rows of an answer and in one that has no rows."""
    assert (said, [said]) == sent(value, value)


def test_bytes_of_an_answer_without_rows_are_text_or_base64() -> None:
    """In rows they stay bytes, for each protocol to say in its own way."""
    assert (["ab", "/w=="], [b"ab", b"\xff"]) == sent([b"ab", b"\xff"], b"ab", b"\xff")


@pytest.mark.parametrize("value", [iter([1, 2]), object(), 1j], ids=["iterator", "object", "complex"])
def test_what_cannot_be_said_is_no_answer(value: Any) -> None:
    """Its place in memory would be one that looks right to a machine."""
    with pytest.raises(Unspeakable, match="which JSON cannot say"):
        sent(value)
    with pytest.raises(Unspeakable, match="which JSON cannot say"):
        sent(None, value)


def test_half_a_surrogate_pair_is_replaced() -> None:
    """No answer can say it and no ledger keep it. Two halves that lie apart and belong together are a character."""
    assert ("\ufffda", ["\ufffd", "\U0001f600", "\U0001f600"]) == sent(
        "\ud83da", "\udc00", "\ud83d\ude00", "\U0001f600"
    )
    assert ({"\ufffd": ["\ufffd"]}, [{"\ufffd": 1}]) == sent({"\ud83d": ["\udc00"]}, {"\ud83d": 1})
