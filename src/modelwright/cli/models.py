"""`modelwright model` and `modelwright version`."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console

from modelwright.cli.output import JSON, URL, ago, facts, say_more, show, table
from modelwright.core.errors import BadInput, NotFound
from modelwright.sdk import records
from modelwright.sdk.http import Api
from modelwright.serving.model import Finding, ProofState

if TYPE_CHECKING:
    from modelwright.registry.model.things import Model, Version


_LOOK_S = 0.5
_PROOFS = {
    ProofState.NONE: "none",
    ProofState.WAITING: "under way",
    ProofState.PROVEN: "proven",
    ProofState.LOADS: "loads",
    ProofState.FAILED: "failed",
}


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
    if words:
        empty = "No model is named like that."

    def say() -> None:
        table(["model", "versions", "aliases", "changed"], rows, empty=empty)
        say_more(found)

    show(found, say, as_json=as_json)


@model.command("show", epilog="Example:  modelwright model show fraud")
@click.argument("name")
@URL
@JSON
def show_model(name: str, url: str | None, *, as_json: bool) -> None:
    """Show a model, its versions, and which of them its aliases name."""
    with Api(url) as api:
        found, its, proofs = records.get_model(api, name), records.versions(api, name), records.proofs(api, name)
    states = {one.version.number: one.finding.state for one in proofs.items}
    shown = {"model": found, "versions": its, "proofs": proofs}
    show(shown, lambda: _print_model(found, its.items, states), as_json=as_json)


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


# As everywhere, `fraud:3` or `fraud@champion`; and in two words, as a table shows them.
_VERSION = click.argument("words", metavar="VERSION", nargs=-1, required=True)


@version.command("show", epilog="Example:  modelwright version show fraud@champion")
@_VERSION
@URL
@JSON
def show_version(words: tuple[str, ...], url: str | None, *, as_json: bool) -> None:
    """Show one version (fraud:3, fraud@champion): where it came from, and the digest that identifies it."""
    with Api(url) as api:
        name, number = _named(api, words)
        found, proof = records.get_version(api, name, number), records.get_proof(api, name, number)
    shown = {**msgspec.to_builtins(found), "proof": proof}
    show(shown, lambda: _print_version(found, proof.finding), as_json=as_json)


@version.command("prove", epilog="Example:  modelwright version prove fraud:3 --wait 600")
@_VERSION
@click.option("--wait", "wait_s", type=click.FloatRange(min=0), default=0.0, help="Seconds to wait for the outcome.")
@URL
@JSON
def prove_version(words: tuple[str, ...], wait_s: float, url: str | None, *, as_json: bool) -> None:
    """Have a version opened and asked its example, in an environment of its own; status 1 when it fails.

    Every new version is proven once by itself, unless the server was told not to.
    """
    with Api(url) as api:
        name, number = _named(api, words)
        proof = records.ask_for_proof(api, name, number)
        until = time.monotonic() + wait_s
        with Console(stderr=True).status(f"{name}:{number} is being proven"):
            while proof.finding.state is ProofState.WAITING and time.monotonic() < until:
                time.sleep(_LOOK_S)
                proof = records.get_proof(api, name, number)
    show(proof, lambda: facts(_proof_facts(proof.finding)), as_json=as_json)
    if proof.finding.state is ProofState.FAILED:
        raise SystemExit(1)


def _named(api: Api, words: tuple[str, ...]) -> tuple[str, int]:
    """The model and the number that these say. Raises BadInput, and NotFound for an alias that is not there."""
    said = ":".join(words)
    name, at, alias = said.rpartition("@")
    if at and name and len(words) == 1:
        aliases = records.get_model(api, name).aliases
        if alias not in aliases:
            raise NotFound(f"{name} has no alias {alias!r}; `modelwright model show {name}` shows those it has")
        return name, aliases[alias]
    name, _, number = said.rpartition(":")
    if not name or not re.fullmatch("[1-9][0-9]{0,17}", number):
        raise BadInput(f"{' '.join(words)!r} names no version; write such as fraud:3 or fraud@champion")
    return name, int(number)


def _print_model(found: Model, versions: list[Version], proofs: dict[int, ProofState]) -> None:
    click.echo(found.name + (f": {found.description}" if found.description else ""))
    click.echo(f"aliases: {_aliases(found)}")
    click.echo()
    rows = [
        [
            str(v.number),
            ", ".join(v.aliases) or "-",
            _PROOFS[proofs.get(v.number, ProofState.NONE)],
            v.run_id or "-",
            ago(v.created_ms),
        ]
        for v in versions
    ]
    table(["version", "aliases", "load-proof", "run", "registered"], rows, empty="No versions yet.")


def _print_version(found: Version, proof: Finding) -> None:
    said = {
        "version": f"{found.model} {found.number}",
        "aliases": ", ".join(found.aliases) or "-",
        "digest": found.digest or "- (its files are not in this server's store)",
        "size": "-" if found.size is None else f"{found.size:,} bytes",
        "source": found.source,
        "run": found.run_id or "-",
        "registered": f"{ago(found.created_ms)} by {found.created_by}",
        "description": found.description or "-",
    }
    said |= _proof_facts(proof)
    said |= {f"tag {key}": value for key, value in sorted(found.tags.items())}
    facts(said)


def _proof_facts(finding: Finding) -> dict[str, str]:
    said = _PROOFS[finding.state] + (f" ({finding.stage})" if finding.stage else "")
    found = {"load-proof": f"{said}: {finding.reason}" if finding.reason else said}
    measured = {
        "environment built in": finding.environment_s,
        "loaded in": finding.load_s,
        "first answer after": finding.cold_start_s,
    }
    found |= {name: f"{seconds:.2f} s" for name, seconds in measured.items() if seconds is not None}
    if finding.memory_bytes:
        found["most memory"] = f"{finding.memory_bytes / 1_000_000:.0f} MB"
    return found


def _aliases(found: Model) -> str:
    return ", ".join(f"{alias} → {number}" for alias, number in sorted(found.aliases.items())) or "-"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)
