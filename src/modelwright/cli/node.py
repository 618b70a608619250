"""`modelwright node`: run one, list all."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path

import click

from modelwright.cli.lazy import LazyGroup
from modelwright.serving.node.lock import NodeLock
from modelwright.serving.node.main import Options, run
from modelwright.serving.node.segments import Segments
from modelwright.serving.node.sources import FileSource, FolderSource, Source

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group(
    cls=LazyGroup,
    commands_at={"list": ("modelwright.cli.node_list:list_", "All nodes that ever reported.")},
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
@click.option(
    "--own-port",
    type=click.IntRange(0, 65535),
    help="Share --port with other nodes of this machine, and answer alone here, as for metrics; 0 takes a free one.",
)
@click.option("--grpc-port", type=click.IntRange(0, 65535), help="Speak gRPC here too; needs modelwright[grpc].")
@click.option("--address", default="", help="Where callers reach it, when that is not where it listens.")
@click.option("--token", envvar="MODELWRIGHT_TOKEN", help="What it shows the server.  [default: $MODELWRIGHT_TOKEN]")
@click.option(
    "--ledger-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The key of hashed columns, made if absent: equal digests need equal keys.  [default: ledger.key in the home]",
)
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
    own_port: int | None,
    grpc_port: int | None,
    address: str,
    token: str | None,
    ledger_key: Path | None,
    log_level: str,
) -> None:
    """Answer predictions as the server asks, and go on when it is away.

    With --state or --folder there is no server, and nothing is kept in a ledger.
    """
    if ctx.invoked_subcommand is not None:
        return
    if sum(one is not None for one in (server, state, folder)) != 1 or (state is None) != (files is None):
        raise click.UsageError("give one of --server http://..., --state FILE with --files FOLDER, and --folder FOLDER")
    if own_port is not None and not port:
        raise click.UsageError("a port that is shared must be known; give --port a number, or leave out --own-port")
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s node %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    lock = NodeLock(home)
    options = Options(
        name=name, home=home, host=host, port=port, address=address, grpc_port=grpc_port, own_port=own_port
    )
    try:
        if server is None:
            run(options, lambda: _alone(state, files, folder))
        else:
            _serve_for(server, token, options, ledger_key or home / "ledger.key")
    finally:
        lock.close()


def _alone(state: Path | None, files: Path | None, folder: Path | None) -> Source:
    if state is not None and files is not None:
        return FileSource(state, files)
    served = (folder or Path()).resolve()
    return FolderSource(served, served.name)


def _serve_for(server: str, token: str | None, options: Options, key: Path) -> None:
    # Loaded only here: a node without a server starts without an HTTP client.
    shipping = importlib.import_module("modelwright.serving.node.shipping")
    server_source = importlib.import_module("modelwright.serving.node.server_source")
    segments = Segments(options.home / "ledger", node=options.name, key=shipping.ledger_key(key))
    shipper = shipping.Shipper(segments, server, token=token)
    shipper.start()
    try:
        run(options, lambda: server_source.ServerSource(server, options.name, token), sinks=[segments])
    finally:
        shipper.close()
