"""`modelwright experiment` and `modelwright run`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from modelwright.cli.output import JSON, URL, ago, say_more, show, table
from modelwright.sdk import records
from modelwright.sdk.http import Api

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelwright.core.pages import Page
    from modelwright.tracking.model.shown import Comparison, RunRow, ShownExperiment, ShownRun

_LIMIT = click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="The most rows.")


@click.group()
def experiment() -> None:
    """See experiments."""


@experiment.command("list", epilog="Example:  modelwright experiment list --search fraud")
@click.option("--search", "words", default="", help="Only names that hold this.")
@_LIMIT
@URL
@JSON
def list_experiments(words: str, limit: int, url: str | None, *, as_json: bool) -> None:
    """List experiments, the latest changed first."""
    with Api(url) as api:
        found = records.experiments(api, words=words, limit=limit)
    show(found, lambda: _print_experiments(found), as_json=as_json)


@click.group()
def run() -> None:
    """See and compare runs."""


@run.command("list", epilog='Example:  modelwright run list -e 3 --filter "metrics.accuracy > 0.9" --metric accuracy')
@click.option(
    "--experiment", "-e", "experiments", multiple=True, help="An experiment's id; may be given several times."
)
@click.option("--filter", "filter_", default="", help="MLflow's search language, such as: params.depth = '6'")
@click.option("--order-by", "order_by", multiple=True, help='Such as "metrics.loss ASC"; may be given several times.')
@click.option("--param", "params", multiple=True, help="Show this param; may be given several times.")
@click.option("--metric", "metrics", multiple=True, help="Show this metric; may be given several times.")
@_LIMIT
@URL
@JSON
def list_runs(
    experiments: tuple[str, ...],
    filter_: str,
    order_by: tuple[str, ...],
    params: tuple[str, ...],
    metrics: tuple[str, ...],
    limit: int,
    url: str | None,
    *,
    as_json: bool,
) -> None:
    """List runs, the latest started first; of all experiments when none is named."""
    with Api(url) as api:
        chosen = experiments or tuple(e.id for e in records.experiments(api, limit=1000).items)
        found = records.search_runs(
            api, chosen, filter_=filter_, order_by=order_by, limit=limit, params=params, metrics=metrics
        )
    show(found, lambda: _print_runs(found, params, metrics), as_json=as_json)


@run.command("show", epilog="Example:  modelwright run show 4a1f0c6d2b3e4f5a6b7c8d9e0f1a2b3c")
@click.argument("run_id")
@URL
@JSON
def show_run(run_id: str, url: str | None, *, as_json: bool) -> None:
    """Show one run: what it was, what it took in, how it came out."""
    with Api(url) as api:
        found = records.get_run(api, run_id)
    show(found, lambda: _print_run(found), as_json=as_json)


@run.command("compare", epilog="Example:  modelwright run compare RUN_ID RUN_ID RUN_ID")
@click.argument("run_ids", nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="Also what is the same in all of them.")
@URL
@JSON
def compare(run_ids: tuple[str, ...], url: str | None, *, everything: bool, as_json: bool) -> None:
    """Show runs side by side: what differs, unless --all is given."""
    if len(run_ids) < 2:  # noqa: PLR2004 - comparing takes two
        raise click.UsageError("name at least two runs")
    with Api(url) as api:
        found = records.compare_runs(api, run_ids)
    show(found, lambda: _print_comparison(found, everything=everything), as_json=as_json)


def number(value: float | None) -> str:
    """A metric for people: six significant digits; a dash when there is none."""
    return "-" if value is None else f"{value:.6g}"


def _print_experiments(found: Page[ShownExperiment]) -> None:
    rows = [[e.id, e.name, str(e.run_count), "-" if e.last_run_ms is None else ago(e.last_run_ms)] for e in found.items]
    table(["id", "name", "runs", "last run"], rows, empty="No experiment is named like that.")
    say_more(found)


def _print_runs(found: Page[RunRow], params: Sequence[str], metrics: Sequence[str]) -> None:
    rows = [
        [
            each.id,
            each.name,
            each.status.lower(),
            ago(each.started_ms),
            *(each.params.get(key, "-") for key in params),
            *(number(each.metrics.get(key)) for key in metrics),
        ]
        for each in found.items
    ]
    table(["run", "name", "status", "started", *params, *metrics], rows, empty="No run matches.")
    say_more(found)


def _print_run(found: ShownRun) -> None:
    took = "" if found.ended_ms is None else f", took {(found.ended_ms - found.started_ms) / 1000:.1f} s"
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found.started_ms / 1000))
    click.echo(f"{found.name}  ({found.id})")
    click.echo(
        f"{found.status.lower()}; started {started}{took}; by {found.user or 'unknown'} from {found.source or '-'}"
    )
    click.echo(f"experiment {found.experiment_name} ({found.experiment_id}); files at {found.artifact_uri}")
    click.echo()
    rows = [[m.key, number(m.last), str(m.last_step), number(m.min), number(m.max)] for m in found.metrics]
    table(["metric", "last", "at step", "min", "max"], rows, empty="No metrics.")
    click.echo()
    table(["param", "value"], sorted(found.params.items()), empty="No params.")
    if found.datasets:
        click.echo()
        table(
            ["dataset", "digest", "used for"], [[d.name, d.digest, d.context or "-"] for d in found.datasets], empty=""
        )
    shown = [(key, value) for key, value in sorted(found.tags.items()) if not key.startswith("mlflow.")]
    if shown:
        click.echo()
        table(["tag", "value"], shown, empty="")


def _print_comparison(found: Comparison, *, everything: bool) -> None:
    columns = ["", *(each.name for each in found.runs)]
    metrics = [[m.key, *map(number, m.values)] for m in found.metrics if everything or m.differs]
    params = [[p.key, *(v or "-" for v in p.values)] for p in found.params if everything or p.differs]
    table(["metric", *columns[1:]], metrics, empty="No metric differs.")
    click.echo()
    table(["param", *columns[1:]], params, empty="No param differs.")
