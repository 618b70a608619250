"""Files in and out over HTTP."""

import hashlib
import io
import shutil
import socket
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from modelwright.artifacts.blobs import CHUNK, Blobs
from modelwright.testing.blobs import digest
from tests.artifacts.conftest import DELETED, RUN
from tests.artifacts.test_blobs import files_limited_to

FILE = f"/{RUN}/file"
LARGE = bytes(range(256)) * (3 * CHUNK // 256) + b"tail"


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """One kind of database is enough here: bytes do not pass through it."""
    path = tmp_path / "test.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


def put(client: httpx.Client, path: str, data: bytes | Iterator[bytes] = b"x") -> httpx.Response:
    return client.put(FILE, params={"path": path}, content=data)


def get(client: httpx.Client, path: str, **headers: str) -> httpx.Response:
    return client.get(FILE, params={"path": path}, headers={k.replace("_", "-"): v for k, v in headers.items()})


def left(blobs: Blobs, root: Path) -> tuple[int, int]:
    """How many blobs are held, and how many spools were left behind."""
    return len(list(blobs.scan())), len(list((root / "incoming").iterdir()))


@pytest.mark.parametrize("data", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_a_file_comes_back_as_it_went(client: httpx.Client, blobs: Blobs, blobs_root: Path, data: bytes) -> None:
    """Whatever its size, under a name in any script, once as a whole and once in pieces of unknown number."""
    sent = put(client, "Größe/模型 🎉.bin", data)
    again = put(client, "chunked", iter([data[:10], data[10:]]))

    assert (200, digest(data), len(data)) == (sent.status_code, sent.json()["digest"], sent.json()["size"])
    assert 200 == again.status_code
    assert data == get(client, "Größe/模型 🎉.bin").content == get(client, "chunked").content
    assert (1, 0) == left(blobs, blobs_root)


def test_an_answer_says_what_it_is(client: httpx.Client) -> None:
    """Saved under its name, run by no browser, known by its digest."""
    put(client, "page.html", b"<script>")
    headers = get(client, "page.html").headers

    assert 'attachment; filename="page.html"' == headers["content-disposition"]
    assert "nosniff" == headers["x-content-type-options"]
    assert f'"{digest(b"<script>")}"' == headers["etag"]
    assert "bytes" == headers["accept-ranges"]
    assert "8" == headers["content-length"]


def test_a_copy_is_not_sent_again(client: httpx.Client) -> None:
    """A client that has the bytes hears 304."""
    put(client, "a")

    assert 304 == get(client, "a", if_none_match=f'"{digest(b"x")}"').status_code
    assert 200 == get(client, "a", if_none_match='"sha256:other"').status_code


@pytest.mark.parametrize(
    ("asked", "expected"), [("bytes=0-3", LARGE[:4]), ("bytes=-4", b"tail"), (f"bytes=5-{2 * CHUNK}", None)]
)
def test_a_part_of_a_file_is_sent(client: httpx.Client, asked: str, expected: bytes | None) -> None:
    """As much as was asked for, wherever it stands."""
    put(client, "a", LARGE)
    answer = get(client, "a", range=asked)

    assert 206 == answer.status_code
    assert (LARGE[5 : 2 * CHUNK + 1] if expected is None else expected) == answer.content
    assert answer.headers["content-range"].endswith(f"/{len(LARGE)}")


def test_a_part_behind_the_end_cannot_be_had(client: httpx.Client) -> None:
    """416 names the size."""
    put(client, "a", b"123")
    answer = get(client, "a", range="bytes=3-")

    assert (416, "bytes */3") == (answer.status_code, answer.headers["content-range"])


def test_a_download_is_not_continued_with_other_bytes(client: httpx.Client) -> None:
    """If-Range with an old ETag gets the whole new file."""
    put(client, "a", b"old bytes")
    old = get(client, "a").headers["etag"]
    put(client, "a", b"new bytes")
    answer = get(client, "a", range="bytes=4-", if_range=old)

    assert (200, b"new bytes") == (answer.status_code, answer.content)


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
def test_an_upload_cut_off_leaves_nothing(client: httpx.Client, blobs: Blobs, blobs_root: Path, data: bytes) -> None:
    """A client that dies half way has stored nothing, and neither bytes nor spools stay behind."""
    url = client.base_url
    with socket.create_connection((url.host, url.port or 0)) as connection:
        head = f"PUT {url.path}{FILE}?path=a HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {len(data) + 1}\r\n\r\n"
        connection.sendall(head.encode() + data)
    put(client, "b", b"after")  # answered after the server has seen the end of the first

    assert 404 == get(client, "a").status_code
    while left(blobs, blobs_root) != (1, 0):  # the test's own time limit ends a wait in vain
        time.sleep(0.01)


def test_damage_is_an_error_not_a_file(client: httpx.Client, blobs_root: Path) -> None:
    """Bytes that are not those of the digest never arrive as if they were."""
    for path, data in (("small", b"precious"), ("large", LARGE)):
        put(client, path, data)
        name = digest(data)
        file = blobs_root / "sha256" / name[7:9] / name[9:]
        file.chmod(0o600)
        file.write_bytes(b"?" + data[1:])

    assert (500, "damaged") == (get(client, "small").status_code, get(client, "small").json()["code"])
    with pytest.raises(httpx.RemoteProtocolError):
        get(client, "large")


def test_missing_bytes_are_our_fault(client: httpx.Client, blobs: Blobs) -> None:
    """A file whose blob is gone is not "not found": somebody has to be told."""
    blobs.delete(put(client, "a").json()["digest"])

    assert (500, "damaged") == (get(client, "a").status_code, get(client, "a").json()["code"])
    assert 500 == get(client, "a", range="bytes=0-0").status_code


@pytest.mark.parametrize("path", ["../x", "%2e%2e/x", "/etc/passwd", "a\\b", "a#b", "C:/x", "a//b", "", "a\0"])
def test_names_that_lead_elsewhere_are_refused(client: httpx.Client, blobs: Blobs, path: str) -> None:
    """In every verb."""
    answers = [put(client, path), get(client, path), client.get(f"/{RUN}/zip", params={"path": path + "/.."})]

    assert [400] * 3 == [answer.status_code for answer in answers]
    assert [] == list(blobs.scan())


def test_unknown_and_deleted_owners_take_no_files(client: httpx.Client, blobs: Blobs, blobs_root: Path) -> None:
    """Refused before a large body is read, and nothing is kept."""
    for data in (b"small", LARGE):
        assert 404 == client.put("/runs/unknown/file", params={"path": "a"}, content=data).status_code
        assert 400 == client.put(f"/{DELETED}/file", params={"path": "a"}, content=data).status_code
    assert 404 == client.get("/runs/unknown/tree").status_code
    assert 200 == client.get(f"/{DELETED}/tree").status_code
    assert 0 == left(blobs, blobs_root)[1]


def test_folders_are_listed_and_removed(client: httpx.Client) -> None:
    """The tree shows one level; removing a folder says how many files went."""
    for path in ("m/MLmodel", "m/data/w", "z"):
        put(client, path)

    tree = client.get(f"/{RUN}/tree", params={"path": "m"}).json()
    assert [("m/MLmodel", False, 1), ("m/data", True, None)] == [
        (item["path"], item["is_dir"], item["size"]) for item in tree["entries"]
    ]
    assert {"files": 2} == client.delete(FILE, params={"path": "m"}).json()
    assert ["z"] == [item["path"] for item in client.get(f"/{RUN}/tree").json()["entries"]]


def test_a_manifest_lists_every_file(client: httpx.Client) -> None:
    """With the digest that stands for them all."""
    put(client, "m/a", b"1")
    put(client, "m/b", b"22")
    manifest = client.get(f"/{RUN}/manifest", params={"path": "m"}).json()

    assert (3, ["m/a", "m/b"]) == (manifest["size"], [entry["path"] for entry in manifest["files"]])
    text = ",".join(
        f'"{name}":{{"digest":"{digest(data)}","size":{len(data)}}}' for name, data in (("a", b"1"), ("b", b"22"))
    )
    assert f"sha256:{hashlib.sha256(f'{{{text}}}'.encode()).hexdigest()}" == manifest["digest"]


def test_a_folder_comes_as_one_archive(client: httpx.Client) -> None:
    """Every file under its path, readable by ordinary tools."""
    files = {"m/a": b"1", "m/Größe/b": LARGE, "m/empty": b""}
    for path, data in files.items():
        put(client, path, data)
    put(client, "other")
    answer = client.get(f"/{RUN}/zip", params={"path": "m"})

    assert 'attachment; filename="m.zip"' == answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert files == {name: archive.read(name) for name in archive.namelist()}


class TestParts:
    """A file in parts."""

    PIECES = (LARGE, LARGE[::-1], b"end")

    def begin(self, client: httpx.Client, parts: int = 3, path: str = "big") -> str:
        begun = client.post("/uploads", json={"owner": RUN, "path": path, "parts": parts})
        id_: str = begun.json()["id"]
        return id_

    def send(self, client: httpx.Client, id_: str, number: int, data: bytes) -> str:
        answer = client.put(f"/uploads/{id_}/parts/{number}", content=data)
        assert answer.json()["check"] == answer.headers["etag"].strip('"')
        check: str = answer.json()["check"]
        return check

    def test_parts_become_one_file(self, client: httpx.Client, blobs: Blobs, blobs_root: Path) -> None:
        """In any order; an interrupted one goes on with what is missing; nothing of the parts stays."""
        id_ = self.begin(client)
        self.send(client, id_, 3, self.PIECES[2])
        self.send(client, id_, 1, b"a first try")
        self.send(client, id_, 1, self.PIECES[0])
        state = client.get(f"/uploads/{id_}").json()

        assert [1, 3] == [part["number"] for part in state["parts"]]
        assert [2] == client.post(f"/uploads/{id_}/complete", json={}).json()["facts"]["missing"]
        assert 404 == get(client, "big").status_code

        self.send(client, id_, 2, self.PIECES[1])
        done = client.post(f"/uploads/{id_}/complete", json={})
        again = client.post(f"/uploads/{id_}/complete", json={})

        assert 200 == done.status_code
        assert done.json() == again.json()
        assert b"".join(self.PIECES) == get(client, "big").content
        assert digest(b"".join(self.PIECES)) == done.json()["digest"]
        assert [] == list((blobs_root / "parts").iterdir())
        assert (1, 0) == left(blobs, blobs_root)

    def test_only_the_named_parts_are_taken(self, client: httpx.Client) -> None:
        """A client that says which bytes it means gets those or a refusal."""
        id_ = self.begin(client, 2)
        checks = [self.send(client, id_, 1, b"one"), self.send(client, id_, 2, b"two")]

        wrong = client.post(f"/uploads/{id_}/complete", json={"checks": [checks[0], "00000000"]})
        few = client.post(f"/uploads/{id_}/complete", json={"checks": checks[:1]})
        assert (409, 400) == (wrong.status_code, few.status_code)
        assert 200 == client.post(f"/uploads/{id_}/complete", json={"checks": checks}).status_code

    def test_an_aborted_upload_is_gone(self, client: httpx.Client, blobs_root: Path) -> None:
        """Its parts are deleted and it takes no more; aborting twice is fine."""
        id_ = self.begin(client)
        self.send(client, id_, 1, b"one")
        for _ in range(2):
            assert 204 == client.delete(f"/uploads/{id_}").status_code

        assert 404 == client.get(f"/uploads/{id_}").status_code
        assert 404 == client.put(f"/uploads/{id_}/parts/1", content=b"x").status_code
        assert [] == list((blobs_root / "parts").iterdir())

    def test_odd_uploads_are_refused(self, client: httpx.Client) -> None:
        """Parts that were not announced, owners that take no files, names that lead elsewhere."""
        id_ = self.begin(client, 2)

        for number in (0, 3, -1):
            assert 400 == client.put(f"/uploads/{id_}/parts/{number}", content=b"x").status_code
        for owner, path, parts in ((DELETED, "a", 1), (RUN, "../a", 1), (RUN, "a", 0)):
            announced = {"owner": owner, "path": path, "parts": parts}
            assert 400 == client.post("/uploads", json=announced).status_code

    def test_a_clash_at_the_end_keeps_the_parts(self, client: httpx.Client) -> None:
        """When the name has become a folder meanwhile, the client can free it and complete again."""
        id_ = self.begin(client, 1)
        self.send(client, id_, 1, b"one")
        put(client, "big/file")

        assert 409 == client.post(f"/uploads/{id_}/complete", json={}).status_code
        client.delete(FILE, params={"path": "big"})
        assert 200 == client.post(f"/uploads/{id_}/complete", json={}).status_code
        assert b"one" == get(client, "big").content


def test_a_full_disk_is_507_and_reads_go_on(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client hears what is the matter, and nothing half is left."""
    put(client, "kept", b"kept")
    with files_limited_to(2 * CHUNK):
        answer = put(client, "big", LARGE)

    assert (507, "storage_full") == (answer.status_code, answer.json()["code"])
    assert 404 == get(client, "big").status_code
    assert b"kept" == get(client, "kept").content
    assert 200 == put(client, "big", LARGE).status_code
