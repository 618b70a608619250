"""Experiments, runs and datasets by a few typed characters."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import Finder, Found, Namer, People
from modelwright.tracking.service import experiments
from modelwright.tracking.store import dataset_pages as dataset_store
from modelwright.tracking.store import finding as store

_ID_START: Final = re.compile(r"[0-9a-f]{4,32}")
_RUN: Final = re.compile(r"runs/([0-9a-f]{32})")
_EXPERIMENT: Final = re.compile(r"experiments/(0|[1-9][0-9]{0,17})")
_RUNS_OF_USERS: Final = 1000


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


def find_datasets(tx: ReadTx, words: str, limit: int) -> list[Found]:
    """Those of the latest 10,000 whose name contains the words, the newest first."""
    return [
        Found(kind="dataset", ref=f"datasets/{name}/{digest}", title=name, detail=digest)
        for name, digest in dataset_store.matching(tx, words, limit=limit)
    ]


def name_things(tx: ReadTx, words: Collection[str]) -> dict[str, str]:
    """`runs/<id>` and `experiments/<id>`, as they stand."""
    run_ids = [found[1] for word in words if (found := _RUN.fullmatch(word))]
    numbers = [int(found[1]) for word in words if (found := _EXPERIMENT.fullmatch(word))]
    refs = [
        *(f"runs/{run_id}" for run_id in store.runs_of(tx, run_ids)),
        *(f"experiments/{number}" for number in store.experiments_of(tx, numbers)),
    ]
    return {ref: ref for ref in refs}


def users(tx: ReadTx) -> Iterable[str]:
    """Whose the latest runs are, as far as their clients said it."""
    return (name for name in store.latest_users(tx, _RUNS_OF_USERS) if name not in {"", "unknown"})


NAMERS: Final[list[Namer]] = [name_things]
PEOPLE: Final[list[People]] = [users]
FINDERS: Final[list[Finder]] = [find_runs, find_experiments, find_datasets]
