"""Where a version came from, as the terminal tells it: run, code, what changed, what was found."""

from __future__ import annotations

import click

from modelwright.cli.output import moment, percent
from modelwright.serving.model import Parity
from modelwright.serving.origin import Code, CodeChange, Evaluations, Provenance, Score, TrainingRun


def say_origin(origin: Provenance) -> None:
    """The answers to a reviewer's first questions, one on each line."""
    click.echo(
        f"  origin   registered by {origin.registered_by} at {moment(origin.registered_ms)}, from {origin.source}"
    )
    if not origin.same_bytes:
        click.echo("           the version of this number holds other bytes today than those that answered")
    if origin.description:
        click.echo(f"           {origin.description}")
    for alias in origin.aliases:
        click.echo(f"  alias    @{alias.alias} then, set by {alias.by} at {moment(alias.since_ms)}")
    if origin.shares:
        divided = ", ".join(f"{route} {percent(share)}" for route, share in origin.shares.items())
        click.echo(f"  traffic  {divided}{f' ({origin.shares_why})' if origin.shares_why else ''}")
    for file in origin.environment:
        click.echo(f"  libs     {file.path}, {file.digest}")
    if origin.run is None:
        click.echo("  run      none is known")
    else:
        _say_run(origin.run)
    _say_code(origin.code)
    for change in origin.changes:
        click.echo(f"  since    {_changed(change)}")
    _say_evaluations(origin.evaluations)


def _say_run(run: TrainingRun) -> None:
    click.echo(f"  run      {run.name} ({run.id}) by {run.user} at {moment(run.started_ms)}")
    for data in run.datasets:
        click.echo(f"  data     {data.name}, digest {data.digest}, from {data.source}")


def _say_code(code: Code) -> None:
    branch = f" on {code.branch}" if code.branch else ""
    where = f" of {code.repository}" if code.repository else ""
    click.echo(
        f"  code     {code.program or 'program not recorded'}, commit {code.commit or 'not recorded'}{branch}{where}"
    )
    if code.link:
        click.echo(f"           {code.link}")
    for diff in code.diffs:
        changed = "" if diff.text is None else f", {_extent(diff.text)}"
        click.echo(f"  diff     {diff.size_bytes} bytes{changed}, {diff.kept} ({diff.link})")
    if code.dirty is None:
        click.echo("  diff     whether there were changes without a commit is not recorded")
    elif not code.diffs:
        click.echo(
            f"  diff     {'there were changes without a commit; they are not recorded' if code.dirty else 'none'}"
        )


def _extent(diff: str) -> str:
    """What `git diff --stat` says last."""
    lines = diff.splitlines()
    files = sum(line.startswith("+++ ") for line in lines)
    added = sum(line.startswith("+") and not line.startswith("+++ ") for line in lines)
    gone = sum(line.startswith("-") and not line.startswith("--- ") for line in lines)
    return f"{files} files, +{added} -{gone}"


def _changed(change: CodeChange) -> str:
    before = f"{change.version}, before it in {change.since}"
    if change.same:
        return f"{before}: the same commit"
    if change.commits:
        return f"{before}: git log {change.commits}{f'  {change.link}' if change.link else ''}"
    return f"{before}: commit {change.commit or 'not recorded'}, so what changed cannot be told"


def _say_evaluations(found: Evaluations) -> None:
    for score in found.scores:
        click.echo(f"  metric   {_scored(score)}")
    if not found.scores:
        click.echo("  metric   none is recorded")
    if found.proof is None:
        click.echo("  proof    no load-proof is recorded")
    else:
        finding = found.proof.finding
        at = f" at {moment(found.proof.found_ms)}" if found.proof.found_ms is not None else ""
        reason = f": {finding.reason}" if finding.reason else ""
        click.echo(f"  proof    load-proof {finding.state.value}{at}{reason}")
    for one in found.parities:
        click.echo(f"  onnx     on {one.node}, {moment(one.found_ms)}: {_held_against(one.parity)}")
    if not found.parities:
        click.echo("  onnx     no conversion is recorded")
    for taken in found.rollouts:
        how = f"{taken.role.value} against {taken.against} in rollout {taken.rollout} of {taken.deployment}"
        click.echo(
            f"  verdict  {how}: {taken.phase.value.replace('_', ' ')}, {taken.reason} ({moment(taken.updated_ms)})"
        )
    if not found.rollouts:
        click.echo("  verdict  it was in no rollout")


def _held_against(parity: Parity) -> str:
    if parity.proven:
        return f"proven equal on {parity.rows} rows, largest difference {parity.largest_difference:g}"
    return f"not used: {parity.reason}"


def _scored(score: Score) -> str:
    value = "nan" if score.value is None else f"{score.value:g}"
    digest = f" ({score.dataset_digest})" if score.dataset_digest else ""
    return (
        f"{score.metric}={value} on {f'{score.dataset}{digest}' if score.dataset else 'a dataset that is not recorded'}"
    )


def say_diffs(origin: Provenance | None) -> None:
    """What was recorded, as it was, for `git apply`; what is too large to be told is named on standard error."""
    diffs = origin.code.diffs if origin is not None else ()
    for diff in diffs:
        if diff.text is None:
            click.echo(f"{diff.kept} has {diff.size_bytes} bytes: {diff.link}", err=True)
        else:
            click.echo(diff.text, nl=not diff.text.endswith("\n"))
    if not diffs:
        click.echo("no diff is recorded", err=True)
