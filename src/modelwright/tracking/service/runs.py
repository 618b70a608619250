"""Runs: start, change, tag, delete, restore; and logging params, tags and points to them."""

from collections.abc import Mapping
from typing import Any

from modelwright.core import limits
from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, ModelwrightError, NotFound
from modelwright.core.events import record
from modelwright.core.ids import hex32
from modelwright.tracking import events
from modelwright.tracking.model import rules
from modelwright.tracking.model.batches import Batch, SeriesWrite
from modelwright.tracking.model.experiments import ACTIVE, DELETED
from modelwright.tracking.model.locations import run_location
from modelwright.tracking.model.names import generated_name
from modelwright.tracking.model.runs import (
    NAME_TAG,
    RUNNING,
    NewRun,
    RunChange,
    RunInfo,
    first_revision,
    not_active,
)
from modelwright.tracking.service import experiments
from modelwright.tracking.service.holds import Deletion
from modelwright.tracking.store import runs as store
from modelwright.tracking.store import series as series_store


def checked(new: NewRun) -> NewRun:
    """`new` with a name, which is also among its tags. Raises BadInput for what breaks a rule."""
    for key, value in new.tags.items():
        rules.check_free_tag(key, value)
    rules.check_text(new.user_id, limits.RUN_TAG_VALUE, "user_id")
    tag = new.tags.get(NAME_TAG, "")
    if new.name and tag and new.name != tag:
        raise BadInput(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{new.name}', mlflow.runName='{tag}')."
        )
    name = new.name or tag or generated_name()
    rules.check_run_name(name)
    return NewRun(
        experiment_id=new.experiment_id,
        name=name,
        user_id=new.user_id,
        start_ms=new.start_ms,
        tags={**new.tags, NAME_TAG: name},
    )


def create(tx: WriteTx, actor: Actor, new: NewRun) -> RunInfo:
    """`new` comes from `checked`. Raises NotFound for its experiment, BadInput when that is deleted."""
    place = experiments.active_place(tx, new.experiment_id)
    run_id = hex32()
    values: dict[str, Any] = {
        "id": run_id,
        "experiment_id": new.experiment_id,
        "name": new.name,
        "user_id": new.user_id,
        "start_ms": new.start_ms,
        "artifact_uri": run_location(place, run_id),
        "revision": first_revision(now_ms()),
    }
    pk = store.add(tx, **values)
    store.set_tags(tx, pk, new.experiment_id, new.tags)
    created = events.RunCreated(run_id=run_id, experiment_id=new.experiment_id, name=new.name, tags=new.tags)
    record(tx, actor, created)
    return RunInfo(pk=pk, status=RUNNING, lifecycle=ACTIVE, end_ms=None, **values)


def get(tx: ReadTx, run_id: str) -> RunInfo:
    """Also a deleted one. Raises NotFound."""
    return _found(store.get(tx, run_id), run_id)


def change(tx: WriteTx, actor: Actor, run_id: str, wanted: RunChange) -> RunInfo:
    """The run as it is then. Raises NotFound, BadInput when it is deleted."""
    if wanted.name:
        rules.check_run_name(wanted.name)
        rules.check_text(wanted.name, limits.RUN_TAG_VALUE, "run_name")
    run = _found(store.lock(tx, run_id), run_id)
    run.check_active()
    was: dict[str, str | int | None] = {"status": run.status, "end_ms": run.end_ms, "name": run.name}
    now: dict[str, str | int | None] = {
        "status": wanted.status or run.status,
        "end_ms": run.end_ms if wanted.end_ms is None else wanted.end_ms,
        "name": wanted.name or run.name,
    }
    changed = [field for field, value in now.items() if value != was[field]]
    if not changed:
        return run
    store.change(tx, run.pk, status=str(now["status"]), end_ms=now["end_ms"], name=str(now["name"]))  # type: ignore[arg-type]  # an int or None
    if "name" in changed:
        store.set_tags(tx, run.pk, run.experiment_id, {NAME_TAG: str(now["name"])})
    before, after = {field: was[field] for field in changed}, {field: now[field] for field in changed}
    record(tx, actor, events.RunChanged(run_id=run_id, before=before, after=after))
    return get(tx, run_id)


def log_points(tx: WriteTx, run_id: str, writes: tuple[SeriesWrite, ...]) -> None:
    """Raises NotFound, BadInput when the run is deleted."""
    pk, experiment_id = _touched(tx, run_id)
    series_store.append(tx, pk, experiment_id, writes)


def log_batch(tx: WriteTx, actor: Actor, run_id: str, batch: Batch) -> None:
    """All of it or nothing. Raises NotFound, BadInput when the run is deleted or a param would change."""
    pk, experiment_id = _touched(tx, run_id)
    if batch.params:
        _log_params(tx, actor, (run_id, pk, experiment_id), batch.params)
    if batch.series:
        series_store.append(tx, pk, experiment_id, batch.series)
    if batch.tags:
        _set_tags(tx, actor, (run_id, pk, experiment_id), batch.tags)


