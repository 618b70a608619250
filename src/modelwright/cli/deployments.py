"""`modelwright deploy`, `deployment`, `route`."""

from __future__ import annotations

from typing import Any, Final

import click

from modelwright.cli.ledger import kept
from modelwright.cli.output import JSON, URL, YES, ago, moment, percent, show, sure, table
from modelwright.core.errors import BadInput
from modelwright.sdk import ledger, predictions, serving
from modelwright.sdk.http import Api
from modelwright.serving.model import Durability, Engine, Logging, Mode, RouteStatus, Sticky
from modelwright.serving.rollouts.plan import parse_steps
from modelwright.serving.shown import Deployment, PredictionsShown, ReplayShown, RouteAsked, RouteShown

_ENGINES: Final = [engine.value for engine in Engine]


@click.command(epilog="Example:  modelwright deploy fraud@champion --name fraud-api")
@click.argument("version")
@click.option("--name", help="The deployment's name.  [default: the model's]")
@click.option(
    "--replace",
    is_flag=True,
    help="Move all traffic of an existing deployment at once; what its ledger keeps stays as it is.",
)
@click.option("--engine", type=click.Choice(_ENGINES), default="auto", show_default=True, help="How it is computed.")
@click.option("--log-share", type=click.FloatRange(0, 1), help="Rows kept in the ledger.  [default: 1.0]")
@click.option("--hash-column", "hashed", multiple=True, help="Keep only a keyed digest of this column.")
@click.option("--mask-column", "masked", multiple=True, help="Do not keep this column.")
@click.option("--keep-days", type=click.IntRange(1, 36_500), help="Delete predictions after so many days.")
@click.option("--logged", is_flag=True, help="Answer only when the rows are on the node's disk, and say so.")
@click.option("--sticky-header", help="Callers with equal values of this header get equal routes.")
@click.option("--sticky-column", help="Rows with equal values of this column get equal routes.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    help="Seconds to wait until it answers; if it does not by then, the status is 1.",
)
@URL
@JSON
def deploy(
    version: str,
    name: str | None,
    engine: str,
    log_share: float | None,
    hashed: tuple[str, ...],
    masked: tuple[str, ...],
    keep_days: int | None,
    sticky_header: str | None,
    sticky_column: str | None,
    wait_s: float,
    url: str | None,
    *,
    replace: bool,
    logged: bool,
    as_json: bool,
) -> None:
    """Have VERSION (fraud@champion, fraud:17) answer predictions."""
    logging = None
    if logged or hashed or masked or log_share is not None or keep_days is not None:
        if replace:
            # Half of the flags would undo what the others had hidden, and days would delete without a question.
            raise click.UsageError("what is kept of an existing deployment is changed with `modelwright ledger set`")
        logging = Logging(
            share=1.0 if log_share is None else log_share,
            hashed=hashed,
            masked=masked,
            keep_days=keep_days,
            durability=Durability.LOGGED if logged else Durability.BUFFERED,
        )
    with Api(url) as api:
        made = serving.deploy(
            version,
            name=name,
            replace=replace,
            engine=Engine(engine),
            logging=logging,
            sticky=_sticky(sticky_header, sticky_column),
            wait_s=wait_s,
            api=api,
        )
    show(made, lambda: _say_deployed(made), as_json=as_json)
    if wait_s > 0 and not _ready(made):
        # What comes after it in a script would ask in vain.
        click.get_current_context().exit(1)


def _sticky(header: str | None, column: str | None) -> Sticky | None:
    return Sticky(header=header, column=column) if header or column else None


def _say_deployed(made: Deployment) -> None:
    if not _ready(made):
        click.echo(
            f"{made.name} is deployed; no node answers yet. `modelwright deployment show {made.name}` tells more."
        )
        return
    for route in made.routes:
        click.echo(f"{made.name} answers with {route.version} ({_engines(route) or 'starting'}).")
    for address in made.endpoints:
        click.echo(f"  POST {address}/v2/models/{made.name}/infer")
        click.echo(f"  POST {address}/deployments/{made.name}/invocations")


def _ready(made: Deployment) -> bool:
    return any(one.report.status is RouteStatus.READY for route in made.routes for one in route.reports)


def _engines(route: RouteShown) -> str:
    return ", ".join(sorted({one.report.engine for one in route.reports if one.report.engine}))


@click.group()
def deployment() -> None:
    """See and steer deployments."""


@deployment.command("list", epilog="Example:  modelwright deployment list --json")
@URL
@JSON
def list_(url: str | None, *, as_json: bool) -> None:
    """All deployments."""
    with Api(url) as api:
        found = serving.deployments(api=api)
    rows = [
        (
            one.name,
            _traffic(one),
            "stopped" if one.stopped else _health(one),
            f"{one.rollout or ''}",
            ago(one.updated_ms),
        )
        for one in found
    ]
    empty = "No deployments yet; `modelwright deploy <model>@champion` makes one."
    show(
        found,
        lambda: table(("NAME", "TRAFFIC", "HEALTH", "ROLLOUT", "CHANGED"), rows, empty=empty),
        as_json=as_json,
    )


