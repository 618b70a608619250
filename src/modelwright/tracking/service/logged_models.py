"""Logged models: create, finish, describe, delete."""

from collections.abc import Sequence
from typing import Any

import msgspec

from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, NotFound
from modelwright.core.events import record
from modelwright.core.ids import hex32
from modelwright.tracking import events
from modelwright.tracking.model.experiments import ACTIVE, DELETED
from modelwright.tracking.model.locations import logged_model_location
from modelwright.tracking.model.logged_models import (
    PENDING,
    LoggedModel,
    ModelPoint,
    NewLoggedModel,
    check_params,
    check_tags,
)
from modelwright.tracking.model.names import generated_name
from modelwright.tracking.service import experiments
from modelwright.tracking.service.holds import Deletion
from modelwright.tracking.store import logged_models as store


def create(tx: WriteTx, actor: Actor, new: NewLoggedModel) -> LoggedModel:
    """Raises NotFound for its experiment, BadInput when that is deleted or a value breaks a rule."""
    new.check()
    place = experiments.active_place(tx, new.experiment_id)
    model_id, now = f"m-{hex32()}", now_ms()
    values: dict[str, Any] = {
        "id": model_id,
        "experiment_id": new.experiment_id,
        "name": new.name or generated_name(),
        "artifact_location": logged_model_location(place, model_id),
        "source_run_id": new.source_run_id,
        "status": PENDING,
        "status_message": None,
        "model_type": new.model_type,
        "lifecycle": ACTIVE,
        "created_ms": now,
        "updated_ms": now,
    }
    pk = store.add(tx, **values)
    store.add_params(tx, pk, new.params)
    store.set_tags(tx, pk, new.tags)
    event = events.LoggedModelCreated(
        model_id=model_id,
        experiment_id=new.experiment_id,
        name=values["name"],
        source_run_id=new.source_run_id,
    )
    record(tx, actor, event)
    return LoggedModel(pk=pk, params=new.params, tags=new.tags, **values)


def get(tx: ReadTx, model_id: str, *, deleted_too: bool = False) -> LoggedModel:
    """Raises NotFound, also for a deleted one unless `deleted_too`."""
    model = store.get(tx, model_id)
    if model is None or (model.lifecycle == DELETED and not deleted_too):
        raise missing(model_id)
    return model


def newest_named(tx: ReadTx, run_id: str, name: str) -> str | None:
    """The id of the newest model of this name that came from the run; None when there is none, or it is deleted."""
    return store.newest_named(tx, run_id, name)


def load(tx: ReadTx, pks: list[int]) -> dict[int, LoggedModel]:
    """Those of the models that there are, by number."""
    return store.load(tx, pks)


def set_status(tx: WriteTx, actor: Actor, model_id: str, status: str) -> LoggedModel:
    """The model as it is then. Raises NotFound."""
    model = _locked(tx, model_id)
    if status != model.status:
        store.change(tx, model.pk, status=status, lifecycle=model.lifecycle, now_ms=now_ms())
        record(tx, actor, events.LoggedModelChanged(model_id=model_id, before=model.status, after=status))
    return get(tx, model_id)


def log_params(tx: WriteTx, actor: Actor, model_id: str, params: dict[str, str]) -> None:
    """Raises NotFound, BadInput for a param that has a value: the same again is fine, another is not."""
    check_params(params)
    model = _locked(tx, model_id)
    old = store.params_of(tx, model.pk)
    clash = sorted(key for key, value in params.items() if old.get(key, value) != value)
    if clash:
        raise BadInput(
            f"Changing param values is not allowed. Params {clash} of logged model {model_id} have other values "
            "already.",
            keys=clash,
        )
    new = {key: value for key, value in params.items() if key not in old}
    if new:
        store.add_params(tx, model.pk, new)
        record(tx, actor, events.LoggedModelParamsLogged(model_id=model_id, params=new))


def set_tags(tx: WriteTx, actor: Actor, model_id: str, tags: dict[str, str]) -> None:
    """Raises NotFound."""
    check_tags(tags)
    model = _locked(tx, model_id)
    old = store.tags_of(tx, model.pk)
    new = {key: value for key, value in tags.items() if old.get(key) != value}
    if new:
        store.set_tags(tx, model.pk, new)
        before = {key: old[key] for key in new if key in old}
        record(tx, actor, events.LoggedModelTagged(model_id=model_id, before=before, after=new))


def delete_tag(tx: WriteTx, actor: Actor, model_id: str, key: str) -> None:
    """Raises NotFound, also when there is no such tag."""
    model = _locked(tx, model_id)
    old = store.tags_of(tx, model.pk)
    if not store.delete_tag(tx, model.pk, key):
        raise NotFound(f"No tag with key {key!r} found for model with ID {model_id!r}.", key=key)
    record(tx, actor, events.LoggedModelTagged(model_id=model_id, before={key: old[key]}, after={}))


def delete(tx: WriteTx, actor: Actor, model_id: str, deletion: Deletion) -> None:
    """Nothing happens to one that is deleted already. Raises NotFound, Conflict when something holds it."""
    model = store.lock(tx, model_id)
    if model is None:
        raise missing(model_id)
    if model.lifecycle == DELETED:
        return
    deletion.check_logged_models(tx, [model_id], f"logged model {model_id} ({model.name})")
    store.change(tx, model.pk, status=model.status, lifecycle=DELETED, now_ms=now_ms())
    record(tx, actor, events.LoggedModelDeleted(model_id=model_id))


def log_points(tx: WriteTx, run_id: str, points: Sequence[ModelPoint]) -> None:
    """Raises NotFound for a model that is not there."""
    found = store.pks(tx, [point.model_id for point in points])
    for point in points:
        if point.model_id not in found:
            raise missing(point.model_id)
    store.put_points(tx, run_id, [(found[point.model_id], point) for point in points])


def missing(model_id: str) -> NotFound:
    return NotFound(f"Logged model with ID '{model_id}' not found.", model_id=model_id)


def _locked(tx: WriteTx, model_id: str) -> LoggedModel:
    model = store.lock(tx, model_id)
    if model is None or model.lifecycle == DELETED:
        raise missing(model_id)
    return msgspec.structs.replace(model)
