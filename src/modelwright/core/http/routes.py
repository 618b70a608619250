"""What operators and probes ask a server: is it up, is it ready, which release, its metrics, its own log."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import Parameter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import literal, select

from modelwright import __version__
from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.db.sql import Sql
from modelwright.core.events import Recorded, events_after, events_before, events_of
from modelwright.core.http.given import Db
from modelwright.core.jobs import Job, job_counts, latest_jobs
from modelwright.core.settings import Settings

_ONE = Sql(select(literal(1, literal_execute=True)))
_PLAIN = "text/plain"

Limit = Annotated[int, Parameter(ge=1, le=limits.PAGE_API, description="The most rows to return.")]


class EventPage(msgspec.Struct, frozen=True):
    """Events, newest first; ask again with the last id as `before`."""

    events: list[Recorded]


class JobPage(msgspec.Struct, frozen=True):
    """Background jobs, newest first, and how many there are of each kind in each state."""

    jobs: list[Job]
    counts: dict[str, dict[str, int]]


@get("/health", opt={"needs": Permission.PUBLIC}, media_type=_PLAIN, include_in_schema=False)
async def health() -> str:
    return "OK"


@get("/ready", opt={"needs": Permission.PUBLIC}, media_type=_PLAIN, include_in_schema=False)
async def ready(db: Db) -> str:
    """Raises Unavailable while the database does not answer."""
    await db.read(lambda tx: tx.value(_ONE))
    return "OK"


@get("/api/v1/version", opt={"needs": Permission.PUBLIC}, tags=["operate"])
async def version() -> dict[str, str]:
    return {"version": __version__}


@get("/api/v1/events", opt={"needs": Permission.READ}, tags=["operate"])
async def list_events(
    db: Db,
    subject: Annotated[str | None, Parameter(description="Only events about this, such as runs/<id>.")] = None,
    before: Annotated[int, Parameter(ge=0)] = limits.INT64_MAX,
    after: Annotated[int | None, Parameter(ge=0, description="Oldest first, from this id on.")] = None,
    limit: Limit = 100,
) -> EventPage:
    if subject is not None:
        return EventPage(await db.read(lambda tx: events_of(tx, subject, before_id=before, limit=limit)))
    if after is not None:
        return EventPage(await db.read(lambda tx: events_after(tx, after_id=after, limit=limit)))
    return EventPage(await db.read(lambda tx: events_before(tx, before_id=before, limit=limit)))


@get("/api/v1/jobs", opt={"needs": Permission.READ}, tags=["operate"])
async def list_jobs(db: Db, limit: Limit = 100) -> JobPage:
    return await db.read(lambda tx: JobPage(latest_jobs(tx, limit=limit), job_counts(tx)))


def metrics_route(registry: CollectorRegistry) -> Any:
    @get("/metrics", opt={"needs": Permission.PUBLIC}, include_in_schema=False)
    async def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return metrics


def settings_route(settings: Settings) -> Any:
    shown: dict[str, Any] = msgspec.to_builtins(settings)
    if settings.database and "@" in settings.database:  # never show a password
        scheme, _, rest = settings.database.partition("://")
        shown["database"] = f"{scheme}://***@{rest.rpartition('@')[2]}"

    @get("/api/v1/settings", opt={"needs": Permission.OPERATE}, tags=["operate"])
    async def show_settings() -> dict[str, Any]:
        return shown

    return show_settings


ROUTES = [health, ready, version, list_events, list_jobs]
