"""The terminal's frame: commands loaded on use, errors in words, exit status 0, 1 or 2.

0: fine. 1: the answer is no (not found, refused, not healthy). 2: wrong use.
"""

import gc
import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from modelwright import __version__
from modelwright.core.errors import BadInput, ModelwrightError

_WRONG_USE = 2


class LazyGroup(click.Group):
    """A group that knows where its commands are and imports one only when it is asked for.

    `modelwright run list` must not pay for loading the server.
    """

    def __init__(self, *, commands_at: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        """`commands_at` maps a command's name to its place (`module:attribute`) and its line in the list."""
        super().__init__(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, **settings)
        self._commands_at = commands_at
        self.params.append(
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
                help="Show the release and leave.",
            )
        )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in self._commands_at:
            return None
        module, _, name = self._commands_at[cmd_name][0].partition(":")
        gc.disable()  # modules stay: to look for garbage among them takes a tenth of the time to load them
        try:
            command: click.Command = getattr(importlib.import_module(module), name)
        finally:
            gc.enable()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=self._commands_at, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        # click would load every command for the sake of its first line.
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._commands_at.items()])


def command_line(group: click.Group, words: Sequence[str] | None = None) -> None:
    """Run the command that `words` say, by default those that the process was started with; leave with its status."""
    try:
        status = group.main(words, prog_name="modelwright", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = _WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        status = 130
    except BrokenPipeError:  # somebody piped us into `head`
        status = 0
    except ModelwrightError as error:
        click.echo(f"Error: {error.message}", err=True)
        status = _WRONG_USE if isinstance(error, BadInput) else 1
    sys.exit(status if isinstance(status, int) else 0)


def _show_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's shape
    if asked:
        click.echo(f"modelwright {__version__}")
        ctx.exit()
