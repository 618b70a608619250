"""Aliases and their history."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.registry.model.things import AliasMove, LatestMove
from modelwright.registry.store.tables import alias_moves, aliases, models

_OF_MODELS: Final = Sql(
    select(aliases.c.model_pk, aliases.c.alias, aliases.c.number)
    .where(in_list(aliases.c.model_pk, "model_pks"))
    .order_by(aliases.c.model_pk, aliases.c.alias)
)
_ONE: Final = Sql(
    select(aliases.c.number).where(aliases.c.model_pk == bindparam("model_pk"), aliases.c.alias == bindparam("alias"))
)
_PUT: Final = Sql(
    lambda insert: (
        insert(aliases)
        .values(model_pk=bindparam("model_pk"), alias=bindparam("alias"), number=bindparam("number"))
        .on_conflict_do_update(index_elements=["model_pk", "alias"], set_={"number": bindparam("number")})
    )
)
_DROP: Final = Sql(
    delete(aliases).where(aliases.c.model_pk == bindparam("model_pk"), aliases.c.alias == bindparam("alias"))
)
_MOVED: Final = Sql(
    insert(alias_moves).values({column.name: bindparam(column.name) for column in alias_moves.c if column.name != "pk"})
)
_HISTORY: Final = Sql(
    select(
        alias_moves.c.pk,
        alias_moves.c.alias,
        alias_moves.c.before_number,
        alias_moves.c.after_number,
        alias_moves.c.at_ms,
        alias_moves.c.actor,
        alias_moves.c.comment,
    )
    .where(
        alias_moves.c.model_pk == bindparam("model_pk"),
        alias_moves.c.alias == bindparam("alias"),
        alias_moves.c.pk < bindparam("below"),
    )
    .order_by(alias_moves.c.pk.desc())
    .limit(bindparam("limit"))
)

_LATEST: Final = Sql(
    select(
        models.c.name,
        alias_moves.c.alias,
        alias_moves.c.before_number,
        alias_moves.c.after_number,
        alias_moves.c.at_ms,
        alias_moves.c.actor,
    )
    .join_from(alias_moves, models, models.c.pk == alias_moves.c.model_pk)
    .order_by(alias_moves.c.pk.desc())
    .limit(bindparam("limit"))
)


def aliases_of_models(tx: ReadTx, model_pks: list[int]) -> dict[int, dict[str, int]]:
    """By model, only for those that have aliases: alias to number."""
    found: dict[int, dict[str, int]] = {}
    for model_pk, alias, number in tx.all(_OF_MODELS, model_pks=model_pks):
        found.setdefault(model_pk, {})[alias] = number
    return found


def aliases_of_versions(tx: ReadTx, model_pks: list[int]) -> dict[tuple[int, int], list[str]]:
    """By model and number, only for the versions that have aliases."""
    found: dict[tuple[int, int], list[str]] = {}
    for model_pk, alias, number in tx.all(_OF_MODELS, model_pks=model_pks):
        found.setdefault((model_pk, number), []).append(alias)
    return found


def alias_number(tx: ReadTx, model_pk: int, alias: str) -> int | None:
    number: int | None = tx.value(_ONE, model_pk=model_pk, alias=alias)
    return number


def put_alias(tx: WriteTx, model_pk: int, alias: str, number: int) -> None:
    tx.run(_PUT, model_pk=model_pk, alias=alias, number=number)


def drop_alias(tx: WriteTx, model_pk: int, alias: str) -> None:
    tx.run(_DROP, model_pk=model_pk, alias=alias)


def add_move(tx: WriteTx, model_pk: int, move: AliasMove) -> None:
    tx.run(
        _MOVED,
        model_pk=model_pk,
        alias=move.alias,
        before_number=move.before,
        after_number=move.after,
        at_ms=move.at_ms,
        actor=move.actor,
        comment=move.comment,
    )


def moves(tx: ReadTx, model_pk: int, alias: str, *, below: int, limit: int) -> list[tuple[int, AliasMove]]:
    """The alias's moves, newest first, with the number of each; only those with numbers under `below`."""
    return [
        (row[0], AliasMove(alias=row[1], before=row[2], after=row[3], at_ms=row[4], actor=row[5], comment=row[6]))
        for row in tx.all(_HISTORY, model_pk=model_pk, alias=alias, below=below, limit=limit)
    ]


def latest_moves(tx: ReadTx, limit: int) -> list[LatestMove]:
    """The moves of all aliases, newest first."""
    return [
        LatestMove(model=row[0], alias=row[1], before=row[2], after=row[3], at_ms=row[4], actor=row[5])
        for row in tx.all(_LATEST, limit=limit)
    ]
