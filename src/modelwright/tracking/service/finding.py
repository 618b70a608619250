"""Experiments and runs by a few typed characters."""

import re
from typing import Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import Finder, Found
from modelwright.tracking.service import experiments
from modelwright.tracking.store import finding as store

_ID_START: Final = re.compile(r"[0-9a-f]{4,32}")


def find_experiments(tx: ReadTx, words: str, limit: int) -> list[Found]:
    """Active ones whose name contains the words, newest first."""
    found = experiments.named_like(tx, words, "active", limit=limit, page_token=None).experiments
    return [Found(kind="experiment", ref=f"experiments/{one.id}", title=one.name) for one in found]


def find_runs(tx: ReadTx, words: str, limit: int) -> list[Found]:
    """Active ones whose name or id begins with the words."""
    rows = store.runs_named(tx, words, limit=limit)
    if _ID_START.fullmatch(words.lower()):
        rows = [*store.runs_numbered(tx, words.lower(), limit=limit), *rows]
    return [
        Found(kind="run", ref=f"runs/{run_id}", title=name, detail=f"{run_id[:8]} · {status.lower()}")
        for run_id, name, status in dict.fromkeys(rows)
    ][:limit]


FINDERS: Final[list[Finder]] = [find_runs, find_experiments]
