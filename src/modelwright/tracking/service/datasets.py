"""Inputs and outputs of runs."""

from modelwright.core.auth import Actor
from modelwright.core.db.tx import WriteTx
from modelwright.core.events import record
from modelwright.tracking import events
from modelwright.tracking.model.datasets import RunUses
from modelwright.tracking.model.runs import ModelUse
from modelwright.tracking.service.runs import touched
from modelwright.tracking.store import datasets as store


def log_inputs(tx: WriteTx, actor: Actor, run_id: str, uses: RunUses) -> None:
    """What is there already stays as it is. Raises NotFound, BadInput when the run is deleted."""
    pk, experiment_id = touched(tx, run_id)
    datasets = [(use.name, use.digest) for use in uses.datasets if store.add_use(tx, pk, experiment_id, use)]
    inputs = {use.model_id: ModelUse(model_id=use.model_id, step=0) for use in uses.models}
    models = [model_id for model_id, use in inputs.items() if store.add_model_use(tx, pk, "input", use)]
    if datasets or models:
        record(tx, actor, events.RunInputsLogged(run_id=run_id, datasets=datasets, models=models))


def log_outputs(tx: WriteTx, actor: Actor, run_id: str, uses: RunUses) -> None:
    """Of models that may be unknown here. Raises NotFound, BadInput when the run is deleted."""
    pk, _ = touched(tx, run_id)
    models = [(use.model_id, use.step) for use in uses.models if store.add_model_use(tx, pk, "output", use)]
    if models:
        record(tx, actor, events.RunOutputsLogged(run_id=run_id, models=models))
