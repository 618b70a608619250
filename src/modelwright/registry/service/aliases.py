"""Aliases: movable names for versions, and where they have been."""

from collections.abc import Mapping

from modelwright.core import limits
from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, Conflict, Denied, NotFound
from modelwright.core.events import record
from modelwright.core.pages import fingerprint, page_token, position
from modelwright.registry.events import AliasMoved
from modelwright.registry.model.names import LATEST, check_alias, check_model_name, check_new_alias
from modelwright.registry.model.things import AliasMove, AliasPreview, CheckOutcome, LatestMove, Version
from modelwright.registry.service.neighbours import Move, MoveCheck, Neighbours
from modelwright.registry.store import aliases as store
from modelwright.registry.store import models as model_store
from modelwright.registry.store import versions as version_store
from modelwright.tracking.model.rules import check_text


def move_aliases(
    tx: WriteTx,
    actor: Actor,
    name: str,
    targets: Mapping[str, int | None],
    neighbours: Neighbours,
    *,
    expected: Mapping[str, int | None] | None = None,
    comment: str = "",
) -> None:
    """Point each alias to its version, or take it away for None; all of it or, when anything fails, nothing.

    An alias that is where it should be is left alone. `expected` says where aliases must still point, `comment` why
    they move.

    Raises NotFound for a version that is not there, BadInput for a name that cannot be, Conflict when an alias is
    not where it was expected, and whatever a room above raises to forbid the move.
    """
    check_model_name(name)
    check_text(comment, limits.DESCRIPTION, "comment")
    for alias, number in targets.items():
        check_alias(alias) if number is None else check_new_alias(alias)
    row = model_store.lock_model(tx, name)
    for number in {number for number in targets.values() if number is not None}:
        version_store.get_version(tx, name, number)
    for alias, number in targets.items():
        before = store.alias_number(tx, row.pk, alias)
        _check_expected(name, alias, before, expected)
        if before != number:
            at_present = () if before is None else (before,)
            neighbours.check(tx, actor, Move(model=name, number=number, before=at_present, alias=alias))
            move_alias(tx, actor, row, alias, before, number, comment=comment)


def move_alias(
    tx: WriteTx,
    actor: Actor,
    model: model_store.ModelRow,
    alias: str,
    before: int | None,
    after: int | None,
    *,
    comment: str,
) -> None:
    """Write a move that is known to be allowed, in a model that is locked."""
    if after is None:
        store.drop_alias(tx, model.pk, alias)
    else:
        store.put_alias(tx, model.pk, alias, after)
    move = AliasMove(alias=alias, before=before, after=after, at_ms=now_ms(), actor=actor.name, comment=comment)
    store.add_move(tx, model.pk, move)
    record(tx, actor, AliasMoved(model=model.name, alias=alias, before=before, after=after, comment=comment))


def version_by_alias(tx: ReadTx, name: str, alias: str) -> Version:
    """`latest` is the version with the greatest number. Raises NotFound for the model, BadInput for the alias."""
    check_model_name(name)
    check_alias(alias)
    row = model_store.get_model(tx, name)
    if alias.lower() == LATEST:
        found = version_store.last_version(tx, name)
        if found is None:
            raise NotFound(f"Latest version not found for model {name}.", model=name)
    else:
        number = store.alias_number(tx, row.pk, alias)
        if number is None:
            raise BadInput(f"Registered model alias {alias} not found.", model=name, alias=alias)
        found = version_store.get_version(tx, name, number)
    (version,) = version_store.as_versions(tx, [found])
    return version


def alias_history(
    tx: ReadTx, name: str, alias: str, *, limit: int = limits.PAGE_API, token: str | None = None
) -> tuple[list[AliasMove], str | None]:
    """The moves of an alias, newest first, also of one that is gone; and a token when there are more.

    Raises NotFound for the model, and BadInput for a token of something else.
    """
    check_model_name(name)
    check_alias(alias)
    row = model_store.get_model(tx, name)
    query = fingerprint("alias_history", row.pk, alias)
    (below,) = position(token, query, (int,)) if token else (limits.INT64_MAX,)
    found = store.moves(tx, row.pk, alias, below=below, limit=limit + 1)
    more = page_token(query, [found[limit - 1][0]]) if len(found) > limit else None
    return [move for _, move in found[:limit]], more


def latest_moves(tx: ReadTx, limit: int) -> list[LatestMove]:
    """The latest moves of any alias of any model, newest first."""
    return store.latest_moves(tx, limit)


def preview_move(tx: ReadTx, actor: Actor, name: str, alias: str, number: int, neighbours: Neighbours) -> AliasPreview:
    """What pointing the alias to the version would change, and what every check says of it. Nothing is moved.

    Raises NotFound for a version that is not there, and BadInput for a name that cannot be.
    """
    check_model_name(name)
    check_new_alias(alias)
    row = model_store.get_model(tx, name)
    version_store.get_version(tx, name, number)
    current = store.alias_number(tx, row.pk, alias)
    at_present = () if current is None else (current,)
    move = Move(model=name, number=number, before=at_present, alias=alias)
    address = f"models:/{name}@{alias}"
    if current == number:
        consequences = [f"Nothing changes: {address} loads version {number} already."]
    elif current is None:
        consequences = [f"{address} loads version {number}; so far there is no such address."]
    else:
        consequences = [f"{address} loads version {number} instead of version {current}."]
    return AliasPreview(
        alias=alias,
        current=current,
        target=number,
        checks=[_outcome(tx, actor, move, each) for each in neighbours.checks],
        consequences=consequences,
    )


def _outcome(tx: ReadTx, actor: Actor, move: Move, check: MoveCheck) -> CheckOutcome:
    try:
        check.check(tx, actor, move)
    except (Denied, Conflict) as refused:
        return CheckOutcome(name=check.name, ok=False, reason=refused.message)
    return CheckOutcome(name=check.name, ok=True)


def _check_expected(name: str, alias: str, before: int | None, expected: Mapping[str, int | None] | None) -> None:
    if expected is not None and alias in expected and expected[alias] != before:
        where = "points to nothing" if before is None else f"points to version {before}"
        wanted = "nothing" if expected[alias] is None else f"version {expected[alias]}"
        raise Conflict(
            f"The alias {alias} of {name} {where}, not to {wanted} as expected; look again and decide",
            alias=alias,
            number=before,
        )
