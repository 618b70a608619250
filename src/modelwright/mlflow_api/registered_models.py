"""Registered models and their aliases, in MLflow's words."""

from collections.abc import Iterable, Mapping

from modelwright.core.auth import Permission
from modelwright.mlflow_api.routing import Call, Endpoint, endpoint
from modelwright.mlflow_api.wire import registry as wire
from modelwright.mlflow_api.wire.values import Empty, NewTag, Tag
from modelwright.registry.model.names import version_number
from modelwright.registry.model.things import Model, Version
from modelwright.registry.service import aliases, models, search


def shown_version(version: Version) -> wire.ModelVersion:
    return wire.ModelVersion(
        name=version.model,
        version=str(version.number),
        creation_timestamp=version.created_ms,
        last_updated_timestamp=version.updated_ms,
        current_stage=version.stage,
        status=wire.ModelVersionStatus.READY,
        user_id=version.created_by,
        # Clients make the empty text of what is there and None of what is not; MLflow's server always says these.
        description=version.description,
        source=version.source,
        run_id=version.run_id or "",
        run_link=version.run_link or "",
        model_id=version.logged_model_id,
        tags=shown_tags(version.tags),
        aliases=version.aliases,
    )


def shown_model(model: Model) -> wire.RegisteredModel:
    return wire.RegisteredModel(
        name=model.name,
        creation_timestamp=model.created_ms,
        last_updated_timestamp=model.updated_ms,
        description=model.description or None,
        latest_versions=tuple(map(shown_version, model.newest)),
        tags=shown_tags(model.tags),
        aliases=tuple(
            wire.RegisteredModelAlias(alias=alias, version=str(number)) for alias, number in model.aliases.items()
        ),
    )


def shown_tags(tags: Mapping[str, str]) -> tuple[Tag, ...]:
    return tuple(Tag(key=key, value=value) for key, value in tags.items())


def by_key(tags: Iterable[NewTag]) -> dict[str, str]:
    """Of a tag that is there twice, the last stands."""
    return {tag.key: tag.value for tag in tags}


async def create(call: Call, request: wire.CreateRegisteredModel) -> wire.CreateRegisteredModelResponse:
    tags = by_key(request.tags)
    model = await call.house.db.write(
        lambda tx: models.create_model(tx, call.actor, request.name, description=request.description or "", tags=tags)
    )
    return wire.CreateRegisteredModelResponse(registered_model=shown_model(model))


async def rename(call: Call, request: wire.RenameRegisteredModel) -> wire.RenameRegisteredModelResponse:
    model = await call.house.db.write(lambda tx: models.rename_model(tx, call.actor, request.name, request.new_name))
    return wire.RenameRegisteredModelResponse(registered_model=shown_model(model))


async def update(call: Call, request: wire.UpdateRegisteredModel) -> wire.UpdateRegisteredModelResponse:
    """Without a description, as in MLflow, the one there is goes."""
    description = request.description or ""
    model = await call.house.db.write(lambda tx: models.describe_model(tx, call.actor, request.name, description))
    return wire.UpdateRegisteredModelResponse(registered_model=shown_model(model))


async def delete(call: Call, request: wire.DeleteRegisteredModel) -> Empty:
    await call.house.db.write(
        lambda tx: models.delete_model(tx, call.actor, request.name, call.house.neighbours, force=call.forced)
    )
    return Empty()


async def get(call: Call, request: wire.GetRegisteredModel) -> wire.GetRegisteredModelResponse:
    model = await call.house.db.read(lambda tx: models.get_model(tx, request.name))
    return wire.GetRegisteredModelResponse(registered_model=shown_model(model))


async def search_models(call: Call, request: wire.SearchRegisteredModels) -> wire.SearchRegisteredModelsResponse:
    found, token = await call.house.db.read(
        lambda tx: search.search_models(
            tx,
            filter_=request.filter or "",
            order_by=request.order_by,
            limit=request.max_results,
            token=request.page_token or None,
        )
    )
    return wire.SearchRegisteredModelsResponse(registered_models=tuple(map(shown_model, found)), next_page_token=token)


async def latest_versions(call: Call, request: wire.GetLatestVersions) -> wire.GetLatestVersionsResponse:
    found = await call.house.db.read(lambda tx: models.newest_versions(tx, request.name, request.stages))
    return wire.GetLatestVersionsResponse(model_versions=tuple(map(shown_version, found)))


async def set_tag(call: Call, request: wire.SetRegisteredModelTag) -> Empty:
    await call.house.db.write(lambda tx: models.tag_model(tx, call.actor, request.name, request.key, request.value))
    return Empty()


async def delete_tag(call: Call, request: wire.DeleteRegisteredModelTag) -> Empty:
    await call.house.db.write(lambda tx: models.untag_model(tx, call.actor, request.name, request.key))
    return Empty()


async def set_alias(call: Call, request: wire.SetRegisteredModelAlias) -> Empty:
    targets = {request.alias: version_number(request.version)}
    await call.house.db.write(
        lambda tx: aliases.move_aliases(tx, call.actor, request.name, targets, call.house.neighbours)
    )
    return Empty()


async def delete_alias(call: Call, request: wire.DeleteRegisteredModelAlias) -> Empty:
    await call.house.db.write(
        lambda tx: aliases.move_aliases(tx, call.actor, request.name, {request.alias: None}, call.house.neighbours)
    )
    return Empty()


async def get_by_alias(call: Call, request: wire.GetModelVersionByAlias) -> wire.GetModelVersionByAliasResponse:
    version = await call.house.db.read(lambda tx: aliases.version_by_alias(tx, request.name, request.alias))
    return wire.GetModelVersionByAliasResponse(model_version=shown_version(version))


_READ, _WRITE, _MOVE, _DELETE = Permission.READ, Permission.REGISTER, Permission.PROMOTE, Permission.DELETE

ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint("POST", "registered-models/create", wire.CreateRegisteredModel, create, needs=_WRITE),
    endpoint("POST", "registered-models/rename", wire.RenameRegisteredModel, rename, needs=_WRITE),
    endpoint("PATCH", "registered-models/update", wire.UpdateRegisteredModel, update, needs=_WRITE),
    endpoint("DELETE", "registered-models/delete", wire.DeleteRegisteredModel, delete, needs=_DELETE),
    endpoint("GET", "registered-models/get", wire.GetRegisteredModel, get, needs=_READ),
    endpoint("GET", "registered-models/search", wire.SearchRegisteredModels, search_models, needs=_READ),
    endpoint("POST", "registered-models/get-latest-versions", wire.GetLatestVersions, latest_versions, needs=_READ),
    endpoint("GET", "registered-models/get-latest-versions", wire.GetLatestVersions, latest_versions, needs=_READ),
    endpoint("POST", "registered-models/set-tag", wire.SetRegisteredModelTag, set_tag, needs=_WRITE),
    endpoint("DELETE", "registered-models/delete-tag", wire.DeleteRegisteredModelTag, delete_tag, needs=_WRITE),
    endpoint("POST", "registered-models/alias", wire.SetRegisteredModelAlias, set_alias, needs=_MOVE),
    endpoint("DELETE", "registered-models/alias", wire.DeleteRegisteredModelAlias, delete_alias, needs=_MOVE),
    endpoint("GET", "registered-models/alias", wire.GetModelVersionByAlias, get_by_alias, needs=_READ),
)
