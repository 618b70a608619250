"""The same contract on a folder, in memory and on S3, and what only a folder can do wrong."""

import contextlib
import errno
import os
import resource
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import obstore
import pytest
from obstore.store import MemoryStore, ObjectStore, S3Store

from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.local import LocalBlobs
from modelwright.artifacts.objects import ObjectBlobs
from modelwright.core.errors import Internal, NotFound, StorageFull, Unavailable
from modelwright.testing.blobs import BlobsContract, digest, put, put_part

Damage = Callable[[str, bytes], None]


class TestLocalBlobs(BlobsContract):
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path / "blobs"

    @pytest.fixture
    def blobs(self, root: Path) -> Blobs:
        return LocalBlobs(root)

    @pytest.fixture
    def damage(self, root: Path) -> Damage:
        def overwrite(place: str, data: bytes) -> None:
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / place).write_bytes(data)

        return overwrite

    def test_a_blob_is_read_in_small_pieces(self, blobs: Blobs) -> None:
        """A connection holds some of them while its client reads nothing: hundreds must not fill the memory."""
        data = os.urandom(3 * 2**20 + 1)

        pieces = list(blobs.read(put(blobs, data).digest))

        assert data == b"".join(pieces)
        assert 2**18 == max(map(len, pieces))

    def test_a_link_in_place_of_a_blob_is_not_followed(self, blobs: Blobs, root: Path, tmp_path: Path) -> None:
        """Somebody who can plant a link among the blobs gains nothing from the server."""
        secret = tmp_path / "secret"
        secret.write_bytes(b"secret")
        placed = put(blobs, b"public")
        held = root / "sha256" / placed.digest[7:9] / placed.digest[9:]
        held.unlink()
        held.symlink_to(secret)

        with pytest.raises(NotFound):
            list(blobs.read(placed.digest))
        with pytest.raises(NotFound):
            blobs.size(placed.digest)
        assert [] == list(blobs.scan())
        assert [f"sha256/{placed.digest[7:9]}/{placed.digest[9:]}"] == list(blobs.strays())
        assert placed == put(blobs, b"public")
        assert b"secret" == secret.read_bytes()

    def test_a_link_in_place_of_a_folder_is_refused(self, blobs: Blobs, root: Path, tmp_path: Path) -> None:
        """Nothing is written where a linked folder leads to."""
        outside = tmp_path / "outside"
        outside.mkdir()
        name = digest(b"public")
        (root / "sha256" / name[7:9]).symlink_to(outside)

        with pytest.raises(Internal):
            put(blobs, b"public")
        with pytest.raises(NotFound):
            list(blobs.read(name))
        assert [] == list(outside.iterdir())

    def test_linked_uploads_are_refused(self, blobs: Blobs, root: Path, tmp_path: Path) -> None:
        """The same for the parts of an upload, and for a store whose own folder is a link."""
        outside = tmp_path / "outside"
        outside.mkdir()
        (root / "parts" / ("ab" * 16)).symlink_to(outside)
        (root / "incoming").rename(tmp_path / "incoming")
        (root / "incoming").symlink_to(outside)

        with pytest.raises(Internal):
            put_part(blobs, "ab" * 16, 1, b"public")
        with pytest.raises(Internal):
            LocalBlobs(root)
        assert [] == list(outside.iterdir())

    def test_a_file_system_without_hard_links_costs_a_copy(self, blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
        """Network folders that know no hard links still hold blobs."""
        monkeypatch.setattr(os, "link", _no_links)
        placed = put(blobs, b"copied")

        assert b"copied" == b"".join(blobs.read(placed.digest))

    def test_a_full_disk_leaves_nothing_behind(self, blobs: Blobs, root: Path) -> None:
        """Without room a write fails as StorageFull, nothing half is left, reads go on, and room heals it."""
        kept = put(blobs, b"kept")
        spool = blobs.spool()

        spool.write(bytes(3 << 18))
        with files_limited_to(1 << 20), pytest.raises(StorageFull):
            spool.write(bytes(3 << 18))
        spool.close()

        assert [kept.digest] == [stored.digest for stored in blobs.scan()]
        assert [] == list((root / "incoming").iterdir())
        assert b"kept" == b"".join(blobs.read(kept.digest))
        assert b"room again" == b"".join(blobs.read(put(blobs, b"room again").digest))

    @pytest.mark.parametrize("call", ["open", "fsync", "mkdir"])
    def test_no_room_is_told_wherever_it_shows(self, blobs: Blobs, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file system may also find out late that it is full."""
        with monkeypatch.context() as patched:
            patched.setattr(os, call, _no_room)
            with pytest.raises(StorageFull):
                put(blobs, b"anything")

        assert [] == list(blobs.scan())

    def test_other_trouble_is_not_called_a_full_disk(self, blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that cannot be written for another reason is our operator's affair, not the client's."""
        monkeypatch.setattr(os, "fsync", _no_permission)

        with pytest.raises(PermissionError):
            put(blobs, b"anything")


@contextlib.contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: the nearest to a full disk without being root."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _no_room(*args: object, **kwargs: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _no_permission(*args: object) -> None:
    raise PermissionError


def _no_links(source: object, target: object) -> None:
    raise PermissionError


class TestMemoryBlobs(BlobsContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return MemoryStore()

    @pytest.fixture
    def blobs(self, store: ObjectStore, tmp_path: Path) -> Blobs:
        return ObjectBlobs(store, tmp_path / "incoming")

    @pytest.fixture
    def damage(self, store: ObjectStore) -> Damage:
        return lambda place, data: _overwrite(store, place, data)


def _overwrite(store: ObjectStore, place: str, data: bytes) -> None:
    obstore.put(store, place, data)


class TestS3Blobs(BlobsContract):
    """On a server that speaks S3, a bucket with its own prefix for each test."""

    @pytest.fixture
    def store(self, s3_url: str) -> ObjectStore:
        return S3Store(
            "models",
            prefix=uuid.uuid4().hex,
            endpoint=s3_url,
            region="us-east-1",
            access_key_id="test",
            secret_access_key="test",
            client_options={"allow_http": True},
        )

    @pytest.fixture
    def blobs(self, store: ObjectStore, tmp_path: Path) -> Blobs:
        return ObjectBlobs(store, tmp_path / "incoming")

    @pytest.fixture
    def damage(self, store: ObjectStore) -> Damage:
        return lambda place, data: _overwrite(store, place, data)

    def test_large_files_go_up_in_parts(self, blobs: Blobs) -> None:
        """A file beyond one put is whole afterwards."""
        piece = bytes(range(256)) * 4096
        placed = put(blobs, *[piece] * 20)

        assert piece * 20 == b"".join(blobs.read(placed.digest))


def test_a_store_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    """An object store that is away is told as such, without its address."""
    store = S3Store(
        "models",
        endpoint="http://127.0.0.1:9",
        region="us-east-1",
        access_key_id="test",
        secret_access_key="test",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    blobs = ObjectBlobs(store, tmp_path / "incoming")

    with pytest.raises(Unavailable) as raised:
        put(blobs, b"anything")
    assert "127.0.0.1" not in raised.value.message


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """An S3 server in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stderr is not None
            url = ""
            while "http://" not in url:
                url = server.stderr.readline()
                assert server.poll() is None
            url = "http://" + url.split("http://")[1].strip()
            httpx.put(f"{url}/models", timeout=60).raise_for_status()
            yield url
        finally:
            server.terminate()
