"""The id that each answer carries."""

from __future__ import annotations

import re

import msgspec

from modelwright.core.errors import BadInput

_ID = re.compile(r"([0-9a-f]{32})(?:\.(\d{1,9}))?")
_TIME_DIGITS = 12

ON_ITS_WAY_S = 30.0
"""A row reaches the ledger some seconds after its answer: node, disk and way each take their time. So long it is waited
for; the page hears of it with the refusal, the terminal counts by itself.
"""


class PredictionId(msgspec.Struct, frozen=True):
    """The id of a request's answer and the row's place in it; the id begins with its time."""

    prediction: str
    position: int

    @property
    def at_ms(self) -> int:
        return int(self.prediction[:_TIME_DIGITS], 16)


def parse_id(text: str) -> PredictionId:
    """`<32 hex digits>` for the first row of a request, `<32 hex digits>.<n>` for row n. Raises BadInput."""
    match = _ID.fullmatch(text)
    if match is None:
        raise BadInput(
            f"{text!r} is not a prediction id; one has 32 hexadecimal digits, and .<row> for rows after the first",
            prediction=text,
        )
    return PredictionId(match[1], int(match[2] or 0))
