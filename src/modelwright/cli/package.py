"""`modelwright package`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from modelwright.cli.output import JSON, URL, show
from modelwright.sdk.http import Api
from modelwright.sdk.packaging import Format, Packed
from modelwright.sdk.packaging import package as pack


@click.command(epilog="Example:  modelwright package fraud@champion -o fraud.tar.gz")
@click.argument("version")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="A new file; a folder for oci.")
@click.option("--format", "form", type=click.Choice([one.value for one in Format]), default="tar", show_default=True)
@click.option(
    "--lock",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take these packages, as an earlier bundle's requirements.lock names them, instead of resolving anew.",
)
@click.option("--push", help="Bring the image here too: registry.example/models/fraud:17.")
@click.option("--plain-http", is_flag=True, help="The registry speaks HTTP without TLS.")
@URL
@JSON
def package(
    version: str,
    output: Path,
    form: str,
    lock: Path | None,
    push: str | None,
    url: str | None,
    *,
    plain_http: bool,
    as_json: bool,
) -> None:
    """Write VERSION with all that it needs: a bundle in one file, or an OCI image that needs no container engine.

    Equal versions under equal locks give equal bytes.
    """
    with Api(url) as api, Console(stderr=True).status(version) as status:
        packed = pack(
            version,
            output,
            form=Format(form),
            lock=lock,
            push=push,
            plain_http=plain_http,
            tell=lambda what: status.update(f"{version}: {what}"),
            api=api,
        )
    show(packed, lambda: _print(packed), as_json=as_json)


def _print(packed: Packed) -> None:
    click.echo(f"{packed.version} is in {packed.target} ({packed.digest})")
    if packed.pushed is not None:
        click.echo(f"and at {packed.pushed}")
