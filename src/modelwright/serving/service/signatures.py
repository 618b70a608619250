"""What a deployment takes and gives, read from its version's own files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.serving.model import FileRef, Mode, Route, VersionRef
from modelwright.serving.node.package import MLMODEL
from modelwright.serving.node.signature import Column, Signature, from_mlmodel
from modelwright.serving.store import deployments as store

_BYTES = 1024 * 1024
"""MLmodel files and examples of more are read by nodes only."""

ReadBlob = Callable[[str], bytes]


class SignatureShown(msgspec.Struct, frozen=True, kw_only=True):
    """What `version`, which speaks for its deployment, takes and gives; no inputs when it does not say.

    `example` is a row that its maker kept, None when there is none.
    """

    version: VersionRef
    tensors: bool
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    example: dict[str, Any] | None = None


def route_of(tx: ReadTx, deployment: str) -> Route:
    """The live route with most of the traffic, which speaks for the deployment. Raises NotFound."""
    held = store.get(tx, deployment)
    live = [route for route in store.routes_of(tx, held.pk) if route.mode is Mode.LIVE]
    if not live:
        raise NotFound(f"{deployment!r} has no live route", deployment=deployment)
    return max(live, key=lambda route: route.share)


def shown(route: Route, read: ReadBlob) -> SignatureShown:
    """The route's signature and the first row of its input example, as far as its files tell.

    Raises BadInput for a signature that MLflow's format does not know.
    """
    document = _document(route, read)
    signature = from_mlmodel(document) or Signature(inputs=())
    kept = _examples(route, document, read)
    return SignatureShown(
        version=route.version,
        tensors=signature.tensors,
        inputs=signature.inputs,
        outputs=signature.outputs,
        example=kept[0] if kept else None,
    )


def examples(route: Route, read: ReadBlob) -> list[dict[str, Any]]:
    """The rows that the maker of the route's version kept as its input example; none when there are none."""
    return _examples(route, _document(route, read), read)


def _document(route: Route, read: ReadBlob) -> dict[str, Any]:
    body = _file(route, MLMODEL, read)
    try:
        document = yaml.safe_load(body) if body else None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _file(route: Route, path: str, read: ReadBlob) -> bytes:
    """The bytes of one of the route's files; none when it has no such file, or one that is too long."""
    found: FileRef | None = next((file for file in route.files if file.path == path), None)
    return b"" if found is None or found.size_bytes > _BYTES else read(found.digest)


class _Split(msgspec.Struct):
    columns: list[str]
    data: list[list[Any]]


def _examples(route: Route, document: dict[str, Any], read: ReadBlob) -> list[dict[str, Any]]:
    """Rows that were kept in pandas' "split" form, as MLflow writes it for tables."""
    info = document.get("saved_input_example_info")
    path = info.get("artifact_path") if isinstance(info, dict) else None
    if not isinstance(path, str):
        return []
    try:
        split = msgspec.json.decode(_file(route, path, read) or b"{}", type=_Split)
    except msgspec.MsgspecError:
        return []
    return [dict(zip(split.columns, row, strict=False)) for row in split.data]
