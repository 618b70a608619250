"""SQL of outcomes."""

from sqlalchemy import bindparam, select

from modelwright.core.clock import now_ms
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.serving.shown import OutcomeShown
from modelwright.serving.store.tables import outcomes

_ADD = Sql(
    lambda insert_into: (
        insert_into(outcomes)
        .values(**{column.name: bindparam(column.name) for column in outcomes.c})
        .on_conflict_do_nothing()
    )
)
_THIS = (outcomes.c.prediction == bindparam("prediction"), outcomes.c.position == bindparam("position"))
_LABEL = Sql(select(outcomes.c.label).where(*_THIS, outcomes.c.name == bindparam("name")))
_OF = Sql(
    select(outcomes.c.name, outcomes.c.value, outcomes.c.label, outcomes.c.received_ms)
    .where(*_THIS)
    .order_by(outcomes.c.name)
)


def add(
    tx: WriteTx,
    deployment: str,
    prediction: str,
    position: int,
    name: str,
    value: float | None,
    label: str,
    predicted_ms: int,
) -> bool:
    """Whether it is new."""
    added = tx.run(
        _ADD,
        deployment=deployment,
        prediction=prediction,
        position=position,
        name=name,
        value=value,
        label=label,
        predicted_ms=predicted_ms,
        received_ms=now_ms(),
    )
    return added > 0


def label(tx: ReadTx, prediction: str, position: int, name: str) -> str | None:
    """What is known of it, as text."""
    found: str | None = tx.value(_LABEL, prediction=prediction, position=position, name=name)
    return found


def of(tx: ReadTx, prediction: str, position: int) -> list[OutcomeShown]:
    return tx.structs(OutcomeShown, _OF, prediction=prediction, position=position)
