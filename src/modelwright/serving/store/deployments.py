"""SQL of deployments, their routes and the revision that nodes wait for."""

from difflib import get_close_matches
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from modelwright.core.clock import now_ms
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import NotFound
from modelwright.serving.model import (
    DesiredDeployment,
    FileRef,
    Logging,
    Mode,
    Route,
    Sticky,
    VersionRef,
)
from modelwright.serving.shown import RouteSettings
from modelwright.serving.store.tables import deployments, revision, routes

_NAMES_SAID: Final = 10


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment's row."""

    pk: int
    workspace: str
    name: str
    stopped: bool
    sticky: Sticky
    logging: Logging
    created_ms: int
    updated_ms: int
    revision: int


_COLUMNS = tuple(deployments.c[name] for name in Held.__struct_fields__)
_BY_NAME = Sql(select(*_COLUMNS).where(deployments.c.name == bindparam("name")))
_LOCK = Sql(select(*_COLUMNS).where(deployments.c.name == bindparam("name")).with_for_update())
_BY_PK = Sql(select(*_COLUMNS).where(deployments.c.pk == bindparam("pk")))
_ALL = Sql(select(*_COLUMNS).order_by(deployments.c.name))
_INSERT = Sql(
    insert(deployments).values(
        workspace=bindparam("workspace"),
        name=bindparam("name"),
        stopped=0,
        sticky=bindparam("sticky"),
        logging=bindparam("logging"),
        created_ms=bindparam("now_ms"),
        updated_ms=bindparam("now_ms"),
        revision=1,
    )
)
_UPDATE = Sql(
    update(deployments)
    .where(deployments.c.pk == bindparam("of_pk"))
    .values(
        stopped=bindparam("is_stopped"),
        sticky=bindparam("to_sticky"),
        logging=bindparam("to_logging"),
        updated_ms=bindparam("at_ms"),
        revision=deployments.c.revision + 1,
    )
)
_TOUCH = Sql(
    update(deployments)
    .where(deployments.c.pk == bindparam("of_pk"))
    .values(updated_ms=bindparam("at_ms"), revision=deployments.c.revision + 1)
)
_ROUTES = Sql(
    select(
        routes.c.id,
        routes.c.model,
        routes.c.number,
        routes.c.manifest,
        routes.c.files,
        routes.c.share,
        routes.c.mode,
        routes.c.settings,
        routes.c.slow_ms,
    )
    .where(routes.c.deployment_pk == bindparam("pk"))
    .order_by(routes.c.place)
)
_DROP_ROUTES = Sql(delete(routes).where(routes.c.deployment_pk == bindparam("pk")))
_ADD_ROUTE = Sql(insert(routes).values(**{column.name: bindparam(column.name) for column in routes.c}))
_REVISION = Sql(select(revision.c.value).where(revision.c.id == 1))
_BUMP = Sql(
    lambda insert_into: (
        insert_into(revision)
        .values(id=1, value=1)
        .on_conflict_do_update(index_elements=["id"], set_={"value": revision.c.value + 1})
    )
)


def find(tx: ReadTx, name: str) -> Held | None:
    row = tx.one(_BY_NAME, name=name)
    return None if row is None else _held(row)


def get(tx: ReadTx, name: str) -> Held:
    """Raises NotFound with the names there are, those like it first."""
    found = find(tx, name)
    if found is None:
        have = [held.name for held in every(tx)]
        like = get_close_matches(name, have, _NAMES_SAID)
        said = [*like, *(other for other in have if other not in like)][:_NAMES_SAID]
        there = f"there are {len(have)}, such as" if len(have) > _NAMES_SAID else "there are"
        raise NotFound(f"no deployment {name!r}; {there} {', '.join(said) or 'none yet'}", deployment=name)
    return found


def lock(tx: WriteTx, name: str) -> Held:
    """As `get`; nobody else changes it before this transaction ends."""
    row = tx.one(_LOCK, name=name)
    return get(tx, name) if row is None else _held(row)


