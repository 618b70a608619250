"""Experiments, in MLflow's words."""

from modelwright.core.auth import Permission
from modelwright.core.errors import BadInput
from modelwright.mlflow_api.lenient import missing
from modelwright.mlflow_api.routing import PAGE_ONLY, Call, Endpoint, endpoint
from modelwright.mlflow_api.wire import experiments as wire
from modelwright.mlflow_api.wire.values import Empty, NewTag, Tag, ViewType
from modelwright.tracking.model.experiments import Experiment
from modelwright.tracking.model.rules import experiment_number
from modelwright.tracking.service import experiments as service
from modelwright.tracking.service import searches
from modelwright.tracking.service.holds import Deletion

_FORCE = b"x-modelwright-force"
_MOST_EXPERIMENTS = 20  # as MLflow

VIEWS = {ViewType.ACTIVE_ONLY: "active", ViewType.DELETED_ONLY: "deleted", ViewType.ALL: "all"}


def shown(experiment: Experiment) -> wire.Experiment:
    return wire.Experiment(
        experiment_id=str(experiment.id),
        name=experiment.name,
        artifact_location=experiment.artifact_location,
        lifecycle_stage=experiment.lifecycle,
        last_update_time=experiment.updated_ms,
        creation_time=experiment.created_ms,
        tags=tuple(Tag(key=key, value=value) for key, value in experiment.tags.items()),
    )


def deletion(call: Call) -> Deletion:
    """Asks the rooms above; the client may say that it means it."""
    return Deletion(call.house.holders, forced=(call.header(_FORCE) or "").lower() == "true")


async def create(call: Call, request: wire.CreateExperiment) -> wire.CreateExperimentResponse:
    tags = _by_key(request.tags)
    number = await call.house.db.write(
        lambda tx: service.create(tx, call.actor, request.name, request.artifact_location, tags)
    )
    return wire.CreateExperimentResponse(experiment_id=str(number))


async def get(call: Call, request: wire.GetExperiment) -> wire.GetExperimentResponse:
    number = experiment_number(request.experiment_id)
    experiment = await call.house.db.read(lambda tx: service.get(tx, number))
    return wire.GetExperimentResponse(experiment=shown(experiment))


async def get_by_name(call: Call, request: wire.GetExperimentByName) -> wire.GetExperimentByNameResponse:
    experiment = await call.house.db.read(lambda tx: service.get_by_name(tx, request.experiment_name))
    return wire.GetExperimentByNameResponse(experiment=shown(experiment))


async def search(call: Call, request: wire.SearchExperiments) -> wire.SearchExperimentsResponse:
    size = request.max_results
    if size is None:
        missing("max_results")
    found, token = await call.house.db.read(
        lambda tx: searches.search_experiments(
            tx,
            filter_=request.filter or "",
            order_by=request.order_by,
            view=VIEWS[request.view_type],
            limit=size,
            token=request.page_token,
        )
    )
    return wire.SearchExperimentsResponse(experiments=tuple(map(shown, found)), next_page_token=token)


async def search_datasets(call: Call, request: wire.SearchDatasets) -> wire.SearchDatasetsResponse:
    if not request.experiment_ids:
        raise BadInput("SearchDatasets request must specify at least one experiment_id.", parameter="experiment_ids")
    if len(request.experiment_ids) > _MOST_EXPERIMENTS:
        raise BadInput(
            f"SearchDatasets request cannot specify more than {_MOST_EXPERIMENTS} experiment_ids. Received "
            f"{len(request.experiment_ids)} experiment_ids.",
            parameter="experiment_ids",
        )
    numbers = list(map(experiment_number, request.experiment_ids))
    found = await call.house.db.read(lambda tx: searches.search_datasets(tx, numbers))
    return wire.SearchDatasetsResponse(
        dataset_summaries=tuple(
            wire.DatasetSummary(
                experiment_id=str(each.experiment_id), name=each.name, digest=each.digest, context=each.context
            )
            for each in found
        )
    )


async def delete(call: Call, request: wire.DeleteExperiment) -> Empty:
    number, asked = experiment_number(request.experiment_id), deletion(call)
    await call.house.db.write(lambda tx: service.delete(tx, call.actor, number, asked))
    return Empty()


async def restore(call: Call, request: wire.RestoreExperiment) -> Empty:
    number = experiment_number(request.experiment_id)
    await call.house.db.write(lambda tx: service.restore(tx, call.actor, number))
    return Empty()


async def update(call: Call, request: wire.UpdateExperiment) -> Empty:
    number = experiment_number(request.experiment_id)
    await call.house.db.write(lambda tx: service.rename(tx, call.actor, number, request.new_name))
    return Empty()


async def set_tag(call: Call, request: wire.SetExperimentTag) -> Empty:
    number = experiment_number(request.experiment_id)
    await call.house.db.write(lambda tx: service.set_tag(tx, call.actor, number, request.key, request.value))
    return Empty()


async def delete_tag(call: Call, request: wire.DeleteExperimentTag) -> Empty:
    number = experiment_number(request.experiment_id)
    await call.house.db.write(lambda tx: service.delete_tag(tx, call.actor, number, request.key))
    return Empty()


def _by_key(tags: tuple[NewTag, ...]) -> dict[str, str]:
    return {tag.key: tag.value for tag in tags}


ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint("POST", "experiments/create", wire.CreateExperiment, create, needs=Permission.TRACK),
    endpoint("GET", "experiments/get", wire.GetExperiment, get, needs=Permission.READ),
    endpoint("GET", "experiments/get-by-name", wire.GetExperimentByName, get_by_name, needs=Permission.READ),
    endpoint("POST", "experiments/search", wire.SearchExperiments, search, needs=Permission.READ),
    endpoint("GET", "experiments/search", wire.SearchExperiments, search, needs=Permission.READ),
    endpoint(
        "POST",
        "experiments/search-datasets",
        wire.SearchDatasets,
        search_datasets,
        needs=Permission.READ,
        prefixes=PAGE_ONLY,
    ),
    endpoint("POST", "experiments/delete", wire.DeleteExperiment, delete, needs=Permission.DELETE),
    endpoint("POST", "experiments/restore", wire.RestoreExperiment, restore, needs=Permission.DELETE),
    endpoint("POST", "experiments/update", wire.UpdateExperiment, update, needs=Permission.TRACK),
    endpoint("POST", "experiments/set-experiment-tag", wire.SetExperimentTag, set_tag, needs=Permission.TRACK),
    endpoint("POST", "experiments/delete-experiment-tag", wire.DeleteExperimentTag, delete_tag, needs=Permission.TRACK),
)
