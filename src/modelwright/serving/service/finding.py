"""Deployments by a few typed characters."""

from typing import Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import Finder, Found
from modelwright.serving.store import traffic as store


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


FINDERS: Final[list[Finder]] = [find_deployments]