def by_pk(tx: ReadTx, pk: int) -> Held:
    row = tx.one(_BY_PK, pk=pk)
    assert row is not None  # noqa: S101 - a foreign key says so
    return _held(row)


def every(tx: ReadTx) -> list[Held]:
    return [_held(row) for row in tx.all(_ALL)]


def add(tx: WriteTx, *, name: str, workspace: str, sticky: Sticky, logging: Logging) -> Held:
    tx.run(_INSERT, name=name, workspace=workspace, sticky=_json(sticky), logging=_json(logging), now_ms=now_ms())
    return get(tx, name)


def change(tx: WriteTx, held: Held) -> None:
    """Write what may change of a deployment's row: whether it is stopped, sticky, logging."""
    tx.run(
        _UPDATE,
        of_pk=held.pk,
        is_stopped=int(held.stopped),
        to_sticky=_json(held.sticky),
        to_logging=_json(held.logging),
        at_ms=now_ms(),
    )
    bump(tx)


def routes_of(tx: ReadTx, pk: int) -> tuple[Route, ...]:
    """The routes in the order in which they divide the traffic."""
    return tuple(_route(row) for row in tx.all(_ROUTES, pk=pk))


def put_routes(tx: WriteTx, pk: int, new: tuple[Route, ...]) -> None:
    """These routes and no others, from now on."""
    tx.run(_DROP_ROUTES, pk=pk)
    tx.run_many(
        _ADD_ROUTE,
        [
            {
                "deployment_pk": pk,
                "id": route.id,
                "place": place,
                "model": route.version.model,
                "number": route.version.number,
                "manifest": route.manifest,
                "files": _json(route.files),
                "share": route.share,
                "mode": route.mode.value,
                "settings": _json(settings_of(route)),
                "slow_ms": _json(route.slow_ms),
            }
            for place, route in enumerate(new)
        ],
    )
    tx.run(_TOUCH, of_pk=pk, at_ms=now_ms())
    bump(tx)


def settings_of(route: Route) -> RouteSettings:
    return RouteSettings(
        runtime=route.runtime,
        engine=route.engine,
        isolation=route.isolation,
        batching=route.batching,
        limits=route.limits,
        replicas=route.replicas,
    )


def current_revision(tx: ReadTx) -> int:
    value: int | None = tx.value(_REVISION)
    return value or 0


def bump(tx: WriteTx) -> None:
    """What nodes shall serve has changed."""
    tx.run(_BUMP)


def desired(tx: ReadTx) -> tuple[DesiredDeployment, ...]:
    """Every deployment that is not stopped, as nodes are to serve it."""
    return tuple(
        DesiredDeployment(
            name=held.name,
            workspace=held.workspace,
            routes=routes_of(tx, held.pk),
            sticky=held.sticky,
            logging=held.logging,
        )
        for held in every(tx)
        if not held.stopped
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _held(row: tuple[Any, ...]) -> Held:
    values = dict(zip(Held.__struct_fields__, row, strict=True))
    values["stopped"] = bool(values["stopped"])
    values["sticky"] = msgspec.json.decode(values["sticky"], type=Sticky)
    values["logging"] = msgspec.json.decode(values["logging"], type=Logging)
    return Held(**values)


def _route(row: tuple[Any, ...]) -> Route:
    id_, model, number, manifest, files, share, mode, settings, slow_ms = row
    run = msgspec.json.decode(settings, type=RouteSettings)
    return Route(
        id=id_,
        version=VersionRef(model=model, number=number),
        manifest=manifest,
        files=msgspec.json.decode(files, type=tuple[FileRef, ...]),
        share=share,
        mode=Mode(mode),
        slow_ms=msgspec.json.decode(slow_ms, type=tuple[float, ...]),
        **msgspec.structs.asdict(run),
    )
