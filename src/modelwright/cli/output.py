"""What commands print: tables for people, JSON for machines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from modelwright.core.deferred import Deferred

if TYPE_CHECKING:
    from rich import console as rich_console
    from rich import table as rich_table
else:
    rich_console, rich_table = Deferred("rich.console"), Deferred("rich.table")

if TYPE_CHECKING:
    from modelwright.core.pages import Page

JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")
_KEPT_WHOLE: Final = 40
_PIPED_COLUMNS: Final = 100_000
URL = click.option("--url", help="The server's address.  [default: $MODELWRIGHT_URL or http://127.0.0.1:5710]")


def show(value: Any, as_text: Callable[[], None], *, as_json: bool) -> None:
    """`value` as one JSON document, or what `as_text` prints."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    else:
        as_text()


def sure(question: str, *, yes: bool) -> None:
    """Ask before something is lost, unless `yes` was given. Where nobody can be asked, `--yes` is required."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Nobody is here to answer: give --yes")
    click.confirm(question, abort=True, err=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A plain table; `empty` is what is said instead when there are no rows."""
    listed = list(rows)
    if not listed:
        click.echo(empty)
        return
    drawn = rich_table.Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        # What names a row is copied by hand: an id stays in one piece, and other columns give way.
        whole = place == 0 and all(len(row[0]) <= _KEPT_WHOLE for row in listed)
        drawn.add_column(column, overflow="fold", no_wrap=whole)
    for row in listed:
        drawn.add_row(*row)
    _draw(drawn)


def facts(said: Mapping[str, str]) -> None:
    """What is so, one fact on each line."""
    drawn = rich_table.Table(box=None, pad_edge=False, show_header=False)
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in said.items():
        drawn.add_row(name, value)
    _draw(drawn)


def _draw(drawn: rich_table.Table) -> None:
    """As wide as the terminal; into a pipe or a file one row on each line, so that `grep` and `cut` find it whole."""
    there = console()
    with there.capture() as said:
        there.print(drawn)
    for line in said.get().splitlines():
        click.echo(line.rstrip())


def say_more(found: Page[Any]) -> None:
    """That a list goes on, where it does."""
    if found.total is not None and found.total > len(found.items):
        click.echo(f"{len(found.items)} of {found.total}; --limit shows more.")


def console() -> rich_console.Console:
    """Colours only where there is a terminal; no markup, because names are data."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    width = _PIPED_COLUMNS if piped else None
    return rich_console.Console(markup=False, highlight=False, soft_wrap=False, width=width)


def ago(at_ms: int) -> str:
    """'3 min ago'."""
    seconds = max(0.0, time.time() - at_ms / 1000)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def percent(share: float) -> str:
    return f"{share * 100:g} %"


def moment(at_ms: int) -> str:
    """Local date and time, to the second, and how far that is from UTC: evidence is read elsewhere, too."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().isoformat(sep=" ", timespec="seconds")


def clock(at_ms: int) -> str:
    """Local time of day, to the second."""
    return time.strftime("%H:%M:%S", time.localtime(at_ms / 1000))
