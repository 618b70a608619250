"""`modelwright demo`: the whole way from training to a prediction, with the mlflow client people already use."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import click

from modelwright.cli import client_env
from modelwright.cli.demo_serving import show_serving
from modelwright.cli.server_process import ServerProcess, free_port, modelwright_server
from modelwright.core.errors import ModelwrightError

_PROGRAM = Path(__file__).with_name("demo_program.py")


class DemoFailed(ModelwrightError):
    """The program in the client's environment ended with an error; what it said is on the terminal."""


# A load-proof would build environments beside what is shown, and take the processor that the rollout is judged by.
_BESIDES = ("--node-port", "0", "--no-load-proof")


@click.command(epilog="Example:  modelwright demo --home ./demo --port 5710")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="[default: a new temporary folder]")
@click.option("--port", type=int, help="The port to listen on.  [default: a free one]")
@click.option(
    "--stay/--once", default=None, help="Serve on until Ctrl-C, or leave when done.  [default: stay; once in CI]"
)
def demo(home: Path | None, port: int | None, *, stay: bool | None) -> None:
    """Train, register and predict with the unmodified mlflow client, then serve it and try a worse candidate."""
    python = client_env.ensure(tell=click.echo)
    home = home or Path(tempfile.mkdtemp(prefix="modelwright-demo-")) / "home"
    stay = not os.environ.get("CI") if stay is None else stay
    rows = home.absolute().parent / "rows.json"
    with modelwright_server(home.absolute(), *_BESIDES, port=port or free_port()) as server:
        click.echo(f"Modelwright is at {server.url}, its data in {home.absolute()}.\n")
        _run_program(python, server.url, rows)
        show_serving(server.url, rows)
        if stay:
            click.echo(f"\nAll of it is on the page: {server.url}. The server stays up; Ctrl-C stops it.")
            _wait(server)


def _run_program(python: Path, url: str, rows: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [str(python), str(_PROGRAM), str(rows)],
        env={**os.environ, **client_env.quiet(), "MLFLOW_TRACKING_URI": url},
        check=False,
    )
    if done.returncode != 0:
        raise DemoFailed(f"the demo ended with status {done.returncode}; its last words are above")


def _wait(server: ServerProcess) -> None:
    while server.process.poll() is None:
        time.sleep(0.2)
    raise DemoFailed(f"the server ended by itself; its log is {server.log}")
