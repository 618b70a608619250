"""Removing for good what was deleted: runs, logged models and experiments, with their artifacts.

Each thing goes in a transaction of its own, so that much of it does not keep the writer from everybody else. What
something live refers to stays, and is named.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from modelwright.artifacts import service as artifacts
from modelwright.collaboration import service as collaboration
from modelwright.core.auth import Actor
from modelwright.core.db.database import Database
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput, Conflict
from modelwright.core.events import record
from modelwright.tracking import events
from modelwright.tracking.model.experiments import DEFAULT, DELETED
from modelwright.tracking.service import experiments
from modelwright.tracking.service.holds import Deletion
from modelwright.tracking.store import experiments as experiment_store
from modelwright.tracking.store import forgetting as store
from modelwright.tracking.store import logged_models as model_store
from modelwright.tracking.store import runs as run_store

Id = TypeVar("Id")
Forget = Callable[[WriteTx, Actor, Id, Deletion], None]


class Forgotten(msgspec.Struct, kw_only=True):
    """What is gone, by id, and why the rest stays."""

    runs: list[str] = []
    logged_models: list[str] = []
    experiments: list[int] = []
    kept: list[str] = []


def forget_deleted(db: Database, actor: Actor, *, before_ms: int, deletion: Deletion) -> Forgotten:
    """Remove everything that was deleted at or before a time and that nothing live refers to."""
    done = Forgotten()

    def attempt(forget: Forget[Id], id_: Id, gone: list[Id]) -> None:
        try:
            db.write_now(lambda tx: forget(tx, actor, id_, deletion))
        except Conflict as reason:
            done.kept.append(reason.message)
        else:
            gone.append(id_)

    for model_id in db.read_now(lambda tx: model_store.deleted_before(tx, before_ms)):
        attempt(forget_logged_model, model_id, done.logged_models)
    for run_id in db.read_now(lambda tx: run_store.deleted_before(tx, before_ms)):
        attempt(forget_run, run_id, done.runs)
    for number in db.read_now(lambda tx: experiment_store.deleted_before(tx, before_ms)):
        if number != DEFAULT:
            attempt(forget_experiment, number, done.experiments)
    return done


def forget_run(tx: WriteTx, actor: Actor, run_id: str, deletion: Deletion) -> None:
    """Nothing happens when it is gone already. Raises BadInput unless it is deleted, Conflict when it is held."""
    run = run_store.lock(tx, run_id)
    if run is None:
        return
    if run.lifecycle != DELETED:
        raise BadInput(f"run {run_id} is {run.lifecycle}; delete it first", run_id=run_id)
    deletion.check_runs(tx, [run_id], f"run {run_id} ({run.name})")
    artifacts.remove(tx, actor, f"runs/{run_id}", "", force=deletion.forced)
    store.forget_run(tx, run.pk)
    collaboration.gone(tx, actor, f"runs/{run_id}")
    record(tx, actor, events.RunForgotten(run_id=run_id, experiment_id=run.experiment_id))


def forget_logged_model(tx: WriteTx, actor: Actor, model_id: str, deletion: Deletion) -> None:
    """As `forget_run`."""
    model = model_store.lock(tx, model_id)
    if model is None:
        return
    if model.lifecycle != DELETED:
        raise BadInput(f"logged model {model_id} is {model.lifecycle}; delete it first", model_id=model_id)
    deletion.check_logged_models(tx, [model_id], f"logged model {model_id} ({model.name})")
    artifacts.remove(tx, actor, f"logged-models/{model_id}", "", force=deletion.forced)
    model_store.forget(tx, model.pk)
    record(tx, actor, events.LoggedModelForgotten(model_id=model_id))


def forget_experiment(tx: WriteTx, actor: Actor, experiment_id: int, deletion: Deletion) -> None:
    """Its name is free then. Raises BadInput for experiment 0 and for one that is not deleted.

    Raises Conflict while a run or a logged model is left in it.
    """
    experiments.check_not_default(experiment_id)
    experiment = experiment_store.lock(tx, experiment_id)
    if experiment is None:
        return
    if experiment.lifecycle != DELETED:
        raise BadInput(f"experiment {experiment_id} is {experiment.lifecycle}; delete it first")
    for model_id in model_store.ids_in_experiment(tx, experiment_id):
        _delete_and_forget(tx, actor, model_id, deletion)
    if store.has_runs(tx, experiment_id):
        raise Conflict(f"experiment {experiment_id} ({experiment.name}) still has runs, which something live refers to")
    store.forget_unused_datasets(tx, experiment_id)
    experiment_store.forget(tx, experiment_id)
    collaboration.gone(tx, actor, f"experiments/{experiment_id}")
    record(tx, actor, events.ExperimentForgotten(experiment_id=experiment_id, name=experiment.name))


def _delete_and_forget(tx: WriteTx, actor: Actor, model_id: str, deletion: Deletion) -> None:
    """A logged model of an experiment that goes: it has no life without it."""
    deletion.check_logged_models(tx, [model_id], f"logged model {model_id}")
    pk = model_store.number(tx, model_id)
    if pk is not None:
        artifacts.remove(tx, actor, f"logged-models/{model_id}", "", force=deletion.forced)
        model_store.forget(tx, pk)
        record(tx, actor, events.LoggedModelForgotten(model_id=model_id))
