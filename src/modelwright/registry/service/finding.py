"""Models, aliases and versions by a few typed characters."""

import re
from typing import Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import Finder, Found
from modelwright.registry.model.things import version_reference
from modelwright.registry.service.search import search_models
from modelwright.registry.store import finding as store

_DIGEST_START: Final = re.compile(r"(?:sha256:)?([0-9a-f]{4,64})")


def find_models(tx: ReadTx, words: str, limit: int) -> list[Found]:
    """Those whose name contains each of the words."""
    models, _ = search_models(tx, words=words, limit=limit)
    return [Found(kind="model", ref=f"models/{one.name}", title=one.name) for one in models]


def find_aliases(tx: ReadTx, words: str, limit: int) -> list[Found]:
    """`champion`, `@champ`: wherever an alias begins so."""
    start = words.removeprefix("@")
    if not start:
        return []
    return [
        Found(kind="alias", ref=version_reference(model, number), title=f"{model}@{alias}", detail=f"version {number}")
        for model, number, alias in store.aliases_named(tx, start, limit=limit)
    ]


def find_versions(tx: ReadTx, words: str, limit: int) -> list[Found]:
    """By the beginning of their digest, with or without `sha256:`."""
    digits = _DIGEST_START.fullmatch(words.lower())
    if digits is None:
        return []
    return [
        Found(kind="version", ref=version_reference(model, number), title=f"{model} version {number}", detail=digest)
        for model, number, digest in store.versions_with_digest(tx, f"sha256:{digits[1]}", limit=limit)
    ]


FINDERS: Final[list[Finder]] = [find_models, find_aliases, find_versions]
