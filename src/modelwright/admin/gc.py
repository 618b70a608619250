"""`modelwright gc`: remove for good what was deleted a while ago."""

from getpass import getuser
from pathlib import Path
from typing import Any

import click

from modelwright.admin.commands import CONFIG, DATABASE, HOME, settings_from
from modelwright.app import HOLDERS
from modelwright.cli.output import JSON, YES, show, sure
from modelwright.core.auth import local_user
from modelwright.core.clock import now_ms
from modelwright.core.db.open import open_database
from modelwright.core.home import hold
from modelwright.tracking.service.forgetting import Forgotten, forget_deleted
from modelwright.tracking.service.holds import Deletion

_DAY_MS = 86_400_000


@click.command(epilog="Example:  modelwright gc --home ~/models --older-than 90")
@HOME
@DATABASE
@CONFIG
@click.option("--older-than", "days", type=click.IntRange(min=0), default=30, show_default=True, help="In days.")
@YES
@JSON
def gc(config: Path | None, days: int, *, yes: bool, as_json: bool, **flags: Any) -> None:
    """Remove deleted runs, logged models and experiments for good, with their artifacts.

    What something live refers to stays, and is named. The server on the same home folder must be stopped; bytes that
    nothing names any more leave the disk with its next sweeps.
    """
    settings = settings_from(flags, config)
    sure(f"What was deleted more than {days} days ago cannot be restored any more. Remove it for good?", yes=yes)
    with hold(settings, "modelwright gc", now_ms()):
        db = open_database(settings.database_url)
        try:
            done = forget_deleted(
                db, local_user(getuser()), before_ms=now_ms() - days * _DAY_MS, deletion=Deletion(HOLDERS, forced=False)
            )
        finally:
            db.close()
    show(done, lambda: _say(done), as_json=as_json)


def _say(done: Forgotten) -> None:
    for what, gone in (("runs", done.runs), ("logged models", done.logged_models), ("experiments", done.experiments)):
        click.echo(f"{len(gone)} {what} removed.")
    for reason in done.kept:
        click.echo(f"Kept: {reason}")
