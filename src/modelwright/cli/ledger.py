"""`modelwright ledger`."""

from __future__ import annotations

from pathlib import Path

import click

from modelwright.cli.output import JSON, URL, YES, moment, percent, show, sure, table
from modelwright.sdk import ledger as sdk
from modelwright.sdk.http import Api
from modelwright.serving.model import Durability, Logging
from modelwright.serving.shown import LedgerShown

_MEGABYTE = 1024 * 1024
_SINCE = click.option("--since", default="1d", show_default=True, help="How far back: 90s, 10m, 2h, 7d.")


@click.group()
def ledger() -> None:
    """Past predictions in bulk, and what is kept of them: inputs, outputs, version and time of each row."""


@ledger.command("show", epilog="Example:  modelwright ledger show fraud-api")
@click.argument("deployment")
@URL
@JSON
def show_(deployment: str, url: str | None, *, as_json: bool) -> None:
    """What is kept of DEPLOYMENT, for how long, and how much of it there is."""
    with Api(url) as api:
        found = sdk.shown(deployment, api=api)
    show(found, lambda: _say(found), as_json=as_json)


def _say(found: LedgerShown) -> None:
    since = f" since {moment(found.first_ms)}" if found.first_ms is not None else ""
    size = f"{found.size_bytes / _MEGABYTE:.1f} MB in {found.segments} segments"
    click.echo(f"{found.deployment}: {found.rows} predictions{since} ({size})")
    click.echo(f"  keeps    {kept(found.logging)}")


def kept(logging: Logging) -> str:
    """What the ledger keeps, in words."""
    days = "for ever" if logging.keep_days is None else f"for {logging.keep_days} days"
    what = "inputs and outputs" if logging.inputs else "outputs"
    said = [f"{what} of {percent(logging.share)} of requests, {days}"]
    said += [f"digests of {', '.join(logging.hashed)}"] if logging.hashed else []
    said += [f"without {', '.join(logging.masked)}"] if logging.masked else []
    said += ["answers wait until their rows are on the disk"] if logging.durability is Durability.LOGGED else []
    return "; ".join(said)


@ledger.command(
    "set", epilog="Example:  modelwright ledger set fraud-api --share 0.1 --hash-column iban --keep-days 90 --logged"
)
@click.argument("deployment")
@click.option("--share", type=click.FloatRange(0, 1), help="Part of requests whose rows are kept.")
@click.option("--inputs/--no-inputs", default=None, help="Whether inputs are kept.")
@click.option("--hash-column", "hashed", multiple=True, help="Keep only a keyed digest of this column; '' for none.")
@click.option("--mask-column", "masked", multiple=True, help="Do not keep this column; '' for none.")
@click.option("--keep-days", type=click.IntRange(1, 36_500), help="Delete predictions after so many days.")
@click.option("--keep-for-ever", is_flag=True, help="Delete none.")
@click.option("--logged/--buffered", default=None, help="Answer only when the rows are on the node's disk, or at once.")
@YES
@URL
@JSON
def set_(
    deployment: str,
    share: float | None,
    inputs: bool | None,  # noqa: FBT001 - click passes by name
    hashed: tuple[str, ...],
    masked: tuple[str, ...],
    keep_days: int | None,
    logged: bool | None,  # noqa: FBT001 - click passes by name
    url: str | None,
    *,
    keep_for_ever: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Change what is kept of DEPLOYMENT; what is not named stays as it is."""
    if keep_for_ever and keep_days is not None:
        raise click.UsageError("--keep-days and --keep-for-ever contradict each other; give one")
    with Api(url) as api:
        have = sdk.shown(deployment, api=api)
        had = have.logging
        durability = had.durability if logged is None else Durability.LOGGED if logged else Durability.BUFFERED
        wanted = Logging(
            share=had.share if share is None else share,
            inputs=had.inputs if inputs is None else inputs,
            hashed=tuple(filter(None, hashed)) if hashed else had.hashed,
            masked=tuple(filter(None, masked)) if masked else had.masked,
            durability=durability,
            keep_days=None if keep_for_ever else keep_days or had.keep_days,
        )
        if _sooner(had, wanted) and have.rows:
            question = f"Predictions of {deployment} older than {wanted.keep_days} days will be deleted. Go on?"
            sure(question, yes=yes)
        found = sdk.set_ledger(deployment, wanted, api=api)
    show(found, lambda: _say(found), as_json=as_json)


def _sooner(had: Logging, wanted: Logging) -> bool:
    return wanted.keep_days is not None and (had.keep_days is None or wanted.keep_days < had.keep_days)


@ledger.command(epilog="Example:  modelwright ledger export fraud-api predictions.parquet --since 7d")
@click.argument("deployment")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@_SINCE
@URL
@JSON
def export(deployment: str, target: Path, since: str, url: str | None, *, as_json: bool) -> None:
    """Write the predictions of DEPLOYMENT to TARGET as Parquet."""
    with Api(url) as api:
        rows = sdk.export(deployment, target, since=since, api=api)
    answer = {"rows": rows, "target": str(target)}
    show(answer, lambda: click.echo(f"{rows} predictions: {target}"), as_json=as_json)


@ledger.command(
    epilog="Example:  modelwright ledger query fraud-api "
    '"SELECT version, count(*), avg(latency_ms) FROM predictions GROUP BY version"'
)
@click.argument("deployment")
@click.argument("sql")
@_SINCE
@URL
@JSON
def query(deployment: str, sql: str, since: str, url: str | None, *, as_json: bool) -> None:
    """Ask the table `predictions` of DEPLOYMENT with SQL (DuckDB); columns are inputs.<name>, outputs.<name>, ..."""
    with Api(url) as api:
        columns, rows = sdk.query(deployment, sql, since=since, api=api)
    answer = [dict(zip(columns, row, strict=True)) for row in rows]
    show(
        answer,
        lambda: table(columns, [[str(value) for value in row] for row in rows], empty="No rows."),
        as_json=as_json,
    )
