"""A plain HTTP client of the MLflow API, for tests that must not depend on what the mlflow client retries or hides."""

from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx
import msgspec


class Api:
    """Answers are returned whatever their status; `must` insists on 200."""

    def __init__(self, url: str, *, timeout_s: float = 30.0) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=timeout_s)

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(
            f"/api/2.0/mlflow/{path}", content=msgspec.json.encode(body), headers={"Content-Type": "application/json"}
        )

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(f"/api/2.0/mlflow/{path}", params=query)

    def new_experiment(self, name: str) -> str:
        return str(must(self.post("experiments/create", name=name))["experiment_id"])

    def new_run(self, experiment: str) -> str:
        return str(must(self.post("runs/create", experiment_id=experiment, start_time=1))["run"]["info"]["run_id"])

    def new_version(self, model: str, experiment: str, files: dict[str, bytes]) -> None:
        """Register a version of `model`, which exists, from a run that has nothing but these files."""
        run_id = self.new_run(experiment)
        for path, content in files.items():
            stored = self.put_file(experiment, run_id, f"model/{path}", content)
            assert stored.is_success, stored.text
        must(self.post("model-versions/create", name=model, source=f"runs:/{run_id}/model", run_id=run_id))

    def run(self, run_id: str) -> dict[str, Any]:
        """The run's data: params, metrics and tags, as lists."""
        return dict(must(self.get("runs/get", run_id=run_id))["run"]["data"])

    def history(self, run_id: str, key: str) -> list[dict[str, Any]]:
        return list(must(self.get("metrics/get-history", run_id=run_id, metric_key=key)).get("metrics", []))

    def put_file(self, experiment: str, run_id: str, path: str, content: bytes) -> httpx.Response:
        return self.http.put(_file(experiment, run_id, path), content=content)

    def get_file(self, experiment: str, run_id: str, path: str) -> httpx.Response:
        return self.http.get(_file(experiment, run_id, path))

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def must(answer: httpx.Response) -> dict[str, Any]:
    """The body of an answer that is 200."""
    assert httpx.codes.OK == answer.status_code, answer.text
    return dict(msgspec.json.decode(answer.content or b"{}"))


def _file(experiment: str, run_id: str, path: str) -> str:
    return f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run_id}/artifacts/{quote(path)}"


def files_of(folder: Path) -> dict[str, bytes]:
    """All files of a folder by their path in it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
