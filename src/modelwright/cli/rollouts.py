"""`modelwright rollout`."""

from __future__ import annotations

import click

from modelwright.cli.output import JSON, URL, ago, clock, moment, percent, show, table
from modelwright.sdk import serving
from modelwright.sdk.http import Api
from modelwright.serving.rollouts.machine import SYSTEM, Measured, Phase, RolloutEvent
from modelwright.serving.rollouts.plan import DEFAULT_GUARDS, MOST_REPLAYED, Kind
from modelwright.serving.rollouts.words import rates
from modelwright.serving.shown import RolloutShown


@click.group()
def rollout() -> None:
    """Move a deployment's traffic to another version, under guards."""


@rollout.command(
    epilog='Example:  modelwright rollout start fraud-api fraud:18 --canary 5%,25%,100% --guard "error_rate not worse" '
    '--guard "p99 < 30ms" --follow'
)
@click.argument("name")
@click.argument("version")
@click.option("--canary", help="Steps of a canary.  [default: 5%,25%,100%]")
@click.option("--ab", help="A/B at this share, such as 50%; ends in a verdict and leaves the choice to you.")
@click.option("--blue-green", is_flag=True, help="Move everything at once, and watch.")
@click.option("--shadow-only", is_flag=True, help="Mirror requests only; nobody gets the candidate's answers.")
@click.option("--guard", "guards", multiple=True, help="What must hold; may be given several times.")
@click.option("--shadow", help="Mirror requests for this long before the first step, such as 10m.")
@click.option(
    "--replay",
    type=click.IntRange(1, MOST_REPLAYED),
    metavar="ROWS",
    help="First ask the candidate the newest ROWS of the ledger, before anybody gets its answers.",
)
@click.option("--dwell", default="1m", show_default=True, help="The least time on each step.")
@click.option("--deadline", default="2h", show_default=True, help="When undecided by then, hold.")
@click.option("--follow", is_flag=True, help="Stay and tell what happens, until it is over.")
@URL
@JSON
def start(
    name: str,
    version: str,
    canary: str | None,
    ab: str | None,
    guards: tuple[str, ...],
    shadow: str | None,
    replay: int | None,
    dwell: str,
    deadline: str,
    url: str | None,
    *,
    blue_green: bool,
    shadow_only: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """Begin a rollout of VERSION in the deployment NAME.

    With --follow, status 1 when it ends without a promotion, or holds.
    """
    kinds = {Kind.CANARY: canary, Kind.AB: ab, Kind.BLUE_GREEN: blue_green, Kind.SHADOW: shadow_only}
    chosen = [kind for kind, given in kinds.items() if given] or [Kind.CANARY]
    if len(chosen) > 1:
        raise click.UsageError("choose one of --canary, --ab, --blue-green, --shadow-only")
    with Api(url) as api:
        begun = serving.start_rollout(
            name,
            version,
            kind=chosen[0],
            steps=canary or ab,
            guards=guards or DEFAULT_GUARDS,
            shadow=shadow,
            replay=replay or 0,
            dwell=dwell,
            deadline=deadline,
            api=api,
        )
        if follow:
            begun = _watched(begun.id, api, quiet=as_json)
    if as_json or not follow:
        # One document, as with all commands; of a followed one what it has come to.
        show(begun, lambda: _say(begun), as_json=as_json)
    if follow and begun.phase is not Phase.PROMOTED:
        # What comes after it in a script relies on the candidate.
        click.get_current_context().exit(1)


def _watched(id_: int, api: Api, *, quiet: bool) -> RolloutShown:
    """As `_follow`; who stops watching is told that nothing else has stopped."""
    try:
        return _follow(id_, api, quiet=quiet)
    except KeyboardInterrupt:
        click.echo(
            f"\nRollout {id_} goes on: `modelwright rollout show {id_}` tells how, `modelwright rollout abort {id_}` "
            "ends it.",
            err=True,
        )
        raise


def _follow(id_: int, api: Api, *, quiet: bool) -> RolloutShown:
    """What it has come to, after its moves were told, unless that is to be `quiet`."""
    told = 0
    for found in serving.follow(id_, api=api):
        if quiet:
            continue
        moves = [event for event in found.events if not isinstance(event, Measured)]
        for event in moves[told:]:
            click.echo(f"{clock(event.at_ms)}  {_move(event)}")
        told = len(moves)
    return found


def _move(event: RolloutEvent) -> str:
    """What happened and why, and who did it where it was not the rollout itself."""
    who = "" if event.by == SYSTEM else f" (by {event.by})"
    return f"{event.__struct_config__.tag!s:<12} {event.reason}{who}"


@rollout.command("list", epilog="Example:  modelwright rollout list fraud-api")
@click.argument("name")
@URL
@JSON
def list_(name: str, url: str | None, *, as_json: bool) -> None:
    """The rollouts of a deployment, newest first."""
    with Api(url) as api:
        found = serving.rollouts(name, api=api)
    rows = [
        (
            str(one.id),
            one.state.plan.candidate_label,
            one.phase.value,
            percent(one.state.share),
            ago(one.updated_ms),
            one.state.reason,
        )
        for one in found
    ]
    columns = ("ID", "CANDIDATE", "PHASE", "SHARE", "CHANGED", "WHY")
    show(found, lambda: table(columns, rows, empty=f"{name} had no rollouts."), as_json=as_json)


@rollout.command("show", epilog="Example:  modelwright rollout show 3")
@click.argument("rollout_id", type=int)
@URL
@JSON
def show_(rollout_id: int, url: str | None, *, as_json: bool) -> None:
    """One rollout: where it stands, what is proven, and its timeline."""
    with Api(url) as api:
        found = serving.rollout(rollout_id, api=api)
    show(found, lambda: _say(found), as_json=as_json)


def _say(found: RolloutShown) -> None:
    state = found.state
    click.echo(
        f"Rollout {found.id} of {found.deployment}: {found.phase.value.replace('_', ' ')}, "
        f"{state.plan.candidate_label} at {percent(state.share)}"
    )
    rows = [(proof.guard.text, state.evidence.standing(proof).value, rates(proof)) for proof in state.evidence.proofs]
    table(("GUARD", "STANDING", "SEEN"), rows, empty="no guards")
    for event in found.events:
        if not isinstance(event, Measured):
            click.echo(f"{moment(event.at_ms)}  {_move(event)}")


def _order(rollout_id: int, what: str, reason: str, url: str | None, *, as_json: bool) -> None:
    with Api(url) as api:
        found = serving.order(rollout_id, what, reason=reason, api=api)
    show(found, lambda: _say(found), as_json=as_json)


_REASON = click.option("--reason", default="", help="Why, for the timeline.")


@rollout.command(epilog="Example:  modelwright rollout promote 3 --reason 'seen enough'")
@click.argument("rollout_id", type=int)
@_REASON
@URL
@JSON
def promote(rollout_id: int, reason: str, url: str | None, *, as_json: bool) -> None:
    """Move all traffic to the candidate now."""
    _order(rollout_id, "promote", reason, url, as_json=as_json)


@rollout.command(epilog="Example:  modelwright rollout rollback 3")
@click.argument("rollout_id", type=int)
@_REASON
@URL
@JSON
def rollback(rollout_id: int, reason: str, url: str | None, *, as_json: bool) -> None:
    """Move all traffic back to the control now."""
    _order(rollout_id, "rollback", reason, url, as_json=as_json)


@rollout.command(epilog="Example:  modelwright rollout abort 3 --reason 'wrong version'")
@click.argument("rollout_id", type=int)
@_REASON
@URL
@JSON
def abort(rollout_id: int, reason: str, url: str | None, *, as_json: bool) -> None:
    """Stop it: all traffic to the control, nothing said about the candidate."""
    _order(rollout_id, "abort", reason, url, as_json=as_json)


@rollout.command(epilog="Example:  modelwright rollout resume 3")
@click.argument("rollout_id", type=int)
@URL
@JSON
def resume(rollout_id: int, url: str | None, *, as_json: bool) -> None:
    """Let a held rollout go on; its deadline counts anew."""
    _order(rollout_id, "resume", "", url, as_json=as_json)
