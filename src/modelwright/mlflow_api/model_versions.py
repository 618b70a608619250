"""Model versions, in MLflow's words."""

from modelwright.core.auth import Permission
from modelwright.mlflow_api.registered_models import by_key, shown_version
from modelwright.mlflow_api.routing import Call, Endpoint, endpoint
from modelwright.mlflow_api.wire import registry as wire
from modelwright.mlflow_api.wire.values import Empty
from modelwright.registry.model.names import version_number
from modelwright.registry.model.things import Stage
from modelwright.registry.service import search, versions
from modelwright.registry.service.sources import NewVersion


async def create(call: Call, request: wire.CreateModelVersion) -> wire.CreateModelVersionResponse:
    new = NewVersion(
        source=request.source,
        run_id=request.run_id,
        logged_model_id=request.model_id,
        run_link=request.run_link or None,
        description=request.description or "",
        tags=by_key(request.tags),
    )
    version = await call.house.db.write(
        lambda tx: versions.create_version(tx, call.actor, request.name, new, call.house.neighbours)
    )
    return wire.CreateModelVersionResponse(model_version=shown_version(version))


async def update(call: Call, request: wire.UpdateModelVersion) -> wire.UpdateModelVersionResponse:
    """Without a description, as in MLflow, the one there is goes."""
    number, description = version_number(request.version), request.description or ""
    version = await call.house.db.write(
        lambda tx: versions.describe_version(tx, call.actor, request.name, number, description)
    )
    return wire.UpdateModelVersionResponse(model_version=shown_version(version))


async def transition(call: Call, request: wire.TransitionModelVersionStage) -> wire.TransitionModelVersionStageResponse:
    number, stage = version_number(request.version), Stage.named(request.stage)
    version = await call.house.db.write(
        lambda tx: versions.move_to_stage(
            tx,
            call.actor,
            request.name,
            number,
            stage,
            call.house.neighbours,
            archive_others=request.archive_existing_versions,
        )
    )
    return wire.TransitionModelVersionStageResponse(model_version=shown_version(version))


async def delete(call: Call, request: wire.DeleteModelVersion) -> Empty:
    number = version_number(request.version)
    await call.house.db.write(
        lambda tx: versions.delete_version(
            tx, call.actor, request.name, number, call.house.neighbours, force=call.forced
        )
    )
    return Empty()


async def get(call: Call, request: wire.GetModelVersion) -> wire.GetModelVersionResponse:
    number = version_number(request.version)
    version = await call.house.db.read(lambda tx: versions.get_version(tx, request.name, number))
    return wire.GetModelVersionResponse(model_version=shown_version(version))


async def search_versions(call: Call, request: wire.SearchModelVersions) -> wire.SearchModelVersionsResponse:
    found, token = await call.house.db.read(
        lambda tx: search.search_versions(
            tx,
            filter_=request.filter or "",
            order_by=request.order_by,
            limit=request.max_results,
            token=request.page_token or None,
        )
    )
    return wire.SearchModelVersionsResponse(model_versions=tuple(map(shown_version, found)), next_page_token=token)


async def download_uri(call: Call, request: wire.GetModelVersionDownloadUri) -> wire.GetModelVersionDownloadUriResponse:
    number = version_number(request.version)
    version = await call.house.db.read(lambda tx: versions.get_version(tx, request.name, number))
    return wire.GetModelVersionDownloadUriResponse(artifact_uri=version.location)


async def set_tag(call: Call, request: wire.SetModelVersionTag) -> Empty:
    number = version_number(request.version)
    await call.house.db.write(
        lambda tx: versions.tag_version(tx, call.actor, request.name, number, request.key, request.value)
    )
    return Empty()


async def delete_tag(call: Call, request: wire.DeleteModelVersionTag) -> Empty:
    number = version_number(request.version)
    await call.house.db.write(lambda tx: versions.untag_version(tx, call.actor, request.name, number, request.key))
    return Empty()


_READ, _WRITE = Permission.READ, Permission.REGISTER

ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint("POST", "model-versions/create", wire.CreateModelVersion, create, needs=_WRITE),
    endpoint("PATCH", "model-versions/update", wire.UpdateModelVersion, update, needs=_WRITE),
    endpoint(
        "POST",
        "model-versions/transition-stage",
        wire.TransitionModelVersionStage,
        transition,
        needs=Permission.PROMOTE,
    ),
    endpoint("DELETE", "model-versions/delete", wire.DeleteModelVersion, delete, needs=Permission.DELETE),
    endpoint("GET", "model-versions/get", wire.GetModelVersion, get, needs=_READ),
    endpoint("GET", "model-versions/search", wire.SearchModelVersions, search_versions, needs=_READ),
    endpoint("GET", "model-versions/get-download-uri", wire.GetModelVersionDownloadUri, download_uri, needs=_READ),
    endpoint("POST", "model-versions/set-tag", wire.SetModelVersionTag, set_tag, needs=_WRITE),
    endpoint("DELETE", "model-versions/delete-tag", wire.DeleteModelVersionTag, delete_tag, needs=_WRITE),
)
