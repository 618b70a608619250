"""Experiments, runs, models and versions over `/api/v1`: what the terminal and programs ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from modelwright.core.pages import Page
from modelwright.registry.model.things import AliasMove, Model, Version
from modelwright.serving.shown import ProofShown
from modelwright.tracking.model.shown import Comparison, RunRow, ShownExperiment, ShownRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelwright.sdk.http import Api


def experiments(api: Api, *, words: str = "", limit: int = 100) -> Page[ShownExperiment]:
    """Active experiments whose names hold `words`, the latest changed first."""
    return api.get("/api/v1/experiments", Page[ShownExperiment], q=words, limit=limit)


def search_runs(
    api: Api,
    experiment_ids: Sequence[str],
    *,
    filter_: str = "",
    order_by: Sequence[str] = (),
    limit: int = 100,
    params: Sequence[str] = (),
    metrics: Sequence[str] = (),
) -> Page[RunRow]:
    """Runs that match `filter_` (MLflow's language); of params and metrics only those named. `total` counts all."""
    ask = {
        "experiment_ids": list(experiment_ids),
        "filter": filter_,
        "order_by": list(order_by),
        "limit": limit,
        "params": list(params),
        "metrics": list(metrics),
    }
    return api.post("/api/v1/runs/search", Page[RunRow], ask)


def get_run(api: Api, run_id: str) -> ShownRun:
    """Raises NotFound."""
    return api.get(f"/api/v1/runs/{_part(run_id)}", ShownRun)


def compare_runs(api: Api, run_ids: Sequence[str]) -> Comparison:
    """Raises NotFound for the first run that does not exist."""
    return api.post("/api/v1/runs/compare", Comparison, {"run_ids": list(run_ids)})


def models(api: Api, *, words: str = "", limit: int = 100) -> Page[Model]:
    """Models whose names hold each of the `words`, by name."""
    return api.get("/api/v1/models", Page[Model], q=words, limit=limit)


def get_model(api: Api, name: str) -> Model:
    """Raises NotFound."""
    return api.get(f"/api/v1/models/{_part(name)}", Model)


def versions(api: Api, name: str, *, limit: int = 100) -> Page[Version]:
    """The versions of a model, the newest first. Raises NotFound."""
    return api.get(f"/api/v1/models/{_part(name)}/versions", Page[Version], limit=limit)


def get_version(api: Api, name: str, number: int) -> Version:
    """Raises NotFound."""
    return api.get(f"/api/v1/models/{_part(name)}/versions/{number}", Version)


def get_proof(api: Api, name: str, number: int) -> ProofShown:
    """The version's load-proof. Raises NotFound."""
    return api.get(_proof(name, number), ProofShown)


def ask_for_proof(api: Api, name: str, number: int) -> ProofShown:
    """Have the version proven anew. Raises NotFound, and Conflict when its files are not in the server's store."""
    return api.post(_proof(name, number), ProofShown)


def proofs(api: Api, name: str, *, limit: int = 100) -> Page[ProofShown]:
    """The load-proofs of a model's versions, the newest version first. Raises NotFound."""
    return api.get(f"/api/v1/models/{_part(name)}/proofs", Page[ProofShown], limit=limit)


def _proof(name: str, number: int) -> str:
    return f"/api/v1/models/{_part(name)}/versions/{number}/proof"


def alias_history(api: Api, name: str, alias: str) -> Page[AliasMove]:
    """Every move of an alias, the newest first. Raises NotFound."""
    return api.get(f"/api/v1/models/{_part(name)}/aliases/{_part(alias)}/history", Page[AliasMove])


def _part(text: str) -> str:
    """One part of a path, whatever characters it has."""
    return quote(text, safe="")
