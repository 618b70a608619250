"""The artifact routes as MLflow's clients and page call them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from modelwright.cli.server_process import modelwright_server

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
API = "/api/2.0/mlflow"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server in a process of its own."""
    with (
        modelwright_server(tmp_path_factory.mktemp("home"), "--no-local-node") as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def run(client: httpx.Client) -> str:
    """The address of a run's artifacts below `mlflow-artifacts:/`."""
    created = client.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()
    uri: str = created["run"]["info"]["artifact_uri"]
    return uri.removeprefix("mlflow-artifacts:/")


def run_id(run: str) -> str:
    return run.split("/")[-2]


def names(answer: httpx.Response) -> list[tuple[str, bool, int | None]]:
    return [(each["path"], each["is_dir"], each.get("file_size")) for each in answer.json().get("files", [])]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


def sent_as(client: httpx.Client, method: str, address: str, data: bytes | None = None) -> httpx.Response:
    """With exactly this address: httpx itself would take its dots and signs apart."""
    request = client.build_request(method, "/", content=data)
    request.extensions["target"] = f"{PROXY}/{address}".encode()
    return client.send(request)


def test_a_file_goes_up_and_comes_down(client: httpx.Client, run: str) -> None:
    """By the address that the client makes of the run's artifact URI; with any name and type."""
    for name, data in (("a.txt", b"text"), ("Größe/模型.bin", b"\0" * 100), ("empty", b"")):
        sent = client.put(f"{PROXY}/{run}/{name}", content=iter([data]))

        assert (200, {}) == (sent.status_code, sent.json())
        answer = client.get(f"{PROXY}/{run}/{name}")
        assert (200, data) == (answer.status_code, answer.content)
        assert answer.headers["content-disposition"].startswith("attachment")


def test_the_proxy_lists_base_names(client: httpx.Client, run: str) -> None:
    """Of one folder; nothing for a file, a missing folder, and an address where no artifacts are."""
    client.put(f"{PROXY}/{run}/dir/a", content=b"1")
    client.put(f"{PROXY}/{run}/dir/sub/b", content=b"22")

    def listed(path: str) -> list[tuple[str, bool, int | None]]:
        return names(client.get(PROXY, params={"path": path}))

    assert [("dir", True, None)] == listed(run)
    assert [("a", False, 1), ("sub", True, None)] == listed(f"{run}/dir")
    for nothing in (f"{run}/dir/a", f"{run}/missing", "0", "", "0/" + "0" * 32 + "/artifacts"):
        assert [] == listed(nothing)


def test_dot_is_the_folder_itself(client: httpx.Client, run: str) -> None:
    """As clients write it that download all of a run: they list "." and then "./dir"."""
    client.put(f"{PROXY}/{run}/dir/a", content=b"1")

    assert [("dir", True, None)] == names(client.get(PROXY, params={"path": f"{run}/."}))
    assert [("a", False, 1)] == names(client.get(PROXY, params={"path": f"{run}/./dir"}))
    asked = {"run_id": run_id(run), "path": "."}
    assert [("dir", True, None)] == names(client.get(f"{API}/artifacts/list", params=asked))


def test_a_run_lists_paths_of_its_own(client: httpx.Client, run: str) -> None:
    """The page asks by run, and is told where the root is; a slash after a folder's name is no other folder."""
    client.put(f"{PROXY}/{run}/dir/a", content=b"1")
    answer = client.get(f"{API}/artifacts/list", params={"run_id": run_id(run), "path": "dir"})
    slashed = client.get(f"{API}/artifacts/list", params={"run_id": run_id(run), "path": "dir/"})
    absolute = client.get(f"{API}/artifacts/list", params={"run_id": run_id(run), "path": "/"})

    assert [("dir/a", False, 1)] == names(answer)
    assert [("dir/a", False, 1)] == names(slashed)
    assert (400, "INVALID_PARAMETER_VALUE") == code(absolute)
    assert f"mlflow-artifacts:/{run}" == answer.json()["root_uri"]
    assert (404, "RESOURCE_DOES_NOT_EXIST") == code(client.get(f"{API}/artifacts/list", params={"run_id": "0" * 32}))


def test_what_is_missing_and_what_is_a_folder(client: httpx.Client, run: str) -> None:
    """Told apart, with the codes that clients branch on; deleting what is not there is fine."""
    client.put(f"{PROXY}/{run}/dir/a", content=b"1")

    assert (404, "RESOURCE_DOES_NOT_EXIST") == code(client.get(f"{PROXY}/{run}/missing"))
    assert (400, "INVALID_PARAMETER_VALUE") == code(client.get(f"{PROXY}/{run}/dir"))
    assert 200 == client.delete(f"{PROXY}/{run}/missing").status_code
    assert 200 == client.delete(f"{PROXY}/{run}/dir").status_code
    assert [] == names(client.get(PROXY, params={"path": run}))


def test_a_path_joined_by_hand_is_the_plain_one(client: httpx.Client, run: str) -> None:
    """Slashes in a row and "." change nothing: the file is found by each spelling, also by the page's routes."""
    assert 200 == sent_as(client, "PUT", f"{run}/dir//./sub//a.txt", b"one").status_code

    for spelling in ("dir/sub/a.txt", "dir//sub/a.txt", "./dir/sub/./a.txt"):
        assert b"one" == sent_as(client, "GET", f"{run}/{spelling}").content
        asked = {"run_id": run_id(run), "path": spelling}
        assert b"one" == client.get("/get-artifact", params=asked).content
    assert [("a.txt", False, 3)] == names(client.get(PROXY, params={"path": f"{run}/dir//sub/"}))
    listed = client.get(f"{API}/artifacts/list", params={"run_id": run_id(run), "path": "dir//sub"})
    assert [("dir/sub/a.txt", False, 3)] == names(listed)
    assert 200 == sent_as(client, "DELETE", f"{run}/dir//sub").status_code
    assert [] == names(client.get(PROXY, params={"path": run}))


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc%2fpasswd",
        "%252e%252e/x",
        "a/%2e%2e/%2e%2e/x",
        "%2fetc/passwd",
        "a%5c..%5cb",
        "a%23b",
        "a%00b",
        "/etc/passwd",
        "a/",
        "a%252f%252fb",
        "C%3a/x",
        "%ff",
        "a?.txt",
        "a" * 300,
    ],
)
def test_names_that_lead_elsewhere_are_refused(client: httpx.Client, run: str, name: str) -> None:
    """However they are spelled, sent exactly so; nothing is stored."""
    assert (400, "INVALID_PARAMETER_VALUE") == code(sent_as(client, "PUT", f"{run}/{name}", b"x"))
    assert [] == names(client.get(PROXY, params={"path": run}))