def _traffic(one: Deployment) -> str:
    live = [
        f"{route.version} {percent(route.share)}" for route in one.routes if route.mode is Mode.LIVE and route.share
    ]
    shadow = [f"{route.version} shadow" for route in one.routes if route.mode is Mode.SHADOW and route.share]
    return ", ".join([*live, *shadow])


def _health(one: Deployment) -> str:
    fresh = [report.report for route in one.routes if route.share for report in route.reports if report.fresh]
    if not fresh:
        return "no node"
    failed = [report for report in fresh if report.status is RouteStatus.FAILED]
    if failed:
        return f"failed: {failed[0].reason}"
    return "ready" if all(report.status is RouteStatus.READY for report in fresh) else "loading"


@deployment.command("show", epilog="Example:  modelwright deployment show fraud-api")
@click.argument("name")
@URL
@JSON
def show_(name: str, url: str | None, *, as_json: bool) -> None:
    """One deployment: its routes, and what each node says of them."""
    with Api(url) as api:
        found = serving.deployment(name, api=api)
    show(found, lambda: _say(found), as_json=as_json)


def _say(found: Deployment) -> None:
    rollout = f", in rollout {found.rollout}" if found.rollout else ""
    click.echo(f"{found.name}: {'stopped' if found.stopped else _health(found)}{rollout}")
    for address in found.endpoints:
        click.echo(f"  at {address}")
    click.echo(f"  ledger keeps {kept(found.logging)}")
    rows = [
        (
            str(route.version),
            percent(route.share) if route.mode is Mode.LIVE else f"shadow {percent(route.share)}",
            one.node if one else "",
            one.report.status.value if one else "no node yet",
            _engine(route, one.report.engine if one else ""),
            one.report.reason if one else "",
        )
        for route in found.routes
        for one in (route.reports or (None,))
    ]
    table(("VERSION", "SHARE", "NODE", "STATE", "ENGINE", "WHY"), rows, empty="no routes")


def _engine(route: RouteShown, engine: str) -> str:
    return engine if route.settings.replicas == 1 else f"{engine} x {route.settings.replicas}".strip()


@deployment.command("predictions", epilog="Example:  modelwright deployment predictions fraud-api --last 1h")
@click.argument("name")
@click.option("--version", help="Only answers of this one, such as fraud:17.")
@click.option("--caller", help="Only this caller's: the value of the sticky key; '' for those without one.")
@click.option("--last", help="How far back: 90s, 10m, 2h, 7d.  [default: as far as the ledger goes]")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="The most rows.")
@URL
@JSON
def predictions_(
    name: str,
    version: str | None,
    caller: str | None,
    last: str | None,
    limit: int,
    url: str | None,
    *,
    as_json: bool,
) -> None:
    """What a deployment answered, newest first, as far as the ledger keeps it; `modelwright why` tells more of one."""
    with Api(url) as api:
        found = predictions.latest(name, version=version, caller=caller, last=last, limit=limit, api=api)
        logging = ledger.shown(name, api=api).logging
    show(found, lambda: _say_predictions(found, logging), as_json=as_json)


def _say_predictions(found: PredictionsShown, logging: Logging) -> None:
    if not found.items:
        click.echo("The ledger has none of these.")
    for one in found.items:
        # Inputs are many: beside the rest, a terminal would show them a few letters wide.
        caller = f"  for {one.caller}" if one.caller else ""
        click.echo(f"{one.prediction}.{one.position}  {moment(one.at_ms)}  by {one.version}{caller}")
        click.echo(f"  outputs  {_cells(one.outputs)}")
        click.echo(f"  inputs   {_cells(one.inputs)}")
    click.echo(f"The ledger keeps {kept(logging)}; answers reach it some ten seconds after they were given.")
    if any(one.left_out for one in found.items):
        click.echo("Values too long for a list are left out; `modelwright why` has them.")
    if found.next_page_token is not None:
        click.echo("There are older ones; --limit shows more.")


def _cells(values: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value!r}" for name, value in values.items())


@deployment.command("logs", epilog="Example:  modelwright deployment logs fraud-api --limit 20")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@URL
@JSON
def logs_(name: str, limit: int, url: str | None, *, as_json: bool) -> None:
    """What happened to a deployment, newest first: who did it, and why."""
    with Api(url) as api:
        found = serving.history(name, limit=limit, api=api)
        if not found:
            serving.deployment(name, api=api)  # says which there are, when there is none of that name
    rows = [(moment(one.at_ms), one.actor, one.name.rpartition("serving.")[2], _told(one.facts)) for one in found]
    columns = ("AT", "BY", "WHAT", "FACTS")
    show(found, lambda: table(columns, rows, empty=f"Nothing is known of {name}."), as_json=as_json)


def _told(facts: dict[str, Any]) -> str:
    """The reason when there is one, else what changed."""
    reason = facts.get("reason") or facts.get("why")
    if reason:
        return str(reason)
    left_out = {"event", "deployment", "plan", "why"}
    return "; ".join(f"{name}: {_fact(value)}" for name, value in facts.items() if name not in left_out)


