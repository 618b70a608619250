"""What the tracking room knows of the runs and logged models that versions come from, and what we hold of them."""

import json
from typing import Final

import msgspec

from modelwright.core.auth import Actor
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import NotFound
from modelwright.registry.service.neighbours import Origin
from modelwright.registry.store import versions as store
from modelwright.tracking.service import logged_models, runs

VERSIONS_TAG: Final = "mlflow.modelVersions"
"""Where MLflow's clients look for the versions that a logged model became: JSON, a list of names and versions."""


class Tracked:
    """Origins that are runs and logged models of this server."""

    def run(self, tx: ReadTx, run_id: str) -> Origin | None:
        try:
            return Origin(location=runs.get(tx, run_id).artifact_uri)
        except NotFound:
            return None

    def logged_model(self, tx: ReadTx, model_id: str) -> Origin | None:
        try:
            found = logged_models.get(tx, model_id)
        except NotFound:
            return None
        return Origin(location=found.artifact_location, run_id=found.source_run_id or None)

    def logged_model_of_run(self, tx: ReadTx, run_id: str, name: str) -> str | None:
        return logged_models.newest_named(tx, run_id, name)

    def registered(self, tx: WriteTx, actor: Actor, model_id: str, model: str, number: int) -> None:
        """Add the version to the tag; one that is there, or a tag of another form, is left as it is."""
        told = logged_models.get(tx, model_id).tags.get(VERSIONS_TAG, "[]")
        try:
            known = msgspec.json.decode(told, type=list[dict[str, str | int]])
        except msgspec.MsgspecError:
            return
        # MLflow's server writes the number as a number, its client appends the same version with a text.
        if not any(each.get("name") == model and str(each.get("version")) == str(number) for each in known):
            value = json.dumps([*known, {"name": model, "version": number}])  # in MLflow's spacing
            logged_models.set_tags(tx, actor, model_id, {VERSIONS_TAG: value})


class Registered:
    """What of the registry stands in the way of deleting runs and logged models: the versions that came from them."""

    def holding_runs(self, tx: ReadTx, run_ids: list[str]) -> list[str]:
        return store.references_from_runs(tx, run_ids)

    def holding_logged_models(self, tx: ReadTx, model_ids: list[str]) -> list[str]:
        return store.references_from_logged_models(tx, model_ids)