def log_param(tx: WriteTx, actor: Actor, run_id: str, key: str, value: str) -> None:
    """Raises NotFound, BadInput when the run is deleted or the param has another value."""
    pk, experiment_id = _touched(tx, run_id)
    if store.add_param(tx, pk, experiment_id, key, value):
        record(tx, actor, events.RunParamsLogged(run_id=run_id, keys=[key]))
        return
    old = store.params_at(tx, pk, [key])[key]
    if old != value:
        raise BadInput(
            f"Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}' for "
            f"run ID='{run_id}'. Attempted logging new value '{value}'.",
            key=key,
        )


def set_tags(tx: WriteTx, actor: Actor, run_id: str, tags: Mapping[str, str]) -> None:
    """Raises NotFound, BadInput when the run is deleted."""
    pk, experiment_id = _touched(tx, run_id)
    _set_tags(tx, actor, (run_id, pk, experiment_id), tags)


def delete_tag(tx: WriteTx, actor: Actor, run_id: str, key: str) -> None:
    """Raises NotFound, also when there is no such tag; BadInput for the tag that is the run's name."""
    pk, _ = _touched(tx, run_id)
    before = store.tags_at(tx, pk, [key])
    if not store.delete_tag(tx, pk, key):
        raise NotFound(f"No tag with name: {key} in run with id {run_id}", key=key)
    record(tx, actor, events.RunTagged(run_id=run_id, before=before, after={}))


def delete(tx: WriteTx, actor: Actor, run_id: str, deletion: Deletion) -> None:
    """Nothing happens to a run that is deleted already. Raises NotFound, Conflict when something holds the run."""
    run = _found(store.lock(tx, run_id), run_id)
    if run.lifecycle == DELETED:
        return
    deletion.check_runs(tx, [run_id], f"run {run_id} ({run.name})")
    store.move(tx, run.pk, DELETED, now_ms())
    record(tx, actor, events.RunDeleted(run_id=run_id))


def restore(tx: WriteTx, actor: Actor, run_id: str) -> None:
    """Nothing happens to a run that is active. Raises NotFound, BadInput while its experiment is deleted."""
    run = _found(store.lock(tx, run_id), run_id)
    if run.lifecycle == ACTIVE:
        return
    experiments.active_place(tx, run.experiment_id)
    store.move(tx, run.pk, ACTIVE, None)
    record(tx, actor, events.RunRestored(run_id=run_id))


def tag(tx: ReadTx, run_id: str, key: str) -> str | None:
    """None when the run has no such tag. Raises NotFound."""
    return store.tags_at(tx, get(tx, run_id).pk, [key]).get(key)


def touched(tx: WriteTx, run_id: str) -> tuple[int, int]:
    """(pk, experiment id) of a run that is about to be written to. Raises NotFound, BadInput when it is deleted."""
    return _touched(tx, run_id)


def _log_params(tx: WriteTx, actor: Actor, run: tuple[str, int, int], params: Mapping[str, str]) -> None:
    run_id, pk, experiment_id = run
    old = store.params_at(tx, pk, list(params))
    clash = [
        {"key": key, "old_value": old[key], "new_value": value}
        for key, value in params.items()
        if old.get(key, value) != value
    ]
    if clash:
        raise BadInput(
            f"Changing param values is not allowed. Params were already logged='{clash}' for run ID='{run_id}'.",
            params=clash,
        )
    new = {key: value for key, value in params.items() if key not in old}
    if new:
        store.add_params(tx, pk, experiment_id, new)
        record(tx, actor, events.RunParamsLogged(run_id=run_id, keys=list(new)))


def _set_tags(tx: WriteTx, actor: Actor, run: tuple[str, int, int], tags: Mapping[str, str]) -> None:
    run_id, pk, experiment_id = run
    old = store.tags_at(tx, pk, list(tags))
    new = {key: value for key, value in tags.items() if old.get(key) != value}
    if new.get(NAME_TAG) == "":
        del new[NAME_TAG]  # a run keeps the name it has: the empty one means none, here as in `update`
    if not new:
        return
    store.set_tags(tx, pk, experiment_id, new)
    if NAME_TAG in new:
        store.rename(tx, pk, new[NAME_TAG])
    before = {key: old[key] for key in new if key in old}
    record(tx, actor, events.RunTagged(run_id=run_id, before=before, after=new))


def _touched(tx: WriteTx, run_id: str) -> tuple[int, int]:
    run = store.touch(tx, run_id)
    if run is None:
        raise _unwritable(tx, run_id)
    return run


def _unwritable(tx: ReadTx, run_id: str) -> ModelwrightError:
    lifecycle = store.lifecycle(tx, run_id)
    return missing(run_id) if lifecycle is None else not_active(run_id, lifecycle)


def _found(run: RunInfo | None, run_id: str) -> RunInfo:
    if run is None:
        raise missing(run_id)
    return run


def missing(run_id: str) -> NotFound:
    return NotFound(f"Run with id={run_id} not found", run_id=run_id)
