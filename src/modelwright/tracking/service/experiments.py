"""Experiments: create, rename, tag, delete, restore."""

from collections.abc import Mapping

import msgspec

from modelwright.core import limits, pages
from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.failures import Duplicate
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import AlreadyExists, BadInput, NotFound
from modelwright.core.events import record
from modelwright.tracking import events
from modelwright.tracking.model import locations, rules
from modelwright.tracking.model.experiments import ACTIVE, DEFAULT, DELETED, Experiment, check_active
from modelwright.tracking.service.holds import Deletion
from modelwright.tracking.store import experiments as store
from modelwright.tracking.store import runs as run_store


def create(tx: WriteTx, actor: Actor, name: str, location: str | None, tags: Mapping[str, str]) -> int:
    """The new experiment's id. Raises AlreadyExists, also when a deleted experiment has the name."""
    rules.check_experiment_name(name)
    for key, value in tags.items():
        rules.check_experiment_tag(key, value)
    if location:
        locations.check_given(location)
    number = store.add(tx, name, location or "", now_ms())
    if number is None:
        raise _taken(tx, name)
    place = location or locations.experiment_location(number)
    if not location:
        store.place(tx, number, place)
    store.set_tags(tx, number, tags)
    event = events.ExperimentCreated(experiment_id=number, name=name, artifact_location=place, tags=dict(tags))
    record(tx, actor, event)
    return number


def get(tx: ReadTx, experiment_id: int) -> Experiment:
    """Also a deleted one. Raises NotFound."""
    return _found(store.get(tx, experiment_id), experiment_id)


def get_by_name(tx: ReadTx, name: str) -> Experiment:
    """Also a deleted one. Raises NotFound."""
    experiment = store.get_by_name(tx, name)
    if experiment is None:
        raise NotFound(f"Could not find experiment with name '{name}'", name=name)
    return experiment


def rename(tx: WriteTx, actor: Actor, experiment_id: int, name: str) -> None:
    rules.check_experiment_name(name)
    experiment = _found(store.lock(tx, experiment_id), experiment_id)
    experiment.check_renamable()
    if name == experiment.name:
        return
    other = store.get_by_name(tx, name)
    if other is not None:
        raise _taken(tx, name)
    try:
        store.rename(tx, experiment_id, name, now_ms())
    except Duplicate:  # another server took it in this moment
        raise AlreadyExists(f"Experiment(name={name}) already exists.", name=name) from None
    record(tx, actor, events.ExperimentRenamed(experiment_id=experiment_id, before=experiment.name, after=name))


def set_tag(tx: WriteTx, actor: Actor, experiment_id: int, key: str, value: str) -> None:
    rules.check_experiment_tag(key, value)
    experiment = _found(store.lock(tx, experiment_id), experiment_id)
    experiment.check_active()
    before = {k: v for k, v in store.tags_of(tx, [experiment_id]).get(experiment_id, {}).items() if k == key}
    if before.get(key) == value:
        return
    store.set_tags(tx, experiment_id, {key: value})
    record(tx, actor, events.ExperimentTagged(experiment_id=experiment_id, before=before, after={key: value}))


def delete_tag(tx: WriteTx, actor: Actor, experiment_id: int, key: str) -> None:
    """Raises NotFound when there is no such tag."""
    experiment = _found(store.lock(tx, experiment_id), experiment_id)
    experiment.check_active()
    tags = store.tags_of(tx, [experiment_id]).get(experiment_id, {})
    if not store.delete_tag(tx, experiment_id, key):
        raise NotFound(f"No tag with name: {key} in experiment with id {experiment_id}", key=key)
    record(tx, actor, events.ExperimentTagged(experiment_id=experiment_id, before={key: tags[key]}, after={}))


