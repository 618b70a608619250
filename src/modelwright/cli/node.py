"""`modelwright node`: run one, list all."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from modelwright.cli.output import JSON, URL, ago, show, table
from modelwright.sdk import serving
from modelwright.sdk.http import Api
from modelwright.serving.node.lock import NodeLock
from modelwright.serving.node.main import Options, run
from modelwright.serving.node.segments import Segments
from modelwright.serving.node.shipping import Shipper, ledger_key
from modelwright.serving.node.sources import FileSource, FolderSource, ServerSource, Source

_MEGABYTE = 1024 * 1024
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group(
    invoke_without_command=True,
    epilog="Example:  modelwright node --server http://models.example:5710 --name vienna-1 --home ./node",
)
@click.option("--server", help="The server that says what to serve.")
@click.option("--state", type=_FILE, help="Instead of a server: a desired state in a JSON file.")
@click.option("--files", type=_FOLDER, help="With --state: the folder of files, each named by its hex digest.")
@click.option("--folder", type=_FOLDER, help="Instead of a server: one model folder, served under its own name.")
@click.option("--name", default="local", show_default=True, help="The node's name; unique at its server.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=Path("modelwright-node"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=5711, show_default=True, help="0 takes a free one.")
@click.option("--grpc-port", type=click.IntRange(0, 65535), help="Speak gRPC here too; needs modelwright[grpc].")
@click.option("--address", default="", help="Where callers reach it, when that is not where it listens.")
@click.option("--token", envvar="MODELWRIGHT_TOKEN", help="What it shows the server.  [default: $MODELWRIGHT_TOKEN]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info")
@click.pass_context
def node(
    ctx: click.Context,
    server: str | None,
    state: Path | None,
    files: Path | None,
    folder: Path | None,
    name: str,
    home: Path,
    host: str,
    port: int,
    grpc_port: int | None,
    address: str,
    token: str | None,
    log_level: str,
) -> None:
    """Answer predictions as the server asks, and go on when it is away.

    With --state or --folder there is no server, and nothing is kept in a ledger.
    """
    if ctx.invoked_subcommand is not None:
        return
    if sum(one is not None for one in (server, state, folder)) != 1 or (state is None) != (files is None):
        raise click.UsageError("give one of --server http://..., --state FILE with --files FOLDER, and --folder FOLDER")
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s node %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    home.mkdir(parents=True, exist_ok=True)
    lock = NodeLock(home)
    options = Options(name=name, home=home, host=host, port=port, address=address, grpc_port=grpc_port)
    try:
        if server is None:
            run(options, lambda: _alone(state, files, folder))
        else:
            _serve_for(server, token, options)
    finally:
        lock.close()


def _alone(state: Path | None, files: Path | None, folder: Path | None) -> Source:
    if state is not None and files is not None:
        return FileSource(state, files)
    served = (folder or Path()).resolve()
    return FolderSource(served, served.name)


def _serve_for(server: str, token: str | None, options: Options) -> None:
    segments = Segments(options.home / "ledger", node=options.name, key=ledger_key(options.home))
    shipper = Shipper(segments, server, options.name, token=token)
    shipper.start()
    try:
        run(options, lambda: ServerSource(server, options.name, token), sinks=[segments])
    finally:
        shipper.close()


@node.command("list", epilog="Example:  modelwright node list")
@URL
@JSON
def list_(url: str | None, *, as_json: bool) -> None:
    """All nodes that ever reported."""
    with Api(url) as api:
        found = serving.nodes(api=api)
    rows = [
        (
            one.name,
            one.address,
            "up" if one.fresh else "away",
            "newest" if not one.behind else f"{one.behind} behind",
            f"{one.memory_bytes / _MEGABYTE:.0f} MB",
            f"{len(one.routes)}",
            one.ledger.trouble or (f"{one.ledger.dropped_rows} rows lost" if one.ledger.dropped_rows else "ok"),
            ago(one.seen_ms),
        )
        for one in found
    ]
    columns = ("NAME", "ADDRESS", "STATE", "REVISION", "MEMORY", "ROUTES", "LEDGER", "SEEN")
    show(found, lambda: table(columns, rows, empty="No node has reported yet."), as_json=as_json)
