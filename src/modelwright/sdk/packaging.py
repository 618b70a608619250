"""A registered version as one thing to carry away."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from modelwright.core.errors import BadInput
from modelwright.sdk.batch import fetcher
from modelwright.sdk.http import Api
from modelwright.serving.model import Route
from modelwright.serving.node.files import Files
from modelwright.serving.packing import bundle as bundles
from modelwright.serving.packing import image
from modelwright.serving.packing import push as registry
from modelwright.serving.packing.archive import write_gzip, write_tar
from modelwright.serving.shown import PackageShown

Tell = Callable[[str], None]


class Format(StrEnum):
    """A bundle in one tar file, or an OCI image layout in a folder."""

    TAR = "tar"
    OCI = "oci"


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """`digest` is the bundle's own, or that of the image's manifest; `pushed` is where the image is in a registry."""

    version: str
    target: str
    digest: str
    pushed: str | None = None


def package(
    version: str,
    target: str | Path,
    *,
    form: Format = Format.TAR,
    lock: Path | None = None,
    push: str | None = None,
    plain_http: bool = False,
    tell: Tell = lambda _: None,
    api: Api | None = None,
) -> Packed:
    """Write `version` (`fraud@champion`, `fraud:17`) to `target`, which must not exist. Equal inputs give equal bytes.

    Needs uv, and a package index unless `lock`, such as an earlier bundle's requirements.lock, says what to take.
    Raises BadInput, and Unavailable when packages or the registry cannot be reached.
    """
    target = Path(target)
    if target.exists():
        raise BadInput(f"{target} exists; remove it, or write elsewhere with --output")
    if push is not None and form is not Format.OCI:
        raise BadInput("only images go to a registry; ask for --format oci")
    shown = (api := api or Api()).get("/api/v1/packages", PackageShown, version=version)
    route = Route(id="package", version=shown.version, manifest=shown.manifest, files=shown.files, share=1.0)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".packing-") as scratch:
        tell("files")
        folder = asyncio.run(Files(Path(scratch)).version(route, fetcher(api, str(shown.version))))
        tell("lock")
        locked = lock.read_bytes() if lock is not None else bundles.lock(folder)
        made = bundles.Bundle(version=str(shown.version), manifest=shown.manifest, folder=folder, lock=locked)
        written = Path(scratch) / "written"
        digest = _write(made, written, form, compressed=target.suffix in {".gz", ".tgz"}, tell=tell)
        shutil.move(written, target)
    pushed = None
    if push is not None:
        pushed = f"{push}@{registry.push(target, push, plain_http=plain_http, tell=tell)}"
    return Packed(version=made.version, target=str(target), digest=digest, pushed=pushed)


def _write(made: bundles.Bundle, target: Path, form: Format, *, compressed: bool, tell: Tell) -> str:
    if form is Format.OCI:
        return image.write_layout(made, target, tell=tell)
    tell("bundle")
    with target.open("w+b") as out:
        (write_gzip if compressed else write_tar)(out, made.entries())
        out.seek(0)
        return bundles.digest_of(out)
