"""Identifiers made by the server."""

import re
import time

import pytest

from modelwright.core.ids import hex32


def test_an_id_is_32_hexadecimal_digits_and_none_is_made_twice() -> None:
    made = [hex32() for _ in range(20_000)]

    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in made)
    assert len(made) == len(set(made))


def test_what_is_made_in_one_millisecond_lies_together_and_still_differs_in_its_first_eight_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_795_267_200_123_456_789)

    made = [hex32() for _ in range(8)]

    assert {each[:5] for each in made} == {f"{1_795_267_200_123 % 2**20:05x}"}
    assert len({each[5:] for each in made}) == len(made)
