"""Deployments by a few typed characters."""

from collections.abc import Collection
from typing import Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import Finder, Found, Namer
from modelwright.serving.store import traffic as store

_PREFIX: Final = "deployments/"


def find_deployments(tx: ReadTx, words: str, limit: int) -> list[Found]:
    """Those whose name contains the words."""
    found = store.matching(tx, words=words, model="", number=0, after="", limit=limit)
    return [
        Found(
            kind="deployment",
            ref=f"deployments/{one.name}",
            title=one.name,
            detail="stopped" if one.stopped else "",
        )
        for one in found
    ]


def name_things(tx: ReadTx, words: Collection[str]) -> dict[str, str]:
    """`deployments/<name>`, as it stands."""
    names = [word.removeprefix(_PREFIX) for word in words if word.startswith(_PREFIX)]
    refs = [f"{_PREFIX}{name}" for name in store.named(tx, names)]
    return {ref: ref for ref in refs}


NAMERS: Final[list[Namer]] = [name_things]
FINDERS: Final[list[Finder]] = [find_deployments]
