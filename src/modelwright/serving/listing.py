"""A deployment's stored rows as a list, newest first: so much work for each answer, however much the ledger holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from modelwright.artifacts.blobs import Blobs
from modelwright.serving.model import Form, Segment, VersionRef
from modelwright.serving.shown import PredictionRow
from modelwright.serving.stored import Place, in_turn, moment, parquet
from modelwright.serving.streams import newest_found

LATEST_MS = 2**47
"""Later than any row: ids hold 48 bits of time."""

MOST_LOOKED_AT = 100_000
MOST_S = 2.0
"""What one answer may look at: rows, and seconds of reading. Then it says how far it came."""

_COLUMNS = 16
_TEXT = 120
_ITEMS = 8


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of a deployment somebody wants: of one version (`fraud:17`), of one caller, of a time."""

    version: str | None = None
    caller: str | None = None
    since_ms: int = 0
    until_ms: int = LATEST_MS
    limit: int = 50
    page_token: str | None = None


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Rows before a place, of this time and caller (None: of any); a page of them."""

    before: Place
    since_ms: int = 0
    caller: str | None = None
    limit: int = 50


class Window(msgspec.Struct, frozen=True):
    """Segments to look at. All that may hold a row later than `floor_ms` are among them; None: all there are."""

    segments: Sequence[Segment]
    floor_ms: int | None


class Look(msgspec.Struct, frozen=True):
    """What was found, and the place to go on before; None when there is nothing more."""

    rows: list[PredictionRow]
    onward: Place | None


class _Key(msgspec.Struct, frozen=True):
    """A row whose values are read only if it is shown."""

    place: Place
    latency_ms: float
    caller: str
    segment: Segment
    values: Callable[[], dict[str, Any]]


def look(ledger: Blobs, window: Window, sought: Sought, *, clock: Callable[[], float] = time.monotonic) -> Look:
    """The newest rows that are sought, as far as one answer looks: at one row at least, so that asking on comes to an
    end.
    """
    until_s = clock() + MOST_S
    rows: list[PredictionRow] = []
    last = sought.before
    floor_ms = max(sought.since_ms - 1, -1 if window.floor_ms is None else window.floor_ms)
    keys = in_turn(window.segments, sought.before, lambda segment: _keys(ledger, segment, sought.before))
    for looked, key in enumerate(keys):
        if key.place.at_ms <= floor_ms:
            break
        if len(rows) >= sought.limit or looked >= MOST_LOOKED_AT or (looked and clock() >= until_s):
            return Look(rows, last)
        last = key.place
        if sought.caller in (None, key.caller):
            rows.append(_shown(key))
    further = window.floor_ms is not None and window.floor_ms >= sought.since_ms
    return Look(rows, moment(floor_ms + 1) if further else None)


def _keys(ledger: Blobs, segment: Segment, before: Place) -> Iterator[_Key]:
    here = (before.prediction, before.position)
    if segment.form is Form.PARQUET:
        found = parquet().newest_found(ledger, segment.digest, here)
    else:
        found = newest_found(b"".join(ledger.read(segment.digest)), here)
    for prediction, position, latency_ms, caller, values in found:
        yield _Key(Place(prediction, position), latency_ms, caller, segment, values)


def _shown(key: _Key) -> PredictionRow:
    segment, values = key.segment, key.values()
    (inputs, more), (outputs, most) = _brief(values.get("inputs") or {}), _brief(values.get("outputs") or {})
    return PredictionRow(
        prediction=key.place.prediction,
        position=key.place.position,
        at_ms=key.place.at_ms,
        route=segment.route,
        version=VersionRef(model=segment.model, number=segment.version),
        node=segment.node,
        latency_ms=key.latency_ms,
        caller=key.caller,
        share=segment.share,
        inputs=inputs,
        outputs=outputs,
        hidden=segment.hidden,
        left_out=more + most,
    )


def _brief(values: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """What of the values fits into a list, whole; and how many do not."""
    short = {name: value for name, value in list(values.items())[:_COLUMNS] if _is_short(value)}
    return short, len(values) - len(short)


def _is_short(value: Any) -> bool:
    if isinstance(value, str | bytes):
        return len(value) <= _TEXT
    if isinstance(value, list | dict):
        return len(value) <= _ITEMS and not any(isinstance(one, list | dict | str | bytes) for one in value)
    return True
