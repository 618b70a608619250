"""SQL of the list of deployments: one statement for each kind of thing, however many deployments there are."""

from typing import Any, Final

import msgspec
from sqlalchemy import Text, bindparam, exists, func, or_, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.serving.model import Mode, VersionRef
from modelwright.serving.rollouts.machine import Phase
from modelwright.serving.shown import RouteWindow
from modelwright.serving.store.nodes import WINDOW_COLUMNS, window_of
from modelwright.serving.store.tables import deployments, rollouts, routes, windows

_MATCH: Final = (
    func.lower(deployments.c.name).contains(bindparam("words"), escape="/"),
    or_(
        bindparam("model", type_=Text) == "",
        exists().where(
            routes.c.deployment_pk == deployments.c.pk,
            routes.c.model == bindparam("model", type_=Text),
            or_(bindparam("number") == 0, routes.c.number == bindparam("number")),
        ),
    ),
)
_LIST: Final = Sql(
    select(deployments.c.pk, deployments.c.name, deployments.c.stopped, deployments.c.updated_ms)
    .where(*_MATCH, deployments.c.name > bindparam("after"))
    .order_by(deployments.c.name)
    .limit(bindparam("limit"))
)
_COUNT: Final = Sql(select(func.count()).select_from(deployments).where(*_MATCH))
_ROUTES: Final = Sql(
    select(
        routes.c.deployment_pk,
        routes.c.id,
        routes.c.model,
        routes.c.number,
        routes.c.mode,
        routes.c.share,
    )
    .where(in_list(routes.c.deployment_pk, "pks"))
    .order_by(routes.c.deployment_pk, routes.c.place)
)
_NAMED: Final = Sql(select(deployments.c.name).where(in_list(deployments.c.name, "names")))
_OPEN: Final = Sql(
    select(rollouts.c.deployment_pk, rollouts.c.id, rollouts.c.phase).where(
        rollouts.c.finished == 0, in_list(rollouts.c.deployment_pk, "pks")
    )
)
_WINDOWS: Final = Sql(
    select(windows.c.deployment, *WINDOW_COLUMNS).where(
        in_list(windows.c.deployment, "names"), windows.c.window_ms >= bindparam("since_ms")
    )
)


class Listed(msgspec.Struct, frozen=True):
    """A deployment's row, as far as lists need it."""

    pk: int
    name: str
    stopped: bool
    updated_ms: int


class ListedRoute(msgspec.Struct, frozen=True):
    id: str
    version: VersionRef
    mode: Mode
    share: float


def matching(tx: ReadTx, *, words: str, model: str, number: int, after: str, limit: int) -> list[Listed]:
    """By name, after the name `after`: those whose name contains `words` and that have a route to the version.

    `model` "" and `number` 0 stand for any.
    """
    rows = tx.all(_LIST, **_match(words, model, number), after=after, limit=limit)
    return [Listed(pk, name, bool(stopped), updated_ms) for pk, name, stopped, updated_ms in rows]


def count_matching(tx: ReadTx, *, words: str, model: str, number: int) -> int:
    value: int = tx.value(_COUNT, **_match(words, model, number))
    return value


def named(tx: ReadTx, names: list[str]) -> list[str]:
    """Those names that are a deployment's."""
    return [name for (name,) in tx.all(_NAMED, names=names)]


def _match(words: str, model: str, number: int) -> dict[str, Any]:
    literally = words.lower().replace("/", "//").replace("%", "/%").replace("_", "/_")
    return {"words": literally, "model": model, "number": number}


def routes_of(tx: ReadTx, pks: list[int]) -> dict[int, list[ListedRoute]]:
    found: dict[int, list[ListedRoute]] = {pk: [] for pk in pks}
    for pk, id_, model, number, mode, share in tx.all(_ROUTES, pks=pks):
        found[pk].append(ListedRoute(id_, VersionRef(model=model, number=number), Mode(mode), share))
    return found


def open_rollouts(tx: ReadTx, pks: list[int]) -> dict[int, tuple[int, Phase]]:
    """The open rollout's id and phase for each deployment that is in one."""
    return {pk: (id_, Phase(phase)) for pk, id_, phase in tx.all(_OPEN, pks=pks)}


def windows_since(tx: ReadTx, names: list[str], since_ms: int) -> dict[str, list[RouteWindow]]:
    """Of each deployment, window by window and node by node."""
    found: dict[str, list[RouteWindow]] = {name: [] for name in names}
    for deployment, *row in tx.all(_WINDOWS, names=names, since_ms=since_ms):
        found[deployment].append(window_of(tuple(row)))
    return found
