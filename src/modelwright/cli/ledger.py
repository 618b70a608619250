"""`modelwright ledger`."""

from __future__ import annotations

from pathlib import Path

import click

from modelwright.cli.output import JSON, URL, show, table
from modelwright.sdk import ledger as sdk
from modelwright.sdk.http import Api

_SINCE = click.option("--since", default="1d", show_default=True, help="How far back: 90s, 10m, 2h, 7d.")


@click.group()
def ledger() -> None:
    """Past predictions in bulk: inputs, outputs, version and time of every row that was kept."""


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
