"""What a client says of places: never a way to the server's own disk or to somebody else's machine."""

import http.client
import urllib.parse
import uuid
from pathlib import Path

import pytest

from modelwright.cli.server_process import ServerProcess
from tests.end_to_end.api import Api, must

FOREIGN_PLACES = [
    "/etc",
    "etc",
    "./etc",
    "..",
    "file:/etc",
    "file:///etc",
    "FILE:///etc",
    "file://localhost/etc",
    "file:etc",
    "C:\\Users",
    "C:/Users",
    "\\\\host\\share",
    "//host/share",
    "http://127.0.0.1/x",
    "https://example.com/x",
    "ftp://example.com/x",
    "sftp://example.com/x",
    "mlflow-artifacts:/../../etc",
    "mlflow-artifacts:/%2e%2e/%2e%2e/etc",
    "mlflow-artifacts:/%252e%252e/etc",
    "s3://bucket/../../etc",
]

CLIMBING_PATHS = [
    "../secret.txt",
    "a/../../secret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "%252e%252e/secret.txt",
    "%252e%252e%252fsecret.txt",
    "%25252e%25252e%25252fsecret.txt",
    "..%5csecret.txt",
    "..%255csecret.txt",
    "a%5c..%5c..%5csecret.txt",
    "%2fetc%2fpasswd",
    "%252fetc%252fpasswd",
    "//etc/passwd",
    "C:%5cWindows%5csystem.ini",
    "C%3a%2fWindows",
    "a%00b",
    "..%c0%afsecret.txt",
    "%e0%80%ae./secret.txt",
    "file:%2f%2f%2fetc%2fpasswd",
]


@pytest.mark.parametrize("place", FOREIGN_PLACES)
def test_an_experiment_is_not_placed_elsewhere(api: Api, place: str) -> None:
    """An artifact location outside the object stores is refused and leaves no experiment."""
    name = uuid.uuid4().hex
    answer = api.post("experiments/create", name=name, artifact_location=place)

    assert (400, "INVALID_PARAMETER_VALUE") == (answer.status_code, answer.json().get("error_code"))
    assert 404 == api.get("experiments/get-by-name", experiment_name=name).status_code


@pytest.mark.parametrize("place", FOREIGN_PLACES)
def test_a_version_is_not_taken_from_elsewhere(api: Api, place: str) -> None:
    """A source outside the run's own files and the object stores is refused and leaves no version."""
    run = api.new_run(api.new_experiment(uuid.uuid4().hex))
    name = uuid.uuid4().hex
    must(api.post("registered-models/create", name=name))
    for more in ({}, {"run_id": run}):
        answer = api.post("model-versions/create", name=name, source=place, **more)

        assert (400, "INVALID_PARAMETER_VALUE") == (answer.status_code, answer.json().get("error_code"))
    assert {} == must(api.get("model-versions/search", filter=f"name = '{name}'"))


def test_a_version_is_not_taken_from_another_run(api: Api) -> None:
    """Files of one run are not registered in the name of another."""
    experiment = api.new_experiment(uuid.uuid4().hex)
    mine, other = api.new_run(experiment), api.new_run(experiment)
    name = uuid.uuid4().hex
    must(api.post("registered-models/create", name=name))
    for source in (
        f"mlflow-artifacts:/{experiment}/{other}/artifacts/model",
        f"mlflow-artifacts:/{experiment}/{mine}/artifacts/../../{other}/artifacts/model",
        f"mlflow-artifacts:/{experiment}/{mine}/artifacts/%2e%2e/%2e%2e/{other}/artifacts/model",
        f"runs:/{other}/model",
    ):
        answer = api.post("model-versions/create", name=name, source=source, run_id=mine)

        assert 400 == answer.status_code, source


def test_an_object_store_is_the_clients_own_business(api: Api) -> None:
    """Locations in object stores are recorded as given."""
    for place in ("s3://bucket/path", "gs://bucket/path", "abfss://c@account.dfs.core.windows.net/path", "dbfs:/path"):
        name = f"at {place.split(':')[0]}"
        must(api.post("experiments/create", name=name, artifact_location=place))
        back = must(api.get("experiments/get-by-name", experiment_name=name))

        assert place == back["experiment"]["artifact_location"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", CLIMBING_PATHS)
def test_a_path_never_leads_out_of_the_store(
    server: ServerProcess, api: Api, server_home: Path, method: str, path: str
) -> None:
    """Whatever the spelling, a path that climbs is refused; nothing outside is read, written or removed."""
    secret = server_home.parent / "secret.txt"
    secret.write_text("secret")
    run = api.new_run(api.new_experiment(uuid.uuid4().hex))
    before = _tree(server_home.parent)

    status, body = _raw(server, method, f"/api/2.0/mlflow-artifacts/artifacts/1/{run}/artifacts/{path}")

    assert 400 <= status < 500, (status, body)
    assert b"secret" not in body.replace(b"secret.txt", b"")
    assert b"root:" not in body
    assert before == _tree(server_home.parent)
    assert "secret" == secret.read_text()


@pytest.mark.parametrize("path", CLIMBING_PATHS)
@pytest.mark.parametrize(
    "address",
    [
        "/api/2.0/mlflow-artifacts/artifacts?path={path}",
        "/api/2.0/mlflow/artifacts/list?run_id={run}&path={path}",
        "/get-artifact?run_id={run}&path={path}",
    ],
)
def test_a_query_never_leads_out_of_the_store(
    server: ServerProcess, api: Api, server_home: Path, address: str, path: str
) -> None:
    """The same for paths that come in the query."""
    (server_home.parent / "secret.txt").write_text("secret")
    run = api.new_run(api.new_experiment(uuid.uuid4().hex))

    status, body = _raw(server, "GET", address.format(run=run, path=path))

    assert status < 500, (status, body)
    assert b"root:" not in body
    assert b"secret" not in body.replace(b"secret.txt", b"")


def _raw(server: ServerProcess, method: str, target: str) -> tuple[int, bytes]:
    """Send `target` byte for byte: HTTP libraries would tidy it."""
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.putrequest(method, target, skip_accept_encoding=True)
    if method == "PUT":
        connection.putheader("Content-Length", "4")
    connection.endheaders(b"evil" if method == "PUT" else None)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def _tree(folder: Path) -> set[str]:
    """Every file below `folder` but those the database keeps for itself."""
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if not file.name.startswith("modelwright.db")}
