"""SQL that finds runs by how their name or id begins, along an index."""

import string
from typing import Any, Final

from sqlalchemy import Text, bindparam, select
from sqlalchemy.sql import ColumnElement

from modelwright.core.db.clauses import ByCodePoint
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import span
from modelwright.tracking.store.tables import NAME_HEAD, SEARCHED_CHARS, experiments, runs

_ASCII_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _begins(column: ColumnElement[Any]) -> Sql:
    found = select(runs.c.id, runs.c.name, runs.c.status).where(
        column >= bindparam("low", type_=Text()), column < bindparam("high", type_=Text()), runs.c.lifecycle == "active"
    )
    return Sql(found.order_by(column).limit(bindparam("limit")))


_BY_NAME: Final = _begins(ByCodePoint(NAME_HEAD))
_BY_ID: Final = _begins(runs.c.id)

_RUNS: Final = Sql(select(runs.c.id).where(in_list(runs.c.id, "ids")))
_EXPERIMENTS: Final = Sql(select(experiments.c.id).where(in_list(experiments.c.id, "ids")))
_LATEST_USERS = select(runs.c.pk, runs.c.user_id).order_by(runs.c.pk.desc()).limit(bindparam("limit"))
_USERS: Final = Sql(select(_LATEST_USERS.subquery().c.user_id).distinct())

Row = tuple[str, str, str]
"""Id, name, status."""


def runs_named(tx: ReadTx, words: str, *, limit: int) -> list[Row]:
    """Active runs whose name begins with `words`, in any case (of ASCII letters only, on SQLite)."""
    lowered = words.translate(_ASCII_LOWER) if tx.database == "sqlite" else words.lower()
    return tx.all(_BY_NAME, limit=limit, **span(lowered[:SEARCHED_CHARS]))


def runs_numbered(tx: ReadTx, start: str, *, limit: int) -> list[Row]:
    """Active runs whose id begins with `start`, hexadecimal digits."""
    # "g" follows the digits in every order of texts, so the range does not depend on the database's.
    return tx.all(_BY_ID, limit=limit, low=start, high=start + "g")


def runs_of(tx: ReadTx, ids: list[str]) -> list[str]:
    """Those ids that are a run's, deleted or not."""
    return [id_ for (id_,) in tx.all(_RUNS, ids=ids)]


def experiments_of(tx: ReadTx, ids: list[int]) -> list[int]:
    """Those ids that are an experiment's, deleted or not."""
    return [id_ for (id_,) in tx.all(_EXPERIMENTS, ids=ids)]


def latest_users(tx: ReadTx, runs: int) -> list[str]:
    """Whose the latest `runs` runs are."""
    return [name for (name,) in tx.all(_USERS, limit=runs)]
