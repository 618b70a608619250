"""`modelwright model` and `modelwright version`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from modelwright.cli.output import JSON, URL, ago, show, table
from modelwright.sdk import records
from modelwright.sdk.http import Api

if TYPE_CHECKING:
    from modelwright.registry.model.things import Model, Version


@click.group()
def model() -> None:
    """See models and their versions."""


@model.command("list", epilog="Example:  modelwright model list --search fraud")
@click.option("--search", "words", default="", help="Only names that hold each of these words.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="The most rows.")
@URL
@JSON
def list_models(words: str, limit: int, url: str | None, *, as_json: bool) -> None:
    """List models by name."""
    with Api(url) as api:
        found = records.models(api, words=words, limit=limit)
    rows = [[m.name, str(m.version_count), _aliases(m), ago(m.updated_ms)] for m in found.items]
    empty = "No model is registered yet; mlflow.register_model or a log_model with registered_model_name makes one."
    show(found, lambda: table(["model", "versions", "aliases", "changed"], rows, empty=empty), as_json=as_json)


@model.command("show", epilog="Example:  modelwright model show fraud")
@click.argument("name")
@URL
@JSON
def show_model(name: str, url: str | None, *, as_json: bool) -> None:
    """Show a model, its versions, and which of them its aliases name."""
    with Api(url) as api:
        found, its = records.get_model(api, name), records.versions(api, name)
    show({"model": found, "versions": its}, lambda: _print_model(found, its.items), as_json=as_json)


@model.command("history", epilog="Example:  modelwright model history fraud champion")
@click.argument("name")
@click.argument("alias")
@URL
@JSON
def history(name: str, alias: str, url: str | None, *, as_json: bool) -> None:
    """Show who moved an alias when, from what to what."""
    with Api(url) as api:
        found = records.alias_history(api, name, alias)
    rows = [[ago(m.at_ms), m.actor, _number(m.before), _number(m.after), m.comment or "-"] for m in found.items]
    empty = f"{alias} has never been moved."
    show(found, lambda: table(["when", "who", "from", "to", "why"], rows, empty=empty), as_json=as_json)


@click.group()
def version() -> None:
    """See versions of models."""


@version.command("show", epilog="Example:  modelwright version show fraud 3")
@click.argument("name")
@click.argument("number", type=click.IntRange(min=1))
@URL
@JSON
def show_version(name: str, number: int, url: str | None, *, as_json: bool) -> None:
    """Show one version: where it came from, and the digest that identifies it."""
    with Api(url) as api:
        found = records.get_version(api, name, number)
    show(found, lambda: _print_version(found), as_json=as_json)


def _print_model(found: Model, versions: list[Version]) -> None:
    click.echo(found.name + (f": {found.description}" if found.description else ""))
    click.echo(f"aliases: {_aliases(found)}")
    click.echo()
    rows = [[str(v.number), ", ".join(v.aliases) or "-", v.run_id or "-", ago(v.created_ms)] for v in versions]
    table(["version", "aliases", "run", "registered"], rows, empty="No versions yet.")


def _print_version(found: Version) -> None:
    facts = {
        "version": f"{found.model} {found.number}",
        "aliases": ", ".join(found.aliases) or "-",
        "digest": found.digest or "- (its files are not in this server's store)",
        "size": "-" if found.size is None else f"{found.size:,} bytes",
        "source": found.source,
        "run": found.run_id or "-",
        "registered": f"{ago(found.created_ms)} by {found.created_by}",
        "description": found.description or "-",
    }
    facts |= {f"tag {key}": value for key, value in sorted(found.tags.items())}
    table(["", ""], facts.items(), empty="")


def _aliases(found: Model) -> str:
    return ", ".join(f"{alias} → {number}" for alias, number in sorted(found.aliases.items())) or "-"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)
