"""Write what is generated from the code: openapi.json and docs/reference/commands.md. A test holds them current."""

from collections.abc import Iterator
from pathlib import Path

import click

from modelwright.__main__ import main
from modelwright.app import describe

ROOT = Path(__file__).parents[1]
_STATUS = "Status 0: fine; 1: the answer is no; 2: wrong use."


def generated() -> dict[Path, str]:
    """Each generated file and what it must hold."""
    return {
        ROOT / "openapi.json": describe().decode(),
        ROOT / "docs" / "reference" / "commands.md": _commands(),
    }


def _commands() -> str:
    parts = [f"# Commands\n\n`modelwright` and `mw` are the same command. {_STATUS}\n"]
    for path, command in _walk("modelwright", main):
        context = click.Context(command, info_name=path, **main.context_settings)
        parts.append(f"## `{path}`\n\n```\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _walk(f"{path} {name}", child)


if __name__ == "__main__":
    for file, text in generated().items():
        file.write_text(text)
