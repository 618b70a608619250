"""What operators, probes and the page ask of a server itself: is it well, which release, its jobs, its log."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import literal, select

from modelwright import __version__
from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.schema_version import current
from modelwright.core.db.sql import Sql
from modelwright.core.events import Recorded, events_after, events_before, events_following, events_of, last_event_id
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page
from modelwright.core.jobs import Job, job_counts, latest_jobs
from modelwright.core.settings import Described, Settings, described

_ONE = Sql(select(literal(1, literal_execute=True)))
_PLAIN = "text/plain"
_STREAM_S = 1.0
_GIB = 1024**3
_LEAST_FREE_BYTES = 512 * 1024**2
_STREAM_EVENTS = 500


class Check(msgspec.Struct, frozen=True):
    """One thing that must hold for the server to be well, and what was found."""

    name: str
    ok: bool
    detail: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is `ok` when every check is, else `failing`."""

    status: str
    version: str
    started_ms: int
    checks: list[Check]


class Me(msgspec.Struct, frozen=True):
    """Who the server takes the caller for."""

    name: str
    permissions: list[Permission]
    login_required: bool


class JobPage(msgspec.Struct, frozen=True):
    """Background jobs, newest first, and how many there are of each kind in each state."""

    items: list[Job]
    counts: dict[str, dict[str, int]]


CheckUp = Callable[[], Awaitable[Check]]


@get("/health", opt={"needs": Permission.PUBLIC}, media_type=_PLAIN, include_in_schema=False)
async def health() -> str:
    return "OK"


@get("/ready", opt={"needs": Permission.PUBLIC}, media_type=_PLAIN, include_in_schema=False)
async def ready(db: Db) -> str:
    """Raises Unavailable while the database does not answer."""
    await db.read(lambda tx: tx.value(_ONE))
    return "OK"


@get("/version", opt={"needs": Permission.PUBLIC}, media_type=_PLAIN, include_in_schema=False)
async def plain_version() -> str:
    """Where MLflow's server tells its own, for those who probe it there."""
    return __version__


@get("/api/v1/version", opt={"needs": Permission.PUBLIC}, tags=["operate"])
async def version() -> dict[str, str]:
    return {"version": __version__}


@get("/api/v1/me", opt={"needs": Permission.READ}, tags=["operate"])
async def me(actor: By) -> Me:
    return Me(actor.name, sorted(actor.permissions), login_required=False)


@get("/api/v1/events", opt={"needs": Permission.READ}, tags=["operate"])
async def list_events(
    db: Db,
    subject: Annotated[str | None, QueryParameter(description="Only events about this, such as runs/<id>.")] = None,
    before: Annotated[int, QueryParameter(ge=0, description="Newest first, below this id.")] = limits.INT64_MAX,
    after: Annotated[int | None, QueryParameter(ge=0, description="Oldest first, above this id.")] = None,
    limit: Limit = 100,
) -> Page[Recorded]:
    if subject is not None:
        return Page(items=await db.read(lambda tx: events_of(tx, subject, before_id=before, limit=limit)))
    if after is not None:
        return Page(items=await db.read(lambda tx: events_after(tx, after_id=after, limit=limit)))
    return Page(items=await db.read(lambda tx: events_before(tx, before_id=before, limit=limit)))


@get("/api/v1/events/stream", opt={"needs": Permission.READ}, tags=["operate"], include_in_schema=False)
async def stream_events(
    db: Db,
    after: Annotated[int | None, QueryParameter(ge=0, description="Only events with ids above this.")] = None,
    last_event_id: Annotated[int | None, HeaderParameter(name="Last-Event-ID", ge=0)] = None,
) -> ServerSentEvent:
    """Events as they are recorded: those after `after`, or else new ones; who reconnects goes on where they were."""
    return ServerSentEvent(_stream(db, after if last_event_id is None else last_event_id))


async def _stream(db: Database, after: int | None) -> AsyncIterator[ServerSentEventMessage]:
    seen = await db.read(last_event_id) if after is None else after
    yield ServerSentEventMessage(comment="listening")
    while True:
        new = await db.read(lambda tx: events_following(tx, after_id=seen, limit=_STREAM_EVENTS))  # noqa: B023 - awaited here
        for event in new:
            yield ServerSentEventMessage(data=msgspec.json.encode(event).decode(), id=str(event.id))
            seen = event.id
        await asyncio.sleep(_STREAM_S)


@get("/api/v1/jobs", opt={"needs": Permission.READ}, tags=["operate"])
async def list_jobs(db: Db, limit: Limit = 100) -> JobPage:
    return await db.read(lambda tx: JobPage(latest_jobs(tx, limit=limit), job_counts(tx)))


def metrics_route(registry: CollectorRegistry) -> Any:
    @get("/metrics", opt={"needs": Permission.PUBLIC}, include_in_schema=False)
    async def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return metrics


def settings_route(settings: Settings) -> Any:
    @get("/api/v1/settings", opt={"needs": Permission.OPERATE}, tags=["operate"])
    async def show_settings() -> Page[Described]:
        items = described(settings)
        return Page(items=items, total=len(items))

    return show_settings


def disk_check(home: Path) -> CheckUp:
    """Whether the disk of the home folder has room to go on writing."""

    async def check() -> Check:
        usage = await asyncio.to_thread(shutil.disk_usage, home)
        free, total = usage.free / _GIB, usage.total / _GIB
        return Check("disk", ok=usage.free > _LEAST_FREE_BYTES, detail=f"{free:.1f} of {total:.1f} GiB free")

    return check


def health_route(db: Database, check_ups: Sequence[CheckUp]) -> Any:
    """The page's health, with the database's check before those of the rooms."""
    started = now_ms()

    async def check_database() -> Check:
        schema = await asyncio.to_thread(current, db)
        return Check("database", ok=True, detail=f"{db.name}, schema {schema}")

    @get("/api/v1/health", opt={"needs": Permission.READ}, tags=["operate"])
    async def show_health() -> Health:
        checks = [await check_up() for check_up in (check_database, *check_ups)]
        status = "ok" if all(check.ok for check in checks) else "failing"
        return Health(status=status, version=__version__, started_ms=started, checks=checks)

    return show_health


ROUTES = [health, ready, plain_version, version, me, list_events, stream_events, list_jobs]
