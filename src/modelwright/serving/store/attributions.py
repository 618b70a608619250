"""SQL of attributions that were computed."""

import msgspec
from sqlalchemy import bindparam, delete, select

from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.serving.attribution import Attribution
from modelwright.serving.store.tables import attributions

_LATEST = Sql(
    select(attributions.c.body)
    .where(
        attributions.c.prediction == bindparam("prediction"),
        attributions.c.position == bindparam("position"),
        attributions.c.asked == bindparam("asked"),
    )
    .order_by(attributions.c.computed_ms.desc())
    .limit(1)
)
_ADD = Sql(
    lambda insert: (
        insert(attributions)
        .values(**{column.name: bindparam(column.name) for column in attributions.c})
        .on_conflict_do_nothing()
    )
)
_EXPIRE = Sql(
    delete(attributions).where(
        attributions.c.deployment == bindparam("deployment"), attributions.c.predicted_ms < bindparam("before_ms")
    )
)


def latest(tx: ReadTx, prediction: str, position: int, asked: str) -> Attribution | None:
    """The newest one of what was asked so."""
    body = tx.value(_LATEST, prediction=prediction, position=position, asked=asked)
    return None if body is None else msgspec.json.decode(body, type=Attribution)


def add(tx: WriteTx, new: Attribution, *, deployment: str, predicted_ms: int, asked: str) -> None:
    """Keep it; one of the same against the same background stays as it is."""
    tx.run(
        _ADD,
        prediction=new.prediction,
        position=new.position,
        method=new.method.value,
        output=new.output,
        background=new.background,
        deployment=deployment,
        predicted_ms=predicted_ms,
        computed_ms=new.computed_ms,
        asked=asked,
        body=msgspec.json.encode(new).decode(),
    )


def expire(tx: WriteTx, deployment: str, *, before_ms: int) -> None:
    tx.run(_EXPIRE, deployment=deployment, before_ms=before_ms)