def delete(tx: WriteTx, actor: Actor, experiment_id: int, deletion: Deletion) -> None:
    """With its active runs. Raises NotFound when it is deleted already, Conflict when something holds a run of it."""
    experiment = store.lock(tx, experiment_id)
    if experiment is None or experiment.lifecycle != ACTIVE:
        raise _missing(experiment_id)
    ids = run_store.ids_in_experiment(tx, experiment_id, active_only=True)
    deletion.check_runs(tx, ids, f"experiment {experiment_id} ({experiment.name})")
    now = now_ms()
    store.move(tx, experiment_id, DELETED, now)
    runs = run_store.delete_with_experiment(tx, experiment_id, now)
    record(tx, actor, events.ExperimentDeleted(experiment_id=experiment_id, runs=runs))


def restore(tx: WriteTx, actor: Actor, experiment_id: int) -> None:
    """With the runs that were deleted with it. Raises NotFound when it is not deleted."""
    experiment = store.lock(tx, experiment_id)
    if experiment is None or experiment.lifecycle != DELETED:
        raise _missing(experiment_id)
    store.move(tx, experiment_id, ACTIVE, now_ms())
    runs = run_store.restore_with_experiment(tx, experiment_id)
    record(tx, actor, events.ExperimentRestored(experiment_id=experiment_id, runs=runs))


def active_place(tx: ReadTx, experiment_id: int) -> str:
    """Where the artifacts of what is new in it go. Raises NotFound, and BadInput when it is deleted."""
    place = store.place_of(tx, experiment_id)
    if place is None:
        raise _missing(experiment_id)
    lifecycle, location = place
    check_active(experiment_id, lifecycle)
    return location


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of experiments; `total` counts all that match."""

    experiments: list[Experiment]
    total: int
    next_page_token: str | None


def named_like(tx: ReadTx, words: str, lifecycle: str, *, limit: int, page_token: str | None) -> Listed:
    """Those of a lifecycle whose name contains `words`, in any case, newest first."""
    query = pages.fingerprint("experiments", words, lifecycle)
    last = (limits.INT64_MAX, limits.INT64_MAX)
    ms, id_ = pages.position(page_token, query, (int, int)) if page_token else last
    ids = store.named_like(tx, words, lifecycle, before=(ms, id_), limit=limit + 1)
    found = store.get_many(tx, ids[:limit])
    more = found[-1] if len(ids) > limit else None
    return Listed(
        experiments=found,
        total=store.count_named_like(tx, words, lifecycle),
        next_page_token=pages.page_token(query, (more.created_ms, more.id)) if more else None,
    )


def lately_used(tx: ReadTx, words: str, lifecycle: str, *, limit: int) -> Listed:
    """The same, those where a run began last first; there is no going on from them."""
    found = store.get_many(tx, store.lately_used(tx, words, lifecycle, limit=limit))
    return Listed(experiments=found, total=store.count_named_like(tx, words, lifecycle), next_page_token=None)


def with_counts(tx: ReadTx, ids: list[int]) -> dict[int, tuple[int, int]]:
    """Active runs, and the latest start (ms), of each experiment that has runs."""
    return store.run_counts(tx, ids)


def _found(experiment: Experiment | None, experiment_id: int) -> Experiment:
    if experiment is None:
        raise _missing(experiment_id)
    return experiment


def _missing(experiment_id: int) -> NotFound:
    return NotFound(f"No Experiment with id={experiment_id} exists", experiment_id=experiment_id)


def _taken(tx: ReadTx, name: str) -> AlreadyExists:
    other = store.get_by_name(tx, name)
    if other is not None and other.lifecycle == DELETED:
        return AlreadyExists(
            f"Experiment '{name}' already exists in deleted state. You can restore the experiment, or permanently "
            "delete the experiment to create a new one.",
            name=name,
            experiment_id=other.id,
        )
    return AlreadyExists(f"Experiment(name={name}) already exists.", name=name)


def check_not_default(experiment_id: int) -> None:
    """Raises BadInput: clients that name no experiment log into this one, so it is never removed for good."""
    if experiment_id == DEFAULT:
        raise BadInput("experiment 0 is where runs without an experiment go; it cannot be deleted for good")
