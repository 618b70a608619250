"""`modelwright outcome`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import click

from modelwright.cli.output import JSON, URL, show
from modelwright.core.errors import BadInput
from modelwright.sdk import outcomes as sdk
from modelwright.sdk.http import Api
from modelwright.serving.shown import OutcomeAsked, OutcomesTaken

_COLUMNS = {"prediction", "name", "value"}


@click.group()
def outcome() -> None:
    """What became of predictions: guards of rollouts, and `why`, know it from then on.

    Status 1 when something else is known of one already, which stays.
    """


@outcome.command(
    epilog="Example:  modelwright outcome add fraud-api 018f3a2b4c5d6e7f8091a2b3c4d5e6f7 value=1 cost=12.5"
)
@click.argument("deployment")
@click.argument("prediction")
@click.argument("values", nargs=-1, required=True)
@URL
@JSON
def add(deployment: str, prediction: str, values: tuple[str, ...], url: str | None, *, as_json: bool) -> None:
    """Say what turned out to be true of PREDICTION (`<id>`, or `<id>.<row>`): NAME=VALUE, numbers or labels."""
    asked = [_asked(prediction, value) for value in values]
    with Api(url) as api:
        taken = sdk.add_outcomes(deployment, asked, api=api)
    show(taken, lambda: _say(taken), as_json=as_json)
    if taken.conflicting:
        click.get_current_context().exit(1)


@outcome.command(epilog="Example:  modelwright outcome load fraud-api outcomes.csv")
@click.argument("deployment")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@URL
@JSON
def load(deployment: str, file: Path, url: str | None, *, as_json: bool) -> None:
    """Say it of many: FILE is CSV with the columns prediction, name and value. Loading it again is harmless."""
    with Api(url) as api:
        taken = sdk.add_outcomes(deployment, _rows(file), api=api)
    show(taken, lambda: _say(taken), as_json=as_json)
    if taken.conflicting:
        click.get_current_context().exit(1)


def _rows(file: Path) -> Iterator[OutcomeAsked]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:  # spreadsheets begin with a byte order mark
            yield from _read(file, csv.DictReader(opened))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{file} is not CSV in UTF-8: {error}") from error


def _read(file: Path, reader: csv.DictReader[str]) -> Iterator[OutcomeAsked]:
    missing = _COLUMNS - set(reader.fieldnames or ())
    if missing:
        raise BadInput(f"{file} has no column {', '.join(sorted(missing))}; it needs prediction, name and value")
    for row in reader:
        if None in row.values():
            raise BadInput(f"line {reader.line_num} of {file} has too few fields; it needs prediction, name and value")
        yield OutcomeAsked(prediction=row["prediction"], name=row["name"], value=_value(row["value"]))


def _asked(prediction: str, text: str) -> OutcomeAsked:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"{text!r} says no value; write such as value=1 or label=fraud")
    return OutcomeAsked(prediction=prediction, name=name, value=_value(value))


def _value(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        raise BadInput(f"{text!r} is no number; leave out what is not known")
    return number


def _say(taken: OutcomesTaken) -> None:
    click.echo(f"{taken.taken} outcomes are new, {taken.repeated} were known.")
    if taken.conflicting:
        click.echo(
            f"Something else is known of {len(taken.conflicting)}, and stays: {', '.join(taken.conflicting[:5])}"
        )
