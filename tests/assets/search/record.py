"""Ask MLflow itself how it reads our cases, and write down its answers.

Run by hand, where mlflow is installed, from the root of the repository, when `cases.py` changes:

    <python with mlflow 3.17.2> -m tests.assets.search.record

`mlflow_cases.json` holds rows of [language, filter or order terms, what MLflow understood, or null if it refused].
A refusal may be of any kind: MLflow answers some of them with a 500.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from mlflow.entities import ViewType  # type: ignore[import-not-found]  # not a dependency of ours
from mlflow.exceptions import MlflowException  # type: ignore[import-not-found]  # as above
from mlflow.store.model_registry.sqlalchemy_store import (  # type: ignore[import-not-found]  # as above
    SqlAlchemyStore as Registry,
)
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # type: ignore[import-not-found]  # as above
from mlflow.utils import search_utils as mlflow_search  # type: ignore[import-not-found]  # as above
from mlflow.utils.search_logged_model_utils import parse_filter_string  # type: ignore[import-not-found]  # as above

from tests.assets.search import cases

_CRASHES = (MlflowException, ValueError, AttributeError, TypeError)
_REFUSED_KEPT = 2  # one in so many, for the sake of the size of the file

_DOMAINS = {"parameter": "param", "attributes": "attribute", "metrics": "metric", "params": "param", "tags": "tag"}
_NAMES = {
    "creation_timestamp_ms": "creation_timestamp",
    "last_updated_timestamp_ms": "last_updated_timestamp",
    "timestamp": "last_updated_timestamp",
}


class Oracle:
    """MLflow's stores on an empty database; every query is both parsed and run, since both may refuse it."""

    def __init__(self, folder: str) -> None:
        self._runs = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", folder)
        self._registry = Registry(f"sqlite:///{folder}/mlflow.db")

    def filter(self, language: str, text: str) -> list[Any]:
        self._run(language, text, [])
        if language == "logged_models":
            return [_clause(c.entity.type.value, c.entity.key, c.op, c.value) for c in parse_filter_string(text)]
        parse = {
            "runs": mlflow_search.SearchUtils,
            "experiments": mlflow_search.SearchExperimentsUtils,
            "registered_models": mlflow_search.SearchModelUtils,
            "model_versions": mlflow_search.SearchModelVersionUtils,
        }[language].parse_search_filter
        return [_clause(c["type"], c["key"], c["comparator"].upper(), c["value"]) for c in parse(text)]

    def order(self, language: str, terms: list[str]) -> list[Any]:
        self._run(language, "", terms)
        parse = {
            "runs": mlflow_search.SearchUtils.parse_order_by_for_search_runs,
            "experiments": mlflow_search.SearchExperimentsUtils.parse_order_by_for_search_experiments,
            "registered_models": lambda term: (
                "attribute",
                *mlflow_search.SearchUtils.parse_order_by_for_search_registered_models(term),
            ),
            "model_versions": mlflow_search.SearchModelVersionUtils.parse_order_by_for_search_model_versions,
        }[language]
        return [[*_field(domain, key), ascending] for domain, key, ascending in map(parse, terms)]

    def _run(self, language: str, text: str, terms: list[str]) -> None:
        if language == "runs":
            self._runs.search_runs(["0"], text, ViewType.ALL, 1, terms)
        elif language == "experiments":
            self._runs.search_experiments(filter_string=text, order_by=terms, max_results=1)
        elif language == "logged_models":
            self._runs.search_logged_models(["0"], text, max_results=1)
        elif language == "registered_models":
            self._registry.search_registered_models(text, order_by=terms)
        else:
            self._registry.search_model_versions(text, order_by=terms)


def _field(domain: str, key: str) -> tuple[str, str]:
    domain = _DOMAINS.get(domain, domain)
    key = mlflow_search.SearchUtils.translate_key_alias(key) if domain == "attribute" else key
    return domain, _NAMES.get(key, key) if domain == "attribute" else key


def _clause(domain: str, key: str, operator: str, value: Any) -> list[Any]:
    """The clause in our words: MLflow leaves some numbers as texts until it compares."""
    domain, key = _field(domain, key)
    value = list(value) if isinstance(value, tuple) else value
    if domain == "metric":
        value = float(value)
    if key in ("experiment_id", "version_number") and domain == "attribute" and not isinstance(value, float):
        value = [int(item) for item in value] if isinstance(value, list) else int(value)
    return [domain, key, operator, value]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        oracle = Oracle(folder)
        rows = [
            [language, asked, _reading(oracle, language, asked)]
            for language in cases.LANGUAGES
            for asked in (*dict.fromkeys(cases.filters(language)), *cases.orders(language))
        ]
    refused = iter(range(len(rows)))
    kept = [row for row in rows if row[2] is not None or row[1] in cases.ODD or next(refused) % _REFUSED_KEPT == 0]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in kept)
    Path(__file__).with_name("mlflow_cases.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(rows)} asked, {len(kept)} kept")


def _reading(oracle: Oracle, language: str, asked: Any) -> list[Any] | None:
    try:
        return oracle.filter(language, asked) if isinstance(asked, str) else oracle.order(language, asked)
    except _CRASHES:
        return None


if __name__ == "__main__":
    main()