def test_addresses_of_nobody_are_not_written(client: httpx.Client, run: str) -> None:
    """Neither outside of runs and models, nor through another experiment, nor of a deleted run."""
    other = run.replace("0/", "7/", 1)

    for address in ("x", "0/x", f"{other}/x", "0/" + "0" * 32 + "/artifacts/x"):
        assert (404, "RESOURCE_DOES_NOT_EXIST") == code(client.put(f"{PROXY}/{address}", content=b"x"))
        assert 404 == client.get(f"{PROXY}/{address}").status_code
    client.post(f"{API}/runs/delete", json={"run_id": run_id(run)})
    assert (400, "INVALID_PARAMETER_VALUE") == code(client.put(f"{PROXY}/{run}/x", content=b"x"))


def test_the_page_reads_and_writes_by_run(client: httpx.Client, run: str) -> None:
    """`get-artifact` and `upload-artifact`, with either spelling of the run's id."""
    asked = {"run_uuid": run_id(run), "path": "dir/a.txt"}
    sent = client.post("/ajax-api/2.0/mlflow/upload-artifact", params=asked, content=b"from the page")

    assert 200 == sent.status_code
    for spelling in ("run_id", "run_uuid"):
        answer = client.get("/get-artifact", params={spelling: run_id(run), "path": "dir/a.txt"})
        assert b"from the page" == answer.content


def upload_in_parts(client: httpx.Client, run: str, parts: list[bytes]) -> dict[str, Any]:
    """As the client does it, up to the completion's message."""
    announced = {"path": "/home/ann/big.bin", "num_parts": len(parts)}
    create = client.post(f"/api/2.0/mlflow-artifacts/mpu/create/{run}/dir", json=announced).json()
    sent = []
    for credential, data in zip(create["credentials"], parts, strict=True):
        answer = httpx.put(credential["url"], content=data, headers=credential.get("headers", {}))
        sent.append(
            {"part_number": credential["part_number"], "etag": answer.headers["ETag"], "url": credential["url"]}
        )
    return {"path": "/home/ann/big.bin", "upload_id": create["upload_id"], "parts": sent}


def test_a_large_file_goes_up_in_parts(client: httpx.Client, run: str) -> None:
    """To URLs of this server; completing twice is completing once."""
    message = upload_in_parts(client, run, [b"a" * 1000, b"b" * 1000, b"c"])
    for _ in range(2):
        done = client.post(f"/api/2.0/mlflow-artifacts/mpu/complete/{run}/dir", json=message)
        assert (200, {}) == (done.status_code, done.json())

    assert b"a" * 1000 + b"b" * 1000 + b"c" == client.get(f"{PROXY}/{run}/dir/big.bin").content


