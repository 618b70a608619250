"""`modelwright predict`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from modelwright.cli.output import JSON, URL, show
from modelwright.sdk.batch import predict as score
from modelwright.sdk.batch import rows_in
from modelwright.sdk.http import Api
from modelwright.serving.model import Engine


@click.command(epilog="Example:  modelwright predict fraud@champion cases.parquet answers.parquet --keep id")
@click.argument("version")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--keep", multiple=True, help="An input column to copy beside the answers.")
@click.option("--all-outputs", is_flag=True, help="Also probabilities and whatever else the model gives.")
@click.option("--engine", type=click.Choice([engine.value for engine in Engine]), default="auto", show_default=True)
@click.option(
    "--replicas",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Copies of the model that compute at a time, each on one core.",
)
@click.option(
    "--ray",
    default="",
    envvar="MODELWRIGHT_RAY",
    metavar="ADDRESS",
    help="The Ray cluster whose processors compute: auto, host:6379, ray://host:10001; local starts one here for this "
    "run. Also MODELWRIGHT_RAY.",
)
@URL
@JSON
def predict(
    version: str,
    source: Path,
    target: Path,
    keep: tuple[str, ...],
    engine: str,
    replicas: int,
    ray: str,
    url: str | None,
    *,
    all_outputs: bool,
    as_json: bool,
) -> None:
    """Answer every row of SOURCE (.csv, .parquet) into TARGET (.parquet); goes on where a stopped run was."""
    began = time.monotonic()
    with Api(url) as api, _progress() as bar:
        task = bar.add_task(source.name, total=rows_in(source))
        rows = score(
            version,
            source,
            target,
            keep=keep,
            all_outputs=all_outputs,
            engine=Engine(engine),
            replicas=replicas,
            ray=ray,
            progress=lambda done: bar.update(task, completed=done),
            api=api,
        )
    took_s = time.monotonic() - began
    answer = {"rows": rows, "target": str(target), "seconds": round(took_s, 2)}
    show(answer, lambda: click.echo(f"{rows} rows in {took_s:.1f} s: {target}"), as_json=as_json)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} rows"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
