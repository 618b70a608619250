"""`modelwright why`."""

from __future__ import annotations

from typing import Any

import click

from modelwright.cli.origin import say_diffs, say_origin
from modelwright.cli.output import JSON, URL, moment, percent, show, table
from modelwright.sdk import predictions
from modelwright.sdk.http import Api
from modelwright.serving.attribution import BACKGROUND_ROWS, Attribution, Method
from modelwright.serving.replaying import Replayed
from modelwright.serving.shown import Prediction


@click.command(epilog="Example:  modelwright why 018f3a2b4c5d6e7f8091a2b3c4d5e6f7 --replay")
@click.argument("prediction")
@click.option("--replay", is_flag=True, help="Ask the same version the same again, and compare.")
@click.option("--attribution", is_flag=True, help="Tell what of the answer is due to which feature (Shapley values).")
@click.option(
    "--output", default="", help="The number to attribute, such as probabilities[1].  [default: the usual one]"
)
@click.option(
    "--background",
    type=click.IntRange(1, 100),
    default=BACKGROUND_ROWS,
    show_default=True,
    help="Rows asked before it that it is held against.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of the sampling.  [default: 0]")
@click.option("--diff", is_flag=True, help="Write the changes without a commit that the version was made with.")
@click.option("--fresh", is_flag=True, help="Compute the attribution anew, even if it is known.")
@URL
@JSON
def why(
    prediction: str,
    output: str,
    background: int,
    seed: int,
    url: str | None,
    *,
    replay: bool,
    attribution: bool,
    diff: bool,
    fresh: bool,
    as_json: bool,
) -> None:
    """Where the answer PREDICTION came from (the id is in each answer's Modelwright-Prediction header)."""
    if replay + attribution + diff > 1:
        raise click.UsageError("choose one of --replay, --attribution and --diff")
    with Api(url) as api:
        if attribution:
            due = predictions.attribution(prediction, output=output, rows=background, seed=seed, fresh=fresh, api=api)
            show(due, lambda: say_due(due), as_json=as_json)
        elif replay:
            again = predictions.replay(prediction, api=api)
            show(again, lambda: _say_replayed(again), as_json=as_json)
        else:
            found = predictions.why(prediction, api=api)
            show(found, lambda: say_diffs(found.provenance) if diff else _say(found), as_json=as_json)


def _say(found: Prediction) -> None:
    click.echo(f"{found.prediction}.{found.position}  answered {moment(found.at_ms)} in {found.latency_ms:.2f} ms")
    click.echo(f"  by       {found.version} ({found.engine}), {found.manifest}")
    click.echo(f"  at       deployment {found.deployment}, route {found.route}, node {found.node}")
    if found.caller:
        click.echo(f"  for      {found.caller}")
    if found.rollout is not None:
        then = found.rollout
        click.echo(f"  during   rollout {then.id}: {then.candidate} had {percent(then.share)} ({then.reason})")
    click.echo(f"  inputs   {_values(found.inputs)}")
    if found.hidden:
        click.echo(f"  hidden   {', '.join(found.hidden)}")
    click.echo(f"  outputs  {_values(found.outputs)}")
    for one in found.outcomes:
        click.echo(f"  outcome  {one.name}: {one.label} (known since {moment(one.received_ms)})")
    if found.provenance is None:
        click.echo(f"  origin   {found.version} is no longer in the registry")
    else:
        say_origin(found.provenance)


def _values(values: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value!r}" for name, value in values.items()) or "(not kept)"


def _say_replayed(again: Replayed) -> None:
    _say(again.prediction)
    if again.equal:
        click.echo("  replay   equal")
        return
    click.echo(f"  replay   {_values(again.outputs)}")
    for name, difference in again.differences.items():
        if difference:
            click.echo(f"           {name} differs by {difference:g}")


def say_due(due: Attribution) -> None:
    click.echo(f"{due.prediction}.{due.position}  {due.output} = {due.answer:g} by {due.version}")
    columns = ("FEATURE", "VALUE", "DUE TO IT", *(("+-",) if any(one.error for one in due.features) else ()))
    rows = [
        (one.feature, f"{one.value!r}", f"{one.attribution:+.6g}", f"{one.error:.2g}")[: len(columns)]
        for one in due.features
    ]
    table(columns, rows, empty="no features")
    held = f"{due.background_rows} background row{'' if due.background_rows == 1 else 's'}"
    click.echo(
        f"Base {due.base:g} (mean of {held}, from the {due.background_from.value}) plus all of these is {due.answer:g}."
    )
    sampled = due.method is Method.PERMUTATION
    how = f"sampled orders of features, seed {due.seed}" if sampled else "all coalitions of features"
    click.echo(f"Shapley values over {how}; {due.asked_rows} rows asked; background {due.background[:19]}...")
