"""The composition root: the only module that knows every room."""

import tempfile
from collections.abc import Awaitable, Callable
from getpass import getuser
from inspect import cleandoc
from pathlib import Path
from typing import Any, Protocol

import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from prometheus_client import CollectorRegistry

from modelwright import __version__
from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.jobs import Sweeper
from modelwright.artifacts.routes import ROUTES as ARTIFACTS
from modelwright.artifacts.transfers import Transfers
from modelwright.collaboration.routes import ROUTES as COLLABORATION
from modelwright.collaboration.routes import Known, mentions_given
from modelwright.core.auth import Permission, local_user
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.errors import BadInput, Internal, ModelwrightError
from modelwright.core.events import last_event_id
from modelwright.core.http.application import Application
from modelwright.core.http.compression import Compressed
from modelwright.core.http.edge import Edge
from modelwright.core.http.finding import finding_route
from modelwright.core.http.given import given
from modelwright.core.http.guard import needs_are_met, route_table, undeclared
from modelwright.core.http.page import Page, first_part
from modelwright.core.http.render import error_body, render
from modelwright.core.http.routes import ROUTES, disk_check, health_route, metrics_route, settings_route
from modelwright.core.jobs import Handler
from modelwright.core.settings import Settings
from modelwright.core.telemetry import HttpMetrics
from modelwright.lineage.routes import ROUTES as LINEAGE
from modelwright.mlflow_api.errors import PREFIXES as MLFLOW_PATHS
from modelwright.mlflow_api.errors import error_answer, speaks_mlflow
from modelwright.mlflow_api.errors import render as render_mlflow
from modelwright.mlflow_api.house import House
from modelwright.mlflow_api.routes import mlflow_protocol
from modelwright.mlflow_api.routing import Served, Shortcut
from modelwright.registry.routes import ROUTES as REGISTRY
from modelwright.registry.routes.given import given as given_neighbours
from modelwright.registry.service.finding import FINDERS as REGISTERED
from modelwright.registry.service.finding import NAMERS as NAMED_MODELS
from modelwright.registry.service.neighbours import Neighbours
from modelwright.registry.service.origins import Registered, Tracked
from modelwright.serving import keeping
from modelwright.serving.jobs import Ticker
from modelwright.serving.prover import Prover
from modelwright.serving.rehearser import Rehearser
from modelwright.serving.routes import ROUTES as SERVING
from modelwright.serving.routes.given import ServingHouse, serving_given
from modelwright.serving.service.finding import FINDERS as SERVED
from modelwright.serving.service.finding import NAMERS as NAMED_DEPLOYMENTS
from modelwright.serving.service.proofs import Newcomers
from modelwright.serving.service.registered import Deployed, RegisteredVersions
from modelwright.tracking.jobs import Compactor
from modelwright.tracking.routes import ROUTES as TRACKING
from modelwright.tracking.routes.deleting import deletions_given
from modelwright.tracking.service.artifact_owners import TrackedOwners
from modelwright.tracking.service.finding import FINDERS as TRACKED
from modelwright.tracking.service.finding import NAMERS as NAMED_RUNS
from modelwright.tracking.service.finding import PEOPLE as RUNNERS
from modelwright.tracking.service.holds import Holder

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class Companion(Protocol):
    """Something that runs beside the server until it is closed."""

    def start(self) -> None: ...
    def close(self) -> None: ...


HOLDERS: tuple[Holder, ...] = (Registered(),)  # whom to ask before a run or a logged model goes
_PAGE = Path(__file__).with_name("web")


def build_app(settings: Settings, db: Database) -> Asgi:
    """The server as an ASGI application.

    Raises BadInput for an address that strangers can reach while nobody can log in, and Internal when a route
    declares no permission.
    """
    if not settings.is_loopback:
        raise BadInput(
            f"{settings.host} can be reached by others, and no login is configured; listen on 127.0.0.1 and put a "
            "proxy with a login in front"
        )
    registry = CollectorRegistry()
    mlflow, litestar = build_routes(settings, db, registry)
    open_routes = undeclared(litestar)
    if open_routes:
        raise Internal(f"these routes declare no permission: {', '.join(open_routes)}")
    # What MLflow has and we do not is no view of the page's either.
    ours = (path for path, _, _ in route_table(litestar))
    owned = {first_part(path) for path in (*ours, *mlflow.fixed, *MLFLOW_PATHS)}
    page = Page(
        Compressed(Shortcut(litestar, mlflow.fixed)),
        folder=_PAGE,
        owned=owned,
        prefix=settings.url_prefix,
        newest=lambda: db.read(last_event_id),
    )
    return Edge(
        page,
        hosts=settings.allowed_hosts,
        prefix=settings.url_prefix,
        actor=local_user(getuser()),
        metrics=HttpMetrics(registry),
        access_log=settings.access_log,
        refusal=_refusal,
    )


