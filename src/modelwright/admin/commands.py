"""The terminal's commands that work on the server's own machine."""

from pathlib import Path
from typing import Any

import click

from modelwright.admin.serve import run_server
from modelwright.app import describe
from modelwright.cli.output import JSON, show
from modelwright.core.clock import now_ms
from modelwright.core.db.open import open_database
from modelwright.core.db.schema_version import newest
from modelwright.core.home import hold
from modelwright.core.settings import Settings, load_settings

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A TOML file of settings. Flags and MODELWRIGHT_* variables win over it.",
)
HOME = click.option("--home", help="The folder that keeps everything.  [default: ./modelwright-data]")
DATABASE = click.option("--database", help="postgresql://user@host/name instead of the file in the home folder.")


@click.command(epilog="Example:  modelwright server --home ~/models --port 5710")
@HOME
@DATABASE
@CONFIG
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="The port to listen on; 0 takes a free one.  [default: 5710]")
@click.option("--artifacts", help="s3://bucket/prefix, gs://..., az://... instead of a folder in the home folder.")
@click.option("--ledger-delta", help="Where to keep predictions as Delta tables too, such as s3://lake/folder.")
@click.option("--url-prefix", help="The path under which a proxy shows this server, such as /models.")
@click.option("--allowed-hosts", help="Names, parted by commas, that this server answers to besides localhost.")
@click.option("--local-node/--no-local-node", default=None, help="Answer predictions here too.  [default: yes]")
@click.option("--local-nodes", type=int, help="How many nodes of its own; each answers on a core.  [default: 1]")
@click.option("--node-port", type=int, help="The port of the server's own node; 0 takes a free one.  [default: 5711]")
@click.option("--load-proof/--no-load-proof", default=None, help="Prove that new versions open.  [default: yes]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="[default: info]")
@click.option("--log-format", type=click.Choice(["auto", "text", "json"]), help="[default: auto]")
@click.option("--access-log/--no-access-log", default=None, help="Log every request, not only slow and failed ones.")
def server(config: Path | None, **flags: Any) -> None:
    """Serve the page, the API and the MLflow API until Ctrl-C."""
    run_server(settings_from(flags, config))


@click.command(epilog="Example:  modelwright migrate --database postgresql://models@db/models")
@HOME
@DATABASE
@CONFIG
@JSON
def migrate(config: Path | None, *, as_json: bool, **flags: Any) -> None:
    """Bring the database's schema up to date; the server does the same when it starts."""
    settings = settings_from(flags, config)
    with hold(settings, "modelwright migrate", now_ms()):
        open_database(settings.database_url).close()
    answer = {"schema": newest(), "home": str(settings.home_path)}
    show(answer, lambda: click.echo(f"The schema is at {newest()}."), as_json=as_json)


@click.command(epilog="Example:  modelwright openapi > openapi.json")
def openapi() -> None:
    """Print the description of /api/v1 (OpenAPI 3.1)."""
    click.echo(describe().decode(), nl=False)


def settings_from(flags: dict[str, Any], config: Path | None) -> Settings:
    hosts = flags.get("allowed_hosts")
    if hosts is not None:
        flags["allowed_hosts"] = [host.strip() for host in hosts.split(",") if host.strip()]
    return load_settings(flags, config=config)