def _fact(value: Any) -> str:
    """Shares (fractions) and numbers of replicas come by route."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{route} {percent(it) if isinstance(it, float) else it}" for route, it in value.items())


@deployment.command("scale", epilog="Example:  modelwright deployment scale fraud-api 4 --version fraud:18")
@click.argument("name")
@click.argument("replicas", type=click.IntRange(1, 64))
@click.option("--version", help="Only the routes to this version.  [default: all]")
@click.option(
    "--wait", "wait_s", type=float, default=120.0, show_default=True, help="Seconds to wait until they are loaded."
)
@URL
@JSON
def scale_(name: str, replicas: int, version: str | None, wait_s: float, url: str | None, *, as_json: bool) -> None:
    """Have each node compute with REPLICAS copies of the model at the same time.

    A model that runs in a process of its own gets so many processes. The old ones answer until the new ones are there.
    """
    with Api(url) as api:
        found = serving.scale(name, replicas, version=version, wait_s=wait_s, api=api)
    show(found, lambda: _say(found), as_json=as_json)


@deployment.command("replay", epilog="Example:  modelwright deployment replay fraud-api fraud:18 --rows 1000")
@click.argument("name")
@click.argument("version")
@click.option(
    "--rows", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="How many of the newest rows."
)
@URL
@JSON
def replay_(name: str, version: str, rows: int, url: str | None, *, as_json: bool) -> None:
    """Have VERSION, which has a route in NAME, answer stored rows again, and compare with what was answered.

    Nothing of it is counted as traffic or kept. A route without traffic will do: `route set NAME old=100% new=0%`.
    """
    with Api(url) as api:
        found = serving.replay(name, version, rows=rows, api=api)
    show(found, lambda: _say_replayed(found), as_json=as_json)


def _say_replayed(found: ReplayShown) -> None:
    seen = found.seen
    equal = seen.rows - seen.differing - seen.failed
    click.echo(f"{found.version} was asked {seen.rows} rows that {found.control} had answered, at {found.node}")
    click.echo(f"  equal    {equal}")
    click.echo(f"  differ   {seen.differing}")
    for name, largest in seen.largest:
        if largest:
            click.echo(f"           {name} by up to {largest:g}")
    click.echo(f"  failed   {seen.failed}{f', the first: {seen.failure}' if seen.failure else ''}")
    if seen.unusable:
        click.echo(f"  left out {seen.unusable}, of whose inputs the ledger keeps digests or nothing")
    if found.p50_ms is not None and found.p99_ms is not None:
        click.echo(f"  took     p50 {found.p50_ms:.3g} ms, p99 {found.p99_ms:.3g} ms, one at a time")


@deployment.command("stop", epilog="Example:  modelwright deployment stop fraud-api")
@click.argument("name")
@YES
@URL
@JSON
def stop_(name: str, url: str | None, *, yes: bool, as_json: bool) -> None:
    """Drain and unload on all nodes; routes are kept, callers are answered no more."""
    sure(f"Callers of {name} will get no answers until it is resumed. Go on?", yes=yes)
    with Api(url) as api:
        found = serving.stop(name, api=api)
    show(
        found,
        lambda: click.echo(f"{name} is stopped; `modelwright deployment resume {name}` starts it again."),
        as_json=as_json,
    )


@deployment.command("resume", epilog="Example:  modelwright deployment resume fraud-api")
@click.argument("name")
@URL
@JSON
def resume_(name: str, url: str | None, *, as_json: bool) -> None:
    """Serve a stopped deployment again, with the routes it had."""
    with Api(url) as api:
        found = serving.resume(name, api=api)
    show(found, lambda: _say(found), as_json=as_json)


@click.group()
def route() -> None:
    """Divide a deployment's traffic by hand."""


@route.command("set", epilog="Example:  modelwright route set fraud-api fraud:17=90% fraud:18=10% fraud:19=shadow")
@click.argument("name")
@click.argument("shares", nargs=-1, required=True)
@click.option("--sticky-header", help="Callers with equal values of this header get equal routes.")
@click.option("--sticky-column", help="Rows with equal values of this column get equal routes.")
@URL
@JSON
def set_(
    name: str,
    shares: tuple[str, ...],
    sticky_header: str | None,
    sticky_column: str | None,
    url: str | None,
    *,
    as_json: bool,
) -> None:
    """Give NAME exactly these routes: VERSION=SHARE%, or VERSION=shadow."""
    sticky = _sticky(sticky_header, sticky_column)
    with Api(url) as api:
        found = serving.set_routes(name, [_asked(share) for share in shares], sticky=sticky, api=api)
    show(found, lambda: _say(found), as_json=as_json)


def _asked(text: str) -> RouteAsked:
    version, equals, share = text.rpartition("=")
    if not equals:
        raise BadInput(f"{text!r} gives no share; write such as fraud:17=90% or fraud:18=shadow")
    if share == "shadow":
        return RouteAsked(version=version, share=1.0, mode=Mode.SHADOW)
    return RouteAsked(version=version, share=parse_steps(share)[0])
