"""Which versions learned from a dataset, or were measured on it."""

from typing import Final

from modelwright.core.db.tx import ReadTx
from modelwright.registry.model.dataset_versions import DatasetMetric, DatasetVersion, DatasetVersions
from modelwright.registry.store import dataset_versions as store
from modelwright.tracking.service import dataset_pages

MOST: Final = 5000
"""Runs that used it, and versions of logged models, that are looked at: the newest."""


def of(tx: ReadTx, name: str, digest: str) -> DatasetVersions:
    """Of the last MOST runs that used it, and among the last MOST versions that are of logged models."""
    used = dataset_pages.uses(tx, name, digest, limit=MOST)
    contexts: dict[str, dict[str, None]] = {}
    for use in used.items:
        contexts.setdefault(use.run_id, {})[use.context] = None
    logged = store.latest_logged(tx, limit=MOST)
    metrics: dict[str, dict[str, DatasetMetric]] = {}
    for one in dataset_pages.measured(tx, name, digest, list({row[4] for row in logged})):
        metrics.setdefault(one.model_id, {})[one.key] = DatasetMetric(key=one.key, value=one.value)
    learned = {row[:4]: list(contexts[row[4]]) for row in store.of_runs(tx, list(contexts))}
    judged = {row[:4]: list(metrics[row[4]].values()) for row in logged if row[4] in metrics}
    items = [
        DatasetVersion(
            model=version[1],
            number=version[2],
            created_ms=version[3],
            contexts=learned.get(version, []),
            metrics=judged.get(version, []),
        )
        for version in sorted({*learned, *judged}, reverse=True)
    ]
    return DatasetVersions(items=items, whole=used.next_page_token is None and len(logged) < MOST)