def build_routes(settings: Settings, db: Database, registry: CollectorRegistry) -> tuple[Served, Litestar]:
    """MLflow's protocol, and every room's routes in one table; what `modelwright openapi` describes."""
    files = Transfers(db, _blobs(settings), TrackedOwners())
    followers = [Newcomers()] if settings.load_proof else []
    neighbours = Neighbours(origins=Tracked(), holders=[Deployed()], followers=followers)
    house = House(db=db, holders=HOLDERS, files=files, neighbours=neighbours, url_prefix=settings.url_prefix)
    mlflow = mlflow_protocol(house)
    litestar = Application(
        route_handlers=[
            *ROUTES,
            *ARTIFACTS,
            *COLLABORATION,
            *TRACKING,
            *REGISTRY,
            *LINEAGE,
            *SERVING,
            *mlflow.routes,
            metrics_route(registry),
            settings_route(settings),
            finding_route([*REGISTERED, *SERVED, *TRACKED]),
            health_route(db, check_ups=[disk_check(settings.home_path)]),
        ],
        dependencies={
            **given(db),
            **given_neighbours(neighbours),
            **deletions_given(HOLDERS),
            **mentions_given(Known([*NAMED_MODELS, *NAMED_DEPLOYMENTS, *NAMED_RUNS], RUNNERS)),
            **serving_given(_serving(settings)),
            "files": Provide(lambda: files, sync_to_thread=False),
        },
        on_shutdown=[files.close],
        guards=[needs_are_met],
        exception_handlers={Exception: _render},
        openapi_config=OpenAPIConfig(
            title="Modelwright",
            version=__version__,
            openapi_router=Router("/api/schema", route_handlers=[], opt={"needs": Permission.PUBLIC}),
            render_plugins=[JsonRenderPlugin()],
        ),
        request_max_body_size=None,  # the edge counts, so that streamed uploads can be exempt
        logging_config=None,
    )
    return mlflow, litestar


def _blobs(settings: Settings) -> Blobs:
    return open_blobs(settings.artifacts_url, settings.home_path / "incoming")


def _ledger_url(settings: Settings) -> str:
    # A store beside the artifacts' own: their sweep would take what no artifact's name holds.
    return f"{settings.artifacts_url.rstrip('/')}-ledger"


def _serving(settings: Settings) -> ServingHouse:
    ledger = open_blobs(_ledger_url(settings), settings.home_path / "incoming")
    return ServingHouse(versions=RegisteredVersions(), blobs=_blobs(settings), ledger=ledger)


def job_handlers(settings: Settings) -> dict[str, Handler]:
    """Who does each kind of background job."""
    incoming = settings.home_path / "incoming"
    url = _ledger_url(settings)
    delta = settings.ledger_delta
    bring = None if delta is None else keeping.bringer(url, incoming, delta)
    return {**keeping.handlers(open_blobs(url, incoming), keeping.merger(url, incoming), bring)}


def companions(settings: Settings, db: Database) -> list[Companion]:
    """Threads of the rooms that work beside the server."""
    ledger = open_blobs(_ledger_url(settings), settings.home_path / "incoming")
    found: list[Companion] = [
        Compactor(db),
        Ticker(db),
        Rehearser(db, ledger),
        keeping.Keeper(db, publishes=settings.ledger_delta is not None),
        Sweeper(db, _blobs(settings)),
    ]
    if settings.load_proof:
        memory = settings.load_proof_memory_mb * 1024 * 1024
        home = settings.home_path / "proofs"
        found.append(Prover(db, RegisteredVersions(), _blobs(settings), home=home, memory_bytes=memory))
    return found


def describe() -> bytes:
    """The OpenAPI description of `/api/v1` as JSON, indented; the same bytes for the same routes."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=folder)
        db = open_database(settings.database_url)
        try:
            _, litestar = build_routes(settings, db, CollectorRegistry())
            schema = litestar.openapi_schema.to_schema()
        finally:
            db.close()
    return msgspec.json.format(msgspec.json.encode(_unindented(schema), order="deterministic"), indent=1) + b"\n"


def _unindented(schema: Any) -> Any:
    """The schema with the texts of docstrings as Python 3.13 has them, on older releases too."""
    if isinstance(schema, dict):
        return {
            key: cleandoc(value) if key == "description" and isinstance(value, str) else _unindented(value)
            for key, value in schema.items()
        }
    return [_unindented(each) for each in schema] if isinstance(schema, list) else schema


def _refusal(path: str, error: ModelwrightError) -> tuple[int, bytes]:
    if speaks_mlflow(path):
        return error_answer(error)
    return error.status, msgspec.json.encode(error_body(error))


def _render(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Errors in the form that the path's clients understand."""
    return render_mlflow(request, error) if speaks_mlflow(request.scope["path"]) else render(request, error)
