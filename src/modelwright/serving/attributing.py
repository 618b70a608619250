"""Computing what of an answer is due to which feature, by asking the version that gave it, off the record.

It needs nothing of a version but answers, so it works for whatever can be served, in whatever process it runs. What has
too many features to ask for all of their coalitions is read from the inside where it is a sum of trees or a line.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from modelwright.artifacts.blobs import Blobs
from modelwright.core.clock import now_ms
from modelwright.core.errors import BadInput, Conflict, Internal, Unavailable
from modelwright.serving.attribution import (
    EXACT_FEATURES,
    MARGIN,
    Attribution,
    Due,
    Feature,
    Method,
    Source,
    alike,
    digest_of,
    explained_output,
    features_of,
    mixed,
    most_backgrounds,
    numbers_of,
    pairs_for,
)
from modelwright.serving.rehearsing import Rehearsal
from modelwright.serving.replaying import is_whole, refuse_hidden
from modelwright.serving.service import signatures
from modelwright.serving.service.attributions import AttributionAsked, Needed
from modelwright.serving.service.signatures import ReadBlob
from modelwright.serving.shapley import Mixture, Shares, exact, sampled
from modelwright.serving.shown import Prediction
from modelwright.serving.stored import Place, Row, newest, oldest

_PART_ROWS = 256
_LOOKED_AT = 500
"""Stored rows from which the background is drawn."""

_ENOUGH = 20


class Model:
    """The version, as a function of mixtures of the explained row and background rows."""

    def __init__(
        self, rehearsal: Rehearsal, row: dict[str, Any], background: Sequence[dict[str, Any]], output: str
    ) -> None:
        self._rehearsal = rehearsal
        self._row = row
        self._background = background
        self.features: list[Feature] = features_of(row)
        self.output = explained_output(self._answers([row])[0], output)
        self.asked_rows = 1

    def evaluate(self, asked: Sequence[Mixture]) -> list[float]:
        """The explained number for each mixture. Raises Conflict when some answer lacks it."""
        found: list[float] = []
        for start in range(0, len(asked), _PART_ROWS):
            part = asked[start : start + _PART_ROWS]
            rows = [mixed(self._row, self._background[place], self.features, mask) for place, mask in part]
            found += [self._number(answer) for answer in self._answers(rows)]
            self.asked_rows += len(rows)
        return found

    def inside(self, output: str) -> tuple[Method, Shares]:
        """Read from the model itself, exactly. Raises BadInput where that cannot be, and Unavailable."""
        rows = [self._row, *self._background]
        found = self._rehearsal.inside({name: [row[name] for row in rows] for name in self._row}, output)
        values = tuple(found.values.get(str(feature), math.nan) for feature in self.features)
        if len(found.values) != len(values) or any(math.isnan(one) for one in values):
            raise BadInput("the model's columns are not those of the row")
        self.asked_rows += len(rows)
        return Method(found.method), Shares(found.base, found.answer, values, (0.0,) * len(values))

    def _answers(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            answers = self._rehearsal.ask({name: [row[name] for row in rows] for name in self._row})
        except (BadInput, Internal) as error:
            raise Conflict(
                f"the version cannot answer rows mixed of two, so nothing can be attributed: {error.message}"
            ) from error
        if len(answers) != len(rows):
            raise Conflict(f"the version answers {len(answers)} rows for {len(rows)}: its rows depend on each other")
        return answers

    def _number(self, answer: dict[str, Any]) -> float:
        numbers = numbers_of(answer)
        if self.output not in numbers:
            raise Conflict(f"the version does not always answer {self.output!r}; give another output to explain")
        return numbers[self.output]


def attribute(
    found: Prediction, needed: Needed, asked: AttributionAsked, *, ledger: Blobs, read: ReadBlob
) -> Attribution:
    """Raises Conflict where the ledger does not hold the whole input or no background is known, BadInput for an output
    that is none, Unavailable when the node goes meanwhile.
    """
    refuse_hidden(found)
    background, source = _background(found, needed, asked, ledger=ledger, read=read)
    with Rehearsal(needed.seat) as rehearsal:
        model = Model(rehearsal, found.inputs, background, "" if asked.output == MARGIN else asked.output)
        output = asked.output or model.output
        method, shares = _shares(model, background, output, seed=asked.seed)
    due = [
        Due(feature=str(feature), value=feature.of(found.inputs), attribution=value, error=error)
        for feature, value, error in zip(model.features, shares.values, shares.errors, strict=True)
    ]
    return Attribution(
        prediction=found.prediction,
        position=found.position,
        version=found.version,
        output=output,
        method=method,
        base=shares.base,
        answer=shares.answer,
        features=tuple(sorted(due, key=lambda one: -abs(one.attribution))),
        background=digest_of(background),
        background_rows=len(background),
        background_from=source,
        seed=asked.seed,
        asked_rows=model.asked_rows,
        computed_ms=now_ms(),
    )


def _shares(model: Model, background: Sequence[dict[str, Any]], output: str, *, seed: int) -> tuple[Method, Shares]:
    """From the inside of the model where all coalitions are too many to ask; else from its answers."""
    count = len(model.features)
    if output != MARGIN and count <= EXACT_FEATURES:
        return Method.EXACT, exact(model.evaluate, count, len(background))
    try:
        return model.inside(output)
    except (BadInput, Unavailable) as error:
        if output == MARGIN:
            raise BadInput(f"the version has no {MARGIN} that can be attributed: {error.message}") from error
    pairs = pairs_for(count, len(background))
    return Method.PERMUTATION, sampled(model.evaluate, count, len(background), pairs=pairs, seed=seed)


def _background(
    found: Prediction, needed: Needed, asked: AttributionAsked, *, ledger: Blobs, read: ReadBlob
) -> tuple[list[dict[str, Any]], Source]:
    """Rows that the same route was asked before, so that the same ones come out later too; where there are too few,
    the version's example; where it has none, the first rows that the route was ever asked. Never the newest: another
    hour would give another explanation.
    """
    most = min(asked.rows, most_backgrounds(len(features_of(found.inputs))))
    here = Place(found.prediction, found.position)
    rows = _whole(islice(newest(ledger, needed.segments, here), _LOOKED_AT), found)
    if len(rows) >= _ENOUGH:
        return _drawn(rows, most, asked.seed), Source.LEDGER
    kept = signatures.examples(needed.route, read) if needed.route is not None else []
    examples = [row for row in kept if alike(found.inputs, row)]
    if examples:
        return _drawn(examples, most, asked.seed), Source.EXAMPLE
    first = _whole(oldest(ledger, needed.segments, _LOOKED_AT), found)[:most]
    if first:
        return first, Source.LEDGER
    raise Conflict(
        f"nothing to hold {found.prediction} against: the ledger has no other whole rows of {found.version} in "
        f"{found.deployment!r}, and the version keeps no example; ask again when there is more traffic",
        prediction=found.prediction,
    )


def _drawn(rows: list[dict[str, Any]], most: int, seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)  # noqa: S311 - samples; guards nothing
    return rows if len(rows) <= most else draw.sample(rows, most)


def _whole(rows: Iterable[Row], found: Prediction) -> list[dict[str, Any]]:
    """The inputs of other rows than `found`'s that can be mixed with it."""
    here = Place(found.prediction, found.position)
    return [
        row.inputs
        for row in rows
        if row.place != here and is_whole(row.inputs, row.outputs, row.hidden) and alike(found.inputs, row.inputs)
    ]
