"""What runs take in and give out, in MLflow's words; and the history of log-model calls that 2.x clients write."""

from typing import Any

import msgspec

from modelwright.core.auth import Permission
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput
from modelwright.mlflow_api.routing import Call, Endpoint, endpoint
from modelwright.mlflow_api.wire import runs as wire
from modelwright.mlflow_api.wire.values import Empty
from modelwright.tracking.model import rules
from modelwright.tracking.model.datasets import uses
from modelwright.tracking.model.runs import DatasetInput, ModelUse
from modelwright.tracking.service import datasets as service
from modelwright.tracking.service import runs

_HISTORY_TAG = "mlflow.log-model.history"
_NEEDED = ("artifact_path", "flavors", "utc_time_created", "run_id")
_KEPT = ("run_id", "utc_time_created", "artifact_path", "model_uuid")


async def log_inputs(call: Call, request: wire.LogInputs) -> Empty:
    rules.check_run_id(request.run_id)
    said = uses(
        [_dataset(each) for each in request.datasets],
        [ModelUse(model_id=each.model_id, step=0) for each in request.models],
    )
    await call.house.db.write(lambda tx: service.log_inputs(tx, call.actor, request.run_id, said))
    return Empty()


async def log_outputs(call: Call, request: wire.LogOutputs) -> Empty:
    rules.check_run_id(request.run_id)
    said = uses([], [ModelUse(model_id=each.model_id, step=each.step) for each in request.models])
    await call.house.db.write(lambda tx: service.log_outputs(tx, call.actor, request.run_id, said))
    return Empty()


async def log_model(call: Call, request: wire.LogModel) -> Empty:
    entry = _entry(request.model_json)

    def append(tx: WriteTx) -> None:
        history = runs.tag(tx, request.run_id, _HISTORY_TAG)
        text = msgspec.json.encode([*_entries(history), entry]).decode()
        rules.check_run_tag(_HISTORY_TAG, text)
        runs.set_tags(tx, call.actor, request.run_id, {_HISTORY_TAG: text})

    await call.house.db.write(append)
    return Empty()


def _entry(model_json: str) -> dict[str, Any]:
    """What of an MLmodel file stands in the history: where and when, and the flavours without their settings."""
    try:
        model = msgspec.json.decode(model_json, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise BadInput("Malformed model info: model_json is not a JSON object", parameter="model_json") from None
    lacking = [name for name in _NEEDED if name not in model]
    if lacking:
        raise BadInput(f"Model json is missing mandatory fields: {lacking}", parameter="model_json")
    flavors = model["flavors"] if isinstance(model["flavors"], dict) else {}
    return {
        **{name: model[name] for name in _KEPT if name in model},
        "flavors": {name: _without_settings(flavor) for name, flavor in flavors.items()},
    }


def _without_settings(flavor: Any) -> Any:
    return {key: value for key, value in flavor.items() if key != "config"} if isinstance(flavor, dict) else flavor


def _entries(history: str | None) -> list[Any]:
    if history is None:
        return []
    try:
        return msgspec.json.decode(history, type=list[Any])
    except msgspec.MsgspecError:
        raise BadInput(f"the tag {_HISTORY_TAG} of this run is not a JSON list; delete it first") from None


def _dataset(said: wire.NewDatasetInput) -> DatasetInput:
    dataset = said.dataset
    return DatasetInput(
        name=dataset.name,
        digest=dataset.digest,
        source_type=dataset.source_type,
        source=dataset.source,
        schema=dataset.schema,
        profile=dataset.profile,
        tags={tag.key: tag.value for tag in said.tags},
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint("POST", "runs/log-inputs", wire.LogInputs, log_inputs, needs=Permission.TRACK),
    endpoint("POST", "runs/outputs", wire.LogOutputs, log_outputs, needs=Permission.TRACK),
    endpoint("POST", "runs/log-model", wire.LogModel, log_model, needs=Permission.TRACK),
)
