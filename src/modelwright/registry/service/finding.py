"""Models, aliases and versions by a few typed characters."""

import re
from collections.abc import Collection
from typing import Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import Finder, Found, Namer
from modelwright.registry.model.things import version_reference
from modelwright.registry.service.search import search_models
from modelwright.registry.store import finding as store

_MODEL: Final = re.compile(r"models/([^/:@]+)")
_VERSION: Final = re.compile(r"(?:([^/:@]+):|models/([^/:@]+)/versions/)([1-9][0-9]{0,17})")
_ALIAS: Final = re.compile(r"([^/:@]+)@([^/:@]+)")
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


def name_things(tx: ReadTx, words: Collection[str]) -> dict[str, str]:
    """`models/fraud`, `models/fraud/versions/18` or `fraud:18`, and `fraud@champion`, which is the model's."""
    plain = {word: found[1] for word in words if (found := _MODEL.fullmatch(word))}
    numbered = {word: (found[1] or found[2], int(found[3])) for word in words if (found := _VERSION.fullmatch(word))}
    aliased = {word: (found[1], found[2]) for word in words if (found := _ALIAS.fullmatch(word))}
    models = store.models_of(tx, list(plain.values()))
    versions = store.versions_of(tx, set(numbered.values()))
    aliases = store.aliases_of(tx, set(aliased.values()))
    return {
        **{word: f"models/{model}" for word, model in plain.items() if model in models},
        **{word: version_reference(*pair) for word, pair in numbered.items() if pair in versions},
        **{word: f"models/{pair[0]}" for word, pair in aliased.items() if pair in aliases},
    }


NAMERS: Final[list[Namer]] = [name_things]
FINDERS: Final[list[Finder]] = [find_models, find_aliases, find_versions]