def test_an_upload_in_parts_can_be_given_up(client: httpx.Client, run: str) -> None:
    """Nothing of it stays, and it cannot be completed."""
    message = upload_in_parts(client, run, [b"a"])
    given_up = {"path": "/home/ann/big.bin", "upload_id": message["upload_id"]}

    assert 200 == client.post(f"/api/2.0/mlflow-artifacts/mpu/abort/{run}/dir", json=given_up).status_code
    done = client.post(f"/api/2.0/mlflow-artifacts/mpu/complete/{run}/dir", json=message)
    assert (404, "RESOURCE_DOES_NOT_EXIST") == code(done)


def test_odd_uploads_in_parts_are_refused(client: httpx.Client, run: str) -> None:
    """No path, no place, parts with a gap."""
    create = "/api/2.0/mlflow-artifacts/mpu/create"
    message = upload_in_parts(client, run, [b"a", b"b"])
    message["parts"] = message["parts"][1:]

    assert 400 == client.post(f"{create}/{run}", json={"num_parts": 1}).status_code
    assert 404 == client.post(f"{create}/elsewhere", json={"path": "x", "num_parts": 1}).status_code
    assert 400 == client.post(f"/api/2.0/mlflow-artifacts/mpu/complete/{run}/dir", json=message).status_code


def test_parts_are_completed_only_as_the_file_they_were_begun_for(client: httpx.Client, run: str) -> None:
    """Else the client would be told that a file is there that is somewhere else."""
    message = upload_in_parts(client, run, [b"a"])
    complete = f"/api/2.0/mlflow-artifacts/mpu/complete/{run}"

    for folder, path in (("other", "big.bin"), ("dir", "other.bin")):
        refused = client.post(f"{complete}/{folder}", json={**message, "path": path})
        assert (400, "INVALID_PARAMETER_VALUE") == code(refused)
    assert 200 == client.post(f"{complete}/dir", json=message).status_code


def test_a_file_can_be_fetched_in_ranges(client: httpx.Client, run: str) -> None:
    """A client that asks where to fetch a file is given our own address and the size."""
    client.put(f"{PROXY}/{run}/Größe", content=b"0123456789")
    given = client.get(f"/api/2.0/mlflow-artifacts/presigned/{run}/Größe", headers={"Authorization": "Bearer x"}).json()

    assert (10, {"Authorization": "Bearer x"}) == (given["file_size"], given["headers"])
    assert b"3456" == httpx.get(given["url"], headers={"Range": "bytes=3-6"}).content


def test_files_of_a_version_stay_and_are_shown(client: httpx.Client) -> None:
    """What a version was made of cannot be changed through the proxy, unless somebody insists."""
    model = client.post(f"{API}/logged-models", json={"experiment_id": "0", "name": "m"}).json()["model"]["info"]
    root = model["artifact_uri"].removeprefix("mlflow-artifacts:/")
    client.put(f"{PROXY}/{root}/data/w", content=b"weights")
    client.post(f"{API}/registered-models/create", json={"name": "fraud"})
    made = {"name": "fraud", "source": f"models:/{model['model_id']}", "model_id": model["model_id"]}
    version = client.post(f"{API}/model-versions/create", json=made).json()["model_version"]["version"]

    refused = client.put(f"{PROXY}/{root}/data/w", content=b"other")
    assert (409, "RESOURCE_CONFLICT") == code(refused)
    assert "models/fraud/versions/1" in refused.json()["message"]
    assert 409 == client.delete(f"{PROXY}/{root}").status_code
    shown = client.get("/model-versions/get-artifact", params={"name": "fraud", "version": version, "path": "data/w"})
    assert b"weights" == shown.content

    listing = f"{API}/logged-models/{model['model_id']}/artifacts/directories"
    assert [("data", True, None)] == names(client.get(listing))
    page = f"/ajax-api/2.0/mlflow/logged-models/{model['model_id']}/artifacts/files"
    assert b"weights" == client.get(page, params={"artifact_file_path": "data/w"}).content

    forced = client.put(f"{PROXY}/{root}/data/w", content=b"other", headers={"X-Modelwright-Force": "true"})
    assert 200 == forced.status_code


def test_the_server_says_that_it_takes_parts(client: httpx.Client) -> None:
    """The client asks before it sends a large file."""
    told = client.get("/api/3.0/mlflow/server-info").json()

    assert (True, False) == (told["multipart_uploads_enabled"], told["multipart_downloads_enabled"])
