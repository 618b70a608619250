"""SQL that finds versions by the runs and logged models they came from."""

from typing import Any, Final

from sqlalchemy import bindparam, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.registry.store.tables import models, versions

_COLUMNS: Final = (versions.c.pk, models.c.name, versions.c.number, versions.c.created_ms)
_OF_RUNS: Final = Sql(
    select(*_COLUMNS, versions.c.run_id)
    .join_from(versions, models, models.c.pk == versions.c.model_pk)
    .where(in_list(versions.c.run_id, "run_ids"))
)
_LATEST_LOGGED: Final = Sql(
    select(*_COLUMNS, versions.c.logged_model_id)
    .join_from(versions, models, models.c.pk == versions.c.model_pk)
    .where(versions.c.logged_model_id.is_not(None))
    .order_by(versions.c.pk.desc())
    .limit(bindparam("limit"))
)

Row = tuple[int, str, int, int, str]
"""Primary key, model, number, when it was made, and the id of the run or logged model."""


def of_runs(tx: ReadTx, run_ids: list[str]) -> list[Row]:
    found: list[Any] = tx.all(_OF_RUNS, run_ids=run_ids)
    return found


def latest_logged(tx: ReadTx, *, limit: int) -> list[Row]:
    """Versions of logged models, the newest first."""
    found: list[Any] = tx.all(_LATEST_LOGGED, limit=limit)
    return found
