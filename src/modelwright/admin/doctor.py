"""`modelwright doctor`: is what is stored still what was stored?"""

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from modelwright.admin.commands import CONFIG, DATABASE, HOME, settings_from
from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.doctor import Finding, examine, total_bytes
from modelwright.cli.output import JSON, show
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database, sqlite_path
from modelwright.core.errors import NotFound
from modelwright.core.settings import Settings

_MEANING = {
    "missing": "is named, and its bytes are gone; restore them, or send the file again",
    "damaged": "has other bytes than were stored; restore them from a backup",
    "unkept": "is named, and nothing keeps its bytes; please report this",
    "orphan": "is named by nothing; the server takes it with its next sweeps",
    "stray": "is none of ours; look at it, and remove it if you do not know it",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at and what was found. `healthy` is False when bytes are lost or about to be."""

    healthy: bool
    blobs: int
    bytes: int
    findings: list[Finding]


@click.command(epilog="Example:  modelwright doctor --home ~/models")
@HOME
@DATABASE
@CONFIG
@click.option("--artifacts", help="s3://bucket/prefix, gs://..., az://... instead of a folder in the home folder.")
@JSON
@click.pass_context
def doctor(context: click.Context, /, config: Path | None, *, as_json: bool, **flags: Any) -> None:
    """Read every stored byte and compare it with its digest.

    Changes nothing, and may run beside the server. Exit status 1: something is broken.
    """
    settings = settings_from(flags, config)
    db = _opened(settings)
    try:
        blobs = open_blobs(settings.artifacts_url, settings.home_path / "incoming")
        report = _examined(db, blobs, quiet=as_json)
    finally:
        db.close()
    show(report, lambda: _say(report), as_json=as_json)
    context.exit(0 if report.healthy else 1)


def _opened(settings: Settings) -> Database:
    """Raises NotFound rather than making a new database, and Conflict rather than changing an old one."""
    if settings.database_url.startswith("sqlite:") and not sqlite_path(settings.database_url).exists():
        raise NotFound(f"there is no database at {sqlite_path(settings.database_url)}; name the server's --home")
    return open_database(settings.database_url, upgrade=False)


def _examined(db: Database, blobs: Blobs, *, quiet: bool) -> Report:
    seen, size = 0, 0
    columns = (TextColumn("Reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as progress:
        task = progress.add_task("", total=total_bytes(db))

        def read(count: int) -> None:
            nonlocal seen, size
            seen, size = seen + 1, size + count
            progress.advance(task, count)

        findings = list(examine(db, blobs, at_ms=now_ms(), read=read))
    healthy = not any(finding.is_broken for finding in findings)
    return Report(healthy=healthy, blobs=seen, bytes=size, findings=findings)


def _say(report: Report) -> None:
    for finding in report.findings:
        click.echo(f"{finding.kind}: {finding.what} {_MEANING[finding.kind]}")
        for file in finding.files:
            click.echo(f"    {file}")
    verdict = "All is well" if report.healthy else "Something is broken"
    click.echo(f"{verdict}: {report.blobs} blobs, {report.bytes} bytes, {len(report.findings)} findings.")
