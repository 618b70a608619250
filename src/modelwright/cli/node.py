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
from modelwright.serving.node.sources import ServerSource

_MEGABYTE = 1024 * 1024


@click.group(
    invoke_without_command=True,
    epilog="Example:  modelwright node --server http://models.example:5710 --name vienna-1 --home ./node",
)
@click.option("--server", help="The server that says what to serve.")
@click.option("--name", default="local", show_default=True, help="The node's name; unique at its server.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=Path("modelwright-node"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=5711, show_default=True, help="0 takes a free one.")
@click.option("--address", default="", help="Where callers reach it, when that is not where it listens.")
@click.option("--token", envvar="MODELWRIGHT_TOKEN", help="What it shows the server.  [default: $MODELWRIGHT_TOKEN]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info")
@click.pass_context
def node(
    ctx: click.Context,
    server: str | None,
    name: str,
    home: Path,
    host: str,
    port: int,
    address: str,
    token: str | None,
    log_level: str,
) -> None:
    """Answer predictions as the server asks, and go on when it is away."""
    if ctx.invoked_subcommand is not None:
        return
    if server is None:
        raise click.UsageError("name the server with --server http://...")
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s node %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    home.mkdir(parents=True, exist_ok=True)
    lock = NodeLock(home)
    segments = Segments(home / "ledger", node=name, key=ledger_key(home))
    shipper = Shipper(segments, server, name, token=token)
    shipper.start()
    options = Options(name=name, home=home, host=host, port=port, address=address)
    try:
        run(options, lambda: ServerSource(server, name, token), sinks=[segments])
    finally:
        shipper.close()
        lock.close()


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
            ago(one.seen_ms),
        )
        for one in found
    ]
    columns = ("NAME", "ADDRESS", "STATE", "REVISION", "MEMORY", "ROUTES", "SEEN")
    show(found, lambda: table(columns, rows, empty="No node has reported yet."), as_json=as_json)
