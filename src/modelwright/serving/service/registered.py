"""Versions as the registry keeps them, with their files; and what serving relies on there."""

import re
from typing import Final

from modelwright.artifacts import service as artifacts
from modelwright.artifacts.model import Entry
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput, Conflict, NotFound
from modelwright.registry.model.names import LATEST
from modelwright.registry.model.things import Model, Version
from modelwright.registry.service import aliases, models, versions
from modelwright.serving.model import FileRef, VersionRef
from modelwright.serving.service.versions import Found
from modelwright.serving.store import deployments as store
from modelwright.serving.store import rollouts as rollout_store

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_MLMODEL: Final = "MLmodel"


class RegisteredVersions:
    """`fraud:17` and `fraud@champion` (with or without `models:/`, whose slash before a number is read too)."""

    def find(self, tx: ReadTx, said: str) -> Found:
        version = _version(tx, said)
        ref = VersionRef(model=version.model, number=version.number)
        if version.owner is None or version.digest is None:
            raise Conflict(
                f"{ref} lies at {version.location}, which only clients read; register a version whose files are in "
                "this server to serve it",
                model=version.model,
                number=version.number,
            )
        root = version.root or ""
        entries = artifacts.files(tx, version.owner, root)
        files = tuple(FileRef(path=_inside(root, one), digest=one.digest, size_bytes=one.size) for one in entries)
        if _MLMODEL not in {file.path for file in files}:
            raise Conflict(
                f"{ref} has no file {_MLMODEL}, so nobody can tell how to open it; log it with a flavor of mlflow, or "
                "package it",
                model=version.model,
                number=version.number,
            )
        return Found(ref=ref, manifest=version.digest, files=files)


def _version(tx: ReadTx, said: str) -> Version:
    text = said.removeprefix("models:/")
    name, at, alias = text.rpartition("@")
    if at and name and alias:
        return _called(tx, name, alias)
    name, colon, number = text.rpartition("/" if said.startswith("models:/") and ":" not in text else ":")
    if colon and name and _NUMBER.fullmatch(number):
        return _numbered(tx, name, int(number))
    raise BadInput(f"{said!r} names no version; write such as fraud:17 or fraud@champion", version=said)


def _called(tx: ReadTx, name: str, alias: str) -> Version:
    model = _model(tx, name)
    if alias not in model.aliases and alias.lower() != LATEST:
        known = ", ".join(f"{one} (version {number})" for one, number in sorted(model.aliases.items()))
        raise NotFound(f"{name} has no alias {alias!r}; it has {known or 'none'}", model=name, alias=alias)
    return aliases.version_by_alias(tx, name, alias)


def _numbered(tx: ReadTx, name: str, number: int) -> Version:
    newest = _model(tx, name).latest_version
    try:
        return versions.get_version(tx, name, number)
    except NotFound as error:
        said = f"its newest is {newest}" if newest is not None else "it has none yet"
        raise NotFound(f"{name} has no version {number}; {said}", model=name, number=number) from error


def _model(tx: ReadTx, name: str) -> Model:
    try:
        return models.get_model(tx, name)
    except NotFound as error:
        raise NotFound(f"no model {name!r}; `modelwright model list` shows those there are", model=name) from error


def _inside(root: str, entry: Entry) -> str:
    return entry.path[len(root) + 1 :] if root else entry.path


class Deployed:
    """What keeps a version from being deleted: the deployments that serve it."""

    def holds(self, tx: ReadTx, model: str, number: int) -> list[str]:
        ref = VersionRef(model=model, number=number)
        return [
            f"deployments/{held.name}"
            for held in store.every(tx)
            if any(
                route.version == ref and (route.share > 0 or rollout_store.open_of(tx, held.pk) is not None)
                for route in store.routes_of(tx, held.pk)
            )
        ]
